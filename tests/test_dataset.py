"""Datasets: canonical whatever the order, accounted for to the row, and checked against themselves."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.dataset import Dataset, Export, Reading, check_dataset
from smarketing.errors import InvalidFactError, InvalidTermsError
from smarketing.facts import Account, Deal, DealClosed, Fact, Lead, Precision, StageEntered, Touch
from smarketing.frames import Frames
from smarketing.origin import Origin, Problem

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(record: str, *, row: int | None = None, table: str = "t", system: str = "crm") -> Origin:
    """A place in the data."""
    return Origin(system=system, table=table, record=record, file="t.csv" if row else None, row=row)


def lead(record: str = "L-1", *, days: float = 0, row: int | None = None, **fields: object) -> Lead:
    """A lead, some days after the start."""
    origin = fields.pop("origin", at(record, row=row))
    return Lead(origin=origin, occurred_at=START + timedelta(days=days), lead_id=record, **fields)  # type: ignore[arg-type]


def deal(record: str = "D-1", *, days: float = 0, row: int | None = None, **fields: object) -> Deal:
    """A deal, some days after the start."""
    return Deal(
        origin=at(record, row=row), occurred_at=START + timedelta(days=days), deal_id=record, **fields
    )  # type: ignore[arg-type]


def closed(record: str = "D-1", *, days: float = 0, row: int | None = None, **fields: object) -> DealClosed:
    """A closing, some days after the start."""
    said = {"outcome": "lost", **fields}
    return DealClosed(
        origin=at(record, row=row), occurred_at=START + timedelta(days=days), deal_id=record, **said
    )  # type: ignore[arg-type]


def codes(*facts: Fact, exports: tuple[Export, ...] = ()) -> list[str]:
    """The codes of what the check finds."""
    return [problem.code for problem in check_dataset(Dataset(facts=facts, exports=exports))]


FACTS: list[Fact] = [
    lead("L-1"),
    lead("L-1", source_raw="web"),
    lead("L-2", days=1),
    deal("D-1", lead_id="L-1"),
    closed(days=3),
    lead("L-1"),
    StageEntered(origin=at("L-1"), occurred_at=START, lead_id="L-1", stage="mql"),
    lead("L-1", origin=at("L-1", system="shop")),
    lead("L-1", known_at=START + timedelta(days=9)),
]


@given(st.randoms(use_true_random=False), st.integers(0, len(FACTS)))
def test_a_dataset_is_the_same_whatever_the_order_and_the_cut(rng: random.Random, cut: int) -> None:
    """Sorting, merging and repeating change nothing."""
    shuffled = rng.sample(FACTS, len(FACTS))
    whole = Dataset(facts=FACTS)
    parts = Dataset(facts=shuffled[:cut]) + Dataset(facts=shuffled[cut:]) + Dataset(facts=shuffled[:cut])
    assert parts == whole
    assert [fact.id for fact in parts.facts] == [fact.id for fact in whole.facts]
    assert parts.facts == tuple(sorted(parts.facts, key=lambda fact: fact.occurred_at))


def test_a_fact_said_twice_is_there_once_as_it_was_first_known() -> None:
    """The earlier `known_at` stays."""
    late, early = lead(known_at=START + timedelta(days=9)), lead(known_at=START + timedelta(days=2))
    assert Dataset(facts=[late, early, late]).facts == (early,)


def test_iterating_gives_the_facts() -> None:
    """Frames and stores take any facts, and so the dataset itself."""
    dataset = Dataset(facts=[lead("L-1")])
    assert tuple(dataset) == dataset.facts
    assert list(Frames.from_dataset(dataset)["leads"].collect()["lead_id"]) == ["L-1"]


def test_facts_are_found_by_kind() -> None:
    """`of` gives one kind in order, and nothing for a kind that is not there."""
    dataset = Dataset(facts=FACTS)
    assert [fact.deal_id for fact in dataset.of(Deal)] == ["D-1"]
    assert dataset.of(Account) == ()
    assert dataset.kinds == (Lead, Deal, StageEntered, DealClosed)


def test_rows_that_do_not_add_up_are_refused() -> None:
    """An account that loses a row cannot be made."""
    with pytest.raises(InvalidFactError, match="3 rows were read and 2 are accounted for"):
        Reading(file="a.csv", table="a", rows_count=3, gave_count=1, refused_count=1)


def test_merging_keeps_problems_readings_and_the_last_export() -> None:
    """Nothing is lost when datasets are added; two zones for one system contradict each other."""
    early, late = (Export(system="crm", exported_at=START + timedelta(days=days)) for days in (1, 2))
    one = Dataset(problems=[Problem(code="b", message="b")], exports=[late])
    two = Dataset(problems=[Problem(code="a", message="a")], exports=[early])
    assert [problem.code for problem in (one + two).problems] == ["a", "b"]
    assert (one + two).exports == (late,)
    with pytest.raises(InvalidTermsError, match="two time zones"):
        one + Dataset(exports=[attrs.evolve(late, zone="Europe/Madrid")])


def test_the_same_record_and_moment_with_other_content_is_told() -> None:
    """The later row is named, and what differs; one row may tell many things, and bare dates say little."""
    found = check_dataset(Dataset(facts=[lead(row=3, source_raw="fair"), lead(row=2, source_raw="web")]))
    assert [(one.code, one.origin.row) for one in found] == [("conflicting-versions", 3)]
    assert "other source_raw" in found[0].message
    assert "line 2" in found[0].message
    touches = [Touch(origin=at("T", row=2), occurred_at=START, lead_id="L", kind=kind) for kind in ("a", "b")]
    assert codes(*touches) == []
    days = [
        StageEntered(
            origin=at("L", row=row), occurred_at=START, lead_id="L", stage=stage, precision=Precision.DAY
        )
        for row, stage in enumerate(("mql", "sql"))
    ]
    assert codes(*days) == []


def test_an_id_in_two_systems_is_told_once() -> None:
    """Two people might be read as one."""
    other = [lead("L-1", days=days, origin=at("L-1", system="shop")) for days in (1, 2)]
    assert codes(lead("L-1"), *other) == ["id-in-two-systems"]


@pytest.mark.parametrize(
    ("lead_precision", "deal_precision", "hours", "told"),
    [
        (Precision.INSTANT, Precision.INSTANT, -1, True),
        (Precision.INSTANT, Precision.INSTANT, 1, False),
        (Precision.DAY, Precision.INSTANT, -1, False),
        (Precision.INSTANT, Precision.DAY, -9, False),
        (Precision.DAY, Precision.INSTANT, -11, True),
    ],
)
def test_a_deal_before_its_lead_is_told_at_the_coarser_grain(
    lead_precision: Precision,
    deal_precision: Precision,
    hours: int,
    told: bool,  # noqa: FBT001
) -> None:
    """Days are those of the export's zone: ten hours before 10:00 in Madrid is still the same day."""
    facts = [lead(precision=lead_precision), deal(lead_id="L-1", days=hours / 24, precision=deal_precision)]
    exports = (Export(system="crm", zone="Europe/Madrid"),)
    assert codes(*facts, exports=exports) == (["deal-before-lead"] if told else [])


