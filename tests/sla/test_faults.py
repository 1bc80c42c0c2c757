"""A contract that cannot be kept is refused when it is read, with everything that is wrong with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from malformed_agreements import COMPANY
from malformed_contracts import DOCUMENTS, TERM, deliveries, terms

from smarketing.agreement import load_agreement
from smarketing.errors import InvalidTermsError
from smarketing.sla import SlaContract, SlaTerms, Term, TermKind


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_malformed_contract_is_refused_with_every_fault_at_once(name: str) -> None:
    """Each with its key path, a stable code, and the way out."""
    text, expected = DOCUMENTS[name]
    with pytest.raises(InvalidTermsError) as refused:
        load_agreement(text)
    found = {(problem.origin.field, problem.code): problem.message for problem in refused.value.problems}
    assert set(found) == {(path, code) for path, code, _ in expected}
    for path, code, hint in expected:
        assert hint in found[path, code]


def test_a_contract_is_read_in_its_short_form() -> None:
    """Lists of one, the company's money, and what a kind of term says by itself need not be written."""
    agreement = load_agreement(
        COMPANY
        + terms(TERM + 'when = { channel = "fair" }\nat_least = 0.9')
        + deliveries('name = "value"\nmeasure = "value"\nper = "month"\namount = 5000')
    )
    contract = agreement.sla
    assert contract is not None
    ((_, written),) = contract.versions.versions
    term, delivery = written.terms[0], written.deliveries[0]
    assert (term.closes, term.when, term.at_least.ppm) == (("attempted",), {"channel": ("fair",)}, 900_000)
    assert str(delivery.amount) == "5000.00 EUR"


HOURS = '[calendars.sales]\nwindows = { "mon-fri" = "09:00-17:00" }\n'


def test_an_agreement_need_have_no_contract() -> None:
    """What nobody agreed on is missing, not empty."""
    assert load_agreement(COMPANY).sla is None


def test_a_contract_made_in_code_is_checked_as_a_written_one_is() -> None:
    """Terms that speak of hours nobody described make no contract."""
    from datetime import timedelta

    term = Term(name="r", kind=TermKind.RESPONSE, within=timedelta(hours=1), calendar="sales")
    with pytest.raises(InvalidTermsError, match="unknown-calendar"):
        SlaContract.of(SlaTerms(terms=[term]))


def test_two_versions_of_a_contract_are_compared_in_words() -> None:
    """What changed is said of each promise; variants of one name are told apart."""
    variant = TERM + 'when = { channel = "fair" }'
    old = load_agreement(COMPANY + terms(TERM, variant))
    new = load_agreement(COMPANY + terms(TERM.replace("4", "2"), variant + '\nthen = "tell the director"'))
    assert old.diff(new) == (
        "sla: term 'first response': within was '4 hours', is now '2 hours'",
        "sla: term 'first response (channel is fair)': then was '', is now 'tell the director'",
    )


def test_what_is_written_of_a_contract_is_read_back_equal() -> None:
    """All that a contract can say goes through TOML without loss."""
    text = (
        COMPANY
        + """
[calendars.sales]
windows = { "mon-fri" = "09:00-17:00" }
[[sla]]
from = 2026-01-01
until = 2027-01-01
name = "first"
objectives = { joint = "one goal" }
indicators = "first response"
shared_data = { sales = "why leads were rejected" }
review_every = "month"
then = "the directors talk"
team_calendars = { boston = "sales" }
qualification = { stage = "mql", score = "intent", least_points = 25, says = "asked for it" }
acceptance = { stage = "sql" }
[[sla.terms]]
name = "first response"
kind = "response"
within = "4 hours"
calendar = "sales"
at_least = "92.5 %"
restarts = true
[[sla.terms]]
name = "calls"
kind = "attempts"
within = "80 hours"
count = 5
spacing = "2 hours"
priority = 3
when = { source = "referral", campaign = ["a", "b"] }
pauses = [{ starts = "replied", ends = "answered" }]
meaning = "we do not give up"
[[sla.deliveries]]
name = "good leads"
measure = "score"
per = "quarter"
score = "intent"
least_points = "2.5"
at_least = "60 %"
[[sla]]
from = 2027-01-01
[[sla.deliveries]]
name = "value"
measure = "value"
per = "month"
amount = "1000.50 EUR"
value_per_lead = 12
"""
    )
    agreement = load_agreement(text)
    assert load_agreement(agreement.to_toml()) == agreement
    assert 'at_least = "92.5 %"' in agreement.to_toml()


@pytest.mark.parametrize(
    ("written", "working_days", "within", "said"),
    [
        ("10 working days", 10, "0", "10 working days"),
        ("2 days", 2, "0", "2 working days"),
        ("1 day 4 hours 30 minutes", 1, "4.5", "1 working day 4 hours 30 minutes"),
        ("48 hours", 0, "48", "48 hours"),
        ("90 minutes", 0, "1.5", "1 hour 30 minutes"),
    ],
)
def test_days_of_working_hours_are_working_days(
    written: str, working_days: int, within: str, said: str
) -> None:
    """Nobody who promises two days means 48 office hours, and what is written is read back the same."""
    text = COMPANY + HOURS + terms(TERM.replace("4 hours", written) + 'calendar = "sales"')
    agreement = load_agreement(text)
    assert agreement.sla is not None
    (term,) = agreement.sla.versions.versions[0][1].terms
    assert (term.working_days, term.within) == (working_days, float(within) * timedelta(hours=1))
    assert f'within = "{said}"' in agreement.to_toml()
    assert load_agreement(agreement.to_toml()) == agreement


def test_days_of_no_calendar_are_days() -> None:
    """Where every hour counts, so does every day."""
    agreement = load_agreement(COMPANY + terms(TERM.replace("4 hours", "2 days")))
    assert agreement.sla is not None
    (term,) = agreement.sla.versions.versions[0][1].terms
    assert (term.working_days, term.within) == (0, timedelta(days=2))


def test_half_a_working_day_is_not_guessed() -> None:
    """Half a day of which calendar, and when? So many hours say it."""
    text = COMPANY + HOURS + terms(TERM.replace("4 hours", "1.5 days") + 'calendar = "sales"')
    with pytest.raises(InvalidTermsError, match=r"sla.terms\[0\].within.*1.5 working days"):
        load_agreement(text)


def test_all_calls_are_owed_where_the_contract_says_so() -> None:
    """An empty list is no default: five calls in ten working days, whoever was reached."""
    calls = (
        'name = "five calls"\nkind = "attempts"\ncount = 5\nspacing = "4 hours"\nwithin = "10 working days"\n'
        'calendar = "sales"\n'
    )
    for said, enough in (
        ("", ("connected", "answered", "converted", "deal created")),
        ("or_once = []\n", ()),
    ):
        agreement = load_agreement(COMPANY + HOURS + terms(calls + said))
        assert agreement.sla is not None
        (term,) = agreement.sla.versions.versions[0][1].terms
        assert (term.working_days, term.or_once) == (10, enough)
        assert load_agreement(agreement.to_toml()) == agreement
