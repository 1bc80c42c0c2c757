"""The example company's touches: drawn from effects that are known, and found again."""

from __future__ import annotations

from collections import defaultdict

import pytest

from smarketing.errors import UnknownNameError
from smarketing.facts import DealClosed, Outcome
from smarketing.testing import TouchTruth, example_company

TRUTH = TouchTruth()


def test_the_worlds_are_all_there_are() -> None:
    """Their probabilities add up to one, before and after the outcome is known."""
    for weights in (map(TRUTH.prior, TRUTH.worlds), TRUTH.given(sold=True), TRUTH.given(sold=False)):
        assert sum(weights) == pytest.approx(1, abs=1e-12)


def test_what_a_channel_adds_is_what_taking_it_away_takes() -> None:
    """One that only stands by adds nothing; together they add more, since one fills in for another."""
    shares = {channel.name: TRUTH.incremental_share(channel.name) for channel in TRUTH.channels}
    assert shares["direct"] == 0
    assert max(shares, key=lambda name: shares[name]) == "webinar"
    assert sum(shares.values()) < 1 - TRUTH.anyway_share < 1
    with pytest.raises(UnknownNameError, match="did you mean 'webinar'"):
        TRUTH.incremental_share("webinars")


def test_touches_and_sales_together_are_as_the_world_says() -> None:
    """Each channel reaches, of those who bought and of those who did not, the part that Bayes says."""
    company = example_company(seed=3, leads=6_000)
    sold = {
        fact.lead_id
        for fact in company.facts()
        if isinstance(fact, DealClosed) and fact.outcome is Outcome.WON
    }
    reached: dict[str, set[str]] = defaultdict(set)
    for touch in company.touches():
        reached[touch.channel].add(touch.lead_id)
    for place, channel in enumerate(TRUTH.channels):
        for is_sold, count in ((True, len(sold)), (False, 6_000 - len(sold))):
            worlds = zip(TRUTH.given(sold=is_sold), TRUTH.worlds, strict=True)
            expected = sum(weight for weight, (_, hits) in worlds if hits[place])
            found = len(reached[channel.name] & sold) if is_sold else len(reached[channel.name] - sold)
            # Four standard deviations, and a few touches that would have come after the last day.
            assert abs(found / count - expected) < 4 * (expected * (1 - expected) / count) ** 0.5 + 0.02


def test_touches_are_drawn_apart() -> None:
    """The same seed gives the same touches, and the facts are the same with them and without."""
    company = example_company(seed=5, leads=60)
    before = list(company.facts())
    touches = list(company.touches())
    assert touches == list(example_company(seed=5, leads=60).touches())
    assert before == list(company.facts())
    assert len({touch.id for touch in touches}) == len(touches)
    assert all(touch.occurred_at < company.as_of for touch in touches)
