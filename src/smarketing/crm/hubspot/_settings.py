"""What a portal says about itself: its pipelines with their stages, and its owners with their teams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from smarketing.crm._cells import Convert, Fault
from smarketing.crm.hubspot._shape import Json, as_mapping, id_at, list_at, mapping_at, pages_objects, part
from smarketing.crm.hubspot._values import read_flag, read_fraction, read_whole, text_of
from smarketing.errors import InvalidTermsError
from smarketing.facts import Outcome
from smarketing.origin import Origin, Problem
from smarketing.text import fold
from smarketing.values import Share

if TYPE_CHECKING:
    from smarketing.funnel import Funnel


@attrs.frozen(kw_only=True)
class DealStage:
    """One stage of a deal pipeline.

    Attributes:
        id: As the property `dealstage` holds it.
        label: What people read.
        name: As facts call it; by default made of the label.
        probability: P(eventually won | in this stage) that the portal states, if it does.
        is_closed: Whether deals end here: won at a probability of 1, lost at any other.
    """

    id: str
    label: str
    name: str = attrs.Factory(lambda self: name_of(self.label) or name_of(self.id), takes_self=True)
    probability: Share | None = None
    is_closed: bool = False

    @property
    def outcome(self) -> Outcome | None:
        """How deals end here, if they do."""
        if not self.is_closed:
            return None
        return Outcome.WON if self.probability == Share.of(1) else Outcome.LOST


@attrs.frozen(kw_only=True)
class Pipeline:
    """One deal pipeline.

    Attributes:
        id: As the property `pipeline` holds it.
        label: What people read.
        name: As facts call it; by default made of the label.
        stages: In the order in which the portal shows them.
    """

    id: str
    label: str
    name: str = attrs.Factory(lambda self: name_of(self.label) or name_of(self.id), takes_self=True)
    stages: tuple[DealStage, ...]

    def to_funnel(self) -> Funnel:
        """The pipeline as an agreement has it: open stages, then won, with lost and reopened as detours.

        Raises:
            InvalidTermsError: Two stages have one name: give one of them another with `attrs.evolve`.

        Example:
            >>> pipeline = DEFAULT_PIPELINE.to_funnel()
            >>> [stage.name for stage in pipeline][-2:], float(pipeline["contract_sent"].probability)
            (['contract_sent', 'won'], 0.9)
        """
        # Only here, because the room of funnels brings dataframes along.
        from smarketing.funnel import Detour, Evidence, Funnel, Stage

        stages = [
            Stage(name=stage.name, label=stage.label, owners="sales", probability=stage.probability)
            for stage in self.stages
            if not stage.is_closed
        ]
        won = Stage(name="won", owners="sales", entered_by=[Evidence.DEAL_WON])
        detours = (Detour(name="lost", kind="lost"), Detour(name="reopened", kind="reopened"))
        return Funnel(name=self.name, unit="deal", stages=[*stages, won], detours=detours)


@attrs.frozen(kw_only=True)
class Owner:
    """One person to whom records are assigned.

    Attributes:
        id: As the property `hubspot_owner_id` holds it.
        user_id: As property history names who changed something.
        team: The name of the primary team, or of the only one.
    """

    id: str
    user_id: str | None = None
    team: str | None = None


def name_of(label: str) -> str:
    """A label as facts name things: lower case, digits and `_`.

    Example:
        >>> name_of("Decision Maker Bought-In"), name_of("Presupuesto enviado (80 %)")
        ('decision_maker_bought_in', 'presupuesto_enviado_80')
    """
    plain = fold(label).translate(str.maketrans("áéíóúüñç", "aeiouunc"))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def read_pipelines(objects: Iterable[object]) -> tuple[Pipeline, ...]:
    """Deal pipelines as `GET /crm/v3/pipelines/deals` returns them: the list, or the whole answer in a list.

    Raises:
        InvalidTermsError: With every pipeline or stage that cannot be read.

    Example:
        >>> stage = {"id": "7", "label": "Won", "metadata": {"isClosed": "true", "probability": "1.0"}}
        >>> (pipeline,) = read_pipelines([{"id": "default", "label": "Sales", "stages": [stage]}])
        >>> pipeline.name, pipeline.stages[0].outcome
        ('sales', <Outcome.WON: 'won'>)
    """
    faults: list[Problem] = []
    found = [
        Pipeline(
            id=id_at(given, "id", "pipelineId"),
            label=str(given.get("label") or ""),
            stages=tuple(_stages(given, place, faults)),
        )
        for place, given in _objects(objects, "pipelines", faults, "id", "pipelineId")
    ]
    _refuse(faults)
    return tuple(sorted(found, key=lambda pipeline: pipeline.id))


def _stages(pipeline: Json, place: str, faults: list[Problem]) -> Iterator[DealStage]:
    given = _objects(list_at(pipeline, "stages"), f"{place}.stages", faults, "id", "stageId")
    for where, stage in sorted(given, key=lambda pair: _order(pair[1])):
        metadata = mapping_at(stage, "metadata")
        probability = _checked(read_fraction, metadata.get("probability"), where, "probability", faults)
        closed = _checked(read_flag, part(metadata, "isClosed", "is_closed"), where, "isClosed", faults)
        share = probability if isinstance(probability, Share) else None
        # Portals that say nothing of `isClosed` close deals at the two certainties.
        is_closed = closed is True or (closed is None and share in {Share.of(0), Share.of(1)})
        label = str(stage.get("label") or "")
        yield DealStage(id=id_at(stage, "id", "stageId"), label=label, probability=share, is_closed=is_closed)


def _order(stage: Json) -> int:
    position = read_whole(text_of(part(stage, "displayOrder", "display_order")) or "0")
    return position if isinstance(position, int) else 0


def read_owners(objects: Iterable[object]) -> tuple[Owner, ...]:
    """Owners as `GET /crm/v3/owners` returns them, archived ones included if they were asked for.

    Raises:
        InvalidTermsError: With every owner that cannot be read.

    Example:
        >>> read_owners([{"id": "11", "userId": 900, "teams": [{"name": "North", "primary": True}]}])
        (Owner(id='11', user_id='900', team='North'),)
    """
    faults: list[Problem] = []
    found = [
        Owner(
            id=id_at(given, "id", "ownerId"),
            user_id=id_at(given, "userId", "user_id", "userIdIncludingInactive") or None,
            team=_team(given),
        )
        for _, given in _objects(objects, "owners", faults, "id", "ownerId")
    ]
    _refuse(faults)
    return tuple(sorted(found, key=lambda owner: owner.id))


def _team(owner: Json) -> str | None:
    teams = [team for one in list_at(owner, "teams") if (team := as_mapping(one)) is not None]
    primary = [team for team in teams if team.get("primary") is True] or (teams if len(teams) == 1 else [])
    return str(primary[0]["name"]) if primary and primary[0].get("name") else None


def _objects(
    objects: Iterable[object], path: str, faults: list[Problem], *ids: str
) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []
    for at, one in enumerate(pages_objects([list(objects)])):
        given = as_mapping(one)
        if given is not None and isinstance(given.get("results"), list) and not id_at(given, *ids):
            found.extend(_objects(list_at(given, "results"), path, faults, *ids))
        elif given is None or not id_at(given, *ids):
            faults.append(_fault(f"{path}[{at}]", "blank-id", "it has no id: pass the objects as they came"))
        else:
            found.append((f"{path}[{at}]", given))
    return found


def _checked(read: Convert, value: object, place: str, name: str, faults: list[Problem]) -> object:
    raw = text_of(value)
    if not raw:
        return None
    found = read(raw)
    if isinstance(found, Fault):
        message = found.message.replace("{shown}", repr(raw))
        faults.append(_fault(f"{place}.metadata.{name}", found.code, message))
        return None
    return found


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(system="hubspot", field=path))


def _refuse(faults: list[Problem]) -> None:
    if faults:
        raise InvalidTermsError("these settings of the portal cannot be read", faults)


def _stage(stage_id: str, label: str, percent: int, *, is_closed: bool = False) -> DealStage:
    return DealStage(id=stage_id, label=label, probability=Share.percent(percent), is_closed=is_closed)


DEFAULT_PIPELINE = Pipeline(
    id="default",
    label="Sales Pipeline",
    stages=(
        _stage("appointmentscheduled", "Appointment Scheduled", 20),
        _stage("qualifiedtobuy", "Qualified To Buy", 40),
        _stage("presentationscheduled", "Presentation Scheduled", 60),
        _stage("decisionmakerboughtin", "Decision Maker Bought-In", 80),
        _stage("contractsent", "Contract Sent", 90),
        _stage("closedwon", "Closed Won", 100, is_closed=True),
        _stage("closedlost", "Closed Lost", 0, is_closed=True),
    ),
)
"""The pipeline that every new portal starts with; a portal of your own says more with `read_pipelines`."""
