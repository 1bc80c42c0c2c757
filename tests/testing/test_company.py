"""The example company: what is drawn is what is true, and what is written is what is drawn."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from math import sqrt
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest

from smarketing.agreement import load_agreement
from smarketing.crm import load_mapping, read_files
from smarketing.dataset import check_dataset
from smarketing.errors import UnknownNameError
from smarketing.facts import DealClosed, Fact, Lead, Outcome, StageEntered
from smarketing.frames import Frames
from smarketing.funnel import Funnel, measure_funnel
from smarketing.periods import Period
from smarketing.sources import LeadSource, UnknownReason
from smarketing.testing import Delay, Truth, example_company, write_example

LARGE = 40_000
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture(scope="module")
def large() -> list[Fact]:
    """The facts of a company that is large enough to see its rates."""
    return list(example_company(seed=3, leads=LARGE).facts())


def digests(folder: Path) -> dict[str, str]:
    """What each file holds, in short."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def entered(facts: list[Fact], stage: str) -> dict[str, Fact]:
    """The first entry of each lead into a stage."""
    found: dict[str, Fact] = {}
    for fact in facts:
        if isinstance(fact, StageEntered) and fact.stage == stage and fact.lead_id:
            found.setdefault(fact.lead_id, fact)
    return found


def test_the_same_seed_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """No hash seed, no clock and no set order has a part in an export."""
    for seed in ("0", "1"):
        program = (
            "from smarketing.testing import example_company\n"
            f"example_company(seed=5, leads=500).write_export({str(tmp_path / seed)!r})"
        )
        subprocess.run(
            [sys.executable, "-c", program], check=True, env={"PYTHONHASHSEED": seed, "SYSTEMROOT": ""}
        )
    assert digests(tmp_path / "0") == digests(tmp_path / "1")


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    """Or a test on several seeds would be a test on one."""
    for seed in (1, 2):
        example_company(seed=seed, leads=300).write_export(tmp_path / str(seed))
    one, other = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert [name for name in one if one[name] == other[name]] == ["campaigns.csv", "spend.csv"]
    assert example_company(seed=1).truth.months != example_company(seed=2).truth.months


def test_the_default_company_has_5000_leads_and_about_800_deals(tmp_path: Path) -> None:
    """The size that the demo promises, dirty rows beside it."""
    company = example_company()
    counts = company.write_export(tmp_path)
    dirty = Counter(dirt.file for dirt in company.dirt)
    assert counts["leads.csv"] - dirty["leads.csv"] == 5_000
    assert 750 <= counts["deals.csv"] - dirty["deals.csv"] <= 850
    assert 25 <= len(company.dirt) <= 30


def test_reading_the_clean_export_gives_exactly_the_company_s_facts(tmp_path: Path) -> None:
    """Row for row and to the microsecond: the export, its mapping and the facts say the same."""
    company = example_company(seed=2, leads=1_500, dirty=False)
    company.write_export(tmp_path)
    dataset = read_files(sorted(tmp_path.iterdir()), load_mapping(company.mapping_toml()))
    assert dataset.problems == ()
    assert list(check_dataset(dataset)) == []
    assert set(dataset.facts) == set(company.facts())


def test_every_dirty_row_is_told_of_and_every_good_row_survives(tmp_path: Path) -> None:
    """At its own line, whatever its fault; and harmless text is no fault."""
    company = write_example(tmp_path, seed=4, leads=900)
    mapping = load_mapping(tmp_path / "mapping.toml")
    dataset = read_files(sorted((tmp_path / "export").iterdir()), mapping)
    problems = [*dataset.problems, *check_dataset(dataset)]
    told = {(problem.origin.file, problem.origin.row) for problem in problems}
    assert told == {(dirt.file, dirt.line) for dirt in company.dirt if not dirt.harmless}
    assert set(company.facts()) <= set(dataset.facts)
    kept = {fact.origin.record for fact in dataset.of(Lead)}
    assert {dirt.record for dirt in company.dirt if dirt.harmless and dirt.file == "leads.csv"} <= kept


@pytest.mark.parametrize("leads", [3, 60, 2_500])
def test_the_account_of_the_dirt_is_right_whatever_the_size(tmp_path: Path, leads: int) -> None:
    """The line that is stated is the line that holds the row."""
    company = example_company(seed=1, leads=leads)
    company.write_export(tmp_path)
    for dirt in company.dirt:
        lines = (tmp_path / dirt.file).read_text("utf-8").split("\n")
        assert lines[dirt.line - 1].startswith(dirt.record + ","), dirt


