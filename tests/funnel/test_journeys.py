"""Bulk and one record are one reading: every lead's and every deal's row is what its timeline says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from smarketing.facts import (
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    Outcome,
    Precision,
    Retracted,
    StageEntered,
)
from smarketing.frames import Frames, rows_of
from smarketing.funnel import Detour, Evidence, Funnel, Stage, Timeline, Unit, timeline
from smarketing.funnel._entries import counting
from smarketing.funnel._journeys import journeys, reached
from smarketing.funnel._tangled import untangled
from smarketing.origin import Origin
from smarketing.periods import to_micros
from smarketing.testing import strategies as draw

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
AS_OF = NOON + timedelta(days=9)
OWN = Funnel(
    name="own",
    stages=[
        Stage(name="visitor", owners="marketing"),
        Stage(name="trial", owners="marketing", entered_by=[Evidence.LEAD_CAPTURED]),
        Stage(name="offer", owners="sales", kind="gate", entered_by=[Evidence.DEAL_CREATED]),
        Stage(name="signed", owners="sales"),
        Stage(name="live", owners="sales", entered_by=[Evidence.DEAL_WON]),
    ],
    detours=[
        Detour(name="spam", kind="disqualified"),
        Detour(name="lost_on_price", kind="lost"),
        Detour(name="parked", kind="recycled"),
        Detour(name="lost_to_rival", kind="lost"),
        Detour(name="won_back", kind="reopened", from_stages=["offer", "lost_on_price"]),
        Detour(name="asleep", kind="recycled"),
        Detour(name="called_again", kind="reopened"),
    ],
)
BARE = Funnel(name="bare", stages=[Stage(name="lead", owners="sales", entered_by=["deal_won"])])
FUNNELS = {
    "default": Funnel.default(),
    "own": OWN,
    "bare": BARE,
    "classic": Funnel.classic_pipeline(),
    "own pipeline": attrs.evolve(
        OWN,
        unit="deal",
        stages=[attrs.evolve(s, entered_by=s.entered_by if i > 1 else ()) for i, s in enumerate(OWN)],
    ),
}


@attrs.define
class Storyteller:
    """Tells of leads and deals, crowded into a few days so that ties and conflicts abound."""

    random: Random
    funnel: Funnel
    number: int = 0

    def when(self) -> datetime:
        """One of eleven noons, two of them not yet."""
        return NOON + timedelta(days=self.random.randint(0, 10))

    def some(self, most: int) -> range:
        """A few times."""
        return range(self.random.randint(0, most))

    def clocks(self) -> dict[str, datetime]:
        """Known at once, or later."""
        at = self.when()
        return {"occurred_at": at, "known_at": self.random.choice([at, at, max(at, self.when())])}

    def story(self) -> list[Fact]:
        """A lead with up to three deals, one of which may be nobody's, and what may be withdrawn of it."""
        self.number += 1
        lead_id, deal_ids = f"L{self.number}", [f"D{self.number}-{i}" for i in self.some(3)]
        facts: list[Fact] = [self.version(lead_id) for _ in self.some(2)]
        facts += [self.move(lead_id=lead_id) for _ in self.some(5)]
        for deal_id in deal_ids:
            facts += self.deal(deal_id, self.random.choice([lead_id, lead_id, lead_id, None]))
            facts += [self.move(lead_id=lead_id, deal_id=deal_id) for _ in self.some(2)]
        if facts and self.random.random() < 0.3:
            facts.append(self.retraction(self.random.choice(facts)))
        return facts

    def version(self, lead_id: str) -> Lead:
        """Created when it occurred, at another time, or nobody knows when."""
        clocks = self.clocks()
        created_at = self.random.choice([clocks["occurred_at"], self.when(), None])
        return Lead(origin=said(lead_id), lead_id=lead_id, created_at=created_at, **clocks)

    def move(self, **about: str) -> StageEntered:
        """To any place there is, and one that there is not; dated to the day at times."""
        clocks = self.clocks()
        precision = self.random.choice(list(Precision))
        if precision is Precision.DAY:
            clocks["occurred_at"] = clocks["occurred_at"].replace(hour=0)
        stage = self.random.choice([*self.funnel.places, "no such stage"])
        origin = said(about["lead_id"])
        return StageEntered(origin=origin, stage=stage, precision=precision, **clocks, **about)

    def deal(self, deal_id: str, lead_id: str | None) -> list[Fact]:
        """Its versions, ends and reopenings; now and then only an end tells whose it is."""
        facts: list[Fact] = []
        for _ in self.some(2):
            clocks = self.clocks()
            created_at = self.random.choice([clocks["occurred_at"], clocks["occurred_at"], None])
            deal = Deal(
                origin=said(deal_id), deal_id=deal_id, lead_id=lead_id, created_at=created_at, **clocks
            )
            facts.append(deal)
        for _ in self.some(3):
            outcome, owner = self.random.choice(list(Outcome)), self.random.choice([lead_id, None])
            closed = DealClosed(
                origin=said(deal_id), deal_id=deal_id, lead_id=owner, outcome=outcome, **self.clocks()
            )
            facts.append(closed)
        if self.random.random() < 0.4:
            facts.append(DealReopened(origin=said(deal_id), deal_id=deal_id, **self.clocks()))
        return facts

    def retraction(self, fact: Fact) -> Retracted:
        """Of one fact, or of all that its record said."""
        of_fact = {"retracted_fact_id": fact.id}
        table = self.random.choice([None, fact.TABLE, "crm"])
        of_record = {"retracted_record": fact.origin.record, "retracted_table": table}
        withdrawn = self.random.choice([of_fact, of_record])
        return Retracted(origin=said(f"R{self.number}"), **self.clocks(), **withdrawn)


