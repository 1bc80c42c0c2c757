"""What every store promises, as tests that any store can be held against.

A subclass hands in a new, empty store, and pytest does the rest; nothing of pytest is imported here:

    class TestAcmeStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            return AcmeStore(tmp_path)
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import attrs

from smarketing.errors import StaleRevisionError, UnknownNameError
from smarketing.facts import (
    KINDS,
    Deal,
    Fact,
    Lead,
    Line,
    Touch,
)
from smarketing.origin import Origin
from smarketing.stores import Appended, Position, Store, Subject, Unit
from smarketing.testing._store_erasing import ErasingLaws
from smarketing.testing._store_facts import START, a_deal, append, each_kind, in_order, raising, touches
from smarketing.values import Share, Traits

__all__ = ["StoreContract"]

_HOSTILE = ("'; DROP TABLE leads; --", "Ñandú 🚀 ß", '{"a": 1}', "=1+1", "%s %(x)s :x ?", " a\tb\nc ", "\\")


class StoreContract(ErasingLaws):
    """The laws of a store, one test for each; they need a fixture `store` that gives a new one.

    Attributes:
        is_shared: Whether another reader or thread uses the store without seeing what a unit has not kept
            yet. False only where there is but one connection for all (SQLite in memory).
    """

    is_shared = True

    def test_every_kind_of_fact_comes_back_as_it_was(self, store: Store) -> None:
        """With all fields filled or only the required ones; lines, traits, precision and origin included."""
        facts = [*each_kind(is_full=True), *each_kind(is_full=False)]
        assert append(store, facts) == Appended(len(facts), 0)
        assert list(store.scan()) == in_order(facts)
        for kind in KINDS:
            assert list(store.scan(kind)) == in_order(fact for fact in facts if type(fact) is kind)

    def test_the_ids_come_back_too(self, store: Store) -> None:
        """A fact that was kept can be named by whoever had it before."""
        facts = list(each_kind(is_full=True))
        append(store, facts)
        assert [fact.id for fact in store.scan()] == [fact.id for fact in in_order(facts)]

    def test_hostile_words_are_only_words(self, store: Store) -> None:
        """What people type is kept as it stands, and does nothing."""
        facts = [
            Lead(
                origin=Origin(system=word, table=word, record=word),
                occurred_at=START,
                lead_id=word,
                name=word,
                traits=Traits({word: word}),
            )
            for word in _HOSTILE
        ]
        append(store, facts)
        assert list(store.scan(Lead)) == in_order(facts)
        with store.unit() as unit:
            for word in _HOSTILE:
                unit.put_agreement(word, word, effective_from=date(2026, 1, 1), expected_revision=0)
                unit.erase(Subject("lead", word), at=START, asked_by=word)
        assert list(store.scan()) == []
        assert {put.text for put in store.agreements()} == set(_HOSTILE)

    def test_appending_twice_is_appending_once(self, store: Store) -> None:
        """Reading the same export again adds nothing, in the same unit or in another."""
        facts = touches(20)
        assert append(store, [*facts, *facts]) == Appended(20, 20)
        assert append(store, facts) == Appended(0, 20)
        assert list(store.scan()) == facts

    def test_the_earliest_knowledge_stays(self, store: Store) -> None:
        """A later export cannot make us have learned something later, nor an earlier one be forgotten."""
        deal = a_deal("D-1", lines=(Line(product="AirOne"),))
        later, latest = (attrs.evolve(deal, known_at=START + timedelta(days=day)) for day in (1, 2))
        append(store, [latest, later, latest])
        assert [fact.known_at for fact in store.scan()] == [later.known_at]
        assert append(store, [deal]) == Appended(0, 1)
        append(store, [later])
        assert list(store.scan()) == [deal]
        (batch,) = store.batches("deal_lines", columns=["known_at"], as_of=START + timedelta(hours=1))
        assert len(batch["known_at"]) == 1

    def test_the_order_of_appending_makes_no_difference(self, store: Store) -> None:
        """Facts come out by time, then by id, however they came in."""
        facts = [*each_kind(is_full=False), *touches(30)]
        mixed = Random(7).sample(facts, len(facts))  # noqa: S311 (no secret)
        for start in range(0, len(mixed), 10):
            append(store, mixed[start : start + 10])
        assert list(store.scan()) == in_order(facts)

    def test_pages_put_together_are_the_whole(self, store: Store) -> None:
        """Each page goes on behind the last fact of the page before, of one kind or of all."""
        at_once = [a_deal(f"D-{n}", lines=(Line(product=f"P-{n}"),) * (n % 3)) for n in range(9)]
        append(store, [*at_once, *touches(9)])
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
        with raising(ValueError):
            store.scan(limit=-1)

    def test_facts_are_found_by_their_ids(self, store: Store) -> None:
        """In order, each once, lines included, whatever their kind; of one kind where only that is asked."""
        facts = [*each_kind(is_full=True), *touches(9)]
        append(store, facts)
        asked = [fact.id for fact in reversed(facts) if fact.occurred_at >= START]
        expected = in_order(fact for fact in facts if fact.id in asked)
        assert list(store.facts_by_id(iter([*asked, *asked]))) == expected
        for kind in (Fact, Deal, Touch):
            of_kind = [fact for fact in expected if isinstance(fact, kind)]
            assert list(store.facts_by_id(asked, kind=kind)) == of_kind
        assert [fact.id for fact in store.facts_by_id([facts[-1].id])] == [facts[-1].id]

    def test_ids_that_are_not_held_find_nothing(self, store: Store) -> None:
        """However many they are and whatever they say; those beside them are found."""
        facts = touches(2)
        append(store, facts)
        strange = [
            *_HOSTILE,
            "",
            "\x00",
            "\ud800",
            facts[0].id.upper() + "'",
            *map("{:032x}".format, range(12_000)),
        ]
        assert store.facts_by_id(strange) == ()
        assert store.facts_by_id([]) == ()
        assert list(store.facts_by_id([*strange, facts[1].id], kind=Touch)) == facts[1:]

    def test_a_fact_that_was_erased_is_found_no_more(self, store: Store) -> None:
        """Nor by an id that somebody kept."""
        (visit,) = touches(1)
        append(store, [visit])
        with store.unit() as unit:
            unit.erase(Subject("lead", "L-1"), at=START, asked_by="ticket 7")
        assert store.facts_by_id([visit.id]) == ()

    def test_a_unit_that_fails_leaves_nothing(self, store: Store) -> None:
        """All or nothing, of facts, agreements and erasures."""
        before = touches(5)
        append(store, before)
        with raising(ZeroDivisionError), store.unit() as unit:
            unit.append(each_kind(is_full=True))
            unit.put_agreement("sales", "x", effective_from=date(2026, 1, 1), expected_revision=0)
            unit.erase(Subject("lead", "L-1"), at=START, asked_by="ticket 7")
            raise ZeroDivisionError
        assert list(store.scan()) == before
        assert store.agreements() == ()
        assert store.erasures() == ()

    def test_an_append_that_fails_half_way_appends_nothing(self, store: Store) -> None:
        """Even if the caller goes on within the unit."""

        def half() -> Iterator[Fact]:
            yield from touches(3)
            raise ZeroDivisionError

        with store.unit() as unit:
            with raising(ZeroDivisionError):
                unit.append(half())
            unit.append(touches(1))
        assert list(store.scan()) == touches(1)

    def test_a_unit_that_has_ended_takes_nothing(self, store: Store) -> None:
        """What came too late would be lost without a word."""
        with store.unit() as unit:
            held: Unit = unit
        with raising(RuntimeError):
            held.append([])

    def test_a_thread_has_one_unit_at_a_time(self, store: Store) -> None:
        """A second one would wait for the first, for ever."""
        with store.unit() as unit:
            with raising(RuntimeError), store.unit():
                pass
            unit.append(touches(2))
        assert len(list(store.scan())) == 2

    def test_nothing_is_seen_before_the_unit_ends(self, store: Store) -> None:
        """Whoever scans meanwhile sees the store as it was."""
        if not self.is_shared:
            return
        append(store, touches(2))
        with store.unit() as unit:
            unit.append(touches(3))
            assert len(list(store.scan())) == 2
        assert len(list(store.scan())) == 3

    def test_writers_side_by_side_lose_nothing_and_double_nothing(self, store: Store) -> None:
        """Threads may share the store."""
        if not self.is_shared:
            return
        facts = touches(60)

        def write(part: int) -> int:
            mine = [*facts[part::2], *facts[::3]]
            return sum(append(store, mine[at : at + 9]).new_count for at in range(0, len(mine), 9))

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(write, [0, 1, 0, 1])) == 60
        assert list(store.scan()) == facts

    def test_batches_hold_what_a_scan_holds(self, store: Store) -> None:
        """The same rows in the same order, cut into pieces, without facts being made."""
        facts = touches(25)
        append(store, [*facts, *each_kind(is_full=True)])
        batches = list(store.batches("touches", size=10))
        assert [len(batch["fact_id"]) for batch in batches] == [10, 10, 6]
        ids = [fact_id for batch in batches for fact_id in batch["fact_id"]]
        assert ids == [fact.id for fact in store.scan(Touch)]
        assert [tuple(batch) for batch in store.batches("touches", columns=["kind", "lead_id"])] == [
            ("kind", "lead_id")
        ]

    def test_batches_hold_plain_cells(self, store: Store) -> None:
        """Microseconds, parts per million, days and JSON text: what frames and files can hold."""
        append(
            store,
            [
                a_deal(
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
        append(store, [a_deal("D-1"), a_deal("D-2", lines=lines)])
        (batch,) = store.batches("deal_lines", columns=["deal_id", "line_count", "product"])
        assert {name: list(cells) for name, cells in batch.items()} == {
            "deal_id": ["D-2"] * 3,
            "line_count": [1, 2, 3],
            "product": ["AirOne", "AirPro", "AirMax"],
        }
        assert all(len(each["product"]) <= 2 for each in store.batches("deal_lines", size=2))

    def test_batches_as_of_a_moment_hold_what_counts(self, store: Store) -> None:
        """Both clocks lie before it."""
        facts = touches(10)
        late = attrs.evolve(facts[0], lead_id="L-late", known_at=START + timedelta(days=1))
        append(store, [*facts, late])
        at = facts[5].occurred_at
        (batch,) = store.batches("touches", as_of=at)
        assert list(batch["fact_id"]) == [fact.id for fact in facts if fact.counts(at)]
        assert list(store.batches("touches", as_of=START)) == []

    def test_unknown_tables_and_columns_are_refused(self, store: Store) -> None:
        """Before anything is read."""
        with raising(UnknownNameError):
            store.batches("touchs")
        with raising(UnknownNameError):
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
                with raising(StaleRevisionError):
                    unit.put_agreement("sla", "x", effective_from=date(2026, 1, 1), expected_revision=seen)
            unit.put_agreement("sla", "two", effective_from=date(2026, 1, 1), expected_revision=1)
        assert [put.text for put in store.agreements("sla")] == ["one", "two"]
