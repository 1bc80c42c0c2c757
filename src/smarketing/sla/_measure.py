"""The SLA in bulk: what was promised in a period, what was done, and by whom it was not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from zoneinfo import ZoneInfo

import narwhals.stable.v2 as nw

from smarketing.errors import UnknownNameError, checked_kind, did_you_mean
from smarketing.estimates import Rate, round_half_up
from smarketing.frames import Frames, checked_frames, position_among, rows_of, tuples_of
from smarketing.funnel import Dimensions, Group, Trace, dimension_names, trace_of
from smarketing.periods import Period, checked_period, from_micros, to_micros
from smarketing.schema import ColumnType
from smarketing.sla._clocks import Clock, ClockState, is_open
from smarketing.sla._columns import CODES, STATES, ClockRows, stacked
from smarketing.sla._contract import InForce, SlaContract
from smarketing.sla._deliveries import DeliveryRows
from smarketing.sla._reads import DAY, days_of, reads
from smarketing.sla._result import ClockTally, Coded, SlaResult, TermResult, TermRow
from smarketing.sla._rows import EventRows
from smarketing.sla._stories import read_clocks
from smarketing.sla._terms import Measure, Term
from smarketing.sla._turns import with_turns
from smarketing.sla._variants import Variants
from smarketing.values import Share

__all__ = ["measure_sla"]

_Rows = nw.LazyFrame[Any]
_TURNS = {"owner": "turn_owner", "team": "turn_team"}
_QUARTER_HOUR = 900_000_000
_SIDES = ("marketing", "sales", "system")
_ABOUT_EACH_LEAD = frozenset({Measure.SCORE, Measure.COMPLETENESS})
_TOLD_IN = (
    "leads", "stage_entries", "assignments", "routings", "contact_attempts", "replies", "feedbacks",
    "waivers", "deals", "closings",
)  # fmt: skip
_CODED = ("state", "is_over", "is_ended")
_Asked = tuple[str, frozenset[ClockState], int | None]
_BROKEN = [CODES[ClockState.MISSED], CODES[ClockState.LATE_MET]]


def measure_sla(
    frames: Frames,
    contract: SlaContract,
    *,
    period: Period,
    as_of: datetime | None = None,
    by: str | Sequence[str] = (),
    trend: int = 3,
    scores: object | None = None,
) -> SlaResult:
    """How far each promise of the contract was kept in a period.

    A clock belongs to the period in which it started, and is judged once its time is over: one that still
    runs is neither kept nor broken, and counting only the quick ones early would flatter. The terms in force
    when it started hold for it.

    Args:
        frames: The facts.
        contract: The promises.
        period: The clocks that started, and the leads that were delivered, within it.
        as_of: What was known; by default the period's end.
        by: Dimensions of the clocks: "owner" and "team" (whose turn it was), "hour" (of the day on which they
            started), "source", "channel", "campaign", "month", … or a trait of the lead.
        trend: How many periods before this one are measured beside it, as far as any facts go back.
        scores: A native table of the frames' engine with `lead_id` and a column of points for each score that
            a promise speaks of; or, by the name of each score, the table that `score_leads` gives.

    Raises:
        UnknownNameError: There is nothing to split by of that name, or nobody gives a promised score.

    Example:
        >>> from datetime import timedelta
        >>> from smarketing.sla import SlaTerms, Term
        >>> import polars as pl
        >>> nine = 1_772_442_000_000_000  # on Monday, 2 March 2026, UTC
        >>> given = pl.DataFrame(
        ...     {"lead_id": ["L1", "L2"], "owner_id": ["ana", "luis"], "occurred_at": [nine, nine]}
        ... )
        >>> calls = pl.DataFrame({"lead_id": ["L1"], "occurred_at": [nine + 3_600_000_000]})
        >>> frames = Frames.from_native(assignments=given, contact_attempts=calls)
        >>> terms = SlaTerms(terms=[Term(name="first response", kind="response", within=timedelta(hours=4))])
        >>> result = measure_sla(frames, SlaContract.of(terms), period=Period.parse("2026-03"))
        >>> result["first response"].delivered, [clock.lead_id for clock in result.breaches]
        (Rate(successes=1, trials=2), ['L2'])
    """
    frames, period, by = checked_frames(frames), checked_period(period), dimension_names(by)
    hint = (
        "pass agreement.sla, which is None where the agreement has no [sla], or SlaContract.of(SlaTerms(…))"
    )
    checked_kind(contract, SlaContract, "contract", hint)
    as_of = as_of or period.end
    known = frames.as_of(as_of)
    read = known.settled(reads(contract))
    events = EventRows(read, contract.funnel)
    days = days_of(read, as_of)
    clocks = ClockRows(frames=read, events=events, contract=contract, as_of=as_of, days=days)
    delivered = DeliveryRows(
        frames=read, events=events, contract=contract, as_of=as_of, trace=_told(known), scores=scores
    )
    measured = _Measured(known, clocks, delivered, _periods(period, trend, days))
    return SlaResult(
        contract=contract,
        period=period,
        as_of=as_of,
        by=by,
        terms=tuple(measured.term(name, by) for name in measured.names),
        deliveries=delivered.results(measured.periods),
        joint=measured.joint,
        broken_by=measured.broken_by,
    )


def _told(frames: Frames) -> Callable[[Sequence[str]], Trace]:
    """From leads to the facts that the SLA is read from."""
    return partial(trace_of, frames, "lead_id", tables=_TOLD_IN)


def _periods(period: Period, trend: int, days: tuple[int, int] | None) -> tuple[Period, ...]:
    """The period after those before it, oldest first; none that ended before anything was known."""
    periods = [period]
    for _ in range(trend):
        earlier = periods[0].previous()
        if days is not None and to_micros(earlier.end) // DAY <= days[0]:
            break
        periods.insert(0, earlier)
    return tuple(periods)


class _Measured:
    """The clocks of a contract, each promise's made once, for several questions to be asked of them."""

    def __init__(
        self, known: Frames, clocks: ClockRows, delivered: DeliveryRows, periods: tuple[Period, ...]
    ) -> None:
        self.periods, self._known = periods, known
        self._clocks, self._delivered = clocks, delivered
        self._contract, self._frames = clocks.contract, clocks.frames
        self._variants = Variants(clocks.frames, clocks.contract)
        self._rows: dict[str, _Rows] = {}
        self._read: dict[_Asked, tuple[Clock, ...]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The promises with a clock that were in force at some time of the last period."""
        return tuple(
            dict.fromkeys(name for version in self._versions(self.periods[-1:]) for name in version.clocks)
        )

    def term(self, name: str, by: Sequence[str]) -> TermResult:
        """One promise, by the dimensions asked for."""
        rows = self._of(name)
        counts: dict[int, list[Coded]] = {}
        parts: dict[Share, list[Coded]] = {}
        told = ["period_index", "version_index", "variant"]
        for index, version, variant, *coded in _counted(rows, [*told, *_CODED]):
            counts.setdefault(index, []).append(_decoded(coded))
            if index == len(self.periods) - 1:
                promised = self._contract.in_force[version].clocks[name][variant][1].at_least
                parts.setdefault(promised, []).append(_decoded(coded))
        tallies = [ClockTally.of(counts.get(index, ())) for index in range(len(self.periods))]
        by_share = tuple((share, ClockTally.of(parts[share])) for share in sorted(parts, reverse=True))
        some = self._some(name)
        return TermResult(
            name=name,
            by=some.by,
            promised=_mean(by_share) or some.at_least,
            parts=by_share,
            tally=tallies[-1],
            rows=self.split(name, by) if by else (),
            trend=tuple((period, tally.rate) for period, tally in zip(self.periods, tallies, strict=True)),
            split=lambda dimension: self.split(name, (dimension,)),
            read=lambda states, most: self._once((name, states, most)),
            trace=lambda state: self._trace(name, state),
        )

    def split(self, name: str, by: Sequence[str]) -> tuple[TermRow, ...]:
        """The clocks of the last period by some dimensions; unknown values last."""
        rows = self._last(self._of(name))
        period = self.periods[-1]
        plain = [dimension for dimension in by if dimension not in {*_TURNS, "hour"}]
        dimensions = Dimensions(self._known, "leads", plain, self._contract.sources)
        rows = self._with_lead(rows, dimensions, plain)
        rows = dimensions.add(rows, period, "started_at")
        if set(by) & set(_TURNS):
            rows = with_turns(self._clocks, rows, lambda row: self._due_at(name, row))
        keys = [*(f"by_{i}" for i in range(len(plain)))]
        columns = [*keys, *(_TURNS[each] for each in by if each in _TURNS)]
        if "hour" in by:
            rows = rows.with_columns((nw.col("started_at") // _QUARTER_HOUR).alias("quarter_hour"))
            columns.append("quarter_hour")
        tallied: dict[Group, list[Coded]] = {}
        for told in _counted(rows, [*columns, *_CODED]):
            row = dict(zip(columns, told, strict=False))
            named = dict(dimensions.group(row, period))
            named |= {each: row[_TURNS[each]] or None for each in by if each in _TURNS}
            if "hour" in by:
                named["hour"] = self._hour(row["quarter_hour"])
            group = tuple((dimension, named[dimension]) for dimension in by)
            tallied.setdefault(group, []).append(_decoded(told[len(columns) :]))
        ordered = sorted(tallied, key=lambda group: [(value is None, value or "") for _, value in group])
        return tuple(TermRow(group=group, tally=ClockTally.of(tallied[group])) for group in ordered)

    def _once(self, asked: _Asked) -> tuple[Clock, ...]:
        if asked not in self._read:
            self._read[asked] = self.read(*asked)
        return self._read[asked]

    def read(self, name: str, states: frozenset[ClockState], most: int | None) -> tuple[Clock, ...]:
        """The clocks of the last period that stand in some states, as one lead's are read; oldest first.

        Args:
            name: The promise.
            states: The states. Where some still run, missed ones are those that something can still stop.
            most: At most about so many: the oldest where some still run, else the latest.
        """
        codes = [CODES[state] for state in states]
        rows = self._last(self._of(name)).filter(nw.col("state").is_in(codes))
        if only_open := ClockState.RUNNING in states:
            rows = rows.filter(nw.col("is_ended") == 0)
        if most is not None:
            rows = rows.sort("started_at", "lead_id", descending=[not only_open, False]).head(most)
        found = rows_of(rows.select("lead_id", "variant", "version_index"))
        chosen: dict[tuple[int, int], set[str]] = {}
        for row in found:
            chosen.setdefault((row["version_index"], row["variant"]), set()).add(row["lead_id"])
        period, clocks = self.periods[-1], list[Clock]()
        for (version_index, variant), ids in sorted(chosen.items()):
            version = self._contract.in_force[version_index]
            read = read_clocks(
                self._clocks.events, self._contract, version, version.clocks[name][variant],
                ids=sorted(ids), as_of=self._clocks.as_of,
            )  # fmt: skip
            clocks += [
                each
                for each in read
                if each.state in states
                and period.contains(each.started_at)
                and (not only_open or is_open(each))
            ]
        return tuple(sorted(clocks, key=lambda clock: (clock.started_at, clock.lead_id)))

    def _trace(self, name: str, state: ClockState | None) -> Trace:
        rows = self._last(self._of(name))
        if state is not None:
            rows = rows.filter(nw.col("state") == CODES[state])
        return _told(self._known)(sorted({row["lead_id"] for row in rows_of(rows.select("lead_id"))}))

    def joint(self) -> Rate:
        """Leads for which neither side broke a promise, of those for which one was decided."""
        is_broken = nw.max_horizontal("by_marketing", "by_sales").alias("is_broken")
        decided = self._sides.select(is_broken).filter(nw.col("is_broken") >= 0)
        (counts,) = rows_of(
            decided.select(nw.col("is_broken").sum().alias("broken_count"), nw.len().alias("leads_count"))
        )
        leads, broken = int(counts["leads_count"]), int(counts["broken_count"] or 0)
        return Rate(leads - broken, leads)

    def broken_by(self, side: str) -> tuple[str, ...]:
        """The leads to which a side broke a promise."""
        if side not in _SIDES:
            raise UnknownNameError(f"there is no side {side!r}{did_you_mean(side, _SIDES)}")
        broken = self._sides.filter(nw.col(f"by_{side}") == 1).select("lead_id")
        return tuple(sorted(row["lead_id"] for row in rows_of(broken)))

    @cached_property
    def _sides(self) -> _Rows:
        """One row per lead about which a promise was decided: by each side 1 broken, 0 kept, -1 undecided."""
        parts = []
        for name in self.names:
            decided = self._last(self._of(name)).filter(
                nw.col("is_over") == 1, nw.col("state").is_in([*_BROKEN, CODES[ClockState.MET]])
            )
            is_broken = nw.when(nw.col("state").is_in(_BROKEN)).then(nw.lit(1)).otherwise(nw.lit(0))
            parts.append(
                _by_side(decided.select("lead_id", is_broken.alias("is_broken")), self._some(name).by)
            )
        of_each_lead = self._delivered.of_each_lead(self.periods[-1], _ABOUT_EACH_LEAD)
        parts += [_by_side(rows, side) for side, rows in of_each_lead]
        columns = [f"by_{side}" for side in _SIDES]
        if not parts:
            types = dict.fromkeys(columns, ColumnType.INTEGER) | {"lead_id": ColumnType.TEXT}
            return self._frames.rows({name: [] for name in ["lead_id", *columns]}, types)
        rows = stacked(self._frames, parts)
        (settled,) = self._frames.settle(
            rows.group_by("lead_id").agg(*(nw.col(name).max() for name in columns))
        )
        return settled

    def _of(self, name: str) -> _Rows:
        """Every clock of a promise that started in one of the periods, settled."""
        if name not in self._rows:
            span = self.periods[0].start, self.periods[-1].end
            later = [to_micros(period.start) for period in self.periods[1:]]
            parts = []
            for index, version in self._versions_of(name):
                variant_of = self._variants.of([conditions for conditions, _ in version.clocks[name]])
                rows = self._clocks.of(version, name, span, variant_of)
                parts.append(rows.with_columns(nw.lit(index).cast(nw.Int64).alias("version_index")))
            rows = stacked(self._frames, parts)
            rows = rows.with_columns(position_among(nw.col("started_at"), later).alias("period_index"))
            (self._rows[name],) = self._frames.settle(rows)
        return self._rows[name]

    def _versions(self, periods: Sequence[Period]) -> Iterator[InForce]:
        for version in self._contract.in_force:
            if version.since < periods[-1].end and version.before > periods[0].start:
                yield version

    def _versions_of(self, name: str) -> Iterator[tuple[int, InForce]]:
        held = [*self._versions(self.periods)]
        for index, version in enumerate(self._contract.in_force):
            if version in held and name in version.clocks:
                yield index, version

    def _some(self, name: str) -> Term:
        """The latest version's variant for all others, or its first."""
        *_, (_, version) = self._versions_of(name)
        return version.clocks[name][-1][1]

    def _last(self, rows: _Rows) -> _Rows:
        return rows.filter(nw.col("period_index") == len(self.periods) - 1)

    def _with_lead(self, rows: _Rows, dimensions: Dimensions, plain: Sequence[str]) -> _Rows:
        """The clocks with what their leads say in the columns that the dimensions read."""
        if not plain:
            return rows
        columns = list(dict.fromkeys(["lead_id", "created_at", *dimensions.reads]))
        leads = self._known.latest("leads", columns)
        rows, leads = self._frames.settle(rows, leads)
        return rows.join(leads, on="lead_id", how="left")

    def _due_at(self, name: str, row: dict[str, Any]) -> int:
        """When a clock was due, in microseconds, for whoever has to know whose turn it was then."""
        version = self._contract.in_force[row["version_index"]]
        term = version.clocks[name][row["variant"]][1]
        calendar = term.calendar
        if calendar is not None and term.by == "sales":
            calendar = version.terms.team_calendars.get(row.get("turn_team") or "", calendar)
        started_at = from_micros(row["started_at"])
        hours = self._contract.working_time(calendar, started_at)
        return to_micros(hours.deadline(started_at, term.allowed(hours)))

    def _hour(self, quarter_hour: int) -> str:
        at = from_micros(quarter_hour * _QUARTER_HOUR).astimezone(ZoneInfo(self._contract.zone))
        return f"{at.hour:02}"


def _by_side(rows: _Rows, broken_by: str) -> _Rows:
    """Whether a promise was broken, under the name of the side that gave it."""
    return rows.select(
        "lead_id",
        *(
            (nw.col("is_broken") if side == broken_by else nw.lit(-1)).cast(nw.Int64).alias(f"by_{side}")
            for side in _SIDES
        ),
    )


def _decoded(told: Sequence[int]) -> Coded:
    state, is_over, is_ended, number = told
    return STATES[state], bool(is_over), bool(is_ended), number


def _mean(parts: Sequence[tuple[Share, ClockTally]]) -> Share | None:
    """The share that was promised of all clocks, where different ones were of some; None without a clock."""
    weights = [(share.ppm, sum(tally.counts.values())) for share, tally in parts]
    clocks_count = sum(number for _, number in weights)
    if not clocks_count:
        return None
    return Share(round_half_up(sum(ppm * number for ppm, number in weights), clocks_count))


def _counted(rows: _Rows, columns: Iterable[str]) -> list[tuple[Any, ...]]:
    names = [*columns]
    counted = rows.group_by(*names).agg(nw.len().alias("clocks_count"))
    return tuples_of(counted.select(*names, "clocks_count"))
