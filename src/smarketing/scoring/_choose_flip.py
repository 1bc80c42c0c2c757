"""The flip number is chosen, not guessed: what each one would have meant over past weeks.

Each lead's score is replayed as it could be read then, so a lead counts in the week in which it would
really have flipped. Weeks share their luck (a fair, a holiday), so whole weeks are drawn again, all numbers
together, to tell what chance may do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import sqrt
from random import Random

import attrs

from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError, checked_kind
from smarketing.estimates import Interval, Rate
from smarketing.frames import Frames, checked_frames, tuples_of
from smarketing.periods import Dated, Period, from_micros, to_micros
from smarketing.scoring._flip_choice import FlipChoice, FlipOption, FlipVerdict
from smarketing.scoring._highs import Climb, climbs_of
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.scoring._outcome import LeadOutcome
from smarketing.scoring._record import in_force_at
from smarketing.scoring._rules import PointsLike, as_points
from smarketing.values import Money, Points

__all__ = ["choose_flip"]

_WEEK = timedelta(days=7)
_MICRO = timedelta(microseconds=1)
_WEEK_MICROS = _WEEK // _MICRO
_MOST_WEEKS, _FEWEST_WEEKS = 52, 8
_MOST_NUMBERS = 20
_FEWEST_SUCCESSES = 10
_DRAWS = 400
_LEVEL = 0.9
_ONCE_IN_A_HUNDRED = 2.3263  # standard deviations


@attrs.frozen
class _Worth:
    """What it is to work leads: how many a week, what a success brings, what each costs."""

    capacity: float
    value: float
    cost: float

    def gain(self, load: float, share: float) -> float:
        return min(load, self.capacity) * (share * self.value - self.cost)


@attrs.frozen
class _Weeks:
    """The weeks to look at, in microseconds, and how long leads then have."""

    start: int
    count: int
    patience: int
    until: int

    @property
    def end(self) -> int:
        return self.start + self.count * _WEEK_MICROS

    def holds(self, at: int | None) -> bool:
        return at is not None and self.start <= at < self.end

    @property
    def period(self) -> Period | None:
        if self.count < 1:
            return None
        return Period(start=from_micros(self.start), end=from_micros(self.end))


@attrs.frozen
class _Tally:
    """One number's weeks: how many flipped, of how many the time is over, how many turned out well."""

    micro: int
    flips: Sequence[int]
    over: Sequence[int]
    good: Sequence[int]
    caught: int

    def share(self, weeks: Sequence[int]) -> float:
        over = sum(self.over[week] for week in weeks)
        return sum(self.good[week] for week in weeks) / over if over else 0.0

    def load(self, weeks: Sequence[int]) -> float:
        return sum(self.flips[week] for week in weeks) / len(weeks)


