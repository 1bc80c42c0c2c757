"""A matrix is checked as a whole: every fault at once, each with its key path and a way out."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Lead
from smarketing.frames import Frames, rows_of
from smarketing.origin import Origin
from smarketing.scoring import (
    ActiveWithin,
    AllOf,
    AnyOf,
    Between,
    Contains,
    Decay,
    Exclusion,
    Flip,
    Group,
    Known,
    Matches,
    Missing,
    Not,
    OneOf,
    Rearm,
    Rule,
    ScoringMatrix,
    Touched,
    score_leads,
)
from smarketing.testing import strategies as draw
from smarketing.values import Points, Share

VISIT = Touched("visit")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def faults(*rules: Rule, **terms: object) -> dict[str, str]:
    """The codes of what is wrong with a matrix, by key path."""
    with pytest.raises(InvalidTermsError) as caught:
        ScoringMatrix(**{"name": "intent", "rules": rules or [Rule("visits", VISIT, 1)], **terms})  # type: ignore[arg-type]
    return {str(problem.origin.field): problem.code for problem in caught.value.problems}


def test_a_short_flip_is_a_flip() -> None:
    """`flip=25` is `flips=(Flip(25),)`, and read back as the first number."""
    short = ScoringMatrix(name="intent", rules=[Rule("visits", VISIT, 1)], flip=25)
    assert short == ScoringMatrix(name="intent", rules=[Rule("visits", VISIT, 1)], flips=[Flip(25)])
    assert short.flip == Points.of(25)
    assert short.flip_for("C-1", datetime(2026, 1, 1, tzinfo=UTC)) == Flip(25)


def test_every_fault_is_told_at_once() -> None:
    """With its place, as a file would have it."""
    found = faults(
        Rule("visits", Touched("visit"), 0, cap=0, per_day=0, window=timedelta(), group="socal"),
        Rule("visits", OneOf("jobtitle", "CEO"), 5, decay=Decay(half_life=timedelta(days=1))),
        Rule("", AllOf(Known("phone"), OneOf("touch.topic", "x")), 5, only_if=OneOf("touch.topic", "x")),
        name=" ",
        zone="Europe/Madri",
        groups=[Group("social"), Group("social", ceiling=5, floor=9)],
        exclude=[Exclusion("students", Matches("email", ""))],
        floor=10,
        ceiling=5,
        flips=[Flip(25), Flip(30, rearm=Rearm.AFTER_FALL), Flip(3, campaign="C-1", margin=2)],
    )
    assert found == {
        "name": "blank-name",
        "zone": "unknown-zone",
        "rules[1].name": "name-twice",
        "rules[2].name": "blank-name",
        "groups[1].name": "group-without-rules",
        "rules[0].points": "no-points",
        "rules[0].cap": "not-positive",
        "rules[0].per_day": "not-positive",
        "rules[0].window": "no-length",
        "rules[0].group": "unknown-group",
        "rules[1].when.one_of.field": "unknown-field",
        "rules[1].decay": "counts-once",
        "rules[2].when.all_of": "mixed-scopes",
        "rules[2].only_if": "not-of-a-lead",
        "exclude[0].when.matches.patterns": "blank-word",
        "groups[0]": "no-limit",
        "groups[0].name": "group-without-rules",
        "groups[1].floor": "empty-range",
        "floor": "empty-range",
        "flips[0].points": "out-of-reach",
        "flips[1].points": "out-of-reach",
        "flips[1].campaign": "campaign-twice",
        "flips[1].margin": "no-margin",
        "flips[2].margin": "margin-without-fall",
    }


@pytest.mark.parametrize(
    ("when", "place", "code"),
    [
        (AllOf(), "all_of", "no-parts"),
        (AnyOf(Known("phone"), OneOf("country", [])), "any_of[1].one_of.values", "blank-word"),
        (Not(Between("created_at", low=5)), "not.between.low", "wrong-kind"),
        (Between("trait_seats"), "between", "no-range"),
        (Between("trait_seats", 9, 5), "between", "empty-range"),
        (Between("job_title", low=5), "between.low", "wrong-kind"),
        (Between("trait_seats", low=datetime(2026, 1, 1, tzinfo=UTC)), "between.low", "wrong-kind"),
        (OneOf("created_at", "2026"), "one_of.field", "wrong-kind"),
        (Known("account.industri"), "known", "unknown-field"),
        (Touched("visit", where=Known("phone")), "touched.where", "not-of-a-touch"),
        (Touched(""), "touched.kind", "blank-word"),
        (Touched("visit", channel=" "), "touched.channel", "blank-word"),
        (Touched("visit", within=timedelta()), "touched.within", "no-length"),
        (Touched("visit", at_least=0), "touched.at_least", "not-positive"),
        (Touched("visit", at_least=True), "touched.at_least", "wrong-kind"),
        (Touched([5]), "touched.kind", "wrong-kind"),  # type: ignore[list-item]
        (Contains("country", [5]), "contains.words", "wrong-kind"),  # type: ignore[list-item]
        (ActiveWithin(timedelta(-1)), "active_within.length", "no-length"),
        (ActiveWithin(timedelta(days=800_000)), "active_within.length", "too-long"),
    ],
)
def test_a_faulty_criterion_says_where(when: object, place: str, code: str) -> None:
    """Down to the part that is wrong."""
    rule = Rule("rule", when, 5)  # type: ignore[arg-type]
    assert faults(rule)[f"rules[0].when.{place}"] == code


@pytest.mark.parametrize(
    ("decay", "place"),
    [
        (Decay(), "decay"),
        (Decay(half_life=timedelta(1), share=Share.percent(10)), "decay"),
        (Decay(share=Share.percent(10)), "decay"),
        (Decay(half_life=timedelta()), "decay.half_life"),
        (Decay(share=Share.percent(0), per=timedelta(1)), "decay.share"),
    ],
)
def test_a_decay_is_by_half_life_or_by_periods(decay: Decay, place: str) -> None:
    """One of both, and of something."""
    assert f"rules[0].{place}" in faults(Rule("visits", VISIT, 1, decay=decay))


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: Rule("visits", "visit", 1), "when"),  # type: ignore[arg-type]
        (lambda: Rule("visits", VISIT, 1, only_if="known"), "only_if"),  # type: ignore[arg-type]
        (lambda: Rule("visits", VISIT, 1, window="30 days"), "window"),  # type: ignore[arg-type]
        (lambda: Exclusion("students", when="*.edu"), "when"),  # type: ignore[arg-type]
        (lambda: Touched("visit", within="30 days"), "within"),  # type: ignore[arg-type]
        (lambda: Touched("visit", where="known"), "where"),  # type: ignore[arg-type]
        (lambda: ActiveWithin("30 days"), "length"),  # type: ignore[arg-type]
        (lambda: Decay(half_life="30 days"), "half_life"),  # type: ignore[arg-type]
        (lambda: AllOf(VISIT, "known"), "parts"),  # type: ignore[arg-type]
        (lambda: AnyOf(VISIT, "known"), "parts"),  # type: ignore[arg-type]
        (lambda: Not("known"), "part"),  # type: ignore[arg-type]
    ],
)
def test_a_text_in_place_of_a_criterion_or_a_length_is_refused_at_once(
    make: Callable[[], object], place: str
) -> None:
    """In code a criterion and a length of time are objects; only files write them as words."""
    with pytest.raises(TypeError, match=f"'{place}' must be"):
        make()


def test_a_condition_on_the_lead_counts_once() -> None:
    """So what limits touches is refused there, and the message says how to count each touch."""
    rule = Rule("visits by chiefs", AllOf(VISIT, OneOf("job_title", "CEO")), 5, cap=20, once=True)
    with pytest.raises(InvalidTermsError, match="let `when` be touched alone and the rest be `only_if`"):
        ScoringMatrix(name="intent", rules=[rule])


def test_days_are_in_order() -> None:
    """Of rules and of numbers."""
    early, late = date(2026, 1, 1), date(2026, 2, 1)
    assert "rules[0].ends_on" in faults(Rule("visits", VISIT, 1, starts_on=late, ends_on=early))
    assert "flips[0].ends_on" in faults(flips=[Flip(5, starts_on=late, ends_on=early)])


def test_a_matrix_without_a_rule_is_refused() -> None:
    """It would score nobody."""
    with pytest.raises(InvalidTermsError, match="scores nobody"):
        ScoringMatrix(name="intent", rules=[])


def test_points_are_exact() -> None:
    """A float has lost digits, and is refused; text and decimals are not."""
    assert Rule("visits", VISIT, "2.5").points == Points(2_500_000)
    with pytest.raises(TypeError, match="is a float"):
        Rule("visits", VISIT, 2.5)  # type: ignore[arg-type]


def test_a_rule_is_found_by_its_name() -> None:
    """Or the nearest one is named."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", VISIT, 1)])
    assert matrix.rule("visits").points == Points.of(1)
    with pytest.raises(UnknownNameError, match="did you mean 'visits'"):
        matrix.rule("vists")


