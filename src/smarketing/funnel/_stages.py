"""The words of a funnel: stages, detours, and what counts as entering a stage."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from smarketing.values import Share

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Detour", "DetourKind", "Evidence", "Stage", "StageKind", "Unit"]


class Unit(StrEnum):
    """What moves through a funnel."""

    LEAD = "lead"
    DEAL = "deal"


class StageKind(StrEnum):
    """How long a record may rest in a stage.

    An *inventory* stage holds records until they are ready. A *gate* is a check that each record has to pass:
    it cannot be skipped. An *sla* stage is worked within an agreed maximum stay.
    """

    INVENTORY = "inventory"
    GATE = "gate"
    SLA = "sla"


class DetourKind(StrEnum):
    """Why a record left the straight path.

    *Lost* and *disqualified* are final until reopened; *recycled* is back with marketing to be nurtured;
    *reopened* is on its way back from lost or disqualified.
    """

    LOST = "lost"
    DISQUALIFIED = "disqualified"
    RECYCLED = "recycled"
    REOPENED = "reopened"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows but a reopening."""
        return self in {DetourKind.LOST, DetourKind.DISQUALIFIED}


class Evidence(StrEnum):
    """Facts that count as entering a stage, besides one that says so itself."""

    LEAD_CAPTURED = "lead_captured"
    DEAL_CREATED = "deal_created"
    DEAL_WON = "deal_won"


def _set_of_names(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset([names]) if isinstance(names, str) else frozenset(names)


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _evidence(given: Iterable[Evidence | str]) -> tuple[Evidence, ...]:
    return tuple(Evidence(each) for each in given)


def _label_from_name(name: str) -> str:
    return name.replace("_", " ").capitalize()


@attrs.frozen(kw_only=True)
class Stage:
    """One step of a funnel.

    Attributes:
        name: How facts and files call it: lower case, digits and `_`.
        owners: The departments that own it, at least one. The person assigned to a record is another thing.
        kind: Whether records rest here, must pass here, or are worked within `max_stay`.
        max_stay: The longest agreed stay, in elapsed (not working) time; of `sla` stages only.
        label: What people read, in English; catalogs and the company's own words translate it.
        meaning: One sentence: what has to be true of a record that is here.
        entered_by: Facts that count as entering it.
        probability: P(eventually won | in this stage) by default. Never multiply two of them.
    """

    name: str
    owners: frozenset[str] = attrs.field(converter=_set_of_names)
    kind: StageKind = attrs.field(default=StageKind.INVENTORY, converter=StageKind)
    max_stay: timedelta | None = None
    label: str = attrs.Factory(lambda self: _label_from_name(self.name), takes_self=True)
    meaning: str = ""
    entered_by: tuple[Evidence, ...] = attrs.field(default=(), converter=_evidence)
    probability: Share | None = None


_OWNERS_OF_DETOURS = {
    DetourKind.RECYCLED: frozenset({"marketing"}),
    DetourKind.REOPENED: frozenset({"sales"}),
}


@attrs.frozen(kw_only=True)
class Detour:
    """A place off the straight path.

    Attributes:
        name: How facts and files call it; stages and detours share one list of names.
        kind: What it means for the record.
        from_stages: Where it may be entered from. Empty: from recycled, reopened and every stage but the last
            (which is success); for a detour of kind reopened: from lost, disqualified and the last stage.
        returns_to: The stages that recycled and reopened lead back to; empty: to every stage.
        owners: The departments that own a record here: by default marketing while recycled and sales once
            reopened.
        label: What people read, in English.
    """

    name: str
    kind: DetourKind = attrs.field(converter=DetourKind)
    from_stages: tuple[str, ...] = attrs.field(default=(), converter=_names)
    returns_to: tuple[str, ...] = attrs.field(default=(), converter=_names)
    owners: frozenset[str] = attrs.field(
        converter=_set_of_names,
        default=attrs.Factory(lambda self: _OWNERS_OF_DETOURS.get(self.kind, frozenset()), takes_self=True),
    )
    label: str = attrs.Factory(lambda self: _label_from_name(self.name), takes_self=True)
