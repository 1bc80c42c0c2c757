"""Strategies for every kind of fact, drawn from the fields that its class has."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import EnumMeta
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import attrs
from hypothesis import strategies as st

from smarketing.facts import KINDS, Fact, Line, Precision
from smarketing.funnel import Funnel
from smarketing.origin import Origin
from smarketing.testing.strategies import _values as values
from smarketing.values import Points, Share, Traits

F = TypeVar("F", bound=Fact)

_CLOCKS = frozenset(attribute.name for attribute in attrs.fields(Fact))
_POOLS = {
    "lead_id": ("L-1", "L-2", "L-3"),
    "profile_id": ("L-2", "L-3", "@ana"),
    "deal_id": ("D-1", "D-2"),
    "account_id": ("A-1", "A-2"),
    "campaign_id": ("C-1", "C-2"),
    "owner_id": ("ana", "luis"),
    "by_id": ("ana", "luis"),
    "order_id": ("O-1", "O-2"),
    "currency": values.CURRENCIES,
    "stage": (*Funnel.default().places, *Funnel.classic_pipeline().places, "no such stage"),
    "source_raw": ("Organic Search", "cold call", "Customer referral", "unknown", "pigeon post"),
    "channel": ("organic search", "email", "phone"),
}


def origins() -> st.SearchStrategy[Origin]:
    """Places that facts come from, with a file and a row that are no part of their identity."""
    return st.builds(
        Origin,
        system=st.sampled_from(["crm", "mail"]),
        table=st.sampled_from(["leads", "deals"]),
        record=st.sampled_from(["1", "2", "3"]),
        file=st.none() | st.just("export.csv"),
        row=st.none() | st.integers(2, 9),
    )


def lines() -> st.SearchStrategy[Line]:
    """Products on a deal or an order."""
    amounts = st.none() | values.minor_amounts()
    return st.builds(
        Line,
        product=st.sampled_from(["AirOne", "AirPro"]),
        product_family=st.none() | st.just("Compact"),
        quantity_count=st.none() | st.integers(1, 20),
        amount_minor=amounts,
        list_minor=amounts,
        cost_minor=amounts,
    )


def facts(kind: type[F]) -> st.SearchStrategy[F]:
    """Facts of one kind: any field filled or missing, known at once or later, dated to the day at times.

    Args:
        kind: One of `smarketing.facts.KINDS`.
    """
    return _drawn(kind)


def any_facts() -> st.SearchStrategy[Fact]:
    """Facts of any kind."""
    return st.sampled_from(KINDS).flatmap(facts)


@st.composite
def _drawn(draw: st.DrawFn, kind: type[F]) -> F:
    content = {name: draw(strategy) for name, strategy in _fields(kind.TABLE).items()}
    if kind.SUBJECTS and not any(content[name] for name in kind.SUBJECTS):
        content[kind.SUBJECTS[0]] = "1"
    occurred_at = draw(values.instants())
    precision = draw(st.sampled_from(Precision))
    if precision is Precision.DAY:
        occurred_at = occurred_at.replace(hour=0, minute=0, second=0, microsecond=0)
    lag = draw(st.just(0) | st.integers(0, 90 * 24))
    return kind(
        origin=draw(origins()),
        occurred_at=occurred_at,
        known_at=occurred_at + timedelta(hours=lag),
        precision=precision,
        loaded_at=draw(st.none() | values.instants()),
        **content,
    )


@cache
def _fields(table: str) -> dict[str, st.SearchStrategy[Any]]:
    kind = next(kind for kind in KINDS if table == kind.TABLE)
    hints = get_type_hints(kind)
    return {
        attribute.name: _field(attribute.name, hints[attribute.name])
        for attribute in attrs.fields(kind)
        if attribute.name not in _CLOCKS
    }


def _field(name: str, hint: Any) -> st.SearchStrategy[Any]:
    parts = get_args(hint)
    if type(None) in parts:
        (inner,) = (part for part in parts if part is not type(None))
        return st.none() | _value(name, inner)
    return _value(name, hint)


def _value(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if name in _POOLS:
        return st.sampled_from(_POOLS[name])
    if isinstance(hint, EnumMeta):
        return st.sampled_from(list(hint))  # type: ignore[call-overload,unused-ignore]
    if hint is int:
        return values.minor_amounts() if name.endswith("_minor") else st.integers(0, 10_000)
    if get_args(hint)[:1] == (Line,):
        return st.lists(lines(), max_size=2).map(tuple)
    return _BY_TYPE[hint]


_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: values.words(),
    bool: st.booleans(),
    datetime: values.instants(),
    date: values.days(),
    Share: values.shares(),
    Points: values.points(),
    Traits: values.traits(),
}
