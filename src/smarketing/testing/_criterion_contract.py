"""What every scoring criterion promises, as a class of tests that any criterion can be handed to.

Subclass it, say which criteria, and any test runner that knows classes of `test_…` methods runs it:

    class TestFreeMail(CriterionContract):
        words = ("ana@gmail.com", "ana@acme.example")

        def make_criteria(self):
            return [FreeMail(), FreeMail(field="account.website")]

A broken promise raises `AssertionError` with one sentence that says which, and for which lead.
"""

from __future__ import annotations

import copy
import importlib.util
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from smarketing.errors import UnknownNameError
from smarketing.facts import Lead
from smarketing.scoring import AnyOf, Criterion, Not, OneOf, Rule, ScoringMatrix, Touched
from smarketing.scoring._views import LeadView, TouchView
from smarketing.serialize import from_plain, to_plain
from smarketing.testing._criterion_cases import AS_OF, Told, told_leads
from smarketing.testing._criterion_times import Watched, untold_turn
from smarketing.testing._harness import BACKENDS

if TYPE_CHECKING:
    from smarketing.frames import Frames
    from smarketing.values import Scalar

__all__ = ["CriterionContract"]

_NEEDS = {"duckdb": ("duckdb", "pyarrow"), "pandas": ("pandas", "pyarrow")}
_YES, _NO, _MIXED = 1, 100, 10_000


class CriterionContract:
    """The promises of a scoring criterion. Subclass it and override `make_criteria`.

    Attributes:
        words: What the fields hold that the criteria look at, besides words that are odd or blank.
        kinds: Kinds of touches that they look at.
        traits: By name, what a company's own fields hold that they look at.
        backends: The dataframe engines on which both readings are held against each other, where installed.

    Example:
        >>> from smarketing.scoring import Contains
        >>> class TestContains(CriterionContract):
        ...     words = ("Head of Sales",)
        ...
        ...     def make_criteria(self):
        ...         return [Contains("job_title", "head of")]
        >>> TestContains().test_an_answer_is_yes_no_or_unknown()
    """

    words: ClassVar[Sequence[str]] = ()
    kinds: ClassVar[Sequence[str]] = ()
    traits: ClassVar[Mapping[str, Sequence[Scalar]]] = MappingProxyType({})
    backends: ClassVar[Sequence[str]] = BACKENDS

    def make_criteria(self) -> Iterable[Criterion]:
        """New criteria of the class, one for each way to use it; each time the same."""
        raise NotImplementedError("override make_criteria: return the criteria that are to be tested")

    def test_it_says_what_it_speaks_of(self) -> None:
        """Of a lead, or of one touch; and nothing is wrong with it in a matrix."""
        for criterion in self.make_criteria():
            _require(criterion.scope in {"lead", "touch"}, f"the scope of {criterion} is {criterion.scope!r}")
            _matrix(criterion)

    def test_it_is_a_value(self) -> None:
        """Frozen; the same terms are equal and can be keys, and copies of them are the same terms."""
        for criterion, again in zip(self.make_criteria(), self.make_criteria(), strict=True):
            kind: Any = type(criterion)
            name = kind.__name__
            _require(attrs.has(kind), f"{name} is no attrs class: decorate it with attrs.frozen")
            _require(criterion == again, f"two of {criterion} are not equal")
            _require(len({criterion, again}) == 1, f"two of {criterion} are two keys")
            copies = [copy.deepcopy(criterion)]
            if getattr(sys.modules.get(kind.__module__), name, None) is kind:
                copies.append(pickle.loads(pickle.dumps(criterion)))  # noqa: S301 -- our own
            for copied in copies:
                _require(copied == criterion, f"a copy of {criterion} is not equal to it")
            for field in attrs.fields(kind)[:1]:
                try:
                    setattr(criterion, field.name, getattr(criterion, field.name))
                except attrs.exceptions.FrozenInstanceError:
                    continue
                raise AssertionError(f"{name} can be changed: decorate it with attrs.frozen")

    def test_an_answer_is_yes_no_or_unknown(self) -> None:
        """Exactly True, False or None: an empty text or a 0 would be taken for one of them."""
        for criterion, told, answer in self._answers():
            is_one = answer is True or answer is False or answer is None
            _require(is_one, f"{criterion} says {answer!r} of {told.lead_id}: {told}")

    def test_the_same_lead_gets_the_same_answer(self) -> None:
        """However often it is asked, by another of the same terms, and however its touches are ordered."""
        first = [answer for _, _, answer in self._answers()]
        again = [answer for _, _, answer in self._answers()]
        _require(first == again, "asked again, it answers otherwise")
        backwards = [answer for _, _, answer in self._answers(step=-1)]
        leads = [criterion.scope == "lead" for criterion, _, _ in self._answers()]
        same = all(
            one == other for one, other, is_lead in zip(first, backwards, leads, strict=True) if is_lead
        )
        _require(same, "of touches told in another order, it answers otherwise")

    def test_some_answer_is_yes_and_some_is_not(self) -> None:
        """Or the laws would hold nothing: say in `words`, `kinds` and `traits` what your fields hold."""
        answers: dict[int, set[object]] = {}
        kept = [*self.make_criteria()]
        for criterion, _, answer in self._answers():
            answers.setdefault(kept.index(criterion), set()).add(answer)
        for number, criterion in enumerate(kept):
            found = answers.get(number, set())
            _require(
                True in found and len(found) > 1, f"of all leads, {criterion} says {sorted(map(str, found))}"
            )

    def test_it_says_when_time_alone_changes_its_answer(self) -> None:
        """In `turns_after`: scores are read again then, or a flip would be found later, or never."""
        for criterion in self.make_criteria():
            for told, watched in self._watched(criterion):
                turn = untold_turn(criterion, watched)
                _require(
                    turn is None,
                    f"{criterion} answers otherwise as of {turn} with time alone, and turns_after does not "
                    f"say so; the time of {told.lead_id} counts from {sorted(watched.since)}",
                )

    def test_both_readings_agree(self) -> None:
        """One lead in plain Python and all in bulk, on every engine; alone, negated, and among others."""
        from smarketing.frames import rows_of
        from smarketing.scoring import score_leads

        for criterion in self.make_criteria():
            matrix = _matrix(criterion)
            expected = {
                told.lead_id: score.points.micro
                for told in self._leads
                for score in [matrix.score(told.leads, told.touches, as_of=AS_OF, account=told.accounts)]
                if score.points is not None
            }
            for backend, frames in self._frames.items():
                rows = rows_of(score_leads(frames, matrix, as_of=AS_OF).rows)
                found = {row["lead_id"]: row["score_points"] for row in rows}
                for told in self._leads:
                    one, bulk = expected.get(told.lead_id), found.get(told.lead_id)
                    _require(
                        one == bulk,
                        f"{criterion} differs on {backend}: in plain Python it says {_said(one)}, "
                        f"in bulk {_said(bulk)} of {told}",
                    )

    def test_what_is_written_is_read_back_equal(self) -> None:
        """In a file, under its name; held where the class has one that leads to it."""
        for criterion in self.make_criteria():
            try:
                Criterion.name_of(type(criterion))
            except UnknownNameError:
                continue
            plain = to_plain(criterion)
            _require(from_plain(plain, Criterion) == criterion, f"{plain} is not read back as {criterion}")

    @cached_property
    def _leads(self) -> tuple[Told, ...]:
        return tuple(told_leads(160, self.words, self.kinds, self.traits))

    @cached_property
    def _frames(self) -> dict[str, Frames]:
        from smarketing.frames import Frames

        facts = [fact for told in self._leads for fact in told.facts]
        installed = [
            backend
            for backend in self.backends
            if all(importlib.util.find_spec(package) for package in _NEEDS.get(backend, (backend,)))
        ]
        return {backend: Frames.from_dataset(facts, backend=backend) for backend in installed}

    def _answers(self, step: int = 1) -> Iterator[tuple[Criterion, Told, object]]:
        """What each criterion says of each lead, or of each of its touches, that counts."""
        for criterion in self.make_criteria():
            for told in self._leads:
                touches = [touch for touch in told.touches if touch.counts(AS_OF)][::step]
                if criterion.scope == "touch":
                    for touch in touches:
                        yield criterion, told, criterion.matches(TouchView(touch, AS_OF))
                else:
                    lead, firm = (_last(facts) for facts in (told.leads, told.accounts))
                    yield criterion, told, criterion.matches(LeadView(lead, firm, touches, AS_OF))

    def _watched(self, criterion: Criterion) -> Iterator[tuple[Told, Watched]]:
        """Each lead, or touch, as far as it was known, to be seen later with nothing new."""
        for told in self._leads:
            touches = [touch for touch in told.touches if touch.counts(AS_OF)]
            if criterion.scope == "touch":
                for touch in touches:
                    yield told, Watched((touch.occurred_at,), partial(_of_touch, criterion, touch))
            else:
                lead, firm = (_last(facts) for facts in (told.leads, told.accounts))
                created = [lead.created_at] if isinstance(lead, Lead) and lead.created_at else []
                since = (*created, *(touch.occurred_at for touch in touches))
                yield told, Watched(since, partial(_of_lead, criterion, lead, firm, touches))


