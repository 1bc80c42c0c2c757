"""How a back-test is said: the verdict first, then each way to forecast, each origin, and the calibration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Metric, Note, Report, Section, Table, Tone, bar_chart
from smarketing.forecast._shock import FEWEST_PERIODS
from smarketing.language import N_, Words
from smarketing.language import words as words_of

if TYPE_CHECKING:
    from smarketing.forecast._backtest_result import Backtest, Score

__all__ = ["backtest_report", "verdict_of"]

_NAMES = {
    "model": N_("Win model"),
    "model_with_rhythm": N_("Win model with the quarter's rhythm"),
    "base_rate": N_("Share of all deals won so far"),
    "last_horizon": N_("Share of open deals won in the last horizon"),
    "stage_weighted": N_("Stage-weighted"),
    "won_of_closed": N_("Won of closed, by source"),
    "naive_bayes": N_("Naive Bayes"),
}


def verdict_of(result: Backtest, words: Words | None = None) -> str:
    """What to make of a back-test, in a few sentences."""
    words = words or words_of("en")
    return " ".join(_verdict(result, words))


def _verdict(result: Backtest, words: Words) -> Iterator[str]:
    model, rival = result.model, result.rival
    if model.log_loss is None or rival.log_loss is None or result.margin is None:
        yield words("Nothing was open at the origins whose horizon is over, so nothing can be said yet.")
        return
    numbers = {
        "model": words(_NAMES[model.name]),
        "rival": words(_NAMES[rival.name]),
        "loss": words.number(model.log_loss, 4),
        "other": words.number(rival.log_loss, 4),
    }
    error = result.margin_error or 0.0
    if result.margin > error:
        yield words(
            "Use the forecast “{model}”: what happened surprised it least, {loss} nats a deal against "
            "{other} for the best simple rule (“{rival}”).",
            **numbers,
        )
    elif result.margin < -error:
        yield words(
            "Do not use the model yet: “{rival}” did better, with {other} nats a deal against {loss} for "
            "“{model}”.",
            **numbers,
        )
    else:
        yield words(
            "The data cannot tell “{model}” ({loss} nats a deal) from the best simple rule, “{rival}” "
            "({other}).",
            **numbers,
        )
    if model.bias_share is not None:
        yield words(
            "It expected {expected} wins where {won} came.",
            expected=words.number(model.expected, 0),
            won=words.number(result.won_count),
        )
    usual = result["won_of_closed"]
    if usual.bias_share is not None:
        yield words(
            "The usual win rate, won ÷ closed, expected {expected}.",
            expected=words.number(usual.expected, 0),
        )
    if result.revenue_bias_share is not None:
        yield words(
            "Revenue was forecast {share} off in all.", share=words.share(abs(result.revenue_bias_share))
        )
    covered = result.coverage(0.8)
    if covered.trials:
        yield words(
            "The range that should hold what came 8 times in 10 held it at {held} of {all} origins.",
            held=words.number(covered.successes),
            all=words.number(covered.trials),
        )


def backtest_report(result: Backtest, words: Words | None = None) -> Report:
    """The verdict, the ways to forecast side by side, the origins, and announced against observed."""
    words = words or words_of("en")
    rows = _calibration(result.model, words)
    chart = bar_chart(rows, title=words("Announced and observed"), words=words)
    days = words("{count} days ahead", count=words.number(result.horizon_days))
    return Report(
        title=words("Forecast back-test"),
        subtitle=days,
        language=words.language,
        as_of=""
        if result.as_of is None
        else words("Known before {moment}", moment=words.instant(result.as_of)),
        sections=[
            Section(words("Verdict"), [*_lead(result, words)]),
            Section(words("The ways to forecast"), [_scores(result, words)]),
            Section(words("Origin by origin"), [*_origins(result, words)]),
            Section(words("Announced and observed"), [rows, chart] if rows.rows else [rows]),
        ],
    )


def _lead(result: Backtest, words: Words) -> Iterator[Block]:
    yield Note(verdict_of(result, words))
    yield Metric(words("Log loss"), result.log_loss, "number", digits=4)
    yield Metric(words("Bias of the wins"), result.bias_share, "share")
    if result.revenue_bias_share is not None:
        yield Metric(words("Bias of the revenue"), result.revenue_bias_share, "share")
    for level in (0.5, 0.8, 0.95):
        covered = result.coverage(level)
        note = words("{held} of {all} origins", held=str(covered.successes), all=str(covered.trials))
        yield Metric(
            words("Within the {level} range", level=words.share(level, 0)), covered.share, "share", note=note
        )


def _scores(result: Backtest, words: Words) -> Table:
    columns = [
        Column(words("Forecast")),
        Column(words("Log loss"), "number", digits=4),
        Column(words("Brier score"), "number", digits=4),
        Column(words("Expected wins"), "number", digits=0),
        Column(words("Bias"), "share"),
        Column(words("Calibration slope"), "number", digits=2),
    ]
    rows = [
        (words(_NAMES[each.name]), each.log_loss, each.brier, each.expected, each.bias_share, each.slope)
        for each in result.scores
    ]
    note = words("Log loss and Brier score: the lower the better. A slope below 1 says: too sure of itself.")
    return Table(columns, rows, note=note)


def _origins(result: Backtest, words: Words) -> Iterator[Block]:
    columns = [
        Column(words("Origin")),
        Column(words("Open deals"), "count"),
        Column(words("Won"), "count"),
        Column(words("Expected"), "number", digits=0),
        Column(words("At least"), "count"),
        Column(words("At most"), "count"),
    ]
    rows = [
        (
            words.instant(each.origin),
            each.deals_count,
            each.won_count,
            each.expected_by(result.model.name),
            each.low,
            each.high,
        )
        for each in result.origins
    ]
    yield Table(columns, rows, note=words("80 % sure that wins lie between the last two columns."))
    yield from _revenues(result, words)
    if any(each.past_count < FEWEST_PERIODS for each in result.origins):
        said = words("Where fewer than three past months tell how luck is shared, there is no range.")
        yield Note(said, Tone.WARNING)
    if result.left_out:
        days = ", ".join(words.instant(each) for each in result.left_out)
        yield Note(words("Left out, because their time is not over: {origins}", origins=days))


def _revenues(result: Backtest, words: Words) -> Iterator[Block]:
    told = [(each.origin, each.revenue) for each in result.origins if each.revenue is not None]
    if not told:
        return
    columns = [
        Column(words("Origin")),
        Column(words("Revenue"), "money"),
        Column(words("Expected"), "money"),
        Column(words("At least"), "money"),
        Column(words("At most"), "money"),
        Column(words("Stage-weighted"), "money"),
    ]
    rows = [
        (words.instant(origin), each.actual, each.expected, each.low, each.high, each.classic)
        for origin, each in told
    ]
    note = words("80 % sure that revenue lies between the two; business that was still to come is in it.")
    yield Table(columns, rows, note=note)
    unpriced = sum(each.unpriced_count for _, each in told)
    if unpriced:
        said = words(
            "Won without an amount, and missing from the revenue: {count}", count=words.number(unpriced)
        )
        yield Note(said, Tone.WARNING)


def _calibration(score: Score, words: Words) -> Table:
    columns = [
        Column(words("Announced")),
        Column(words("Expected"), "share"),
        Column(words("Observed"), "share"),
        Column(words("Deals"), "count"),
        Column(words("At least"), "share"),
        Column(words("At most"), "share"),
    ]
    rows = []
    for row in score.rows:
        said = words("{low} to {high}", low=words.share(row.low), high=words.share(row.high))
        between = row.rate.interval()
        ends = (None, None) if between is None else (between.low, between.high)
        rows.append((said, row.expected, row.rate.share, row.rate.trials, *ends))
    note = words("90 % sure that the true share lies between the last two columns.")
    return Table(columns, rows, note=note)
