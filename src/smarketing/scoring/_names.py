"""The names by which files call criteria: the only table of them.

Those of other packages are found by the name under which they are declared, when somebody writes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smarketing.errors import UnknownNameError, did_you_mean
from smarketing.plugins import find, names
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion
from smarketing.scoring._explicit import Between, Contains, Known, Matches, Missing, OneOf, StartsWith
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched

__all__ = ["CRITERIA", "class_named", "name_of"]

CRITERIA: Mapping[str, type[Criterion]] = MappingProxyType(
    {
        "one_of": OneOf,
        "between": Between,
        "contains": Contains,
        "starts_with": StartsWith,
        "matches": Matches,
        "known": Known,
        "missing": Missing,
        "touched": Touched,
        "active_within": ActiveWithin,
        "inactive_for": InactiveFor,
        "all_of": AllOf,
        "any_of": AnyOf,
        "not": Not,
    }
)
"""The criteria of the library by the names that files use; no package can take one of them."""

_NAMES = {kind: name for name, kind in CRITERIA.items()}


def class_named(name: str) -> type[Criterion]:
    """The class that files call by a name.

    Raises:
        UnknownNameError: Nothing answers to the name, two packages do, or what answers is no criterion.
    """
    if name in CRITERIA:
        return CRITERIA[name]
    declared = names("criteria")
    if name not in declared:
        known = [*CRITERIA, *declared]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise UnknownNameError(f"there is no criterion {name!r}{hint}")
    found = find("criteria", name)
    if not (isinstance(found, type) and issubclass(found, Criterion)):
        raise UnknownNameError(f"what an installed package declares as the criterion {name!r} is none")
    return found


def name_of(kind: type[Criterion]) -> str:
    """By what name files call a class.

    Raises:
        UnknownNameError: The class has no name, or a package declares another class by it.
    """
    name = _NAMES.get(kind, kind.name)
    if name and class_named(name) is kind:
        return name
    raise UnknownNameError(
        f"{kind.__name__} has no name for files: give the class a `name`, and declare it under "
        "the entry-point group 'smarketing.criteria'"
    )
