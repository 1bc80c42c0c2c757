"""Strategies for the SLA: promises with a clock and promises about a period, that fit a funnel."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Literal

from hypothesis import strategies as st

from smarketing.funnel import Funnel
from smarketing.sla import Criterion, Delivery, Pause, SlaTerms, Term
from smarketing.testing.strategies import _values as values
from smarketing.values import Money, Points, Share

_HOURS = st.integers(1, 400).map(lambda hours: timedelta(hours=hours))
_LEAST = st.integers(1, 1_000_000).map(Share)
_WHEN: list[dict[str, tuple[str, ...]]] = [
    {"source": ("referral",)},
    {"source": ("seeker", "search"), "region": ("south",)},
    {"segment": ("pet shops",)},
]
_REVIEWS: list[Literal["week", "month", "quarter"] | None] = [None, "week", "month", "quarter"]
_KINDS = ("response", "attempts", "feedback", "follow_up", "report_back", "reciprocity")
_WAIT = (Pause(starts="replied", ends="answered"),)


@st.composite
def sla_terms(
    draw: st.DrawFn, funnel: Funnel | None = None, *, currency: str = "EUR", calendars: Collection[str] = ()
) -> SlaTerms:
    """Contracts of one version: terms and deliveries with variants, pauses and teams of other hours.

    They speak of no other working hours than those of the given names, and of stages of the funnel only.
    """
    stages = [stage.name for stage in funnel or Funnel.default()]
    terms: list[Term] = []
    for name in draw(st.lists(st.sampled_from(["first", "second", "stay"]), unique=True)):
        terms += draw(_terms(name, stages, [None, *calendars]))
    deliveries = draw(st.lists(_deliveries(stages, currency), max_size=3, unique_by=lambda each: each.name))
    if not terms and not deliveries:
        terms = [Term(name="first", kind="response", within=draw(_HOURS))]
    names = [*(term.name for term in terms), *(delivery.name for delivery in deliveries)]
    return SlaTerms(
        name=draw(st.sampled_from(["", "2026 contract"])),
        objectives=draw(st.sampled_from([{}, {"joint": ("one goal",)}])),
        indicators=draw(st.lists(st.sampled_from(names), unique=True)),
        shared_data=draw(st.sampled_from([{}, {"sales": ("why leads were rejected",)}])),
        acceptance=draw(st.none() | st.builds(Criterion, stage=st.sampled_from(stages), says=values.words())),
        review_every=draw(st.sampled_from(_REVIEWS)),
        then=draw(st.sampled_from(["", "both heads meet"])),
        terms=terms,
        deliveries=deliveries,
    )


@st.composite
def _terms(draw: st.DrawFn, name: str, stages: list[str], calendars: list[str | None]) -> list[Term]:
    """The variants of one promise with a clock, each for other leads."""
    if name == "stay":
        start = f"entered {draw(st.sampled_from(stages))}"
        return [Term(name=name, kind="stay", starts=start, within=draw(_HOURS))]
    kind = draw(st.sampled_from(_KINDS))
    count = draw(st.integers(1, 5)) if kind == "attempts" else 1
    spacing = draw(st.none() | _HOURS) if count > 1 else None
    apart = (count - 1) * (spacing or timedelta())  # in less time nobody could keep it
    enough = draw(st.sampled_from([(), ("connected",), ("connected", "answered")])) if count > 1 else ()
    conditions = draw(st.lists(st.sampled_from(_WHEN), max_size=2, unique_by=str))
    calendar = draw(st.sampled_from(calendars))
    return [
        Term(
            name=name,
            kind=kind,
            within=draw(_HOURS) + apart,
            working_days=draw(st.integers(0, 20)) if calendar else 0,
            calendar=calendar,
            count=count,
            or_once=enough,
            spacing=spacing,
            at_least=draw(_LEAST),
            when=condition,
            priority=number,
            pauses=draw(st.sampled_from([(), _WAIT])),
            restarts=kind in {"response", "attempts"} and draw(st.booleans()),
            then=draw(st.sampled_from(["", "the team leader calls"])),
        )
        for number, condition in enumerate([{}, *conditions])
    ]


@st.composite
def _deliveries(draw: st.DrawFn, stages: list[str], currency: str) -> Delivery:
    measure = draw(st.sampled_from(["volume", "value", "acceptance", "conversion", "completeness", "score"]))
    amounts = st.integers(1, 10**9).map(lambda minor: Money(minor, currency))
    said: dict[str, object] = {}
    if measure == "volume":
        said["count"] = draw(st.integers(1, 500))
    elif measure == "value":
        said |= {"amount": draw(amounts), "value_per_lead": draw(st.none() | amounts)}
    else:
        said["at_least"] = draw(_LEAST)
    if measure == "completeness":
        said["fields"] = draw(st.sampled_from([("email",), ("email", "trait_size")]))
    if measure == "score":
        said |= {"score": "intent", "least_points": draw(st.integers(1, 50).map(Points.of))}
    return Delivery(
        name=f"{measure} promised",
        measure=measure,
        stage=draw(st.sampled_from(stages)),
        per=draw(st.sampled_from(["week", "month", "quarter", "year"])),
        **said,  # type: ignore[arg-type]
    )
