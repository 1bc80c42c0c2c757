"""What every store promises, as tests that any store can be held against.

A subclass hands in a new, empty store, and pytest does the rest; nothing of pytest is imported here:

    class TestAcmeStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            return AcmeStore(tmp_path)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from enum import EnumMeta
from random import Random
from typing import Any, get_args, get_type_hints

import attrs

from smarketing.errors import StaleRevisionError, UnknownNameError
from smarketing.facts import (
    KINDS,
    Account,
    Deal,
    DealClosed,
    Fact,
    Lead,
    Line,
    Precision,
    ProfilesLinked,
    Retracted,
    Touch,
)
from smarketing.origin import Origin
from smarketing.stores import Appended, Erasure, Position, Store, Subject, Unit
from smarketing.values import Points, Share, Traits

__all__ = ["StoreContract"]

_START = datetime(2026, 1, 3, 12, tzinfo=UTC)
_HOSTILE = ("'; DROP TABLE leads; --", "Ñandú 🚀 ß", '{"a": 1}', "=1+1", "%s %(x)s :x ?", " a\tb\nc ", "\\")


class StoreContract:
    """The laws of a store, one test for each; they need a fixture `store` that gives a new one.

    Attributes:
        is_shared: Whether another reader or thread uses the store without seeing what a unit has not kept
            yet. False only where there is but one connection for all (SQLite in memory).
    """

    is_shared = True

    def test_every_kind_of_fact_comes_back_as_it_was(self, store: Store) -> None:
        """With all fields filled or only the required ones; lines, traits, precision and origin included."""
        facts = [*_each_kind(is_full=True), *_each_kind(is_full=False)]
        assert _append(store, facts) == Appended(len(facts), 0)
        assert list(store.scan()) == _in_order(facts)
        for kind in KINDS:
            assert list(store.scan(kind)) == _in_order(fact for fact in facts if type(fact) is kind)

    def test_the_ids_come_back_too(self, store: Store) -> None:
        """A fact that was kept can be named by whoever had it before."""
        facts = list(_each_kind(is_full=True))
        _append(store, facts)
        assert [fact.id for fact in store.scan()] == [fact.id for fact in _in_order(facts)]

    def test_hostile_words_are_only_words(self, store: Store) -> None:
        """What people type is kept as it stands, and does nothing."""
        facts = [
            Lead(
                origin=Origin(system=word, table=word, record=word),
                occurred_at=_START,
                lead_id=word,
                name=word,
                traits=Traits({word: word}),
            )
            for word in _HOSTILE
        ]
        _append(store, facts)
        assert list(store.scan(Lead)) == _in_order(facts)
        with store.unit() as unit:
            for word in _HOSTILE:
                unit.put_agreement(word, word, effective_from=date(2026, 1, 1), expected_revision=0)
                unit.erase(Subject("lead", word), at=_START, asked_by=word)
        assert list(store.scan()) == []
        assert {put.text for put in store.agreements()} == set(_HOSTILE)

    def test_appending_twice_is_appending_once(self, store: Store) -> None:
        """Reading the same export again adds nothing, in the same unit or in another."""
        facts = _touches(20)
        assert _append(store, [*facts, *facts]) == Appended(20, 20)
        assert _append(store, facts) == Appended(0, 20)
        assert list(store.scan()) == facts

    def test_the_earliest_knowledge_stays(self, store: Store) -> None:
        """A later export cannot make us have learned something later, nor an earlier one be forgotten."""
        deal = _deal("D-1", lines=(Line(product="AirOne"),))
        later, latest = (attrs.evolve(deal, known_at=_START + timedelta(days=day)) for day in (1, 2))
        _append(store, [latest, later, latest])
        assert [fact.known_at for fact in store.scan()] == [later.known_at]
        assert _append(store, [deal]) == Appended(0, 1)
        _append(store, [later])
        assert list(store.scan()) == [deal]
        (batch,) = store.batches("deal_lines", columns=["known_at"], as_of=_START + timedelta(hours=1))
        assert len(batch["known_at"]) == 1

    def test_the_order_of_appending_makes_no_difference(self, store: Store) -> None:
        """Facts come out by time, then by id, however they came in."""
        facts = [*_each_kind(is_full=False), *_touches(30)]
        mixed = Random(7).sample(facts, len(facts))  # noqa: S311 (no secret)
        for start in range(0, len(mixed), 10):
            _append(store, mixed[start : start + 10])
        assert list(store.scan()) == _in_order(facts)

    def test_pages_put_together_are_the_whole(self, store: Store) -> None:
        """Each page goes on behind the last fact of the page before, of one kind or of all."""
        at_once = [_deal(f"D-{n}", lines=(Line(product=f"P-{n}"),) * (n % 3)) for n in range(9)]
        _append(store, [*at_once, *_touches(9)])
        for kind in (None, Fact, Touch, Deal):
            pages: list[Fact] = []
            after: Position | None = None
            while page := list(store.scan(kind, after=after, limit=2)):
                assert len(page) <= 2
                pages += page
                after = Position.of(page[-1])
            assert pages == list(store.scan(kind))
        assert list(store.scan(limit=0)) == []

    def test_a_negative_limit_is_refused(self, store: Store) -> None:
        """It would mean something else to every engine."""
        with _raising(ValueError):
            store.scan(limit=-1)

    def test_a_unit_that_fails_leaves_nothing(self, store: Store) -> None:
        """All or nothing, of facts, agreements and erasures."""
        before = _touches(5)
        _append(store, before)
        with _raising(ZeroDivisionError), store.unit() as unit:
            unit.append(_each_kind(is_full=True))
            unit.put_agreement("sales", "x", effective_from=date(2026, 1, 1), expected_revision=0)
            unit.erase(Subject("lead", "L-1"), at=_START, asked_by="ticket 7")
            raise ZeroDivisionError
        assert list(store.scan()) == before
        assert store.agreements() == ()
        assert store.erasures() == ()

    def test_an_append_that_fails_half_way_appends_nothing(self, store: Store) -> None:
        """Even if the caller goes on within the unit."""

        def half() -> Iterator[Fact]:
            yield from _touches(3)
            raise ZeroDivisionError

        with store.unit() as unit:
            with _raising(ZeroDivisionError):
                unit.append(half())
            unit.append(_touches(1))
        assert list(store.scan()) == _touches(1)

    def test_a_unit_that_has_ended_takes_nothing(self, store: Store) -> None:
        """What came too late would be lost without a word."""
        with store.unit() as unit:
            held: Unit = unit
        with _raising(RuntimeError):
            held.append([])

    def test_a_thread_has_one_unit_at_a_time(self, store: Store) -> None:
        """A second one would wait for the first, for ever."""
        with store.unit() as unit:
            with _raising(RuntimeError), store.unit():
                pass
            unit.append(_touches(2))
        assert len(list(store.scan())) == 2

    def test_nothing_is_seen_before_the_unit_ends(self, store: Store) -> None:
        """Whoever scans meanwhile sees the store as it was."""
        if not self.is_shared:
            return
        _append(store, _touches(2))
        with store.unit() as unit:
            unit.append(_touches(3))
            assert len(list(store.scan())) == 2
        assert len(list(store.scan())) == 3

    def test_writers_side_by_side_lose_nothing_and_double_nothing(self, store: Store) -> None:
        """Threads may share the store."""
        if not self.is_shared:
            return
        facts = _touches(60)

        def write(part: int) -> int:
            mine = [*facts[part::2], *facts[::3]]
            return sum(_append(store, mine[at : at + 9]).new_count for at in range(0, len(mine), 9))

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(write, [0, 1, 0, 1])) == 60
        assert list(store.scan()) == facts

    def test_batches_hold_what_a_scan_holds(self, store: Store) -> None:
        """The same rows in the same order, cut into pieces, without facts being made."""
        facts = _touches(25)
        _append(store, [*facts, *_each_kind(is_full=True)])
        batches = list(store.batches("touches", size=10))
        assert [len(batch["fact_id"]) for batch in batches] == [10, 10, 6]
        ids = [fact_id for batch in batches for fact_id in batch["fact_id"]]
        assert ids == [fact.id for fact in store.scan(Touch)]
        assert [tuple(batch) for batch in store.batches("touches", columns=["kind", "lead_id"])] == [
            ("kind", "lead_id")
        ]

    def test_batches_hold_plain_cells(self, store: Store) -> None:
        """Microseconds, parts per million, days and JSON text: what frames and files can hold."""
        _append(
            store,
            [
                _deal(
                    "D-1",
                    probability_share=Share.percent("25"),
                    expected_close_on=date(2026, 2, 1),
                    traits=Traits({"stock": 3}),
                )
            ],
        )
        asked = ["occurred_at", "probability_share", "expected_close_on", "precision", "traits", "lead_id"]
        (batch,) = store.batches("deals", columns=asked)
        (row,) = zip(*(batch[name] for name in asked), strict=True)
        assert row == (1767441600000000, 250_000, date(2026, 2, 1), "instant", '{"stock":3}', None)
        assert [type(cell) for cell in row] == [int, int, date, str, str, type(None)]

    def test_lines_have_a_table_of_their_own(self, store: Store) -> None:
        """One row per product, numbered, beside what names their deal."""
        lines = tuple(Line(product=name, amount_minor=5) for name in ("AirOne", "AirPro", "AirMax"))
        _append(store, [_deal("D-1"), _deal("D-2", lines=lines)])
        (batch,) = store.batches("deal_lines", columns=["deal_id", "line_count", "product"])
        assert {name: list(cells) for name, cells in batch.items()} == {
            "deal_id": ["D-2"] * 3,
            "line_count": [1, 2, 3],
            "product": ["AirOne", "AirPro", "AirMax"],
        }
        assert all(len(each["product"]) <= 2 for each in store.batches("deal_lines", size=2))

    def test_batches_as_of_a_moment_hold_what_counts(self, store: Store) -> None:
        """Both clocks lie before it."""
        facts = _touches(10)
        late = attrs.evolve(facts[0], lead_id="L-late", known_at=_START + timedelta(days=1))
        _append(store, [*facts, late])
        at = facts[5].occurred_at
        (batch,) = store.batches("touches", as_of=at)
        assert list(batch["fact_id"]) == [fact.id for fact in facts if fact.counts(at)]
        assert list(store.batches("touches", as_of=_START)) == []

    def test_unknown_tables_and_columns_are_refused(self, store: Store) -> None:
        """Before anything is read."""
        with _raising(UnknownNameError):
            store.batches("touchs")
        with _raising(UnknownNameError):
            store.batches("touches", columns=["leadid"])

    def test_agreements_are_kept_in_revisions(self, store: Store) -> None:
        """Every one of them, with the day from which it is in force."""
        with store.unit() as unit:
            unit.put_agreement("sla", "one", effective_from=date(2026, 1, 1), expected_revision=0)
            unit.put_agreement("sla", "two", effective_from=date(2026, 4, 1), expected_revision=1)
            unit.put_agreement("board", "", effective_from=date(2025, 1, 1), expected_revision=0)
        with store.unit() as unit:
            unit.put_agreement("sla", "three\n", effective_from=date(2026, 4, 1), expected_revision=2)
        assert [(put.name, put.revision, put.text) for put in store.agreements()] == [
            ("board", 1, ""),
            ("sla", 1, "one"),
            ("sla", 2, "two"),
            ("sla", 3, "three\n"),
        ]
        assert [put.effective_from.month for put in store.agreements("sla")] == [1, 4, 4]
        assert store.agreements("none") == ()

    def test_of_two_writers_of_an_agreement_the_second_is_told(self, store: Store) -> None:
        """Nobody's change is overwritten unseen; the unit goes on."""
        with store.unit() as unit:
            unit.put_agreement("sla", "one", effective_from=date(2026, 1, 1), expected_revision=0)
        with store.unit() as unit:
            for seen in (0, 2):
                with _raising(StaleRevisionError):
                    unit.put_agreement("sla", "x", effective_from=date(2026, 1, 1), expected_revision=seen)
            unit.put_agreement("sla", "two", effective_from=date(2026, 1, 1), expected_revision=1)
        assert [put.text for put in store.agreements("sla")] == ["one", "two"]

    def test_who_is_erased_occurs_nowhere(self, store: Store) -> None:
        """Not in their own facts, nor in anybody else's; what says nothing without them is gone."""
        keep = [*_of_lead("L-2"), _link("L-2", "L-3")]
        gone = [*_of_lead("L-1"), _link("L-2", "L-1"), _link("L-1", "L-3")]
        referred = Lead(origin=Origin(record="L-4"), occurred_at=_START, lead_id="L-4", referred_by="L-1")
        _append(store, [*keep, *gone, referred])
        done = _erase(store, Subject("lead", "L-1"))
        assert (done.removed_count, done.renamed_count) == (len(gone), 1)
        assert list(store.scan()) == _in_order([*keep, attrs.evolve(referred, referred_by=None)])
        assert not any("L-1" in str(attrs.asdict(fact)) for fact in store.scan())

    def test_what_others_say_stays_without_the_name(self, store: Store) -> None:
        """The money of a deal still adds up when the person it came from is erased."""
        deal = _deal(
            "D-1",
            lead_id="L-1",
            account_id="A-1",
            name="Ana",
            amount_minor=500,
            lines=(Line(product="AirOne"),),
        )
        won = DealClosed(
            origin=Origin(record="D-1"),
            occurred_at=_START,
            deal_id="D-1",
            lead_id="L-1",
            outcome="won",
            amount_minor=500,
        )  # type: ignore[arg-type,unused-ignore]
        _append(store, [*_of_lead("L-1"), deal, won])
        _erase(store, Subject("lead", "L-1"))
        assert list(store.scan(Deal)) == [attrs.evolve(deal, lead_id=None, name=None)]
        assert list(store.scan(DealClosed)) == [attrs.evolve(won, lead_id=None)]
        assert [list(batch["deal_id"]) for batch in store.batches("deal_lines")] == [["D-1"]]

    def test_a_retraction_follows_what_it_withdraws(self, store: Store) -> None:
        """What was withdrawn does not come back because it has lost a name."""
        deal, other = _deal("D-1", lead_id="L-1"), _deal("D-2")
        withdrawn = [
            Retracted(origin=Origin(record=name), occurred_at=_START, retracted_fact_id=fact.id)
            for name, fact in (("a", deal), ("b", other), ("c", _of_lead("L-1")[0]))
        ]
        _append(store, [deal, other, *_of_lead("L-1"), *withdrawn])
        _erase(store, Subject("lead", "L-1"))
        (renamed,) = (fact for fact in store.scan(Deal) if fact != other)
        assert {fact.retracted_fact_id for fact in store.scan(Retracted)} == {renamed.id, other.id}

    def test_their_own_record_is_named_nowhere(self, store: Store) -> None:
        """Where one record of the source tells of a lead and of its deal, its number is the lead's too."""
        place = Origin(system="crm", table="people", record="77")
        lead = Lead(origin=place, occurred_at=_START, lead_id="77")
        deal = _deal("D-1", origin=place)
        namesake = _deal("D-2", origin=Origin(system="crm", table="deals", record="77"))
        _append(store, [lead, deal, namesake])
        _erase(store, Subject("lead", "77"))
        unnamed = attrs.evolve(deal, origin=attrs.evolve(place, record=""))
        assert list(store.scan()) == _in_order([unnamed, namesake])

    def test_a_withdrawn_record_is_gone_with_its_retraction(self, store: Store) -> None:
        """Nothing of it could be told from what stands."""
        place = Origin(system="crm", table="people", record="77")
        lead, deal = Lead(origin=place, occurred_at=_START, lead_id="77"), _deal("D-1", origin=place)
        withdrawn = Retracted(
            origin=Origin(), occurred_at=_START, retracted_table="people", retracted_record="77"
        )
        _append(store, [lead, deal, withdrawn, *_touches(3)])
        _erase(store, Subject("lead", "77"))
        assert list(store.scan()) == _touches(3)

    def test_companies_are_erased_in_the_same_way(self, store: Store) -> None:
        """Leads and deals stay, without their company."""
        account = Account(origin=Origin(record="A-1"), occurred_at=_START, account_id="A-1")
        child = Account(origin=Origin(record="A-2"), occurred_at=_START, account_id="A-2", parent_id="A-1")
        _append(store, [account, child, _deal("D-1", account_id="A-1", agency_id="A-1")])
        done = _erase(store, Subject("account", "A-1"))
        assert (done.removed_count, done.renamed_count) == (1, 2)
        assert list(store.scan()) == _in_order([attrs.evolve(child, parent_id=None), _deal("D-1")])

    def test_a_record_stays_that_it_was_done(self, store: Store) -> None:
        """When, to whom (as a hash), how many facts, and who answers for it; also if there was nothing."""
        _append(store, _of_lead("L-1"))
        subject, at = Subject("lead", "L-1"), _START + timedelta(days=9)
        expected = Erasure(
            erased_at=at,
            subject_kind="lead",
            subject_hash=subject.hash,
            removed_count=2,
            renamed_count=0,
            asked_by="ticket 7",
        )
        with store.unit() as unit:
            assert unit.erase(subject, at=at, asked_by="ticket 7") == expected
        with store.unit() as unit:
            unit.erase(subject, at=_START, asked_by="ticket 8")
        assert store.erasures() == (
            attrs.evolve(expected, erased_at=_START, removed_count=0, asked_by="ticket 8"),
            expected,
        )

    def test_a_unit_sees_what_it_has_done(self, store: Store) -> None:
        """Who is appended and erased in one unit is not there; who is appended again is."""
        with store.unit() as unit:
            unit.append(_of_lead("L-1"))
            unit.erase(Subject("lead", "L-1"), at=_START, asked_by="ticket 7")
        assert list(store.scan()) == []
        _append(store, _of_lead("L-1"))
        with store.unit() as unit:
            unit.erase(Subject("lead", "L-1"), at=_START, asked_by="ticket 8")
            assert unit.append(_of_lead("L-1")) == Appended(2, 0)
        assert list(store.scan()) == _in_order(_of_lead("L-1"))


