"""Removal effects: what solving the chain again without a channel says, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from smarketing.closed_loop import Markov, attribute
from smarketing.closed_loop._markov import CONVERSION, START, Chain, removal_effects

counts = st.sampled_from([0, 0, 1, 2, 17, 1_000, 10_000_000])


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Chains with loops, cycles, dead ends, channels nobody comes to, and ends that are hardly reached."""
    channels = range(2, 2 + draw(st.integers(0, 6)))
    told = {
        (before, after): draw(counts)
        for before in (START, *channels)
        for after in (CONVERSION, *channels)
        if before != START or after != CONVERSION
    }
    return Chain(counts=told, losses={state: draw(counts) for state in channels})


def converted(chain: Chain, removed: int | None = None) -> Fraction:
    """The probability of conversion, by Gauss and Jordan in fractions; whoever comes to `removed` is lost."""
    steps = {pair: Fraction(count) for pair, count in chain.counts.items() if count}
    out: dict[int, Fraction] = {}
    for (before, _), count in steps.items():
        out[before] = out.get(before, Fraction(0)) + count
    for state, count in chain.losses.items():
        out[state] = out.get(state, Fraction(0)) + count
    reaching = {CONVERSION}
    while (
        more := {before for (before, after) in steps if after in reaching and removed not in {before, after}}
        - reaching
    ):
        reaching |= more
    states = sorted(reaching - {CONVERSION})
    if START not in states:
        return Fraction(0)
    place = {state: number for number, state in enumerate(states)}
    rows = [[Fraction(int(i == j)) for j in range(len(states))] + [Fraction(0)] for i in range(len(states))]
    for (before, after), count in steps.items():
        if before in place and after == CONVERSION:
            rows[place[before]][-1] += count / out[before]
        elif before in place and after in place:
            rows[place[before]][place[after]] -= count / out[before]
    for pivot in range(len(rows)):
        found = next(row for row in range(pivot, len(rows)) if rows[row][pivot])
        rows[pivot], rows[found] = rows[found], rows[pivot]
        rows[pivot] = [cell / rows[pivot][pivot] for cell in rows[pivot]]
        for row in range(len(rows)):
            if row != pivot and rows[row][pivot]:
                factor = rows[row][pivot]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[pivot], strict=True)]
    return rows[place[START]][-1]


@given(chains())
def test_a_removal_effect_is_what_is_lost_without_the_channel(chain: Chain) -> None:
    """One elimination for all channels says what solving the chain again for each says, within 1e-12."""
    all_of_it = converted(chain)
    for channel, effect in removal_effects(chain).items():
        lost = 1 - converted(chain, channel) / all_of_it if all_of_it else Fraction(0)
        assert abs(effect - float(lost)) < 1e-12


def test_the_textbook_chain() -> None:
    """C1 > C2 > C3 converts, C1 and C2 > C3 do not: without C2 or C3 all is lost, without C1 half."""
    rows = [("C1 > C2 > C3", 1, 100, 0), ("C1", 0, 0, 1), ("C2 > C3", 0, 0, 1)]
    result = attribute(rows, models=(Markov(),))
    assert {group[0][1]: round(effect, 12) for group, effect in result.effects["markov"]} == {
        "C1": 0.5,
        "C2": 1.0,
        "C3": 1.0,
    }
    assert {row.values["channel"]: row.revenue.minor for row in result.rows} == {"C1": 20, "C2": 40, "C3": 40}


def test_without_journeys_that_failed_an_effect_is_the_share_of_conversions_that_came_through() -> None:
    """Everybody converts, so that only those who come to a channel can be lost with it."""
    rows = [("a > b", 3, 0, 50), ("b", 1, 0, 0), ("c > c > b", 4, 0, 9)]
    result = attribute(rows, models=(Markov(non_converting=False),))
    effects = {group[0][1]: effect for group, effect in result.effects["markov"]}
    assert {name: round(effect, 12) for name, effect in effects.items()} == {"a": 3 / 8, "b": 1.0, "c": 0.5}


def test_a_channel_that_never_leads_to_a_sale_gets_nothing() -> None:
    """A dead end has no effect, however often it is visited."""
    result = attribute([("a", 5, 500, 1), ("b", 0, 0, 1_000), ("a > b", 0, 0, 3)], models=(Markov(),))
    assert [(row.values["channel"], row.revenue.minor) for row in result.rows] == [("a", 500)]
