"""A cohort's way through the funnel: what becomes of everybody, how fast, split by what, and reconciling."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.facts import Deal, DealClosed, DealReopened, Fact, Lead, StageEntered
from smarketing.frames import Frames
from smarketing.funnel import Detour, Funnel, FunnelResult, FunnelRow, Stage, measure_funnel, timeline
from smarketing.funnel._entries import counting
from smarketing.origin import Origin
from smarketing.periods import Dated, Period
from smarketing.sources import SourceRule, SourceRules
from smarketing.testing import assert_backends_agree, assert_no_look_ahead, assert_order_independent
from smarketing.testing import strategies as draw
from smarketing.values import Traits

DEFAULT = Funnel.default()
PIPELINE = Funnel.classic_pipeline()
JANUARY = Period.parse("2026-01")
TWO_YEARS = Period.parse("2024-01-01/2026-01-01", "Europe/Madrid")
BY = ("source", "month", "owner")


def day(number: float, hour: float = 0) -> datetime:
    """An instant of January 2026, in UTC."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number - 1, hours=hour)


def lead(name: str, created: datetime, **fields: Any) -> Lead:
    """A lead captured at an instant."""
    origin = Origin(system="crm", table="leads", record=name)
    return Lead(origin=origin, occurred_at=created, created_at=created, lead_id=name, **fields)


def entered(stage: str, at: datetime, **about: str) -> StageEntered:
    """A lead or deal moved."""
    return StageEntered(origin=Origin(system="crm", record="history"), occurred_at=at, stage=stage, **about)


def deal(name: str, created: datetime, **fields: Any) -> Deal:
    """A deal opened at an instant."""
    origin = Origin(system="crm", table="deals", record=name)
    return Deal(origin=origin, occurred_at=created, created_at=created, deal_id=name, **fields)


def closed(outcome: str, deal_id: str, at: datetime) -> DealClosed:
    """A deal was won or lost."""
    return DealClosed(origin=Origin(record=deal_id), occurred_at=at, deal_id=deal_id, outcome=outcome)


def measured(facts: list[Fact], backend: str = "polars", **terms: Any) -> FunnelResult:
    """The default funnel in January 2026, unless said otherwise."""
    frames = Frames.from_dataset(facts, backend=backend)
    return measure_funnel(frames, terms.pop("funnel", DEFAULT), period=terms.pop("period", JANUARY), **terms)


def counts(row: FunnelRow) -> dict[str, tuple[int, ...]]:
    """By stage: reached, advanced, lost, disqualified, recycled, reopened, still here, entered again."""
    return {
        flow.stage: (
            *(flow.reached_count, flow.advanced_count, flow.lost_count, flow.disqualified_count),
            *(flow.recycled_count, flow.reopened_count, flow.here_count, flow.reentered_count),
        )
        for flow in row.stages
    }


EXAMPLE: list[Fact] = [
    # Ana came by a search, was qualified within a day, and bought after two weeks.
    lead("Ana", day(2), source_raw="organic search", owner_id="rosa"),
    entered("mql", day(2, hour=12), lead_id="Ana"),
    entered("sql", day(4), lead_id="Ana"),
    deal("Ana's deal", day(6), lead_id="Ana"),
    closed("won", "Ana's deal", day(16)),
    # Bruno was referred by Ana. His first deal was lost, and opened again: he is not lost.
    lead("Bruno", day(3), referred_by="Ana", owner_id="rosa"),
    deal("Bruno's deal", day(5), lead_id="Bruno"),
    closed("lost", "Bruno's deal", day(9)),
    DealReopened(origin=Origin(record="Bruno's deal"), occurred_at=day(12), deal_id="Bruno's deal"),
    # Carla went back to marketing, and was qualified a second time.
    lead("Carla", day(4), source_raw="organic search"),
    entered("mql", day(5), lead_id="Carla"),
    entered("recycled", day(8), lead_id="Carla"),
    entered("mql", day(20), lead_id="Carla"),
    # David, called without being asked, was no customer for us.
    lead("David", day(5), source_raw="cold call"),
    entered("disqualified", day(7), lead_id="David"),
    # Eva said no to the offer: both her deals were lost, the second one in the end.
    lead("Eva", day(6), source_raw="pigeon post"),
    deal("Eva's first deal", day(10), lead_id="Eva"),
    deal("Eva's second deal", day(11), lead_id="Eva"),
    closed("lost", "Eva's first deal", day(14)),
    closed("lost", "Eva's second deal", day(18)),
    # Fran was captured in February: another cohort.
    lead("Fran", datetime(2026, 2, 1, tzinfo=UTC), source_raw="organic search"),
]


