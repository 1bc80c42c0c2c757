"""Points that are learned from outcomes."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from known_odds import BEGIN, CUSTOMER, DAY, NOW, becomes_customer, company, lead

from smarketing import render
from smarketing.estimates import auc
from smarketing.facts import (
    Account,
    Deal,
    DealClosed,
    Fact,
    Lead,
    OrderPlaced,
    Outcome,
    SalesFeedback,
    StageEntered,
    Touch,
)
from smarketing.frames import Frames, tuples_of
from smarketing.origin import Origin
from smarketing.periods import Period
from smarketing.scoring import CalibrationResult, LeadOutcome, calibrate, score_leads
from smarketing.values import Traits


@pytest.fixture(scope="module")
def learned() -> CalibrationResult:
    """What is learned of that company, looking at each lead a day after it began."""
    return calibrate(
        Frames.from_dataset(company()[0]), CUSTOMER, as_of=NOW, after=DAY, points_per_doubling=20
    )


def test_true_points_are_recovered(learned: CalibrationResult) -> None:
    """Differences of levels are those of the true log-odds, to a few standard errors; noise gets none."""
    weights = {(row.field, row.level): row.weight for row in learned.levels}
    assert weights["country", "ES"] - weights["country", "PT"] == pytest.approx(0.9, abs=0.25)
    assert weights["country", "ES"] - weights["country", "FR"] == pytest.approx(1.8, abs=0.25)
    demo = [weight for (field, _), weight in weights.items() if field == "touches: demo"]
    assert demo[1] - demo[0] == pytest.approx(1.2, abs=0.25)
    noise = [weight for (field, _), weight in weights.items() if field == "trait_noise"]
    assert abs(noise[0] - noise[1]) < 0.2
    seats = [row for row in learned.levels if row.field == "trait_seats"]
    assert seats[-1].weight - seats[0].weight == pytest.approx(2.0, abs=0.4)


def test_the_points_rank_as_well_as_the_truth(learned: CalibrationResult) -> None:
    """On leads held out, the AUC is that of the true odds, but for what cannot be learned."""
    facts, odds = company()
    customers = {fact.lead_id for fact in facts if isinstance(fact, StageEntered)}
    held_out = range(len(odds) * 7 // 10, len(odds))
    best = auc([odds[number] for number in held_out], [f"L{number}" in customers for number in held_out])
    assert best is not None
    assert learned.held_out.auc.successes == best.successes
    assert best.share - 0.01 < learned.held_out.auc.share < best.share + 0.005
    assert learned.held_out.calibration_error < 0.03
    assert learned.held_out.log_loss < learned.held_out.base_log_loss


def test_twice_the_odds_cost_as_many_points_as_was_asked(learned: CalibrationResult) -> None:
    """Twenty points more double the odds."""
    low, high = learned.probability(10), learned.probability(30)
    assert high / (1 - high) == pytest.approx(2 * low / (1 - low))


def test_levels_count_each_lead_that_was_learned_from_once(learned: CalibrationResult) -> None:
    """The levels of every field hold the same leads."""
    train = learned.train.auc.successes + learned.train.auc.failures
    by_field: dict[str, list[int]] = {}
    for row in learned.levels:
        by_field.setdefault(row.field, []).append(row.lead_count)
    assert {field: sum(counts) for field, counts in by_field.items()} == dict.fromkeys(by_field, train)
    assert all(0 <= row.shrinkage_share < 0.1 for row in learned.levels)


def test_the_matrix_gives_the_points_that_were_tried(backend: str) -> None:
    """Scored in bulk, each lead has the points whose quality was told: missing ones and rare ones too."""
    chance = random.Random(3)  # noqa: S311
    facts: list[Fact] = []
    for number in range(500):
        traits = {"seats": chance.randrange(1, 9) * 5, "vip": chance.random() < 0.4, "rate": chance.random()}
        for name in chance.sample(sorted(traits), k=chance.randrange(3)):
            del traits[name]
        title = chance.choice(["CEO", "ceo", "Buyer", "Clerk", "", None, f"Title {number}"])
        facts.append(lead(number, job_title=title, account_id=f"A{number % 40}", traits=Traits(traits)))
        if chance.random() < 0.2 + 0.4 * (title == "Buyer"):
            facts.append(becomes_customer(number))
    industries = ["Wood", "Steel", None]
    facts += [
        Account(
            origin=Origin(record=f"A{number}"), occurred_at=BEGIN, account_id=f"A{number}",
            industry=industries[number % 3], employees_count=None if number % 7 == 0 else number,
        )
        for number in range(40)
    ]  # fmt: skip
    frames = Frames.from_dataset(facts, backend=backend)
    result = calibrate(frames, CUSTOMER, as_of=NOW, fewest=20)
    fitted = result._fitted
    scored = dict(tuples_of_native(score_leads(frames, result.matrix, as_of=NOW).frame))
    assert len(scored) == 500
    kept = {"job_title", "trait_seats", "trait_vip", "trait_rate", "account.industry"}
    assert kept <= {each.name for each in fitted.bins}
    expected = expected_totals(result, facts)
    assert {name: micro // 1_000_000 for name, micro in scored.items()} == expected


def tuples_of_native(frame: object) -> list[tuple[str, int]]:
    """Lead and micro-points of the user's own kind of table."""
    import narwhals.stable.v2 as nw

    return tuples_of(nw.from_native(frame).lazy().select("lead_id", "score_points"))  # type: ignore[call-overload]


