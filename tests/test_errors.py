"""What is given in another thing's place is told so by name, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from smarketing import (
    Agreement,
    Frames,
    Funnel,
    Period,
    ScoringMatrix,
    SlaContract,
    attribute,
    close_loop,
    forecast_revenue,
    measure_funnel,
    measure_sales,
    measure_sla,
    render,
    review_period,
    score_leads,
)
from smarketing.agreement import Company
from smarketing.closed_loop import PlainTerms
from smarketing.errors import InvalidTermsError
from smarketing.forecast import WinModel, backtest, measure_health, measure_timing
from smarketing.scoring import LeadOutcome, Rule, Touched, calibrate, choose_flip
from smarketing.sla import SlaTerms, Term

NOW = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = Period.parse("2025")
NEXT = Period.months(NOW, 1)
TABLE = pl.DataFrame({"lead_id": ["L-1"], "e_mail": ["ana@example.com"]})
FRAMES = Frames.from_native(leads=pl.DataFrame({"lead_id": ["L-1"], "created_at": [0]}))
AGREEMENT = Agreement(company=Company(name="Acme", zone="UTC", currency="EUR"))
MATRIX = ScoringMatrix(name="intent", flip=10, rules=[Rule("visits", when=Touched("visit"), points=5)])
CONTRACT = SlaContract.of(
    SlaTerms(terms=[Term(name="first response", kind="response", within=timedelta(hours=4))])
)
OUTCOME = LeadOutcome.ordered()

ON_FRAMES: dict[str, Callable[[Any], object]] = {
    "measure_funnel": lambda frames: measure_funnel(frames, Funnel.default(), period=YEAR),
    "measure_sales": lambda frames: measure_sales(frames, period=YEAR),
    "measure_sla": lambda frames: measure_sla(frames, CONTRACT, period=YEAR),
    "score_leads": lambda frames: score_leads(frames, MATRIX, as_of=NOW),
    "calibrate": lambda frames: calibrate(frames, OUTCOME, as_of=NOW),
    "choose_flip": lambda frames: choose_flip(
        frames, MATRIX, outcome=OUTCOME, capacity_per_week=5, as_of=NOW
    ),
    "WinModel.fit": lambda frames: WinModel.fit(frames, by=("source",), as_of=NOW),
    "backtest": lambda frames: backtest(frames, origins=[NOW], horizon_days=30),
    "measure_timing": lambda frames: measure_timing(frames, as_of=NOW),
    "measure_health": lambda frames: measure_health(frames, as_of=NOW),
    "close_loop": lambda frames: close_loop(frames, PlainTerms(currency="EUR"), period=YEAR),
    "review_period": lambda frames: review_period(frames, AGREEMENT, period=YEAR),
}


@pytest.mark.parametrize("verb", ON_FRAMES.values(), ids=ON_FRAMES)
def test_a_bare_table_in_place_of_frames_is_told_how_to_become_frames(verb: Callable[[Any], object]) -> None:
    """Somebody's first call is often with the table itself; nothing of what it holds is shown."""
    with pytest.raises(InvalidTermsError, match=r"frames takes Frames, not DataFrame: .*from_native") as told:
        verb(TABLE)
    assert "ana@" not in str(told.value)


ON_TERMS: dict[str, tuple[Callable[[Any], object], str]] = {
    "no contract": (
        lambda _: measure_sla(FRAMES, None, period=YEAR),  # type: ignore[arg-type]
        "contract takes SlaContract, not NoneType: pass agreement.sla, which is None where",
    ),
    "an agreement for its contract": (
        lambda other: measure_sla(FRAMES, other, period=YEAR),
        "contract takes SlaContract, not Agreement: pass agreement.sla",
    ),
    "an agreement for its funnel": (
        lambda other: measure_funnel(FRAMES, other, period=YEAR),
        "funnel takes Funnel, not Agreement: pass the stages, such as agreement.funnel",
    ),
    "an agreement for its matrix": (
        lambda other: score_leads(FRAMES, other, as_of=NOW),
        "matrix takes ScoringMatrix, not Agreement: pass one, or a dated one such as agreement.scoring",
    ),
    "an agreement for a model": (
        lambda other: forecast_revenue(FRAMES, other, as_of=NOW, periods=NEXT),
        "model takes WinModel, not Agreement: fit one with WinModel.fit",
    ),
    "a word for an outcome": (
        lambda _: calibrate(FRAMES, "won", as_of=NOW),  # type: ignore[arg-type]
        "outcome takes LeadOutcome, not str: pass LeadOutcome.won()",
    ),
    "a word for the outcome of a choice": (
        lambda _: choose_flip(FRAMES, MATRIX, capacity_per_week=5, outcome="won", as_of=NOW),  # type: ignore[arg-type]
        "outcome takes LeadOutcome, not str: pass LeadOutcome.won()",
    ),
    "no model of attribution": (
        lambda _: attribute(FRAMES, models=None),  # type: ignore[arg-type]
        "None is no model: pass one such as Linear()",
    ),
    "a funnel for the terms of the loop": (
        lambda _: close_loop(FRAMES, Funnel.default(), period=YEAR),  # type: ignore[arg-type]
        'terms takes an agreement or PlainTerms(currency="EUR"), not Funnel',
    ),
    "a result for its report": (
        lambda _: render(measure_sales(FRAMES, period=YEAR), "html"),  # type: ignore[arg-type]
        "report takes Report, not SalesResult: a result becomes one by its to_report(",
    ),
    "something else for an agreement": (
        lambda _: review_period(FRAMES, SimpleNamespace(), period=YEAR),  # type: ignore[arg-type]
        "agreement takes Agreement, not SimpleNamespace: read one with load_agreement(",
    ),
}


@pytest.mark.parametrize(("verb", "says"), ON_TERMS.values(), ids=ON_TERMS)
def test_terms_of_another_kind_are_told_which_are_meant(verb: Callable[[Any], object], says: str) -> None:
    """The error names the argument, what it takes, what it was given, and where to find the right one."""
    with pytest.raises(InvalidTermsError) as told:
        verb(AGREEMENT)
    assert says in str(told.value)
