"""The review page: the same order for every company, and nothing that has nothing to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from smarketing.document import Block, Column, Metric, Note, Report, Section, Table, Tone
from smarketing.funnel import known_before, shown_period
from smarketing.language import N_, Words
from smarketing.origin import Severity
from smarketing.sources import LeadSource, UnknownReason
from smarketing.values import Money

if TYPE_CHECKING:
    from smarketing.review._review import Review

__all__ = ["review_report"]

_PARTIES = {"company": N_("Company"), "team": N_("Team"), "owner": N_("Owner")}
_MOST_PROBLEMS = 8
"""How many problems of one kind the page shows; it says how many there are."""


def review_report(review: Review, words: Words) -> Report:
    """The page in the given words."""
    return Report(
        title=words("Smarketing review"),
        subtitle=review.agreement.company.name,
        language=words.language,
        period=shown_period(review.period, words),
        as_of=known_before(review.funnel, words),
        sections=list(_sections(review, words)),
    )


def _sections(review: Review, words: Words) -> Iterator[Section]:
    yield Section(words("At a glance"), [*_metrics(review, words)])
    has_leads = bool(review.funnel.total[review.funnel.start].reached_count)
    if has_leads:
        yield _stages_section(review, words)
        flow, *rest = review.funnel.to_report(words).sections
        yield flow
        yield from rest
        yield _sources_section(review, words)
        for name, result in review.funnels.items():
            if name != "source":
                yield result.to_report(words).sections[1]
    for name, pipeline in review.pipelines.items():
        title = words("Pipeline {name}", name=name)
        yield from _renamed(title, pipeline.to_report(words).sections)
    if review.attainments:
        yield _attainment_section(review, words)
    for sold in review.sales_by.values():
        yield from sold.to_report(words).sections
    yield _data_section(review, words)


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
        rate = total.conversion(start, end)
        interval = rate.interval(0.9)
        between = (
            words("between {low} and {high}", low=words.share(interval.low), high=words.share(interval.high))
            if interval
            else ""
        )
        yield Metric(words(funnel.labels[start]), rate.trials, "count")
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


def _attainment_section(review: Review, words: Words) -> Section:
    rows = []
    for each in review.attainments:
        stage = review.agreement.funnel.places.get(each.what)
        what = words(stage.label) if stage else words("Revenue")
        who = each.name or words(_PARTIES[each.party])
        period = shown_period(each.period, words)
        money = isinstance(each.target, Money)
        rows.append(
            (
                period,
                who,
                what,
                each.target if money else None,
                each.reached if money else None,
                None if money else each.target,
                None if money else each.reached,
                each.share,
            )
        )
    columns = [
        Column(words("Period")),
        Column(words("Whose")),
        Column(words("What")),
        Column(words("Target, money"), "money"),
        Column(words("Reached, money"), "money"),
        Column(words("Target, records"), "count"),
        Column(words("Reached, records"), "count"),
        Column(words("Attained"), "share"),
    ]
    used = [k for k in range(len(columns)) if any(row[k] is not None for row in rows)]
    table = Table([columns[k] for k in used], [tuple(row[k] for k in used) for row in rows])
    return Section(words("Targets"), [table])


def _data_section(review: Review, words: Words) -> Section:
    """What was read, and what is wrong in it."""
    blocks: list[Block] = []
    if review.readings:
        blocks.append(_readings_table(review, words))
    if not review.problems:
        blocks.append(Note(words("No problem was found in the data.")))
        return Section(words("The data"), blocks)
    codes = Counter((problem.severity, problem.code) for problem in review.problems)
    counts = Table(
        [Column(words("Problem")), Column(words("Severity")), Column(words("Count"), "count")],
        [(code, words(_SEVERITIES[severity]), n) for (severity, code), n in sorted(codes.items())],
        caption=words("Problems by kind"),
    )
    shown: list[tuple[str, str, str]] = []
    seen: Counter[str] = Counter()
    for problem in review.problems:
        seen[problem.code] += 1
        if seen[problem.code] <= _MOST_PROBLEMS:
            shown.append((problem.code, str(problem.origin), problem.message))
    listed = Table(
        [Column(words("Problem")), Column(words("Where")), Column(words("What is wrong"))],
        sorted(shown),
        caption=words("Problems, the first of each kind"),
        note=words("`smarketing check` lists them all."),
    )
    tone = Tone.PROBLEM if any(p.severity is Severity.ERROR for p in review.problems) else Tone.WARNING
    blocks += [
        Note(words("Mend these first: every figure on this page stands on them."), tone),
        counts,
        listed,
    ]
    return Section(words("The data"), blocks)


_SEVERITIES = {Severity.ERROR: N_("Error"), Severity.WARNING: N_("Warning")}


def _readings_table(review: Review, words: Words) -> Table:
    rows = [
        (
            reading.file,
            reading.rows_count,
            reading.gave_count,
            reading.joined_count,
            reading.excluded_count,
            reading.refused_count,
        )
        for reading in review.readings
    ]
    return Table(
        [
            Column(words("File")),
            Column(words("Rows"), "count"),
            Column(words("Gave facts"), "count"),
            Column(words("Looked up"), "count"),
            Column(words("Left out by the mapping"), "count"),
            Column(words("Refused"), "count"),
        ],
        rows,
        caption=words("Every row that was read"),
    )