def test_a_january_that_can_be_checked_by_hand(backend: str) -> None:
    """Five leads came in January. Each is counted once at every stage that it reached or was led past."""
    result = measured(EXAMPLE, backend, by=("source",), as_of=day(32))
    #                reached, advanced, lost, disqualified, recycled, reopened, here, again
    assert counts(result.total) == {
        "prospect": (5, 5, 0, 0, 0, 0, 0, 0),  # nobody becomes a lead without having been one
        "lead": (5, 4, 0, 1, 0, 0, 0, 0),  # David went no further
        "mql": (4, 3, 0, 0, 0, 0, 1, 1),  # Carla is there, for the second time
        "sql": (3, 3, 0, 0, 0, 0, 0, 0),  # Bruno and Eva were led past it by their deals
        "opportunity": (3, 1, 1, 0, 0, 1, 0, 0),  # Eva is lost, Bruno reopened
        "customer": (1, 0, 0, 0, 0, 0, 1, 0),  # Ana
    }
    assert str(result.total.conversion("lead", "customer").share) == "0.2"
    assert [(row.values["source"], row["lead"].reached_count) for row in result.rows] == [
        ("referral", 1),  # Bruno
        ("search", 1),  # David
        ("seeker", 2),  # Ana, Carla
        ("unknown", 1),  # Eva: no rule knows the word
    ]
    # From lead to MQL: Ana took 12 hours, Carla 24, Bruno and Eva 48 and 96; David was lost after 48.
    speed = result.total.velocity("lead", "mql")
    assert [speed.quantile(share, "advanced") for share in (0.2, 0.4, 0.6, 0.8, 1.0)] == [
        12,
        24,
        48,
        96,
        None,
    ]
    assert (speed.quantile(0.2, "lost"), round(speed.incidence("lost", at=48), 12)) == (48, 0.2)
    # Seen on the 10th, Bruno was lost, Carla recycled, and the deals of Ana and Eva were open.
    earlier = counts(measured(EXAMPLE, backend, as_of=day(10.5)).total)
    assert earlier["mql"][4] == 1
    assert earlier["opportunity"] == (3, 0, 1, 0, 0, 0, 2, 0)


def by_hand(
    facts: tuple[Fact, ...], as_of: datetime, rules: Dated[SourceRules]
) -> dict[tuple[str | None, ...], list[tuple[int, str, list[datetime], datetime | None]]]:
    """Furthest stage, state, first entries and end of each lead of two years, by group, from timelines."""
    known = counting(facts, as_of)
    owners = {fact.deal_id: fact.lead_id for fact in known if isinstance(fact, Deal) and fact.lead_id}
    told: dict[str, list[Fact]] = {}
    for fact in known:
        deal_id, lead_id = getattr(fact, "deal_id", None), getattr(fact, "lead_id", None)
        if subject := owners.get(deal_id) if deal_id else lead_id:
            told.setdefault(subject, []).append(fact)
    cohort: dict[tuple[str | None, ...], list[tuple[int, str, list[datetime], datetime | None]]] = {}
    for story in told.values():
        stays = timeline(story, DEFAULT, as_of=as_of).stays
        firsts: dict[str, datetime] = {}
        for stay in stays:
            firsts.setdefault(stay.stage, stay.entered_at)
        reached = [firsts[stage.name] for stage in DEFAULT if stage.name in firsts]
        if not reached or not TWO_YEARS.contains(reached[0]):
            continue
        versions = [fact for fact in story if isinstance(fact, Lead)]
        last = max(versions, key=lambda f: (f.known_at, f.occurred_at, f.id), default=None)
        words = {"source_raw": last.source_raw, "channel": last.channel} if last else {}
        local = reached[0].astimezone(ZoneInfo("Europe/Madrid"))
        source = rules.on(local.date()).classify(words).source.value
        group = (source, f"{local:%Y-%m}", last.owner_id if last else None)
        place = DEFAULT[stays[-1].stage]
        state = place.kind.value if isinstance(place, Detour) else "here"
        cohort.setdefault(group, []).append((len(reached) - 1, state, reached, stays[-1].entered_at))
    return cohort


