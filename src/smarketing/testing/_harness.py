"""The laws that every analysis obeys, as assertions that any analysis can be handed to.

A verb plugs in as `measure(frames, as_of) -> result`, where results compare with `==`. Three laws are
checked:

- *No look-ahead.* Facts that do not count as of T change nothing; what is known at T alone gives the same.
- *Order.* The same facts in any order, or said twice, give the same result and the same rendered bytes.
- *Backends.* Every dataframe engine gives the same result.

A broken law raises `AssertionError` with both results side by side, so that any test runner shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from difflib import unified_diff
from pprint import pformat
from random import Random
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from smarketing.facts import Fact
    from smarketing.frames import Frames

__all__ = ["BACKENDS", "Measure", "assert_backends_agree", "assert_no_look_ahead", "assert_order_independent"]

Measure: TypeAlias = "Callable[[Frames, datetime], object]"
"""An analysis: of frames, as of an instant; its results compare with `==`."""

BACKENDS = ("polars", "pandas", "pyarrow", "duckdb")
"""The dataframe engines on which every analysis runs."""


def assert_no_look_ahead(
    measure: Measure,
    facts: Iterable[Fact],
    as_of: datetime,
    later_facts: Iterable[Fact] = (),
    *,
    backend: str = "polars",
) -> None:
    """Hold an analysis against the law that it sees nothing of what was not known yet.

    Args:
        measure: The analysis.
        facts: What happened, whenever it was known.
        as_of: The moment of the analysis.
        later_facts: More facts, of which those that count as of the moment are left aside.
        backend: The dataframe engine.

    Raises:
        AssertionError: The analysis read a fact that does not count, or `Frames.as_of` let one through.

    Example:
        >>> from datetime import UTC
        >>> from smarketing.facts import Lead
        >>> from smarketing.origin import Origin
        >>> def day(number):
        ...     return datetime(2026, 3, number, tzinfo=UTC)
        >>> lead = Lead(origin=Origin(record="L-1"), occurred_at=day(2), known_at=day(9), lead_id="L-1")
        >>> def count_leads(frames, as_of):
        ...     return len(frames.as_of(as_of).select("leads").collect())
        >>> assert_no_look_ahead(count_leads, [lead], as_of=day(5))
    """
    told = list(facts)
    known = [fact for fact in told if fact.counts(as_of)]
    later = [fact for fact in later_facts if not fact.counts(as_of)]
    expected = _measured(measure, known, as_of, backend)
    _same(expected, _measured(measure, told, as_of, backend), "what is known at the moment", "all facts")
    if later:
        both = _measured(measure, [*told, *later], as_of, backend)
        _same(expected, both, "what is known at the moment", "later facts added")


def assert_order_independent(
    measure: Measure, facts: Iterable[Fact], as_of: datetime, *, backend: str = "polars", seed: int = 0
) -> None:
    """Hold an analysis against the law that the order in which facts arrive changes nothing.

    The facts are told backwards, shuffled, and twice. Results that have `to_report()` are rendered too, and
    have to be the same bytes.

    Raises:
        AssertionError: An order gave another result, or other bytes.
    """
    told = list(facts)
    shuffled = [*told]
    Random(seed).shuffle(shuffled)  # noqa: S311 (no secret)
    expected = _measured(measure, told, as_of, backend)
    orders = {"backwards": told[::-1], "shuffled": shuffled, "said twice": [*told, *told]}
    for name, order in orders.items():
        found = _measured(measure, order, as_of, backend)
        _same(expected, found, "as given", name)
        _same(_rendered(expected), _rendered(found), "rendered, as given", f"rendered, {name}")


def assert_backends_agree(
    measure: Measure, facts: Iterable[Fact], as_of: datetime, *, backends: Sequence[str] = BACKENDS
) -> None:
    """Hold an analysis against the law that every dataframe engine gives the same result.

    Args:
        measure: The analysis.
        facts: What happened.
        as_of: The moment of the analysis.
        backends: The backends to compare; the first is the one that others are held against.

    Raises:
        AssertionError: Two backends disagree.
        MissingExtraError: An backend is not installed.
    """
    told = list(facts)
    first, *others = backends
    expected = _measured(measure, told, as_of, first)
    for backend in others:
        _same(expected, _measured(measure, told, as_of, backend), first, backend)


def _measured(measure: Measure, facts: list[Fact], as_of: datetime, backend: str) -> object:
    from smarketing.frames import Frames

    return measure(Frames.from_dataset(facts, backend=backend), as_of)


def _rendered(result: object) -> object:
    """The bytes that people would see, where there is something to see."""
    from smarketing.renderers import render

    to_report = getattr(result, "to_report", None)
    return None if to_report is None else [render(to_report(), name).content for name in ("text", "html")]


def _same(expected: object, found: object, said: str, other: str) -> None:
    if expected == found:
        return
    before, after = (pformat(each, width=100).splitlines() for each in (expected, found))
    difference = "\n".join(unified_diff(before, after, said, other, lineterm=""))
    raise AssertionError(f"two readings of the same facts disagree:\n{difference or 'they only look alike'}")
