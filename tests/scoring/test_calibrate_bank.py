"""Points that are learned from a real campaign of a bank."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from known_odds import CUSTOMER, DAY, NOW, becomes_customer, lead

from smarketing.facts import Fact
from smarketing.frames import Frames
from smarketing.scoring import calibrate
from smarketing.values import Traits


def bank(path: Path) -> list[Fact]:
    """The campaign of a bank, in the order of its rows; whoever said yes is a customer a day later."""
    facts: list[Fact] = []
    with path.open(encoding="utf-8") as stream:
        for number, row in enumerate(csv.DictReader(stream, delimiter=";")):
            if row.pop("y") == "yes":
                facts.append(becomes_customer(number, after=DAY))
            numbers = {name for name, value in row.items() if value.lstrip("-").isdigit()}
            facts.append(
                lead(number, traits=Traits({n: int(v) if n in numbers else v for n, v in row.items()}))
            )
    return facts


@pytest.mark.slow
@pytest.mark.parametrize(("split", "oracle"), [("time", 0.7231393), ("lead", 0.7355625)])
def test_a_banks_campaign_is_learned_as_scikit_learn_does(real_data: Path, split: str, oracle: float) -> None:
    """AUC within 0.002 of scikit-learn 1.9's logistic regression, on the same levels and the same split.

    It is no dependency, not even of the tests: what it answered once stands here.
    """
    frames = Frames.from_dataset(bank(real_data / "bank-campaign" / "bank.csv"))
    result = calibrate(frames, CUSTOMER, as_of=NOW, without=["trait_duration"], split=split)  # type: ignore[arg-type]
    assert result.held_out.auc.share == pytest.approx(oracle, abs=0.002)
    assert not result.leaks


@pytest.mark.slow
def test_the_length_of_the_call_is_caught(real_data: Path) -> None:
    """A call is long because somebody is saying yes: `duration` is named, and nothing else is."""
    frames = Frames.from_dataset(bank(real_data / "bank-campaign" / "bank.csv"))
    result = calibrate(frames, CUSTOMER, as_of=NOW)
    assert [leak.field for leak in result.leaks] == ["trait_duration"]
    assert not any("duration" in rule.name for rule in result.matrix.rules)
