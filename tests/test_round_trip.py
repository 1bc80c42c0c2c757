"""What the library works with goes through JSON and TOML and comes back equal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from smarketing import (
    Dataset,
    Frames,
    load_agreement,
    load_mapping,
    measure_funnel,
    read_files,
    review_period,
)
from smarketing.document import Report
from smarketing.funnel import Funnel
from smarketing.periods import Period
from smarketing.serialize import from_plain, to_plain
from smarketing.stores import MemoryStore
from smarketing.testing import example_company, write_example
from smarketing.testing.strategies import agreements, any_facts


def _through_json(value: object) -> object:
    return json.loads(json.dumps(to_plain(value), allow_nan=False))


@given(st.lists(any_facts(), max_size=8))
def test_a_dataset_goes_through_json(drawn: list) -> None:
    """Facts of every kind, in any order."""
    dataset = Dataset(facts=drawn)
    assert from_plain(_through_json(dataset), Dataset) == dataset


def test_a_dataset_that_was_read_keeps_its_problems_and_its_account(tmp_path) -> None:
    """Not only the facts: what was wrong, and what became of every row."""
    write_example(tmp_path, leads=300)
    files = sorted((tmp_path / "export").glob("*.csv"))
    dataset = read_files(files, load_mapping(tmp_path / "mapping.toml"))
    assert dataset.problems
    assert from_plain(_through_json(dataset), Dataset) == dataset


@given(agreements())
def test_an_agreement_goes_through_toml(agreement) -> None:
    """As the document that people sign."""
    assert load_agreement(agreement.to_toml()) == agreement


def test_a_review_goes_through_json() -> None:
    """Every table, chart and note of the page."""
    company = example_company(seed=2, leads=200)
    agreement = load_agreement(company.agreement_toml())
    frames = Frames.from_dataset(company.facts())
    report = review_period(frames, agreement, as_of=company.as_of).to_report()
    assert from_plain(_through_json(report), Report) == report


def test_a_figure_from_a_store_names_its_facts() -> None:
    """The same figures as of the facts themselves, and the same facts behind them."""
    company = example_company(seed=2, leads=200)
    told = list(company.facts())
    store = MemoryStore()
    with store.unit() as unit:
        unit.append(told)
    period = Period.parse("2024-01-01/2026-01-01", company.zone)
    kept, given_facts = (
        measure_funnel(frames, Funnel.default(), period=period, start="lead", by=("source",))
        for frames in (Frames.from_store(store), Frames.from_dataset(told))
    )
    assert kept == given_facts
    trace = kept.facts("customer")
    assert trace == given_facts.facts("customer")
    assert {fact_id for ids in trace.fact_ids.values() for fact_id in ids} <= {fact.id for fact in told}
    assert trace.records
