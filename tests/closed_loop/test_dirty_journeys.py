"""What people's data are really like: each case has a stated rule, is told, and loses no money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from smarketing import Frames, Money, Period, render, words
from smarketing.closed_loop import (
    AttributionResult,
    LastNonDirect,
    Linear,
    Markov,
    TimeDecay,
    WShaped,
    attribute,
    credit_of,
)
from smarketing.errors import InvalidFactError, InvalidTermsError, UnknownNameError
from smarketing.facts import Deal, DealClosed, Fact, Lead, OrderPlaced, OrderReturned, Precision, Touch
from smarketing.origin import Origin

START = datetime(2026, 3, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=300)


def said(fact: type[Fact], day: float, **fields: object) -> Fact:
    """A fact of some day."""
    record = "/".join(str(value) for value in (day, *fields.values()))
    return fact(
        origin=Origin(system="crm", table=fact.TABLE, record=record),
        occurred_at=START + timedelta(days=day),
        **fields,
    )


def touch(day: float, channel: str | None = "ads", lead: str = "L1", **more: object) -> Fact:
    """A touch of some day."""
    return said(Touch, day, lead_id=lead, kind="visit", channel=channel, **more)


def won(day: float, amount: int | None, deal: str = "D1", lead: str | None = "L1", **more: object) -> Fact:
    """A deal won on some day."""
    fields = {"deal_id": deal, "lead_id": lead, "amount_minor": amount, "currency": "EUR"} | more
    return said(DealClosed, day, outcome="won", **fields)


def credited(facts: Iterable[Fact], **asked: object) -> AttributionResult:
    """What the facts credit."""
    return attribute(Frames.from_dataset(facts), **{"as_of": AS_OF, "models": [Linear()], **asked})


def money(result: AttributionResult) -> dict[str | None, int]:
    """What each channel gets, in cents."""
    return {row.values["channel"]: row.revenue.minor for row in result.rows if row.revenue}


def codes(result: AttributionResult) -> list[str]:
    """The codes of what is doubtful."""
    return [problem.code for problem in result.problems]


def test_a_touch_at_the_instant_of_the_sale_counts_and_a_later_one_does_not() -> None:
    """Up to and including."""
    assert money(credited([touch(1), touch(5, "mail"), touch(5.01, "fair"), won(5, 100)])) == {
        "ads": 50,
        "mail": 50,
    }


def test_each_sale_starts_a_new_journey() -> None:
    """What led to the first led to the second no more; with no touch in between, none is known."""
    facts = [touch(1), won(5, 100), touch(6, "mail"), won(9, 40, "D2"), won(12, 7, "D3")]
    assert money(credited(facts)) == {"ads": 100, "mail": 40, "no touch known": 7}


def test_eight_deals_of_one_lead_at_once_share_one_journey() -> None:
    """Signed on one day, brought by the same touches."""
    result = credited([touch(1), touch(2, "mail"), *(won(5, 10, f"D{n}") for n in range(8))])
    assert money(result) == {"ads": 40, "mail": 40}
    assert result.conversions_count == 8


def test_a_sale_before_its_lead_was_captured_is_told() -> None:
    """The touches before it count as always."""
    late = said(Lead, 9, lead_id="L1", created_at=START + timedelta(days=9))
    result = credited([touch(1), won(5, 100), late])
    assert (money(result), codes(result)) == ({"ads": 100}, ["conversion-before-lead"])
    assert "captured: 1 (D1)." in result.problems[0].message


def test_a_deal_that_is_won_twice_counts_once() -> None:
    """By its last closing."""
    result = credited([touch(1), won(5, 100), won(8, 90)])
    assert (money(result), codes(result)) == ({"ads": 90}, ["deal-won-twice"])


def test_sales_of_nothing_and_of_nobody_knows_what_are_conversions() -> None:
    """They bring no revenue; the unknown amount is not zero."""
    result = credited([touch(1), won(5, 0), touch(6, "mail"), won(8, None, "D2")])
    assert money(result) == {"ads": 0, "mail": 0}
    assert sum(row.conversions for row in result.rows) == result.conversions_count == 2
    assert (result.unpriced_count, codes(result)) == (
        1,
        ["conversion-without-amount", "conversion-of-nothing"],
    )


def test_a_sale_below_nothing_is_taken_from_its_touches() -> None:
    """A credit note that a CRM keeps as a deal."""
    result = credited([touch(1), touch(2, "mail"), won(5, -101)])
    assert (money(result), codes(result)) == ({"ads": -51, "mail": -50}, ["conversion-below-nothing"])


def test_a_touch_of_no_time_stands_in_no_journey() -> None:
    """Nobody can say whether it came before the sale."""
    touches = pl.DataFrame(
        {"lead_id": "L1", "kind": "visit", "channel": ["ads", "mail"], "occurred_at": [1_000_000, None]}
    )
    closings = pl.DataFrame(
        {
            "deal_id": ["D1"],
            "lead_id": "L1",
            "outcome": "won",
            "amount_minor": 100,
            "currency": "EUR",
            "occurred_at": [9_000_000],
        }
    )
    result = attribute(Frames.from_native(touches=touches, closings=closings))
    assert (money(result), codes(result)) == ({"ads": 100}, ["touch-without-instant"])


def test_a_sale_of_no_lead_is_not_lost() -> None:
    """It is in the row of those without a touch."""
    result = credited([touch(1), won(5, 100, lead=None)])
    assert (money(result), codes(result)) == ({"no touch known": 100}, ["conversion-without-lead"])
    assert result.untouched_count == 1


def test_a_touch_whose_channel_is_not_known_keeps_its_part() -> None:
    """Unknown is a value of its own, and not the missing touch."""
    result = credited([touch(1, None), touch(2, "mail"), won(5, 100)])
    assert money(result) == {None: 50, "mail": 50}


def test_touches_of_which_only_the_day_is_known_stand_at_its_start() -> None:
    """And a sale of which only the day is known is compared with whole days."""
    early = touch(5, "mail", precision=Precision.DAY)
    facts = [touch(5.2), early, won(5.5, 100)]
    result = credited(facts, models=[LastNonDirect(name="last")])
    assert (money(result)["ads"], codes(result)) == (100, ["touch-without-time"])
    signed = won(5, 100, precision=Precision.DAY)
    assert money(credited([touch(5.9), touch(6.1, "mail"), signed])) == {"ads": 100}


def test_currencies_have_rows_of_their_own() -> None:
    """They never add, and what has no amount stands apart from both."""
    other = won(9, 700, "D2", currency="USD")
    result = credited([touch(1), won(5, 100), touch(6), other, touch(10), won(11, None, "D3")])
    found = {(row.currency, row.revenue and row.revenue.minor, row.conversions) for row in result.rows}
    assert found == {("EUR", 100, 1.0), ("USD", 700, 1.0), (None, None, 1.0)}
    assert result.revenue == {"EUR": Money(100, "EUR"), "USD": Money(700, "USD")}
    assert result.row("linear", channel="ads", currency="USD").revenue == Money(700, "USD")
    with pytest.raises(UnknownNameError, match="several currencies"):
        result.row("linear", channel="ads")


def order(day: float, amount: int, name: str = "O1", **more: object) -> Fact:
    """An order of some day."""
    fields = {"order_id": name, "lead_id": "L1", "amount_minor": amount, "currency": "EUR"} | more
    return said(OrderPlaced, day, **fields)


def back(day: float, amount: int, name: str = "O1", currency: str = "EUR") -> Fact:
    """Money paid back on some day."""
    return said(OrderReturned, day, order_id=name, amount_minor=amount, currency=currency)


def test_what_is_paid_back_is_taken_from_the_touches_of_its_order() -> None:
    """A full return leaves exactly nothing, whatever came between."""
    facts = [touch(1), touch(2, "mail"), touch(3, "fair"), order(5, 100), touch(6, "ads"), back(20, 100)]
    result = credited(facts, conversion="order")
    assert money(result) == {"ads": 0, "mail": 0, "fair": 0}
    assert result.revenue == {"EUR": Money(0, "EUR")}
    assert result.conversions_count == 1


def test_returns_that_do_not_fit_are_told() -> None:
    """More than was paid is a debit; of unknown orders, and in other money, nothing is guessed."""
    facts = [
        touch(1), order(5, 100), back(6, 80), back(7, 50),
        touch(8, "mail"), order(9, 60, "O2"), back(10, 5, "O2", "USD"), back(11, 9, "O9"),
    ]  # fmt: skip
    result = credited(facts, conversion="order")
    found = {(row.values["channel"], row.currency): row.revenue.minor for row in result.rows}
    assert found == {
        ("ads", "EUR"): -30,
        ("mail", "EUR"): 60,
        ("mail", "USD"): -5,
        ("no touch known", "EUR"): -9,
    }
    assert codes(result) == ["return-without-order", "return-in-another-currency", "return-larger-than-order"]


def test_an_order_said_twice_counts_once() -> None:
    """As last known."""
    again = order(5, 70, known_at=START + timedelta(days=8))
    result = credited([touch(1), order(5, 100), again], conversion="order")
    assert (money(result), codes(result)) == ({"ads": 70}, ["order-said-twice"])


def test_credit_by_month_and_source() -> None:
    """The month is the conversion's, the source the lead's."""
    lead = said(Lead, 0, lead_id="L1", created_at=START, source_raw="cold call")
    facts = [lead, touch(1), won(5, 100), touch(33), won(40, 50, "D2")]
    result = credited(facts, by=("month", "source"), period=Period.parse("2026-03-01/2026-05-01"))
    assert {tuple(row.values.values()): row.revenue.minor for row in result.rows} == {
        ("2026-03", "search"): 100,
        ("2026-04", "search"): 50,
    }
    with pytest.raises(InvalidTermsError, match="period"):
        credited(facts, by="month")


def test_leads_and_opportunities_are_conversions_too() -> None:
    """A lead has no money; an opportunity has what it is expected to bring."""
    at = START + timedelta(days=3)
    lead = said(Lead, 3, lead_id="L1", created_at=at)
    deal = said(Deal, 6, lead_id="L1", deal_id="D1", created_at=at, amount_minor=500, currency="EUR")
    facts = [touch(1), touch(2, "mail"), lead, deal]
    leads = credited(facts, conversion="lead", models=[Linear(), Markov()])
    assert [(row.revenue, row.conversions) for row in leads.of("linear")] == [(None, 0.5), (None, 0.5)]
    assert leads.unpriced_count == 0
    assert money(credited(facts, conversion="opportunity")) == {"ads": 250, "mail": 250}


def test_a_page_says_where_the_models_disagree() -> None:
    """In English and Spanish, with a chart, the money between them, and what is doubtful."""
    facts = [touch(1), touch(2, "mail"), touch(9, "fair"), won(10, 99_999), won(20, None, "D2")]
    result = credited(facts, models=[Linear(), TimeDecay(), WShaped(), Markov()])
    apart = result.disagreements[0]
    assert (apart.group, apart.most.model, apart.spread) == (
        (("channel", "ads"),),
        "w_shaped",
        apart.most.revenue - apart.least.revenue,
    )
    page = result.to_report()
    assert page.charts
    english = str(render(page, "text").content)
    assert "Where the models disagree" in english
    assert "no amount with a currency" in english
    spanish = str(render(result.to_report(words=words("es")), "text").content)
    assert "Dónde discrepan los modelos" in spanish
    assert "<html" in str(render(page, "html").content)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"by": "chanel"}, UnknownNameError, "chanel"),
        ({"by": ()}, InvalidTermsError, "split by"),
        ({"conversion": "custmer"}, UnknownNameError, "did you mean 'customer'"),
        ({"look_back": timedelta(0)}, InvalidTermsError, "look_back"),
        ({"period": "2026"}, InvalidTermsError, "is a str, not a Period"),
        ({"look_back": 90}, InvalidTermsError, r"such as timedelta\(days=90\)"),
        ({"currency": "EUR"}, InvalidTermsError, "of given paths alone"),
        ({"models": [Linear]}, InvalidTermsError, r"call it, Linear\(…\)"),
        ({"as_of": datetime(2026, 4, 1)}, InvalidFactError, "no time zone"),  # noqa: DTZ001 (naive, to be refused)
    ],
)
def test_what_cannot_be_asked_is_told(asked: dict[str, object], error: type[Exception], says: str) -> None:
    """With the nearest thing that can."""
    with pytest.raises(error, match=says):
        credited([touch(1), won(5, 100)], **asked)


def test_a_shop_without_deals_is_told_what_to_ask_for() -> None:
    """Rather than shown nothing."""
    with pytest.raises(InvalidTermsError, match='say conversion="order"'):
        credited([touch(1), order(5, 100)])


def test_one_lead_is_one_lead() -> None:
    """Facts of two are refused, and a model that needs all journeys says so."""
    with pytest.raises(InvalidFactError, match="several leads: L1, L2"):
        credit_of([touch(1), touch(2, lead="L2")], as_of=AS_OF)
    with pytest.raises(InvalidTermsError, match="per_journey"):
        credit_of([touch(1), won(2, 5)], models=[Markov()], as_of=AS_OF)
    rows = credit_of(
        [touch(1), touch(2, "mail"), won(5, 100)],
        models=[Markov(per_journey=True)],
        effects={"ads": 0.1, "mail": 0.3},
        as_of=AS_OF,
    )
    assert [(row.values["channel"], row.revenue.minor) for row in rows] == [("mail", 75), ("ads", 25)]