def expected_totals(result: CalibrationResult, facts: list[Fact]) -> dict[str, int]:
    """Points by the levels of each lead, without any matrix."""
    fitted = result._fitted
    firms = {fact.account_id: fact for fact in facts if isinstance(fact, Account)}
    found = {}
    for fact in (fact for fact in facts if isinstance(fact, Lead)):
        total = -fitted.constant
        for bins, points in zip(fitted.bins, fitted.points, strict=True):
            subject, name = (
                (firms[fact.account_id or ""], bins.name.removeprefix("account."))
                if bins.name.startswith("account.")
                else (fact, bins.name)
            )
            if name.startswith("trait_"):
                value = fact.traits.get(name.removeprefix("trait_"))
            else:
                value = getattr(subject, name)
            total += points[bins.level(value)]
        found[fact.lead_id] = total
    return found


# What is seen, and when


def test_what_became_known_later_is_not_learned_from() -> None:
    """A field that is filled in when a lead becomes a customer is missing when leads are looked at."""
    facts, _ = company(1500)
    filled = [
        lead(number, at=BEGIN + timedelta(hours=number) + 10 * DAY, traits=Traits({"invoice": "sent"}))
        for number in range(1500)
        if any(isinstance(fact, StageEntered) and fact.lead_id == f"L{number}" for fact in facts)
    ]
    before = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW, after=DAY)
    after = calibrate(Frames.from_dataset([*facts, *filled]), CUSTOMER, as_of=NOW, after=DAY)
    assert after.matrix == before.matrix
    assert after.unused == before.unused


def test_later_facts_change_nothing() -> None:
    """Facts at or after `as_of`, or known only then, are not there; nor does the order of facts matter."""
    facts, _ = company(1500)
    late = [
        becomes_customer(0, after=NOW - BEGIN),
        *(lead(number, at=NOW, country="ES") for number in range(200)),
        *(
            Touch(origin=Origin(record=f"X{n}"), occurred_at=NOW + DAY, lead_id=f"L{n}", kind="demo")
            for n in range(300)
        ),
    ]
    one = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW, after=DAY)
    other = calibrate(Frames.from_dataset([*late, *reversed(facts)]), CUSTOMER, as_of=NOW, after=DAY)
    assert one == other


