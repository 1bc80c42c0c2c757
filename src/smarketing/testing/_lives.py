"""The lives of the example company's leads, drawn one after another from what is true.

One generator yields one `Life` at a time and remembers none, so that a million of them fit anywhere. Instants
are whole seconds on the company's own wall since its first midnight (`at`): both the rows of an export and
the instants of facts are read off them. A life may reach past the last day; whoever writes it cuts it there.

The order of the draws is part of the format: the same seed gives the same company on every machine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import attrs

from smarketing.testing import _world as world

if TYPE_CHECKING:
    from smarketing.testing._truth import SourceTruth, Truth

DAY = 86_400
LAST_SECOND = world.DAY_COUNT * DAY
_CLOSES_AT = 23 * 3600 + 3000


class Move(NamedTuple):
    """Into a stage or detour: when, when it was recorded, by whom, why."""

    stage: str
    at: int
    known: int
    by: str
    why: str = ""


class Attempt(NamedTuple):
    """An attempt to reach the lead."""

    at: int
    by: str
    channel: str
    result: str
    connected: bool
    seconds: int


class Answer(NamedTuple):
    """What sales answered marketing."""

    at: int
    verdict: str
    why: str
    by: str


class Closing(NamedTuple):
    """A deal won or lost."""

    at: int
    outcome: str
    why: str
    competitor: str
    amount_minor: int


@attrs.define(kw_only=True)
class DealLife:
    """What becomes of one opportunity; `closings` has two where it was lost and re-opened before."""

    number: int
    at: int
    product: int
    quantity: int
    list_minor: int
    amount_minor: int
    payment_days: int
    expected_day: int
    seller: int
    moves: list[Move]
    closings: list[Closing]
    reopened: int | None


@attrs.define(kw_only=True)
class Life:
    """What becomes of one lead; indices point into the tables of the company's surroundings."""

    number: int
    way: int
    word: str
    effort: int | None
    persona: int
    scout: int
    first: int
    last: int
    firm: int
    place: int
    seen: int
    captured: int | None
    moves: list[Move]
    attempts: list[Attempt]
    answers: list[Answer]
    deal: DealLife | None


def _cumulative(weights: list[float]) -> list[float]:
    total = sum(weights)
    return [round(each / total, 12) for each in accumulate(weights)]


def _active_efforts(way: world.Way) -> list[tuple[int, ...]]:
    return [
        tuple(
            index
            for index, effort in enumerate(world.EFFORTS)
            if way.word in effort.words and effort.first_month <= month <= effort.last_month
        )
        for month in range(24)
    ]


