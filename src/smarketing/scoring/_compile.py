"""A matrix as one Python function, written from templates and compiled once.

Asked one lead at a time, a loop over rules and touches spends its time on finding out what the rules are. The
function that is written here knows: each touch is looked at once and put where the rules for its kind look,
and what is left is the arithmetic. The source holds names of our own and of the schema; what people wrote
into the matrix are constants that the function is handed, and never source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import exp, log
from typing import Any

import attrs

from smarketing.facts import Account, Lead
from smarketing.scoring._clock import Clock
from smarketing.scoring._implicit import any_of_patterns, is_pattern
from smarketing.scoring._limits import limited
from smarketing.scoring._matrix import Scorer, ScoringMatrix
from smarketing.scoring._rules import Decay, Group, Rule
from smarketing.scoring._source import Source
from smarketing.scoring._views import LeadView

__all__ = ["NOBODY", "compiled", "decay_rate"]

_MOST_KINDS = 4096


_FIELDS = {attribute.name: None for kind in (Lead, Account) for attribute in attrs.fields(kind)}

NOBODY: Any = type("Nobody", (), {**_FIELDS, "traits": {}})()
"""A lead, or an account, of which nothing is known."""


def decay_rate(decay: Decay) -> float:
    """Of a half-life, what an age in microseconds is multiplied with before `exp`."""
    if decay.half_life is None:
        raise ValueError("this decay has no half-life")
    return -log(2) / (decay.half_life.total_seconds() * 1_000_000)


def compiled(matrix: ScoringMatrix, clock: Clock) -> Scorer:
    """The function that scores by a matrix, for records that tell time by a clock."""
    source = Source(clock, matrix.zone)
    source.constants |= {"exp": exp}
    body: list[str] = []
    for number, exclusion in enumerate(matrix.exclude):
        body += [f"if {source.yes(exclusion.when)}:", f"    return {number}, 0, ()"]
    for number, rule in enumerate(matrix.rules):
        body += _rule_lines(number, rule, source)
    total, after = _totals(matrix, source)
    parts = "".join(f"p{number}, " for number in range(len(matrix.rules)))
    body += [*after, f"return -1, {total}, ({parts})"]
    lines = ["def score(lead, account, touches, as_of):", *_indented([*_sorting(source), *body])]
    names = dict(source.constants)
    exec(compile("\n".join(lines), "<scoring matrix>", "exec"), names)  # noqa: S102 -- of our own templates
    scorer: Scorer = names["score"]
    return scorer


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _sorting(source: Source) -> list[str]:
    """Each touch that counts into the lists for its kind; the lead's view, where somebody wants one."""
    everything = source.touches(("*",)) if source.sees_lead or ("*",) in source.buckets else ""
    lists = [f"l{number}" for number in source.buckets.values()]
    if not lists:
        return []
    route = _Route(source.buckets)
    known, learn = source.constant(route.known), source.constant(route.learn)
    into = [f"{everything}.append(t)"] if everything else []
    if route.is_single:
        into.append(f"lists[{known}[t.kind]].append(t)")
    else:
        into += [f"for number in {known}[t.kind]:", "    lists[number].append(t)"]
    lines = [
        *(f"{name} = as_of - {length}" for name, length in source.windows.values()),
        *(f"{name} = []" for name in lists),
        f"lists = ({', '.join(lists)}, [])",
        "try:",
        "    for t in touches:",
        "        if (at := t.occurred_at) < as_of and ((known := t.known_at) is at or known < as_of):",
        *(f"            {line}" for line in into),
        "except KeyError:",
        f"    {learn}(touches)",
        "    return score(lead, account, touches, as_of)",
    ]
    if source.sees_lead:
        as_datetime, zone = source.constant(source.clock.as_datetime), source.constant(source.zone)
        view = source.constant(LeadView)
        lines.append(f"view = {view}(lead, account, {everything}, {as_datetime}(as_of), {zone})")
    return lines


class _Route:
    """Into which lists a touch goes, by its kind as it is written.

    Attributes:
        is_single: Whether each kind goes into one list at most; it is then known by that list's number.
        known: By kind, the number or numbers; the number after the last list is that of nobody's.
    """

    def __init__(self, buckets: Mapping[tuple[str, ...], int]) -> None:
        asked = {kinds: number for kinds, number in buckets.items() if kinds != ("*",)}
        self.is_single = all(len(kinds) == 1 and not is_pattern(kinds[0]) for kinds in asked)
        self.known: dict[str, Any] = {}
        self._tests = [(number, any_of_patterns(kinds)) for kinds, number in asked.items()]
        self._nobodys = len(buckets)

    def learn(self, touches: Iterable[Any]) -> None:
        """Find out about the kinds of some touches; few are remembered of those that do not come again."""
        new = {touch.kind for touch in touches}
        if len(self.known) > _MOST_KINDS:
            self.known.clear()
        for kind in new:
            numbers = tuple(number for number, test in self._tests if test(kind))
            self.known[kind] = next(iter(numbers), self._nobodys) if self.is_single else numbers


