"""Everything that the review page shows, measured once and kept typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import attrs

from smarketing.agreement import Agreement
from smarketing.closed_loop import AttributionResult, LoopResult, close_loop
from smarketing.dataset import Reading
from smarketing.document import Report
from smarketing.errors import InvalidFramesError, checked_kind
from smarketing.frames import Frames, checked_frames
from smarketing.funnel import Funnel, FunnelResult, SalesResult, measure_funnel, measure_sales
from smarketing.language import Words
from smarketing.origin import Problem
from smarketing.periods import Dated, Period, checked_period, start_of_day
from smarketing.review._attainment import Attainment, attainments
from smarketing.review._credit import answers_by_rule, credited, is_in_force
from smarketing.review._forecast import Outlook, outlook_of
from smarketing.review._report import review_digest, review_report
from smarketing.schema import ColumnType
from smarketing.scoring import RulesAnswered, ScoringMatrix, score_leads
from smarketing.sla import SlaResult, measure_sla

__all__ = ["Review", "review_period"]

_FUNNEL_DIMENSIONS = ("source", "source_raw", "channel", "campaign", "persona", "owner", "month")
_SALES_DIMENSIONS = (
    "month",
    "owner",
    "team",
    "source",
    "channel",
    "campaign",
    "product",
    "region",
    "account",
)
_DATED = ("leads", "deals", "closings", "stage_entries")


@attrs.frozen(kw_only=True)
class Review:
    """What happened against what was promised, in one period.

    Attributes:
        agreement: The terms that it was held against.
        period: The cohorts and the closings that it is about.
        as_of: What was known.
        funnel: The whole cohort of leads, with its velocities by source.
        funnels: The same cohort by each dimension that tells more than one group apart.
        unknown_sources: How many of the cohort have no known source, by reason.
        pipelines: Deals through each agreed pipeline, by its name.
        sales: What closed in the period, in all.
        sales_by: The same by each dimension that tells more than one group apart.
        attainments: Targets and what was reached of them.
        sla: What both departments promised each other, and whether they kept it; None where nothing was.
        outlook: The coming months and the chance of each quota; None where no deal is known.
        loop: From what was spent to what sales answered, by campaign; None where no spend is known, or
            nothing was spent and nobody captured.
        rules: By score, what sales answered about the leads that each scoring rule gave points.
        credit: Who gets the credit for what was sold, by several models; None where no touch of any buyer is
            known.
        problems: What is wrong in the data.
        readings: The account of the files.
    """

    agreement: Agreement
    period: Period
    as_of: datetime
    funnel: FunnelResult
    funnels: Mapping[str, FunnelResult]
    unknown_sources: Mapping[str, int]
    pipelines: Mapping[str, FunnelResult]
    sales: SalesResult
    sales_by: Mapping[str, SalesResult]
    attainments: tuple[Attainment, ...]
    sla: SlaResult | None
    outlook: Outlook | None
    loop: LoopResult | None
    rules: Mapping[str, RulesAnswered]
    credit: AttributionResult | None
    problems: tuple[Problem, ...]
    readings: tuple[Reading, ...]

    def to_report(self, words: Words | None = None) -> Report:
        """The page, in the agreement's first language unless other words are given."""
        return review_report(self, words or self.agreement.words())

    def to_digest(self, words: Words | None = None) -> Report:
        """The most telling part of the page, short enough for a terminal; it says what else the page has."""
        return review_digest(self, words or self.agreement.words())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_report()._repr_html_()


