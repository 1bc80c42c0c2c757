"""The strategies draw what they promise, and testing needs nothing that is not installed."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime

import attrs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from smarketing.agreement import Agreement, load_agreement
from smarketing.facts import KINDS, DealReopened, Fact, Lead, Precision, Retracted
from smarketing.periods import Period
from smarketing.schema import TABLES
from smarketing.serialize import from_plain, to_plain
from smarketing.testing import strategies as draw

# The first example that is found will do; the smallest need not be looked for.
QUICKLY = settings(max_examples=2_000, database=None, phases=[Phase.generate])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_of_every_kind_is_drawn_filled(kind: type[Fact]) -> None:
    """A field that is never filled would be tested by nobody."""
    names = {attribute.name for attribute in attrs.fields(kind)} & set(TABLES[kind.TABLE].names)
    filled: set[str] = set()

    @settings(max_examples=60, derandomize=True)
    @given(draw.facts(kind))
    def look(fact: Fact) -> None:
        filled.update(name for name in names if getattr(fact, name) is not None)

    look()
    assert filled == names


@given(draw.any_facts())
def test_facts_of_any_kind_survive_being_written_and_read(fact: Fact) -> None:
    """The strategies reach whatever a fact may hold, and the converter reads back what it wrote."""
    assert from_plain(to_plain(fact), Fact) == attrs.evolve(fact, loaded_at=None)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda facts: any(fact.known_at > fact.occurred_at for fact in facts),
        lambda facts: any(fact.precision is Precision.DAY for fact in facts),
        lambda facts: len({fact.id for fact in facts}) < len(facts),
        lambda facts: any(isinstance(fact, Retracted) for fact in facts),
        lambda facts: any(isinstance(fact, DealReopened) for fact in facts),
        lambda facts: [fact.occurred_at for fact in facts] != sorted(fact.occurred_at for fact in facts),
        lambda facts: len({fact.lead_id for fact in facts if isinstance(fact, Lead)}) == 3,
    ],
    ids=["known late", "by the day", "said twice", "retracted", "re-opened", "out of order", "three leads"],
)
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_timelines_hold_the_untidiness_that_they_promise(wanted: object) -> None:
    """Each kind of it can be found."""
    assert find(draw.timelines(), wanted, settings=QUICKLY)  # type: ignore[arg-type]


@given(draw.instants(), st.data())
def test_late_facts_never_count(as_of: datetime, data: st.DataObject) -> None:
    """Or the law of no look-ahead would be tried with facts that may be seen."""
    assert not any(fact.counts(as_of) for fact in data.draw(draw.late_facts(as_of)))


@given(draw.agreements())
@settings(max_examples=25)
def test_any_agreement_reads_back_equal_from_its_own_toml(agreement: Agreement) -> None:
    """The strategy reaches every part of an agreement, and the document keeps all of it."""
    assert load_agreement(agreement.to_toml()) == agreement


@given(draw.periods())
def test_periods_are_half_open_and_hold_time(period: Period) -> None:
    """Named ones and odd spans alike."""
    assert period.contains(period.start)
    assert not period.contains(period.end)


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        absent = "hypothesis pytest polars pandas pyarrow duckdb narwhals".split()
        if name.split(".")[0] in absent:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
"""


def run(program: str) -> str:
    """What a program prints that runs where no test tool and no dataframe library is installed."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_example_company_needs_no_test_tool_and_no_dataframe_library() -> None:
    """`smarketing example` writes it on a machine that has the wheel alone."""
    program = """
from smarketing.testing import example_company
print(len(list(example_company(leads=50).facts())) > 50)
"""
    assert run(program) == "True"


def test_strategies_without_hypothesis_say_what_to_install() -> None:
    """In one sentence."""
    program = """
from smarketing.errors import MissingExtraError
try:
    import smarketing.testing.strategies
except MissingExtraError as error:
    print(error)
"""
    assert run(program).endswith('needs hypothesis, which is not installed: pip install "smarketing[test]"')