def _rule_lines(number: int, rule: Rule, source: Source) -> list[str]:
    name = f"p{number}"
    guards = _guards(rule, source)
    if not rule.counts_touches:
        conditions = [*guards, source.yes(rule.when)]
        points = source.constant(rule.points.micro)
        return [f"{name} = {points} if {' and '.join(conditions)} else 0"]
    touches = source.touches(rule.touched.kind)
    return [
        f"{name} = 0",
        f"if {' and '.join([touches, *guards])}:",
        *_indented(_counting(name, touches, rule, source)),
    ]


def _guards(rule: Rule, source: Source) -> list[str]:
    """What has to hold for a rule to give anything."""
    guards = []
    if rule.starts_on is not None:
        starts = source.clock.start_of(rule.starts_on, source.zone)
        guards.append(f"as_of >= {source.constant(starts)}")
    if rule.ends_on is not None:
        ends = source.clock.start_of(rule.ends_on + timedelta(days=1), source.zone)
        guards.append(f"as_of < {source.constant(ends)}")
    if rule.only_if is not None:
        guards.append(source.yes(rule.only_if))
    return guards


def _counting(name: str, touches: str, rule: Rule, source: Source) -> list[str]:
    """The points of a rule that counts touches, once there are some."""
    lines = []
    conditions = source.conditions(rule.touched)
    start = source.start(rule.touched, rule.window)
    if start is not None:
        conditions.insert(0, f"t.occurred_at >= {start}")
    if rule.per_day is not None or rule.per_campaign is not None or (rule.once and rule.decay is not None):
        if conditions:
            lines.append(f"found = [t for t in {touches} if {' and '.join(conditions)}]")
        limit, own, day = map(source.constant, (limited, rule, source.clock.day_of(source.zone)))
        lines.append(f"found = {limit}({'found' if conditions else touches}, {own}, {day})")
        touches, conditions = "found", []
    size = source.constant(abs(rule.points.micro))
    if rule.decay is None and not conditions:
        once, each = f"{size} if {touches} else 0", f"{size} * len({touches})"
        lines.append(f"{name} = {once if rule.once else each}")
    else:
        lines.append(f"for t in {touches}:")
        adding = [f"{name} += {_amount(rule, size, source)}", *(["break"] if rule.once else [])]
        if conditions:
            lines += [f"    if {' and '.join(conditions)}:", *(f"        {line}" for line in adding)]
        else:
            lines += _indented(adding)
    if rule.cap is not None:
        cap = source.constant(rule.cap.micro)
        lines.append(f"if {name} > {cap}: {name} = {cap}")
    if rule.points.micro < 0:
        lines.append(f"{name} = -{name}")
    return lines


def _amount(rule: Rule, size: str, source: Source) -> str:
    """An expression for what one touch `t` gives, without its sign."""
    if rule.decay is None:
        return size
    age = source.clock.age.format(at="t.occurred_at")
    if rule.decay.half_life is not None:
        rate, amount = source.constant(decay_rate(rule.decay)), source.constant(float(abs(rule.points.micro)))
        return f"int({amount} * exp({rate} * ({age})) + 0.5)"
    left = source.constant(rule.decay.left_ppm)
    return f"({size} * {left}(int({age})) + 500000) // 1000000"


def _totals(matrix: ScoringMatrix, source: Source) -> tuple[str, list[str]]:
    """The sum of the rules within the limits of their groups and of the matrix."""
    lines = []
    loose = [f"p{number}" for number, rule in enumerate(matrix.rules) if rule.group is None]
    for number, group in enumerate(matrix.groups):
        members = [f"p{n}" for n, rule in enumerate(matrix.rules) if rule.group == group.name]
        lines.append(f"g{number} = {' + '.join(members)}")
        lines += _limits(f"g{number}", group, source)
        loose.append(f"g{number}")
    lines.append(f"total = {' + '.join(loose)}")
    lines += _limits("total", matrix, source)
    return "total", lines


def _limits(name: str, limits: Group | ScoringMatrix, source: Source) -> list[str]:
    lines = []
    for bound, sign in ((limits.floor, "<"), (limits.ceiling, ">")):
        if bound is not None:
            value = source.constant(bound.micro)
            lines.append(f"if {name} {sign} {value}: {name} = {value}")
    return lines
