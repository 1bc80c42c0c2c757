"""The lines of a scenario's story, read as facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TypedDict

from smarketing.errors import InvalidTermsError, SmarketingError, did_you_mean
from smarketing.facts import (
    Assigned,
    ContactAttempt,
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    Outcome,
    Precision,
    SalesFeedback,
    StageEntered,
    Touch,
    Verdict,
)
from smarketing.origin import Origin, Problem
from smarketing.periods import parse_instant
from smarketing.serialize import from_plain
from smarketing.values import Money

Line = Mapping[str, object]


class Stamp(NamedTuple):
    """An instant, and how finely it was stated."""

    at: datetime
    precision: Precision


class Faults:
    """Collects what is wrong with a scenario, so that it can be mended in one go."""

    def __init__(self, file: Path | None) -> None:
        self.file = str(file) if file else None
        self.found: list[Problem] = []

    def add(self, place: str, code: str, message: str) -> None:
        """Note one fault."""
        self.found.append(Problem(code=code, message=message, origin=Origin(file=self.file, field=place)))

    def known(self, place: str, given: Line, names: Sequence[str]) -> None:
        """Refuse keys that mean nothing here."""
        for name in given:
            if name not in names:
                hint = did_you_mean(name, names) or f": it may be {', '.join(names)}"
                self.add(f"{place}{name}", "unknown-key", f"{name!r} means nothing here{hint}")

    def tables(self, name: str, document: Line) -> Iterator[tuple[str, Line]]:
        """The lines of a list, each with its place."""
        given = document.get(name, [])
        lines = given if isinstance(given, list) else [given]
        for number, line in enumerate(lines):
            if isinstance(line, dict):
                yield f"{name}[{number}]", line

    def raise_any(self) -> None:
        """Raise all that was found, if anything was."""
        if self.found:
            problems = tuple(dict.fromkeys(self.found))
            raise InvalidTermsError("the scenario cannot be used as written:", problems)


class _Clocks(TypedDict):
    """The fields that all facts have in common."""

    origin: Origin
    occurred_at: datetime
    known_at: datetime
    precision: Precision


class _Told(NamedTuple):
    """One line, and what it says of any fact."""

    line: Line
    clocks: _Clocks
    faults: Faults
    place: str

    def text(self, name: str) -> str | None:
        value = self.line.get(name)
        if value is None or isinstance(value, str):
            return value
        self.faults.add(f"{self.place}.{name}", "not-a-text", f"write a text, not {value!r}")
        return None

    def amount(self, verb: str) -> tuple[int | None, str | None]:
        """Minor units and currency; `true` states no amount."""
        value = self.line[verb]
        if value is True:
            return None, None
        try:
            money = from_plain(value, Money)
        except SmarketingError:
            place = f"{self.place}.{verb}"
            self.faults.add(place, "not-an-amount", f'write an amount such as "1200 EUR", not {value!r}')
            return None, None
        return money.minor, money.currency


def instant_of(value: object, place: str, zone: str, faults: Faults) -> Stamp:
    """A day or a time of the scenario's wall."""
    if isinstance(value, datetime):
        return Stamp(parse_instant(value.isoformat(), zone), Precision.INSTANT)
    if isinstance(value, date):
        return Stamp(parse_instant(value.isoformat(), zone), Precision.DAY)
    faults.add(place, "not-a-day", f"write a day such as 2026-01-05, not {value!r}")
    return Stamp(parse_instant("2000-01-01"), Precision.DAY)


def fact_of(line: Line, place: str, zone: str, faults: Faults) -> Fact | None:
    """The fact that one line tells, or None with a fault."""
    verbs = [key for key in line if key in _VERBS]
    if len(verbs) != 1:
        given = " and ".join(verbs) or "nothing"
        hint = next(
            (did_you_mean(key, _VERBS) for key in line if key not in _ANY and did_you_mean(key, _VERBS)), ""
        )
        faults.add(
            place, "one-thing", f"a line tells one of {', '.join(_VERBS)}; this one tells {given}{hint}"
        )
        return None
    verb = verbs[0]
    faults.known(f"{place}.", line, [verb, *_COMMON, *_EXTRA.get(verb, ())])
    subject = "deal" if "deal" in line else "lead"
    record = line.get(subject)
    if not isinstance(record, str) or not record.strip() or (verb in _OF_DEALS and subject != "deal"):
        who = "deal" if verb in _OF_DEALS else "lead"
        faults.add(f"{place}.{who}", "nobody", f"say whom it is about: {who} = …")
        return None
    on = instant_of(line.get("on"), f"{place}.on", zone, faults)
    known_at = instant_of(line["known"], f"{place}.known", zone, faults).at if "known" in line else on.at
    origin = Origin(system="scenario", table=f"{subject}s", record=record, field=place)
    clocks = _Clocks(origin=origin, occurred_at=on.at, known_at=known_at, precision=on.precision)
    told = _Told(line=line, clocks=clocks, faults=faults, place=place)
    try:
        return _VERBS[verb](told)
    except (SmarketingError, ValueError) as error:
        faults.add(place, "no-fact", str(error))
        return None


