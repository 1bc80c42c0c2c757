"""For whoever tests with smarketing: an example company, laws to hold verbs against, scenarios to read.

Nothing here needs a test framework. `example_company` draws a company of which the truth is known;
`assert_no_look_ahead`, `assert_order_independent` and `assert_backends_agree` hold any analysis against the
laws that all of them obey; `StoreContract`, `RendererContract`, `MappingContract` and `CriterionContract`
hold extensions to what they promise; `run_scenario` checks a story that a salesperson can read. Hypothesis
strategies for every kind of fact are in `smarketing.testing.strategies`, which alone needs the extra `test`.
"""

from __future__ import annotations

from smarketing.testing._company import ExampleCompany, example_company, write_example
from smarketing.testing._criterion_contract import CriterionContract
from smarketing.testing._dirt import Dirt
from smarketing.testing._harness import (
    BACKENDS,
    Measure,
    assert_backends_agree,
    assert_no_look_ahead,
    assert_order_independent,
)
from smarketing.testing._mapping_contract import MappingContract
from smarketing.testing._renderer_contract import RendererContract
from smarketing.testing._scenario import Scenario, run_scenario
from smarketing.testing._store_contract import StoreContract
from smarketing.testing._touch_truth import ChannelTruth, TouchTruth
from smarketing.testing._truth import Delay, MonthTruth, SourceTruth, Step, Truth

__all__ = [
    "BACKENDS",
    "ChannelTruth",
    "CriterionContract",
    "Delay",
    "Dirt",
    "ExampleCompany",
    "MappingContract",
    "Measure",
    "MonthTruth",
    "RendererContract",
    "Scenario",
    "SourceTruth",
    "Step",
    "StoreContract",
    "TouchTruth",
    "Truth",
    "assert_backends_agree",
    "assert_no_look_ahead",
    "assert_order_independent",
    "example_company",
    "run_scenario",
    "write_example",
]