def review_period(
    frames: Frames,
    agreement: Agreement,
    *,
    period: Period | None = None,
    as_of: datetime | None = None,
    problems: Iterable[Problem] = (),
    readings: Iterable[Reading] = (),
) -> Review:
    """Hold what happened in a period against what was promised.

    Args:
        frames: The facts.
        agreement: The terms.
        period: By default all that is known, in whole days of the agreement's zone.
        as_of: What was known; by default the period's end.
        problems: What reading and checking the data found, to be shown with the figures.
        readings: The account of the files that were read, likewise.

    Raises:
        InvalidFramesError: There is nothing to review: no leads and no deals before `as_of`.

    Example:
        >>> import polars as pl
        >>> from smarketing.agreement import Company
        >>> agreement = Agreement(company=Company(name="Acme", zone="UTC", currency="EUR"))
        >>> leads = pl.DataFrame({"lead_id": ["L1"], "created_at": [1_767_225_600_000_000]})
        >>> review = review_period(
        ...     Frames.from_native(leads=leads), agreement, as_of=agreement.as_of("2026-02-01")
        ... )
        >>> review.funnel.total["lead"].reached_count
        1
    """
    checked_frames(frames)
    checked_kind(agreement, Agreement, "agreement", "read one with load_agreement(…)")
    period = checked_period(period or _everything(frames, agreement, as_of))
    as_of = as_of or period.end
    start = _first_evidenced(agreement.funnel)
    deals_given = bool({"deals", "closings"} & set(frames.names))

    def funnel_by(*by: str) -> FunnelResult:
        velocities = None if by in {(), ("source",)} else ((start, agreement.funnel.stages[-1].name),)
        return measure_funnel(
            frames,
            agreement.funnel,
            period=period,
            as_of=as_of,
            by=by,
            sources=agreement.sources,
            start=start,
            velocities=velocities if start != agreement.funnel.stages[-1].name else (),
        )

    def sales_by(*by: str) -> SalesResult:
        return measure_sales(frames, period=period, as_of=as_of, by=by, sources=agreement.sources)

    funnels = {name: funnel_by(name) for name in _FUNNEL_DIMENSIONS}
    reasons = funnel_by("source_reason")
    sales = {name: sales_by(name) for name in _SALES_DIMENSIONS} if deals_given else {}
    return Review(
        agreement=agreement,
        period=period,
        as_of=as_of,
        funnel=funnels["source"],
        funnels=_worth_telling(funnels),
        unknown_sources={
            str(row.values["source_reason"]): row[start].reached_count
            for row in reasons.rows
            if row.values["source_reason"]
        },
        pipelines={
            pipeline.name: measure_funnel(
                frames, pipeline, period=period, as_of=as_of, by=(), sources=agreement.sources
            )
            for pipeline in agreement.pipelines
        },
        sales=sales_by(),
        sales_by=_worth_telling(sales),
        attainments=attainments(frames, agreement, period=period, as_of=as_of),
        sla=_promised(frames, agreement, period, as_of),
        outlook=outlook_of(frames, agreement, as_of=as_of),
        loop=_closed(frames, agreement, period, as_of),
        rules=answers_by_rule(frames, agreement, period, as_of),
        credit=credited(frames, agreement, period, as_of),
        problems=tuple(problems),
        readings=tuple(readings),
    )


def _promised(frames: Frames, agreement: Agreement, period: Period, as_of: datetime) -> SlaResult | None:
    """The SLA with the scores that it promises, each by the terms in force at the moment."""
    if agreement.sla is None:
        return None
    promised = {
        delivery.score for _, terms in agreement.sla.versions.versions for delivery in terms.deliveries
    }
    scores = {
        name: _scored(frames, matrix, as_of) for name, matrix in agreement.scoring.items() if name in promised
    }
    return measure_sla(frames, agreement.sla, period=period, as_of=as_of, scores=scores)


def _closed(frames: Frames, agreement: Agreement, period: Period, as_of: datetime) -> LoopResult | None:
    """The closed loop of the leads captured in the period, where anybody said what they cost."""
    if not frames.as_of(as_of).span("spends"):
        return None
    loop = close_loop(frames, agreement, period=period, as_of=as_of)
    return loop if loop.total.spend is not None or loop.total.leads_count else None


def _scored(frames: Frames, matrix: Dated[ScoringMatrix], as_of: datetime) -> object:
    """A table of points by lead; of nobody while no version of the matrix is in force."""
    if not is_in_force(matrix, as_of):
        types = {"lead_id": ColumnType.TEXT, "score_points": ColumnType.INTEGER}
        return frames.rows({name: [] for name in types}, types).to_native()
    return score_leads(frames, matrix, as_of=as_of).frame


def _everything(frames: Frames, agreement: Agreement, as_of: datetime | None) -> Period:
    """From the day of the first lead or deal to `as_of`, or to the day after the last one.

    A record may have been created long before the version of it that is known.
    """
    known = frames.as_of(as_of) if as_of else frames
    instants = [at for table in _DATED for at in known.span(table)]
    created = [at for table in ("leads", "deals") for at in known.span(table, "created_at")]
    if not instants:
        moment = f" before {as_of.astimezone(UTC).isoformat()}" if as_of else ""
        raise InvalidFramesError(f"there is nothing to review: no lead, deal or closing is known{moment}")
    zone = agreement.company.zone
    first = min([*instants, *created]).astimezone(ZoneInfo(zone)).date()
    last = max(instants).astimezone(ZoneInfo(zone)).date()
    end = as_of or start_of_day(last + timedelta(days=1), zone)
    return Period(start=start_of_day(first, zone), end=end, zone=zone)


def _first_evidenced(funnel: Funnel) -> str:
    """The first stage that facts other than moves can enter: visitors are rarely in an export."""
    return next((stage.name for stage in funnel if stage.entered_by), funnel.stages[0].name)


_Result = TypeVar("_Result", FunnelResult, SalesResult)


def _worth_telling(results: Mapping[str, _Result]) -> dict[str, _Result]:
    """The results that tell more than one group apart, and not just as one before them does."""
    kept: dict[str, _Result] = {}
    told: list[list[object]] = []
    for name, result in results.items():
        values = [row.group[0][1] for row in result.rows]
        figures: list[object] = [(row.group[0][1], attrs.evolve(row, group=())) for row in result.rows]
        if len(values) > 1 and any(values) and figures not in told:
            kept[name] = result
            told.append(figures)
    return kept
