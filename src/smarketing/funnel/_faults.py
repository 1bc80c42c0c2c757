"""What can be wrong with a funnel as someone wrote it: every fault at once, each with its key path."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from smarketing.errors import did_you_mean
from smarketing.funnel._stages import Evidence, StageKind, Unit
from smarketing.origin import Origin, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.funnel._stages import Detour, Stage
    from smarketing.funnel._terms import Funnel

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def funnel_faults(funnel: Funnel) -> Iterator[Problem]:
    """Every fault of a funnel, with its key path in the agreement."""
    root = "funnel" if funnel.unit is Unit.LEAD else "pipeline"
    if not funnel.name.strip():
        yield _fault(f"{root}.name", "blank-name", "the funnel needs a name")
    if not funnel.stages:
        yield _fault(f"{root}.stages", "no-stages", "a funnel needs at least one stage")
    seen: set[str] = set()
    claimed: dict[Evidence, str] = {}
    for index, stage in enumerate(funnel.stages):
        path = f"{root}.stages[{index}]"
        yield from _name_faults(path, stage, seen)
        yield from _stage_faults(path, stage)
        for evidence in stage.entered_by:
            if evidence in claimed:
                message = f"{evidence} already counts as entering {claimed[evidence]!r}"
                yield _fault(f"{path}.entered_by", "evidence-twice", message)
            elif funnel.unit is Unit.DEAL and evidence is Evidence.LEAD_CAPTURED:
                yield _fault(f"{path}.entered_by", "evidence-of-leads", "a deal is not captured as a lead is")
            claimed.setdefault(evidence, stage.name)
    for index, detour in enumerate(funnel.detours):
        path = f"{root}.detours[{index}]"
        yield from _name_faults(path, detour, seen)
        yield from _detour_faults(path, detour, funnel)


def _name_faults(path: str, place: Stage | Detour, seen: set[str]) -> Iterator[Problem]:
    if not _NAME.fullmatch(place.name):
        suggestion = re.sub(r"[^a-z0-9]+", "_", place.name.casefold()).strip("_") or "a word"
        message = f"{place.name!r} is not a name: write {suggestion!r}, and keep the wording as its label"
        yield _fault(f"{path}.name", "odd-name", message)
    if place.name in seen:
        yield _fault(
            f"{path}.name", "name-twice", f"{place.name!r} is the name of an earlier stage or detour"
        )
    seen.add(place.name)
    if any(not owner.strip() for owner in place.owners):
        yield _fault(
            f"{path}.owners", "blank-owner", "an owner is a department, and its name must not be blank"
        )


def _stage_faults(path: str, stage: Stage) -> Iterator[Problem]:
    if not stage.owners:
        message = f"{stage.name!r} needs at least one department that owns it, such as 'marketing'"
        yield _fault(f"{path}.owners", "no-owner", message)
    if stage.kind is StageKind.SLA and stage.max_stay is None:
        yield _fault(f"{path}.max_stay", "no-max-stay", f"{stage.name!r} is of kind sla and needs a max_stay")
    if stage.kind is not StageKind.SLA and stage.max_stay is not None:
        message = (
            f"{stage.name!r} is of kind {stage.kind} and takes no max_stay: make it sla, or leave it out"
        )
        yield _fault(f"{path}.max_stay", "max-stay-without-sla", message)
    if stage.max_stay is not None and stage.max_stay <= timedelta():
        yield _fault(
            f"{path}.max_stay", "max-stay-not-positive", "the longest stay has to be more than nothing"
        )
    if stage.probability is not None and not 0 <= stage.probability.ppm <= 1_000_000:
        yield _fault(f"{path}.probability", "not-a-probability", "a probability lies between 0 % and 100 %")


def _detour_faults(path: str, detour: Detour, funnel: Funnel) -> Iterator[Problem]:
    stages = [stage.name for stage in funnel.stages]
    places = [*stages, *(other.name for other in funnel.detours if other.name != detour.name)]
    for field, names, known in (
        ("from_stages", detour.from_stages, places),
        ("returns_to", detour.returns_to, stages),
    ):
        for index, name in enumerate(names):
            if name not in known:
                message = f"there is no stage {name!r}{did_you_mean(name, known)}"
                yield _fault(f"{path}.{field}[{index}]", "unknown-stage", message)
    if detour.kind.is_final and detour.returns_to:
        message = f"{detour.name!r} is final and returns nowhere: a detour of kind reopened leads back"
        yield _fault(f"{path}.returns_to", "final-returns", message)


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=path))
