"""To the unit whatever the amount, the weights, the engine, and the models that stand beside."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from attribution_stories import AS_OF, touched, won

from smarketing import Frames
from smarketing.closed_loop import (
    AnchoredModel,
    FullPath,
    LastNonDirect,
    Linear,
    Markov,
    PositionBased,
    Shapley,
    TimeDecay,
    attribute,
    credit_of,
)
from smarketing.closed_loop._models import Model
from smarketing.errors import InvalidTermsError, UnknownNameError
from smarketing.facts import Fact

EFFECTS = {"ads": 1.0, "mail": 1.0, "fair": 1.0}
BACKENDS = ("polars", "pandas", "pyarrow", "duckdb")
THIRDS = PositionBased(first=1 / 3, last=1 / 3, others=1 - 2 / 3, name="thirds")
FINE = AnchoredModel(name="fine", anchors=[("first", 12.3456789)], rest=7.123456)
OWN = Markov(per_journey=True)


def story(minor: int) -> list[Fact]:
    """One lead with three touches and a deal."""
    channels = ("ads", "mail", "fair")
    return [*(touched("L", day, channel) for day, channel in enumerate(channels)), won("L", 9, minor)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("minor", [1_000_001, 10**11, 10**13 + 1, 9 * 10**15])
def test_amounts_of_every_size_are_shared_to_the_unit(backend: str, minor: int) -> None:
    """Pesos, rupiahs and dongs too: the parts of each model add up, and are those of one lead asked alone."""
    models: tuple[Model, ...] = (TimeDecay(), FullPath(), THIRDS, FINE, Shapley(), Linear(), OWN)
    facts = story(minor)
    bulk = attribute(Frames.from_dataset(facts, backend=backend), models=models, as_of=AS_OF)
    alone = credit_of(facts, models=models, as_of=AS_OF, effects=EFFECTS)
    for model in models:
        parts = {row.group: row.revenue.minor for row in bulk.of(model.name)}
        assert sum(parts.values()) == minor, model.name
        assert min(parts.values()) >= 0
        assert parts == {row.group: row.revenue.minor for row in alone if row.model == model.name}


def test_an_amount_that_cannot_be_shared_to_the_unit_is_refused() -> None:
    """By the name of the model, with the amount."""
    with pytest.raises(InvalidTermsError, match="time_decay: amounts of up to 8000000000000000000 minor"):
        attribute(Frames.from_dataset(story(8 * 10**18)), models=TimeDecay(), as_of=AS_OF)


def test_weights_count_to_a_millionth_of_their_sum() -> None:
    """A third is a third, however a float writes it; a weight that is very small is not none."""
    assert THIRDS.parts() == ((("first", 1), ("last", 1)), 1)
    assert AnchoredModel(name="m", anchors=[("first", 1)], rest=Fraction(1, 10**9)).parts()[1] == 1
    assert FullPath().parts() == (
        tuple((name, 9) for name in ("first", "lead", "opportunity", "last")),
        4,
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_gives_the_same_whatever_stands_beside_it(backend: str) -> None:
    """Two that pass over different channels each keep to their own."""
    channels = ("ads", "mail", "direct")
    facts = [*(touched("L", day, channel) for day, channel in enumerate(channels)), won("L", 9, 100)]
    models = (LastNonDirect(), LastNonDirect(direct=("Direct", "mail"), name="no mail"))
    frames = Frames.from_dataset(facts, backend=backend)
    both = attribute(frames, models=models, as_of=AS_OF)
    found = tuple(row for row in both.rows if row.conversion_share)
    assert {row.model: row.values["channel"] for row in found} == {
        "last_non_direct": "mail",
        "no mail": "ads",
    }
    assert set(found) == set(credit_of(facts, models=models, as_of=AS_OF))


@pytest.mark.parametrize("by", ["channel", "campaign", ("channel", "campaign")])
def test_effects_of_all_leads_share_the_journey_of_one(by: str | tuple[str, str]) -> None:
    """As `attribute` tells them: by value, known or not, and by the values of several dimensions."""
    told = [("L", "ads", "a"), ("L", "ads", "b"), ("L", None, "b"), ("M", "ads", "a"), ("N", None, "b")]
    facts: list[Fact] = [
        touched(lead, day, channel, campaign_id=campaign)
        for day, (lead, channel, campaign) in enumerate(told)
    ]
    facts += [won("L", 9, 90_000), won("M", 9, 90_000)]
    bulk = attribute(Frames.from_dataset(facts), models=OWN, by=by, as_of=AS_OF)
    effects = {
        group[0][1] if len(group) == 1 else tuple(value for _, value in group): effect
        for group, effect in bulk.effects["markov"]
    }
    found: Counter[object] = Counter()
    for lead in "LM":
        of_lead = [fact for fact in facts if fact.lead_id == lead]
        for row in credit_of(of_lead, models=OWN, by=by, as_of=AS_OF, effects=effects):
            found[row.group] += row.revenue.minor
    assert found == {row.group: row.revenue.minor for row in bulk.rows if row.revenue.minor}
    with pytest.raises(
        InvalidTermsError, match="'markov': the effects given tell of 'radio', and of none of"
    ):
        credit_of(
            [fact for fact in facts if fact.lead_id == "L"],
            models=OWN,
            by=by,
            as_of=AS_OF,
            effects={"radio": 1.0},
        )


def test_a_lead_that_says_nothing_of_a_field_of_ones_own_is_not_known_by_it() -> None:
    """As in bulk, whichever lead is asked; a name that reads like a known field is told."""
    facts = story(100)
    assert [row.values for row in credit_of(facts, by="size", as_of=AS_OF)] == [{"size": None}]
    with pytest.raises(UnknownNameError, match="did you mean 'channel'"):
        credit_of(facts, by="chanel", as_of=AS_OF)
