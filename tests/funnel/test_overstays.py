"""Stays against their agreed limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smarketing.facts import Fact, StageEntered
from smarketing.funnel import Detour, Funnel, Stage, Timeline, timeline
from smarketing.origin import Origin

DEFAULT = Funnel.default()
END = datetime(2026, 2, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """An instant of January 2026: 1.5 is noon of the first."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number - 1)


def said(record: str) -> Origin:
    """A record of the CRM."""
    return Origin(system="crm", record=record)


def entered(stage: str, on: float, **fields) -> StageEntered:
    """L-1 entered a stage; with a deal_id, that deal did."""
    return StageEntered(origin=said("L-1"), **{"lead_id": "L-1", **fields}, stage=stage, occurred_at=day(on))


def read(*facts: Fact, funnel: Funnel = DEFAULT, as_of: datetime = END) -> Timeline:
    """The timeline of the facts."""
    return timeline(facts, funnel, as_of=as_of)


SLA = Funnel(
    name="sla",
    stages=[
        Stage(name="lead", owners="marketing"),
        Stage(name="work", owners="sales", kind="sla", max_stay=timedelta(days=2)),
        Stage(name="done", owners="sales"),
    ],
    detours=[Detour(name="nurture", kind="recycled")],
)


@pytest.mark.parametrize(("left", "too_long"), [(5, False), (5.1, True), (None, True)])
def test_a_stay_longer_than_agreed_is_flagged(left: float | None, *, too_long: bool) -> None:
    """The present stay counts up to `as_of`; a stay of just the agreed length is no overstay."""
    facts = [entered("work", 3), *([entered("done", left)] if left else [])]
    assert [stay.stage for stay in read(*facts, funnel=SLA).overstays] == ["work"] * too_long


@pytest.mark.parametrize(("left", "verdict"), [(4, False), (5, False), (5.5, None), (6, True)])
def test_a_bare_date_of_entering_leaves_the_limit_open(left: float, *, verdict: bool | None) -> None:
    """It is any instant of its day, so within a day of the limit nobody can say."""
    story = read(entered("work", 3, precision="day"), entered("done", left), funnel=SLA)
    assert story.is_overstay(story.stays[1]) is verdict


def test_a_bare_date_of_leaving_leaves_the_limit_open_too() -> None:
    """Left on day 5, the stay since day 3 took between two and three days."""
    story = read(entered("work", 3), entered("done", 5, precision="day"), funnel=SLA)
    assert story.is_overstay(story.stays[1]) is None
    assert story.overstays == ()
