"""Of two versions of one moment the one that says more counts, whoever reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import attrs

from smarketing import Frames, Period, ScoringMatrix, SlaContract, measure_sla, score_leads
from smarketing.facts import Assigned, Lead
from smarketing.frames import rows_of
from smarketing.origin import Origin
from smarketing.scoring import Flip, Known, Rule
from smarketing.sla import SlaTerms, Term

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AS_OF = AT + timedelta(days=2)
ORIGIN = Origin(system="crm", record="L")
LITTLE = Lead(origin=ORIGIN, occurred_at=AT, lead_id="L", name="Ana")
# The one that says more has the lesser id, by which it would be the other one that counts.
PHONE, MORE = next(
    (str(number), more)
    for number in range(99)
    if (more := attrs.evolve(LITTLE, phone=str(number))).id < LITTLE.id
)


def test_a_score_is_of_the_version_that_says_more(backend: str) -> None:
    """Read again with the telephone, a lead can be called: one by one and in bulk, whatever came first."""
    matrix = ScoringMatrix(name="fit", flips=[Flip(10)], rules=[Rule("can be called", Known("phone"), 10)])
    for versions in permutations([LITTLE, MORE]):
        alone = matrix.score(versions, [], as_of=AS_OF)
        scored = score_leads(Frames.from_dataset(versions, backend=backend), matrix, as_of=AS_OF)
        (row,) = rows_of(scored.rows)
        assert alone.points is not None
        assert (alone.points.micro, row["score_points"]) == (10_000_000, 10_000_000)
        assert len(alone.flips) == len(scored.flips) == 1


def test_a_promise_is_to_the_version_that_says_more(backend: str) -> None:
    """A promise to whoever can be called holds for the lead, in both readings."""
    term = Term(name="response", kind="response", within=timedelta(hours=4), when={"phone": PHONE})
    given = Assigned(origin=Origin(system="crm", record="A"), occurred_at=AT, lead_id="L", owner_id="ana")
    contract = SlaContract.of(SlaTerms(terms=[term]))
    for versions in permutations([LITTLE, MORE]):
        frames = Frames.from_dataset([*versions, given], backend=backend)
        result = measure_sla(frames, contract, period=Period.parse("2026-03"), as_of=AS_OF, trend=0)
        alone = contract.clocks([*versions, given], now=AS_OF)
        assert [clock.state for clock in alone] == [
            state for state, n in result["response"].tally.counts.items() if n
        ]
