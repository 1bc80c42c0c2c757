"""Points learned from outcomes: the proposal of an ordinary matrix that people can read and change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain, count
from typing import Literal, get_args

import attrs

from smarketing.errors import (
    InvalidFramesError,
    InvalidTermsError,
    UnknownNameError,
    checked_kind,
    did_you_mean,
)
from smarketing.frames import Frames, checked_frames
from smarketing.periods import Period, to_micros
from smarketing.scoring._bins import TOUCHES, Bins, bins_of
from smarketing.scoring._calibration import CalibrationResult, LevelRow
from smarketing.scoring._criterion_faults import fault
from smarketing.scoring._fitted import Fitted, Split, columns_of, fit_points
from smarketing.scoring._history import History, Look, read_history
from smarketing.scoring._leaks import Leak, leaks_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._outcome import LeadOutcome
from smarketing.scoring._rules import Rule
from smarketing.values import Share

SplitBy = Literal["time", "lead"]

__all__ = ["calibrate"]

_FEWEST_OUTCOMES = 10


def calibrate(
    frames: Frames,
    outcome: LeadOutcome,
    *,
    as_of: datetime,
    after: timedelta = timedelta(0),
    within: timedelta = timedelta(days=90),
    window: timedelta | None = None,
    period: Period | None = None,
    name: str = "learned",
    fields: Iterable[str] | None = None,
    without: Iterable[str] = (),
    trusted: Iterable[str] = (),
    held_out: Share = Share.percent(30),  # noqa: B008 -- immutable
    split: SplitBy = "time",
    points_per_doubling: int = 20,
    most_levels: int = 10,
    fewest: int = 50,
    ridge: float = 2.0,
    zone: str = "UTC",
) -> CalibrationResult:
    """Propose the points of a matrix from what became of leads.

    Each lead is looked at once, `after` it began, with what was known of it then; what counts is whether it
    turned out well `within` so long from there. So nothing that became known later can be learned from, where
    the data tell when it became known. What each level of a field adds to the odds is estimated for all
    fields together and pulled toward none where leads are few, and becomes whole points.

    Args:
        frames: Leads with their accounts and touches, as far as there are, and the facts of the outcome.
        outcome: What it is to turn out well.
        as_of: What had happened and was known before this instant is learned from.
        after: How long after its creation, or its first touch, each lead is looked at.
        within: How long it then has to turn out well. Leads whose time is not over yet are left aside.
        window: Only touches of the last so long are counted.
        period: Only leads that began in it.
        name: What the score is to be called.
        fields: What to learn from: columns of leads (`job_title`, `trait_segment`), of accounts
            (`account.industry`), and `touches: ` with a kind; by default all that there are.
        without: What not to learn from.
        trusted: Fields that may tell a lot, since they are known in time.
        held_out: The share of leads that nothing is learned from, and the points are tried on.
        split: Which ones: those that began last, or some by their id, regardless of time.
        points_per_doubling: With so many points more, the odds are twice as good.
        most_levels: Numbers are cut into at most so many ranges of about equally many leads.
        fewest: A level has at least so many leads; rarer values are taken together.
        ridge: How strongly points are pulled toward 0: about so many leads' worth.
        zone: The time zone whose days count in the matrix.

    Raises:
        InvalidFramesError: Too few leads, outcomes or fields to learn anything from; it says how many.
        InvalidTermsError: A length or number that nothing can be learned by, with all of them at once.
        UnknownNameError: A field that the frames do not have.
        InvalidFactError: `as_of` has no time zone.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> begun, day = 1_767_225_600_000_000, 86_400_000_000
        >>> leads = pl.DataFrame({"lead_id": [f"L{n}" for n in range(400)]}).with_row_index("n").select(
        ...     "lead_id", created_at=begun + pl.col("n").cast(pl.Int64) * 1_000_000,
        ...     country=pl.when(pl.col("n") % 2 == 0).then(pl.lit("ES")).otherwise(pl.lit("PT")))
        >>> orders = leads.with_row_index("n").filter(pl.col("n") % 4 == 0, pl.col("n") % 20 != 0).select(
        ...     "lead_id", order_id="lead_id", occurred_at=pl.col("created_at") + day)
        >>> frames = Frames.from_native(leads=leads, orders=orders)
        >>> result = calibrate(
        ...     frames, LeadOutcome.ordered(), as_of=datetime(2027, 1, 1, tzinfo=UTC), trusted=["country"]
        ... )
        >>> [(rule.name, str(rule.points)) for rule in result.matrix.rules]
        [('country is ES', '47'), ('country is PT', '-47')]
    """
    known, ends = checked_frames(frames).as_of(as_of), None
    if period is not None:
        ends = (to_micros(period.start), to_micros(period.end))
    look = Look(after=after, within=within, window=window, as_of=to_micros(as_of), began=ends)
    if split not in get_args(SplitBy):
        raise UnknownNameError(
            f"there is no split {split!r}{did_you_mean(split, get_args(SplitBy))}: time or lead"
        )
    checked_kind(outcome, LeadOutcome, "outcome", "pass LeadOutcome.won(), for one")
    _check_terms(look, held_out, doubling=points_per_doubling, most=most_levels, fewest=fewest, ridge=ridge)
    trusted = _names_in(trusted, "trusted")
    chosen = None if fields is None else _names_in(fields, "fields")
    history = _chosen(read_history(known, outcome, look), chosen, _names_in(without, "without"), trusted)
    parts = _split(history, float(held_out), by_time=split == "time")
    _check(history, parts, outcome.never_seen(known))
    bins = list(_bins(history, parts, most=most_levels, fewest=fewest, window=window))
    columns = columns_of(history, bins)
    leaks = leaks_of(bins, columns, parts, history.outcomes, ridge=ridge, trusted=frozenset(trusted))
    leaking = {leak.field for leak in leaks}
    used = [each for each in bins if each.name not in leaking]
    if not used:
        raise InvalidFramesError(_nothing(history, fewest, leaks))
    learned = [history.outcomes[number] for number in parts.train]
    factor = points_per_doubling / math.log(2.0)
    fitted = fit_points(used, columns, parts.train, learned, ridge=ridge, factor=factor)
    tried = [history.outcomes[number] for number in parts.held_out]
    return CalibrationResult(
        matrix=_matrix(name, fitted, zone, fewest),
        outcome=outcome,
        as_of=as_of,
        after=after,
        within=within,
        is_split_by_time=split == "time",
        train=fitted.quality(columns, parts.train, learned),
        held_out=fitted.quality(columns, parts.held_out, tried),
        levels=tuple(_levels(fitted, columns, parts, history.outcomes)),
        leaks=leaks,
        unused=tuple(sorted(_told(history) - {each.name for each in bins})),
        young_count=history.young_count,
        early_count=history.early_count,
        unseen_count=history.unseen_count,
        fitted=fitted,
    )


def _names(history: History) -> set[str]:
    return {*history.fields, *(f"{TOUCHES}{kind}" for kind in history.touches)}


def _told(history: History) -> set[str]:
    """The fields of which something is known."""
    fields = {name for name, values in history.fields.items() if any(value is not None for value in values)}
    return fields | {f"{TOUCHES}{kind}" for kind in history.touches}


def _names_in(given: Iterable[str], what: str) -> tuple[str, ...]:
    """Names in a list; of one text alone each letter would be a name."""
    if isinstance(given, str):
        raise InvalidTermsError(f"{what} takes a list of names: write [{given!r}]")
    return tuple(given)


def _check_terms(look: Look, held_out: Share, *, doubling: int, most: int, fewest: int, ridge: float) -> None:
    """Every term that learning cannot go by, at once."""
    checked_kind(held_out, Share, "held_out", "write Share.percent(30)")
    wrong = {
        "after": (look.after < timedelta(), "leads are looked at when they begin, or later"),
        "within": (look.within <= timedelta(), "leads need some time to turn out well"),
        "window": (look.window is not None and look.window <= timedelta(), "leave it out for all touches"),
        "held_out": (not 0 < held_out.ppm < 1_000_000, "hold out more than nothing and less than all"),
        "points_per_doubling": (doubling <= 0, "more points have to mean better odds"),
        "most_levels": (most < 1, "at least one range is needed"),
        "fewest": (fewest < 1, "a level has at least one lead"),
        "ridge": (ridge < 0, "points are pulled toward 0, or left where they are"),
    }
    if problems := [fault(name, "not-a-term", hint) for name, (is_wrong, hint) in wrong.items() if is_wrong]:
        raise InvalidTermsError("points cannot be learned as asked:", problems)


def _chosen(
    history: History, fields: Iterable[str] | None, without: Sequence[str], trusted: Sequence[str]
) -> History:
    """The history with just the fields that are asked for."""
    there = _names(history)
    asked = there if fields is None else set(fields)
    for each in sorted({*asked, *without, *trusted} - there):
        known = ", ".join(sorted(there))
        hint = did_you_mean(each, there) or f"; there are {known or 'none'}"
        raise UnknownNameError(f"nothing can be learned from {each!r}, which these frames do not have{hint}")
    left = asked - set(without)
    return attrs.evolve(
        history,
        fields={name: values for name, values in history.fields.items() if name in left},
        touches={kind: counts for kind, counts in history.touches.items() if f"{TOUCHES}{kind}" in left},
    )


def _split(history: History, held_out: float, *, by_time: bool) -> Split:
    """The leads to learn from and those to try the points on: the last ones, or some by their id."""
    numbers = range(len(history.outcomes))
    cut = round(len(numbers) * (1.0 - held_out))
    ordered = list(numbers)
    if not by_time:
        ordered.sort(key=lambda number: sha256(history.leads[number].encode()).digest())
    return Split(tuple(sorted(ordered[:cut])), tuple(sorted(ordered[cut:])))


def _check(history: History, split: Split, never_seen: str) -> None:
    for part, what in ((split.train, "learn from"), (split.held_out, "try the points on")):
        good = sum(history.outcomes[number] for number in part)
        if min(good, len(part) - good) < _FEWEST_OUTCOMES:
            raise InvalidFramesError(
                f"of {len(part)} leads to {what}, {good} turned out well: it takes {_FEWEST_OUTCOMES} that "
                f"did and {_FEWEST_OUTCOMES} that did not. Left aside were {history.early_count} that had "
                f"turned out well before they were looked at, and {history.young_count} whose time is not "
                "over: look earlier (`after`), give less time (`within`), or take a longer period"
                f"{'. ' if never_seen else ''}{never_seen}"
            )


def _bins(
    history: History, split: Split, *, most: int, fewest: int, window: timedelta | None
) -> Iterator[Bins]:
    """The features, cut by the leads that are learned from."""
    return bins_of(
        {name: [values[number] for number in split.train] for name, values in history.fields.items()},
        {kind: [counts[number] for number in split.train] for kind, counts in history.touches.items()},
        personal=history.is_personal,
        most=most,
        fewest=fewest,
        window=window,
    )


def _nothing(history: History, fewest: int, leaks: Sequence[Leak]) -> str:
    names = ", ".join(sorted(_names(history))) or "none"
    asked = "".join(f"\n  - {leak.question}" for leak in leaks)
    unseen = f"; of {history.unseen_count} leads no version was known yet" if history.unseen_count else ""
    return (
        f"no field tells at least {fewest} leads from {fewest} others when they are looked at "
        f"(fields: {names}){unseen}: add fields, look later (`after`), or lower `fewest`{asked}"
    )


def _matrix(name: str, fitted: Fitted, zone: str, fewest: int) -> ScoringMatrix:
    """The points as a matrix: levels that give nothing have no rule."""
    rules: dict[str, Rule] = {}
    for bins, own in zip(fitted.bins, fitted.points, strict=True):
        for said, when, points in bins.rules(own):
            if points:
                unique = next(each for each in _ever_longer(said, bins.name) if each not in rules)
                rules[unique] = Rule(unique, when=when, points=points)
    if not rules:
        raise InvalidFramesError(
            "no field moves the odds by as much as one point, so there is nothing to propose: add fields, "
            f"lower `fewest` (now {fewest}), or ask for more `points_per_doubling`"
        )
    return ScoringMatrix(name=name, rules=rules.values(), zone=zone)


def _ever_longer(said: str, field: str) -> Iterator[str]:
    """Names for a rule, for the case that another field or value reads the same."""
    yield said
    yield from (f"{said} ({field}{also})" for also in chain([""], (f", {number}" for number in count(2))))


def _levels(
    fitted: Fitted, columns: dict[str, list[int]], split: Split, outcomes: Sequence[bool]
) -> Iterator[LevelRow]:
    for place, each in enumerate(fitted.bins):
        column = columns[each.name]
        counts, good = [0] * len(each.labels), [0] * len(each.labels)
        for number in split.train:
            counts[column[number]] += 1
            good[column[number]] += outcomes[number]
        for level, label in enumerate(each.labels):
            if counts[level]:
                yield LevelRow(
                    field=each.name,
                    level=label,
                    lead_count=counts[level],
                    success_count=good[level],
                    weight=fitted.fit.weights[place][level],
                    shrinkage_share=fitted.fit.shrinkage(place, level),
                    whole_points=fitted.points[place][level],
                )