class _raising:  # noqa: N801 -- reads like pytest's, without pytest
    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        assert kind is not None, f"{self._kind.__name__} should have been raised, and nothing was"
        return issubclass(kind, self._kind)


def _append(store: Store, facts: Iterable[Fact]) -> Appended:
    with store.unit() as unit:
        return unit.append(facts)


def _erase(store: Store, subject: Subject) -> Erasure:
    with store.unit() as unit:
        return unit.erase(subject, at=_START, asked_by="ticket 7")


def _in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=Position.of)


def _touches(n: int) -> list[Fact]:
    return [
        Touch(
            origin=Origin(system="web", record=str(number)),
            occurred_at=_START + timedelta(minutes=number),
            lead_id="L-1",
            kind="page_viewed",
        )
        for number in range(n)
    ]


def _deal(deal_id: str, **fields: Any) -> Deal:
    return Deal(**{"origin": Origin(record=deal_id), "occurred_at": _START, "deal_id": deal_id, **fields})


def _of_lead(lead_id: str) -> list[Fact]:
    place = Origin(system="crm", table="leads", record=lead_id)
    return [
        Lead(origin=place, occurred_at=_START, lead_id=lead_id, email=f"{lead_id}@example.org"),
        Touch(origin=place, occurred_at=_START, lead_id=lead_id, kind="page_viewed"),
    ]


