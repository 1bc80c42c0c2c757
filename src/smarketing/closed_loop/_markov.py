"""Removal effects in a Markov chain of touches, exactly: one elimination for all channels.

With N the expected visits and b the probability of conversion, removing the state k (whoever comes to it is
lost) takes away the part RE_k = N[s,k] / N[k,k] · b_k / b_s of all conversions, s being the start: the
probability of ever coming to k, times that of converting from there, over that of converting at all.

The elimination works on counts of transitions and never subtracts (Grassmann, Taskar and Heyman, 1985), so
that its results are right to the last digits even where a chain almost never ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import attrs

__all__ = ["CONVERSION", "START", "Chain", "removal_effects"]

State = TypeVar("State", bound=Hashable)

START, CONVERSION = 0, 1
"""The two states of a chain that are no channels, among whole numbers; channels count from 2."""


@attrs.frozen(kw_only=True)
class Chain:
    """Transitions of journeys, counted.

    Attributes:
        counts: How often one state followed another. Journeys begin in `START` and may end in `CONVERSION`.
        losses: How often a journey ended in a state without converting.
    """

    counts: Mapping[tuple[int, int], float]
    losses: Mapping[int, float]


def removal_effects(chain: Chain) -> dict[int, float]:
    """For each channel, the part of the conversions that would be lost without it.

    Args:
        chain: The transitions, with counts of 0 or more.

    Returns:
        One number between 0 and 1 for each state but the start and the conversion; 0 for one that no journey
        comes to, or that none converts from (a dead end).

    Example:
        >>> a, b = 2, 3
        >>> counts = {(START, a): 2, (a, b): 1, (a, CONVERSION): 1, (START, b): 1, (b, CONVERSION): 1}
        >>> removal_effects(Chain(counts=counts, losses={b: 1}))
        {2: 0.75, 3: 0.5}
    """
    counts = {pair: count for pair, count in chain.counts.items() if count > 0}
    channels = sorted({state for pair in counts for state in pair} - {START, CONVERSION})
    effects = dict.fromkeys(channels, 0.0)
    kept = _from(counts, START) & _to(counts, CONVERSION)
    states = [START, *(state for state in channels if state in kept)]
    if START not in kept or len(states) == 1:
        return effects
    place = {state: number for number, state in enumerate(states)}
    size = len(states)
    flow = [[0.0] * size for _ in states]
    converted, lost = [0.0] * size, [0.0] * size
    for (before, after), count in counts.items():
        if before not in place:
            continue
        if after == CONVERSION:
            converted[place[before]] += count
        elif after in place and after != before:
            flow[place[before]][place[after]] += count
        elif after not in place:  # into a dead end
            lost[place[before]] += count
    for state, count in chain.losses.items():
        if state in place:
            lost[place[state]] += count
    lower, pivots = _eliminated(flow, converted, lost)
    chances = _back(flow, pivots, converted)
    for number in range(1, size):
        visits = [0.0] * size
        visits[number] = 1.0
        for row in range(number + 1, size):
            visits[row] = sum(
                factor * visits[column] for column, factor in lower[row].items() if column >= number
            )
        visits = _back(flow, pivots, visits)
        effect = visits[0] / visits[number] * (chances[number] / chances[0])
        effects[states[number]] = min(effect, 1.0)
    return effects


def _from(counts: Mapping[tuple[int, int], float], start: int) -> set[int]:
    """The states that can be reached from one."""
    after: dict[int, list[int]] = {}
    for source, target in counts:
        after.setdefault(source, []).append(target)
    return _reached(after, start)


def _to(counts: Mapping[tuple[int, int], float], end: int) -> set[int]:
    """The states from which one can be reached."""
    before: dict[int, list[int]] = {}
    for source, target in counts:
        before.setdefault(target, []).append(source)
    return _reached(before, end)


def _reached(steps: Mapping[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        for state in steps.get(waiting.pop(), ()):
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def _eliminated(
    flow: list[list[float]], converted: list[float], lost: list[float]
) -> tuple[list[dict[int, float]], list[float]]:
    """Eliminate state after state, in place; what was subtracted from each row, and the pivots.

    A pivot is what leaves a state towards those not eliminated yet, the ends included: a sum, where textbooks
    subtract from 1.
    """
    size = len(flow)
    lower: list[dict[int, float]] = [{} for _ in range(size)]
    pivots: list[float] = []
    for pivot in range(size):
        row = flow[pivot]
        out = sum(row[pivot + 1 :]) + converted[pivot] + lost[pivot]
        pivots.append(out)
        used = [(column, rate) for column, rate in enumerate(row[pivot + 1 :], pivot + 1) if rate]
        for other in range(pivot + 1, size):
            rate = flow[other][pivot]
            if not rate:
                continue
            factor = rate / out
            lower[other][pivot] = factor
            target = flow[other]
            for column, onward in used:
                if column != other:
                    target[column] += factor * onward
            converted[other] += factor * converted[pivot]
            lost[other] += factor * lost[pivot]
    return lower, pivots


def _back(flow: list[list[float]], pivots: list[float], right: list[float]) -> list[float]:
    """Solve the upper triangle that is left."""
    size = len(pivots)
    found = [0.0] * size
    for row in range(size - 1, -1, -1):
        rates = flow[row]
        value = right[row]
        for column in range(row + 1, size):
            if rates[column] and found[column]:
                value += rates[column] * found[column]
        found[row] = value / pivots[row]
    return found
