"""Scenarios hold, and one that does not is told in words that a salesperson understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from smarketing.errors import InvalidTermsError
from smarketing.testing import example_company, run_scenario

FOLDER = Path(__file__).parent / "scenarios"

STORY = """
title = "Ana"
facts = [
  { on = 2026-01-05, lead = "Ana", captured = true, owner = "Luis" },
  { on = 2026-01-09, lead = "Ana", enters = "mql" },
]
"""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_story_ends_as_expected(path: Path) -> None:
    """Every file in the folder is a test: to add one, write one."""
    scenario = run_scenario(path)
    assert scenario.facts
    assert scenario.expectations


def test_every_difference_is_told_with_its_day_and_its_record() -> None:
    """Not only the first, and with what was expected and what was found."""
    expected = """
[[expect]]
as_of = 2026-02-01
lead = "Ana"
stage = "sql"
assigned = "Marta"
way = ["lead"]
days = { lead = 3.0 }
[[expect]]
as_of = 2026-02-01
conversions = { "lead to mql" = "2 of 2" }
"""
    with pytest.raises(AssertionError) as raised:
        run_scenario(STORY + expected)
    assert str(raised.value).splitlines() == [
        "Ana",
        "  as of 2026-02-01, lead Ana: stage should be 'sql', and is 'mql'",
        "  as of 2026-02-01, lead Ana: assigned should be 'Marta', and is 'Luis'",
        "  as of 2026-02-01, lead Ana: way should be ['lead'], and is ['prospect (skipped)', 'lead', 'mql']",
        "  as of 2026-02-01, lead Ana: days of lead should be 3.0, and is 4.0",
        "  as of 2026-02-01: lead to mql should be '2 of 2', and is '1 of 1'",
    ]


def test_a_problem_that_nobody_expected_fails_the_scenario() -> None:
    """An illegal move in the story is either expected or a mistake in the story."""
    expected = '[[expect]]\nas_of = 2026-02-01\nlead = "Ana"\n'
    run_scenario(STORY + expected)
    with pytest.raises(AssertionError, match=r"problems should be \[\], and is \['unknown-stage'\]"):
        run_scenario(STORY.replace('"mql"', '"mqll"') + expected)


def test_a_scenario_that_cannot_be_read_lists_every_fault() -> None:
    """With its place and the nearest known word."""
    text = """
titel = "Ana"
facts = [
  { on = 2026-01-05, lead = "Ana", captred = true },
  { on = "soon", lead = "Ana", enters = "mql", becuase = "x" },
  { on = 2026-01-05, lead = "Ana", won = "1 EUR" },
  { on = 2026-01-05, deal = "D-1", opened = "much" },
  { on = 2026-01-05, lead = "Ana", answered = "maybe" },
]
[[expect]]
as_of = 2026-02-01
lead = "Ana"
staeg = "mql"
"""
    with pytest.raises(InvalidTermsError) as raised:
        run_scenario(text)
    told = {str(problem.origin.field): problem.message for problem in raised.value.problems}
    assert set(told) == {
        "titel",
        "facts[0]",
        "facts[1].becuase",
        "facts[1].on",
        "facts[2].deal",
        "facts[3].opened",
        "facts[4]",
        "expect[0].staeg",
    }
    assert "did you mean 'title'" in told["titel"]
    assert "did you mean 'captured'" in told["facts[0]"]
    assert "did you mean 'stage'" in told["expect[0].staeg"]


def test_a_file_that_is_no_toml_or_not_there_is_refused_by_name(tmp_path: Path) -> None:
    """One clear sentence each."""
    broken = tmp_path / "broken.toml"
    broken.write_text("title = ", encoding="utf-8")
    for path in (broken, tmp_path / "missing.toml"):
        with pytest.raises(InvalidTermsError, match=path.name):
            run_scenario(path)


def test_a_scenario_is_read_by_the_agreement_that_it_names(tmp_path: Path) -> None:
    """Its funnel, its words for sources, and its zone."""
    (tmp_path / "agreement.toml").write_text(example_company().agreement_toml(), encoding="utf-8")
    path = tmp_path / "story.toml"
    path.write_text(
        """
title = "A fair"
agreement = "agreement.toml"
facts = [{ on = 2026-01-05, lead = "Ana", captured = true, source = "Trade fair" }]
[[expect]]
as_of = 2026-02-01
source = "search"
conversions = { "lead to mql" = "0 of 1" }
""",
        encoding="utf-8",
    )
    assert run_scenario(path).title == "A fair"


SCORED = """
title = "Antonio"
facts = [{ on = 2026-01-05, lead = "Antonio", touched = "demo" }]
[scoring.intent]
flip = 5
rules = [{ name = "demo", when = { touched = "demo" }, points = 5 }]
"""


def test_a_score_that_is_not_as_expected_is_told() -> None:
    """Its points, its lines and its flip; and whoever has no score says why."""
    expected = """
[[expect]]
as_of = 2026-02-01
lead = "Antonio"
points = 10
lines = { demo = 5 }
flipped = 2026-01-06
[[expect]]
as_of = 2026-01-01
lead = "Antonio"
points = 0
flipped = false
[[expect]]
as_of = 2026-02-01
lead = "Antonio"
score = "fit"
points = 5
"""
    with pytest.raises(AssertionError) as raised:
        run_scenario(SCORED + expected)
    assert str(raised.value).splitlines() == [
        "Antonio",
        "  as of 2026-02-01, lead Antonio: points should be 10, and is 5.0",
        "  as of 2026-02-01, lead Antonio: flipped should be 2026-01-06, and is 2026-01-05",
        "  as of 2026-01-01, lead Antonio: points should be 0, and is unscored",
        "  as of 2026-02-01, lead Antonio: score should be one of intent, and is 'fit'",
    ]


def test_a_faulty_matrix_says_where() -> None:
    """With the key path in the scenario."""
    with pytest.raises(InvalidTermsError, match=r"scoring\.intent\.rules\[0\]\.points"):
        run_scenario(SCORED.replace("points = 5", "points = 0"))
