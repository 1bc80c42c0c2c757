"""The loop of the real exports that the examples were written for, with a spend that is ours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from loop_books import spend

from smarketing.agreement import load_agreement
from smarketing.closed_loop import LoopResult, close_loop
from smarketing.crm import load_mapping, read_files
from smarketing.frames import Frames
from smarketing.funnel import measure_sales
from smarketing.periods import Period
from smarketing.values import Money

EXAMPLES = Path(__file__).parents[2] / "examples"


def loops(example: str, folder: Path, period: str, **asked: object) -> tuple[Frames, LoopResult]:
    """A real export with a thousand a day of spend that names no campaign."""
    mapping, agreement = (EXAMPLES / example / f"{name}.toml" for name in ("mapping", "agreement"))
    terms = load_agreement(agreement)
    facts = read_files(sorted(folder.glob("*.csv")), load_mapping(mapping)).facts
    when = terms.period(period)
    first, after = (at.date() for at in (when.start, when.end))
    paid = spend(
        None, 1_000 * (after - first).days, currency=terms.company.currency, starts_on=first,
        ends_on=date.fromordinal(after.toordinal() - 1), occurred_at=when.start,
    )  # fmt: skip
    frames = Frames.from_dataset([*facts, paid])
    return frames, close_loop(frames, terms, period=when, **asked)  # type: ignore[arg-type]


def test_every_lead_of_the_marketing_funnel_is_paid_for_once(real_data: Path) -> None:
    """By origin and by landing page: the known leads and customers, and the whole spend, to the cent."""
    folder = real_data / "marketing-funnel"
    _, by_origin = loops("marketing_funnel", folder, "2017-06-01/2018-04-01", by=("source_raw",))
    found = {row.values["source_raw"]: (row.leads_count, row.customers_count) for row in by_origin.rows}
    assert found["organic search"] == (1_603, 110)
    assert found["social"] == (756, 26)
    assert found[None] == (33, 6)
    assert (by_origin.total.leads_count, by_origin.total.customers_count) == (5_345, 336)
    _, by_page = loops("marketing_funnel", folder, "2017-06-01/2018-04-01", by=("landing_page",))
    for loop in (by_origin, by_page):
        assert loop.total.spend is not None
        assert sum(row.spend.minor for row in loop.rows if row.spend) == loop.total.spend.minor
    codes = {problem.code for problem in by_origin.problems}
    assert codes == {"deal-before-lead", "sale-without-amount"}
    assert by_origin.total.revenue.minor == 0


def test_a_pipeline_without_leads_has_its_revenue_in_the_loop(real_data: Path) -> None:
    """Deals of nobody count by their owner, and come to what was sold."""
    frames, loop = loops(
        "crm_sales_pipeline",
        real_data / "crm-sales-pipeline",
        "2017-01-01/2017-07-01",
        by=("owner",),
        view="cash",
    )
    sold = measure_sales(frames, period=Period.parse("2017-01-01/2017-07-01", loop.period.zone))
    assert loop.total.revenue == sold.total.revenue[loop.currency]
    assert (loop.total.deals_count, loop.total.leads_count) == (sold.total.won_count, 0)
    assert loop.total.revenue > Money(0, loop.currency)
    assert loop.total.cac is None
