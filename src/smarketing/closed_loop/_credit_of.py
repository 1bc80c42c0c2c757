"""`credit_of`: the credit for what one lead brought, in plain Python, as a web hook or a shop needs it.

The rules are those of `attribute`, and so are the numbers: what this gives for each lead adds up to what that
gives for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import attrs

from smarketing.closed_loop._models import (
    AnchoredModel,
    Credited,
    Linear,
    Markov,
    Model,
    OwnModel,
    TimeDecay,
    named,
)
from smarketing.closed_loop._row import CreditRow
from smarketing.closed_loop._split import ALL, NO_TOUCH, split, whole_weights
from smarketing.errors import InvalidFactError, InvalidTermsError, UnknownNameError, did_you_mean
from smarketing.facts import (
    Deal,
    DealClosed,
    DealReopened,
    Fact,
    Lead,
    OrderPlaced,
    OrderReturned,
    Outcome,
    Precision,
    Touch,
)
from smarketing.funnel import counting, dimension_names
from smarketing.text import fold
from smarketing.values import Money

__all__ = ["credit_of"]

_Version = TypeVar("_Version", bound=Fact)
_Values = tuple["str | None", ...]
_MICROSECOND = timedelta(microseconds=1)
_TO_MIDNIGHT = timedelta(days=1) - _MICROSECOND
_IDS = {"campaign": "campaign_id", "owner": "owner_id", "account": "account_id"}


@attrs.frozen(kw_only=True)
class _Conversion:
    """One conversion, or one return, and when its journey was."""

    at: datetime
    until: datetime
    minor: int | None
    currency: str | None
    opened_at: datetime | None = None
    counted: int = 1


def credit_of(
    facts: Iterable[Fact],
    *,
    as_of: datetime,
    models: Credited | Iterable[Credited] = (Linear(),),  # noqa: B008 -- a frozen value
    by: str | Sequence[str] = "channel",
    conversion: str = "customer",
    look_back: timedelta = timedelta(days=90),
    effects: Mapping[Any, float] | None = None,
) -> tuple[CreditRow, ...]:
    """Share the credit for what one lead brought among its touches, as `attribute` does for all leads.

    Args:
        facts: The facts about one lead: its touches, and its deals or orders.
        as_of: What was known.
        models: The models. A `Markov` model looks at all journeys together: of one lead it can only share by
            effects that are known, and only per journey.
        by: Fields of the touch, or of the lead.
        conversion: "lead", "opportunity", "customer" or "order".
        look_back: How long before its conversion a touch may count.
        effects: Removal effects of a Markov model by value, None where it is not known; of several
            dimensions, by the tuple of their values. A value that is not among them gets nothing.

    Returns:
        One row per value, currency and model that gets anything, in the order of the models, the greatest
        credit first.

    Raises:
        InvalidFactError: The facts are about several leads.
        InvalidTermsError: A model that needs to see all journeys, or effects of none of a journey's values.
        UnknownNameError: No such conversion, or a field that reads like a known one. Any other name is taken
            for a field of the company's own, of which this lead's facts may say nothing.

    Example:
        >>> from datetime import UTC
        >>> from smarketing.origin import Origin
        >>> def said(fact, day, **fields):
        ...     at = datetime(2026, 3, day, tzinfo=UTC)
        ...     return fact(origin=Origin(record=str(day)), occurred_at=at, lead_id="L1", **fields)
        >>> facts = [
        ...     said(Touch, 1, kind="visit", channel="ads"),
        ...     said(Touch, 2, kind="visit", channel="fair"),
        ...     said(DealClosed, 9, deal_id="D1", outcome="won", amount_minor=10_001, currency="EUR"),
        ... ]
        >>> rows = credit_of(facts, as_of=datetime(2026, 4, 1, tzinfo=UTC))
        >>> [(row.values["channel"], str(row.revenue), row.conversions) for row in rows]
        [('ads', '50.01 EUR', 0.5), ('fair', '50.00 EUR', 0.5)]
    """
    asked = named(models)
    for model in asked:
        if isinstance(model, Markov) and (effects is None or not model.per_journey):
            raise InvalidTermsError(
                f"{model.name!r} looks at all journeys together: use attribute, or give its effects here "
                "and say Markov(per_journey=True)"
            )
    names = dimension_names(by)
    known = counting(facts, as_of)
    leads = [fact for fact in known if isinstance(fact, Lead)]
    touches = [fact for fact in known if isinstance(fact, Touch)]
    ids = {fact.lead_id for fact in leads} | {fact.lead_id for fact in touches}
    if len(ids) > 1:
        raise InvalidFactError(f"these facts are of several leads: {', '.join(sorted(ids))}")
    if conversion not in _FOUND:
        listed = ", ".join(_FOUND)
        hint = did_you_mean(conversion, _FOUND)
        raise UnknownNameError(f"there is no conversion {conversion!r}{hint}; there are {listed}")
    lead = _last(leads)
    touches.sort(key=lambda touch: (touch.occurred_at, touch.id))
    values = [tuple(_value(name, touch, lead) for name in names) for touch in touches]
    captured = None if lead is None else lead.created_at
    conversions = sorted(_FOUND[conversion](known, as_of), key=lambda each: each.at)
    ends = sorted({each.until for each in conversions if each.counted})
    found: dict[tuple[str, _Values, str], list[int]] = {}
    for each in conversions:
        since = max((end for end in ends if end < each.until), default=None)
        places = [
            place
            for place, touch in enumerate(touches)
            if each.at - look_back <= touch.occurred_at <= each.until
            and (since is None or touch.occurred_at > since)
        ]
        journey = [touches[place] for place in places]
        path = [values[place] for place in places]
        money = each.currency if each.minor is not None and each.currency else ""
        for model in asked:
            if journey:
                sharing, weights = _shared(model, journey, path, (captured, each.opened_at), effects)
            else:
                sharing, weights = [(NO_TOUCH,) * len(names)], (1,)
            minors = split(each.minor or 0, weights) if money else (0,) * len(weights)
            for value, minor, parts in zip(sharing, minors, split(each.counted * ALL, weights), strict=True):
                sums = found.setdefault((model.name, value, money), [0, 0])
                sums[0] += minor
                sums[1] += parts
    return tuple(_rows(found, asked, names))


def _rows(
    found: Mapping[tuple[str, _Values, str], list[int]], models: Sequence[Model], names: Sequence[str]
) -> Iterator[CreditRow]:
    for model in models:
        of_model = [(key, sums) for key, sums in found.items() if key[0] == model.name and any(sums)]
        of_model.sort(key=lambda item: (-item[1][0], -item[1][1], [str(value) for value in item[0][1]]))
        for (_, value, currency), (minor, parts) in of_model:
            yield CreditRow(
                group=tuple(zip(names, value, strict=True)),
                model=model.name,
                revenue=Money(minor, currency) if currency else None,
                conversion_share=parts,
            )


def _shared(
    model: Model,
    journey: Sequence[Touch],
    path: Sequence[_Values],
    moments: tuple[datetime | None, datetime | None],
    effects: Mapping[Any, float] | None,
) -> tuple[Sequence[_Values], tuple[int, ...]]:
    """Who shares in a journey, and with what weights."""
    match model:
        case AnchoredModel():
            return path, model.weights(len(journey), _places(model, journey, moments))
        case TimeDecay():
            last = journey[-1].occurred_at
            return path, model.weights([(last - touch.occurred_at) // _MICROSECOND for touch in journey])
        case OwnModel():
            plain = tuple(value[0] if len(value) == 1 else value for value in path)
            return path, whole_weights(model.weigh(plain), len(path), model.name)  # type: ignore[arg-type]
    different = sorted(set(path), key=lambda value: [each or "" for each in value])
    if isinstance(model, Markov):
        return different, _by_effect(model, different, effects or {})
    return different, (1,) * len(different)


def _by_effect(model: Markov, different: Sequence[_Values], effects: Mapping[Any, float]) -> tuple[int, ...]:
    """The weights of a journey's values, which effects are known by as they are, or as a tuple of several."""
    keys = [value[0] if len(value) == 1 else value for value in different]
    if len(keys) > 1 and not any(key in effects for key in keys):
        told, asked = (", ".join(map(repr, each[:3])) or "nothing" for each in ([*effects], keys))
        raise InvalidTermsError(
            f"{model.name!r}: the effects given tell of {told}, and of none of {asked} of the journey"
        )
    weights = tuple(round(effects.get(key, 0.0) * ALL) for key in keys)
    return weights if any(weights) else (1,) * len(keys)


