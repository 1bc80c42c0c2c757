"""What each flip number would have brought, and which one to take, if the data can tell."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from smarketing.document import Block, Cell, Column, Marked, Metric, Note, Report, Section, Table
from smarketing.estimates import Interval, Rate
from smarketing.language import N_, Words
from smarketing.language import words as words_of
from smarketing.periods import Period
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.values import Money, Points

__all__ = ["FlipChoice", "FlipOption", "FlipVerdict"]


class FlipVerdict(StrEnum):
    """Whether the data can decide on a number, and why not."""

    DECIDED = "decided"
    FEW_WEEKS = "few_weeks"
    FEW_SUCCESSES = "few_successes"
    NO_DIFFERENCE = "no_difference"
    ALL_ALIKE = "all_alike"
    NOT_WORTH = "not_worth"

    @property
    def label(self) -> str:
        """The English sentence; `words(verdict.label)` says it in the reader's language."""
        return _LABELS[self]


_LABELS = {
    FlipVerdict.DECIDED: N_("This number would have brought most."),
    FlipVerdict.FEW_WEEKS: N_("The data cannot decide: there are too few whole weeks of history."),
    FlipVerdict.FEW_SUCCESSES: N_(
        "The data cannot decide: too few leads turned out well after they had reached even the lowest number."
    ),
    FlipVerdict.NO_DIFFERENCE: N_(
        "The data cannot decide: leads above the number did not turn out better than those below it, "
        "beyond what chance may do."
    ),
    FlipVerdict.ALL_ALIKE: N_(
        "The data cannot decide: any of the numbers may be the one that would have brought most."
    ),
    FlipVerdict.NOT_WORTH: N_("At none of the numbers do leads bring more than it costs to work them."),
}


@attrs.frozen(kw_only=True)
class FlipOption:
    """What a number would have meant.

    Attributes:
        points: The number.
        flips_count: How many leads reached it first in the period.
        load_per_week: That, per week.
        load: The range that holds the load of weeks like these with 90 % confidence.
        precision: How many of those whose time is over turned out well within it.
        recall: Of the leads that turned out well in the period, how many had reached the number before.
        gain_per_week: What working them would have brought in a week, as far as there is capacity, less what
            that costs: in minor units of the value's currency, or in leads that turn out well without one.
        gain: The range of that with 90 % confidence.
    """

    points: Points
    flips_count: int
    load_per_week: float
    load: Interval
    precision: Rate
    recall: Rate
    gain_per_week: float
    gain: Interval


@attrs.frozen(kw_only=True)
class FlipChoice:
    """Flip numbers side by side; made by `choose_flip`.

    Attributes:
        matrix: Whose scores.
        period: The whole weeks of history that were looked at.
        as_of: What was known: facts before this instant.
        capacity_per_week: How many leads can be worked in a week.
        value: What a lead that turns out well is worth; None where gains are counted in leads.
        options: The numbers that were tried, the lowest first.
        verdict: Whether the data can decide.
        recommended: The number that would have brought most; None where the data cannot decide.
        as_good: The numbers, the recommended one among them, that may be as good as far as chance goes.
    """

    matrix: ScoringMatrix
    period: Period | None
    as_of: datetime
    capacity_per_week: float
    value: Money | None
    options: tuple[FlipOption, ...]
    verdict: FlipVerdict
    recommended: Points | None
    as_good: tuple[Points, ...]

    def option(self, points: Points) -> FlipOption:
        """What one of the numbers would have meant.

        Raises:
            ValueError: It was not tried.
        """
        for option in self.options:
            if option.points == points:
                return option
        raise ValueError(f"the number {points} was not tried: there are {', '.join(map(str, self._numbers))}")

    @property
    def _numbers(self) -> tuple[Points, ...]:
        return tuple(option.points for option in self.options)

    def gain_of(self, minor: float) -> Money | float:
        """A gain as money, or as leads that turn out well where no value was given."""
        return minor if self.value is None else Money(round(minor), self.value.currency)

    def to_report(self, words: Words | None = None) -> Report:
        """The numbers side by side, and the verdict."""
        words = words or words_of("en")
        blocks: list[Block] = []
        if self.recommended is not None:
            blocks.append(Metric(words("Flip number"), self.recommended, "points"))
        blocks.append(Note(words(self.verdict.label), "info" if self.recommended is not None else "warning"))
        if len(self.as_good) > 1:
            low, high = min(self.as_good), max(self.as_good)
            blocks.append(
                Note(
                    words(
                        "From {low} to {high} the difference may be chance.",
                        low=words.number(float(low)),
                        high=words.number(float(high)),
                    )
                )
            )
        if self.options:
            blocks.append(self._table(words))
        title = words("The flip number of {score}", score=self.matrix.name)
        return Report(
            title=title,
            language=words.language,
            as_of=words("Known before {moment}", moment=words.instant(self.as_of)),
            period="" if self.period is None else self.period.label,
            sections=[Section(title, blocks)],
        )

    def _table(self, words: Words) -> Table:
        kind = "number" if self.value is None else "money"
        digits = 2 if self.value is None else None
        gain = words("Gain per week")
        columns = [
            Column(words("Flip number"), "points"),
            Column(words("Leads per week"), "number", digits=1),
            Column(words("Turned out well"), "share"),
            Column(words("At least"), "share"),
            Column(words("At most"), "share"),
            Column(words("Of all that turned out well"), "share"),
            Column(gain, kind, digits=digits),
            Column(words("At least"), kind, digits=digits),
            Column(words("At most"), kind, digits=digits),
        ]
        rows = []
        for option in self.options:
            likely = option.precision.interval()
            load: Cell = option.load_per_week
            if option.load_per_week > self.capacity_per_week:
                load = Marked(option.load_per_week, words("more than can be worked in a week"))
            rows.append(
                (
                    option.points,
                    load,
                    option.precision.share,
                    likely.low if likely else None,
                    likely.high if likely else None,
                    option.recall.share,
                    self.gain_of(option.gain_per_week),
                    self.gain_of(option.gain.low),
                    self.gain_of(option.gain.high),
                )
            )
        return Table(
            columns,
            rows,
            caption=words("What each number would have meant"),
            note=words(
                "With 90 % confidence the true figure lies between the two, if weeks to come are like these."
            ),
        )
