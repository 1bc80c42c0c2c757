"""Promises are judged when they are over, each by its own measure, and by what is its own."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import polars as pl
import pytest
from malformed_agreements import COMPANY
from malformed_contracts import TERM, VOLUME, deliveries, terms
from sla_stories import HOUR, OFFICE, ORIGIN, at, called, entered, given, lead, verdict

from smarketing import Frames, Period, Share, load_agreement
from smarketing.errors import InvalidFramesError, InvalidTermsError, UnknownNameError
from smarketing.estimates import Rate
from smarketing.facts import Deal, DealClosed, Fact
from smarketing.periods import Dated
from smarketing.sla import Delivery, SlaContract, SlaResult, SlaTerms, Term, Verdict, leads_owed, measure_sla
from smarketing.values import Money, Points

MARCH = Period.parse("2026-03")
FEBRUARY = Period.parse("2026-02")
HALF = Share.percent(50)


def measured(
    facts: list[Fact], *promises: Term | Delivery, as_of: str | None = None, scores: object = None
) -> SlaResult:
    """The result of March for these promises alone."""
    contract = SlaContract.of(
        SlaTerms(
            terms=[each for each in promises if isinstance(each, Term)],
            deliveries=[each for each in promises if isinstance(each, Delivery)],
        ),
        calendars={"sales": OFFICE},
    )
    moment = MARCH.end if as_of is None else at(as_of)
    return measure_sla(
        Frames.from_dataset(facts), contract, period=MARCH, as_of=moment, trend=0, scores=scores
    )


def test_a_month_is_over_on_its_last_day_and_not_on_its_last_working_day() -> None:
    """On Friday evening the working days of a month may be over; a lead can still come on Saturday."""
    half = Delivery(name="leads", measure="volume", per="month", count=2, calendar="sales")
    good = Delivery(name="good", measure="acceptance", per="month", at_least=HALF, calendar="sales")
    january = Period.parse("2026-01")  # its last day is a Saturday
    facts = [
        attrs.evolve(entered("2", "mql", lead_id="A"), occurred_at=january.start),
        attrs.evolve(verdict("2", "accepted", lead_id="A"), occurred_at=january.start),
    ]
    contract = SlaContract.of(SlaTerms(deliveries=[half, good]), calendars={"sales": OFFICE})
    for hours, expected in ((6, Verdict.RUNNING), (0, Verdict.BROKEN)):
        moment = january.end - timedelta(hours=hours)
        result = measure_sla(Frames.from_dataset(facts), contract, period=january, as_of=moment, trend=0)
        assert result["leads"].verdict is expected
        assert (result["good"].verdict is Verdict.RUNNING) is (expected is Verdict.RUNNING)


def test_a_value_is_of_deals_that_marketings_leads_brought() -> None:
    """What sales found by itself is not marketing's, and dollars are told to be left out."""
    promise = Delivery(name="value", measure="value", per="month", amount=Money.of(100, "EUR"))
    facts: list[Fact] = [
        Deal(
            origin=attrs.evolve(ORIGIN, record=deal_id), occurred_at=at("2"), created_at=at("2"),
            deal_id=deal_id, lead_id=lead_id, amount_minor=60_00, currency=currency,
        )
        for deal_id, lead_id, currency in (("D1", None, "EUR"), ("D2", "L-1", "EUR"), ("D3", "L-1", "USD"))
    ]  # fmt: skip
    result = measured(facts, promise)["value"]
    assert (result.delivered, result.verdict) == (Money.of(60, "EUR"), Verdict.BROKEN)
    assert [(unit.count, unit.unknown_count) for unit in result.units] == [(2, 1)]
    assert result.facts().records == ("L-1",)


def test_who_was_recycled_and_came_back_may_still_become_a_customer() -> None:
    """Decided is a lead whose last move was to leave for good; who was lost and has a deal is not."""
    promise = Delivery(name="customers", measure="conversion", per="month", at_least=HALF)
    back = [entered("2", "mql"), entered("3", "recycled"), entered("9", "mql"), entered("9 1", "sql")]
    lost = [entered("2", "mql"), entered("3", "lost")]
    deal = Deal(origin=ORIGIN, occurred_at=at("4"), created_at=at("4"), deal_id="D", lead_id="L-1")
    for facts, expected in (
        (back, Verdict.RUNNING),
        (lost, Verdict.BROKEN),
        ([*lost, deal], Verdict.RUNNING),
    ):
        assert measured(facts, promise)["customers"].verdict is expected
    won = DealClosed(origin=ORIGIN, occurred_at=at("20"), deal_id="D", lead_id="L-1", outcome="won")
    assert measured([*lost, deal, won], promise)["customers"].verdict is Verdict.KEPT


