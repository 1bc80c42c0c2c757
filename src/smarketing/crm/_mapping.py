"""What a mapping is made of: plain frozen values, which a TOML file declares and nothing else computes.

The mapping says what a company's columns mean; it holds no code, so a salesperson can read it and a pull
request can review it. Whatever it leaves unsaid is refused instead of guessed: a date without a zone, an
amount without a currency, a word that no list knows, a column that nobody mentioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType

import attrs

from smarketing.crm._faults import mapping_faults
from smarketing.errors import InvalidTermsError
from smarketing.values import Scalar


def _words(given: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(given))


def _fields(given: Mapping[str, Field]) -> Mapping[str, Field]:
    return MappingProxyType(dict(given))


def _conditions(given: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType(dict(given))


@attrs.frozen(kw_only=True)
class Conventions:
    """How the export writes things down; a table may differ from the whole.

    Attributes:
        zone: The time zone of dates and times that state none; without it they are refused.
        currency: ISO 4217 code of amounts in rows that state none.
        decimal: The decimal mark of numbers.
        thousands: The mark between thousands, or "" where there is none.
        dates: The format of dates and times as `strptime` takes it; without it they are ISO 8601.
        blank: Words that stand for nothing, beside the empty cell.
        encoding: The encoding of text files.
        delimiter: What separates cells; without it, the one that fits the header is taken.
        max_cell: The most characters that a cell may hold; a longer one is refused and its row read without
            it.
    """

    zone: str | None = None
    currency: str | None = None
    decimal: str = "."
    thousands: str = ""
    dates: str | None = None
    blank: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str | None = None
    max_cell: int = 100_000


@attrs.frozen(kw_only=True)
class Field:
    """Where one field of a fact comes from: a column, the first of several, or a constant.

    Attributes:
        column: The column.
        first_of: Columns of which the first that is not blank is taken.
        constant: The value itself, the same in each row.
        lookup: A lookup in which the cell is a key; one that is missing is a problem, and is kept as it
            stands.
        take: The column of the lookup to take instead of the key.
        words: What the CRM's words stand for; "" is nothing. For a stage, a flag, an outcome and the like the
            list is complete, and any other word is a problem; elsewhere other words stay as they are.
        format: The format of a date, where it differs from the table's.
        unit: Of an amount "major" (the default), "minor", "thousands" or "millions"; of a share "fraction"
            (the default) or "percent".
        type: Of a trait "text", "integer", "number" or "boolean".
    """

    column: str | None = None
    first_of: tuple[str, ...] = ()
    constant: Scalar | date | None = None
    lookup: str | None = None
    take: str | None = None
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_words)
    format: str | None = None
    unit: str | None = None
    type: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return self.first_of if self.column is None else (self.column,)


@attrs.frozen(kw_only=True)
class FactMapping:
    """One fact that a row of a table tells.

    Attributes:
        kind: Which, as `deal_closed` for `DealClosed`.
        fields: Where each of its fields comes from.
        traits: Where the company's own fields come from.
        when: Columns and the words of which one must stand there; "*" is any, "" is none. In other rows the
            fact is not told.
        undated: The day on which a row without a date is known to exist; without it, such a row is a problem.
    """

    kind: str
    fields: Mapping[str, Field] = attrs.field(converter=_fields)
    traits: Mapping[str, Field] = attrs.field(factory=dict[str, Field], converter=_fields)
    when: Mapping[str, tuple[str, ...]] = attrs.field(
        factory=dict[str, tuple[str, ...]], converter=_conditions
    )
    undated: date | None = None

    @property
    def all_fields(self) -> Iterator[tuple[str, Field]]:
        """The fields, then the traits as `traits.name`."""
        yield from self.fields.items()
        yield from ((f"traits.{name}", field) for name, field in self.traits.items())


@attrs.frozen(kw_only=True)
class TableMapping:
    """What the rows of one table of the export tell.

    Attributes:
        name: The table, as origins and messages name it.
        files: Patterns of the file's name.
        record: The columns that together name the record; without them, facts are told apart by content.
        facts: What each row tells.
        ignore: Columns (or patterns of them) that are left out knowingly.
        conventions: Where the table differs from the mapping's own.
    """

    name: str
    files: tuple[str, ...] = ()
    record: tuple[str, ...] = ()
    facts: tuple[FactMapping, ...]
    ignore: tuple[str, ...] = ()
    conventions: Conventions | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads, each once, in the order of mention."""
        found = dict.fromkeys(self.record)
        for fact in self.facts:
            found.update(dict.fromkeys(fact.when))
            for _, field in fact.all_fields:
                found.update(dict.fromkeys(field.columns))
        return tuple(found)

    @property
    def lookups(self) -> frozenset[str]:
        """The lookups that its rows are joined with."""
        return frozenset(
            field.lookup for fact in self.facts for _, field in fact.all_fields if field.lookup is not None
        )


@attrs.frozen(kw_only=True)
class Lookup:
    """A table in which others look up: products, teams, accounts.

    Attributes:
        name: As fields name it.
        files: Patterns of the file's name.
        key: The column that others refer to.
        words: Other spellings of its keys, and which key each stands for.
        ignore: Columns (or patterns of them) that are left out knowingly.
        conventions: Where the table differs from the mapping's own.
    """

    name: str
    files: tuple[str, ...] = ()
    key: str
    words: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_words)
    ignore: tuple[str, ...] = ()
    conventions: Conventions | None = None


@attrs.frozen(kw_only=True)
class CrmMapping:
    """What the columns of one system's export mean.

    Attributes:
        system: The system of record, as origins name it.
        tables: The tables that tell facts.
        lookups: The tables that others look up in; one file may be both.
        conventions: How the export writes things down.
        exported_at: When it was exported: nothing in it can have happened later.
        ignore: Patterns of file names that are left out knowingly.

    Raises:
        InvalidTermsError: With every fault of the mapping, each with its key path.
    """

    system: str
    tables: tuple[TableMapping, ...]
    lookups: tuple[Lookup, ...] = ()
    conventions: Conventions = attrs.field(factory=Conventions)
    exported_at: datetime | None = None
    ignore: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if faults := tuple(mapping_faults(self)):
            raise InvalidTermsError("the mapping cannot be used as written", faults)