def test_a_deal_before_its_lead_names_both_dates_and_is_told_once() -> None:
    """The closing and the deal are one fault."""
    facts = [
        lead(row=4, precision=Precision.DAY),
        deal(lead_id="L-1", days=-2, row=7),
        closed(days=-2, row=7),
    ]
    (found,) = check_dataset(Dataset(facts=facts))
    assert (found.code, found.origin.row) == ("deal-before-lead", 7)
    assert "2026-01-03 09:00:00" in found.message
    assert "2026-01-05 (t.csv, line 4)" in found.message


def test_references_are_checked_against_tables_that_were_read() -> None:
    """One problem for each missing id, with the nearest known one; none where the table was not read."""
    deals = [deal(f"D-{number}", account_id="Acmee") for number in range(3)]
    assert codes(*deals) == []
    account = Account(origin=at("Acme"), occurred_at=START, account_id="Acme")
    (found,) = check_dataset(Dataset(facts=[account, *deals]))
    assert found.code == "unknown-account"
    assert (
        found.message
        == "there is no account 'Acmee' (did you mean 'Acme'?): this Deal names it, and 2 more do"
    )


def test_a_closing_of_no_deal_is_told() -> None:
    """Where deals were read at all."""
    assert codes(deal("D-1"), closed("D-2")) == ["unknown-deal"]
    assert codes(closed("D-2")) == []


def test_amounts_are_checked() -> None:
    """Negative ones, those without a currency, and two currencies in one deal."""
    assert codes(deal(amount_minor=-1, currency="EUR")) == ["negative-amount"]
    assert codes(deal(amount_minor=1)) == ["amount-without-currency"]
    assert codes(deal(currency="EUR"), closed(currency="USD")) == ["mixed-currencies"]


def test_wins_without_an_amount_are_told_singly_or_all_at_once() -> None:
    """A source that gives no amounts at all is one problem, not one for each deal."""
    bare = [closed(f"D-{number}", outcome="won", row=number + 2) for number in range(3)]
    assert codes(*bare) == ["won-without-amount"]
    paid = closed("D-9", outcome="won", amount_minor=1, currency="EUR")
    assert codes(*bare, paid) == ["won-without-amount"] * 3
    assert codes(closed(outcome="won"), deal(amount_minor=5, currency="EUR")) == []


def test_a_deal_that_closed_before_it_was_opened_is_told() -> None:
    """On the same bare day it did not."""
    assert codes(deal(days=1), closed()) == ["closed-before-opened"]
    assert codes(deal(days=0.1, precision=Precision.DAY), closed()) == []


def test_nothing_happens_after_the_export() -> None:
    """Either clock may be the one that is wrong."""
    export = Export(system="crm", exported_at=START + timedelta(days=1))
    late = [lead("L-1", days=2), lead("L-2", known_at=START + timedelta(days=3)), lead("L-3")]
    assert codes(*late, exports=(export,)) == ["after-export"] * 2