def _by_day(at: int, seconds: int) -> int:
    """So long after, moved into the working hours of its day."""
    day, second = divmod(at + seconds, DAY)
    return max(at + 60, day * DAY + 9 * 3600 + second * 3 // 8)


_STEPS = ("prospect", "lead", "mql", "sql")
_NEXT = {"prospect": "lead", "lead": "mql", "mql": "sql", "sql": "opportunity"}


class Lives:
    """The tables of a truth, laid out for drawing, and the drawing itself."""

    def __init__(self, truth: Truth, seed: int) -> None:
        self.truth = truth
        self.draw: Callable[[], float] = Random(f"lives {seed}").random  # noqa: S311 (an example, no secret)
        days = [world.STARTS_ON + timedelta(days=number) for number in range(world.DAY_COUNT)]
        self.month_of = [(day.year - 2024) * 12 + day.month - 1 for day in days]
        self.weekday_of = [day.weekday() for day in days]
        self.arrivals = _cumulative(
            [
                truth.months[month].weight * truth.weekday_weights[weekday]
                for month, weekday in zip(self.month_of, self.weekday_of, strict=True)
            ]
        )
        self.ways = _cumulative([truth[way.source].mix * way.weight for way in world.WAYS])
        self.efforts = [_active_efforts(way) for way in world.WAYS]
        self.steps = {
            source.name: {step.start: (step.probability, step.delay.cumulative) for step in source.steps}
            for source in truth.sources
        }
        self.deal_count = 0

    def drawn(self, leads: int) -> Iterator[Life]:
        """So many lives, in the order of the days on which they were first seen.

        The days are stratified, so that a few leads already show the seasons.
        """
        for number in range(leads):
            yield self._life(number, bisect_right(self.arrivals, (number + self.draw()) / leads))

    def _life(self, number: int, day: int) -> Life:
        draw, truth = self.draw, self.truth
        way = bisect_right(self.ways, draw())
        source = truth[world.WAYS[way].source]
        told = draw()
        word = "" if told < truth.blank_share else world.WAYS[way].word
        if truth.blank_share <= told < truth.blank_share + truth.unknown_share:
            word = "unknown"
        efforts = self.efforts[way][self.month_of[day]]
        seen = day * DAY + 7 * 3600 + int(draw() * 15 * 3600)
        life = Life(
            number=number,
            way=way,
            word=word,
            effort=efforts[int(draw() * len(efforts))] if efforts else None,
            persona=int(draw() * len(world.PERSONAS)),
            scout=int(draw() * len(world.SCOUTS)),
            first=int(draw() * len(world.FIRST_NAMES)),
            last=int(draw() * len(world.LAST_NAMES)),
            firm=int(draw() * len(world.FIRMS)),
            place=int(draw() * len(world.CITIES)),
            seen=seen,
            captured=None,
            moves=[Move("prospect", seen, seen, "")],
            attempts=[],
            answers=[],
            deal=None,
        )
        self._advance(life, source)
        return life

    def _advance(self, life: Life, source: SourceTruth) -> None:
        """Stage by stage, as far as this life goes."""
        draw, scout = self.draw, world.SCOUTS[life.scout]
        at = life.seen
        for stage in _STEPS:
            probability, cumulative = self.steps[source.name][stage]
            if draw() >= probability:
                if stage != "prospect":
                    self._leave(life, stage, at, scout)
                return
            days = bisect_right(cumulative, draw())
            before, at = at, self._later(at, days)
            if stage == "sql":
                self.deal_count += 1
                life.deal = self._deal(source, at)
                return
            if stage == "prospect":
                life.captured = at
            elif stage == "mql":
                self._came_to_sql(life, before, at, days, scout)
            late = int(draw() * 9) + 1 if draw() < self.truth.late_share else 0
            life.moves.append(Move(_NEXT[stage], at, at + late * DAY, "" if stage == "prospect" else scout))
            if stage == "lead":
                self._attempts(life, at, scout)

    def _later(self, at: int, days: int) -> int:
        """So many days later in working hours; on the same day, between then and its end."""
        if days:
            return (at // DAY + days) * DAY + 9 * 3600 + int(self.draw() * 9 * 3600)
        left = _CLOSES_AT - at % DAY
        return at + 60 + int(self.draw() * max(left, 0) * 0.5)

    def _came_to_sql(self, life: Life, before: int, at: int, days: int, scout: str) -> None:
        """Not every MQL goes straight: some were never recorded as MQL, some were recycled and came back."""
        draw, truth = self.draw, self.truth
        detour = draw()
        if detour < truth.skipped_share:
            life.moves.pop()
        elif days >= 20 and detour < truth.skipped_share + truth.recycled_share:
            why = self._one_of(world.RECYCLED_REASONS)
            away, back = self._later(before, days // 3), self._later(before, days * 2 // 3)
            life.moves += [Move("recycled", away, away, scout, why), Move("mql", back, back, scout)]
            life.answers.append(Answer(away, "recycled", why, scout))
        if draw() < 0.8:
            life.answers.append(Answer(_by_day(at, int(draw() * 2 * DAY)), "accepted", "", scout))

    def _leave(self, life: Life, stage: str, at: int, scout: str) -> None:
        """A lead that goes no further is disqualified, recycled, or simply stays where it is."""
        draw = self.draw
        chance = draw()
        if chance >= 0.6:
            return
        at = self._later(at, 1 + int(draw() * 40))
        if chance < 0.4:
            place, verdict, why = "disqualified", "rejected", self._one_of(world.DISQUALIFIED_REASONS)
        else:
            place, verdict, why = "recycled", "recycled", self._one_of(world.RECYCLED_REASONS)
        life.moves.append(Move(place, at, at, scout, why))
        if stage != "lead" and draw() < 0.7:
            life.answers.append(Answer(_by_day(at, int(draw() * 5 * DAY)), verdict, why, scout))

    def _attempts(self, life: Life, at: int, scout: str) -> None:
        """Calls and messages until somebody answers, five at most."""
        draw = self.draw
        at += 300 + int(draw() * draw() * 40 * 3600)
        for _ in range(5):
            at = self._later(at, 1) if at % DAY > 20 * 3600 or at % DAY < 8 * 3600 else at
            chance = draw()
            connected = chance < 0.45
            result = "connected" if connected else "no answer" if chance < 0.85 else "wrong number"
            channel = "phone" if draw() < 0.75 else "email"
            seconds = 40 + int(draw() * 900) if connected else 0
            life.attempts.append(Attempt(at, scout, channel, result, connected, seconds))
            if connected or draw() < 0.2:
                return
            at = self._later(at, 1 + int(draw() * 3))

    def _deal(self, source: SourceTruth, at: int) -> DealLife:
        draw = self.draw
        product = int(draw() * draw() * len(world.PRODUCTS))
        quantity = 1 + int(draw() * draw() * 9)
        list_minor = world.PRODUCTS[product].list_minor * quantity
        conceded = round(2_000_000 * source.concession * draw())  # parts per million, up to twice the mean
        deal = DealLife(
            number=self.deal_count,
            at=at,
            product=product,
            quantity=quantity,
            list_minor=list_minor,
            amount_minor=(2 * list_minor * (1_000_000 - conceded) + 1_000_000) // 2_000_000,
            payment_days=source.payment_days,
            expected_day=at // DAY + int(source.closing.median_days * (0.6 + 0.6 * draw())),
            seller=int(draw() * len(world.SELLERS)),
            moves=[],
            closings=[],
            reopened=None,
        )
        days = bisect_right(source.closing.cumulative, draw())
        is_zombie = draw() < source.zombie_share
        month = min((at // DAY + days), world.DAY_COUNT - 1)
        is_won = draw() < source.wins(days, self.truth.months[self.month_of[month]].shock)
        end = self._later(at, days)
        self._pipeline(deal, days, is_lost=is_zombie or not is_won)
        if not is_zombie:
            self._close(deal, end, days, is_won=is_won)
        return deal

    def _pipeline(self, deal: DealLife, days: int, *, is_lost: bool) -> None:
        """The stages on the way, at even parts of it; a lost deal stops at one of them."""
        seller = world.SELLERS[deal.seller][0]
        fate = self.draw() if is_lost else 0.0
        at = deal.at
        for index, (stage, share) in enumerate(self.truth.stage_given_lost):
            if fate >= share:
                return
            at = at if index == 0 else max(at + 60, _by_day(deal.at, days * DAY * index // 4))
            deal.moves.append(Move(stage, at, at, seller))

    def _close(self, deal: DealLife, end: int, days: int, *, is_won: bool) -> None:
        draw = self.draw
        end = max(end, deal.moves[-1].at + 60)
        if days >= 30 and draw() < self.truth.reopened_share:
            away, back = self._later(deal.at, days * 4 // 5), self._later(deal.at, days * 9 // 10)
            if deal.moves[-1].at < away < back < end:
                deal.closings.append(self._lost(away, deal.amount_minor))
                deal.reopened = back
        if is_won:
            why = self._one_of(world.WON_REASONS)
            amount = deal.amount_minor * (1000 - int(draw() * 60)) // 1000
            deal.closings.append(Closing(end, "won", why, "", amount))
        else:
            deal.closings.append(self._lost(end, deal.amount_minor))

    def _lost(self, at: int, amount_minor: int) -> Closing:
        why = self._one_of(world.LOST_REASONS)
        rival = self._one_of(world.COMPETITORS) if why == "competitor" else ""
        return Closing(at, "lost", why, rival, amount_minor)

    def _one_of(self, words: tuple[str, ...]) -> str:
        return words[int(self.draw() * len(words))]
