"""What models credit: one small row per value, model and currency, that add up to the revenue exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.closed_loop._credit_trace import CreditTrace
from smarketing.closed_loop._doubts import Doubt
from smarketing.closed_loop._row import CreditRow
from smarketing.closed_loop._split import BETWEEN, NO_TOUCH
from smarketing.document import Report
from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.funnel import Group, Names
from smarketing.language import Words
from smarketing.origin import Problem
from smarketing.periods import Period
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.closed_loop._credits import Sums

__all__ = ["AttributionResult", "Disagreement", "credit_rows", "group_of"]


@attrs.frozen(kw_only=True)
class Disagreement:
    """How far the models lie apart about one value, in one currency.

    Attributes:
        group: The value.
        least: The row of the model that credits the least; its revenue, or its conversions if none has money.
        most: The row of the model that credits the most.
        spread: The money between them; None where none is known.
        spread_share: The conversions between them, in parts per million of one.
    """

    group: Group
    least: CreditRow
    most: CreditRow

    @property
    def spread(self) -> Money | None:
        """The money between the least and the most."""
        if self.most.revenue is None or self.least.revenue is None:
            return None
        return self.most.revenue - self.least.revenue

    @property
    def spread_share(self) -> int:
        """The conversions between the two rows, in parts per million of one."""
        return self.most.conversion_share - self.least.conversion_share


@attrs.frozen(kw_only=True)
class AttributionResult:
    """What several models credit, side by side.

    Attributes:
        by: The dimensions.
        models: The names of the models, in the order in which they were asked for.
        conversion: What was credited: "lead", "opportunity", "customer" or "order"; "" for given paths.
        period: When the conversions were; None for all that are known.
        as_of: What was known; None for everything.
        look_back: How long before its conversion a touch may count; None for given paths.
        rows: One per value, currency and model: the values by what the first model credits, the greatest
            first, unknown values and conversions without a touch last; the models in their order.
        revenue: What was brought in all, by currency: what the rows of *each* model add up to.
        conversions_count: How many conversions there were: what each model's add up to.
        unpriced_count: Those of which no amount is known; they are missing from the revenue, not zero.
        untouched_count: Those of which no touch is known.
        effects: For Markov models, the removal effect of each value, by the model's name.
        names: By dimension and id, what campaigns and accounts are called.
        doubts: What is doubtful in the facts, in any language.
    """

    by: tuple[str, ...]
    models: tuple[str, ...]
    conversion: str
    period: Period | None
    as_of: datetime | None
    look_back: timedelta | None
    rows: tuple[CreditRow, ...]
    revenue: Mapping[str, Money]
    conversions_count: int
    unpriced_count: int
    untouched_count: int
    effects: Mapping[str, tuple[tuple[Group, float], ...]]
    names: Names = attrs.field(factory=dict[str, Mapping[str, str]])
    doubts: tuple[Doubt, ...] = attrs.field(default=(), repr=False)
    _table: Callable[[Mapping[str, Sequence[Any]]], object] | None = attrs.field(
        default=None, eq=False, repr=False, alias="table"
    )
    _trace: Callable[[CreditRow], CreditTrace] | None = attrs.field(
        default=None, eq=False, repr=False, alias="trace"
    )

    @property
    def table(self) -> Any:
        """The rows as a table of the user's own kind, or as dictionaries where plain rows were given.

        Columns: one for each dimension (missing where a touch does not say), `model`, `currency`,
        `revenue_minor` (missing where no amount is known) and `conversion_share` (1_000_000 is one).
        """
        columns: dict[str, list[Any]] = {
            **{name: [row.values[name] for row in self.rows] for name in self.by},
            "model": [row.model for row in self.rows],
            "currency": [row.currency for row in self.rows],
            "revenue_minor": [None if row.revenue is None else row.revenue.minor for row in self.rows],
            "conversion_share": [row.conversion_share for row in self.rows],
        }
        if self._table is not None:
            return self._table(columns)
        return tuple(dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is doubtful in the facts, and by which rule it was counted, in English."""
        return tuple(doubt.problem for doubt in self.doubts)

    def of(self, model: str) -> tuple[CreditRow, ...]:
        """The rows of one model.

        Raises:
            UnknownNameError: There is no such model here.
        """
        if model not in self.models:
            raise UnknownNameError(f"there is no model {model!r} here{did_you_mean(model, self.models)}")
        return tuple(row for row in self.rows if row.model == model)

    def row(self, model: str, *, currency: str | None = None, **values: str | None) -> CreditRow:
        """One cell, such as `credit.row("linear", channel="email")`.

        Args:
            model: The model's name.
            currency: Where there are several.
            values: The value of each dimension.

        Raises:
            UnknownNameError: There is no such cell, or there are several of different currencies.
        """
        rows = self.of(model)
        found = [row for row in rows if row.values == values and currency in {None, row.currency}]
        if len(found) == 1:
            return found[0]
        asked = "/".join(map(str, values.values()))
        if found:
            listed = ", ".join(str(row.currency) for row in found)
            raise UnknownNameError(f"{asked!r} has credit in several currencies: say currency=… of {listed}")
        groups = ["/".join(map(str, row.values.values())) for row in rows]
        raise UnknownNameError(f"nothing is credited to {asked!r}{did_you_mean(asked, groups)}")

    def facts(
        self, cell: CreditRow | str, *, currency: str | None = None, **values: str | None
    ) -> CreditTrace:
        """The conversions and the facts behind one cell, with what each adds to it.

        Args:
            cell: A row of this result, or a model's name.
            currency: Where there are several.
            values: With a model's name, the value of each dimension.

        Raises:
            UnknownNameError: There is no such cell, or this result was not measured here.
        """
        if self._trace is None:
            raise UnknownNameError("this result was not measured from facts here, so they are not at hand")
        row = cell if isinstance(cell, CreditRow) else self.row(cell, currency=currency, **values)
        return self._trace(row)

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """Where the models disagree, the furthest apart first; what has no touch is nobody's matter."""
        found = []
        for rows in self.side_by_side():
            if len(rows) > 1 and not rows[0].is_untouched:
                ordered = sorted(rows, key=_worth)
                found.append(Disagreement(group=rows[0].group, least=ordered[0], most=ordered[-1]))
        return tuple(sorted(found, key=lambda each: _worth(each.least, each.most), reverse=True))

    def side_by_side(self) -> Iterator[tuple[CreditRow, ...]]:
        """The rows of each value and currency together, one for each model, in order."""
        for start in range(0, len(self.rows), len(self.models)):
            yield self.rows[start : start + len(self.models)]

    def to_report(self, words: Words | None = None) -> Report:
        """The models side by side as a report, in English unless other words are given."""
        from smarketing.closed_loop._credit_report import credit_report

        return credit_report(self, words)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


