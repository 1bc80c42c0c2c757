"""The draft of one file's table: which fields its columns may fill, and what is doubtful about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from smarketing.crm._draft_look import FileLook, Look
from smarketing.crm._draft_words import LEAD_STAGES, OUTCOMES, TABLES, plain
from smarketing.crm._kinds import KIND_NAMES, columns_of, has_traits

SOME_DAY = "2000-01-01"
"""Stands where nobody knows since when something is known."""

_SHARED_SHARE = 0.5


def kind_of(look: FileLook) -> str:
    """What the rows are: by how the id is called, then by the name of the file, then by the columns."""
    named = [plain(look.path.name)] + ([plain(look.key.name)] if look.key is not None else [])
    has_closing = look.meaning("closed_at") is not None or any(_outcomes(one) for one in look.columns)
    for name in named:
        for kind, words in TABLES.items():
            if any(re.search(rf"\b{word}s?\b", name) for word in words):
                return "deal" if kind == "lead" and has_closing else kind
    return "deal" if has_closing or look.meaning("amount_minor") is not None else "lead"


def _outcomes(look: Look) -> dict[str, str]:
    return {value: OUTCOMES[plain(value)] for value in look.values[:50] if plain(value) in OUTCOMES}


def _shares(look: Look, key: Look) -> float:
    """The part of a column's values that are ids of another file."""
    known = set(key.values)
    return sum(value in known for value in look.values) / len(look.values) if look.values else 0.0


def _is_reference(look: Look, key: Look) -> bool:
    likely = not look.formats and not (look.is_number and key.is_number) and len(look.values) > 1
    return likely and _shares(look, key) >= _SHARED_SHARE


def is_referred(file: Draft, files: Sequence[Draft]) -> bool:
    """Whether another file's rows say more through this one's: a small list whose keys they repeat."""
    key = file.look.key
    if key is None or (file.kind in {"lead", "deal"} and file.is_factual):
        return False
    return any(
        _is_reference(column, key) for other in files if other is not file for column in other.look.columns
    )


def key_of(file: Draft) -> Look:
    return file.look.key or file.look.columns[0]


def quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _name(column: str) -> str:
    return column if re.fullmatch(r"[A-Za-z0-9_-]+", column) else quoted(column)


def listed(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(quoted, values)) + "]"