def test_leads_whose_time_is_not_over_are_left_aside() -> None:
    """Neither a success nor a failure: they are counted, and so are those that were customers before."""
    facts: list[Fact] = [lead(number, country=("ES", "PT")[number % 3 == 0]) for number in range(1000)]
    facts += [becomes_customer(number) for number in range(0, 1000, 6)]
    facts += [becomes_customer(number, after=DAY / 2) for number in range(1, 1000, 100)]
    as_of = BEGIN + timedelta(hours=900) + 91 * DAY
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=as_of, after=DAY)
    assert result.early_count == 10
    looked = sum(part.auc.successes + part.auc.failures for part in (result.train, result.held_out))
    assert looked + result.early_count + result.young_count == 1000
    assert result.young_count == pytest.approx(100, abs=2)


def test_the_leads_held_out_began_last() -> None:
    """All that was learned from began before all that the points are tried on."""
    facts = [lead(number, country=("ES", "PT")[number % 2]) for number in range(1000)]
    facts += [becomes_customer(number) for number in range(0, 700, 2)]
    facts += [becomes_customer(number) for number in range(701, 1000, 2)]
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)
    assert result.train.auc.share == 1.0
    assert result.held_out.auc.share == 0.0
    text = render(result.to_report(), "text").content
    assert "no better than a coin" in " ".join(str(text).split())


def test_a_split_by_lead_does_not_look_at_time() -> None:
    """The same leads are held out whenever it is asked, from all of the time."""
    facts, _ = company(2000)
    by_lead = [
        calibrate(Frames.from_dataset(some), CUSTOMER, as_of=NOW, split="lead")
        for some in (facts, facts[::-1])
    ]
    assert by_lead[0] == by_lead[1]
    assert not by_lead[0].is_split_by_time
    assert by_lead[0].held_out != calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW).held_out


def test_only_leads_that_began_in_the_period_are_learned_from() -> None:
    """A cohort is a cohort."""
    facts, _ = company(3000)
    period = Period(start=BEGIN, end=BEGIN + timedelta(hours=1000))
    result = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW, period=period)
    assert sum(part.auc.successes + part.auc.failures for part in (result.train, result.held_out)) == 1000


# Outcomes


def test_every_outcome_is_found() -> None:
    """A stage, a deal that came from the lead, an order, an answer of sales: all the same points."""
    facts, _ = company(1500)
    customers = [fact for fact in facts if isinstance(fact, StageEntered)]
    rest = [fact for fact in facts if not isinstance(fact, StageEntered)]
    by_hand = calibrate(Frames.from_dataset(facts), CUSTOMER, as_of=NOW)
    deals: list[Fact] = []
    orders: list[Fact] = []
    answers: list[Fact] = []
    for fact in customers:
        origin, at = Origin(record=f"D{fact.lead_id}"), fact.occurred_at
        deal = f"D{fact.lead_id}"
        deals.append(Deal(origin=origin, occurred_at=at - DAY, deal_id=deal, lead_id=fact.lead_id))
        deals.append(DealClosed(origin=origin, occurred_at=at, deal_id=deal, outcome=Outcome.WON))
        orders.append(OrderPlaced(origin=origin, occurred_at=at, order_id=deal, lead_id=fact.lead_id))
        answers.append(
            SalesFeedback(origin=origin, occurred_at=at, lead_id=fact.lead_id, verdict="accepted")  # type: ignore[arg-type]
        )
    lost = DealClosed(
        origin=Origin(), occurred_at=BEGIN + 20 * DAY, deal_id="X", lead_id="L0", outcome=Outcome.LOST
    )
    for outcome, told in (
        (LeadOutcome.won(), [*deals, lost]),
        (LeadOutcome.ordered(), orders),
        (LeadOutcome.answered(), answers),
    ):
        result = calibrate(Frames.from_dataset([*rest, *told]), outcome, as_of=NOW)
        assert result.matrix == by_hand.matrix, outcome
