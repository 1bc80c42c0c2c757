"""Campaigns and accounts are called by their names on a page; figures are found by their ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smarketing.document import Table
from smarketing.facts import Account, Campaign, Deal, DealClosed, Fact, Lead, Outcome
from smarketing.frames import Frames
from smarketing.funnel import Funnel, SalesResult, measure_funnel, measure_sales
from smarketing.origin import Origin
from smarketing.periods import Period

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
QUARTER = Period.parse("2026-Q1")


def campaign(key: str, name: str, day: int = 0) -> Campaign:
    """What a campaign is called from a day on."""
    at = START + timedelta(days=day)
    return Campaign(origin=Origin(record=key), occurred_at=at, campaign_id=key, name=name)


def lead(number: int, campaign_id: str) -> Lead:
    """A lead that a campaign brought."""
    key = f"L-{number}"
    return Lead(
        origin=Origin(record=key), occurred_at=START, created_at=START, lead_id=key, campaign_id=campaign_id
    )


def sale(number: int, account: str, name: str | None) -> list[Fact]:
    """A deal won with an account."""
    key = f"D-{number}"
    known = {"origin": Origin(record=account), "occurred_at": START}
    return [
        Account(account_id=account, name=name, **known),
        Deal(origin=Origin(record=key), occurred_at=START, created_at=START, deal_id=key, account_id=account),
        DealClosed(
            origin=Origin(record=key), occurred_at=START, deal_id=key, outcome=Outcome.WON,
            amount_minor=100 * number, currency="EUR",
        ),
    ]  # fmt: skip


def sold(*facts: Fact) -> SalesResult:
    """Sales by account."""
    return measure_sales(Frames.from_dataset(facts), period=QUARTER, by=["account"])


def first_cells(result: SalesResult) -> list[object]:
    """How the table calls its rows."""
    (table,) = (
        block
        for section in result.to_report().sections
        for block in section.blocks
        if isinstance(block, Table)
    )
    return [row[0] for row in table.rows]


def test_a_campaign_is_called_by_its_name_and_found_by_its_id() -> None:
    """A page speaks of "Spring fair"; code asks for C-1."""
    frames = Frames.from_dataset([campaign("C-1", "Spring fair"), lead(1, "C-1"), lead(2, "C-2")])
    result = measure_funnel(frames, Funnel.default(), period=QUARTER, by=["campaign"], start="lead")
    assert result.names == {"campaign": {"C-1": "Spring fair"}}
    assert result.row(campaign="C-1")["lead"].reached_count == 1
    told = repr(result.to_report())
    assert "Spring fair" in told
    assert "C-2" in told
    assert "C-1" not in told


def test_a_name_is_the_one_last_known() -> None:
    """A campaign that was renamed after the moment has its old name in what was known then."""
    facts = [campaign("C-1", "Spring fair"), campaign("C-1", "Easter fair", 30), lead(1, "C-1")]
    frames = Frames.from_dataset(facts)

    def name(as_of: datetime) -> str:
        result = measure_funnel(
            frames, Funnel.default(), period=QUARTER, as_of=as_of, by=["campaign"], start="lead"
        )
        return result.names["campaign"]["C-1"]

    assert name(START + timedelta(days=10)) == "Spring fair"
    assert name(START + timedelta(days=40)) == "Easter fair"


def test_two_accounts_of_one_name_keep_their_ids() -> None:
    """Otherwise two rows could not be told apart; a blank name is none."""
    result = sold(
        *sale(4, "A-1", "Acme"), *sale(3, "A-2", "Acme"), *sale(2, "A-3", " "), *sale(1, "A-4", None)
    )
    assert first_cells(result) == ["Acme (A-1)", "Acme (A-2)", "A-3", "A-4"]


def test_many_accounts_are_added_up_in_one_row() -> None:
    """A page lists the greatest; the rest stand together, so that the table adds up to its total."""
    result = sold(*(fact for number in range(1, 61) for fact in sale(number, f"A-{number}", None)))
    (section,) = result.to_report().sections
    table = section.blocks[-1]
    assert isinstance(table, Table)
    assert table.totals is not None
    assert [row[0] for row in table.rows][-2:] == ["A-22", "21 others"]
    assert sum(row[1] for row in table.rows) == table.totals[1] == 60
    assert sum(row[4].minor for row in table.rows) == table.totals[4].minor == 100 * 60 * 61 // 2
    assert len(result.rows) == 60


def test_many_small_groups_of_leads_are_added_up_too() -> None:
    """Leads of sixty campaigns: forty rows, and as many leads as there are."""
    frames = Frames.from_dataset([lead(number, f"C-{number % 60}") for number in range(100)])
    result = measure_funnel(frames, Funnel.default(), period=QUARTER, by=["campaign"], start="lead")
    table = next(
        block
        for section in result.to_report().sections
        for block in section.blocks
        if isinstance(block, Table) and block.totals
    )
    assert len(table.rows) == 40
    assert sum(row[1] for row in table.rows) == 100