def _worth(row: CreditRow, of: CreditRow | None = None) -> tuple[int, int]:
    """What a row credits, or how much more another does: money first, then conversions."""
    minor = 0 if row.revenue is None else row.revenue.minor
    if of is None:
        return minor, row.conversion_share
    more = 0 if of.revenue is None else of.revenue.minor
    return more - minor, of.conversion_share - row.conversion_share


def group_of(state: str, by: Sequence[str], months: Sequence[str] = ()) -> Group:
    """The values that a state stands for."""
    values = state.split(BETWEEN) if len(by) > 1 else [state]
    return tuple((name, _value(name, value, months)) for name, value in zip(by, values, strict=True))


def _value(name: str, value: str, months: Sequence[str]) -> str | None:
    if name == "month" and value.isdigit():
        return months[int(value)]
    return value or None


def credit_rows(
    sums: Mapping[str, Sums], by: Sequence[str], months: Sequence[str] | None
) -> tuple[CreditRow, ...]:
    """Every model's sums as rows, each value with every model."""
    keys = sorted({key for of_model in sums.values() for key in of_model})
    first = next(iter(sums.values()))
    groups = {state: group_of(state, by, months or ()) for state, _ in keys}

    def rank(key: tuple[str, str]) -> tuple[object, ...]:
        state, currency = key
        minor, parts = first.get(key, (0, 0))
        values = [value for _, value in groups[state]]
        order = [(value is None, value or "") for value in values]
        return NO_TOUCH in values, any(value is None for value in values), -minor, -parts, order, currency

    rows = []
    for state, currency in sorted(keys, key=rank):
        for model, of_model in sums.items():
            minor, parts = of_model.get((state, currency), (0, 0))
            revenue = Money(minor, currency) if currency else None
            rows.append(CreditRow(group=groups[state], model=model, revenue=revenue, conversion_share=parts))
    return tuple(rows)
