"""Terms are checked when they are made, and what changed between two agreements is said in words."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import date, timedelta

import attrs
import pytest

from smarketing.agreement import Agreement, Company, Quota, Targets
from smarketing.calendars import BusinessCalendar
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.funnel import Funnel, Stage
from smarketing.periods import Dated
from smarketing.sla import SlaTerms, Term
from smarketing.sources import SourceRules
from smarketing.values import Money, Share

COMPANY = Company(name="Acme", zone="Europe/Madrid", currency="EUR")
BASE = Agreement(company=COMPANY)
RULES = SourceRules.default()
OFFICE = BusinessCalendar(zone="Europe/Madrid", windows={"mon-fri": "09:00-17:00"})
OWN = {"es": {"Lead": "Contacto"}}
QUOTA = Quota(revenue=Money.of(1000, "EUR"), counts={"lead": 10})
TARGETED = attrs.evolve(BASE, targets=Dated.of(Targets(company=QUOTA)))


def staged(name: str, **changes: object) -> Agreement:
    """The agreement with one stage changed."""
    stages = [attrs.evolve(each, **changes) if each.name == name else each for each in BASE.funnel]
    return attrs.evolve(BASE, funnel=attrs.evolve(BASE.funnel, stages=stages))


def test_an_agreement_cannot_be_changed_behind_its_back() -> None:
    """Not even what it was made from."""
    own = {"es": {"Lead": "Contacto"}}
    company = attrs.evolve(COMPANY, words=own)
    own["es"]["Lead"] = "Otro"
    assert company.words == {"es": {"Lead": "Contacto"}}
    with pytest.raises(TypeError):
        company.words["es"]["Lead"] = "Otro"  # type: ignore[index]
    assert len({COMPANY, company, attrs.evolve(COMPANY)}) == 2


def test_terms_made_in_code_are_checked_like_those_of_a_file() -> None:
    """Every fault at once, each with its path."""
    pipeline = Funnel.classic_pipeline()
    with pytest.raises(InvalidTermsError) as caught:
        Agreement(
            company=COMPANY,
            funnel=pipeline,
            pipelines=(pipeline, pipeline, Funnel.default()),
            targets=Dated.of(Targets(teams={"south": Quota(revenue=Money.of(1, "USD"), counts={"wonn": 1})})),
        )
    assert {problem.origin.field for problem in caught.value.problems} == {
        "funnel.unit",
        "pipelines[1].name",
        "pipelines[2].unit",
        "targets.teams.south.revenue",
        "targets.teams.south.counts.wonn",
    }


def test_labels_of_a_language_that_does_not_exist_are_refused() -> None:
    """Nothing falls back to another language silently."""
    with pytest.raises(UnknownNameError):
        BASE.words("fr")


def test_an_agreement_can_be_copied_sent_to_another_process_and_used_as_a_key() -> None:
    """Whatever it holds."""
    full = attrs.evolve(
        TARGETED, calendars={"sales": Dated.of(OFFICE)}, company=attrs.evolve(COMPANY, words=OWN)
    )
    for copied in (copy.deepcopy(full), pickle.loads(pickle.dumps(full))):  # noqa: S301
        assert copied == full
        assert hash(copied) == hash(full)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            BASE,
            staged("lead", owners={"marketing", "sales"}),
            ["funnel: stage 'lead' now also belongs to sales"],
        ),
        (
            staged("lead", owners={"marketing", "sales"}),
            BASE,
            ["funnel: stage 'lead' no longer belongs to sales"],
        ),
        (
            BASE,
            staged("sql", kind="sla", max_stay=timedelta(days=2), probability=Share.percent(10)),
            [
                "funnel: stage 'sql': kind was 'inventory', is now 'sla'",
                "funnel: stage 'sql': max stay was not said, is now '2 days'",
                "funnel: stage 'sql': probability was not said, is now '0.1'",
            ],
        ),
        (
            BASE,
            attrs.evolve(BASE, funnel=attrs.evolve(BASE.funnel, stages=BASE.funnel.stages[1:])),
            ["funnel: stage 'prospect' is gone"],
        ),
        (
            BASE,
            attrs.evolve(BASE, funnel=attrs.evolve(BASE.funnel, stages=BASE.funnel.stages[::-1])),
            ["funnel: the order of the stages is now customer, opportunity, sql, mql, lead, prospect"],
        ),
        (
            BASE,
            attrs.evolve(
                BASE,
                funnel=attrs.evolve(
                    BASE.funnel, stages=(*BASE.funnel.stages, Stage(name="fan", owners="sales"))
                ),
            ),
            ["funnel: stage 'fan' is new"],
        ),
        (
            BASE,
            attrs.evolve(BASE, sources=Dated.of(SourceRules(RULES.rules[1:]))),
            ["sources: rule referral when referred_by is * is gone"],
        ),
        (
            BASE,
            attrs.evolve(BASE, sources=Dated.of(SourceRules(RULES.rules[::-1]))),
            ["sources: the order of the rules is now "],
        ),
        (
            BASE,
            attrs.evolve(BASE, sources=Dated(((date.min, RULES), (date(2026, 7, 1), RULES)))),
            ["sources: there are new terms from 2026-07-01"],
        ),
        (
            attrs.evolve(BASE, sources=Dated(((date.min, RULES), (date(2026, 7, 1), RULES)))),
            attrs.evolve(
                BASE,
                sources=Dated(((date.min, RULES), (date(2026, 7, 1), attrs.evolve(RULES, unknown_words=())))),
            ),
            ["sources from 2026-07-01: unknown word "],
        ),
        (BASE, attrs.evolve(BASE, calendars={"sales": Dated.of(OFFICE)}), ["calendar 'sales' is new"]),
        (
            attrs.evolve(BASE, calendars={"sales": Dated.of(OFFICE)}),
            attrs.evolve(
                BASE, calendars={"sales": Dated.of(attrs.evolve(OFFICE, holidays={date(2026, 1, 6)}))}
            ),
            ["calendar 'sales': holiday '2026-01-06' is new"],
        ),
        (BASE, TARGETED, ["the targets are new"]),
        (TARGETED, BASE, ["the targets are gone"]),
        (
            TARGETED,
            attrs.evolve(
                BASE,
                targets=Dated.of(
                    Targets(company=attrs.evolve(QUOTA, counts={"lead": 12}), owners={"ana": QUOTA})
                ),
            ),
            ["targets: company: count 'lead' was 10, is now 12", "targets: owner 'ana' is new"],
        ),
        (
            BASE,
            attrs.evolve(BASE, company=attrs.evolve(COMPANY, zone="UTC", words={"es": {"Lead": "Contacto"}})),
            ["company: zone was 'Europe/Madrid', is now 'UTC'", "company: own words 'es' is new"],
        ),
        (BASE, attrs.evolve(BASE, pipelines=(Funnel.classic_pipeline(),)), ["pipeline 'classic' is new"]),
        (BASE, attrs.evolve(BASE, version="2"), ["version was '', is now '2'"]),
        (BASE, attrs.evolve(BASE), []),
    ],
)
def test_a_change_is_said_in_words(old: Agreement, new: Agreement, said: list[str]) -> None:
    """One sentence each, and nothing of what stayed."""
    sentences = old.diff(new)
    assert bool(said) == bool(sentences)
    for sentence in said:
        assert any(each.startswith(sentence) for each in sentences), sentences
    if not any(each.endswith(" ") for each in said):
        assert len(sentences) == len(said)


def test_nothing_is_promised_before_the_agreement_takes_effect() -> None:
    """Targets and SLA hold from its day, unless a version has its own; rules that only read hold always."""
    agreed = date(2024, 1, 1)
    undated = Dated.of(Targets(company=QUOTA))
    raised = Dated(((date.min, Targets(company=QUOTA)), (date(2025, 1, 1), Targets(owners={"ana": QUOTA}))))
    own_day = Dated(((date(2023, 7, 1), Targets(company=QUOTA)),))
    promise = SlaTerms(terms=[Term(name="first response", kind="response", within=timedelta(hours=4))])

    def days(targets: Dated[Targets]) -> list[date]:
        given = attrs.evolve(BASE, effective_from=agreed, targets=targets).targets
        return [day for day, _ in given.versions] if given else []

    assert days(undated) == [agreed]
    assert days(raised) == [agreed, date(2025, 1, 1)]
    assert days(own_day) == [date(2023, 7, 1)]
    agreement = attrs.evolve(BASE, effective_from=agreed, sla=Dated.of(promise))
    assert agreement.sla is not None
    assert agreement.sla.versions.covers(agreed)
    assert not agreement.sla.versions.covers(agreed - timedelta(days=1))
    assert agreement.sources.covers(date.min)
    assert attrs.evolve(agreement, effective_from=None).sla_terms == Dated.of(promise)


@pytest.mark.parametrize(
    "make",
    [
        Quota,
        lambda: Quota(counts={"lead": -1}),
        lambda: Quota(revenue=Money(-1, "EUR")),
        Targets,
        lambda: Company(name="", zone="UTC", currency="EUR"),
        lambda: Company(name="A", zone="../etc", currency="EUR"),
        lambda: Company(name="A", zone="UTC", currency="€"),
    ],
)
def test_terms_that_cannot_be_used_are_refused(make: Callable[[], object]) -> None:
    """When they are made, not when they are used."""
    with pytest.raises(InvalidTermsError):
        make()