def _link(lead_id: str, profile_id: str) -> Fact:
    return ProfilesLinked(origin=Origin(), occurred_at=_START, lead_id=lead_id, profile_id=profile_id)


def _each_kind(*, is_full: bool) -> Iterator[Fact]:
    """One fact of every kind, with every field filled, or with what it cannot do without."""
    for number, kind in enumerate(KINDS):
        hints = get_type_hints(kind)
        fields = {
            field.name: _some(field.name, hints[field.name])
            for field in attrs.fields(kind)
            if is_full or field.default is attrs.NOTHING or field.name in kind.SUBJECTS[:1]
        }
        yield kind(
            **fields | {"occurred_at": _START + timedelta(hours=number, microseconds=1)} | _clocks(is_full)
        )


def _clocks(is_full: bool) -> dict[str, Any]:  # noqa: FBT001
    if is_full:
        return {"known_at": _START + timedelta(days=40, microseconds=3), "loaded_at": None}
    return {}


def _some(name: str, hint: Any) -> Any:
    parts = [part for part in get_args(hint) if part is not type(None)] or [hint]
    if isinstance(parts[0], EnumMeta):
        return Precision.DAY if parts[0] is Precision else list(parts[0])[-1]
    if parts[0] is Line:
        return (Line(product="AirOne", quantity_count=2, amount_minor=-7), Line(product="AirPro"))
    values: dict[Any, Any] = {
        Origin: Origin(system="crm", table="things", record="R-7", file="things.csv", row=3),
        str: f"{name} Ñ'\"",
        bool: True,
        int: 2**62,
        datetime: _START - timedelta(microseconds=1),
        date: date(2025, 12, 31),
        Share: Share.of("0.29"),
        Points: Points.of("-2.5"),
        Traits: Traits({"segment": "pet", "stock": 12, "fit": 0.1, "has_company": True}),
    }
    return values[parts[0]]
