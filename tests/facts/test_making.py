"""Facts are made quickly: nobody can tell but by the clock."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any, get_type_hints

import attrs
import pytest
from hypothesis import given

from smarketing.errors import InvalidFactError
from smarketing.facts import KINDS, Fact, Lead, StageEntered, Touch
from smarketing.facts._making import make_quickly
from smarketing.origin import Origin
from smarketing.testing import strategies as draw
from smarketing.testing._store_facts import each_kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "origin": Origin(system="crm", table="leads", record="L-1"),
    "occurred_at": NOON,
    "lead_id": "L-1",
}
IDS = {
    "Lead": "60c806a7",
    "Account": "35bb0c2f",
    "Campaign": "8babf052",
    "Deal": "8e9773a8",
    "StageEntered": "8afa3c38",
    "Touch": "fafdd10e",
    "Reply": "517f699a",
    "ContactAttempt": "3f0245d6",
    "Routed": "984f54ba",
    "Assigned": "610d1414",
    "SalesFeedback": "1abcde2b",
    "Flipped": "65619cf5",
    "Waived": "92221d46",
    "DealClosed": "5539cc99",
    "DealReopened": "9afd5bdc",
    "Judgement": "eb66d057",
    "Spend": "f5920b4a",
    "AssetMetric": "e3034550",
    "OrderPlaced": "04942334",
    "OrderReturned": "176eb211",
    "CustomerHealth": "508e3310",
    "TimeSpent": "2f8439e8",
    "ConsentGiven": "8c39831d",
    "ConsentWithdrawn": "68a2aa4c",
    "ProfilesLinked": "bb00e4ad",
    "ProfilesUnlinked": "c9ecb551",
    "Retracted": "8991e2da",
}
"""How the id of each kind begins, of a fact that says only what it must."""


@given(draw.any_facts())
def test_facts_are_frozen_however_they_were_made(fact: Fact) -> None:
    """Made, changed into another, copied or unpickled, it is of its kind, and nobody changes it."""
    unpickled = pickle.loads(pickle.dumps(fact))  # noqa: S301 (our own)
    for one in (fact, attrs.evolve(fact), copy.copy(fact), copy.deepcopy(fact), unpickled):
        assert type(one) in KINDS
        assert one == fact
        assert one.id == fact.id
        for change in (lambda one: setattr(one, "precision", None), lambda one: delattr(one, "precision")):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                change(one)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_quick_initialiser_is_called_as_attrs_declares_it(kind: type[Fact]) -> None:
    """By keyword only, with the fields, defaults and annotations of the class, and its name in errors."""
    given_names = inspect.signature(kind).parameters
    declared, hints = attrs.fields_dict(kind), get_type_hints(kind)
    assert list(given_names) == list(declared)
    for name, parameter in given_names.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        needed = declared[name].default is attrs.NOTHING
        assert (parameter.default is inspect.Parameter.empty) == needed
        # attrs names no type where a class converts, as the words of closed sets do, and else what it takes
        converter = declared[name].converter
        taken = getattr(converter, "__annotations__", {}).values()
        # … and once facts are read from text, attrs has their types as classes, and no longer as names
        known = {declared[name].type, inspect.Parameter.empty, *taken}
        assert parameter.annotation in known or hints[name] == declared[name].type
    with pytest.raises(TypeError, match=rf"{kind.__name__}.*missing"):
        kind()  # type: ignore[call-arg]


def test_ids_are_what_they_were_before_facts_were_made_quickly() -> None:
    """Stores are full of them: the ids of all kinds were written down before, and are these."""
    assert {type(fact).__name__: fact.id[:8] for fact in each_kind(is_full=False)} == IDS
    (lead,) = (fact for fact in each_kind(is_full=True) if type(fact) is Lead)
    assert lead.id.startswith("102dec80"), "a fact that says all that it can"


def test_a_fact_that_is_refused_is_refused_as_before() -> None:
    """The converter, the check of the subjects and the unknown name each speak for themselves."""
    with pytest.raises(InvalidFactError, match="no time zone"):
        Lead(**{**GIVEN, "occurred_at": NOON.replace(tzinfo=None)})
    with pytest.raises(InvalidFactError, match="Lead needs lead_id"):
        Lead(**{**GIVEN, "lead_id": ""})
    with pytest.raises(TypeError, match=r"Lead.*unexpected keyword argument 'nmae'"):
        Lead(**{**GIVEN, "nmae": "Ana"})
    with pytest.raises(TypeError, match=r"Lead.*positional"):
        Lead(GIVEN["origin"])  # type: ignore[misc]
    second = StageEntered(**{**GIVEN, "lead_id": None, "deal_id": "D-1", "stage": "won"})
    assert second.deal_id == "D-1", "one subject of several is enough"


def test_equal_facts_are_one_whatever_made_them() -> None:
    """Equality and hash are of the kind; facts of two kinds are never equal."""
    one, two = Lead(**GIVEN, name="Ana"), attrs.evolve(Lead(**GIVEN), name="Ana")
    assert one == two
    assert len({one, two, copy.copy(one)}) == 1
    assert one != Lead(**GIVEN)
    assert Lead(**GIVEN) != Mine(**GIVEN)


def never_negative(_: object, __: object, value: int) -> None:
    """A validator as attrs calls it."""
    if value < 0:
        raise ValueError(f"{value} is negative")


@attrs.frozen(kw_only=True)
class Mine(Lead):
    """Of another package, with fields of its own and nothing else."""

    seats_count: int = 1
    note: str = attrs.field(default="", converter=str.strip)


@attrs.frozen(kw_only=True)
class Careful(Lead):
    """With a validator, another name for a field, a field that nobody gives, and a last step of its own."""

    seats_count: int = attrs.field(default=1, validator=never_negative)
    desk: str = attrs.field(default="", alias="table")
    made: str = attrs.field(default="here", init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.name == "nobody":
            raise InvalidFactError("nobody is no name")


@attrs.frozen(kw_only=True)
class Checked(Lead):
    """With a last step and no more."""

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.name == "nobody":
            raise InvalidFactError("nobody is no name")


@attrs.frozen(kw_only=True, slots=False)
class Roomy(Lead):
    """Without slots."""

    seats_count: int = 1


@attrs.frozen
class InOrder(Touch):
    """Whose own field may be given by its place."""

    seats_count: int = 1


@attrs.frozen(kw_only=True)
class OwnStart(Lead):
    """With an initialiser of its own, around that of attrs."""

    seats_count: int

    def __init__(self, seats: int) -> None:
        self.__attrs_init__(**GIVEN, seats_count=seats)  # type: ignore[attr-defined]


class Bare(Lead):
    """Without attrs' decorator."""