@settings(max_examples=15)
@given(facts=draw.timelines(most_leads=6), as_of=draw.instants())
def test_a_result_is_its_timelines_counted(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """By source, month and owner: every group, every stage, and every state of leads."""
    cohort = by_hand(facts, as_of, Dated.of(SourceRules.default()))
    result = measured(list(facts), period=TWO_YEARS, as_of=as_of, by=BY)
    assert {tuple(row.values.values()) for row in result.rows} == cohort.keys()
    for row in result.rows:
        mine = Counter((furthest, state) for furthest, state, *_ in cohort[tuple(row.values.values())])
        for k, flow in enumerate(row.stages):
            assert flow.reached_count == sum(n for (furthest, _), n in mine.items() if furthest >= k)
            for state in ("lost", "disqualified", "recycled", "reopened", "here"):
                assert getattr(flow, f"{state}_count") == mine[k, state]


@settings(max_examples=15)
@given(facts=draw.timelines(most_leads=6), as_of=draw.instants(), unit=st.sampled_from(["lead", "deal"]))
def test_what_came_in_went_on_went_out_or_is_still_there(
    facts: tuple[Fact, ...], as_of: datetime, unit: str
) -> None:
    """At each stage; from stage to stage; and the rows add up to the total, whatever they are split by."""
    funnel = DEFAULT if unit == "lead" else PIPELINE
    result = measured(list(facts), funnel=funnel, period=TWO_YEARS, as_of=as_of, by=("source", "month"))
    for row in (*result.rows, result.total):
        for position, (reached, advanced, *others, again) in enumerate(counts(row).values()):
            assert reached == advanced + sum(others)
            assert again >= 0
            following = row.stages[position + 1 :]
            assert advanced == (following[0].reached_count if following else 0)
    for stage, total in counts(result.total).items():
        parts = [counts(row)[stage] for row in result.rows]
        assert total == (tuple(map(sum, zip(*parts, strict=True))) if parts else (0,) * 8)


@settings(max_examples=15)
@given(facts=draw.timelines(most_leads=6), as_of=draw.instants())
def test_velocity_is_a_share_of_all(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """Open, advanced and lost make 1 at every age, and a quantile that was not reached is missing."""
    result = measured(list(facts), period=TWO_YEARS, as_of=as_of)
    for curve in result.total.velocities.values():
        assert curve.unit == "hours"
        for age in curve.times:
            shares = [curve.incidence(cause, at=age) for cause in ("advanced", "lost")]
            assert curve.survival(at=age) + sum(shares) == pytest.approx(1)
        if curve.times:
            most = curve.incidence("advanced", at=curve.times[-1])
            assert (curve.quantile(0.5, "advanced") is None) == (most < 0.5 - 1e-12)


@settings(max_examples=15)
@given(facts=draw.timelines(most_leads=6), as_of=draw.instants())
def test_velocity_is_that_of_the_timelines(facts: tuple[Fact, ...], as_of: datetime) -> None:
    """Exactly, by the definition of Aalen and Johansen over whole hours, ties taken together."""
    result = measured(list(facts), period=TWO_YEARS, as_of=as_of)
    cohort = [row for rows in by_hand(facts, as_of, Dated.of(SourceRules.default())).values() for row in rows]
    hour = timedelta(hours=1)
    for (start, end), curve in result.total.velocities.items():
        i, j = DEFAULT.position(start), DEFAULT.position(end)
        ends: list[tuple[int, str | None]] = []
        for furthest, state, reached, last_at in cohort:
            if furthest >= j:
                ends.append(((reached[j] - reached[i]) // hour, "advanced"))
            elif furthest >= i and state in {"lost", "disqualified"} and last_at:
                ends.append(((last_at - reached[i]) // hour, "lost"))
            elif furthest >= i:
                ends.append(((as_of - reached[i]) // hour, None))
        survival, advanced = Fraction(1), Fraction(0)
        for age in sorted({age for age, how in ends if how}):
            at_risk = sum(a >= age for a, _ in ends)
            won = sum(pair == (age, "advanced") for pair in ends)
            lost = sum(pair == (age, "lost") for pair in ends)
            advanced += survival * Fraction(won, at_risk)
            survival *= 1 - Fraction(won + lost, at_risk)
            assert curve.incidence("advanced", at=age) == pytest.approx(float(advanced))
            assert curve.survival(at=age) == pytest.approx(float(survival))


def default_funnel(frames: Frames, as_of: datetime) -> object:
    """Leads, by the dimensions that are derived."""
    return measure_funnel(frames, DEFAULT, period=TWO_YEARS, as_of=as_of, by=("source_reason", "month"))


def classic_pipeline(frames: Frames, as_of: datetime) -> object:
    """Deals, by where they came from."""
    return measure_funnel(frames, PIPELINE, period=TWO_YEARS, as_of=as_of, by=("source", "owner"))


@pytest.mark.parametrize("measure", [default_funnel, classic_pipeline])
@settings(max_examples=4)
@given(facts=draw.timelines(), as_of=draw.instants(), data=st.data())
def test_nothing_is_seen_early_and_order_changes_nothing(
    measure: Any, facts: tuple[Fact, ...], as_of: datetime, data: st.DataObject
) -> None:
    """Later facts, other orders and repetitions give the same result in the same bytes."""
    assert_no_look_ahead(measure, facts, as_of, data.draw(draw.late_facts(as_of)))
    assert_order_independent(measure, facts, as_of)


@pytest.mark.parametrize("measure", [default_funnel, classic_pipeline])
@settings(max_examples=3)
@given(facts=draw.timelines(), as_of=draw.instants())
def test_every_engine_gives_the_same_result(measure: Any, facts: tuple[Fact, ...], as_of: datetime) -> None:
    """To the last digit."""
    assert_backends_agree(measure, facts, as_of)


@pytest.mark.parametrize("facts", [[], [lead("Late", day(40))], [entered("mql", day(3), deal_id="D")]])
def test_a_cohort_without_anybody_is_empty(backend: str, facts: list[Fact]) -> None:
    """No rows, zeros in the total, rates and quantiles that are not known."""
    result = measured(facts, backend, by=("source", "month"))
    assert (result.rows, set(counts(result.total).values())) == ((), {(0,) * 8})
    assert result.total.conversion("lead", "mql").share is None
    assert result.total.velocity("lead", "mql").quantile(0.5, "advanced") is None
    assert result.total.is_small


def test_months_begin_at_local_midnight(backend: str) -> None:
    """In summer and in winter, and a month without leads is no row."""
    facts = [
        lead("last of March", datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)),
        lead("first of April", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        lead("last of October", datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)),
        lead("first of November", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        lead("of 2027 already", datetime(2026, 12, 31, 23, tzinfo=UTC)),
    ]
    result = measured(facts, backend, period=Period.parse("2026", "Europe/Madrid"), by=("month",))
    months = [(row.values["month"], row["lead"].reached_count) for row in result.rows]
    assert months == [("2026-03", 1), ("2026-04", 1), ("2026-10", 1), ("2026-11", 1)]


def test_the_rules_in_force_on_a_leads_day_tell_its_source(backend: str) -> None:
    """A rule of July says nothing of June, and the day begins in the period's zone."""
    rules = Dated(
        (
            (date(2026, 1, 1), SourceRules([SourceRule("search", {"source_raw": "fair"})])),
            (date(2026, 7, 1), SourceRules([SourceRule("seeker", {"source_raw": "fair"})])),
        )
    )
    june, july = datetime(2026, 6, 30, 21, 59, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC)
    facts = [lead("of June", june, source_raw="Fair "), lead("of July", july, source_raw="FAIR")]
    year = Period.parse("2026", "Europe/Madrid")
    result = measured(facts, backend, period=year, by=("source", "month"), sources=rules)
    assert [tuple(row.values.values()) for row in result.rows] == [
        ("search", "2026-06"),
        ("seeker", "2026-07"),
    ]


def test_a_source_is_unknown_for_three_reasons(backend: str) -> None:
    """Never mixed up, and no reason where it is known."""
    words = {"a": None, "b": "  ", "c": "Unknown", "d": "pigeon post", "e": "Cold call"}
    facts = [lead(name, day(2), source_raw=word) for name, word in words.items()]
    result = measured(facts, backend, by=("source", "source_reason"))
    assert [(*row.values.values(), row["lead"].reached_count) for row in result.rows] == [
        ("search", None, 1),
        ("unknown", "blank", 2),
        ("unknown", "said_unknown", 1),
        ("unknown", "unmatched", 1),
    ]


def test_a_companys_own_fields_split_results_too(backend: str) -> None:
    """Words, whole numbers and flags read the same on every engine; what is not known comes last."""
    given = {"size": "big", "seats": 12, "trial": True}, {"size": "small", "seats": 3, "trial": False}, {}
    traits = [Traits(each) for each in given]
    facts = [lead(f"L{number}", day(2), traits=each) for number, each in enumerate(traits)]
    result = measured(facts, backend, by=("size", "seats", "trial"))
    found = [tuple(row.values.values()) for row in result.rows]
    assert found == [("big", "12", "true"), ("small", "3", "false"), (None, None, None)]
    assert result.row(size="big", seats="12", trial="true")["lead"].reached_count == 1
    with pytest.raises(UnknownNameError, match="did you mean 'size'"):
        measured(facts, backend, by=("sise",))


def test_small_cohorts_are_marked() -> None:
    """A rate over a handful is shown, and not to be trusted."""
    facts = [lead(f"L{number}", day(2), owner_id="ana" if number else "luis") for number in range(31)]
    result = measured(facts, by=("owner",))
    marks = {row.values["owner"]: row.is_small for row in result.rows}
    assert (marks, result.total.is_small) == ({"ana": False, "luis": True}, False)
    assert measured(facts, small_below=32).total.is_small


def test_a_cohort_may_begin_at_any_stage(backend: str) -> None:
    """Those who reached it within the period, whenever they were captured."""
    facts = [
        lead("early", datetime(2025, 11, 2, tzinfo=UTC)),
        entered("sql", day(9), lead_id="early"),
        lead("new", day(3)),
    ]
    result = measured(facts, backend, start="mql", velocities=[("lead", "sql")])
    assert [flow.reached_count for flow in result.total.stages] == [1, 1, 1, 1, 0, 0]
    assert result.total.velocity("lead", "sql").quantile(1.0, "advanced") == (
        day(9) - datetime(2025, 11, 2, tzinfo=UTC)
    ) // timedelta(hours=1)
    with pytest.raises(UnknownNameError, match="did you mean 'customer'"):
        measured(facts, start="custmer")
    with pytest.raises(ValueError, match="'lead' does not come after 'sql'"):
        measured(facts, velocities=[("sql", "lead")])


def test_a_funnel_of_ones_own_is_measured_alike(backend: str) -> None:
    """With a gate, two ways to be lost, and only said entries."""
    own = Funnel(
        name="trial",
        stages=[
            Stage(name=name, owners="sales", kind=kind)
            for name, kind in (("trial", "inventory"), ("audit", "gate"), ("live", "inventory"))
        ],
        detours=[Detour(name="too_dear", kind="lost"), Detour(name="gone", kind="lost")],
    )
    facts = [
        entered("trial", day(2), lead_id="a"),
        entered("live", day(4), lead_id="a"),
        entered("trial", day(2), lead_id="b"),
        entered("gone", day(5), lead_id="b"),
        entered("too_dear", day(7), lead_id="b"),
        entered("audit", day(3), lead_id="c"),
    ]
    result = measured(facts, backend, funnel=own)
    assert counts(result.total) == {
        "trial": (3, 2, 1, 0, 0, 0, 0, 0),
        "audit": (2, 1, 0, 0, 0, 0, 1, 0),
        "live": (1, 0, 0, 0, 0, 0, 1, 0),
    }
