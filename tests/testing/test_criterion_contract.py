"""The contract of criteria: the library's own ones keep it, and each law is broken by some criterion."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

import attrs
import pytest

from smarketing.errors import InvalidTermsError
from smarketing.scoring import (
    ActiveWithin,
    AllOf,
    AnyOf,
    Between,
    Contains,
    Criterion,
    InactiveFor,
    Known,
    Matches,
    Missing,
    Not,
    OneOf,
    StartsWith,
    Touched,
)
from smarketing.testing import CriterionContract

DAY = timedelta(days=1)


class TestOfLeads(CriterionContract):
    """The criteria of leads and their accounts."""

    words = ("cto", "Head of Purchasing", "ES")
    kinds = ("Demo", "webinar")
    traits: ClassVar = {"seats": (3, 10, 50), "tier": ("1", "2.0", "gold"), "partner": (True, False)}

    def make_criteria(self) -> Iterable[Criterion]:
        """Each once or twice."""
        return [
            OneOf("country", "es"),
            OneOf("trait_partner", values=[True]),
            Between("account.employees_count", 1, 250),
            Between("trait_seats", low=10),
            Contains("job_title", "head of"),
            StartsWith("account.industry", ("strasse", "cto")),
            Matches("email", "*@*.edu"),
            Known("phone"),
            Missing("account.website"),
            Touched("demo", at_least=2),
            ActiveWithin(7 * DAY, "webinar"),
            InactiveFor(7 * DAY),
            AllOf(Known("phone"), Not(OneOf("country", "es"))),
        ]

    @pytest.mark.slow
    def test_both_readings_agree(self) -> None:
        """Of each criterion, on every engine."""
        super().test_both_readings_agree()


class TestOfTouches(CriterionContract):
    """The criteria of one touch."""

    words = ("email",)
    traits: ClassVar = {"minutes": (1, 5, 30)}

    def make_criteria(self) -> Iterable[Criterion]:
        """Of its fields, combined."""
        return [
            OneOf("touch.channel", "email"),
            Between("touch.trait_minutes", 2),
            AnyOf(StartsWith("touch.asset", "strasse"), Missing("touch.topic")),
        ]

    @pytest.mark.slow
    def test_both_readings_agree(self) -> None:
        """Of each criterion, on every engine."""
        super().test_both_readings_agree()


@attrs.frozen
class Apart(Criterion):
    """Its readings differ where the city is not known."""

    def matches(self, view) -> bool | None:
        """As the city is."""
        city = view.field("city")
        return None if city is None else city == "Straße"

    def expr(self, columns):
        """As the engine compares, which folds nothing and knows no blanks."""
        return columns.field("city").fill_null("") == "Straße"


@attrs.frozen
class Slow(Criterion):
    """Has no expression."""

    def matches(self, view) -> bool | None:
        """Whether the city is a word."""
        city = view.field("city")
        return None if city is None else str(city).isalpha()


@attrs.frozen
class Loose(Slow):
    """Answers with a text."""

    def matches(self, view):
        """The city, where there is one."""
        return view.field("city")


@attrs.frozen
class Matched(Criterion):
    """Has a test that answers with what it found."""

    def matches(self, view) -> bool | None:
        """Whether the city is a word."""
        return self._found(view.field("city")) is not None

    def expr(self, columns):
        """The match itself, which is neither yes nor no."""
        return columns.matching("city", self._found)

    def _found(self, city):
        return re.match("Str", city or "")


@attrs.define(hash=True)
class Changeable(Criterion):
    """Can be changed."""

    letters: int = 3

    def matches(self, view) -> bool | None:
        """Whether the city has so many letters."""
        return len(str(view.field("city"))) == self.letters


@attrs.frozen
class Never(Slow):
    """Says no of everybody."""

    def matches(self, view) -> bool | None:
        """No."""
        return False


@attrs.frozen
class Elsewhere(Slow):
    """Speaks of something else."""

    scope = "campaign"


@attrs.frozen
class Aged(Slow):
    """Says yes of leads that are older than so long, and may say when that is."""

    length: timedelta = 10 * DAY
    said: timedelta | None = None

    def matches(self, view) -> bool | None:
        """Whether it was created longer ago."""
        return None if view.age_days is None else view.age_days > self.length / DAY

    def turns_after(self) -> tuple[timedelta, ...]:
        """When it says."""
        return () if self.said is None else (self.said,)


def contract(criterion: Criterion) -> CriterionContract:
    """The contract of one criterion, on one engine."""

    class TestIt(CriterionContract):
        backends = ("polars",)

        def make_criteria(self) -> Iterable[Criterion]:
            return [attrs.evolve(criterion)]

    return TestIt()


class TestAged(CriterionContract):
    """A criterion that says when its answer turns keeps every law, of leads and of touches."""

    backends = ("polars",)

    def make_criteria(self) -> Iterable[Criterion]:
        """After a whole number of days, and after a length that days do not hold exactly."""
        return [Aged(said=10 * DAY), Aged(DAY / 7, said=DAY / 7)]


class TestSlow(CriterionContract):
    """A criterion without an expression keeps every law too."""

    def make_criteria(self) -> Iterable[Criterion]:
        """One."""
        return [Slow()]


@pytest.mark.parametrize(
    ("criterion", "law", "said"),
    [
        (
            Apart(),
            "both_readings_agree",
            "differs on polars: in plain Python it says yes 0 times and no 0 times",
        ),
        (Loose(), "an_answer_is_yes_no_or_unknown", r"^Loose\(\) says '.* of L-"),
        (Changeable(), "it_is_a_value", "Changeable can be changed"),
        (Never(), "some_answer_is_yes_and_some_is_not", r"says \['False'\]"),
        (Aged(), "it_says_when_time_alone_changes_its_answer", "with time alone, and turns_after does not"),
        (Aged(said=11 * DAY), "it_says_when_time_alone_changes_its_answer", "answers otherwise as of"),
        (Elsewhere(), "it_says_what_it_speaks_of", "the scope of .* is 'campaign'"),
    ],
)
def test_each_law_can_be_broken(criterion: Criterion, law: str, said: str) -> None:
    """And the sentence says how."""
    with pytest.raises(AssertionError, match=said):
        getattr(contract(criterion), f"test_{law}")()


def test_a_test_in_bulk_that_gives_no_answer_is_told_so() -> None:
    """With what it said, and what it has to say."""
    with pytest.raises(InvalidTermsError, match=r"the test of city says <re.Match .* True, False or None"):
        contract(Matched()).test_both_readings_agree()
