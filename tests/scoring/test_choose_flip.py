"""The flip number is chosen from history: exactly its flips, the truth found again, and doubt where due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smarketing.errors import InvalidTermsError, UnlikeCurrenciesError
from smarketing.facts import DealClosed, Fact, StageEntered, Touch
from smarketing.frames import Frames
from smarketing.language import words
from smarketing.origin import Origin
from smarketing.periods import Period, to_micros
from smarketing.renderers import render
from smarketing.scoring import (
    Flip,
    FlipChoice,
    FlipVerdict,
    LeadOutcome,
    Rule,
    ScoringMatrix,
    Touched,
    choose_flip,
    score_leads,
)
from smarketing.scoring._highs import climbs_of
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent
from smarketing.testing import strategies as draw
from smarketing.values import Money, Points

START = datetime(2025, 1, 6, tzinfo=UTC)
AS_OF = START + timedelta(weeks=40)
DAY = timedelta(days=1)
WITHIN = 60 * DAY
MATRIX = ScoringMatrix(name="intent", rules=[Rule("visits", when=Touched("visit"), points=10)])
CUSTOMER = LeadOutcome.reached("customer")


def touch(lead: str, at: datetime, kind: str = "visit") -> Touch:
    """One touch."""
    return Touch(origin=Origin(record=f"{lead}/{at.isoformat()}"), occurred_at=at, lead_id=lead, kind=kind)


def won(lead: str, at: datetime) -> StageEntered:
    """The lead is a customer."""
    return StageEntered(origin=Origin(record=lead), occurred_at=at, lead_id=lead, stage="customer")


def history(chance: Callable[[int], float], *, seed: int, leads: int) -> list[Fact]:
    """One to six visits each, an hour apart; by chance and visits they are customers ten days later."""
    random = Random(seed)  # noqa: S311 -- no secret
    facts: list[Fact] = []
    for number in range(leads):
        began = START + random.random() * 40 * 7 * DAY
        visits = random.randint(1, 6)
        facts += [touch(f"L{number}", began + visit * timedelta(hours=1)) for visit in range(visits)]
        if random.random() < chance(visits):
            facts.append(won(f"L{number}", began + 10 * DAY))
    return facts


@cache
def choice_of(name: str, seed: int = 1, leads: int = 1500, **terms: object) -> FlipChoice:
    """The choice from a history of a kind."""
    chances: dict[str, Callable[[int], float]] = {
        "steps": lambda visits: 0.5 if visits >= 4 else 0.02,
        "noise": lambda visits: 0.2,
    }
    frames = Frames.from_dataset(history(chances[name], seed=seed, leads=leads))
    given = {"capacity_per_week": 12, "outcome": CUSTOMER, "within": WITHIN, "as_of": AS_OF, **terms}
    return choose_flip(frames, MATRIX, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_number_from_which_leads_turn_out_well_is_found(seed: int) -> None:
    """Half of those with four visits or more become customers, few others, and sales can work few."""
    choice = choice_of("steps", seed, capacity_per_week=12)
    assert choice.verdict is FlipVerdict.DECIDED
    assert choice.recommended is not None
    assert choice.recommended >= Points.of(40)
    assert all(points >= Points.of(40) for points in choice.as_good)
    assert 0.5 in choice.option(Points.of(40)).precision.interval(0.99)  # type: ignore[operator]


def test_with_room_for_all_but_a_cost_the_number_is_where_working_a_lead_pays() -> None:
    """At 2 % of 1,000 a lead is not worth its 100, at 50 % it is: so 40 points, however many there are."""
    worth = {"capacity_per_week": 1000, "value": Money(100_000, "EUR"), "cost": Money(10_000, "EUR")}
    choice = choice_of("steps", **worth)
    assert choice.recommended == Points.of(40)
    option = choice.option(Points.of(40))
    share = option.precision.share
    assert share is not None
    assert option.gain_per_week == pytest.approx(option.load_per_week * (share * 100_000 - 10_000))
    assert option.gain_per_week in option.gain
    assert option.load_per_week in option.load


def test_where_no_lead_is_worth_its_cost_no_number_is_recommended() -> None:
    """It says so, rather than recommend the least bad."""
    choice = choice_of("steps", value=Money(1_000, "EUR"), cost=Money(10_000, "EUR"))
    assert (choice.verdict, choice.recommended) == (FlipVerdict.NOT_WORTH, None)


@pytest.mark.parametrize("seed", range(5))
def test_of_a_score_that_says_nothing_the_data_cannot_decide(seed: int) -> None:
    """Everybody converts alike: no number is better than taking leads as they come."""
    choice = choice_of("noise", seed, capacity_per_week=12)
    assert choice.verdict in {FlipVerdict.NO_DIFFERENCE, FlipVerdict.ALL_ALIKE}
    assert choice.recommended is None


def test_where_there_is_room_for_all_the_lowest_number_is_taken_whatever_the_score_says() -> None:
    """Then it is not the score that decides."""
    choice = choice_of("noise", capacity_per_week=1000)
    assert choice.recommended == Points.of(10)


def test_few_weeks_and_few_successes_decide_nothing() -> None:
    """The figures are told, and that they are too few."""
    period = Period(start=START, end=START + timedelta(weeks=5))
    assert choice_of("steps", period=period).verdict is FlipVerdict.FEW_WEEKS
    assert choice_of("steps", leads=40).verdict is FlipVerdict.FEW_SUCCESSES
    nobody = choose_flip(Frames.from_dataset([]), MATRIX, capacity_per_week=1, as_of=AS_OF)
    assert (nobody.options, nobody.recommended) == ((), None)


def test_the_load_of_a_number_is_the_flips_that_there_would_have_been() -> None:
    """As `score_leads` finds them with that number, one by one; leads that have turned out well apart."""
    facts = history(lambda _: 0.0, seed=4, leads=300)
    frames = Frames.from_dataset(facts)
    choice = choose_flip(
        frames,
        MATRIX,
        capacity_per_week=5,
        outcome=CUSTOMER,
        within=WITHIN,
        as_of=AS_OF,
        numbers=[10, 30, 60],
    )
    assert choice.period is not None
    for option in choice.options:
        matrix = ScoringMatrix(name="intent", flip=option.points, rules=MATRIX.rules)
        flips = score_leads(frames, matrix, as_of=AS_OF, flips=True).flips
        inside = [flip for flip in flips if choice.period.contains(flip.event.at)]
        assert option.flips_count == len(inside)
    loads = [option.load_per_week for option in choice.options]
    assert loads == sorted(loads, reverse=True)


@given(
    told=draw.told_leads(),
    matrix=draw.matrices(),
    as_of=draw.scored_at(),
    number=st.integers(-5, 25).filter(lambda number: number != 0),
)
def test_a_lead_reaches_a_number_when_it_would_have_flipped(
    told: draw.Told, matrix: ScoringMatrix, as_of: datetime, number: int
) -> None:
    """Whatever the matrix, unless points against a lead fade, which is seen at the next event."""
    matrix = attrs.evolve(matrix, flip=None, flips=[Flip(number)], ceiling=None)
    assume(not matrix.turns.rises)
    frames = Frames.from_dataset([*told.leads, *told.accounts, *told.touches])
    flips = score_leads(frames, matrix, as_of=as_of, flips=True).flips
    climbs = list(climbs_of(frames.as_of(as_of), matrix, {}, as_of))
    reached = [at for climb in climbs if (at := climb.reached_at(Points.of(number).micro)) is not None]
    assert reached == [to_micros(flip.event.at) for flip in flips]


def test_precision_counts_only_leads_whose_time_is_over() -> None:
    """A lead that flipped yesterday has not failed; one that turned out well too late has."""
    at = START + 10 * 7 * DAY
    facts: list[Fact] = [
        *(touch(lead, at) for lead in ("in time", "too late", "never")),
        touch("young", AS_OF - DAY),
        won("in time", at + WITHIN - DAY),
        won("too late", at + WITHIN + DAY),
        touch("before", START + 5 * DAY),
        won("before", START + 4 * DAY),
    ]
    period = Period(start=START, end=AS_OF)
    (option,) = choose_flip(
        Frames.from_dataset(facts),
        MATRIX,
        capacity_per_week=5,
        outcome=CUSTOMER,
        within=WITHIN,
        period=period,
        as_of=AS_OF,
        numbers=[10],
    ).options
    assert option.flips_count == 4
    assert (option.precision.successes, option.precision.trials) == (1, 3)
    assert (option.recall.successes, option.recall.trials) == (2, 3)


def measure(frames: Frames, as_of: datetime) -> FlipChoice:
    """The verb as the shared laws take it."""
    return choose_flip(frames, MATRIX, capacity_per_week=4, outcome=CUSTOMER, within=WITHIN, as_of=as_of)


def small() -> Iterable[Fact]:
    """A history for the laws."""
    return history(lambda visits: visits / 8, seed=9, leads=120)


def test_no_look_ahead() -> None:
    """What happens or is known later changes nothing."""
    late = [attrs.evolve(each, known_at=AS_OF + DAY) for each in history(lambda _: 1.0, seed=3, leads=20)]
    assert_no_look_ahead(measure, small(), START + timedelta(weeks=30), late)


def test_the_order_of_facts_changes_nothing() -> None:
    """The same facts, the same bytes."""
    assert_order_independent(measure, small(), AS_OF)


def test_every_engine_gives_the_same_choice() -> None:
    """To the last digit."""
    assert_backends_agree(measure, small(), AS_OF)


def test_a_deal_won_is_what_counts_unless_said_otherwise() -> None:
    """The lead is the one that the closing names."""
    facts: list[Fact] = [touch("L1", START)]
    facts.append(
        DealClosed(origin=Origin(), occurred_at=START + DAY, deal_id="D1", lead_id="L1", outcome="won")
    )
    frames, period = Frames.from_dataset(facts), Period(start=START, end=AS_OF)
    choice = choose_flip(frames, MATRIX, capacity_per_week=5, period=period, numbers=[10])
    assert choice.options[0].precision.successes == 1


def test_terms_that_cannot_be_used_are_refused() -> None:
    """No moment, no capacity, a cost without a value, two currencies."""
    frames = Frames.from_dataset([])
    with pytest.raises(InvalidTermsError, match="say as of when"):
        choose_flip(frames, MATRIX, capacity_per_week=5)
    with pytest.raises(InvalidTermsError, match="positive"):
        choose_flip(frames, MATRIX, capacity_per_week=0, as_of=AS_OF)
    with pytest.raises(InvalidTermsError, match="give both"):
        choose_flip(frames, MATRIX, capacity_per_week=5, as_of=AS_OF, cost=Money(1, "EUR"))
    with pytest.raises(UnlikeCurrenciesError):
        choose_flip(
            frames, MATRIX, capacity_per_week=5, as_of=AS_OF, value=Money(1, "USD"), cost=Money(1, "EUR")
        )


def test_the_report_shows_the_numbers_and_the_verdict() -> None:
    """With money where a value was given, with leads where not."""
    with_value = choice_of("steps", value=Money(100_000, "EUR"))
    for choice in (choice_of("steps"), choice_of("noise"), with_value):
        shown = render(choice.to_report(words("en")), "text").content
        assert " ".join(choice.verdict.label.split()[:4]) in shown
    assert "€" in shown
    assert "more than can be worked in a week" in shown