def choose_flip(
    frames: Frames,
    matrix: ScoringMatrix | Dated[ScoringMatrix],
    *,
    capacity_per_week: float,
    value: Money | None = None,
    cost: Money | None = None,
    outcome: LeadOutcome | None = None,
    within: timedelta = timedelta(days=90),
    period: Period | None = None,
    as_of: datetime | None = None,
    numbers: Iterable[PointsLike] | None = None,
    seed: int = 0,
) -> FlipChoice:
    """What each flip number would have meant, and which one to take, if the data can tell.

    A lead flips in the week in which its score first reaches the number, if it has not turned out well
    before. A week brings `min(load, capacity) * (precision * value - cost)`, of the mean load: leads beyond
    the capacity of one week are worked off in those that follow.

    Args:
        frames: Leads, accounts and touches, and what tells how leads turned out.
        matrix: The score; its own flip numbers are not looked at.
        capacity_per_week: How many leads can be worked in a week.
        value: What a lead that turns out well is worth; without it gains are counted in such leads.
        cost: What it costs to work a lead.
        outcome: What it is to turn out well; by default that a deal is won.
        within: How long a lead has for it, from its flip.
        period: The history to look at, of which the whole weeks count; by default the last year of which
            every lead's time is over.
        as_of: What had happened and was known before this instant counts; by default the moment that the
            frames are of, or else the end of the period and the leads' time after it.
        numbers: The numbers to try; by default up to 20, spread over the leads' own scores.
        seed: Of the drawing of weeks.

    Raises:
        InvalidTermsError: There is no moment to go by, or a term is not positive.
        UnlikeCurrenciesError: Value and cost are of different currencies.

    Example:
        >>> import polars as pl
        >>> from datetime import UTC
        >>> from smarketing.scoring import Rule, Touched
        >>> touches = pl.DataFrame({"lead_id": ["L1"], "kind": ["demo"], "occurred_at": [0]})
        >>> matrix = ScoringMatrix(name="intent", rules=[Rule("demo", when=Touched("demo"), points=5)])
        >>> frames = Frames.from_native(touches=touches)
        >>> choice = choose_flip(frames, matrix, capacity_per_week=10, as_of=datetime(2026, 2, 1, tzinfo=UTC))
        >>> print(choice.recommended, choice.verdict)
        None few_successes
    """
    if isinstance(capacity_per_week, bool) or not isinstance(capacity_per_week, int | float):
        raise InvalidTermsError(f"capacity_per_week is a number of leads, not {capacity_per_week!r}")
    for name, money in (("value", value), ("cost", cost)):
        if money is not None:
            checked_kind(money, Money, name, 'write Money.of("2000", "EUR")')
    if capacity_per_week <= 0 or within <= timedelta(0):
        raise InvalidTermsError("capacity_per_week and within have to be positive")
    if value is not None and cost is not None and value.currency != cost.currency:
        raise UnlikeCurrenciesError(f"the value is in {value.currency} and the cost in {cost.currency}")
    if cost is not None and value is None:
        raise InvalidTermsError("a cost is held against a value: give both")
    moment = _moment(checked_frames(frames), period, within, as_of)
    known, matrix = frames.as_of(moment), in_force_at(matrix, moment)
    outcome = LeadOutcome.won() if outcome is None else outcome
    checked_kind(outcome, LeadOutcome, "outcome", "pass LeadOutcome.won(), for one")
    good = dict(tuples_of(outcome.rows(known)))
    climbs = [climb for climb in climbs_of(known, matrix, good, moment) if climb.highs]
    weeks = _weeks(climbs, period, moment, within)
    worth = _Worth(
        capacity_per_week, 1.0 if value is None else float(value.minor), float(cost.minor) if cost else 0.0
    )
    found = FlipChoice(
        matrix=matrix,
        period=weeks.period,
        as_of=moment,
        capacity_per_week=capacity_per_week,
        value=value,
        options=(),
        verdict=FlipVerdict.FEW_WEEKS,
        recommended=None,
        as_good=(),
    )
    if weeks.count < 1:
        return found
    given = sorted({as_points(each).micro for each in numbers}) if numbers is not None else []
    tried = given or _numbers(climbs, weeks.end)
    if not tried:
        return attrs.evolve(found, verdict=FlipVerdict.FEW_SUCCESSES)
    tallies = [_tally(climbs, micro, weeks) for micro in tried]
    goods = sum(map(weeks.holds, good.values()))
    random = Random(seed)  # noqa: S311 -- no secret
    draws = [[random.randrange(weeks.count) for _ in range(weeks.count)] for _ in range(_DRAWS)]
    options = tuple(_option(tally, goods, worth, draws) for tally in tallies)
    verdict, best, as_good = _verdict(
        tallies, options, worth, draws, tells_apart=_tells_apart(climbs, tried[0], weeks)
    )
    return attrs.evolve(
        found,
        options=options,
        verdict=verdict,
        recommended=options[best].points if verdict is FlipVerdict.DECIDED else None,
        as_good=tuple(options[place].points for place in as_good),
    )


def _moment(frames: Frames, period: Period | None, within: timedelta, as_of: datetime | None) -> datetime:
    """As of when."""
    if as_of is not None:
        return as_of
    if frames.cutoff is not None:
        return frames.cutoff
    if period is None:
        raise InvalidTermsError("say as of when: as_of, or a period, or frames as of a moment")
    return period.end + within


