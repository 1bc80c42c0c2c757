"""What cannot be asked of a forecast is refused by name, with what to give instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from forecast_books import at, book, forecast_of

from smarketing import Frames, Period
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.forecast import (
    Forecast,
    WinModel,
    backtest,
    compare_forecasts,
    forecast_revenue,
    measure_timing,
    read_deals,
    score_judgements,
)

AS_OF = at(121, 0)
MONTHS = Period.months(AS_OF, 3)
WALL = datetime(2026, 5, 1)  # noqa: DTZ001 (that is the mistake)


@cache
def frames() -> Frames:
    """The book."""
    return Frames.from_dataset(book())


@cache
def model() -> WinModel:
    """How its deals are won."""
    return WinModel.fit(frames(), by=("source",), as_of=AS_OF)


@cache
def forecast() -> Forecast:
    """Three months to come."""
    return forecast_revenue(frames(), model(), as_of=AS_OF, periods=MONTHS)


def test_one_name_to_split_by_may_be_a_text() -> None:
    """`by="source"` is one name, not six letters."""
    assert WinModel.fit(frames(), by="source", as_of=AS_OF) == model()
    told = forecast_revenue(frames(), model(), as_of=AS_OF, periods=MONTHS, by="owner")
    assert told.by == ("owner",)
    assert read_deals(frames(), as_of=AS_OF, by="owner").by == ("owner",)
    assert measure_timing(frames(), by="owner", as_of=AS_OF).by == ("owner",)
    report = backtest(frames(), by="source", origins=[at(60, 0)], horizon_days=30, revenue=False)
    assert report.by == ("source",)


ASKED: dict[str, tuple[Callable[[], Any], str]] = {
    "a wall clock to forecast from": (
        lambda: forecast_revenue(frames(), model(), as_of=WALL, periods=MONTHS), "has no time zone",
    ),
    "a wall clock to score at": (
        lambda: score_judgements(forecast(), frames(), as_of=WALL), "has no time zone",
    ),
    "a wall clock for one deal": (
        lambda: model().probability(forecast().deals[0].deal, as_of=WALL), "has no time zone",
    ),
    "one period": (
        lambda: forecast_revenue(frames(), model(), as_of=AS_OF, periods=MONTHS[0]),  # type: ignore[arg-type]
        r"one Period, not several periods(?s:.*)Period.months",
    ),
    "periods as text": (
        lambda: forecast_revenue(frames(), model(), as_of=AS_OF, periods=["2026-05"]),  # type: ignore[list-item]
        "'2026-05' is a str, not a Period",
    ),
    "a period to compare as text": (
        lambda: compare_forecasts(forecast(), forecast(), period="2026-05"),  # type: ignore[arg-type]
        "'2026-05' is a str, not a Period",
    ),
    "a quantile as text": (lambda: forecast().periods[0].quantile("0.1"), "the share is '0.1'"),  # type: ignore[arg-type]
    "a level in percent": (lambda: forecast().periods[0].interval(80), "the level is 80: .*such as 0.8"),
    "a level below nothing": (lambda: forecast().periods[0].interval(-0.5), "the level is -0.5"),
    "a target as text": (lambda: forecast().periods[0].chance_of("100"), "the target is '100': give Money"),  # type: ignore[arg-type]
    "a target that is no number": (
        lambda: forecast().periods[0].chance_of(float("nan")), "the target is nan: give Money",  # type: ignore[arg-type]
    ),
    "days as text": (
        lambda: model().probability(forecast().deals[0].deal, as_of=AS_OF, within="30"),  # type: ignore[arg-type]
        "'30' is no number of days(?s:.*)within: give a whole number of days",
    ),
    "days and a half": (
        lambda: model().chance({"source": "unknown"}, within=timedelta(hours=36)), "is no number of days",
    ),
    "days that are no number": (
        lambda: model().chance({"source": "unknown"}, within=float("nan")),  # type: ignore[arg-type]
        "nan is no number of days",
    ),
    "days that are over": (lambda: model().chance({"source": "unknown"}, within=-1), "0 or more"),
    "a history before it began": (
        lambda: forecast_revenue(frames(), model(), as_of=AS_OF, periods=MONTHS, history_days=-5),
        "history_days: give a whole number of days, 1 or more",
    ),
    "to look back before today": (
        lambda: WinModel.fit(frames(), by=(), as_of=AS_OF, lookback_days=-5), "lookback_days: .* 1 or more",
    ),
    "typical days of nothing": (
        lambda: WinModel.fit(frames(), by=(), as_of=AS_OF, typical_days=0), "typical_days is 0",
    ),
    "a weight that is no number": (
        lambda: WinModel.fit(frames(), by=(), as_of=AS_OF, weight=float("nan")), "weight is nan",
    ),
    "a confidence in percent": (
        lambda: model().interval({"source": "unknown"}, level=90), "the level is 90: .*such as 0.9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_wrong_kind_is_told_with_what_to_give(asked: str) -> None:
    """A text for a number, a wall clock for an instant, one for several: each says its own name."""
    ask, message = ASKED[asked]
    with pytest.raises((ValueError, TypeError), match=message):
        ask()


def test_a_model_of_leads_forecasts_no_deals() -> None:
    """What it knows is how leads become customers, which would be far too low."""
    of_leads = WinModel.fit(frames(), by=(), as_of=AS_OF, unit="lead")
    with pytest.raises(InvalidTermsError, match=r'unit="deal".*\[wrong-unit\]'):
        forecast_revenue(frames(), of_leads, as_of=AS_OF, periods=MONTHS)


def test_a_document_that_was_tampered_with_is_no_model() -> None:
    """Its zone and its numbers are checked as it is read."""
    plain = model().to_dict()
    with pytest.raises(InvalidTermsError, match="Europe/Madrid"):
        WinModel.from_dict({**plain, "zone": "Europe/Madird"})
    with pytest.raises(ValueError, match="typical_days is -1"):
        WinModel.from_dict({**plain, "typical_days": -1})
    assert WinModel.from_dict(plain) == model()


def test_names_that_are_not_there_are_told_with_the_nearest() -> None:
    """Rows, judges, and ways to forecast."""
    company = forecast_of(book(), by=("owner",))
    with pytest.raises(UnknownNameError, match=r"'boss' judges no deals: ask for 'model' or 'people'"):
        company.roll_ups("boss")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match=r"'peple' judges no deals \(did you mean 'people'\?\)"):
        company.periods[0].roll_ups("peple")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match=r"split by 'ownr' \(did you mean 'owner'\?\)"):
        company.periods[0].against(1, ownr="ana")
    report = backtest(frames(), by="source", origins=[at(60, 0)], horizon_days=30, revenue=False)
    with pytest.raises(UnknownNameError, match="no forecast 'mean' was tried: there are model"):
        report["mean"]
