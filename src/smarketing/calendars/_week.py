"""A week's windows as people write them: read with every fault at once, and spelled in one way."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from zoneinfo import ZoneInfo, available_timezones

from smarketing.calendars._ledger import MINUTE, Span, Week
from smarketing.errors import did_you_mean
from smarketing.origin import Origin, Problem

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"\s*(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)\s*")

_Placed = tuple[int, int, int, str]  # opens, closes (minutes of the week), weekday, where it was said


def place_problems(zone: str, holidays: object) -> Iterator[Problem]:
    """What is wrong with the zone and the holidays; a lazily filled container is judged by what it holds."""
    try:
        ZoneInfo(zone)
    except (LookupError, OSError, ValueError):
        message = f"there is no time zone {zone!r}{did_you_mean(zone, available_timezones())}"
        yield problem("unknown-zone", message, "zone")
    if not isinstance(holidays, Container):
        yield problem("invalid-holiday", f"{holidays!r} is no set or other container of dates", "holidays")
    for day in holidays if isinstance(holidays, Collection) else ():
        if not isinstance(day, date) or isinstance(day, datetime):
            message = f"{day!r} is not a day: give one such as date(2026, 1, 6)"
            yield problem("invalid-holiday", message, "holidays")


def read_week(windows: Mapping[str, str | Sequence[str]], problems: list[Problem]) -> Week:
    """The windows of each weekday; what is wrong with them is added to the problems."""
    placed: list[_Placed] = []
    for days, texts in windows.items():
        weekdays = _read_days(days, f"windows.{days}", problems)
        for n, text in enumerate([texts] if isinstance(texts, str) else texts):
            path = f"windows.{days}[{n}]"
            opens, closes = _read_window(text, path, problems)
            placed.extend((day * 1440 + opens, day * 1440 + closes, day, path) for day in weekdays)
    if not any(windows.values()):
        hint = 'no working time would ever pass: add a window such as "mon-fri": "09:00-17:00"'
        problems.append(problem("no-working-time", hint, "windows"))
    placed.sort()
    clashes: dict[tuple[str, str], int] = {}
    latest = (0, 0, 0, "")
    next_week = [(opens + 10_080, closes + 10_080, day, path) for opens, closes, day, path in placed]
    for opens, closes, day, path in placed + next_week:
        if opens < latest[1] and closes > opens:
            clashes.setdefault((path, latest[3]), day)
        latest = max(latest, (opens, closes, day, path), key=itemgetter(1))
    for (path, other), day in clashes.items():
        hint = f"on {WEEKDAYS[day]} it opens before {other} closes: join the two, or part them"
        problems.append(problem("overlapping-windows", hint, path))
    in_micros = [(day, ((a - day * 1440) * MINUTE, (b - day * 1440) * MINUTE)) for a, b, day, _ in placed]
    return tuple(tuple(span for on, span in in_micros if on == day) for day in range(7))


def _read_days(text: str, path: str, problems: list[Problem]) -> list[int]:
    """The weekdays, Monday being 0, that a key such as "mon-fri" or "sat,sun" names."""
    days: set[int] = set()
    for part in text.casefold().replace("daily", "mon-sun").split(","):
        first, _, last = (word.strip() for word in part.partition("-"))
        unknown = [word for word in (first, last or first) if word not in WEEKDAYS]
        for word in dict.fromkeys(unknown):
            hint = f"{did_you_mean(word, WEEKDAYS)}: write mon, mon-fri, sat,sun or daily"
            problems.append(problem("unknown-weekday", f"{word!r} is no weekday{hint}", path))
        if not unknown:
            start, end = (WEEKDAYS.index(word) for word in (first, last or first))
            days.update((start + n) % 7 for n in range((end - start) % 7 + 1))
    return sorted(days)


def _read_window(text: object, path: str, problems: list[Problem]) -> Span:
    """Opening and closing in minutes from midnight; a window past midnight closes after 24:00."""
    found = _WINDOW.fullmatch(text) if isinstance(text, str) else None
    opens, closes = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3)) if found else (1440, 0)
    if opens >= 1440 or closes > 1440:
        message = f"{text!r} is no window: write opening and closing time, such as 09:00-17:00 or 22:00-06:00"
    elif opens == closes:
        message = f"{text!r} opens and closes at once: write 00:00-24:00 for the whole day"
    else:
        return opens, closes if closes > opens else closes + 1440
    problems.append(problem("invalid-window", message, path))
    return 0, 0


def spelled(week: Week) -> dict[str, tuple[str, ...]]:
    """The one spelling of a week: days with the same windows share a key, in the order of the week."""
    spelled: dict[str, tuple[str, ...]] = {}
    for windows in dict.fromkeys(filter(None, week)):
        same = [day for day in range(7) if week[day] == windows]
        starts = [WEEKDAYS[day] for day in same if day - 1 not in same]
        ends = [WEEKDAYS[day] for day in same if day + 1 not in same]
        runs = [a if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
        spelled[",".join(runs).replace("mon-sun", "daily")] = tuple(
            "{:02}:{:02}-{:02}:{:02}".format(*divmod(a, 60), *divmod(b if b <= 1440 else b - 1440, 60))
            for a, b in ((opens // MINUTE, closes // MINUTE) for opens, closes in windows)
        )
    return spelled


def problem(code: str, message: str, field: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=field))
