"""What is written is read back equal, the starter and the examples included."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.agreement import Agreement, Company, Quota, Targets, load_agreement, starter_agreement
from smarketing.calendars import BusinessCalendar
from smarketing.errors import UnknownNameError
from smarketing.funnel import Detour, Funnel, Stage
from smarketing.periods import Dated
from smarketing.sources import LeadSource, SourceRule, SourceRules
from smarketing.testing.strategies import agreements
from smarketing.values import Money, Points, Share

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NAMES = TEXTS.filter(str.strip)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
QUOTAS = st.builds(
    Quota,
    revenue=st.builds(Money, st.integers(0, 10**12), st.just("EUR")),
    counts=st.dictionaries(st.sampled_from(["lead", "customer"]), st.integers(0, 10**6)),
)
TARGETS = st.builds(
    Targets,
    per=st.sampled_from(["month", "quarter", "year"]),
    company=QUOTAS,
    teams=st.dictionaries(TEXTS, QUOTAS, max_size=2),
    owners=st.dictionaries(TEXTS, QUOTAS, max_size=2),
)
STAGES = st.builds(
    Stage,
    name=st.just("lead"),
    owners=st.frozensets(NAMES, min_size=1, max_size=3),
    label=TEXTS,
    meaning=TEXTS,
    probability=st.none() | st.builds(Share, st.integers(0, 10**6)),
) | st.builds(
    Stage,
    name=st.just("lead"),
    owners=st.just("sales"),
    kind=st.just("sla"),
    max_stay=st.timedeltas(min_value=timedelta(microseconds=1)),
)
FUNNELS = st.builds(
    lambda name, first: Funnel(
        name=name,
        stages=[first, Stage(name="customer", owners="sales", entered_by=["deal_won"])],
        detours=[Detour(name="nurture", kind="recycled", returns_to="lead", owners="marketing")],
    ),
    NAMES,
    STAGES,
)
SOURCES = st.builds(
    lambda texts, note: SourceRules(
        [SourceRule(LeadSource.SEARCH, {"utm_source": [f"x{each}" for each in texts]}, note)], ["unknown"]
    ),
    st.lists(TEXTS, min_size=1, max_size=3),
    TEXTS,
)
CALENDARS = st.builds(
    BusinessCalendar,
    zone=st.sampled_from(["UTC", "America/Sao_Paulo"]),
    windows=st.sampled_from(
        [{"mon-fri": ("09:00-14:00", "15:00-18:00"), "sat": "22:00-06:00"}, {"daily": "0:00-24:00"}]
    ),
    holidays=st.frozensets(DAYS, max_size=3),
)


def dated(terms: st.SearchStrategy) -> st.SearchStrategy[Dated]:
    """Terms that change on some days, or have always been in force."""
    return st.dictionaries(DAYS | st.just(date.min), terms, min_size=1, max_size=3).map(
        lambda versions: Dated(tuple(versions.items()))
    )


AGREEMENTS = st.builds(
    Agreement,
    company=st.builds(
        Company,
        name=NAMES,
        zone=st.sampled_from(["Europe/Madrid", "America/New_York"]),
        currency=st.just("EUR"),
        fiscal_year_start=st.integers(1, 12),
        week_start=st.sampled_from(["mon", "sun"]),
        languages=st.sampled_from([("en",), ("es",), ("es", "en")]),
        words=st.dictionaries(st.sampled_from(["en", "es"]), st.dictionaries(TEXTS, TEXTS, max_size=2)),
    ),
    version=TEXTS,
    effective_from=st.none() | DAYS,
    funnel=st.just(Funnel.default()),
    pipelines=st.sampled_from([(), (Funnel.classic_pipeline(),)]),
    sources=dated(SOURCES),
    calendars=st.dictionaries(TEXTS, dated(CALENDARS), max_size=2),
    targets=st.none() | dated(TARGETS),
)


@given(AGREEMENTS)
def test_an_agreement_comes_back_equal_from_its_own_toml(agreement: Agreement) -> None:
    """Whatever people call things, in whatever script; and writing it again gives the same bytes."""
    text = agreement.to_toml()
    back = load_agreement(text)
    assert back == agreement
    assert back.to_toml() == text
    assert agreement.diff(back) == ()


@given(agreements())
def test_its_scores_and_promises_come_back_equal_too(agreement: Agreement) -> None:
    """Whatever their criteria, limits, variants and versions are; in their own time zone or the company's."""
    text = agreement.to_toml()
    back = load_agreement(text)
    assert back == agreement
    assert back.to_toml() == text
    assert agreement.diff(back) == ()


