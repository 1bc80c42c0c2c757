"""Leads on which criteria are tried: every field filled, blank, missing and odd, the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import attrs

from smarketing.facts import Account, Fact, Lead, Touch
from smarketing.origin import Origin
from smarketing.schema import COMMON, TABLES, ColumnType
from smarketing.values import Scalar, Traits

__all__ = ["AS_OF", "Told", "told_leads"]

AS_OF = datetime(2026, 3, 30, 12, tzinfo=UTC)
"""The instant at which the leads are scored; some of what is told of them is known only after it."""

_WORDS = (
    "",
    " ",
    "Straße",
    "STRASSE",
    "ＣＴＯ",
    "Head of Sales",
    "ana@uni.edu",
    "12",
    "7.50",
    "-3",
    "=1+1",
    "*",
)
_NUMBERS = (0, 1, 7, 50, 250, -3, 10**12)
_DAY = timedelta(days=1)
_AGES = (
    timedelta(microseconds=1),
    timedelta(hours=1),
    _DAY,
    7 * _DAY,
    30 * _DAY,
    400 * _DAY,
    timedelta(),
    -_DAY,
)
_GIVEN = frozenset({column.name for column in COMMON} | {"lead_id", "account_id", "kind"})


@attrs.frozen(kw_only=True)
class Told:
    """One lead as it is told."""

    lead_id: str
    leads: tuple[Lead, ...]
    accounts: tuple[Account, ...]
    touches: tuple[Touch, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything that is told."""
        return (*self.leads, *self.accounts, *self.touches)


def told_leads(
    count: int, words: Sequence[str], kinds: Sequence[str], traits: Mapping[str, Sequence[Scalar]]
) -> Iterator[Told]:
    """So many leads: of the first nothing is known but that it is there, and each other one differs.

    Args:
        count: How many.
        words: What text fields hold besides odd words.
        kinds: The kinds of touches besides "page_viewed".
        traits: By name, what the company's own fields hold.
    """
    yield Told(lead_id="L-0", leads=(_lead("L-0", AS_OF - _DAY),), accounts=(), touches=())
    for number in range(1, count):
        random, name = Random(number), f"L-{number}"  # noqa: S311 -- no secret
        filled = partial(_filled, random, random.random(), [*_WORDS, *(2 * tuple(words))], traits)
        leads = [
            _lead(name, AS_OF - random.choice(_AGES), account_id=f"A-{number}", **filled("leads"))
            for _ in range(random.choice((0, 1, 1, 2)))
        ]
        accounts = [
            Account(
                origin=Origin(system="crm", table="accounts", record=f"A-{number}"),
                occurred_at=AS_OF - random.choice(_AGES),
                account_id=f"A-{number}",
                **filled("accounts"),
            )
            for _ in range(random.choice((0, 1)))
        ]
        touches = [
            Touch(
                origin=Origin(system="web", table="touches", record=f"{name}/{each}"),
                occurred_at=AS_OF - random.choice(_AGES),
                lead_id=name,
                kind=random.choice(["page_viewed", *kinds]),
                **filled("touches"),
            )
            for each in range(random.choice((0, 1, 3, 6)))
        ]
        yield Told(lead_id=name, leads=tuple(leads), accounts=tuple(accounts), touches=tuple(touches))


def _lead(lead_id: str, at: datetime, /, **fields: Any) -> Lead:
    origin = Origin(system="crm", table="leads", record=lead_id)
    return Lead(origin=origin, occurred_at=at, lead_id=lead_id, **fields)


def _filled(
    random: Random, chance: float, words: Sequence[str], traits: Mapping[str, Sequence[Scalar]], table: str
) -> dict[str, Any]:
    """Values for a table's own columns and for traits, of each with that chance."""
    held: dict[str, Any] = {}
    for column in TABLES[table].columns:
        if column.name in _GIVEN or random.random() > chance:
            continue
        if column.type is ColumnType.TEXT:
            held[column.name] = random.choice(words)
        elif column.type is ColumnType.INTEGER:
            held[column.name] = random.choice(_NUMBERS)
        elif column.type is ColumnType.INSTANT:
            held[column.name] = AS_OF - random.choice(_AGES)
    own = {name: random.choice(values) for name, values in traits.items() if random.random() < chance}
    return {**held, "traits": Traits(own)}
