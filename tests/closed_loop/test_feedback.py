"""The fourth step: what sales answered, whom it has not, and what to do next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_books import EURO, answer, at, closed, deal, entered, lead, spend, told, won

from smarketing import render
from smarketing.agreement import load_agreement
from smarketing.calendars import BusinessCalendar
from smarketing.closed_loop import AnswerTerm, LoopResult, PlainTerms
from smarketing.closed_loop._change import decomposed
from smarketing.estimates import Rate
from smarketing.facts import Fact, Flipped
from smarketing.periods import Dated, Period
from smarketing.testing import example_company
from smarketing.values import Points

JANUARY = Period.parse("2026-01")


def test_the_last_answer_about_a_lead_counts_with_its_reason() -> None:
    """Each lead once, whoever changed their mind; what is said to a referrer is no answer to marketing."""
    loop = closed(
        lead("L-1", campaign_id="C-1"),
        lead("L-2", campaign_id="C-1"),
        lead("L-3", campaign_id="C-2"),
        answer("L-1", 3, "rejected", reason="student"),
        answer("L-1", 9, "accepted"),
        answer("L-2", 4, "rejected", reason=" no budget "),
        answer("L-3", 4, "rejected", addressee="referrer"),
    )
    row = loop.row(campaign="C-1")
    assert (row.accepted_count, row.rejected_count, row.acceptance) == (1, 1, Rate(1, 2))
    assert row.reasons == {("accepted", ""): 1, ("rejected", "no budget"): 1}
    assert loop.row(campaign="C-2").rejected_count == 0


def test_an_answer_about_a_deal_is_about_its_lead() -> None:
    """Sales often writes it on the deal."""
    about = attrs.evolve(answer("L-1", 5), lead_id=None, deal_id="D-1")
    assert closed(lead(), deal(), about).total.accepted_count == 1


def test_a_deal_is_its_leads_by_whatever_fact_says_so() -> None:
    """By its closing too, where no version of the deal names the lead, or none is known."""
    about = attrs.evolve(answer("L-1", 5, "rejected"), lead_id=None, deal_id="D-1")
    handed = (lead(), entered(), about)
    of_lead = attrs.evolve(won(outcome="lost"), lead_id="L-1")
    for facts in ((of_lead,), (deal(of=None), of_lead)):
        loop = closed(*handed, *facts)
        assert (loop.total.rejected_count, loop.open_loops) == (1, ())


def test_reasons_are_told_by_what_had_made_the_score_flip() -> None:
    """The first flip of each lead, as far as flips were recorded."""

    def flip(of: str, cause: str, day: int) -> Flipped:
        number = Points.of(25)
        return Flipped(
            origin=told("flips", f"{of}/{day}"), lead_id=of, score="fit", cause=cause, occurred_at=at(day),
            score_points=number, flip_points=number,
        )  # fmt: skip

    loop = closed(
        *(lead(f"L-{n}") for n in range(3)),
        flip("L-0", "touch", 1),
        flip("L-0", "expiry", 2),
        flip("L-1", "expiry", 1),
        answer("L-0"),
        answer("L-1", verdict="rejected", reason="student"),
        answer("L-2", verdict="rejected", reason="student"),
    )
    expiry, touch = loop.causes
    assert (expiry.cause, expiry.rejected_count, expiry.acceptance) == ("expiry", 1, Rate(0, 1))
    assert expiry.reasons == {("rejected", "student"): 1}
    assert (touch.cause, touch.accepted_count) == ("touch", 1)
    assert closed(lead()).causes == ()


def test_a_loop_stays_open_until_somebody_answers() -> None:
    """How long, how late by the promise that held at the handover, and whose turn."""
    terms = attrs.evolve(
        EURO,
        answer_term=Dated(
            (
                (date(2026, 1, 1), AnswerTerm(within=timedelta(days=5))),
                (date(2026, 1, 10), None),
                (date(2026, 1, 20), AnswerTerm(within=timedelta(days=90))),
            )
        ),
    )
    facts = [
        *(lead(f"L-{n}", owner_id="ana" if n else None) for n in range(4)),
        *(entered(f"L-{n}", "mql", day) for n, day in enumerate((2, 12, 25))),
        entered("L-3"),
        answer("L-3", 8),
    ]
    loop = closed(*facts, terms=terms, period=JANUARY, as_of=at(31, 9))
    assert (loop.total.open_count, loop.total.overdue_count) == (3, 1)
    first, second, third = loop.open_loops
    assert (first.lead_id, first.late, first.turn) == ("L-0", timedelta(days=24), "sales")
    assert (second.lead_id, second.waited, second.turn) == ("L-2", timedelta(days=6), "ana")
    assert second.late == timedelta(days=-84)
    assert (third.lead_id, third.late) == ("L-1", None)
    assert closed(*facts, terms=PlainTerms(currency="EUR")).total.overdue_count is None


def test_lateness_is_working_time_where_a_calendar_says_so() -> None:
    """Friday evening to Monday morning is no time at all."""
    office = BusinessCalendar(zone="UTC", windows={"mon-fri": "09:00-17:00"})
    terms = attrs.evolve(EURO, answer_term=Dated.of(AnswerTerm(within=timedelta(hours=4), calendar=office)))
    friday = 1  # 2 January 2026
    facts = (lead(), attrs.evolve(entered(day=friday), occurred_at=at(friday, 15)))
    on_monday = closed(*facts, terms=terms, as_of=at(friday + 3, 10)).open_loops[0]
    assert (on_monday.waited, on_monday.late) == (timedelta(hours=3), timedelta(hours=-1))
    assert closed(*facts, terms=terms, as_of=at(friday + 3, 12)).total.overdue_count == 1


def test_an_agreement_says_how_soon_sales_answers() -> None:
    """By its promise to accept or reject, with its calendar; without an SLA nobody promised."""
    agreement = load_agreement(example_company().agreement_toml())
    assert agreement.answer_term is not None
    ((_, term),) = agreement.answer_term.versions
    assert term is not None
    assert (term.within, term.calendar) == (
        timedelta(hours=80),
        agreement.calendars["sales"].on(date(2025, 1, 1)),
    )
    assert attrs.evolve(agreement, sla=None).answer_term is None


def test_qualification_is_held_against_acceptance_month_by_month() -> None:
    """Of those handed over in a month: accepted of the answered, and those that wait."""
    loop = closed(
        *(lead(f"L-{n}") for n in range(3)),
        *(entered(f"L-{n}", "mql", 35) for n in range(3)),
        answer("L-0", 40),
        answer("L-1", 80, "rejected"),
        as_of=at(90),
    )
    assert [(row.month, row.handed_count) for row in loop.handovers] == [
        ("2026-01", 0), ("2026-02", 3), ("2026-03", 0),
    ]  # fmt: skip
    february = loop.handovers[1]
    assert (february.accepted, february.waiting_count) == (Rate(1, 2), 1)


def company(leads: dict[str, tuple[int, int, int]], *, minor: int = 100_000) -> list[Fact]:
    """Campaigns with so many leads, so many of whom bought, for so much spend."""
    facts: list[Fact] = []
    for campaign, (count, bought, spent) in leads.items():
        facts.append(spend(campaign, spent))
        for number in range(count):
            name = f"{campaign}-{number}"
            facts.append(lead(name, campaign_id=campaign))
            if number < bought:
                facts += [deal(f"D-{name}", name), won(f"D-{name}", minor=minor + number)]
    return facts


def advised(loop: LoopResult) -> dict[Any, tuple[str, str]]:
    """By campaign, what to do and why."""
    return {dict(each.group).get("campaign"): (each.kind.value, each.reason) for each in loop.advice}


def test_advice_follows_where_the_interval_lies() -> None:
    """Above the cost more, below it less, on both sides or on few leads wait; money without leads, mend."""
    facts = company(
        {
            "pays": (100, 20, 100_000),
            "loses": (100, 1, 5_000_000),
            "open": (100, 5, 500_000),
            "few": (5, 1, 20_000),
            "nobody": (0, 0, 30_000),
        }
    )
    free = [lead(f"L-{n}", campaign_id="free") for n in range(30)]
    loop = closed(*facts, *free, period=JANUARY, as_of=at(300))
    assert advised(loop) == {
        "pays": ("more", "pays"),
        "loses": ("less", "does not pay"),
        "open": ("wait", "undecided"),
        "few": ("wait", "few leads"),
        "nobody": ("fix", "no leads"),
        "free": ("fix", "no spend"),
    }
    best = loop.advice[0]
    assert best.between is not None
    assert best.between.low < best.size.minor < best.between.high
    assert loop.advice == closed(*facts, *free, period=JANUARY, as_of=at(300)).advice
    assert loop.shift is not None
    assert (dict(loop.shift.source), dict(loop.shift.target)) == ({"campaign": "loses"}, {"campaign": "pays"})
    assert loop.shift.amount.minor == 500_000
    assert loop.shift.between.low > 0


def test_no_budget_moves_where_returns_overlap() -> None:
    """Two campaigns alike: whatever the draws say, nothing is advised."""
    facts = company({"a": (100, 10, 100_000), "b": (100, 11, 100_000)})
    assert closed(*facts, period=JANUARY, as_of=at(300)).shift is None


def test_leads_that_had_no_time_to_buy_decide_nothing() -> None:
    """A month speaks only when it is as old as nine of ten sales were."""
    facts = company({"a": (100, 10, 100_000)})
    late = [attrs.evolve(fact, occurred_at=at(60)) if fact.TABLE == "closings" else fact for fact in facts]
    young = closed(*late, period=JANUARY, as_of=at(70))
    assert advised(young) == {"a": ("wait", "young")}
    assert young.shift is None
    assert advised(closed(*late, period=JANUARY, as_of=at(200))) == {"a": ("more", "pays")}


def at_speeds(days: dict[str, int]) -> list[Fact]:
    """Two campaigns alike but for how soon their leads buy."""
    facts: list[Fact] = []
    for campaign, age in days.items():
        facts.append(spend(campaign, 100_000))
        for number in range(100):
            name = f"{campaign}-{number}"
            facts.append(lead(name, number % 28, campaign_id=campaign))
            if number % 2:
                facts += [deal(f"D-{name}", name), won(f"D-{name}", number % 28 + age, 10_000)]
    return facts


def test_a_campaign_whose_leads_buy_later_is_not_judged_before_its_time() -> None:
    """Neither while it has sold nothing yet, nor by the speed of the others."""
    facts = at_speeds({"fast": 2, "slow": 150})
    for day in (60, 100, 175):
        loop = closed(*facts, period=JANUARY, as_of=at(day))
        assert advised(loop)["slow"] == ("wait", "young")
        assert loop.shift is None
    assert advised(closed(*facts, period=JANUARY, as_of=at(100)))["fast"] == ("more", "pays")
    assert set(advised(closed(*facts, period=JANUARY, as_of=at(250))).values()) == {("more", "pays")}


def test_the_time_that_sales_take_is_that_of_all_history() -> None:
    """What earlier leads took a hundred days for is not expected of these in two."""
    early = [attrs.evolve(fact, campaign_id="a") for fact in (lead(f"E-{n}", -300) for n in range(40))]
    sold = [each for n in range(40) for each in (deal(f"E-{n}", f"E-{n}", -299), won(f"E-{n}", -200, 90_000))]
    facts = [*early, *sold, *company({"a": (100, 10, 100_000)})]
    assert advised(closed(*facts, period=JANUARY, as_of=at(90))) == {"a": ("wait", "young")}
    assert advised(closed(*facts, period=JANUARY, as_of=at(140))) == {"a": ("more", "pays")}


def test_what_has_never_sold_anything_does_not_pay_after_half_a_year() -> None:
    """Before that nobody knows."""
    facts = company({"a": (60, 0, 100_000)})
    assert advised(closed(*facts, period=JANUARY, as_of=at(200))) == {"a": ("wait", "young")}
    assert advised(closed(*facts, period=JANUARY, as_of=at(230))) == {"a": ("less", "does not pay")}


def test_money_without_a_rate_is_not_called_young() -> None:
    """What is missing is the rate; of a plan none is needed."""
    facts = company({"a": (60, 30, 10_000)})

    def with_pounds(**said: Any) -> LoopResult:
        return closed(*facts, spend("a", 500, currency="GBP", **said), period=JANUARY, as_of=at(300))

    assert advised(with_pounds()) == {"a": ("wait", "no rate")}
    assert with_pounds().to_report()
    assert advised(with_pounds(basis="planned")) == {"a": ("more", "pays")}


def test_the_cash_view_gives_no_advice() -> None:
    """Its ratios are not of the same people."""
    loop = closed(*company({"a": (100, 10, 100_000)}), view="cash")
    assert (loop.advice, loop.shift) == ((), None)


def test_leads_that_sales_takes_more_rarely_are_a_thing_to_mend() -> None:
    """Where the intervals lie apart, with the reason that was given most."""
    facts: list[Fact] = [spend("bad", 50_000), spend("good", 50_000)]
    for number in range(50):
        facts += [lead(f"b{number}", campaign_id="bad"), lead(f"g{number}", campaign_id="good")]
        facts.append(answer(f"b{number}", 3, "rejected", reason="student" if number % 3 else "no budget"))
        facts.append(answer(f"g{number}", 3, "accepted"))
    (advice,) = (each for each in closed(*facts).advice if each.reason == "rejected")
    assert (dict(advice.group), advice.detail, advice.leads) == ({"campaign": "bad"}, "student", Rate(0, 50))
    assert advice.size.minor == 50_000


_TOLD = st.dictionaries(
    st.sampled_from([(("campaign", name),) for name in "abc"]),
    st.tuples(st.integers(0, 50), st.integers(-(10**9), 10**9)),
)


@given(_TOLD, _TOLD)
def test_the_parts_of_a_change_are_the_change(before: Any, after: Any) -> None:
    """Whatever the groups, new ones, gone ones and empty ones included."""
    whole = sum(minor for _, minor in after.values()) - sum(minor for _, minor in before.values())
    assert decomposed(before, after).total == whole


def test_each_part_is_what_its_name_says() -> None:
    """More of the same is volume, the same otherwise divided is mix, the same that bring more are rate."""
    a, b = (("campaign", "a"),), (("campaign", "b"),)
    before = {a: (10, 1_000), b: (10, 3_000)}

    def parts(after: Any) -> tuple[int, int, int]:
        found = decomposed(before, after)
        return found.volume, found.mix, found.rate

    assert parts({a: (20, 2_000), b: (20, 6_000)}) == (4_000, 0, 0)
    assert parts({a: (5, 500), b: (15, 4_500)}) == (0, 1_000, 0)
    assert parts({a: (10, 2_000), b: (10, 3_000)}) == (0, 0, 1_000)


@pytest.mark.parametrize("other", ["previous", "last_year"])
def test_a_comparison_sees_both_at_the_same_age(other: str) -> None:
    """A period that is ninety days old is held against one that was ninety days old."""
    loop = closed(*company({"a": (40, 10, 100_000)}), period=JANUARY, as_of=at(121, 0))
    change = loop.against(other)
    assert change.before.as_of - change.before.period.end == loop.as_of - loop.period.end
    assert change.change == loop.total.revenue
    assert [row.group for row in change.rows] == [row.group for row in loop.rows]


@pytest.mark.parametrize(
    ("other", "day", "then"),
    [
        ("previous", "2026-03-03", "2026-02-03"),
        ("previous", "2026-03-10", "2026-02-10"),
        ("previous", "2026-03-31", "2026-03-01"),
        ("last_year", "2026-03-30", "2025-03-30"),
    ],
)
def test_a_period_that_still_runs_is_compared_from_its_start(other: str, day: str, then: str) -> None:
    """As many days of each, by the clocks of the zone, and at most the whole of the earlier one."""
    zone = "Europe/Madrid"
    now, before = (Period.parse(each, zone).start for each in (day, then))
    facts = [lead(f"L-{n}", day=n) for n in range(90)]
    loop = closed(*facts, period=Period.parse("2026-03", zone), as_of=now)
    change = loop.against(other)
    assert change.before.as_of == before
    if other == "previous":
        assert change.before.total.leads_count == min(loop.total.leads_count, 28)


def test_no_money_is_moved_to_what_does_not_pay() -> None:
    """Less of both is the advice, however far they lie apart."""
    loop = closed(
        *company({"bad": (100, 20, 10_000_000), "worse": (100, 20, 90_000_000)}),
        period=JANUARY,
        as_of=at(121, 0),
    )
    assert {reason for _, reason in advised(loop).values()} == {"does not pay"}
    assert loop.shift is None
    assert "shift" not in str(render(loop.to_report(), "text").content)
