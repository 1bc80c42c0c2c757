"""From a deal won to a customer who stays: health, counted from the day of the win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from smarketing.estimates import RiskCounts, cumulative_incidence
from smarketing.forecast._days import last_day, local_day
from smarketing.forecast._health_result import HealthResult, HealthRow
from smarketing.forecast._rows import DealRows
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Funnel, dimension_names
from smarketing.periods import Dated, from_micros
from smarketing.sources import SourceRules

__all__ = ["measure_health"]

_Group = tuple[str | None, ...]
_WELL, _CHURNED, _DISMISSED = ("retained", "renewed"), "churned", "dismissed"
_NAMES = ("account_id", "lead_id", "deal_id")


def measure_health(
    frames: Frames,
    *,
    by: str | Sequence[str] = ("source",),
    as_of: datetime,
    sources: Dated[SourceRules] | None = None,
    pipeline: Funnel | None = None,
    zone: str = "UTC",
    silence_is_health: bool | None = None,
) -> HealthResult:
    """The probability that a won customer is still healthy after some months.

    A customer (an account, else a lead, else the deal itself) begins with its first won deal. It has left
    when it is said to have churned. One that we dismissed has not: it counts as healthy until then and is not
    seen any longer, for what we let go says nothing of whom we would have kept. A later win or renewal of one
    who had left changes nothing: leaving once is leaving.

    Args:
        frames: The facts.
        by: Dimensions of the first won deal, such as "source".
        as_of: What was known.
        sources: The agreed rules for "source", dated; by default `SourceRules.default()`.
        pipeline: The agreed stages.
        zone: Whose days.
        silence_is_health: Whether a customer of whom nothing bad was said is healthy until `as_of`. By
            default it is, if the company notes only who leaves; where it notes who is retained or renewed
            too, a customer is followed to the last word of it, and one without any word does not count.

    Raises:
        UnknownNameError: There is nothing to split by of that name.

    Example:
        >>> from datetime import UTC
        >>> import polars as pl
        >>> day = 86_400_000_000
        >>> ids = [f"D{n}" for n in range(10)]
        >>> frames = Frames.from_native(
        ...     deals=pl.DataFrame({"deal_id": ids, "created_at": [0] * 10}),
        ...     closings=pl.DataFrame({"deal_id": ids, "outcome": ["won"] * 10, "occurred_at": [day] * 10}),
        ...     customer_health=pl.DataFrame(
        ...         {"deal_id": ["D1", "D2"], "state": ["churned", "dismissed"],
        ...          "occurred_at": [90 * day] * 2}
        ...     ),
        ... )
        >>> health = measure_health(frames, as_of=datetime(1971, 1, 1, tzinfo=UTC)).total
        >>> health.churned_count, health.dismissed_count, round(health.healthy(6), 3)
        (1, 1, 0.9)
    """
    told = DealRows(
        frames=frames,
        as_of=as_of,
        by=tuple(name for name in dimension_names(by) if name != "stage"),
        sources=sources or Dated.of(SourceRules.default()),
        pipeline=pipeline,
        zone=zone,
    )
    said = rows_of(told.known.select("customer_health", [*_NAMES, "state", "occurred_at"]))
    if silence_is_health is None:
        silence_is_health = not any(row["state"] in _WELL for row in said)
    stories = _stories(_customers(told), said)
    groups: dict[_Group, list[_Customer]] = {}
    for story in stories:
        groups.setdefault(story.group, []).append(story)
    rows = [_row(told, group, own, silence_is_health=silence_is_health) for group, own in groups.items()]
    return HealthResult(
        as_of=as_of,
        by=told.by,
        silence_is_health=silence_is_health,
        rows=tuple(sorted(rows, key=_rank)) if told.by else (),
        total=_row(told, None, stories, silence_is_health=silence_is_health),
    )


@attrs.define(kw_only=True, eq=False)
class _Customer:
    """A customer on the way: since when, whose names, and what was said of it since."""

    won_at: int
    group: _Group
    said: list[tuple[int, str]] = attrs.field(factory=list)


def _customers(told: DealRows) -> dict[tuple[str, str], _Customer]:
    """The customers by each name that health may call them; the first win makes the customer."""
    names = [f"by_{place}" for place in range(len(told.by))]
    ids = told.known.latest("deals", ["deal_id", "account_id", "lead_id"])
    rows = told.rows(base=("deal_id", "outcome", "closed_at")).filter(nw.col("outcome") == "won")
    rows, ids = told.known.settle(rows, ids)
    joined = rows.join(ids, on="deal_id", how="left").select("closed_at", *_NAMES, *names)
    found: dict[tuple[str, str], _Customer] = {}
    for row in sorted(rows_of(joined), key=lambda row: (row["closed_at"], row["deal_id"])):
        called = [(name, row[name]) for name in _NAMES if row[name]]
        known = next((found[each] for each in called if each in found), None)
        if known is None:
            known = _Customer(won_at=row["closed_at"], group=tuple(row[name] or None for name in names))
        for each in called:
            found.setdefault(each, known)
    return found


def _stories(
    customers: Mapping[tuple[str, str], _Customer], said: Iterable[Mapping[str, Any]]
) -> list[_Customer]:
    """Each customer once, with what was said of it since it became one."""
    for row in said:
        called = ((name, row[name]) for name in reversed(_NAMES) if row[name])
        customer = next((customers[each] for each in called if each in customers), None)
        if customer is not None and row["occurred_at"] >= customer.won_at:
            customer.said.append((row["occurred_at"], row["state"]))
    return list({id(customer): customer for customer in customers.values()}.values())


def _row(
    told: DealRows, group: _Group | None, customers: Iterable[_Customer], *, silence_is_health: bool
) -> HealthRow:
    """The counts and the curve of some customers."""
    ends: list[tuple[int, str | None, int]] = []
    counts = {_CHURNED: 0, _DISMISSED: 0, "silent": 0}
    today = last_day(told.as_of, told.zone)
    for customer in customers:
        won_on = local_day(from_micros(customer.won_at), told.zone)
        left = sorted(each for each in customer.said if each[1] in {_CHURNED, _DISMISSED})
        heard = max((at for at, _ in customer.said), default=None)
        if left:
            at, state = left[0]
            counts[state] += 1
            age = (local_day(from_micros(at), told.zone) - won_on).days
            ends.append((age, _CHURNED if state == _CHURNED else None, 1))
        elif silence_is_health:
            ends.append(((today - won_on).days, None, 1))
        elif heard is not None:
            ends.append(((local_day(from_micros(heard), told.zone) - won_on).days, None, 1))
        else:
            counts["silent"] += 1
    risks = RiskCounts.from_rows(ends, causes=(_CHURNED,))
    return HealthRow(
        group=tuple(zip(told.by, group or (), strict=True)) if group is not None else (),
        customers_count=len(ends),
        churned_count=counts[_CHURNED],
        dismissed_count=counts[_DISMISSED],
        silent_count=counts["silent"],
        curve=cumulative_incidence(risks),
    )


def _rank(row: HealthRow) -> tuple[object, ...]:
    return -row.customers_count, [(value is None, value or "") for _, value in row.group]