def test_the_agreement_reads_every_word_as_its_true_source() -> None:
    """What is unknown is what the truth says was hidden, blank and unknown apart."""
    company = example_company(seed=6, leads=6_000)
    rules = load_agreement(company.agreement_toml()).sources.on(company.starts_on)
    verdicts = [
        rules.classify({"source_raw": fact.source_raw}) for fact in company.facts() if isinstance(fact, Lead)
    ]
    found = Counter(verdict.source for verdict in verdicts)
    reasons = Counter(verdict.reason for verdict in verdicts if verdict.reason)
    assert set(reasons) == {UnknownReason.BLANK, UnknownReason.SAID_UNKNOWN}
    assert near(reasons[UnknownReason.BLANK], 6_000, company.truth.blank_share)
    assert near(reasons[UnknownReason.SAID_UNKNOWN], 6_000, company.truth.unknown_share)
    known = 6_000 - found[LeadSource.UNKNOWN]
    for source in company.truth.sources:
        assert near(found[LeadSource(source.name)], known, source.mix), source.name


def near(count: int, of: int, share: float) -> bool:
    """Whether so many out of so many fit a probability, within four standard errors."""
    return abs(count / of - share) <= 4 * sqrt(share * (1 - share) / of)


@pytest.mark.parametrize("source", ["seeker", "search", "referral"])
def test_the_true_rates_and_delays_are_found_in_the_facts(large: list[Fact], source: str) -> None:
    """Of leads that had all the time they could need, so that nothing is censored."""
    truth = example_company(seed=3).truth
    words = {
        "seeker": {"Organic Search", "Google Ads", "Social media", "Website", "Inbound call"},
        "search": {"Prospecting", "Cold call", "LinkedIn outreach", "Trade fair"},
        "referral": {"Customer referral", "Partner", "Word of mouth"},
    }[source]
    mine = {fact.lead_id for fact in large if isinstance(fact, Lead) and fact.source_raw in words}
    begun, captured, mql, sql = (entered(large, stage) for stage in ("prospect", "lead", "mql", "sql"))
    cutoff = example_company(seed=3).as_of - timedelta(days=230)
    cohort = [lead for lead in mine if begun[lead].occurred_at < cutoff]
    step = truth[source].step("prospect")
    arrived = [lead for lead in cohort if lead in captured]
    assert near(len(arrived), len(cohort), step.probability)
    days = [local_days(begun[lead], captured[lead]) for lead in arrived]
    for limit in (0, 2, 7):
        assert near(sum(day <= limit for day in days), len(days), step.delay.by(limit)), limit
    qualified = [lead for lead in arrived if captured[lead].occurred_at < cutoff]
    reached = [lead for lead in qualified if lead in mql or lead in sql]
    assert near(len(reached), len(qualified), truth[source].step("lead").probability)


def test_the_measured_funnel_finds_the_true_rates_again() -> None:
    """Half a year of leads, seen a year later: nothing is left to come that would move a rate."""
    company = example_company(seed=9, leads=20_000)
    result = measure_funnel(
        Frames.from_dataset(company.facts()),
        Funnel.default(),
        period=Period.parse("2024-01-01/2024-07-01", company.zone),
        as_of=company.as_of,
        by=("source",),
        sources=load_agreement(company.agreement_toml()).sources,
    )
    for source in company.truth.sources:
        row = result.row(source=source.name)
        for step in source.steps:
            rate = row.conversion(step.start, step.end)
            assert near(rate.successes, rate.trials, step.probability), (source.name, step.end, rate)


def local_days(start: Fact, end: Fact) -> int:
    """Days on the company's calendar between two facts."""
    return (end.occurred_at.astimezone(MADRID).date() - start.occurred_at.astimezone(MADRID).date()).days


def test_without_shocks_and_zombies_the_true_win_share_is_found() -> None:
    """Over all deals that could have closed by now, re-opened ones counted by their last outcome."""
    calm = Truth.drawn(seed=1, shock_sd=0.0)
    sources = tuple(attrs.evolve(source, zombie_share=0.0) for source in calm.sources)
    company = example_company(seed=8, leads=LARGE, truth=attrs.evolve(calm, sources=sources))
    opened = {f.deal_id: f.occurred_at for f in company.facts() if isinstance(f, StageEntered) and f.deal_id}
    last = {f.deal_id: f for f in company.facts() if isinstance(f, DealClosed)}
    old = {deal for deal, at in opened.items() if at < company.as_of - timedelta(days=210)}
    assert old <= set(last), "without zombies, every deal that had the time has closed"
    won = sum(last[deal].outcome is Outcome.WON for deal in old)
    weights = {s.name: s.mix * s.reach("prospect", "opportunity") for s in company.truth.sources}
    share = sum(weights[s.name] * s.win_share for s in company.truth.sources) / sum(weights.values())
    assert near(won, len(old), share)


