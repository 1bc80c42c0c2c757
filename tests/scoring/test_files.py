"""Matrices in files: what is written is read back equal, and every fault is told at once, with its place."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.origin import Origin
from smarketing.periods import Dated
from smarketing.scoring import (
    AllOf,
    Criterion,
    Decay,
    Flip,
    Known,
    Not,
    OneOf,
    Rule,
    ScoringMatrix,
    Touched,
    campaign_faults,
    in_full,
    matrix_from_plain,
    matrix_to_plain,
)
from smarketing.serialize import from_plain, to_plain
from smarketing.testing import strategies as draw

MARATHON = """
flip = 25

[[rules]]
name = "announces a marathon"
when = { touched = "announcement" }
points = 5
once = true

[[rules]]
name = "visits the price list"
when = { touched = { kind = "page_viewed", asset = "/pricing*", within = "30 days" } }
only_if = { all_of = [{ known = "phone" }, { not = { one_of = { field = "country", values = "US" } } }] }
points = 2.5
decay = { half_life = "30 days" }
"""


def faults(data: object, **more: object) -> set[tuple[str | None, str]]:
    """The key paths and codes of what is wrong with a table."""
    with pytest.raises(InvalidTermsError) as caught:
        matrix_from_plain(data, **more)  # type: ignore[arg-type]
    return {(problem.origin.field, problem.code) for problem in caught.value.problems}


def rule(**fields: object) -> dict[str, object]:
    """A rule as a table, unless said otherwise a good one."""
    return {"name": "demo", "when": {"touched": "demo"}, "points": 5, **fields}


@given(draw.matrices())
def test_what_is_written_is_read_back_equal(matrix: ScoringMatrix) -> None:
    """Every criterion, limit, decay and exclusion."""
    assert matrix_from_plain(matrix_to_plain(matrix)) == matrix


def test_a_matrix_is_read_as_people_write_it() -> None:
    """One word for a list of one, one field for a table, exact decimals; key and company say the rest."""
    table = tomllib.loads(MARATHON, parse_float=Decimal)
    matrix = matrix_from_plain(table, name="marathon intent", zone="Europe/Madrid")
    month = timedelta(days=30)
    assert matrix == ScoringMatrix(
        name="marathon intent",
        flip=25,
        zone="Europe/Madrid",
        rules=[
            Rule("announces a marathon", when=Touched("announcement"), points=5, once=True),
            Rule(
                "visits the price list",
                when=Touched("page_viewed", asset="/pricing*", within=month),
                only_if=AllOf(Known("phone"), Not(OneOf("country", "US"))),
                points="2.5",
                decay=Decay(half_life=month),
            ),
        ],
    )


def test_every_fault_is_told_at_once() -> None:
    """Those of the shape, and those that show only once the shape is right."""
    data = {
        "name": "intent",
        "flipp": 25,
        "floor": 10,
        "ceiling": 5,
        "rules": [
            rule(points=0),
            rule(name="typo", when={"tuched": "demo"}, group="social"),
            rule(name="shape", points="many", when={"not": {"all_of": [{"known": 3}]}}),
            rule(name="field", when={"any_of": [{"known": "fone"}, {"one_of": {"values": "x"}}]}),
            rule(),
            rule(name="lost", only_if={"known": "fone"}),
        ],
    }
    assert faults(data) == {
        ("flipp", "unknown-key"),
        ("floor", "empty-range"),
        ("rules[0].points", "no-points"),
        ("rules[1].when.tuched", "unknown-key"),
        ("rules[2].points", "wrong-type"),
        ("rules[2].when.not.all_of[0].known", "wrong-type"),
        ("rules[3].when.any_of[1].one_of.field", "missing-key"),
        ("rules[4].name", "name-twice"),
        ("rules[5].only_if.known", "unknown-field"),
    }


@pytest.mark.parametrize("data", [3, None, [], "intent", {}, {"rules": 3}, {"rules": [3]}, {"rules": [{}]}])
def test_no_data_is_taken_for_a_matrix(data: object) -> None:
    """Whatever it is, the answer is what is wrong with it."""
    assert faults(data)


def test_a_fault_says_where_the_table_stands() -> None:
    """In its file, below the key under which it was found."""
    origin = Origin(file="agreement.toml", field="scoring.intent")
    assert faults({"name": "i", "rules": []}, origin=origin) == {("scoring.intent.rules", "no-rules")}


def test_a_flip_of_no_existing_campaign_is_refused() -> None:
    """The nearest campaign is named; the number for all needs none."""
    data = {"name": "i", "rules": [rule()], "flips": [{"points": 5}, {"points": 9, "campaign": "C-1"}]}
    assert matrix_from_plain(data, campaigns={"C-1"}).flips[1].campaign == "C-1"
    assert faults(data, campaigns={"C-01"}) == {("flips[1].campaign", "unknown-campaign")}


def test_dated_matrices_say_which_version_is_at_fault() -> None:
    """By the key of the matrix and the number of the version."""
    old = ScoringMatrix(name="i", rules=[Rule("demo", Touched("demo"), 5)], flips=[Flip(5, campaign="C-1")])
    both = Dated(((date.min, old), (date(2026, 1, 1), old)))
    found = campaign_faults({"intent": both, "fit": Dated.of(old)}, {"C-2"})
    assert [problem.origin.field for problem in found] == [
        "intent[0].flips[0].campaign",
        "intent[1].flips[0].campaign",
        "fit.flips[0].campaign",
    ]


def test_a_table_of_matrices_names_them_by_their_keys() -> None:
    """Dated or not, and what is no table is left for the reader to refuse."""
    given = {"intent": [{"rules": []}, {"name": "own", "from": date(2026, 1, 1)}], "fit": {}, "odd": 3}
    assert in_full(given, zone="UTC") == {
        "intent": [
            {"name": "intent", "zone": "UTC", "rules": []},
            {"name": "own", "zone": "UTC", "from": date(2026, 1, 1)},
        ],
        "fit": {"name": "fit", "zone": "UTC"},
        "odd": 3,
    }


def test_dated_matrices_are_read_from_a_list_of_versions() -> None:
    """Each with the day from which it is in force, as all terms are."""
    matrix = ScoringMatrix(name="i", rules=[Rule("demo", Touched("demo"), 5)])
    dated = Dated(((date.min, matrix), (date(2026, 1, 1), matrix)))
    assert from_plain(to_plain(dated), Dated[ScoringMatrix]) == dated


def test_what_is_left_out_of_a_criterion_has_its_default() -> None:
    """An empty table is a table, also where the only field could stand for it."""
    assert from_plain({"not": {"part": {"known": {"field": "phone"}}}}, Criterion) == Not(Known("phone"))
    assert faults({"name": "i", "rules": [rule(when={"known": {}})]}) == {
        ("rules[0].when.known.field", "missing-key")
    }


def test_a_criterion_without_a_name_cannot_be_written() -> None:
    """It says what to do, and the sentence names the class."""

    class Nameless(Criterion):
        pass

    with pytest.raises(UnknownNameError, match="Nameless has no name"):
        matrix_to_plain(ScoringMatrix(name="i", rules=[Rule("x", Nameless(), 5)]))


def test_a_newer_version_says_in_words_what_it_changes() -> None:
    """Rules by name, numbers by campaign; equal matrices say nothing."""
    old = ScoringMatrix(
        name="i", flip=25, rules=[Rule("demo", Touched("demo"), 5), Rule("visit", Touched("visit"), 1)]
    )
    new = ScoringMatrix(
        name="i",
        flips=[Flip(30), Flip(20, campaign="C-1")],
        ceiling=99,
        rules=[Rule("demo", Touched(("demo", "trial")), 5, cap=9), Rule("mail", Touched("mail"), "0.5")],
    )
    assert old.diff(old) == ()
    assert old.diff(new) == (
        "ceiling was not said, is now 99",
        "rule 'visit' is gone (1 points)",
        "rule 'demo': when was {'touched': 'demo'}, is now {'touched': ['demo', 'trial']}",
        "rule 'demo': cap was not said, is now 9",
        "rule 'mail' is new (0.5 points)",
        "flip number for all campaigns: points were 25, are now 30",
        "flip number for the campaign 'C-1' is new (20 points)",
    )
