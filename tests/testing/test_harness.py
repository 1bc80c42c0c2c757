"""The harness lets lawful analyses pass, and finds out each kind of lawless one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.document import Report
from smarketing.facts import Fact, Lead
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Funnel, measure_funnel
from smarketing.origin import Origin
from smarketing.periods import Period
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent
from smarketing.testing import strategies as draw

T = datetime(2025, 1, 1, tzinfo=UTC)


def lead_ids(frames: Frames, as_of: datetime) -> list[object]:
    """A lawful analysis: which leads there are."""
    rows = rows_of(frames.as_of(as_of).latest("leads", ["lead_id", "source_raw"]))
    return sorted(map(str, rows))


def funnel_of_two_years(frames: Frames, as_of: datetime) -> object:
    """The measure that the harness was made for first."""
    period = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")
    return measure_funnel(frames, Funnel.default(), period=period, as_of=as_of, by=("source",))


@given(draw.timelines(), draw.instants(), st.data())
def test_a_lawful_analysis_passes(facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject) -> None:
    """Of stories told late, twice, by the day and withdrawn again."""
    assert_no_look_ahead(lead_ids, facts, as_of, data.draw(draw.late_facts(as_of)))
    assert_order_independent(lead_ids, facts, as_of)


LATE = Lead(origin=Origin(record="L-1"), occurred_at=T - timedelta(days=9), known_at=T, lead_id="L-1")
KNOWN = Lead(origin=Origin(record="L-2"), occurred_at=T - timedelta(days=9), lead_id="L-2")


def test_an_analysis_that_reads_what_was_not_known_yet_is_found_out() -> None:
    """It forgets `frames.as_of`, so a lead that was recorded later is there already."""
    with pytest.raises(AssertionError, match="what is known at the moment"):
        assert_no_look_ahead(lambda frames, _: rows_of(frames.latest("leads", ["lead_id"])), [LATE, KNOWN], T)


def test_an_analysis_that_is_disturbed_by_later_facts_is_found_out() -> None:
    """The facts themselves are all known; only the later ones give it away."""
    with pytest.raises(AssertionError, match="later facts added"):
        assert_no_look_ahead(
            lambda frames, _: rows_of(frames.latest("leads", ["lead_id"])), [KNOWN], T, [LATE]
        )


def test_an_analysis_that_depends_on_the_order_of_facts_is_found_out() -> None:
    """Here by keeping a counter, which a careless cache would do."""
    calls = count()
    with pytest.raises(AssertionError, match="backwards"):
        assert_order_independent(lambda frames, as_of: next(calls), [KNOWN], T)


def test_a_report_that_shows_another_order_is_found_out() -> None:
    """The results are equal, but what people would see is not."""
    titles = count()

    @attrs.frozen
    class Result:
        def to_report(self) -> Report:
            return Report(title=f"Report {next(titles)}", sections=())

    with pytest.raises(AssertionError, match="rendered, backwards"):
        assert_order_independent(lambda frames, as_of: Result(), [KNOWN], T)


def test_engines_that_disagree_are_found_out() -> None:
    """The message names both."""
    with pytest.raises(AssertionError, match=r"--- polars[\s\S]*\+\+\+ pandas"):
        assert_backends_agree(lambda frames, as_of: frames.backend, [KNOWN], T)


@settings(max_examples=20)
@given(draw.timelines(), draw.instants())
def test_the_engines_agree_on_a_lawful_analysis(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """Polars, pandas, PyArrow and DuckDB."""
    assert_backends_agree(lead_ids, facts, as_of)


@settings(max_examples=8)
@given(draw.timelines(), draw.instants(), st.data())
def test_the_funnel_sees_nothing_that_was_not_known_yet(
    facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject
) -> None:
    """The first verb of the library, through the harness."""
    assert_no_look_ahead(funnel_of_two_years, facts, as_of, data.draw(draw.late_facts(as_of)))
    assert_order_independent(funnel_of_two_years, facts, as_of)
