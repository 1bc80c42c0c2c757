"""A fitted model as plain data and back: a small document that a web hook loads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.estimates import ShrunkHazards
from smarketing.forecast._shock import ShockPeriod
from smarketing.forecast._tally import Choice, Tally, Terms
from smarketing.funnel import Funnel, Unit
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated, parse_instant
from smarketing.serialize import from_plain, to_plain
from smarketing.sources import SourceRules

if TYPE_CHECKING:
    from smarketing.forecast._model import WinModel

__all__ = ["model_from_plain", "model_to_plain"]

_FORM = 1


def model_to_plain(model: WinModel) -> dict[str, Any]:
    """The model as dicts, lists, text and numbers."""
    return {
        "form": _FORM,
        "as_of": model.as_of.isoformat(),
        "zone": model.zone,
        "unit": str(model.unit),
        "by": list(model.by),
        "stages": {stage: hazards.to_dict() for stage, hazards in model.stages.items()},
        "pipeline": None if model.pipeline is None else to_plain(model.pipeline),
        "terms": attrs.asdict(model.terms),
        "typical_days": model.typical_days,
        "tallies": [{"path": list(path), **attrs.asdict(tally)} for path, tally in model.tallies.items()],
        "rhythm": None if model.rhythm is None else {key: list(row) for key, row in model.rhythm.items()},
        "past": [_period_to_plain(period) for period in model.past],
        "observed_on": None if model.observed_on is None else model.observed_on.isoformat(),
        "choices": [attrs.asdict(choice) for choice in model.choices],
        "sources": to_plain(model.sources),
    }


def model_from_plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the model that was written.

    Raises:
        InvalidTermsError: It was written by a version of another form.
    """
    if data["form"] != _FORM:
        hint = f"form {data['form']!r} is not known here, which reads form {_FORM}: fit the model again"
        problem = Problem(code="unknown-form", message=hint, origin=Origin(field="form"))
        raise InvalidTermsError("this is not a win model that can be read:", [problem])
    rhythm, pipeline, observed_on = data["rhythm"], data["pipeline"], data["observed_on"]
    return {
        "as_of": parse_instant(data["as_of"]),
        "zone": data["zone"],
        "unit": Unit(data["unit"]),
        "by": tuple(data["by"]),
        "stages": {stage: ShrunkHazards.from_dict(each) for stage, each in data["stages"].items()},
        "pipeline": None if pipeline is None else from_plain(pipeline, Funnel),
        "terms": Terms(**data["terms"]),
        "typical_days": data["typical_days"],
        "tallies": {
            tuple(each["path"]): Tally(**{key: each[key] for key in each if key != "path"})
            for each in data["tallies"]
        },
        "rhythm": None if rhythm is None else {key: tuple(row) for key, row in rhythm.items()},
        "past": tuple(map(_period, data["past"])),
        "observed_on": None if observed_on is None else date.fromisoformat(observed_on),
        "choices": tuple(map(_choice, data["choices"])),
        "sources": from_plain(data["sources"], Dated[SourceRules]),
    }


def _period_to_plain(period: ShockPeriod) -> dict[str, Any]:
    return attrs.asdict(period) | {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _choice(data: Mapping[str, Any]) -> Choice:
    return Choice(**{**data, "terms": Terms(**data["terms"])})


def _period(data: Mapping[str, Any]) -> ShockPeriod:
    told: dict[str, Any] = dict(data)
    told["start"], told["end"] = parse_instant(told["start"]), parse_instant(told["end"])
    return ShockPeriod(**told)
