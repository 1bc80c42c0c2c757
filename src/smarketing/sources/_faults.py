"""What can be wrong with a table of source rules: every fault at once, each with its key path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smarketing.errors import did_you_mean
from smarketing.origin import Origin, Problem
from smarketing.sources._source import LeadSource
from smarketing.sources._words import RULE_FIELDS, comparable
from smarketing.text import matches_glob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smarketing.sources._rules import SourceRule, SourceRules


def rule_faults(table: SourceRules) -> Iterator[Problem]:
    unknown = {comparable(word) for word in table.unknown_words}
    for index, rule in enumerate(table.rules):
        path = f"sources.rules[{index}]"
        if rule.source is LeadSource.UNKNOWN:
            message = "a rule concludes who began; list what means 'not known' under unknown_words"
            yield _fault(f"{path}.source", "rule-for-unknown", message)
        if not rule.when:
            message = "a rule without a condition would match everything: name a field and its patterns"
            yield _fault(f"{path}.when", "no-condition", message)
        for field, patterns in rule.when.items():
            yield from _field_faults(f"{path}.when.{field}", field, patterns, unknown)
        hiding = next((i for i, earlier in enumerate(table.rules[:index]) if _covers(earlier, rule)), None)
        if hiding is not None and rule.when:
            message = f"rule {hiding} takes all that this one would match: move this one up, or drop it"
            yield _fault(path, "rule-never-reached", message)


def _field_faults(path: str, field: str, patterns: tuple[str, ...], unknown: set[str]) -> Iterator[Problem]:
    if field not in RULE_FIELDS:
        hint = did_you_mean(field, RULE_FIELDS) or f"; they read {', '.join(RULE_FIELDS)}"
        yield _fault(path, "unknown-field", f"rules cannot read {field!r}{hint}")
    if not patterns:
        yield _fault(path, "no-pattern", f"{field} has no pattern, so the rule could never match")
    for pattern in patterns:
        if not pattern.strip():
            yield _fault(
                path, "blank-pattern", "a blank matches no rule: use '*' for anything that is not blank"
            )
        elif comparable(pattern) in unknown:
            message = (
                f"{pattern!r} is one of the unknown words, which match no rule: take it out of one of the two"
            )
            yield _fault(path, "pattern-is-unknown-word", message)


def _covers(earlier: SourceRule, later: SourceRule) -> bool:
    """Whether every lead that the later rule matches is taken by the earlier one."""
    return bool(earlier.when) and all(
        field in later.when
        and all(any(_includes(wide, each) for wide in patterns) for each in later.when[field])
        for field, patterns in earlier.when.items()
    )


def _includes(wide: str, narrow: str) -> bool:
    """Whether one pattern matches all that another does; where that is hard to tell, no."""
    wide, narrow = comparable(wide), comparable(narrow)
    # Read as plain text, the wildcards of the narrow pattern can only be taken up by a `*` of the wide one.
    return wide == narrow or ("?" not in wide and matches_glob(wide)(narrow))


def _fault(path: str, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, origin=Origin(field=path))