def test_each_variant_is_held_to_its_own_share() -> None:
    """Half is enough for most leads; of referrals, every one was promised, and one was missed."""
    most = Term(name="response", kind="response", within=4 * HOUR, at_least=HALF)
    referred = attrs.evolve(most, at_least=Share.percent(100), when={"source": "referral"})
    facts: list[Fact] = []
    for name in "ABCD":
        facts += [
            lead("1", lead_id=name, referred_by="Eva" if name in "AB" else None),
            given("2 11", lead_id=name),
        ]
        facts += [] if name == "A" else [called("2 12", lead_id=name)]
    result = measured(facts, most, referred)["response"]
    assert (result.delivered, result.verdict) == (Rate(3, 4), Verdict.BROKEN)
    assert [(share, tally.rate) for share, tally in result.parts] == [
        (Share.percent(100), Rate(1, 2)),
        (HALF, Rate(2, 2)),
    ]
    assert result.promised == Share.percent(75)  # of two leads all, of two a half


def test_a_later_version_of_the_contract_judges_no_earlier_clock() -> None:
    """Nine of ten were promised when the clocks started; that one in ten is enough since is no excuse."""
    strict = Term(name="response", kind="response", within=4 * HOUR, at_least=Share.percent(90))
    lax = attrs.evolve(strict, at_least=Share.percent(10))
    versions = Dated(
        ((date(2026, 1, 1), SlaTerms(terms=[strict])), (date(2026, 3, 15), SlaTerms(terms=[lax])))
    )
    facts = [given("2 11", lead_id="A"), given("3 11", lead_id="B"), called("3 12", lead_id="B")]
    result = measure_sla(Frames.from_dataset(facts), SlaContract(versions=versions), period=MARCH)
    assert (result["response"].promised, result["response"].verdict) == (Share.percent(90), Verdict.BROKEN)


def test_a_delivery_is_broken_by_whoever_promised_it() -> None:
    """Sales promised complete data of its leads; and what only a machine did is no joint promise."""
    data = Delivery(
        name="data", measure="completeness", per="month", at_least=HALF, by="sales", fields=("phone",)
    )
    facts = [lead("1"), entered("2", "mql")]
    result = measured(facts, data)
    assert (result.broken_by("sales"), result.broken_by("marketing")) == (("L-1",), ())
    routing = Term(
        name="routing", kind="handover", by="system", starts="captured", closes="assigned", within=HOUR
    )
    alone = measured(facts, routing)
    assert (alone.joint, alone.broken_by("system")) == (Rate(0, 0), ("L-1",))


def test_a_score_is_one_number_for_each_lead() -> None:
    """No number is unknown, not enough; and two rows for one lead are refused, not counted twice."""
    promise = Delivery(
        name="fit", measure="score", per="month", at_least=HALF, score="fit", least_points=Points.of(10)
    )
    facts = [entered("2", "mql", lead_id="A"), entered("2", "mql", lead_id="B")]
    scores = pl.DataFrame({"lead_id": ["A", "B"], "fit": [float("nan"), 20.0]})
    assert measured(facts, promise, scores=scores)["fit"].delivered == Rate(1, 1)
    twice = pl.DataFrame({"lead_id": ["A", "A"], "fit": [5.0, 20.0]})
    with pytest.raises(InvalidFramesError, match="more than once"):
        measured(facts, promise, scores=twice)


def test_a_whole_number_of_ones_own_is_the_same_word_on_every_engine(backend: str) -> None:
    """3.0 in one engine and 3 in another are the 3 of the contract."""
    term = Term(name="response", kind="response", within=HOUR, when={"trait_size": "3"})
    facts = [lead("1", traits={"size": 3.0}), given("2 11")]
    contract = SlaContract.of(SlaTerms(terms=[term]))
    result = measure_sla(Frames.from_dataset(facts, backend=backend), contract, period=MARCH)
    assert len(contract.clocks(facts, now=at("9"))) == sum(result["response"].tally.counts.values()) == 1