def _places(
    model: AnchoredModel, journey: Sequence[Touch], moments: tuple[datetime | None, datetime | None]
) -> dict[str, int | None]:
    def up_to(moment: datetime | None) -> int | None:
        if moment is None:
            return None
        return sum(touch.occurred_at <= moment for touch in journey) - 1

    asked = dict(model.anchors)
    places: dict[str, int | None] = {}
    for anchor, moment in zip(("lead", "opportunity"), moments, strict=True):
        if anchor in asked:
            place = up_to(moment)
            places[anchor] = None if place is None or place < 0 else place
    if "last_non_direct" in asked:
        other = [k for k, touch in enumerate(journey) if fold(touch.channel or "") not in model.passed]
        if other:
            places["last_non_direct"] = other[-1]
    return places


def _value(name: str, touch: Touch, lead: Lead | None) -> str | None:
    """What credit is split by: the touch's own, else the lead's."""
    field, own = _IDS.get(name, name), {} if lead is None else lead.traits
    if field in _FIELDS[Touch]:
        return _text(getattr(touch, field))
    if name in touch.traits:
        return _text(touch.traits[name])
    if field in _FIELDS[Lead]:
        return None if lead is None else _text(getattr(lead, field))
    if name in own:
        return _text(own[name])
    near = did_you_mean(name, [*_IDS, *_FIELDS[Touch], *_FIELDS[Lead]])
    if near and not (touch.traits or own):
        raise UnknownNameError(f"credit cannot be split by {name!r}{near}")
    return None  # one of the company's own, of which these two say nothing


