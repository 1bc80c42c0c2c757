"""Stages, owners, detours: what may move where, and what can be wrong with a funnel."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from itertools import product

import pytest

from smarketing.errors import IllegalMoveError, InvalidTermsError, UnknownNameError
from smarketing.funnel import (
    Detour,
    DetourKind,
    Evidence,
    Funnel,
    ProbabilityBasis,
    Stage,
    StageKind,
    Unit,
)
from smarketing.language import words
from smarketing.values import Share

DEFAULT = Funnel.default()
PIPELINE = Funnel.classic_pipeline()


def stage(name: str, **terms) -> Stage:
    """A stage of which only what matters is said."""
    return Stage(**{"name": name, "owners": "sales", **terms})


def test_the_funnel_loads_no_dataframe_library() -> None:
    """A web hook that moves one lead pays for no Narwhals."""
    code = "import smarketing.funnel, sys; assert 'narwhals' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_default_funnel_has_the_six_stages_and_their_owners() -> None:
    """MQL and SQL belong to both departments."""
    assert {each.name: set(each.owners) for each in DEFAULT} == {
        "prospect": {"marketing"},
        "lead": {"marketing"},
        "mql": {"marketing", "sales"},
        "sql": {"marketing", "sales"},
        "opportunity": {"sales"},
        "customer": {"sales"},
    }
    assert {detour.kind for detour in DEFAULT.detours} == set(DetourKind)


def test_stages_have_spanish_names() -> None:
    """The labels are keys of the catalogs."""
    es = words("es")
    assert [es(each.label) for each in DEFAULT] == [
        "Prospecto",
        "Candidato",
        "MQL",
        "SQL",
        "Oportunidad",
        "Cliente",
    ]


def test_the_classic_pipeline_carries_the_customary_probabilities() -> None:
    """10, 20, 50 and 67 %, each P(won | in this stage)."""
    shares = {each.name: each.probability for each in PIPELINE}
    assert shares == {
        "identified": Share.percent(10),
        "contacted": Share.percent(20),
        "qualified": Share.percent(50),
        "proposed": Share.percent(67),
        "won": Share.percent(100),
    }
    assert PIPELINE.unit is Unit.DEAL


@pytest.mark.parametrize(
    ("here", "there", "legal"),
    [
        (None, "prospect", True),
        (None, "sql", True),
        (None, "lost", False),
        ("lead", "mql", True),
        ("lead", "customer", True),
        ("sql", "lead", False),
        ("mql", "mql", False),
        ("mql", "recycled", True),
        ("recycled", "lead", True),
        ("recycled", "lost", True),
        ("recycled", "reopened", False),
        ("lost", "lead", False),
        ("lost", "recycled", False),
        ("lost", "reopened", True),
        ("reopened", "opportunity", True),
        ("lead", "reopened", False),
        ("customer", "lost", False),
        ("customer", "reopened", True),
    ],
)
def test_what_may_move_where(here: str | None, there: str, *, legal: bool) -> None:
    """Forward, onto detours and back from them; final is final until reopened."""
    assert DEFAULT.may_move(here, there) is legal


@pytest.mark.parametrize("funnel", [DEFAULT, PIPELINE], ids=["leads", "deals"])
def test_a_check_refuses_exactly_what_is_not_a_target(funnel: Funnel) -> None:
    """`targets`, `may_move` and `check_move` are three views of one table."""
    for here, there in product([None, *funnel.places], funnel.places):
        assert funnel.may_move(here, there) == (there in funnel.targets(here))
        if funnel.may_move(here, there):
            funnel.check_move(here, there)
        else:
            with pytest.raises(IllegalMoveError, match="it may move to: "):
                funnel.check_move(here, there)


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        ("sql", "lead", "backward"),
        ("lost", "lead", "'lost' is final until reopened; it may move to: reopened"),
        ("mql", "mql", "there already"),
        ("mql", "oportunity", "did you mean 'opportunity'"),
        (None, "lost", "cannot enter at 'lost'"),
        ("recycled", "reopened", "no such way"),
    ],
)
def test_a_refusal_says_why_and_names_the_legal_moves(here: str | None, there: str, why: str) -> None:
    """The message is enough to mend the move."""
    with pytest.raises(IllegalMoveError, match=why):
        DEFAULT.check_move(here, there)


def test_a_gate_cannot_be_skipped() -> None:
    """Every record has to pass it; from a detour it is not asked again."""
    funnel = Funnel(
        name="gated",
        stages=[stage("lead"), stage("check", kind="gate"), stage("deal"), stage("customer")],
        detours=[Detour(name="nurture", kind="recycled")],
    )
    assert funnel.targets("lead") == ("check", "nurture")
    assert funnel.targets(None) == ("lead", "check")
    assert funnel.targets("check") == ("deal", "customer", "nurture")
    assert funnel.may_move("nurture", "deal")
    with pytest.raises(IllegalMoveError, match="the gate 'check' cannot be skipped"):
        funnel.check_move("lead", "customer")


def test_detours_are_entered_and_left_where_they_say() -> None:
    """`from_stages` and `returns_to` narrow the ways."""
    funnel = Funnel(
        name="narrow",
        stages=[stage("lead"), stage("sql"), stage("customer")],
        detours=[
            Detour(name="nurture", kind="recycled", from_stages=["sql"], returns_to="lead"),
            Detour(name="churned", kind="lost", from_stages="customer"),
        ],
    )
    assert funnel.targets("lead") == ("sql", "customer")
    assert funnel.targets("sql") == ("customer", "nurture")
    assert funnel.targets("customer") == ("churned",)
    assert funnel.targets("nurture") == ("lead",)
    assert funnel.targets("churned") == ()


def test_places_are_looked_up_by_name() -> None:
    """An unknown name is an error that names the nearest."""
    assert DEFAULT["mql"].label == "MQL"
    assert DEFAULT["lost"].owners == frozenset()
    assert DEFAULT["recycled"].owners == {"marketing"}
    assert DEFAULT.position("sql") == 3
    assert "lost" in DEFAULT
    assert "leed" not in DEFAULT
    with pytest.raises(UnknownNameError, match="did you mean 'lead'"):
        DEFAULT["leed"]
    with pytest.raises(UnknownNameError, match="is a detour"):
        DEFAULT.position("lost")
    with pytest.raises(UnknownNameError, match="did you mean 'lead'"):
        DEFAULT.targets("leed")


def test_evidence_and_detours_are_found_by_kind() -> None:
    """What else counts as entering, and where a lost deal goes."""
    entered = {kind.value: DEFAULT.stage_entered_by(kind) for kind in Evidence}
    assert {kind: found and found.name for kind, found in entered.items()} == {
        "lead_captured": "lead",
        "deal_created": "opportunity",
        "deal_won": "customer",
    }
    lost = DEFAULT.detour(DetourKind.LOST)
    assert lost is not None
    assert lost.name == "lost"
    assert PIPELINE.detour(DetourKind.RECYCLED) is None


def test_a_probability_is_the_override_then_the_table_then_the_stage() -> None:
    """And where there is none it is unknown, not zero."""
    one, two = Share.percent(1), Share.percent(2)
    read = PIPELINE.probability
    assert read("qualified", override=one, table={"qualified": two}).basis is ProbabilityBasis.OVERRIDE
    assert read("qualified", table={"qualified": two}).share == two
    assert read("qualified", table={"proposed": two}).share == Share.percent(50)
    unknown = DEFAULT.probability("mql")
    assert (unknown.share, unknown.basis) == (None, ProbabilityBasis.NONE)
    assert read("qualified", override=Share.percent(0)).share == Share.percent(0)
    with pytest.raises(UnknownNameError):
        read("qualifyed")


def test_one_department_may_be_written_as_one_word() -> None:
    """A lone word is not taken for its letters."""
    assert stage("demo_booked", owners="sales").owners == {"sales"}
    assert stage("demo_booked").label == "Demo booked"


def test_all_faults_of_a_funnel_are_told_at_once_with_their_places() -> None:
    """They can be mended in one go."""
    with pytest.raises(InvalidTermsError) as error:
        Funnel(
            name=" ",
            stages=[
                stage("Demo booked", owners=()),
                stage("work", owners=["sales", " "], kind=StageKind.SLA),
                stage("work", max_stay=timedelta(days=1), entered_by=["deal_won"]),
                stage("done", entered_by=["deal_won"], probability=Share.percent(101)),
                stage("quick", kind="sla", max_stay=timedelta()),
            ],
            detours=[
                Detour(name="lost", kind="lost", from_stages=["wrk"], returns_to=["work"]),
                Detour(name="done", kind="recycled", returns_to=["lost"]),
            ],
        )
    assert [(problem.origin.field, problem.code) for problem in error.value.problems] == [
        ("funnel.name", "blank-name"),
        ("funnel.stages[0].name", "odd-name"),
        ("funnel.stages[0].owners", "no-owner"),
        ("funnel.stages[1].owners", "blank-owner"),
        ("funnel.stages[1].max_stay", "no-max-stay"),
        ("funnel.stages[2].name", "name-twice"),
        ("funnel.stages[2].max_stay", "max-stay-without-sla"),
        ("funnel.stages[3].probability", "not-a-probability"),
        ("funnel.stages[3].entered_by", "evidence-twice"),
        ("funnel.stages[4].max_stay", "max-stay-not-positive"),
        ("funnel.detours[0].from_stages[0]", "unknown-stage"),
        ("funnel.detours[0].returns_to", "final-returns"),
        ("funnel.detours[1].name", "name-twice"),
        ("funnel.detours[1].returns_to[0]", "unknown-stage"),
    ]
    assert "did you mean 'work'?" in str(error.value)
    assert "'demo_booked'" in str(error.value)


def test_a_funnel_without_stages_is_a_fault() -> None:
    """So is evidence of leads in a pipeline of deals."""
    with pytest.raises(InvalidTermsError, match="at least one stage"):
        Funnel(name="none", stages=[])
    with pytest.raises(InvalidTermsError, match=r"pipeline\.stages\[0\]\.entered_by"):
        Funnel(name="deals", unit="deal", stages=[stage("open", entered_by=["lead_captured"])])


def test_equal_terms_are_equal_and_hashable() -> None:
    """Two readings of one agreement compare equal."""
    assert Funnel.default() == DEFAULT
    assert hash(Funnel.default()) == hash(DEFAULT)