def test_own_words_may_be_any_of_ours() -> None:
    """A label called as a key of the document is text all the same."""
    words = {"en": {"from": "2026-01-01", "points": "7", "at_least": "half", "starts_on": "0", "when": "x"}}
    company = Company(name="Acme", zone="UTC", currency="EUR", words=words)
    assert load_agreement(Agreement(company=company).to_toml()).company == company


@given(FUNNELS)
def test_a_funnel_of_ones_own_comes_back_equal(funnel: Funnel) -> None:
    """Owners, labels, stays and shares to the last digit."""
    company = Company(name="Acme", zone="UTC", currency="EUR")
    agreement = Agreement(company=company, funnel=funnel)
    assert load_agreement(agreement.to_toml()) == agreement


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_starter_says_what_holds_by_default(language: Literal["en", "es"]) -> None:
    """Whoever changes nothing has agreed on the defaults."""
    name = 'Casa "Ñandú" {x} # \\'
    starter = starter_agreement(company=name, zone="Europe/Madrid", currency="EUR", language=language)
    company = Company(name=name, zone="Europe/Madrid", currency="EUR", languages=(language,))
    assert load_agreement(starter) == Agreement(company=company)


@pytest.mark.parametrize("language", ["en", "es"])
def test_everything_that_the_starter_offers_can_be_used(language: Literal["en", "es"]) -> None:
    """Taking away the # of what is ready gives an agreement that says all of it."""
    starter = starter_agreement(company="Acme", zone="Europe/Madrid", currency="EUR", language=language)
    agreement = load_agreement(re.sub(r"(?m)^#(?! )", "", starter))
    assert agreement.words(language)("Lead") != agreement.words("en" if language == "es" else "es")("Lead")
    assert [each.name for each in agreement.pipelines] == ["classic"]
    assert agreement.pipelines == (Funnel.classic_pipeline(),)
    assert agreement.calendars["sales"].on(date(2026, 1, 1)).zone == "Europe/Madrid"
    assert agreement.targets is not None
    assert agreement.targets.on(date(2026, 1, 1)).owners["ana@example.com"].revenue == Money(2_000_000, "EUR")
    intent = agreement.scoring["intent"].on(date(2026, 1, 1))
    assert (intent.name, intent.zone, intent.flip) == ("intent", "Europe/Madrid", Points.of(25))
    assert agreement.sla is not None


def test_the_starter_stays_a_document_whatever_the_company_is_called() -> None:
    """A name cannot break out of its comment or its string."""
    name = 'A\n[funnel]\x00\x1b"""'
    starter = starter_agreement(company=name, zone="UTC", currency="EUR")
    assert load_agreement(starter).company.name == name


def test_there_is_no_starter_in_other_languages() -> None:
    """The nearest language is not taken silently."""
    with pytest.raises(UnknownNameError, match=r"no comments in 'ess'.*'es'"):
        starter_agreement(company="A", zone="UTC", currency="EUR", language="ess")  # type: ignore[arg-type]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/agreement.toml")), ids=lambda path: path.parent.name)
def test_the_examples_are_agreements(path: Path) -> None:
    """They can be read, and written and read again."""
    agreement = load_agreement(path)
    assert load_agreement(agreement.to_toml()) == agreement


def test_the_marketplace_reads_every_origin_of_its_export() -> None:
    """Three reasons for not knowing are told apart."""
    rules = load_agreement(EXAMPLES / "marketing_funnel" / "agreement.toml").sources.on(date(2018, 4, 1))
    read = {
        "organic search": "seeker",
        "paid search": "seeker",
        "direct traffic": "seeker",
        "social": "seeker",
        "display": "seeker",
        "other publicities": "seeker",
        "email": "search",
        "referral": "referral",
        "other": "unmatched",
        "unknown": "said_unknown",
        "": "blank",
    }
    verdicts = {word: rules.classify({"source_raw": word}) for word in read}
    assert {word: verdict.reason or verdict.source for word, verdict in verdicts.items()} == read
