"""What a scenario expects, held against one record's timeline or the measured funnel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from smarketing.agreement import load_agreement
from smarketing.errors import SmarketingError
from smarketing.facts import Deal, DealClosed, DealReopened, Fact
from smarketing.funnel import Funnel, Stay, Timeline, timeline
from smarketing.periods import Dated, Period, start_of_day
from smarketing.scoring import ScoringMatrix
from smarketing.sources import SourceRules
from smarketing.testing._expect_scores import score_differences

Line = Mapping[str, object]

_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Terms:
    """The terms by which a scenario is read."""

    zone: str
    funnel: Funnel
    pipeline: Funnel
    sources: Dated[SourceRules]
    scoring: Mapping[str, ScoringMatrix] = attrs.field(factory=dict)

    @classmethod
    def default(cls, zone: str) -> Terms:
        """The six stages, the classic pipeline, and the usual words for sources."""
        rules = Dated.of(SourceRules.default())
        return cls(zone=zone, funnel=Funnel.default(), pipeline=Funnel.classic_pipeline(), sources=rules)

    @classmethod
    def agreed(cls, file: Path, zone: str | None) -> Terms:
        """The terms of an agreement."""
        agreement = load_agreement(file)
        pipeline = agreement.pipelines[0] if agreement.pipelines else Funnel.classic_pipeline()
        own = zone or agreement.company.zone
        return cls(zone=own, funnel=agreement.funnel, pipeline=pipeline, sources=agreement.sources)


def differences(facts: Sequence[Fact], as_of: datetime, line: Line, terms: Terms) -> Iterator[str]:
    """Each thing that is not as one line expects, in a sentence."""
    said = as_of.astimezone(ZoneInfo(terms.zone))
    moment = str(said.date()) if as_of == start_of_day(said.date(), terms.zone) else f"{said:%Y-%m-%d %H:%M}"
    if "conversions" in line:
        yield from (f"as of {moment}: {one}" for one in _of_funnel(facts, as_of, line, terms))
    for subject in ("lead", "deal"):
        if subject in line:
            record = str(line[subject])
            about = _about(facts, subject, record)
            story = timeline(about, terms.funnel if subject == "lead" else terms.pipeline, as_of=as_of)
            found = [*_of_record(story, line, terms.zone)]
            if subject == "lead":
                found += score_differences(facts, as_of, line, terms.scoring)
            yield from (f"as of {moment}, {subject} {record}: {one}" for one in found)


def _of_record(story: Timeline, line: Line, zone: str) -> Iterator[str]:
    found: dict[str, object] = {
        "stage": story.stage_now,
        "assigned": story.assigned_to,
        "owners": sorted(story.owners_now),
        "problems": [problem.code for problem in story.problems],
    }
    wanted = {"problems": [], **line}
    for name, value in found.items():
        if name in wanted:
            expected = wanted[name] or None if name in {"stage", "assigned"} else wanted[name]
            expected = (
                sorted(map(str, expected)) if name == "owners" and isinstance(expected, list) else expected
            )
            if expected != value:
                yield f"{name} should be {_shown(expected)}, and is {_shown(value)}"
    yield from _way(line, story, zone)
    for name, read in (("why", _why), ("by", _by)):
        yield from _by_stage(line, name, {stay.stage: read(stay) for stay in story.stays})
    yield from _by_stage(line, "days", {stay.stage: _days_in(story, stay.stage) for stay in story.stays})


def _days_in(story: Timeline, stage: str) -> float | None:
    spent = story.time_in_stage(stage)
    return None if spent is None else round(spent / _DAY, 2)


def _why(stay: Stay) -> str | None:
    return stay.why


def _by(stay: Stay) -> str | None:
    return stay.by


def _about(facts: Sequence[Fact], subject: str, record: str) -> list[Fact]:
    """The facts about one lead, all about its deals included, or about one deal."""
    deals = {fact.deal_id for fact in facts if isinstance(fact, Deal) and fact.lead_id == record}
    chosen: list[Fact] = []
    for fact in facts:
        deal, lead = getattr(fact, "deal_id", None), getattr(fact, "lead_id", None)
        is_of_deal = deal is not None and isinstance(fact, Deal | DealClosed | DealReopened)
        if deal == record if subject == "deal" else lead == record or (is_of_deal and deal in deals):
            chosen.append(fact)
    return chosen


def _way(line: Line, story: Timeline, zone: str) -> Iterator[str]:
    """Where it was: "mql", "mql on 2026-01-09" or "mql (skipped)"."""
    expected = line.get("way")
    if not isinstance(expected, list):
        return
    found = [(stay.stage + (" (skipped)" if stay.filled else ""), stay.entered_at) for stay in story.stays]
    dated = [f"{name} on {at.astimezone(ZoneInfo(zone)).date()}" for name, at in found]
    shown = [
        full if " on " in str(asked) else name
        for (name, _), full, asked in zip(found, dated, [*expected, *[""] * len(found)], strict=False)
    ]
    if shown != expected:
        yield f"way should be {_shown(expected)}, and is {_shown(shown)}"


def _by_stage(line: Line, name: str, found: Mapping[str, object]) -> Iterator[str]:
    expected = line.get(name)
    if not isinstance(expected, dict):
        return
    for stage, value in expected.items():
        if found.get(stage) != value:
            yield f"{name} of {stage} should be {_shown(value)}, and is {_shown(found.get(stage))}"


def _of_funnel(facts: Sequence[Fact], as_of: datetime, line: Line, terms: Terms) -> Iterator[str]:
    """Conversions as "1 of 2", of the whole cohort or of one source."""
    from smarketing.frames import Frames
    from smarketing.funnel import measure_funnel

    expected, source = line["conversions"], line.get("source")
    if not isinstance(expected, dict):
        return
    first = min((fact.occurred_at for fact in facts), default=as_of - _DAY)
    whole = Period(start=min(first, as_of - _DAY), end=as_of, zone=terms.zone)
    period = Period.parse(str(line["period"]), terms.zone) if "period" in line else whole
    result = measure_funnel(
        Frames.from_dataset(facts),
        terms.funnel,
        period=period,
        as_of=as_of,
        by=("source",),
        sources=terms.sources,
    )
    try:
        row = result.total if source is None else result.row(source=str(source))
    except SmarketingError as error:
        yield str(error)
        return
    for pair, value in expected.items():
        start, _, end = str(pair).partition(" to ")
        rate = row.conversion(start, end)
        found = f"{rate.successes} of {rate.trials}"
        if found != value:
            yield f"{pair} should be {_shown(value)}, and is {found!r}"


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)
