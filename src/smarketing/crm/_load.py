"""From TOML to a mapping, strictly: nothing is coerced, and every fault is told at once with its key path."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import attrs

from smarketing.crm._faults import fault
from smarketing.crm._kinds import KIND_NAMES
from smarketing.crm._mapping import Conventions, CrmMapping, FactMapping, Field, Lookup, TableMapping
from smarketing.errors import InvalidTermsError, SmarketingError, did_you_mean
from smarketing.origin import Problem
from smarketing.periods import parse_instant

_CONVENTIONS = tuple(field.name for field in attrs.fields(Conventions))
_FIELD_KEYS = tuple(field.name for field in attrs.fields(Field))


def load_mapping(source: str | Path) -> CrmMapping:
    """Read a mapping from a TOML file, or from the text of one.

    Args:
        source: A path; or a text, which is told from a path by having an equals sign or a line break.

    Raises:
        InvalidTermsError: With every fault of the mapping, each with its key path and a suggestion.

    Example:
        >>> mapping = load_mapping('''
        ... system = "shop"
        ... zone = "Europe/Madrid"
        ...
        ... [[tables]]
        ... name = "contacts"
        ... files = "contacts*.csv"
        ... record = "id"
        ...
        ... [tables.lead]
        ... lead_id = "id"
        ... occurred_at = "created"
        ... source_raw = { column = "origin", words = { Ggle = "Google" } }
        ... ''')
        >>> mapping.tables[0].columns
        ('id', 'created', 'origin')
    """
    is_text = isinstance(source, str) and ("=" in source or "\n" in source)
    file = None if is_text else str(source)
    try:
        text = source if is_text and isinstance(source, str) else Path(source).read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise InvalidTermsError(f"{file}: the mapping cannot be opened ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InvalidTermsError(f"{file}: the mapping is not written in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InvalidTermsError(f"{file or 'the mapping'} is not TOML: {error}") from None
    reader = _Reader()
    mapping = reader.mapping(document)
    if mapping is None or reader.faults:
        told = (attrs.evolve(one, origin=attrs.evolve(one.origin, file=file)) for one in reader.faults)
        raise InvalidTermsError("the mapping cannot be used as written", told)
    return mapping


class _Reader:
    """Takes a document apart, and goes on after a fault with what it can use."""

    def __init__(self) -> None:
        self.faults: list[Problem] = []

    def fault(self, path: str, code: str, message: str) -> None:
        self.faults.append(fault(path, code, message))

    def mapping(self, document: Mapping[str, object]) -> CrmMapping | None:
        self.known("", document, ["system", "exported_at", "ignore", "tables", "lookups", *_CONVENTIONS])
        said = self.conventions("", document, Conventions())
        tables = [self.table(f"tables[{at}]", one, said) for at, one in self.items("tables", document)]
        lookups = [self.lookup(f"lookups[{at}]", one, said) for at, one in self.items("lookups", document)]
        system = self.text("system", document, "system") or "?"
        exported_at = self.instant("exported_at", document.get("exported_at"), said.zone)
        ignore = self.texts("ignore", document, "ignore")
        try:
            return CrmMapping(
                system=system,
                exported_at=exported_at,
                ignore=ignore,
                conventions=said,
                tables=tuple(tables),
                lookups=tuple(lookups),
            )
        except InvalidTermsError as error:
            self.faults.extend(error.problems)
            return None

    def table(self, path: str, given: Mapping[str, object], said: Conventions) -> TableMapping:
        own = ["name", "files", "record", "ignore", *_CONVENTIONS]
        self.known(f"{path}.", given, [*own, *KIND_NAMES])
        facts = [
            self.fact(place, kind, one)
            for kind in given
            if kind in KIND_NAMES
            for place, one in self.one_or_more(f"{path}.{kind}", given[kind])
        ]
        return TableMapping(
            name=self.text(f"{path}.name", given, "name") or "?",
            files=self.texts(f"{path}.files", given, "files"),
            record=self.texts(f"{path}.record", given, "record"),
            ignore=self.texts(f"{path}.ignore", given, "ignore"),
            conventions=self.conventions(f"{path}.", given, said),
            facts=tuple(facts),
        )

    def lookup(self, path: str, given: Mapping[str, object], said: Conventions) -> Lookup:
        self.known(f"{path}.", given, ["name", "files", "key", "words", "ignore", *_CONVENTIONS])
        return Lookup(
            name=self.text(f"{path}.name", given, "name") or "?",
            files=self.texts(f"{path}.files", given, "files"),
            key=self.text(f"{path}.key", given, "key") or "?",
            words=self.words(f"{path}.words", given.get("words", {})),
            ignore=self.texts(f"{path}.ignore", given, "ignore"),
            conventions=self.conventions(f"{path}.", given, said),
        )

    def fact(self, path: str, kind: str, given: Mapping[str, object]) -> FactMapping:
        special = {"traits", "when", "undated"}
        fields = {
            name: self.field(f"{path}.{name}", one) for name, one in given.items() if name not in special
        }
        traits = self.keyed(f"{path}.traits", given.get("traits", {}))
        when = self.keyed(f"{path}.when", given.get("when", {}))
        undated = given.get("undated")
        if undated is not None and (not isinstance(undated, date) or isinstance(undated, datetime)):
            self.fault(f"{path}.undated", "not-a-day", f"write a day, such as 2016-10-01, not {undated!r}")
            undated = None
        return FactMapping(
            kind=kind,
            fields=fields,
            traits={name: self.field(f"{path}.traits.{name}", one) for name, one in traits.items()},
            when={name: self.texts(f"{path}.when.{name}", when, name) for name in when},
            undated=undated,
        )

    def field(self, path: str, given: object) -> Field:
        if isinstance(given, str):
            return Field(column=given)
        if not isinstance(given, dict):
            message = f"write the name of a column, or {{ column = … }}, not {given!r}"
            self.fault(path, "not-a-field", message)
            return Field(constant="?")
        self.known(f"{path}.", given, _FIELD_KEYS)
        constant = given.get("constant")
        if constant is not None and not isinstance(constant, str | int | bool | date):
            message = f"write a text, a whole number, a flag or a day, not {constant!r}"
            self.fault(f"{path}.constant", "odd-constant", message)
            constant = "?"
        names = ("column", "lookup", "take", "format", "unit", "type")
        return Field(
            constant=constant,
            first_of=self.texts(f"{path}.first_of", given, "first_of"),
            words=self.words(f"{path}.words", given.get("words", {})),
            **{name: self.text(f"{path}.{name}", given, name, needed=False) for name in names},
        )

    def conventions(self, path: str, given: Mapping[str, object], whole: Conventions) -> Conventions:
        def text(name: str, otherwise: str | None) -> str | None:
            return self.text(f"{path}{name}", given, name, needed=False, blank=name == "thousands") or (
                "" if given.get(name) == "" else otherwise
            )

        max_cell = given.get("max_cell", whole.max_cell)
        if type(max_cell) is not int:
            self.fault(f"{path}max_cell", "not-a-number", "write a whole number of characters")
        return Conventions(
            zone=text("zone", whole.zone),
            currency=text("currency", whole.currency),
            decimal=text("decimal", whole.decimal) or whole.decimal,
            thousands=text("thousands", whole.thousands) or "",
            dates=text("dates", whole.dates),
            blank=self.texts(f"{path}blank", given, "blank") if "blank" in given else whole.blank,
            encoding=text("encoding", whole.encoding) or whole.encoding,
            delimiter=text("delimiter", whole.delimiter),
            max_cell=max_cell if type(max_cell) is int else whole.max_cell,
        )

    def known(self, path: str, given: Mapping[str, object], names: Sequence[str]) -> None:
        for name in given:
            if name not in names:
                hint = did_you_mean(name, names)
                self.fault(f"{path}{name}", "unknown-key", f"{name!r} means nothing here{hint}")

    def text(
        self, path: str, given: Mapping[str, object], name: str, *, needed: bool = True, blank: bool = False
    ) -> str | None:
        value = given.get(name)
        if isinstance(value, str) and (value.strip() or blank):
            return value
        if name in given:
            self.fault(path, "not-a-text", f"write a text, not {value!r}")
        elif needed:
            self.fault(path, "missing-key", f"{name!r} is needed here")
        return None

    def texts(self, path: str, given: Mapping[str, object], name: str) -> tuple[str, ...]:
        value = given.get(name, [])
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            return tuple(listed)
        self.fault(path, "not-a-list", f"write a text or a list of texts, not {value!r}")
        return ()

    def words(self, path: str, given: object) -> dict[str, str]:
        found = self.keyed(path, given)
        for word, stands_for in found.items():
            if not isinstance(stands_for, str):
                message = f"write what {word!r} stands for as a text, not {stands_for!r}"
                self.fault(f"{path}.{word}", "not-a-text", message)
        return {word: value for word, value in found.items() if isinstance(value, str)}

    def keyed(self, path: str, given: object) -> dict[str, object]:
        if isinstance(given, dict):
            return given
        self.fault(path, "not-a-table", f"write a table of names and values, not {given!r}")
        return {}

    def one_or_more(self, path: str, given: object) -> Iterator[tuple[str, Mapping[str, object]]]:
        if isinstance(given, list):
            for at, one in enumerate(given):
                yield f"{path}[{at}]", self.keyed(f"{path}[{at}]", one)
        else:
            yield path, self.keyed(path, given)

    def items(self, name: str, document: Mapping[str, object]) -> Iterator[tuple[int, Mapping[str, object]]]:
        given = document.get(name, [])
        if not isinstance(given, list):
            self.fault(name, "not-a-list", f"declare each under [[{name}]]")
            return
        yield from ((at, self.keyed(f"{name}[{at}]", one)) for at, one in enumerate(given))

    def instant(self, path: str, given: object, zone: str | None) -> datetime | None:
        if given is None:
            return None
        if not isinstance(given, str | date):
            self.fault(path, "not-an-instant", f"write a day such as 2018-04-01, not {given!r}")
            return None
        text = given if isinstance(given, str) else given.isoformat()
        try:
            at = parse_instant(text, zone or "UTC")
        except SmarketingError:
            self.fault(
                path, "not-an-instant", f"{text!r} is no day and no time such as 2018-04-01T09:30+02:00"
            )
            return None
        states_offset = len(text) > 10 and datetime.fromisoformat(text).tzinfo is not None
        return at if zone is not None or states_offset else at.replace(tzinfo=None)