@given(draw.matrices())
def test_a_matrix_can_be_copied_hashed_and_sent(matrix: ScoringMatrix) -> None:
    """Also after it was compiled."""
    assert matrix.scorer is matrix.scorer
    assert pickle.loads(pickle.dumps(matrix)) == matrix  # noqa: S301
    assert hash(matrix) == hash(pickle.loads(pickle.dumps(matrix)))  # noqa: S301


@pytest.mark.parametrize(
    "made",
    [
        lambda: Rule("visits", VISIT, 5, once="no"),  # type: ignore[arg-type]
        lambda: Rule("visits", VISIT, 5, per_day=1.5),  # type: ignore[arg-type]
        lambda: Rule("visits", VISIT, 5, decay=timedelta(days=3)),  # type: ignore[arg-type]
        lambda: Rule("visits", VISIT, 5, starts_on="2026-01-02"),  # type: ignore[arg-type]
        lambda: Touched("visit", at_least=2.5),  # type: ignore[arg-type]
        lambda: Touched(None),  # type: ignore[arg-type]
        lambda: OneOf("country", None),  # type: ignore[arg-type]
        lambda: Between("account.employees_count", low="50"),  # type: ignore[arg-type]
        lambda: Decay(share=0.25, per=timedelta(days=30)),  # type: ignore[arg-type]
        lambda: ScoringMatrix(name="intent", rules=[VISIT]),  # type: ignore[list-item]
        lambda: ScoringMatrix(name="intent", rules=[], flips=[10]),  # type: ignore[list-item]
        lambda: ScoringMatrix(name="intent", rules=[], flips=Flip(10)),  # type: ignore[arg-type]
        lambda: ScoringMatrix(name="intent", rules=[], flip=Flip(10)),  # type: ignore[arg-type]
        lambda: Flip(10, rearm="sometimes"),  # type: ignore[arg-type]
        lambda: ScoringMatrix(name="intent", rules=[], exclude=[Missing("email")]),  # type: ignore[list-item]
    ],
)
def test_terms_of_another_kind_are_refused_where_they_are_written(made: Callable[[], object]) -> None:
    """Not when the first lead comes, and not read as something that nobody meant."""
    with pytest.raises((InvalidTermsError, TypeError)):
        made()


