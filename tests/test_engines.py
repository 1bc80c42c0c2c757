"""Every bulk verb on every engine: the table of the documentation is what these tests find.

`tests/spark` fills Spark's column, where there is Spark. To write the table anew:
`SMARKETING_WRITE_TABLE=1 python -m pytest -n 0 tests/test_engines.py tests/spark`.
"""

from __future__ import annotations

import pytest
import verbs


@pytest.mark.parametrize("verb", [verb for verb in verbs.VERBS if verb != "review_period"])
def test_a_verb_answers_as_the_table_says(verb: str, backend: str) -> None:
    """Each engine gives the answer that Polars gives, and the table says so."""
    agrees = verbs.agrees(verb, backend)
    verbs.hold_against_the_page(verb, backend, "yes" if agrees else "no")
    assert agrees


@pytest.mark.slow
def test_a_review_answers_as_the_table_says(backend: str) -> None:
    """It composes all the others, and takes as long."""
    test_a_verb_answers_as_the_table_says("review_period", backend)


def test_the_table_names_every_verb_and_engine() -> None:
    """None is left out, and none is there that is not tried."""
    told = verbs.table(verbs.PAGE.read_text("utf-8"))
    assert list(told) == list(verbs.VERBS)
    assert all(list(row) == list(verbs.NAMES.values()) for row in told.values())


def test_a_table_that_says_otherwise_is_noticed_and_written_anew() -> None:
    """What a run finds goes into its cell, and into no other."""
    page = verbs.PAGE.read_text("utf-8")
    wrong = verbs.with_cell(page, "measure_sales", "DuckDB", "no")
    assert verbs.table(wrong)["measure_sales"]["DuckDB"] == "no"
    assert wrong != page
    assert verbs.with_cell(wrong, "measure_sales", "DuckDB", "yes") == page
    added = verbs.with_cell(page, "new_verb", "Polars", "yes")
    unknown = dict.fromkeys(verbs.NAMES.values(), "?")
    assert verbs.table(added)["new_verb"] == unknown | {"Polars": "yes"}
    assert added.count("\n") == page.count("\n") + 1