@attrs.frozen(kw_only=True)
class Draft:
    """The draft of one file's table."""

    look: FileLook
    kind: str
    name: str
    is_exact: bool = False

    @property
    def pattern(self) -> str:
        """The pattern of the files that it stands for."""
        name = self.look.path.name.removesuffix(".gz")
        return name if self.is_exact else f"{self.name}*{Path(name).suffix}"

    @property
    def is_factual(self) -> bool:
        """Whether its rows tell something: a company does even if nobody dated it."""
        return self.kind == "account" or any(one.formats for one in self.look.columns)

    def joined(self, lookups: Sequence[Draft]) -> Iterator[tuple[Look, Draft, str]]:
        """Columns that refer to a lookup, and what may be taken from there."""
        for column in self.look.columns:
            for lookup in lookups:
                if lookup is not self and _is_reference(column, key_of(lookup)):
                    for other in lookup.look.columns:
                        if other is not key_of(lookup) and other.meanings and other.meanings[0] in _JOINABLE:
                            yield column, lookup, other.name

    def table(self, lookups: Sequence[Draft], files: Sequence[Draft]) -> list[str]:
        """The lines of the table."""
        key = self.look.key
        lines = ["[[tables]]", f"name = {quoted(self.name)}", f"files = {quoted(self.pattern)}"]
        if self.look.encoding != "utf-8":
            lines += [f"# doubt: the bytes are not UTF-8, and may be {self.look.encoding}"]
            lines += [f"encoding = {quoted(self.look.encoding)}"]
        if key is None:
            lines.append("# doubt: no column names the row: none has a different value in each")
            key = self.look.columns[0]
        lines.append(f"record = {quoted(key.name)}")
        body = self._body(key, lookups, files)
        return lines + body

    def _body(self, key: Look, lookups: Sequence[Draft], files: Sequence[Draft]) -> list[str]:
        used = {key.name}
        fields = {f"{self.kind}_id": [quoted(key.name)]}
        outcome = (
            next((one for one in self.look.columns if _outcomes(one)), None) if self.kind == "deal" else None
        )
        closed = self.look.meaning("closed_at") if self.kind == "deal" else None
        self._refer(key, fields, used, lookups, files)
        created = (
            self.look.meaning("created_at")
            or closed
            or next((c for c in self.look.columns if c.formats), None)
        )
        comments, dated = self._dated(created)
        if self.kind in {"lead", "deal", "account"} and created not in {None, closed}:
            fields["created_at"] = [dated]  # without it, none of them would count as new
        fields["occurred_at"] = [*comments, dated]
        used.update(one.name for one in (created, closed, outcome) if one is not None)
        self._plain(fields, used, is_closing=closed is not None or outcome is not None)
        if created is not None and created.filled_count < created.rows_count:
            fields["undated"] = [
                "# doubt: some rows have no date: are they known to exist, and since when?",
                SOME_DAY,
            ]
        closing = self._closing(key, outcome, closed, used) if self.kind == "deal" else []
        stages = self._stages(key, created, outcome, used)
        traits, ignored = self._rest(used)
        head = [f"ignore = {listed(ignored)}"] if ignored else []
        return [*head, "", f"[tables.{self.kind}]", *_written(fields), *traits, *stages, *closing]

    def _dated(self, look: Look | None, *, name: str = "occurred_at") -> tuple[list[str], str]:
        if look is None or not look.formats:
            comment = "# doubt: no column dates these rows: since when are they known?"
            return [comment], f"{{ constant = {SOME_DAY} }}"
        if len(look.formats) > 1:
            comment = f"# doubt: {look.name!r} also fits {' and '.join(look.formats[1:])}"
            return [comment], f"{{ column = {quoted(look.name)}, format = {quoted(look.formats[0])} }}"
        form = next(iter(look.formats))
        field = f"{{ column = {quoted(look.name)}, format = {quoted(form)} }}" if form else quoted(look.name)
        guessed = name == "occurred_at" and not {"created_at", "closed_at"} & set(look.meanings)
        return (
            [f"# doubt: taken because it is the first date of the row: {look.name!r}"] if guessed else []
        ), field

    def _refer(
        self,
        key: Look,
        fields: dict[str, list[str]],
        used: set[str],
        lookups: Sequence[Draft],
        files: Sequence[Draft],
    ) -> None:
        """Columns that hold another file's ids."""
        allowed = columns_of(KIND_NAMES[self.kind])
        for column in self.look.columns:
            for other in files:
                if other is self or not _is_reference(column, key_of(other)):
                    continue
                field = f"{other.kind}_id" if other.is_factual else next(iter(column.meanings), "")
                if field not in allowed or field in fields:
                    continue
                doubts = []
                if column.name == key.name:
                    doubts.append(
                        f"# doubt: its ids are those of {other.name}: a {self.kind} is taken to be both"
                    )
                if (share := _shares(column, key_of(other))) < 1:
                    doubts.append(f"# doubt: {1 - share:.0%} of its values are not in {other.name}")
                extra = f"{{ column = {quoted(column.name)}, lookup = {quoted(other.name)} }}"
                fields[field] = [*doubts, extra if other in lookups else quoted(column.name)]
                used.add(column.name)
        for column, lookup, take in self.joined(lookups):
            look = next(one for one in lookup.look.columns if one.name == take)
            if look.meanings[0] in allowed and look.meanings[0] not in fields and column.name in used:
                source = f"column = {quoted(column.name)}, lookup = {quoted(lookup.name)}"
                joined = f"{{ {source}, take = {quoted(take)} }}"
                fields[look.meanings[0]] = [joined]

    def _plain(self, fields: dict[str, list[str]], used: set[str], *, is_closing: bool) -> None:
        """Columns whose header says what they are."""
        allowed = columns_of(KIND_NAMES[self.kind])
        for column in self.look.columns:
            for field in column.meanings:
                if field not in allowed or field in fields or column.name in used or field == "created_at":
                    continue
                if field == "amount_minor" and is_closing:
                    continue
                if not _fits(field, column):
                    continue
                doubts: list[str] = []
                written = quoted(column.name)
                if field == "probability_share":
                    written = f'{{ column = {quoted(column.name)}, unit = "percent" }}'
                elif allowed[field].name.endswith(("_on", "_at")):
                    doubts, written = self._dated(column, name=field)
                elif field.endswith("_minor"):
                    doubts = [
                        '# doubt: are these whole units? If not, say { column = …, unit = "thousands" }'
                    ]
                fields[field] = [*doubts, written]
                used.add(column.name)
        if "source_raw" in fields and "channel" in allowed and "channel" not in fields:
            fields["channel"] = list(fields["source_raw"])

    def _closing(self, key: Look, outcome: Look | None, closed: Look | None, used: set[str]) -> list[str]:
        """The closing of a deal."""
        if closed is None and outcome is None:
            return []
        fields = {"deal_id": [quoted(key.name)]}
        comments, fields_at = self._dated(closed or self.look.meaning("created_at"))
        fields["occurred_at"] = [*comments, fields_at]
        if outcome is not None:
            words = ", ".join(
                f"{_name(word)} = {quoted(value)}" for word, value in _outcomes(outcome).items()
            )
            fields["outcome"] = [f"{{ column = {quoted(outcome.name)}, words = {{ {words} }} }}"]
            fields["when"] = [f"{{ {_name(outcome.name)} = {listed(_outcomes(outcome))} }}"]
        else:
            fields["outcome"] = [
                "# doubt: no column says how a deal ended: all with a closing date are taken as won"
            ]
            fields["outcome"].append('{ constant = "won" }')
            fields["when"] = [f'{{ {_name(closed.name)} = "*" }}'] if closed is not None else []
        for field in ("amount_minor", "currency", "reason"):
            look = self.look.meaning(field)
            if look is not None and _fits(field, look):
                fields[field] = [quoted(look.name)]
                used.add(look.name)
        if (owner := self.look.meaning("owner_id")) is not None:
            fields["by_id"] = [quoted(owner.name)]
        return ["", "[tables.deal_closed]", *_written(fields)]

    def _stages(self, key: Look, created: Look | None, outcome: Look | None, used: set[str]) -> list[str]:
        """The stage of a row, if a column tells it."""
        look = self.look.meaning("stage") or outcome
        if (
            look is None
            or self.kind not in {"lead", "deal"}
            or created is None
            or not 0 < len(look.values) <= 30
        ):
            return []
        used.add(look.name)
        comments, dated = self._dated(created)
        fields = {f"{self.kind}_id": [quoted(key.name)], "occurred_at": [*comments, dated]}
        if self.kind == "lead":
            words = {
                value: LEAD_STAGES.get(plain(value), plain(value).replace(" ", "_")) for value in look.values
            }
            strange = [value for value in look.values if plain(value) not in LEAD_STAGES]
            doubt = f"# doubt: the funnel may not have {' and '.join(strange)}" if strange else ""
        else:
            open_words = [value for value in look.values if value not in _outcomes(look)]
            words = {value: plain(value).replace(" ", "_") or value for value in open_words}
            fields["when"] = [f"{{ {_name(look.name)} = {listed(open_words)} }}"]
            doubt = "# doubt: use the stages of your pipeline's agreement"
            if not open_words:
                return []
        said = ", ".join(f"{_name(word)} = {quoted(stage)}" for word, stage in words.items())
        when = "# doubt: the row shows the stage it is in now, and not since when: its date is taken"
        fields["stage"] = [
            *filter(None, (doubt, when)),
            f"{{ column = {quoted(look.name)}, words = {{ {said} }} }}",
        ]
        return ["", "[tables.stage_entered]", *_written(fields)]

    def _rest(self, used: set[str]) -> tuple[list[str], list[str]]:
        """What no field takes: traits where the fact carries any."""
        rest = [one for one in self.look.columns if one.name not in used]
        if not has_traits(KIND_NAMES[self.kind]):
            return [], [one.name for one in rest]
        empty = [one.name for one in rest if not one.values]
        traits, taken = [], set[str]()
        for one in rest:
            name = plain(one.name).replace(" ", "_")
            if one.values and re.fullmatch(r"[a-z][a-z0-9_]*", name) and name not in taken:
                taken.add(name)
                kind = ', type = "number"' if one.is_number and _plain_number(one) else ""
                traits.append(
                    f"{name} = {{ column = {quoted(one.name)}{kind} }}"
                    if kind
                    else f"{name} = {quoted(one.name)}"
                )
            elif one.values:
                empty.append(one.name)
        head = ["", f"[tables.{self.kind}.traits]", *traits] if traits else []
        return head, empty


_JOINABLE = frozenset({"team", "region", "product_family", "list_minor", "industry", "country", "city"})


def _fits(field: str, look: Look) -> bool:
    """Whether the values are of the field's type."""
    if field.endswith(("_minor", "_share")):
        return _plain_number(look)
    if field.endswith("_count"):
        return _plain_number(look) and not any("." in value for value in look.values)
    if field.endswith(("_at", "_on")):
        return bool(look.formats)
    return bool(look.values)


def _plain_number(look: Look) -> bool:
    return bool(look.values) and all(re.fullmatch(r"[+-]?\d+(\.\d*)?", value) for value in look.values)


def _written(fields: dict[str, list[str]]) -> Iterator[str]:
    for name, lines in fields.items():
        if lines:
            yield from lines[:-1]
            yield f"{name} = {lines[-1]}"
