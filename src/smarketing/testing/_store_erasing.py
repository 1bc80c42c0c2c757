"""What every store promises about erasing somebody."""

from __future__ import annotations

from datetime import timedelta

import attrs

from smarketing.facts import Account, Deal, DealClosed, Lead, Line, Retracted
from smarketing.origin import Origin
from smarketing.stores import Appended, Erasure, Store, Subject
from smarketing.testing._store_facts import START, a_deal, append, erase, in_order, link, of_lead, touches

__all__ = ["ErasingLaws"]


class ErasingLaws:
    """The part of `StoreContract` that is about erasing."""

    def test_who_is_erased_occurs_nowhere(self, store: Store) -> None:
        """Not in their own facts, nor in anybody else's; what says nothing without them is gone."""
        keep = [*of_lead("L-2"), link("L-2", "L-3")]
        gone = [*of_lead("L-1"), link("L-2", "L-1"), link("L-1", "L-3")]
        referred = Lead(origin=Origin(record="L-4"), occurred_at=START, lead_id="L-4", referred_by="L-1")
        append(store, [*keep, *gone, referred])
        done = erase(store, Subject("lead", "L-1"))
        assert (done.removed_count, done.renamed_count) == (len(gone), 1)
        assert list(store.scan()) == in_order([*keep, attrs.evolve(referred, referred_by=None)])
        assert not any("L-1" in str(attrs.asdict(fact)) for fact in store.scan())

    def test_what_others_say_stays_without_the_name(self, store: Store) -> None:
        """The money of a deal still adds up when the person it came from is erased."""
        deal = a_deal(
            "D-1",
            lead_id="L-1",
            account_id="A-1",
            name="Ana",
            amount_minor=500,
            lines=(Line(product="AirOne"),),
        )
        won = DealClosed(
            origin=Origin(record="D-1"),
            occurred_at=START,
            deal_id="D-1",
            lead_id="L-1",
            outcome="won",
            amount_minor=500,
        )  # type: ignore[arg-type,unused-ignore]
        append(store, [*of_lead("L-1"), deal, won])
        erase(store, Subject("lead", "L-1"))
        assert list(store.scan(Deal)) == [attrs.evolve(deal, lead_id=None, name=None)]
        assert list(store.scan(DealClosed)) == [attrs.evolve(won, lead_id=None)]
        assert [list(batch["deal_id"]) for batch in store.batches("deal_lines")] == [["D-1"]]

    def test_a_retraction_follows_what_it_withdraws(self, store: Store) -> None:
        """What was withdrawn does not come back because it has lost a name."""
        deal, other = a_deal("D-1", lead_id="L-1"), a_deal("D-2")
        withdrawn = [
            Retracted(origin=Origin(record=name), occurred_at=START, retracted_fact_id=fact.id)
            for name, fact in (("a", deal), ("b", other), ("c", of_lead("L-1")[0]))
        ]
        append(store, [deal, other, *of_lead("L-1"), *withdrawn])
        erase(store, Subject("lead", "L-1"))
        (renamed,) = (fact for fact in store.scan(Deal) if fact != other)
        assert {getattr(fact, "retracted_fact_id", None) for fact in store.scan(Retracted)} == {
            renamed.id,
            other.id,
        }

    def test_their_own_record_is_named_nowhere(self, store: Store) -> None:
        """Where one record of the source tells of a lead and of its deal, its number is the lead's too."""
        place = Origin(system="crm", table="people", record="77")
        lead = Lead(origin=place, occurred_at=START, lead_id="77")
        deal = a_deal("D-1", origin=place)
        namesake = a_deal("D-2", origin=Origin(system="crm", table="deals", record="77"))
        append(store, [lead, deal, namesake])
        erase(store, Subject("lead", "77"))
        unnamed = attrs.evolve(deal, origin=attrs.evolve(place, record=""))
        assert list(store.scan()) == in_order([unnamed, namesake])

    def test_a_withdrawn_record_is_gone_with_its_retraction(self, store: Store) -> None:
        """Nothing of it could be told from what stands."""
        place = Origin(system="crm", table="people", record="77")
        lead, deal = Lead(origin=place, occurred_at=START, lead_id="77"), a_deal("D-1", origin=place)
        withdrawn = Retracted(
            origin=Origin(), occurred_at=START, retracted_table="people", retracted_record="77"
        )
        append(store, [lead, deal, withdrawn, *touches(3)])
        erase(store, Subject("lead", "77"))
        assert list(store.scan()) == touches(3)

    def test_companies_are_erased_in_the_same_way(self, store: Store) -> None:
        """Leads and deals stay, without their company."""
        account = Account(origin=Origin(record="A-1"), occurred_at=START, account_id="A-1")
        child = Account(origin=Origin(record="A-2"), occurred_at=START, account_id="A-2", parent_id="A-1")
        append(store, [account, child, a_deal("D-1", account_id="A-1", agency_id="A-1")])
        done = erase(store, Subject("account", "A-1"))
        assert (done.removed_count, done.renamed_count) == (1, 2)
        assert list(store.scan()) == in_order([attrs.evolve(child, parent_id=None), a_deal("D-1")])

    def test_a_record_stays_that_it_was_done(self, store: Store) -> None:
        """When, to whom (as a hash), how many facts, and who answers for it; also if there was nothing."""
        append(store, of_lead("L-1"))
        subject, at = Subject("lead", "L-1"), START + timedelta(days=9)
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
            unit.erase(subject, at=START, asked_by="ticket 8")
        assert store.erasures() == (
            attrs.evolve(expected, erased_at=START, removed_count=0, asked_by="ticket 8"),
            expected,
        )

    def test_a_unit_sees_what_it_has_done(self, store: Store) -> None:
        """Who is appended and erased in one unit is not there; who is appended again is."""
        with store.unit() as unit:
            unit.append(of_lead("L-1"))
            unit.erase(Subject("lead", "L-1"), at=START, asked_by="ticket 7")
        assert list(store.scan()) == []
        append(store, of_lead("L-1"))
        with store.unit() as unit:
            unit.erase(Subject("lead", "L-1"), at=START, asked_by="ticket 8")
            assert unit.append(of_lead("L-1")) == Appended(2, 0)
        assert list(store.scan()) == in_order(of_lead("L-1"))
