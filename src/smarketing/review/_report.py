"""The review page: the same order for every company, and nothing that has nothing to say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Metric, Note, Report, Section, Table
from smarketing.funnel import known_before, shown_period
from smarketing.language import Words
from smarketing.review._data import data_section
from smarketing.review._digest import digested
from smarketing.review._forecast import forecast_sections
from smarketing.review._targets import attainment_section
from smarketing.sources import LeadSource, UnknownReason

if TYPE_CHECKING:
    from smarketing.review._review import Review

__all__ = ["review_digest", "review_report"]


def review_report(review: Review, words: Words) -> Report:
    """The page in the given words."""
    return _report(review, words, [section for section, _ in _sections(review, words)])


def review_digest(review: Review, words: Words) -> Report:
    """The most telling sections, their tables cut short, and the titles of the others."""
    sections = [*_sections(review, words)]
    shown = [*digested((section for section, is_telling in sections if is_telling), words)]
    others = [section.title for section, is_telling in sections if not is_telling and section.level == 2]
    if others:
        shown.append(Section(words("Also on the page"), [Note(" · ".join(others))]))
    return _report(review, words, shown)


def _report(review: Review, words: Words, sections: Iterable[Section]) -> Report:
    return Report(
        title=words("Smarketing review"),
        subtitle=review.agreement.company.name,
        language=words.language,
        period=shown_period(review.period, words),
        as_of=known_before(review.funnel, words),
        sections=sections,
    )


def _sections(review: Review, words: Words) -> Iterator[tuple[Section, bool]]:
    """Each section, and whether it is among the most telling ones."""
    channel = "channel" if "channel" in review.funnels else "source_raw"
    telling = {channel, "campaign", "month"}
    yield Section(words("At a glance"), [*_metrics(review, words)]), True
    if review.funnel.total[review.funnel.start].reached_count:
        yield _stages_section(review, words), False
        for section in review.funnel.to_report(words).sections:
            yield section, True
        yield _sources_section(review, words), False
        for name, result in review.funnels.items():
            if name != "source":
                yield result.to_report(words).sections[1], name in telling
    for name, pipeline in review.pipelines.items():
        if not pipeline.total[pipeline.start].reached_count:
            continue
        title = words("Pipeline {name}", name=name)
        for section in _renamed(title, pipeline.to_report(words).sections):
            yield section, not review.funnel.rows and section.level == 2
    yield from _promised_sections(review, words)
    yield from _loop_sections(review, words)
    for name, sold in review.sales_by.items():
        for section in sold.to_report(words).sections:
            yield section, name in {"month", "owner"}
    if not review.sales_by and review.sales.total.win_rate.trials:
        for section in review.sales.to_report(words).sections:
            yield section, True
    yield data_section(review.readings, review.problems, words), True


_SLA_AT_A_GLANCE = 3
"""The sections of the SLA that a digest shows: both sides, then each side's promises."""


def _promised_sections(review: Review, words: Words) -> Iterator[tuple[Section, bool]]:
    """What was to be reached, and what both departments promised each other."""
    if review.attainments:
        yield attainment_section(review.attainments, review.agreement, words), True
    if review.sla is not None:
        report = review.sla.to_report(words)
        for number, section in enumerate(_renamed(report.title, report.sections)):
            yield section, number < _SLA_AT_A_GLANCE
    if review.outlook is not None:
        for number, section in enumerate(forecast_sections(review.outlook, words)):
            yield section, number == 0


_LOOP_AT_A_GLANCE = 1
"""The sections of the closed loop that a digest shows, besides what to do next."""


def _loop_sections(review: Review, words: Words) -> Iterator[tuple[Section, bool]]:
    """From what was spent to what sales answered and what to do next; whose rules and touches brought it."""
    if review.loop is not None:
        report = review.loop.to_report(words)
        for number, section in enumerate(_renamed(report.title, report.sections)):
            yield section, number < _LOOP_AT_A_GLANCE or section.title == words("What to do next")
    for name, answered in review.rules.items():
        for section in answered.to_report(words).sections:
            title = section.title if len(review.rules) == 1 else f"{section.title} ({name})"
            yield Section(title, section.blocks, level=2 if review.loop is None else 3), False
    if review.credit is not None:
        report = review.credit.to_report(words)
        for section in _renamed(report.title, report.sections):
            yield section, False


def _renamed(title: str, sections: Iterable[Section]) -> Iterator[Section]:
    for number, section in enumerate(sections):
        yield (
            Section(title, section.blocks, intro=section.intro)
            if number == 0
            else Section(section.title, section.blocks, level=3, intro=section.intro)
        )


def _metrics(review: Review, words: Words) -> Iterator[Block]:
    funnel, total = review.funnel, review.funnel.total
    start, end = funnel.start, total.stages[-1].stage
    if total[start].reached_count:
        yield Metric(words(funnel.labels[start]), total[start].reached_count, "count")
    if total[start].reached_count and start != end:
        rate = total.conversion(start, end)
        interval = rate.interval(0.9)
        between = (
            words("between {low} and {high}", low=words.share(interval.low), high=words.share(interval.high))
            if interval
            else ""
        )
        yield Metric(words(funnel.labels[end]), rate.successes, "count")
        label = words("{start} to {end}", start=words(funnel.labels[start]), end=words(funnel.labels[end]))
        yield Metric(label, rate.share, "share", note=between)
    sold = review.sales.total
    if sold.won_count or sold.lost_count:
        closed = words("of {count} closed", count=words.number(sold.won_count + sold.lost_count))
        yield Metric(words("Deals won"), sold.won_count, "count", note=closed)
        for money in sold.revenue.values():
            yield Metric(words("Revenue"), money, "money", digits=0)
    count = len(review.problems)
    if review.readings or count:
        yield Metric(
            words("Problems in the data"), count, "count", note=words("listed at the end") if count else ""
        )


def _stages_section(review: Review, words: Words) -> Section:
    """The shared language: each stage, what it means, and whose it is."""
    table = Table(
        [Column(words("Stage")), Column(words("Meaning")), Column(words("Owner department"))],
        [
            (
                words(stage.label),
                words(stage.meaning) if stage.meaning else None,
                ", ".join(words(owner.capitalize()) for owner in sorted(stage.owners)),
            )
            for stage in review.agreement.funnel
        ],
    )
    return Section(words("The agreed stages"), [table])


def _sources_section(review: Review, words: Words) -> Section:
    """Who began the relationship, what to make of it, and how many nobody knows."""
    blocks: list[Block] = []
    present = {row.values["source"] for row in review.funnel.rows}
    for source in LeadSource:
        if source in present and source is not LeadSource.UNKNOWN:
            playbook = source.playbook
            advice = " ".join(words(each) for each in playbook.advice)
            blocks.append(
                Note(f"{words(source.label)} ({words(playbook.began)}). {words(playbook.nature)} {advice}")
            )
    if review.unknown_sources:
        table = Table(
            [Column(words("Why the source is unknown")), Column(words("Records"), "count")],
            [
                (words(UnknownReason(reason).label), count)
                for reason, count in sorted(review.unknown_sources.items())
            ],
        )
        blocks.append(table)
    return Section(words("What the sources mean"), blocks)
