"""Facts: two clocks, a stable identity, and content that nobody changes."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import blake2b
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarketing.errors import InvalidFactError
from smarketing.facts import (
    EVENTS,
    KINDS,
    VERSIONS,
    Deal,
    Fact,
    Lead,
    Line,
    Outcome,
    Precision,
    Reply,
    Retracted,
    SalesFeedback,
    Spend,
    StageEntered,
    Touch,
    Verdict,
)
from smarketing.facts import DealClosed as Closed
from smarketing.origin import Origin
from smarketing.periods import to_micros
from smarketing.schema import TABLES
from smarketing.stores import MemoryStore
from smarketing.testing import strategies as draw
from smarketing.values import Money, Scalar, Share, Traits

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CRM = Origin(system="crm", table="leads", record="L-1")


def lead(**given: object) -> Lead:
    """One lead, with some of its fields as given."""
    return Lead(**{"origin": CRM, "occurred_at": NOON, "lead_id": "L-1", **given})  # type: ignore[arg-type]


def test_the_kinds_are_the_versions_then_the_events_each_once() -> None:
    """A closed union: whoever reads facts can go through `KINDS` and miss none."""
    assert KINDS == VERSIONS + EVENTS
    assert len(set(KINDS)) == len(KINDS)
    assert {kind.TABLE for kind in KINDS} | {"deal_lines", "order_lines"} == set(TABLES)


@pytest.mark.parametrize("field", ["occurred_at", "known_at", "loaded_at", "created_at"])
def test_an_instant_without_a_time_zone_is_refused(field: str) -> None:
    """Nobody knows when 12:00 was; the error shows the instant."""
    with pytest.raises(InvalidFactError, match=r"2026-03-02T12:00:00 has no time zone"):
        lead(**{field: NOON.replace(tzinfo=None)})


@given(draw.any_facts(), st.sampled_from(["Europe/Madrid", "Asia/Kolkata", "America/Sao_Paulo"]))
def test_the_same_instant_on_another_wall_is_the_same_fact(fact: Fact, zone: str) -> None:
    """Instants are kept in UTC, so the offset that they came with cannot be told."""
    moved = attrs.evolve(
        fact, occurred_at=fact.occurred_at.astimezone(ZoneInfo(zone)), known_at=fact.known_at
    )
    assert moved == fact
    assert moved.id == fact.id
    assert moved.occurred_at.tzinfo is UTC


@given(draw.any_facts(), draw.instants())
def test_the_id_knows_nothing_of_file_row_or_loading(fact: Fact, loaded_at: datetime) -> None:
    """The same export under another name, sorted otherwise, loaded another day, holds the same facts."""
    elsewhere = attrs.evolve(fact.origin, file="other.csv", row=99, field="x")
    again = attrs.evolve(fact, origin=elsewhere, loaded_at=loaded_at)
    assert again.id == fact.id
    assert again == fact
    assert hash(again) == hash(fact)


@given(draw.any_facts())
def test_the_id_does_not_depend_on_when_it_was_known(fact: Fact) -> None:
    """An export that knew it sooner says the same thing."""
    assert attrs.evolve(fact, known_at=fact.known_at + timedelta(days=1)).id == fact.id


@given(draw.any_facts(), draw.any_facts())
def test_two_facts_have_one_id_only_if_they_say_the_same(one: Fact, other: Fact) -> None:
    """Origin, kind, time, precision or content: where any differs, so does the id."""
    said = attrs.evolve(one, known_at=other.known_at) == other if type(one) is type(other) else False
    assert (one.id == other.id) == said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_id_changes_with_every_field_of_content(kind: type[Fact]) -> None:
    """A field that the id did not see could be changed in a copy without anybody knowing."""
    seen: set[str] = set()

    @settings(max_examples=20)
    @given(draw.facts(kind), draw.facts(kind))
    def differ(fact: Fact, source: Fact) -> None:
        for attribute in attrs.fields(kind):
            if attribute.name in {"loaded_at", "known_at"}:
                continue
            given_value = getattr(source, attribute.name)
            try:
                changed = attrs.evolve(fact, **{attribute.name: given_value})
            except InvalidFactError:
                continue  # the only subject of the fact was taken away
            if given_value != getattr(fact, attribute.name):
                seen.add(attribute.name)
                assert changed.id != fact.id, attribute.name
            else:
                assert changed.id == fact.id, attribute.name

    differ()
    assert "occurred_at" in seen


def test_the_id_is_the_same_in_every_process() -> None:
    """Stored ids stay good: no hash seed and no machine has a part in them."""
    program = (
        "from datetime import UTC, datetime\n"
        "from smarketing.facts import Lead\n"
        "from smarketing.origin import Origin\n"
        "from smarketing.values import Traits\n"
        "origin = Origin(system='crm', table='leads', record='L-1')\n"
        "print(Lead(origin=origin, occurred_at=datetime(2026, 3, 2, 12, tzinfo=UTC), lead_id='L-1',"
        " name='Íñigo', traits=Traits({'b': 2, 'a': True})).id)"
    )
    ids = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1", "SYSTEMROOT": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert ids == {lead(name="Íñigo", traits=Traits({"a": True, "b": 2})).id}


def test_ids_are_a_stored_format() -> None:
    """What was kept years ago must still be found: these two ids never change."""
    deal = Deal(
        origin=Origin(system="crm", table="deals", record='D-"1"'),
        occurred_at=NOON.replace(microsecond=5),
        deal_id="D-1",
        name="Íñigo\n🚀",
        amount_minor=-5,
        currency="EUR",
        probability_share=Share.percent("25"),
        expected_close_on=date(2026, 4, 1),
        lines=(Line(product="a", quantity_count=2),),
        traits=Traits({"b": 2.5, "a": True, "c": "x"}),
    )
    start = NOON.replace(hour=0)
    reply = Reply(origin=deal.origin, occurred_at=start, precision=Precision.DAY, lead_id="L-1", by_us=True)
    assert deal.id == "76fdbb65963b1fe74eeed6f53a01d5c6"
    assert reply.id == "cfea5339f725ecbd72faf049c926ed8b"


@given(draw.any_facts())
def test_the_id_is_the_hash_of_one_json_text(fact: Fact) -> None:
    """However it is written quickly, it is what the plain encoder writes of origin, moment and content."""

    def plain(value: object) -> object:
        if isinstance(value, Traits):
            return list(value.items())
        if isinstance(value, Line):
            return [(name, part) for name, part in attrs.asdict(value).items() if part is not None]
        if isinstance(value, datetime):
            return to_micros(value)
        if isinstance(value, date):
            return value.isoformat()
        return value.ppm if isinstance(value, Share) else value.micro  # type: ignore[attr-defined]

    clocks = {attribute.name for attribute in attrs.fields(Fact)}
    names = sorted(attribute.name for attribute in attrs.fields(type(fact)) if attribute.name not in clocks)
    content = [(name, getattr(fact, name)) for name in names if getattr(fact, name) is not None]
    origin = (fact.origin.system, fact.origin.table, fact.origin.record)
    said = [type(fact).__name__, *origin, fact.occurred_at, fact.precision, content]
    text = json.dumps(said, default=plain, ensure_ascii=False, separators=(",", ":"))
    assert fact.id == blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def test_an_absent_field_is_no_content_so_new_optional_fields_keep_old_ids() -> None:
    """A kind may gain a field in a later release, and stored facts keep their identity."""
    assert lead(name=None).id == lead().id
    assert lead(name="").id != lead().id, "a blank text is something that was said"


@given(draw.any_facts(), draw.instants())
def test_a_fact_counts_only_once_both_clocks_have_passed(fact: Fact, as_of: datetime) -> None:
    """It had happened, and it was known, before that instant; at the instant itself it does not count yet."""
    assert fact.counts(as_of) == (fact.occurred_at < as_of and fact.known_at < as_of)
    assert not fact.counts(fact.occurred_at)
    assert not fact.counts(fact.known_at)
    assert fact.counts(max(fact.occurred_at, fact.known_at) + timedelta(microseconds=1))


def test_known_at_is_occurred_at_where_nobody_says_more() -> None:
    """And knowing before it happened is allowed: plans are known early."""
    assert lead().known_at == NOON
    assert not lead(known_at=NOON - timedelta(days=9)).counts(NOON)


@pytest.mark.parametrize("given_traits", [{"b": 2, "a": True}, Traits({"a": True, "b": 2}), {}])
def test_traits_of_any_mapping_are_traits(given_traits: Traits | dict[str, Scalar]) -> None:
    """One fact, whoever made it: it has one id, can be hashed, and is kept once."""
    made, same = lead(traits=given_traits), lead(traits=Traits(dict(given_traits)))
    assert type(made.traits) is Traits
    assert (made.id, hash(made), made) == (same.id, hash(same), same)
    store = MemoryStore()
    with store.unit() as unit:
        assert unit.append([made, same]).new_count == 1


@given(draw.any_facts())
def test_a_fact_can_be_kept_in_sets_and_never_changed(fact: Fact) -> None:
    """Frozen all through, traits and lines included."""
    assert {fact: 1}[attrs.evolve(fact)] == 1
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        fact.occurred_at = NOON  # type: ignore[misc]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.SUBJECTS], ids=lambda kind: kind.__name__)
def test_a_fact_about_nobody_is_refused(kind: type[Fact]) -> None:
    """At least one of its subjects is named and not blank."""

    @settings(max_examples=5)
    @given(draw.facts(kind))
    def refused(fact: Fact) -> None:
        with pytest.raises(InvalidFactError, match=kind.SUBJECTS[0]):
            attrs.evolve(fact, **dict.fromkeys(kind.SUBJECTS, ""))

    refused()


def test_closed_lists_of_words_refuse_other_words() -> None:
    """An outcome is won or lost; a verdict is one that the funnel knows."""
    assert Closed(origin=CRM, occurred_at=NOON, deal_id="D-1", outcome="won").outcome is Outcome.WON
    feedback = SalesFeedback(origin=CRM, occurred_at=NOON, lead_id="L-1", verdict="accepted")  # type: ignore[arg-type]
    assert feedback.verdict is Verdict.ACCEPTED
    with pytest.raises(ValueError, match="wonn"):
        Closed(origin=CRM, occurred_at=NOON, deal_id="D-1", outcome="wonn")


def test_an_amount_is_money_only_with_its_currency() -> None:
    """Minor units of nothing in particular are no money, and missing is not zero."""
    deal = Deal(origin=CRM, occurred_at=NOON, deal_id="D-1", amount_minor=12345)
    assert deal.amount is None
    assert attrs.evolve(deal, currency="EUR").amount == Money(12345, "EUR")
    assert attrs.evolve(deal, currency="EUR", amount_minor=None).amount is None
    assert Spend(origin=CRM, occurred_at=NOON, amount_minor=5, currency="EUR").amount == Money(5, "EUR")


def test_lines_and_their_order_are_content() -> None:
    """Another quantity, or another order of lines, is another version of the deal."""
    one, two = Line(product="AirOne", quantity_count=1), Line(product="AirPro")
    ids = {
        Deal(origin=CRM, occurred_at=NOON, deal_id="D-1", lines=lines).id
        for lines in ((), (one,), (two,), (one, two), (two, one), (attrs.evolve(one, quantity_count=2),))
    }
    assert len(ids) == 6


def test_days_instants_and_precision_are_told_apart() -> None:
    """Midnight to the second, and a bare date, are two statements."""
    start = datetime(2026, 3, 2, tzinfo=UTC)
    dated = lead(occurred_at=start, precision=Precision.DAY)
    assert dated.id != lead(occurred_at=start).id
    closing = Deal(origin=CRM, occurred_at=start, deal_id="D-1", expected_close_on=date(2026, 3, 2))
    assert closing.id != attrs.evolve(closing, expected_close_on=date(2026, 3, 3)).id


def test_kinds_with_the_same_fields_are_still_different_facts() -> None:
    """What happened is part of what was said."""
    touch = Touch(origin=CRM, occurred_at=NOON, lead_id="L-1", kind="mql")
    entry = StageEntered(origin=CRM, occurred_at=NOON, lead_id="L-1", stage="mql")
    assert touch.id != entry.id


def test_a_retraction_names_what_it_withdraws() -> None:
    """A fact by its id, or a record of a source in all its versions."""
    assert Retracted(origin=CRM, occurred_at=NOON, retracted_fact_id=lead().id).retracted_fact_id == lead().id
    with pytest.raises(InvalidFactError, match="retracted_fact_id or retracted_record"):
        Retracted(origin=CRM, occurred_at=NOON, reason="gone")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 100_000, "\u202e", "ñ"])
def test_any_text_that_python_holds_can_be_part_of_an_id(text: str) -> None:
    """Exports hold halves of surrogate pairs and worse; a fact is made all the same."""
    assert len(lead(name=text).id) == 32


def test_an_instant_with_a_fixed_offset_is_taken_as_it_is() -> None:
    """+02:00 is not the zone of anybody's wall, and does not matter."""
    at = datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2)))
    assert lead(occurred_at=at) == lead()