def said(record: str) -> Origin:
    """A record of the CRM."""
    return Origin(system="crm", table="crm", record=record)


def stories(seed: int, funnel: Funnel, count: int = 150) -> list[Fact]:
    """Many stories, mixed."""
    random = Random(seed)  # noqa: S311 (no secret)
    teller = Storyteller(random, funnel)
    facts = [fact for _ in range(count) for fact in teller.story()]
    random.shuffle(facts)
    return facts


def by_record(facts: Iterable[Fact], unit: Unit) -> dict[str, list[Fact]]:
    """The facts that `timeline` is to be given, by deal, or by lead with all about its deals."""
    told: dict[str, list[Fact]] = {}
    if unit is Unit.DEAL:
        for fact in facts:
            if deal_id := getattr(fact, "deal_id", None):
                told.setdefault(deal_id, []).append(fact)
        return told
    facts = list(facts)
    owners = {f.deal_id: f.lead_id for f in facts if isinstance(f, Deal | DealClosed) and f.lead_id}
    for fact in facts:
        deal_id, lead_id = getattr(fact, "deal_id", None), getattr(fact, "lead_id", None)
        if owner := owners.get(deal_id) if deal_id else lead_id:
            told.setdefault(owner, []).append(fact)
    return told


def row_of(story: Timeline) -> dict[str, object]:
    """What a row of `journeys` says, read off a timeline."""
    firsts: dict[str, datetime] = {}
    for stay in story.stays:
        firsts.setdefault(stay.stage, stay.entered_at)
    row: dict[str, object] = {
        reached(k): to_micros(firsts[stage.name]) if stage.name in firsts else None
        for k, stage in enumerate(story.funnel)
    }
    place = story.funnel[story.stays[-1].stage]
    kind = place.kind if isinstance(place, Detour) else None
    row["furthest"] = sum(value is not None for value in row.values()) - 1
    row["state"] = kind.value if kind else "here"
    row["left_at"] = to_micros(story.stays[-1].entered_at) if kind and kind.is_final else None
    return row


def rows_in_bulk(
    facts: Iterable[Fact], funnel: Funnel, backend: str, as_of: datetime = AS_OF
) -> dict[str, dict[str, object]]:
    """The rows of the records that reached something, by id."""
    known = Frames.from_dataset(facts, backend=backend).as_of(as_of)
    names = ["record_id", *(reached(k) for k in range(len(funnel))), "furthest", "state", "left_at"]
    (rows,) = known.settle(journeys(known, funnel, []).select(*names))
    found = rows_of(untangled(known, funnel, rows))
    return {row.pop("record_id"): row for row in found if row["furthest"] >= 0 or row["state"] != "here"}


def rows_one_by_one(
    facts: Iterable[Fact], funnel: Funnel, as_of: datetime = AS_OF
) -> dict[str, dict[str, object]]:
    """The same from `timeline`."""
    told = by_record(counting(facts, as_of), funnel.unit)
    read = {record_id: timeline(about, funnel, as_of=as_of) for record_id, about in told.items()}
    return {record_id: row_of(story) for record_id, story in read.items() if story.stays}


def assert_one_reading(facts: list[Fact], funnel: Funnel, backend: str) -> None:
    """Every record's row is its timeline's; the story of the first that is not is shown."""
    bulk, single = rows_in_bulk(facts, funnel, backend), rows_one_by_one(facts, funnel)
    assert bulk.keys() == single.keys()
    told = by_record(counting(facts, AS_OF), funnel.unit)
    for record_id, row in single.items():
        assert bulk[record_id] == row, told[record_id]


@pytest.mark.parametrize("funnel", FUNNELS.values(), ids=FUNNELS)
@settings(max_examples=4, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_every_row_is_what_the_timeline_of_its_record_says(funnel: Funnel, seed: int) -> None:
    """When each stage was reached, how far it went, where it is now and since when."""
    assert_one_reading(stories(seed, funnel), funnel, "polars")


@pytest.mark.parametrize("name", ["own", "classic"])
def test_the_rows_are_the_same_on_every_engine(backend: str, name: str) -> None:
    """Tangled stories included."""
    assert_one_reading(stories(7, FUNNELS[name], 60), FUNNELS[name], backend)


@pytest.mark.parametrize("unit", Unit)
@settings(max_examples=10)
@given(facts=draw.timelines(), as_of=draw.instants())
def test_stories_as_crms_tell_them_are_read_alike(
    unit: Unit, facts: tuple[Fact, ...], as_of: datetime
) -> None:
    """Late, twice, by the day, corrected and withdrawn."""
    funnel = Funnel.default() if unit is Unit.LEAD else Funnel.classic_pipeline()
    assert rows_in_bulk(facts, funnel, "polars", as_of) == rows_one_by_one(facts, funnel, as_of)
