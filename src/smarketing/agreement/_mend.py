"""Looking behind the first faults of a document.

Terms are only held against each other once they can be read, so a misspelled key would hide that two stages
have one name. Here what is faulty is taken out, or replaced by something harmless where it cannot be missing,
and the document is read once more, for its other faults. Those that the mending itself may have made are left
out.
"""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smarketing.agreement._terse import Document
    from smarketing.origin import Problem

_Steps = tuple[str | int, ...]

# What a table cannot do without: something harmless of the right kind.
_HARMLESS: Document = {
    "company": {"name": "-", "zone": "UTC", "currency": "EUR"},
    "zone": "UTC",
    "currency": "EUR",
    "owners": ["marketing"],
    "source": "seeker",
    "when": {"source_raw": ["(mended)"]},
    "stages": [{"name": "mended", "owners": ["marketing"]}],
    "rules": [],
    "windows": {"mon-fri": ["09:00-17:00"]},
}

# Within the SLA a few of these names mean something else.
_HARMLESS_IN_SLA: Document = {
    "kind": "response",
    "measure": "volume",
    "within": "1 hour",
    "stage": "mql",
    "starts": "assigned",
    "closes": ["attempted"],
    "per": "month",
    "count": 1,
    "terms": [{"name": "mended", "kind": "response", "within": "1 hour"}],
}

_HARMLESS_IN_SCORING: Document = {
    "rules": [{"name": "mended", "when": {"touched": "mended"}, "points": 1}],
    "when": {"touched": "mended"},
    "points": 1,
}

_HARMLESS_IN_GRID: Document = {
    "fit": "(mended)",
    "engagement": "(mended)",
    "grades": [{"name": "A"}],
    "bands": [{"name": "1"}],
}

_HARMLESS_IN = {"grid": _HARMLESS_IN_GRID, "sla": _HARMLESS_IN_SLA, "scoring": _HARMLESS_IN_SCORING}

# Faults that may come from what stood beside them, and so from the mending.
_OF_NEIGHBOURS = frozenset(
    {
        "unknown-stage",
        "other-currency",
        "rule-never-reached",
        "no-max-stay",
        "max-stay-without-sla",
        "final-returns",
        "key-of-other-measure",
        "closes-at-start",
        "closes-no-feedback",
        "spacing-of-one",
        "or-once-of-one",
        "two-promises",
        "days-of-no-calendar",
        "two-defaults",
        "unknown-calendar",
        "unknown-promise",
        "unknown-campaign",
        "unknown-group",
        "group-without-rules",
        "unknown-score",
        "unknown-segment",
    }
)


def mended(document: Document, problems: Iterable[Problem]) -> Document:
    """A copy of the document without what the problems complain of."""
    whole = copy.deepcopy(document)
    for number, problem in enumerate(problems):
        steps = _up_to_criterion(_steps(problem.origin.field or ""))
        if problem.code == "unknown-segment":  # any other name would be as unknown
            steps = steps[: steps.index("segments") + 1]
        while steps and isinstance(steps[-1], int):
            steps = steps[:-1]
        table = _reached(whole, steps[:-1])
        if not steps or not isinstance(table, dict):
            continue
        key = str(steps[-1])
        table.pop(key, None)
        harmless = {**_HARMLESS, **_HARMLESS_IN.get(str(steps[0]), {})}
        if key == "name":
            table[key] = f"unnamed_{number}"
        elif key in harmless and (problem.code != "unknown-key" or steps[0] == "scoring"):
            table[key] = copy.deepcopy(harmless[key])
    return whole


def _up_to_criterion(steps: _Steps) -> _Steps:
    """A criterion of a score is mended whole: without its one key it would be none."""
    whole = [number for number, step in enumerate(steps) if step in {"when", "only_if"}]
    return steps[: whole[0] + 1] if whole and steps[0] == "scoring" else steps


def is_news(later: Problem, earlier: Iterable[Problem]) -> bool:
    """Whether a fault of the mended document is one of the written document too, and not known yet."""
    place = _steps(later.origin.field or "")
    for steps in (_steps(problem.origin.field or "") for problem in earlier):
        if place == steps[: len(place)]:
            return False
        if later.code in _OF_NEIGHBOURS and _related(place, steps, later.code):
            return False
    return True


def _related(place: _Steps, mended_at: _Steps, code: str) -> bool:
    match code:
        case "unknown-stage":
            return "stages" in mended_at
        case "unknown-calendar":
            return "calendars" in mended_at
        case "unknown-promise" | "two-defaults":
            return mended_at[:1] == ("sla",)
        case "unknown-campaign":
            return mended_at[:1] == ("campaigns",)
        case "unknown-score":
            return mended_at[:1] == ("scoring",) and len(mended_at) <= 2  # a matrix, not what is in one
        case "unknown-segment":
            return mended_at[:1] == ("grid",)
        case "unknown-group":
            return mended_at[:3] == (*place[:2], "groups")
        case "group-without-rules":
            return mended_at[:3] == (*place[:2], "rules")
        case "other-currency":
            return mended_at[:1] == ("company",)
        case "rule-never-reached":
            return mended_at[:1] == place[:1]
    return place[:-1] == mended_at[:-1]


def _steps(path: str) -> _Steps:
    found = re.findall(r'\[(\d+)\]|("(?:[^"\\]|\\.)*")|([^.\[\]"]+)', path)
    return tuple(
        int(number) if number else json.loads(quoted) if quoted else plain for number, quoted, plain in found
    )


def _reached(whole: Any, steps: _Steps) -> Any:
    for step in steps:
        try:
            whole = whole[step]
        except (LookupError, TypeError):
            return None
    return whole
