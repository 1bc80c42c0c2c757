"""The laws of working time."""

import copy
import pickle
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.calendars import BusinessCalendar
from smarketing.errors import InvalidFactError, InvalidTermsError

MINUTE, ONE_DAY = timedelta(minutes=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = BusinessCalendar(zone="UTC", windows={"mon-fri": "10:00-18:00"})
MADRID = BusinessCalendar(
    zone="Europe/Madrid",
    windows={"mon-fri": ("10:00-14:00", "15:00-18:00")},
    holidays={date(2026, 1, 6)},
)
NIGHT = BusinessCalendar(zone="Europe/Madrid", windows={"daily": "22:00-06:00"})

CALENDARS = {
    "madrid": MADRID,
    "night": NIGHT,
    "new-york": BusinessCalendar(
        zone="America/New_York",
        windows={"fri-mon": ("00:30-02:30", "20:00-24:00"), "wed": "08:00-16:00"},
        holidays=[date(2026, 3, 8), date(2025, 11, 2)],
    ),
    "lord-howe": BusinessCalendar(zone="Australia/Lord_Howe", windows={"daily": "01:45-09:15"}),
    "kathmandu": BusinessCalendar(zone="Asia/Kathmandu", windows={"sun-fri": "10:00-17:00"}),
    "sao-paulo": BusinessCalendar(zone="America/Sao_Paulo", windows={"sat,sun": "22:30-03:00"}),
    "apia": BusinessCalendar(zone="Pacific/Apia", windows={"mon-fri": "00:00-24:00"}),
}
# Days around which the clocks of those places change (Apia left out a whole Friday in 2011).
CHANGES = {
    "madrid": ("2026-03-26", "2026-10-22", "2026-01-02"),
    "night": ("2026-03-26", "2026-10-22"),
    "new-york": ("2026-03-05", "2026-10-29", "2025-10-30"),
    "lord-howe": ("2026-04-02", "2026-10-01"),
    "kathmandu": ("2026-03-26", "1985-12-29"),
    "sao-paulo": ("2018-11-01", "2018-02-15"),
    "apia": ("2011-12-27",),
}


def at(text, zone="UTC"):
    """The instant at which a wall shows this time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def wall_windows(cal):
    """The windows as they are written: (weekday, opens, closes), hours after midnight of that day."""
    for key, windows in cal.windows.items():
        for part in key.replace("daily", "mon-sun").split(","):
            for day in range(WEEKDAYS.index(part[:3]), WEEKDAYS.index(part[-3:]) + 1):
                for window in windows:
                    opens, closes = (
                        timedelta(hours=int(text[:2]), minutes=int(text[3:])) for text in window.split("-")
                    )
                    yield day, opens, closes if closes > opens else closes + ONE_DAY


def reads_open(cal, windows, moment):
    """The definition, read off the wall: is its time inside a window of a day that is no holiday?"""
    wall = moment.astimezone(ZoneInfo(cal.zone)).replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0)
    return any(
        start.weekday() == day and start.date() not in cal.holidays and start + opens <= wall < start + closes
        for start in (midnight, midnight - ONE_DAY)
        for day, opens, closes in windows
    )


@pytest.mark.parametrize(("name", "first"), [(name, first) for name in CHANGES for first in CHANGES[name]])
def test_working_time_is_what_a_minute_by_minute_look_at_the_wall_counts(name, first):
    """For each minute of days of clock changes, clock, deadline and is_open agree with the definition."""
    cal, start = CALENDARS[name], at(first)
    windows, counted = list(wall_windows(cal)), timedelta()
    for minute in range(5 * 1440):
        now = start + minute * MINUTE
        assert cal.elapsed(start, now) == counted
        is_open = reads_open(cal, windows, now)
        assert cal.is_open(now) == is_open
        if is_open:
            counted += MINUTE
            assert cal.deadline(start, counted) == now + MINUTE
    assert counted


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2021-06-28T11:00", "2021-06-28T12:00", 3600),
        ("2021-06-28T12:00", "2021-06-28T20:00", 21600),
        ("2021-06-28T06:00", "2021-06-28T12:00", 7200),
        ("2021-06-28T19:00", "2021-06-28T20:00", 0),
        ("2021-06-27T10:00", "2021-06-27T11:00", 0),
        ("2021-06-28T06:00", "2021-06-29T06:00", 28800),
        ("2021-06-28T06:00", "2021-06-29T11:00", 32400),
        ("2021-06-28T06:00", "2021-06-29T20:00", 57600),
        ("2021-06-25T06:00", "2021-06-26T11:00", 28800),
        ("2021-06-28T12:00", "2021-06-29T06:00", 21600),
        ("2021-06-28T12:00", "2021-06-29T11:00", 25200),
        ("2021-06-28T12:00", "2021-06-29T20:00", 50400),
        ("2021-06-25T12:00", "2021-06-26T11:00", 21600),
        ("2021-06-28T20:00", "2021-06-29T06:00", 0),
        ("2021-06-28T20:00", "2021-06-29T11:00", 3600),
        ("2021-06-28T20:00", "2021-06-29T20:00", 28800),
        ("2021-06-25T20:00", "2021-06-26T11:00", 0),
        ("2021-06-28T06:00", "2021-07-01T06:00", 86400),
        ("2021-06-28T06:00", "2021-07-01T11:00", 90000),
        ("2021-06-28T06:00", "2021-07-01T20:00", 115200),
        ("2021-06-25T06:00", "2021-06-27T11:00", 28800),
        ("2021-06-28T12:00", "2021-07-01T06:00", 79200),
        ("2021-06-28T12:00", "2021-07-01T11:00", 82800),
        ("2021-06-28T12:00", "2021-07-01T20:00", 108000),
        ("2021-06-25T12:00", "2021-06-27T11:00", 21600),
        ("2021-06-28T20:00", "2021-07-01T06:00", 57600),
        ("2021-06-28T20:00", "2021-07-01T11:00", 61200),
        ("2021-06-28T20:00", "2021-07-01T20:00", 86400),
        ("2021-06-25T20:00", "2021-06-27T11:00", 0),
    ],
)
def test_an_office_from_ten_to_six_matches_the_agreed_table(start, end, seconds):
    """Elapsed working seconds as a business-time library in use elsewhere counts them."""
    assert OFFICE.elapsed(at(start), at(end)) == timedelta(seconds=seconds)


names = st.sampled_from(sorted(CALENDARS))
naive = datetime(2026, 1, 1)  # noqa: DTZ001
instants = st.timedeltas(timedelta(days=-25_000), timedelta(days=80_000)).map(EPOCH.__add__)
budgets = st.timedeltas(timedelta(), timedelta(days=900))


@given(names, instants, budgets)
@settings(deadline=None)
def test_deadline_and_elapsed_are_inverse(name, start, budget):
    """A deadline is the earliest instant at which the budget has passed, and not a microsecond more."""
    cal = CALENDARS[name]
    deadline = cal.deadline(start, budget)
    assert cal.elapsed(start, deadline) == budget
    assert deadline.tzinfo is UTC
    if budget:
        assert cal.elapsed(start, deadline - timedelta(microseconds=1)) < budget


@given(names, instants, instants, instants)
@settings(deadline=None)
def test_elapsed_is_additive_whatever_the_order(name, a, b, c):
    """It is a difference of one clock: signs and sums follow, and it never outruns real time."""
    cal = CALENDARS[name]
    assert cal.elapsed(a, b) + cal.elapsed(b, c) == cal.elapsed(a, c)
    assert cal.elapsed(a, b) == -cal.elapsed(b, a)
    assert timedelta() <= cal.elapsed(min(a, b), max(a, b)) <= abs(a - b)


@given(names, st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 86_399_999_999))
@settings(deadline=None)
def test_the_day_table_reads_like_one_record(name, day, micros):
    """A join on the UTC day and integer arithmetic give what elapsed gives; each row continues the last."""
    cal = CALENDARS[name]
    zero = next(cal.day_table(date(2000, 1, 1), date(2000, 1, 1)))
    row, following = cal.day_table(day, day + timedelta(days=1))
    start = EPOCH + timedelta(days=row.utc_day)
    assert start.date() == day
    opened = sum(min(max(micros - opens, 0), closes - opens) for opens, closes in row.segments)
    clock = timedelta(microseconds=row.clock_micros + opened - zero.clock_micros)
    assert cal.elapsed(at("2000-01-01"), start + timedelta(microseconds=micros)) == clock
    assert row.clock_micros + sum(closes - opens for opens, closes in row.segments) == following.clock_micros
    flat = [edge for segment in row.segments for edge in segment]
    assert flat == sorted(set(flat))
    assert all(0 <= edge <= 86_400_000_000 for edge in flat)


@given(names, st.lists(instants, min_size=2, max_size=8))
@settings(deadline=None, max_examples=50)
def test_the_order_of_questions_does_not_change_an_answer(name, moments):
    """What has been looked up before is only a cache: a fresh calendar reads the same clock."""
    used, fresh = (attrs.evolve(CALENDARS[name]) for _ in range(2))
    answers = {moment: next(used.day_table(moment.date(), moment.date())) for moment in moments}
    for moment in reversed(moments):
        assert next(fresh.day_table(moment.date(), moment.date())) == answers[moment]


@pytest.mark.parametrize(("evening", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-01", 8)])
def test_a_night_shift_lasts_as_long_as_it_really_lasts(evening, hours):
    """22:00-06:00 has an hour less when clocks go forward and one more when they go back."""
    start = at(f"{evening}T21:00", "Europe/Madrid").astimezone(UTC)
    assert NIGHT.elapsed(start, start + timedelta(hours=12)) == timedelta(hours=hours)
    closing = NIGHT.deadline(start, timedelta(hours=hours)).astimezone(ZoneInfo("Europe/Madrid"))
    assert (closing.hour, closing.minute) == (6, 0)


def test_a_budget_that_uses_the_day_up_ends_at_closing_time():
    """Not at the next opening: who answers in the last second has answered in time."""
    assert OFFICE.deadline(at("2021-06-25T10:00"), timedelta(hours=8)) == at("2021-06-25T18:00")
    a_bit_more = timedelta(hours=8, microseconds=1)
    assert OFFICE.deadline(at("2021-06-25T10:00"), a_bit_more) == at("2021-06-28T10:00:00.000001")


def test_a_budget_of_zero_ends_at_once_even_when_closed():
    """No working time has passed as soon as one starts to count."""
    sunday = at("2021-06-27T03:00", "Europe/Madrid")
    assert OFFICE.deadline(sunday, timedelta()) == sunday
    assert OFFICE.deadline(sunday, timedelta()).tzinfo is UTC


def test_a_negative_budget_is_refused():
    """There is no deadline before the start."""
    with pytest.raises(InvalidTermsError, match="zero or more"):
        OFFICE.deadline(at("2021-06-25T10:00"), timedelta(seconds=-1))


def test_a_holiday_takes_away_the_windows_that_start_on_it():
    """The shift that began the evening before goes on; the one of the holiday's evening is off."""
    cal = attrs.evolve(NIGHT, holidays={date(2026, 6, 2)})
    first, last = at("2026-06-01T12:00", "Europe/Madrid"), at("2026-06-03T12:00", "Europe/Madrid")
    assert cal.elapsed(first, last) == timedelta(hours=8)
    assert cal.is_open(at("2026-06-02T05:59", "Europe/Madrid"))
    assert not cal.is_open(at("2026-06-02T23:00", "Europe/Madrid"))


class Sundays:
    """A container that can be asked, and neither counted nor listed."""

    def __contains__(self, day):
        return day.weekday() in {2, 6} and day.day % 2 == 0


def test_any_container_of_dates_serves_as_holidays():
    """A set, a dict of names, a container that can only be asked, and the holidays package."""
    holidays = pytest.importorskip("holidays")
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    listed = {
        "asked": (Sundays(), [day for day in year if day in Sundays()]),
        "package": (holidays.country_holidays("ES"), list(holidays.country_holidays("ES", years=2026))),
        "dict": ({date(2026, 1, 6): "Reyes"}, [date(2026, 1, 6)]),
    }
    for container, days in listed.values():
        lazy, plain = (attrs.evolve(OFFICE, holidays=given) for given in (container, days))
        start, end = at("2026-01-01"), at("2026-12-31T12:00")
        assert lazy.elapsed(start, end) == plain.elapsed(start, end) < OFFICE.elapsed(start, end)
        assert lazy.deadline(start, timedelta(hours=999)) == plain.deadline(start, timedelta(hours=999))


def test_the_holidays_given_are_copied():
    """A calendar does not change when the caller's own set does."""
    days = {date(2026, 1, 6)}
    cal = attrs.evolve(OFFICE, holidays=days)
    days.add(date(2026, 1, 7))
    assert cal.holidays == frozenset({date(2026, 1, 6)})
    assert cal.is_open(at("2026-01-07T12:00"))


@pytest.mark.parametrize("years", [10, 1000])
def test_long_gaps_cost_what_short_ones_do(years):
    """Closed form over days: a first reading stays far below what a loop over the days would take."""
    cal = attrs.evolve(MADRID, holidays={date(2026 + n, 1, 6) for n in range(years)})
    start = at("2026-01-01")
    end = start.replace(year=2026 + years)
    began = time.perf_counter()
    worked = cal.elapsed(start, end)
    first = time.perf_counter() - began
    began = time.perf_counter()
    for n in range(1, 101):
        assert cal.elapsed(start, end + n * MINUTE) >= worked
        assert cal.elapsed(start, cal.deadline(start, worked - n * MINUTE)) == worked - n * MINUTE
    assert first < 0.002 * (years + 26)
    assert time.perf_counter() - began < 0.5
    assert 1700 < worked / timedelta(hours=1) / years < 1830


def test_a_deadline_beyond_the_calendar_is_refused():
    """A calendar that is always on holiday never reaches it."""

    class Always:
        def __contains__(self, day):
            return True

    with pytest.raises(InvalidTermsError, match="before the year 10000"):
        OFFICE.deadline(at("9990-01-01"), timedelta(days=4000))
    with pytest.raises(InvalidTermsError, match="before the year 10000"):
        attrs.evolve(OFFICE, holidays=Always()).deadline(at("9990-01-01"), timedelta(hours=1))


def test_the_first_and_the_last_days_of_the_calendar_can_be_read():
    """No overflow at the ends of datetime."""
    for zone in ("Etc/GMT+12", "Etc/GMT-14"):
        cal = BusinessCalendar(zone=zone, windows={"daily": "00:00-24:00"})
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        assert cal.elapsed(first, last) == last - first


@pytest.mark.parametrize("call", [lambda cal, now: cal.elapsed(now, now), lambda cal, now: cal.is_open(now)])
def test_instants_without_a_zone_are_refused(call):
    """Which wall a naive time was read from is not guessed."""
    with pytest.raises(InvalidFactError, match="2026-01-01T00:00:00 has no time zone"):
        call(OFFICE, naive)
    with pytest.raises(InvalidFactError):
        OFFICE.deadline(naive, timedelta())


def test_every_fault_is_told_at_once_with_its_place():
    """Zone, days, windows and holidays are mended in one go."""
    with pytest.raises(InvalidTermsError) as caught:
        BusinessCalendar(
            zone="Europe/Madird",
            windows={"mon-firday": ("10:00-14:00",), "sat": ("9-17", "10:00-25:00", "12:00-12:00")},
            holidays=["2026-01-06", naive],
        )
    told = {(problem.origin.field, problem.code) for problem in caught.value.problems}
    assert told == {
        ("zone", "unknown-zone"),
        ("windows.mon-firday", "unknown-weekday"),
        ("windows.sat[0]", "invalid-window"),
        ("windows.sat[1]", "invalid-window"),
        ("windows.sat[2]", "invalid-window"),
        ("holidays", "invalid-holiday"),
    }
    assert len(caught.value.problems) == 7
    assert "did you mean 'Europe/Madrid'?" in str(caught.value)


@pytest.mark.parametrize(
    "windows",
    [
        {"mon-fri": ("10:00-14:00", "13:00-18:00")},
        {"mon-fri": "10:00-14:00", "fri": "09:00-10:01"},
        {"daily": "22:00-06:00", "wed": "05:00-07:00"},
        {"sun": "22:00-06:00", "mon": "05:00-07:00"},
        {"mon": ("08:00-20:00", "09:00-10:00", "19:00-21:00")},
    ],
)
def test_windows_that_overlap_are_refused(windows):
    """Also across midnight, across the end of the week, and between two keys."""
    with pytest.raises(InvalidTermsError, match="overlapping-windows"):
        BusinessCalendar(zone="UTC", windows=windows)


@pytest.mark.parametrize("windows", [{}, {"mon-fri": ()}])
def test_a_calendar_without_working_time_is_refused(windows):
    """Its deadlines would never come."""
    with pytest.raises(InvalidTermsError, match="no-working-time"):
        BusinessCalendar(zone="UTC", windows=windows)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ({"Mon - Fri": ["9:00 - 17:00"]}, {"mon-fri": ("09:00-17:00",)}),
        ({"daily": "00:00-24:00"}, {"daily": ("00:00-24:00",)}),
        ({"fri-mon": "22:00-06:00"}, {"mon,fri-sun": ("22:00-06:00",)}),
        ({"mon,wed,fri": "18:00-00:00"}, {"mon,wed,fri": ("18:00-24:00",)}),
        (
            {"mon": "15:00-18:00", "mon-tue": "10:00-14:00"},
            {"mon": ("10:00-14:00", "15:00-18:00"), "tue": ("10:00-14:00",)},
        ),
    ],
)
def test_windows_are_kept_in_one_spelling(written, canonical):
    """However a week is written, equal calendars are equal, and the spelling reads back as itself."""
    cal = BusinessCalendar(zone="UTC", windows=written)
    assert cal.windows == canonical
    again = BusinessCalendar(zone="UTC", windows=cal.windows)
    assert again == cal
    assert hash(again) == hash(cal)


def test_a_calendar_travels():
    """Pickled, copied or printed and read back, it is the same calendar."""
    assert MADRID.elapsed(at("2026-01-01"), at("2026-02-01"))
    assert pickle.loads(pickle.dumps(MADRID)) == copy.deepcopy(MADRID) == MADRID  # noqa: S301
    names = {"BusinessCalendar": BusinessCalendar, "frozenset": frozenset}
    assert eval(repr(OFFICE), names) == OFFICE  # noqa: S307


def test_a_short_span_is_read_in_microseconds():
    """One record in a web hook: the days in use are remembered by the calendar."""
    start, end = at("2026-01-05T09:00"), at("2026-01-08T11:00")
    MADRID.elapsed(start, end)
    began = time.perf_counter()
    for _ in range(2000):
        MADRID.elapsed(start, end)
    assert (time.perf_counter() - began) / 2000 < 50e-6