def _of_touch(criterion: Criterion, touch: object, as_of: datetime) -> object:
    return criterion.matches(TouchView(touch, as_of))


def _of_lead(
    criterion: Criterion, lead: object, firm: object, touches: Sequence[object], as_of: datetime
) -> object:
    return criterion.matches(LeadView(lead, firm, touches, as_of))


def _last(facts: Sequence[object]) -> object:
    standing = [fact for fact in facts if fact.counts(AS_OF)]  # type: ignore[attr-defined]
    return max(
        standing,
        key=lambda fact: (fact.known_at, fact.occurred_at, fact.said_count, fact.id),  # type: ignore[attr-defined]
        default=None,
    )


def _matrix(criterion: Criterion) -> ScoringMatrix:
    """A matrix whose points say how often a criterion says yes, no, and yes where others are unknown."""
    counted: dict[int, Criterion]
    if criterion.scope == "touch":
        unknown = OneOf("touch.trait_nothing", "x")
        counted = {
            _YES: Touched("*", where=criterion),
            _NO: Touched("*", where=Not(criterion)),
            _MIXED: Touched("*", where=AnyOf(criterion, unknown)),
        }
    else:
        counted = {
            _YES: criterion,
            _NO: Not(criterion),
            _MIXED: AnyOf(criterion, OneOf("trait_nothing", "x")),
        }
    rules = [Rule(f"{points} points", when, points) for points, when in counted.items()]
    return ScoringMatrix(name="contract", rules=rules)


def _said(micro: int | None) -> str:
    """What points say."""
    if micro is None:
        return "nothing"
    points = micro // 1_000_000
    yes, no = points % _NO, points // _NO % _NO
    return f"yes {yes} times and no {no} times"


def _require(holds: object, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)