def _weeks(climbs: Sequence[Climb], period: Period | None, moment: datetime, within: timedelta) -> _Weeks:
    """The whole weeks to look at."""
    patience, until = within // _MICRO, to_micros(moment)
    if period is not None:
        start, end = period.boundaries
        return _Weeks(start, max(0, min(end, until) - start) // _WEEK_MICROS, patience, until)
    end = to_micros(moment - within)
    first = min((climb.highs[0][0] for climb in climbs), default=end)
    count = max(0, min(_MOST_WEEKS, (end - first) // _WEEK_MICROS))
    return _Weeks(end - count * _WEEK_MICROS, count, patience, until)


def _numbers(climbs: Iterable[Climb], end: int) -> list[int]:
    """Whole numbers spread over the best scores that leads had before the end of the weeks."""
    bests = [max((total for at, total in climb.highs if at < end), default=0) for climb in climbs]
    wholes = sorted(best // 1_000_000 * 1_000_000 for best in bests if best >= 1_000_000)
    different = sorted(set(wholes))
    if len(different) <= _MOST_NUMBERS:
        return different
    spread = {wholes[len(wholes) * place // _MOST_NUMBERS] for place in range(_MOST_NUMBERS)}
    top = [wholes[-(len(wholes) // share) - 1] for share in (40, 100, 200)]
    return sorted(spread | set(top))


def _tally(climbs: Iterable[Climb], micro: int, weeks: _Weeks) -> _Tally:
    """The weeks of one number."""
    flips, over, good = ([0] * weeks.count for _ in range(3))
    caught = 0
    for climb in climbs:
        at = climb.reached_at(micro)
        if at is None:
            continue
        caught += weeks.holds(climb.good_at)
        if weeks.holds(at):
            place = (at - weeks.start) // _WEEK_MICROS
            flips[place] += 1
            if at + weeks.patience <= weeks.until:
                over[place] += 1
                good[place] += climb.good_at is not None and climb.good_at < at + weeks.patience
    return _Tally(micro, flips, over, good, caught)


def _option(tally: _Tally, goods: int, worth: _Worth, draws: Sequence[Sequence[int]]) -> FlipOption:
    whole = range(len(tally.flips))
    load = tally.load(whole)
    return FlipOption(
        points=Points(tally.micro),
        flips_count=sum(tally.flips),
        load_per_week=load,
        load=_middle([tally.load(draw) for draw in draws]),
        precision=Rate(sum(tally.good), sum(tally.over)),
        recall=Rate(tally.caught, goods),
        gain_per_week=worth.gain(load, tally.share(whole)),
        gain=_middle([worth.gain(tally.load(draw), tally.share(draw)) for draw in draws]),
    )


def _middle(drawn: Iterable[float]) -> Interval:
    """The middle 90 % of what was drawn."""
    ordered = sorted(drawn)
    tail = int(len(ordered) * (1.0 - _LEVEL) / 2)
    return Interval(ordered[tail], ordered[-1 - tail])


def _verdict(
    tallies: Sequence[_Tally],
    options: Sequence[FlipOption],
    worth: _Worth,
    draws: Sequence[Sequence[int]],
    *,
    tells_apart: bool,
) -> tuple[FlipVerdict, int, list[int]]:
    """Whether the data can decide, the best number's place, and the places of those that may be as good."""
    best = max(range(len(options)), key=lambda place: (options[place].gain_per_week, -place))
    if len(tallies[0].flips) < _FEWEST_WEEKS:
        return FlipVerdict.FEW_WEEKS, best, []
    if sum(tallies[0].good) < _FEWEST_SUCCESSES:
        return FlipVerdict.FEW_SUCCESSES, best, []
    if options[best].gain_per_week <= 0:
        return FlipVerdict.NOT_WORTH, best, []
    gains = [[worth.gain(tally.load(draw), tally.share(draw)) for draw in draws] for tally in tallies]
    as_good = [
        place
        for place, drawn in enumerate(gains)
        if place == best or _middle(b - g for b, g in zip(gains[best], drawn, strict=True)).low <= 0
    ]
    has_room_for_all = best == 0 and options[0].load_per_week <= worth.capacity
    if not has_room_for_all and not tells_apart:
        return FlipVerdict.NO_DIFFERENCE, best, as_good
    if len(as_good) == len(options) > 1:
        return FlipVerdict.ALL_ALIKE, best, as_good
    return FlipVerdict.DECIDED, best, as_good


def _tells_apart(climbs: Iterable[Climb], lowest: int, weeks: _Weeks) -> bool:
    """Whether leads that turn out well score higher than others, beyond what chance does once in a hundred.

    Of the leads that reached the lowest number, by their best score in the time that they then had; after the
    ranks of both kinds (Wilcoxon, Mann & Whitney).
    """
    told = []
    for climb in climbs:
        at = climb.reached_at(lowest)
        if at is not None and weeks.holds(at) and at + weeks.patience <= weeks.until:
            end = at + weeks.patience
            told.append((climb.best_before(end) or 0, climb.good_at is not None and climb.good_at < end))
    goods = sorted(best for best, is_good in told if is_good)
    others = sorted(best for best, is_good in told if not is_good)
    if not goods or not others:
        return False
    wins = sum((bisect_left(others, best) + bisect_right(others, best)) / 2 for best in goods)
    pairs = len(goods) * len(others)
    spread = sqrt((len(told) + 1) / (12 * pairs))
    return wins / pairs - 0.5 > _ONCE_IN_A_HUNDRED * spread
