"""The review on the real exports that the examples were written for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from smarketing.agreement import load_agreement
from smarketing.crm import load_mapping, read_files
from smarketing.dataset import check_dataset
from smarketing.frames import Frames
from smarketing.review import Review, check_agreed, review_period

EXAMPLES = Path(__file__).parents[2] / "examples"


def review(example: str, folder: Path, as_of: str) -> Review:
    """As `smarketing review` does it."""
    mapping, agreement = (EXAMPLES / example / f"{name}.toml" for name in ("mapping", "agreement"))
    terms = load_agreement(agreement)
    dataset = read_files(sorted(folder.glob("*.csv")), load_mapping(mapping))
    return review_period(
        Frames.from_dataset(dataset.facts),
        terms,
        as_of=terms.as_of(as_of),
        problems=[*dataset.problems, *check_dataset(dataset), *check_agreed(dataset, terms)],
        readings=dataset.readings,
    )


def test_the_marketing_funnel_is_reviewed_to_the_last_lead(real_data: Path) -> None:
    """Each origin with its leads and its customers; a blank one is not the word "unknown"."""
    found = review("marketing_funnel", real_data / "marketing-funnel", "2018-04-01")
    assert {
        row.values["source_raw"]: (row["mql"].reached_count, row["customer"].reached_count)
        for row in found.funnels["source_raw"].rows
    } == {
        "organic search": (1603, 110),
        "paid search": (1048, 72),
        "unknown": (779, 76),
        "social": (756, 26),
        "email": (349, 5),
        "direct traffic": (346, 29),
        "referral": (186, 5),
        "other": (113, 2),
        "display": (88, 3),
        "other publicities": (44, 2),
        None: (33, 6),
    }
    assert found.funnel.total.conversion("mql", "customer").trials == 5_345
    assert (found.sales.total.won_count, found.sales.total.unpriced_count) == (336, 336)
    assert found.unknown_sources == {"blank": 33, "said_unknown": 779, "unmatched": 113}


def test_the_marketing_funnel_loses_no_row_and_tells_the_early_deal(real_data: Path) -> None:
    """By its file and its line, which the page shows too."""
    found = review("marketing_funnel", real_data / "marketing-funnel", "2018-04-01")
    assert {reading.rows_count: reading.gave_count for reading in found.readings} == {336: 336, 5_345: 5_345}
    (early,) = (problem for problem in found.problems if problem.code == "deal-before-lead")
    assert (early.origin.file, early.origin.row) == ("closed_deals_asof_2018-04-01.csv", 273)


def test_the_sales_pipeline_is_reviewed_with_its_teams_and_products(real_data: Path) -> None:
    """Deals, who sold them, in which office; a product that no list knows is questioned."""
    found = review("crm_sales_pipeline", real_data / "crm-sales-pipeline", "2017-07-01")
    pipeline = found.pipelines["sales"].total
    assert (pipeline["engaging"].reached_count, pipeline["won"].reached_count) == (4_365, 1_785)
    assert (found.sales.total.won_count, found.sales.total.lost_count) == (1_785, 894)
    assert {row.values["region"] for row in found.sales_by["region"].rows} == {"Central", "East", "West"}
    assert len(found.sales_by["team"].rows) == 6
    assert Counter(problem.code for problem in found.problems) == {"not-in-lookup": 1}
    assert "'GTXPro'" in found.problems[0].message
    assert "did you mean 'GTX Pro'?" in found.problems[0].message
    assert not found.funnel.total[found.funnel.start].reached_count
