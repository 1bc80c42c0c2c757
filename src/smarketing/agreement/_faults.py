"""What can be wrong with an agreement: every fault, each with its key path and the nearest known word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import attrs

from smarketing.errors import did_you_mean
from smarketing.funnel import Unit
from smarketing.language import languages
from smarketing.origin import Origin, Problem
from smarketing.scoring import campaign_faults
from smarketing.serialize import key_path
from smarketing.sla import contract_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.agreement._terms import Agreement, Company, Quota, Targets
    from smarketing.periods import Dated
    from smarketing.sla import SlaTerms

Steps = tuple[str | int, ...]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def company_faults(company: Company) -> Iterator[Problem]:
    if not company.name.strip():
        yield _fault("name", "blank-name", "the company needs a name")
    try:
        ZoneInfo(company.zone)
    except (LookupError, OSError, ValueError):
        hint = did_you_mean(company.zone, available_timezones()) or "; name one such as Europe/Madrid"
        yield _fault("zone", "unknown-zone", f"there is no time zone {company.zone!r}{hint}")
    if not re.fullmatch(r"[A-Z]{3}", company.currency):
        upper = company.currency.strip().upper()
        hint = f" (did you mean {upper!r}?)" if re.fullmatch(r"[A-Z]{3}", upper) else ", such as 'EUR'"
        message = f"{company.currency!r} is no currency: write the three capital letters of ISO 4217{hint}"
        yield _fault("currency", "unknown-currency", message)
    if company.fiscal_year_start not in range(1, 13):
        message = f"the fiscal year begins in a month from 1 to 12, not {company.fiscal_year_start}"
        yield _fault("fiscal_year_start", "invalid-month", message)
    if company.week_start not in WEEKDAYS:
        hint = did_you_mean(company.week_start[:3], WEEKDAYS) or f"; the days are {', '.join(WEEKDAYS)}"
        yield _fault("week_start", "unknown-weekday", f"{company.week_start!r} is no weekday{hint}")
    yield from _language_faults(company)


def _language_faults(company: Company) -> Iterator[Problem]:
    known = languages()
    if not company.languages:
        yield _fault("languages", "no-language", f"name at least one of the languages {', '.join(known)}")
    asked = [(f"languages[{number}]", each) for number, each in enumerate(company.languages)]
    for path, language in [*asked, *((key_path(["words", each]), each) for each in company.words)]:
        if language not in known:
            hint = did_you_mean(language, known) or f"; there are {', '.join(known)}"
            yield _fault(path, "unknown-language", f"there are no labels in the language {language!r}{hint}")


def quota_faults(quota: Quota) -> Iterator[Problem]:
    if quota.revenue is None and not quota.counts:
        message = "a quota says what to reach: give it revenue, or counts by stage"
        yield _fault("", "empty-quota", message)
    if quota.revenue is not None and quota.revenue.minor < 0:
        yield _fault("revenue", "negative-quota", "a quota cannot be below zero")
    for stage, count in quota.counts.items():
        if count < 0:
            yield _fault(key_path(["counts", stage]), "negative-quota", "a quota cannot be below zero")


def targets_faults(targets: Targets) -> Iterator[Problem]:
    if not (targets.company or targets.teams or targets.owners):
        message = "targets without a quota: give one to the company, to teams or to owners"
        yield _fault("", "no-quota", message)


def agreement_faults(agreement: Agreement) -> Iterator[Problem]:
    if agreement.funnel.unit is not Unit.LEAD:
        message = "the funnel is what leads move through: what deals move through stands under pipelines"
        yield _fault("funnel.unit", "not-for-leads", message)
    seen: set[str] = set()
    for number, pipeline in enumerate(agreement.pipelines):
        path = f"pipelines[{number}]"
        if pipeline.unit is not Unit.DEAL:
            message = "a pipeline is what deals move through: leave out its unit, or write deal"
            yield _fault(f"{path}.unit", "not-for-deals", message)
        if pipeline.name in seen:
            message = f"{pipeline.name!r} is the name of an earlier pipeline"
            yield _fault(f"{path}.name", "name-twice", message)
        seen.add(pipeline.name)
    if agreement.targets is not None:
        several = len(agreement.targets.versions) > 1
        for number, (_, targets) in enumerate(agreement.targets.versions):
            root: Steps = ("targets", number) if several else ("targets",)
            yield from _quotas_in_the_agreement(root, targets, agreement)
    for problem in campaign_faults(agreement.scoring, agreement.campaigns):
        yield attrs.evolve(problem, origin=Origin(field=f"scoring.{problem.origin.field}"))
    if agreement.grid is not None:
        several = len(agreement.grid.versions) > 1
        for number, (_, terms) in enumerate(agreement.grid.versions):
            for problem in terms.unknown_scores(agreement.scoring):
                path = f"grid[{number}].{problem.origin.field}" if several else f"grid.{problem.origin.field}"
                yield attrs.evolve(problem, origin=Origin(field=path))
    if agreement.sla_terms is not None:
        yield from _sla_faults(agreement.sla_terms, agreement)


def _sla_faults(sla: Dated[SlaTerms], agreement: Agreement) -> Iterator[Problem]:
    several = len(sla.versions) > 1
    for number, (day, terms) in enumerate(sla.versions):
        root = f"sla[{number}]" if several else "sla"
        if terms.until is not None and terms.until <= day:
            message = f"it holds from {day} and until {terms.until}: end it later, or leave until out"
            yield _fault(f"{root}.until", "dates-reversed", message)
        scores = agreement.scoring or None  # without any, a score is a field of the CRM
        for problem in contract_faults(
            terms, funnel=agreement.funnel, calendars=agreement.calendars, scores=scores
        ):
            yield attrs.evolve(problem, origin=Origin(field=f"{root}.{problem.origin.field}"))
        for index, delivery in enumerate(terms.deliveries):
            for name, money in (("amount", delivery.amount), ("value_per_lead", delivery.value_per_lead)):
                if money is not None and money.currency != agreement.company.currency:
                    message = f"it is in {money.currency}, and the agreement in {agreement.company.currency}"
                    yield _fault(f"{root}.deliveries[{index}].{name}", "other-currency", message)


def _quotas_in_the_agreement(root: Steps, targets: Targets, agreement: Agreement) -> Iterator[Problem]:
    currency, stages = agreement.company.currency, [stage.name for stage in agreement.funnel]
    quotas = [
        *([((*root, "company"), targets.company)] if targets.company else []),
        *(((*root, "teams", name), quota) for name, quota in targets.teams.items()),
        *(((*root, "owners", name), quota) for name, quota in targets.owners.items()),
    ]
    for path, quota in quotas:
        if quota.revenue is not None and quota.revenue.currency != currency:
            message = f"the company counts in {currency}: give the quota in {currency} too"
            yield _fault(key_path([*path, "revenue"]), "other-currency", message)
        for stage in quota.counts:
            if stage not in stages:
                hint = did_you_mean(stage, stages) or f"; its stages are {', '.join(stages)}"
                message = f"the funnel has no stage {stage!r}{hint}"
                yield _fault(key_path([*path, "counts", stage]), "unknown-stage", message)


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=path or None))