def _captured(told: _Told) -> Fact:
    return Lead(
        **told.clocks,
        lead_id=told.text("lead") or "",
        created_at=told.clocks["occurred_at"],
        owner_id=told.text("owner"),
        source_raw=told.text("source"),
        channel=told.text("channel"),
        campaign_id=told.text("campaign"),
        persona=told.text("persona"),
    )


def _enters(told: _Told) -> Fact:
    return StageEntered(
        **told.clocks,
        lead_id=told.text("lead"),
        deal_id=told.text("deal"),
        stage=told.text("enters") or "",
        by_id=told.text("by"),
        reason=told.text("why"),
    )


def _assigned(told: _Told) -> Fact:
    return Assigned(
        **told.clocks,
        lead_id=told.text("lead"),
        deal_id=told.text("deal"),
        owner_id=told.text("assigned"),
        by_id=told.text("by"),
    )


def _touched(told: _Told) -> Fact:
    return Touch(
        **told.clocks,
        lead_id=told.text("lead") or "",
        kind=told.text("touched") or "",
        channel=told.text("channel"),
        campaign_id=told.text("campaign"),
        asset=told.text("asset"),
        topic=told.text("topic"),
    )


def _tried(told: _Told) -> Fact:
    return ContactAttempt(
        **told.clocks,
        lead_id=told.text("lead"),
        deal_id=told.text("deal"),
        channel=told.text("tried"),
        result=told.text("result"),
        by_id=told.text("by"),
    )


def _answered(told: _Told) -> Fact:
    return SalesFeedback(
        **told.clocks,
        lead_id=told.text("lead"),
        deal_id=told.text("deal"),
        verdict=Verdict(told.text("answered") or ""),
        reason=told.text("why"),
        by_id=told.text("by"),
    )


def _opened(told: _Told) -> Fact:
    amount_minor, currency = told.amount("opened")
    return Deal(
        **told.clocks,
        deal_id=told.text("deal") or "",
        lead_id=told.text("of"),
        created_at=told.clocks["occurred_at"],
        owner_id=told.text("owner"),
        amount_minor=amount_minor,
        currency=currency,
    )


def _won(told: _Told) -> Fact:
    amount_minor, currency = told.amount("won")
    return DealClosed(
        **told.clocks,
        deal_id=told.text("deal") or "",
        outcome=Outcome.WON,
        amount_minor=amount_minor,
        currency=currency,
        reason=told.text("why"),
        by_id=told.text("by"),
    )


def _lost(told: _Told) -> Fact:
    return DealClosed(
        **told.clocks,
        deal_id=told.text("deal") or "",
        outcome=Outcome.LOST,
        reason=told.text("why"),
        by_id=told.text("by"),
    )


def _reopened(told: _Told) -> Fact:
    return DealReopened(
        **told.clocks,
        deal_id=told.text("deal") or "",
        reason=told.text("why"),
        by_id=told.text("by"),
    )


_VERBS: Mapping[str, Callable[[_Told], Fact]] = {
    "captured": _captured,
    "enters": _enters,
    "assigned": _assigned,
    "touched": _touched,
    "tried": _tried,
    "answered": _answered,
    "opened": _opened,
    "won": _won,
    "lost": _lost,
    "reopened": _reopened,
}
_OF_DEALS = frozenset({"opened", "won", "lost", "reopened"})
_COMMON = ("on", "known", "lead", "deal", "by", "why")
_EXTRA = {
    "captured": ("owner", "source", "channel", "campaign", "persona"),
    "opened": ("of", "owner"),
    "touched": ("channel", "campaign", "asset", "topic"),
    "tried": ("result",),
}
_ANY = frozenset({*_COMMON, *(name for names in _EXTRA.values() for name in names)})
