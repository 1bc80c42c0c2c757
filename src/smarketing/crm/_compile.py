"""From a table's mapping and a file's columns to functions that turn a row into facts.

Names are looked up once for each file, not once for each cell: what is left for a row is to pick cells by
position and to convert them. Fields that are plain text go through in one stroke; of the others, values that
came before (an export repeats its dates and words) are remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

import attrs

from smarketing.crm._cells import Convert, Fault, amount_reader, chained, text_reader, word_reader
from smarketing.crm._kinds import KIND_NAMES, columns_of
from smarketing.crm._lookups import Joined
from smarketing.crm._maker import AmountCell, Cell, Cells, FactPlan, Maker, maker, remembering
from smarketing.crm._mapping import Conventions, FactMapping, Field, TableMapping
from smarketing.crm._readers import CLOCKS, constant_value, field_reader
from smarketing.crm._stamps import Stamp, start_of
from smarketing.crm._tally import Tally
from smarketing.schema import Column, ColumnType
from smarketing.text import fold

Condition = Callable[[Cells], bool]


@attrs.frozen(kw_only=True)
class Compiler:
    """What is common to all facts of one file."""

    table: TableMapping
    said: Conventions
    columns: tuple[str, ...]
    lookups: Mapping[str, Joined]
    tally: Tally
    loaded_at: datetime | None = None

    def makers(self) -> tuple[tuple[str, Condition | None, Maker], ...]:
        """For each fact of the table its name, the condition on the row, and what makes it."""
        return tuple(
            (KIND_NAMES[fact.kind].__name__, self._condition(fact.when), maker(self._plan(fact), self.tally))
            for fact in self.table.facts
        )

    def place(self, column: str) -> int:
        """Where a column stands."""
        return self.columns.index(column)

    def _is_personal(self, field: Field) -> bool:
        """Whether any fact of the table takes one of its columns as something that may identify a person."""
        return any(
            columns_of(KIND_NAMES[fact.kind])[name].personal
            for fact in self.table.facts
            for name, other in fact.fields.items()
            if not set(field.columns).isdisjoint(other.columns)
        )

    def _condition(self, when: Mapping[str, tuple[str, ...]]) -> Condition | None:
        tests = [(self.place(name), _fits(words)) for name, words in when.items()]
        if not tests:
            return None
        return lambda cells: all(fits(cells[at]) for at, fits in tests)

    def _plan(self, fact: FactMapping) -> FactPlan:
        kind = KIND_NAMES[fact.kind]
        known = columns_of(kind)
        defaults = {one.name: one.default for one in attrs.fields(kind)}
        plain: dict[str, int] = {}
        constants: dict[str, object] = {}
        typed: list[Cell] = []
        amounts: list[AmountCell] = []
        clocks: dict[str, Cell] = {}
        for name, field in fact.fields.items():
            column = known[name]
            read = self._reader(fact, name, field, column)
            if field.constant is not None:
                constants[name] = constant_value(fact.kind, name, field, column, self.said)
            elif name in CLOCKS:
                clocks[name] = self._cell(name, field, read, needed=name == "occurred_at")
            elif name.endswith("_minor"):
                amounts.append(self._amount(name, field, needed=column.required))
            elif read is text_reader and len(field.columns) == 1 and defaults[name] in {None, attrs.NOTHING}:
                plain[name] = self.place(field.columns[0])
            else:
                read = _instant_only(read) if column.type is ColumnType.INSTANT else read
                typed.append(self._cell(name, field, read, needed=column.required))
        return FactPlan(
            kind=kind,
            loaded_at=self.loaded_at,
            plain={name: self.columns[at] for name, at in plain.items()},
            take=_taker(tuple(plain.values())),
            needed=tuple(at for at, name in enumerate(plain) if known[name].required),
            occurred=clocks.get("occurred_at"),
            occurred_always=_stamp(constants.pop("occurred_at", None)),
            known=clocks.get("known_at"),
            known_always=_stamp(constants.pop("known_at", None)),
            undated=start_of(fact.undated, self.said.zone) if fact.undated and self.said.zone else None,
            constants=constants,
            typed=tuple(typed),
            traits=tuple(
                self._cell(name, field, self._reader(fact, name, field, None))
                for name, field in fact.traits.items()
            ),
            amounts=tuple(amounts),
            currency=self.said.currency,
        )

    def _pick(self, field: Field) -> Callable[[Cells], str | None]:
        places = [self.place(column) for column in field.columns]
        if len(places) == 1:
            return itemgetter(places[0])
        return lambda cells: next((cell for at in places if (cell := cells[at]) is not None), None)

    def _cell(self, name: str, field: Field, read: Convert, *, needed: bool = False) -> Cell:
        known: dict[str, object] = {}
        return Cell(
            name=name,
            label=" or ".join(field.columns),
            pick=self._pick(field),
            known=known,
            convert=remembering(read, known),
            needed=needed,
            personal=self._is_personal(field),
        )

    def _before(self, name: str, field: Field) -> list[Convert]:
        """What comes before the conversion to a type: the lookup, then the words."""
        steps: list[Convert] = []
        if field.lookup is not None:
            steps.append(self.lookups[field.lookup].reader(field, personal=self._is_personal(field)))
        if field.words:
            steps.append(word_reader(field.words, closed=name == "stage"))
        return steps

    def _reader(self, fact: FactMapping, name: str, field: Field, column: Column | None) -> Convert:
        last = field_reader(fact.kind, name, field, column, self.said)
        steps = self._before(name, field)
        return chained([*steps, last]) if steps else last

    def _amount(self, name: str, field: Field, *, needed: bool) -> AmountCell:
        steps = self._before(name, field)
        cell = self._cell(name, field, chained(steps) if steps else text_reader, needed=needed)
        return AmountCell(cell, amount_reader(self.said, field.unit))


def _stamp(value: object) -> Stamp | None:
    return value if isinstance(value, tuple) else None


def _instant_only(read: Convert) -> Convert:
    """An instant without its precision, for the dates of a record that are not its clocks."""

    def only(raw: str) -> object:
        found = read(raw)
        if isinstance(found, Fault) and isinstance(found.value, tuple):
            return attrs.evolve(found, value=found.value[0])
        return found[0] if isinstance(found, tuple) else found

    return only


def _taker(places: tuple[int, ...]) -> Callable[[Cells], Sequence[str | None]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[at] for at in places)


def _fits(words: Sequence[str]) -> Callable[[str | None], bool]:
    """A condition on one cell; "*" is any word, "" is none."""
    any_word, blank, folded = "*" in words, "" in words, frozenset(map(fold, words))
    known: dict[str, object] = {}
    fits = remembering(lambda raw: any_word or fold(raw) in folded, known)

    def fit(cell: str | None) -> bool:
        return blank if cell is None else bool(known[cell] if cell in known else fits(cell))

    return fit