def test_a_whole_number_is_the_same_word_whatever_engine_holds_it(backend: str) -> None:
    """Where blanks are beside it, an engine may hold 1 as 1.0: it is the word "1" all the same."""
    matrix = ScoringMatrix(
        name="fit", rules=[Rule("one", OneOf("trait_n", "1"), 5), Rule("some", Matches("trait_n", "1*"), 2)]
    )
    lead = Lead(origin=Origin(), occurred_at=AT, lead_id="L", traits={"n": 1.0})
    frames = Frames.from_dataset([lead], backend=backend)
    as_of = AT + timedelta(days=1)
    (row,) = rows_of(score_leads(frames, matrix, as_of=as_of).rows)
    assert row["score_points"] == matrix.score(lead, [], as_of=as_of).points.micro == 7_000_000  # type: ignore[union-attr]


def test_points_beyond_what_every_engine_can_add_up_are_refused() -> None:
    """Wherever they stand: else one reading would be right and another wrong without a word."""
    huge = 10**7
    found = faults(
        Rule("visits", VISIT, huge, cap=huge, group="g"),
        groups=[Group("g", ceiling=huge)],
        floor=-huge,
        ceiling=huge,
        flip=huge,
    )
    assert set(found.values()) == {"too-many-points"}
    assert len(found) == 6


def test_a_lead_that_is_told_wrongly_is_told_so() -> None:
    """A day is no instant, and one touch is no list."""
    matrix = ScoringMatrix(name="intent", rules=[Rule("visits", VISIT, 5)])
    with pytest.raises(InvalidTermsError, match="is a date, not an instant"):
        matrix.score(None, [], as_of=AT.date())  # type: ignore[arg-type]
    with pytest.raises(InvalidTermsError, match="are lists"):
        matrix.score(None, 5, as_of=AT)  # type: ignore[arg-type]


def test_nothing_flips_somebody_who_has_no_score() -> None:
    """Of whom nothing is known gets nothing for what is not known either, before it does something."""
    rules = [Rule("no country", Missing("country"), 30), Rule("visits", VISIT, 1)]
    score = ScoringMatrix(name="intent", flip=25, rules=rules).score(None, [], as_of=AT)
    assert score.points is None
    ((touch,),) = score.what_would_flip()
    assert touch.kind == "visit"
