"""Figures back into HubSpot: the bodies of batch updates, for the host's own client to send."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.origin import Origin, Problem
from smarketing.values import Money, Points, Share

Writable = str | int | bool | Decimal | date | Money | Points | Share | Enum | None
"""What a property may be set to; None empties it."""

_KINDS = ("contacts", "companies", "deals")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}", re.ASCII)
_CHUNK = 100


@attrs.frozen(kw_only=True)
class Update:
    """One request: `POST` the body, as JSON, to the path.

    Attributes:
        path: Under `https://api.hubapi.com`.
        body: At most 100 inputs, which is HubSpot's limit.
    """

    path: str
    body: Mapping[str, object]


def writeback(
    values: Mapping[str, Mapping[str, Writable]], *, kind: str, names: Mapping[str, str] | None = None
) -> tuple[Update, ...]:
    """The updates that write figures (a score, a grade, an SLA state, a probability) to their records.

    Properties must exist in the portal. The same values give the same updates, sorted by id.

    Args:
        values: By record id, the figures by name. `Points`, `Share` and amounts become decimals (a share as a
            fraction, money in major units), moments UTC, flags "true" and "false"; None empties the property.
        kind: "contacts", "companies" or "deals".
        names: The portal's property for a figure, where it has another name.

    Raises:
        InvalidTermsError: With every name and value that HubSpot would refuse.

    Example:
        >>> (update,) = writeback(
        ...     {"101": {"score": Points.of("27.5"), "sla_state": "kept"}},
        ...     kind="contacts", names={"score": "smarketing_score"},
        ... )
        >>> update.path, update.body["inputs"]
        ('/crm/v3/objects/contacts/batch/update',
         [{'id': '101', 'properties': {'sla_state': 'kept', 'smarketing_score': '27.5'}}])
    """
    renamed = names or {}
    if faults := list(_faults(values, kind, renamed)):
        raise InvalidTermsError("these figures cannot be written to HubSpot", faults)
    inputs = [
        {
            "id": record,
            "properties": {
                renamed.get(name, name): _text(value)
                for name, value in sorted(figures.items(), key=lambda item: renamed.get(item[0], item[0]))
            },
        }
        for record, figures in sorted(values.items())
        if figures
    ]
    path = f"/crm/v3/objects/{kind}/batch/update"
    chunks = (inputs[start : start + _CHUNK] for start in range(0, len(inputs), _CHUNK))
    return tuple(Update(path=path, body={"inputs": chunk}) for chunk in chunks)


def _faults(
    values: Mapping[str, Mapping[str, Writable]], kind: str, renamed: Mapping[str, str]
) -> Iterator[Problem]:
    if kind not in _KINDS:
        hint = did_you_mean(kind, _KINDS) or f": it is one of {', '.join(_KINDS)}"
        yield _fault("unknown-kind", f"records of {kind!r} are not written to{hint}", "", "kind")
    for name in sorted({renamed.get(name, name) for figures in values.values() for name in figures}):
        if not _NAME.fullmatch(name):
            message = f"{name!r} is no name of a property: lower case, digits and '_', and a letter first"
            yield _fault("odd-name", message, "", name)
    for record, figures in sorted(values.items()):
        if not record.strip():
            yield _fault("blank-id", "figures without a record cannot be written", record, None)
        targets = [renamed.get(name, name) for name in figures]
        for name in sorted({name for name in targets if targets.count(name) > 1}):
            yield _fault("name-twice", f"two figures would be written to {name!r}", record, name)
        for name, value in figures.items():
            if isinstance(value, float) or (isinstance(value, Decimal) and not value.is_finite()):
                message = "a float has already lost digits: pass a Decimal, Points, Share or Money"
                yield _fault("not-exact", message, record, name)
            elif isinstance(value, datetime) and value.tzinfo is None:
                yield _fault("naive-time", "the moment says nothing of its time zone", record, name)


def _fault(code: str, message: str, record: str, field: str | None) -> Problem:
    return Problem(code=code, message=message, origin=Origin(system="hubspot", record=record, field=field))


def _text(value: Writable) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case Points():
            return _decimal(Decimal(value.micro).scaleb(-6))
        case Share():
            return _decimal(Decimal(value.ppm).scaleb(-6))
        case Money():
            return format(value.amount, "f")
        case Decimal():
            return _decimal(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
    return str(value)


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
