"""Matrices as people write them in files: read with every fault at once, and written back.

    [scoring.intent]
    flips = [{ points = 25, campaign = "C-01", action = "hand to sales" }]

    [[scoring.intent.rules]]
    name = "visits the price list"
    when = { touched = { kind = "page_viewed", asset = "/pricing*", within = "30 days" } }
    only_if = { all_of = [{ known = "phone" }, { not = { one_of = { field = "country", values = "US" } } }] }
    points = 3
    per_day = 1
    decay = { half_life = "30 days" }

A criterion is a table of one key, its name; criteria of installed packages are found by theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

import attrs

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.origin import Origin, Problem
from smarketing.periods import Dated
from smarketing.scoring._criterion_faults import fault
from smarketing.scoring._matrix import ScoringMatrix
from smarketing.serialize import Plain, from_plain, key_path, to_plain

__all__ = ["campaign_faults", "in_full", "matrix_from_plain", "matrix_to_plain"]

_PARTS = ("rules", "exclude", "groups", "flips")
_MADE_BY_MENDING = frozenset({"no-rules", "unknown-group", "group-without-rules"})


def matrix_from_plain(
    data: object,
    *,
    name: str | None = None,
    zone: str | None = None,
    campaigns: Collection[str] | None = None,
    origin: Origin | None = None,
) -> ScoringMatrix:
    """The matrix that a table of a TOML or JSON file states.

    Args:
        data: What the parser read. Read TOML with `parse_float=Decimal`, so that points are exact.
        name: What the score is called where the table does not say.
        zone: The time zone whose days count where the table does not say.
        campaigns: The ids of all campaigns: a flip number for any other is refused. None where they are not
            known.
        origin: Where the table stands, for the messages.

    Raises:
        InvalidTermsError: With every fault at once; the `field` of each problem's origin is its key path.

    Example:
        >>> matrix_from_plain(
        ...     {"name": "intent", "flip": 25, "rules": [{"name": "demo", "when": {"touched": "demo"}}]}
        ... )
        Traceback (most recent call last):
        smarketing.errors.InvalidTermsError: the scoring matrix cannot be used as written:
          - error: rules[0].points: 'points' is missing: add it [missing-key]
        >>> rule = {"name": "demo", "when": {"touched": "demo"}, "points": 30}
        >>> matrix_from_plain({"name": "intent", "flip": 25, "rules": [rule]}).rules[0].when.kind
        ('demo',)
    """
    full = in_full({name or "": data}, zone=zone)[name or ""] if isinstance(data, Mapping) else data
    problems: list[Problem] = []
    matrix = None
    try:
        matrix = from_plain(full, ScoringMatrix)
    except InvalidTermsError as error:
        problems = [*error.problems, *_hidden_behind(error.problems, full)]
    if matrix is not None and campaigns is not None:
        problems = list(campaign_faults(matrix, campaigns))
    if problems or matrix is None:
        placed = [_placed(problem, origin) for problem in problems]
        raise InvalidTermsError("the scoring matrix cannot be used as written:", placed)
    return matrix


def matrix_to_plain(matrix: ScoringMatrix) -> dict[str, Plain]:
    """The plain form of a matrix, that `matrix_from_plain` reads back equal; defaults are left out.

    Raises:
        UnknownNameError: It uses a criterion that has no name for files.

    Example:
        >>> from smarketing.scoring import Rule, Touched
        >>> matrix_to_plain(ScoringMatrix(name="i", flip=25, rules=[Rule("demo", Touched("demo"), 30)]))
        {'name': 'i', 'rules': [{'name': 'demo', 'when': {'touched': 'demo'}, 'points': '30'}],
         'flips': [{'points': '25'}]}
    """
    return cast("dict[str, Plain]", to_plain(matrix))


def in_full(scoring: Mapping[str, Any], *, zone: str | None = None) -> dict[str, Any]:
    """A table of matrices with what need not be said: its key is a matrix's name, and the zone the company's.

    Each value is one matrix, or a list of its dated versions. What is of another kind is left as it stands,
    for the reader to refuse.
    """

    def spelled(key: str, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        unsaid = {**({"name": key} if key else {}), **({"zone": zone} if zone else {})}
        return {**unsaid, **given}

    return {
        key: [spelled(key, each) for each in given] if isinstance(given, list) else spelled(key, given)
        for key, given in scoring.items()
    }


def campaign_faults(
    matrix: ScoringMatrix | Mapping[str, Dated[ScoringMatrix]], campaigns: Collection[str]
) -> Iterator[Problem]:
    """Flip numbers of campaigns that do not exist, each with its key path.

    Args:
        matrix: One matrix, or all of an agreement, dated, by their keys.
        campaigns: The ids of the campaigns that there are.
    """
    if isinstance(matrix, Mapping):
        for key, dated in matrix.items():
            for number, (_, version) in enumerate(dated.versions):
                steps: list[str | int] = [key, number] if len(dated.versions) > 1 else [key]
                for problem in campaign_faults(version, campaigns):
                    path = f"{key_path(steps)}.{problem.origin.field}"
                    yield attrs.evolve(problem, origin=attrs.evolve(problem.origin, field=path))
        return
    for number, flip in enumerate(matrix.flips):
        if flip.campaign is not None and flip.campaign not in campaigns:
            hint = did_you_mean(flip.campaign, campaigns) or ": decide on the campaign first, and add it"
            message = f"there is no campaign {flip.campaign!r}{hint}"
            yield fault(f"flips[{number}].campaign", "unknown-campaign", message)


def _placed(problem: Problem, origin: Origin | None) -> Problem:
    if origin is None:
        return problem
    field = ".".join(filter(None, (origin.field, problem.origin.field)))
    return attrs.evolve(problem, origin=attrs.evolve(origin, field=field))


def _hidden_behind(problems: tuple[Problem, ...], data: Any) -> Iterator[Problem]:
    """Faults that only show once unreadable parts are out of the way."""
    if not isinstance(data, Mapping):
        return
    paths = [problem.origin.field or "" for problem in problems]
    kept = {
        key: [number for number in range(len(data[key])) if not _is_in(f"{key}[{number}]", paths)]
        for key in _PARTS
        if isinstance(data.get(key), list)
    }
    mended = {key: value for key, value in data.items() if key in kept or not _is_in(key, paths)}
    mended |= {key: [data[key][number] for number in numbers] for key, numbers in kept.items()}
    if mended == data:
        return
    try:
        from_plain({"name": "-", "rules": [], **mended}, ScoringMatrix)
    except InvalidTermsError as error:
        for problem in error.problems:
            path = _numbered_back(problem.origin.field or "", kept)
            if problem.code not in _MADE_BY_MENDING and not _is_in(path, paths):
                yield attrs.evolve(problem, origin=attrs.evolve(problem.origin, field=path))


def _is_in(path: str, paths: list[str]) -> bool:
    return any(each == path or each.startswith((f"{path}.", f"{path}[")) for each in paths)


def _numbered_back(path: str, kept: Mapping[str, list[int]]) -> str:
    """A path into the mended table as a path into the one that people wrote."""
    key, bracket, rest = path.partition("[")
    number, _, rest = rest.partition("]")
    if not bracket or key not in kept:
        return path
    return f"{key}[{kept[key][int(number)]}]{rest}"