def test_a_good_month_wins_more_than_a_bad_one(large: list[Fact]) -> None:
    """The shock is common to all deals that close in a month: luck is shared, and can be seen."""
    truth = example_company(seed=3).truth
    last = {f.deal_id: f for f in large if isinstance(f, DealClosed)}
    by_month: dict[str, list[bool]] = {}
    for closing in last.values():
        month = f"{closing.occurred_at.astimezone(MADRID):%Y-%m}"
        by_month.setdefault(month, []).append(closing.outcome is Outcome.WON)
    ranked = sorted(
        (month for month in truth.months if month.label in by_month), key=lambda month: month.shock
    )
    assert sum(map(len, by_month.values())) > 4_000

    def share(months: list[str]) -> float:
        outcomes = [won for month in months for won in by_month[month]]
        return sum(outcomes) / len(outcomes)

    worst, best = [m.label for m in ranked[:6]], [m.label for m in ranked[-6:]]
    assert share(best) > share(worst) + 0.1


def test_arrivals_follow_the_weekdays_and_the_seasons(large: list[Fact]) -> None:
    """August is quiet, and so are Sundays."""
    truth = example_company(seed=3).truth
    seen = [fact.occurred_at.astimezone(MADRID) for fact in entered(large, "prospect").values()]
    weekdays = Counter(at.weekday() for at in seen)
    assert weekdays.most_common()[-1][0] == 6
    ratio = weekdays[1] / weekdays[6]
    assert ratio == pytest.approx(truth.weekday_weights[1] / truth.weekday_weights[6], rel=0.1)
    months = Counter(at.month for at in seen)
    assert months.most_common()[-1][0] == 8


def test_the_export_holds_the_untidiness_of_real_funnels(large: list[Fact]) -> None:
    """Skipped and recycled leads, late entries, re-opened deals, and deals that nobody closes."""
    mql, sql = entered(large, "mql"), entered(large, "sql")
    assert set(sql) - set(mql), "some MQLs were never recorded"
    assert set(entered(large, "recycled")) & set(sql), "some come back from nurturing"
    assert any(fact.known_at > fact.occurred_at for fact in large)
    kinds = Counter(type(fact).__name__ for fact in large)
    assert kinds["DealReopened"] > 50
    closed = {fact.deal_id for fact in large if isinstance(fact, DealClosed)}
    opened = {f.deal_id: f.occurred_at for f in large if isinstance(f, StageEntered) and f.deal_id}
    end = example_company(seed=3).as_of
    assert sum(at < end - timedelta(days=250) for deal, at in opened.items() if deal not in closed) > 50


def test_nothing_is_dated_or_known_after_the_export(large: list[Fact]) -> None:
    """What lies beyond the last day is censored, not told."""
    end = example_company().as_of
    assert all(fact.counts(end) for fact in large)


def test_a_delay_is_a_distribution() -> None:
    """It adds up to one, its parts are its differences, and its mean is theirs."""
    delay = Delay(median_days=9, spread=0.9, longest_days=120)
    parts = [delay.on(day) for day in range(121)]
    assert sum(parts) == pytest.approx(1)
    assert min(parts) >= 0
    assert sum(day * part for day, part in enumerate(parts)) == pytest.approx(delay.mean_days)
    assert (delay.by(-1), delay.by(120), delay.by(9_999)) == (0, 1, 1)


def test_won_lost_and_never_closed_add_up_for_every_source() -> None:
    """The true cumulative incidences are shares of all deals."""
    for source in Truth.drawn(seed=1).sources:
        end = source.closing.longest_days
        assert source.won_by(end) + source.lost_by(end) + source.zombie_share == pytest.approx(1)
        assert source.won_by(30) <= source.won_by(60) <= source.win_share


def test_names_that_the_truth_does_not_know_are_answered_with_the_nearest() -> None:
    """As everywhere in the library."""
    truth = Truth.drawn(seed=1)
    with pytest.raises(UnknownNameError, match="did you mean 'seeker'"):
        truth["seekr"]
    with pytest.raises(UnknownNameError, match="did you mean 'mql'"):
        truth["search"].step("mqll")
    with pytest.raises(UnknownNameError, match="does not follow"):
        truth["search"].reach("sql", "lead")
    with pytest.raises(ValueError, match="at least one lead"):
        example_company(leads=0)