def _text(value: object) -> str | None:
    return None if value in {None, ""} else str(value)


_FIELDS = {
    kind: frozenset(field.name for field in attrs.fields(kind)) - {"lead_id", "traits"}
    for kind in (Touch, Lead)
}


def _last(versions: Sequence[_Version]) -> _Version | None:
    """The version of a record that counts: the last one known."""
    return max(
        versions,
        key=lambda each: (each.known_at, each.occurred_at, each.said_count, each.id),
        default=None,
    )


def _by_deal(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact, Deal | DealClosed | DealReopened):
            found.setdefault(fact.deal_id, []).append(fact)
    return found


def _leads(facts: Sequence[Fact], as_of: datetime) -> Iterator[_Conversion]:
    lead = _last([fact for fact in facts if isinstance(fact, Lead)])
    if lead is not None and lead.created_at is not None and lead.created_at < as_of:
        yield _Conversion(at=lead.created_at, until=lead.created_at, minor=None, currency=None)


def _opportunities(facts: Sequence[Fact], as_of: datetime) -> Iterator[_Conversion]:
    for about in _by_deal(facts).values():
        deal = _last([fact for fact in about if isinstance(fact, Deal)])
        if deal is not None and deal.created_at is not None and deal.created_at < as_of:
            at = deal.created_at
            yield _Conversion(at=at, until=at, minor=deal.amount_minor, currency=deal.currency, opened_at=at)


def _customers(facts: Sequence[Fact], _: datetime) -> Iterator[_Conversion]:
    for about in _by_deal(facts).values():
        closings = [fact for fact in about if isinstance(fact, DealClosed)]
        if not closings:
            continue
        last = max(
            closings,
            key=lambda each: (each.occurred_at, each.outcome is Outcome.LOST, each.known_at, each.id),
        )
        reopened = [fact.occurred_at for fact in about if isinstance(fact, DealReopened)]
        if last.outcome is not Outcome.WON or any(at > last.occurred_at for at in reopened):
            continue
        deal = _last([fact for fact in about if isinstance(fact, Deal)])
        minor, currency = last.amount_minor, last.currency or (None if deal is None else deal.currency)
        if minor is None and deal is not None:
            minor, currency = deal.amount_minor, deal.currency
        yield _Conversion(
            at=last.occurred_at,
            until=_until(last),
            minor=minor,
            currency=currency,
            opened_at=None if deal is None else deal.created_at,
        )


def _orders(facts: Sequence[Fact], _: datetime) -> Iterator[_Conversion]:
    placed: dict[str, OrderPlaced] = {}
    for fact in sorted(facts, key=lambda each: (each.known_at, each.occurred_at, each.id)):
        if isinstance(fact, OrderPlaced):
            placed[fact.order_id] = fact
    for order in placed.values():
        yield _Conversion(
            at=order.occurred_at, until=_until(order), minor=order.amount_minor, currency=order.currency
        )
    for fact in facts:
        if isinstance(fact, OrderReturned) and fact.order_id in placed:
            order = placed[fact.order_id]
            back = None if fact.amount_minor is None else -fact.amount_minor
            yield _Conversion(
                at=order.occurred_at, until=_until(order), minor=back, currency=fact.currency, counted=0
            )


def _until(fact: Fact) -> datetime:
    """The last instant that is not after it: of a bare date, the day's."""
    return fact.occurred_at + (_TO_MIDNIGHT if fact.precision == Precision.DAY else timedelta(0))


_FOUND = {"lead": _leads, "opportunity": _opportunities, "customer": _customers, "order": _orders}
