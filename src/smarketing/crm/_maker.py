"""Making one kind of fact from the cells of a row, or telling why it cannot be made.

This is where a row's time goes, so what is fixed for a file is bound once, as locals of `maker`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import attrs

from smarketing.crm._cells import Convert, Fault, shown
from smarketing.crm._kinds import has_traits
from smarketing.crm._stamps import Stamp
from smarketing.crm._tally import Tally
from smarketing.errors import InvalidFactError
from smarketing.facts import Fact, Precision
from smarketing.origin import Origin, Severity
from smarketing.values import Scalar, Traits

Cells = Sequence[str | None]
Maker = Callable[[Cells, Origin], Fact | None]

_NO_TRAITS = Traits()
_MOST_REMEMBERED = 50_000


@attrs.frozen(kw_only=True)
class Cell:
    """One field of a fact that is more than plain text.

    Attributes:
        name: The field.
        label: Its column, as messages name it.
        pick: Its cell of a row.
        known: Conversions already made.
        convert: Makes one and remembers it.
        needed: Whether there is no fact without it.
        personal: Whether messages must not quote it.
    """

    name: str
    label: str
    pick: Callable[[Cells], str | None]
    known: Mapping[str, object]
    convert: Convert
    needed: bool
    personal: bool


@attrs.frozen
class AmountCell:
    """An amount, which cannot be read before its currency is known."""

    cell: Cell
    read: Callable[[str, str], object]


@attrs.frozen(kw_only=True)
class FactPlan:
    """How one kind of fact is made from a row of one file.

    Attributes:
        kind: What is made.
        loaded_at: When it is read, if that is to be kept.
        plain: The fields that are text as it stands, with their columns.
        take: Their cells of a row, in order.
        needed: The positions among them without which there is no fact.
        occurred: When it happened; or
        occurred_always: the same for all rows.
        known: When the source knew, if it says; or
        known_always: the same for all rows.
        undated: The date of rows that have none.
        constants: Fields that are the same for all rows.
        typed: Fields that are converted.
        traits: The company's own fields.
        amounts: Fields that are money.
        currency: Of rows that state none.
    """

    kind: type[Fact]
    loaded_at: datetime | None
    plain: Mapping[str, str]
    take: Callable[[Cells], Sequence[str | None]]
    needed: tuple[int, ...]
    occurred: Cell | None
    occurred_always: Stamp | None
    known: Cell | None
    known_always: Stamp | None
    undated: Stamp | None
    constants: Mapping[str, object]
    typed: tuple[Cell, ...]
    traits: tuple[Cell, ...]
    amounts: tuple[AmountCell, ...]
    currency: str | None


def remembering(convert: Convert, known: dict[str, object]) -> Convert:
    """A conversion that puts what it finds where the next row looks first."""

    def read(raw: str) -> object:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        value = known[raw] = convert(raw)
        return value

    return read


def maker(plan: FactPlan, tally: Tally) -> Maker:
    """The function that makes a plan's fact from a row."""
    kind, names, take, needed = plan.kind, tuple(plan.plain), plan.take, plan.needed
    typed, traits, loaded_at = plan.typed, plan.traits, plan.loaded_at
    occurred, always = plan.occurred, plan.occurred_always
    constants = dict(plan.constants)
    if has_traits(kind):
        constants["traits"] = _NO_TRAITS
    blank, convert = _Blank(plan, tally), _Converter(tally)
    amounts = _Amounts(plan, convert, blank) if plan.amounts else None
    clock = _KnownAt(plan, convert) if plan.known or plan.known_always else None
    stamp_of = convert.stamp_or(occurred, blank) if occurred is not None else lambda _cells, _origin: always
    readers = tuple((cell, cell.name, convert.reader(cell)) for cell in typed)

    def make(cells: Cells, origin: Origin) -> Fact | None:
        complete = True
        texts = take(cells)
        for at in needed:
            if texts[at] is None:
                complete = blank.field(names[at], plan.plain[names[at]], origin)
        fields: dict[str, object] = dict(zip(names, texts, strict=True))
        fields.update(constants)
        stamp = stamp_of(cells, origin)
        for cell, name, value_of in readers:
            value = value_of(cells, origin)
            if value is not None:
                fields[name] = value
            elif cell.needed:
                complete = blank.cell(cell, cells, origin)
        if amounts:
            complete = amounts.add(fields, cells, origin) and complete
        if traits:
            fields["traits"] = _traits(traits, cells, origin, convert)
        if stamp is None:
            return None
        occurred_at, precision = stamp
        known_at = clock.known_at(cells, origin, occurred_at) if clock is not None else occurred_at
        if known_at is None or not complete:
            return None
        try:
            return kind(
                origin=origin,
                occurred_at=occurred_at,
                known_at=known_at,
                precision=precision,
                loaded_at=loaded_at,
                **fields,
            )
        except InvalidFactError as error:
            tally.error("incomplete-fact", str(error), origin)
            return None

    return make


def _stamp(found: object) -> Stamp | None:
    return found if isinstance(found, tuple) else None