def test_a_state_that_no_clock_has_is_named_with_the_nearest() -> None:
    """A slip of the pen is no traceback."""
    response = Term(name="response", kind="response", within=HOUR)
    with pytest.raises(UnknownNameError, match="did you mean 'missed'"):
        measured([given("2 11")], response)["response"].facts("mised")


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (deliveries(VOLUME, VOLUME.replace("month", "quarter") + 'when = { channel = "fair" }'), "per"),
        (terms(TERM, TERM.replace('"response"', '"attempts"') + 'when = { channel = "fair" }'), "kind"),
    ],
)
def test_variants_that_differ_in_what_they_count_are_two_promises(written: str, path: str) -> None:
    """A month's promise and a quarter's, or a response and calls, cannot be counted together."""
    with pytest.raises(InvalidTermsError, match=rf"\.{path}: .*they are two promises"):
        load_agreement(COMPANY + written)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (terms(TERM + 'when = { sorce = "referral" }'), "did you mean 'source'?"),
        (
            terms(TERM + 'when = { region = "North" }', TERM + 'when = { region = "north" }'),
            "may fit the same lead with the same priority",
        ),
        (terms(TERM.replace("4 hours", "1 month")), "no two months are alike"),
        (terms(TERM.replace("4 hours", "9999999 days")), "over 10,000 days"),
        (
            terms('name = "calls"\nkind = "attempts"\ncount = 5\nspacing = "4 hours"\nwithin = "4 hours"'),
            "nobody can keep it",
        ),
    ],
)
def test_what_would_be_silently_wrong_is_refused(written: str, said: str) -> None:
    """Each fault with what was meant, as far as that can be told."""
    with pytest.raises(InvalidTermsError) as refused:
        load_agreement(COMPANY + written)
    assert said in str(refused.value)


def test_a_value_is_in_the_money_that_it_is_promised_in() -> None:
    """What a lead is worth cannot be in other money, nor can two variants be."""
    eur, usd = Money.of(300, "EUR"), Money.of(200, "USD")
    value = Delivery(name="value", measure="value", per="month", amount=eur, value_per_lead=usd)
    with pytest.raises(InvalidTermsError, match="other-currency"):
        SlaTerms(deliveries=[value])
    plain = attrs.evolve(value, value_per_lead=None)
    with pytest.raises(InvalidTermsError, match="two-promises"):
        SlaTerms(deliveries=[plain, attrs.evolve(plain, amount=usd, when={"channel": "fair"})])


def test_the_day_on_which_leads_are_due_is_the_zones() -> None:
    """March ends on the 31st in Los Angeles too, though it is April in UTC by then."""
    march = Period.parse("2026-03", "America/Los_Angeles")
    goal, all_of_it = Money.of(1_000, "USD"), {"s": Share.percent(100)}
    owed = leads_owed(goal, shares=all_of_it, deal_value={"s": goal}, conversion={"s": HALF}, period=march)
    assert owed.rows[0].due_on == date(2026, 3, 31)


def test_nothing_that_is_said_of_a_source_is_ignored() -> None:
    """A misspelt source, money below nothing and shares that cannot be are told all at once."""
    goal = Money.of(1_000, "EUR")
    with pytest.raises(InvalidTermsError) as refused:
        leads_owed(
            goal,
            shares={"seeker": Share.percent(150), "search": Share.percent(-50)},
            deal_value={"seeker": goal, "search": goal},
            conversion={"seeker": HALF, "search": []},
            open_pipeline={"seker": goal, "search": Money.of(-1, "EUR")},
            time_to_close={"sarch": timedelta(days=1)},
            marketing_share=Share.percent(150),
        )
    assert {problem.origin.field for problem in refused.value.problems} == {
        "shares.search", "conversion.search", "open_pipeline.seker", "open_pipeline.search",
        "time_to_close.sarch", "marketing_share",
    }  # fmt: skip
    assert "did you mean 'seeker'" in str(refused.value)
