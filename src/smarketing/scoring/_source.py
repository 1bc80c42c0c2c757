"""Conditions as Python source: each says yes, or no, in two-valued expressions.

Nobody's words get into the source: fields are written by the schema's own names, and every value is a
constant that the compiled code is handed under a name of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any

from smarketing.schema import TRAIT_PREFIX, ColumnType
from smarketing.scoring._clock import Clock
from smarketing.scoring._combined import AllOf, AnyOf, Not
from smarketing.scoring._criteria import Criterion, FieldCriterion
from smarketing.scoring._fields import Field
from smarketing.scoring._implicit import ActiveWithin, InactiveFor, Touched, any_of_patterns, is_pattern
from smarketing.scoring._names import CRITERIA
from smarketing.scoring._views import TouchView
from smarketing.text import fold

__all__ = ["Memo", "Source"]

_MOST_REMEMBERED = 4096


class Memo(dict[Any, Any]):
    """What a function answers, remembered by its argument while there are few of them."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, asked: Any) -> Any:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        answer = self[asked] = self._answer(asked)
        return answer


class Source:
    """Expressions of Python source, and the constants that they name.

    Attributes:
        clock: How the records tell time.
        zone: The time zone whose days count.
        constants: By the name that the source has for each.
        buckets: The lists of touches that the code makes: by the kinds that they hold, their number. One
            kind, or any patterns with wildcards that are asked for together.
        windows: By length, the name of the instant so long before `as_of`, and that of the length.
        sees_lead: Whether some criterion wants to see the lead as a whole.
    """

    def __init__(self, clock: Clock, zone: str) -> None:
        self.clock, self.zone = clock, zone
        self.constants: dict[str, Any] = {}
        self.buckets: dict[tuple[str, ...], int] = {}
        self.windows: dict[timedelta, tuple[str, str]] = {}
        self.sees_lead = False
        self._memos: dict[Hashable, str] = {}

    def constant(self, value: object) -> str:
        """A name for a value."""
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def touches(self, kinds: tuple[str, ...]) -> str:
        """An expression for the list of the touches of some kinds, each once."""
        folded = tuple(sorted({fold(kind) for kind in kinds}))
        keys = [folded] if any(map(is_pattern, folded)) else [(kind,) for kind in folded]
        lists = [f"l{self.buckets.setdefault(key, len(self.buckets))}" for key in keys]
        return lists[0] if len(lists) == 1 else f"({' + '.join(lists)})"

    def yes(self, criterion: Criterion) -> str:
        """An expression that is true where a criterion says yes."""
        match criterion:
            case AllOf():
                return f"({' and '.join(map(self.yes, criterion.parts))})"
            case AnyOf():
                return f"({' or '.join(map(self.yes, criterion.parts))})"
            case Not():
                return self.no(criterion.part)
            case Touched():
                return self._is_touched(criterion)
            case ActiveWithin():
                return self._is_touched(criterion.touched)
        return f"({self._answer(criterion)} is True)"

    def no(self, criterion: Criterion) -> str:
        """An expression that is true where a criterion says no."""
        match criterion:
            case AllOf():
                return f"({' or '.join(map(self.no, criterion.parts))})"
            case AnyOf():
                return f"({' and '.join(map(self.no, criterion.parts))})"
            case Not():
                return self.yes(criterion.part)
            case Touched() | ActiveWithin():
                return f"(not {self.yes(criterion)})"
        return f"({self._answer(criterion)} is False)"

    def conditions(self, touched: Touched) -> list[str]:
        """What a touch `t` of the right kind has to fulfil besides, but for when it was."""
        found = []
        if touched.channel:
            found.append(f"{self._memo(any_of_patterns(touched.channel), touched.channel)}[t.channel]")
        if touched.campaign:
            found.append(f"t.campaign_id in {self.constant(frozenset(touched.campaign))}")
        if touched.asset:
            found.append(f"{self._memo(any_of_patterns(touched.asset), touched.asset)}[t.asset]")
        if touched.where is not None:
            found.append(self.yes(touched.where))
        return found

    def start(self, touched: Touched, *windows: timedelta | None) -> str | None:
        """An expression for the instant from which touches are asked for."""
        lengths = [length for length in (touched.within, *windows) if length is not None]
        starts = [self._window(min(lengths))] if lengths else []
        if touched.since is not None:
            starts.append(self.constant(self.clock.start_of(touched.since, self.zone)))
        return f"max({', '.join(starts)})" if len(starts) > 1 else starts[0] if starts else None

    def _window(self, length: timedelta) -> str:
        """A name for the instant that lies so long before `as_of`, worked out once."""
        if length not in self.windows:
            self.windows[length] = f"w{len(self.windows)}", self.constant(self.clock.length(length))
        return self.windows[length][0]

    def _is_touched(self, touched: Touched) -> str:
        touches, least = self.touches(touched.kind), touched.at_least or 1
        conditions, start = self.conditions(touched), self.start(touched)
        if start is not None:
            conditions.insert(0, f"t.occurred_at >= {start}")
        if not conditions:
            return f"(len({touches}) >= {least})"
        return f"(len([t for t in {touches} if {' and '.join(conditions)}]) >= {least})"

    def _answer(self, criterion: Criterion) -> str:
        """An expression for what a criterion says: True, False or None."""
        if isinstance(criterion, InactiveFor):
            length = self.constant(self.clock.length(criterion.length))
            since = f"max([t.occurred_at for t in {self.touches(criterion.kind)}], default=lead.created_at)"
            return f"(None if (since := {since}) is None else as_of - since > {length})"
        if isinstance(criterion, FieldCriterion) and _only_tests(criterion) and criterion.place is not None:
            return self._test(criterion, criterion.place)
        if criterion.scope == "touch":
            view = self.constant(self._touch_view)
            return f"{self.constant(criterion)}.matches({view}(t, as_of))"
        self.sees_lead = True
        return f"{self.constant(criterion)}.matches(view)"

    def _test(self, criterion: FieldCriterion, place: Field) -> str:
        record = {"lead": "lead", "account": "account", "touch": "t"}[place.subject]
        if place.type is None:  # 1, 1.0 and True are one key, and three values
            name = self.constant(place.column.removeprefix(TRAIT_PREFIX))
            tests = Memo(lambda typed: criterion.test(typed[1]))
            return f"{self.constant(tests)}[(v := {record}.traits.get({name})).__class__, v]"
        if place.type is ColumnType.INSTANT:
            return f"{self.constant(criterion.test)}({record}.{place.column})"
        return f"{self._memo(criterion.test, criterion)}[{record}.{place.column}]"

    def _memo(self, answer: Callable[[Any], Any], key: Hashable) -> str:
        if key not in self._memos:
            self._memos[key] = self.constant(Memo(answer))
        return self._memos[key]

    def _touch_view(self, touch: object, as_of: Any) -> TouchView:
        return TouchView(touch, self.clock.as_datetime(as_of), self.zone)


def _only_tests(criterion: FieldCriterion) -> bool:
    """Whether a criterion is nothing but its test."""
    return type(criterion) in CRITERIA.values() or type(criterion).matches is FieldCriterion.matches