@attrs.frozen
class _Converter:
    """Converts cells, and tells what is wrong with them."""

    tally: Tally

    def value(self, cell: Cell, cells: Cells, origin: Origin) -> object:
        """The value of a cell, or None where it is blank or lost."""
        return self.reader(cell)(cells, origin)

    def reader(self, cell: Cell) -> Callable[[Cells, Origin], object]:
        """What gives the value of a cell in any row, or None where it is blank or lost."""
        pick, known, convert, told = cell.pick, cell.known, cell.convert, self.told

        def value(cells: Cells, origin: Origin) -> object:
            raw = pick(cells)
            if raw is None:
                return None
            found = known[raw] if raw in known else convert(raw)
            return told(found, raw, cell, origin) if isinstance(found, Fault) else found

        return value

    def stamp_or(self, cell: Cell, blank: _Blank) -> Callable[[Cells, Origin], Stamp | None]:
        """What gives the date of any row; `blank` says what becomes of those that have none."""
        pick, value = cell.pick, self.reader(cell)

        def stamp(cells: Cells, origin: Origin) -> Stamp | None:
            found = value(cells, origin)
            if isinstance(found, tuple):
                return found
            return blank.date(cell, origin) if pick(cells) is None else None

        return stamp

    def told(self, fault: Fault, raw: str, cell: Cell, origin: Origin) -> object:
        """Tell a fault; the value that was kept in doubt, or None."""
        message = fault.message.replace("{shown}", shown(raw, personal=cell.personal))
        place = attrs.evolve(origin, field=cell.label)
        if fault.severity is Severity.WARNING:
            self.tally.doubt(fault.code, message, place, raw)
            return fault.value
        self.tally.error(fault.code, message, place)
        return None


@attrs.frozen
class _Blank:
    """What to say of blank cells that a fact needs."""

    plan: FactPlan
    tally: Tally

    def field(self, name: str, label: str, origin: Origin) -> bool:
        """Tell of a field; whether the fact is complete, which it is not."""
        code = "blank-id" if name.endswith("_id") else "blank-value"
        message = f"{label} is blank, and a {self.plan.kind.__name__} needs its {name}"
        self.tally.error(code, message, attrs.evolve(origin, field=label))
        return False

    def cell(self, cell: Cell, cells: Cells, origin: Origin) -> bool:
        """Tell of a cell without a value, unless its fault was told; whether the fact is complete: no."""
        return self.field(cell.name, cell.label, origin) if cell.pick(cells) is None else False

    def date(self, cell: Cell, origin: Origin) -> Stamp | None:
        """Tell of the date; the one that the mapping gives to rows without."""
        what, place = self.plan.kind.__name__, attrs.evolve(origin, field=cell.label)
        if self.plan.undated is None:
            message = (
                f"{cell.label} is blank and dates the {what}: fill it in, or state `undated` in the mapping"
            )
            self.tally.error("undated", message, place)
        else:
            message = f"{cell.label} is blank: the {what} is dated as the mapping's `undated` says"
            self.tally.warning("undated", message, place)
        return self.plan.undated


@attrs.frozen
class _KnownAt:
    """When the source knew, where it says so."""

    plan: FactPlan
    convert: _Converter

    def known_at(self, cells: Cells, origin: Origin, occurred_at: datetime) -> datetime | None:
        """The instant, or None where what the source says is lost; a bare date is never the earlier."""
        found, cell = self.plan.known_always, self.plan.known
        if cell is not None and cell.pick(cells) is not None:
            found = _stamp(self.convert.value(cell, cells, origin))
            if found is None:
                return None
        if found is None:
            return occurred_at
        at, precision = found
        return max(at, occurred_at) if precision is Precision.DAY else at


def _traits(traits: Sequence[Cell], cells: Cells, origin: Origin, convert: _Converter) -> Traits:
    found: dict[str, Scalar] = {}
    for cell in traits:
        value = convert.value(cell, cells, origin)
        if isinstance(value, str | int | float | bool):
            found[cell.name] = value
    return Traits(found) if found else _NO_TRAITS


@attrs.frozen
class _Amounts:
    """The amounts of a fact, which are read in the currency of their row."""

    plan: FactPlan
    convert: _Converter
    blank: _Blank

    def add(self, fields: dict[str, object], cells: Cells, origin: Origin) -> bool:
        """Put them among the fields; whether all that the fact needs are there."""
        currency = fields.get("currency") or self.plan.currency
        complete, given = True, False
        for amount in self.plan.amounts:
            value = self._value(amount, currency, cells, origin)
            if value is not None:
                fields[amount.cell.name] = value
                given = True
            elif amount.cell.needed:
                complete = self.blank.cell(amount.cell, cells, origin)
        if given:
            fields["currency"] = currency
        return complete

    def _value(self, amount: AmountCell, currency: object, cells: Cells, origin: Origin) -> object:
        cell = amount.cell
        text = self.convert.value(cell, cells, origin)
        if not isinstance(text, str):
            return None
        if isinstance(currency, str):
            found = amount.read(text, currency)
            return self.convert.told(found, text, cell, origin) if isinstance(found, Fault) else found
        message = f"{cell.label} has no currency and was left out: fill it in, or state one in the mapping"
        self.convert.tally.error("no-currency", message, attrs.evolve(origin, field=cell.label))
        return None