class BareWithSlots(Checked):
    """Of a subclass, and without a dictionary."""

    __slots__ = ()


ELSEWHERE: tuple[type[Lead], ...] = (Mine, Careful, Checked, Bare, BareWithSlots)


@pytest.mark.parametrize("kind", ELSEWHERE, ids=lambda kind: kind.__name__)
def test_a_subclass_made_elsewhere_is_a_fact_like_another(kind: type[Lead]) -> None:
    """Of its own class, frozen, equal, evolved, copied, pickled, and checked as its base is."""
    fact = kind(**GIVEN, name="Ana")
    unpickled = pickle.loads(pickle.dumps(fact))  # noqa: S301 (our own)
    for one in (fact, attrs.evolve(fact), copy.copy(fact), copy.deepcopy(fact), unpickled):
        assert type(one) is kind
        assert (one, hash(one), one.id, one.name) == (fact, hash(fact), fact.id, "Ana")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            one.name = "Eva"  # type: ignore[misc]
    assert attrs.evolve(fact, name="Eva") != fact
    with pytest.raises(InvalidFactError, match=f"{kind.__name__} needs lead_id"):
        kind(**{**GIVEN, "lead_id": ""})


def test_what_a_subclass_checks_is_checked() -> None:
    """Validators, converters, and steps after the last field, on making and on changing into another."""
    with pytest.raises(ValueError, match="-1 is negative"):
        Careful(**GIVEN, seats_count=-1)
    careful = Careful(**GIVEN, table="T-1")  # type: ignore[call-arg, unused-ignore]
    assert (careful.desk, careful.made) == ("T-1", "here")
    with pytest.raises(ValueError, match="-2 is negative"):
        attrs.evolve(careful, seats_count=-2)
    assert Mine(**GIVEN, note=" by phone ").note == "by phone"
    for kind in (Careful, Checked, BareWithSlots):
        with pytest.raises(InvalidFactError, match="nobody is no name"):
            kind(**GIVEN, name="nobody")


def test_a_subclass_is_given_its_fields_as_it_declares() -> None:
    """By place, without slots, or through an initialiser of its own."""
    assert InOrder(3, **{**GIVEN, "kind": "seen"}).seats_count == 3
    assert Roomy(**GIVEN, seats_count=5) == Roomy(**GIVEN, seats_count=5) != Roomy(**GIVEN)
    assert OwnStart(4).seats_count == 4
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        OwnStart(4).name = "Eva"  # type: ignore[misc]


@attrs.frozen
class Clock:
    """No fact: without subjects, and without a step after the last field."""

    lead_id: str
    due_at: datetime | None = None
    done_count: int = attrs.field(default=0, converter=int)


make_quickly(Clock)


def test_a_record_that_is_no_fact_can_be_made_quickly() -> None:
    """By place or by name, frozen, equal, evolved, copied and pickled."""
    clock = Clock("L-1", NOON, done_count="2")  # type: ignore[arg-type]
    unpickled = pickle.loads(pickle.dumps(clock))  # noqa: S301 (our own)
    for one in (clock, attrs.evolve(clock), copy.copy(clock), copy.deepcopy(clock), unpickled):
        assert type(one) is Clock
        assert one == clock == Clock(lead_id="L-1", due_at=NOON, done_count=2)
        assert hash(one) == hash(clock)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            one.lead_id = "L-2"  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"Clock.*missing.*lead_id"):
        Clock()  # type: ignore[call-arg]
