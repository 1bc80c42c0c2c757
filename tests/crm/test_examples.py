"""The mappings in `examples/`, on the real exports that they were written for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from smarketing.crm import load_mapping, read_files
from smarketing.dataset import Dataset, check_dataset
from smarketing.facts import Account, Deal, DealClosed, Lead, Outcome, StageEntered

EXAMPLES = Path(__file__).parents[2] / "examples"


def read(example: str, folder: Path) -> Dataset:
    """Read a folder with an example's mapping."""
    return read_files(sorted(folder.glob("*.csv")), load_mapping(EXAMPLES / example / "mapping.toml"))


def test_the_marketing_funnel_is_read_whole(real_data: Path) -> None:
    """Each lead, each deal, and the origins as they stand: a blank one is not the word "unknown"."""
    dataset = read("marketing_funnel", real_data / "marketing-funnel")
    assert not dataset.problems
    leads = {lead.lead_id: lead for lead in dataset.of(Lead)}
    assert Counter(lead.source_raw for lead in leads.values()) == {
        "organic search": 1603,
        "paid search": 1048,
        "unknown": 779,
        "social": 756,
        "email": 349,
        "direct traffic": 346,
        "referral": 186,
        "other": 113,
        "display": 88,
        "other publicities": 44,
        None: 33,
    }
    closed = Counter(leads[one.lead_id or ""].source_raw for one in dataset.of(DealClosed))
    assert closed == {
        "organic search": 110,
        "paid search": 72,
        "unknown": 76,
        "social": 26,
        "email": 5,
        "direct traffic": 29,
        "referral": 5,
        "other": 2,
        "display": 3,
        "other publicities": 2,
        None: 6,
    }
    assert {one.outcome for one in dataset.of(DealClosed)} == {Outcome.WON}
    assert len(dataset.of(Deal)) == 336


def test_the_one_deal_before_its_first_contact_is_told_with_its_row(real_data: Path) -> None:
    """And that no deal has an amount, once."""
    dataset = read("marketing_funnel", real_data / "marketing-funnel")
    told = {problem.code: problem for problem in check_dataset(dataset)}
    assert sorted(told) == ["deal-before-lead", "won-without-amount"]
    assert told["deal-before-lead"].origin.row == 273
    assert "2018-03-08" in told["deal-before-lead"].message


def test_the_sales_pipeline_is_joined(real_data: Path) -> None:
    """Accounts, products and teams enrich the deals; what does not fit is asked about, and kept."""
    dataset = read("crm_sales_pipeline", real_data / "crm-sales-pipeline")
    (told,) = dataset.problems
    assert "'GTXPro' is not in products (did you mean 'GTX Pro'?)" in told.message
    assert "742 rows" in told.message
    assert not check_dataset(dataset)
    deals = dataset.of(Deal)
    assert sum(deal.account_id is None for deal in deals) == 484
    assert sum(deal.product == "GTXPro" for deal in deals) == 742
    assert all(deal.team and deal.region for deal in deals)
    assert {account.industry for account in dataset.of(Account)} >= {"technolgy"}
    assert Counter(one.outcome.value for one in dataset.of(DealClosed)) == {"won": 1785, "lost": 894}
    assert len(dataset.of(StageEntered)) == len(deals) == 4365
    assert {(one.amount or 0) and one.currency for one in dataset.of(DealClosed)} == {"USD"}
    assert sum(reading.rows_count for reading in dataset.readings) == 4365 + 85 + 7 + 35
