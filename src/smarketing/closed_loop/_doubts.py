"""The words for what is doubtful in the facts behind credit."""

from __future__ import annotations

import attrs

from smarketing.language import N_

__all__ = ["DOUBTS", "Doubt"]


@attrs.frozen(kw_only=True)
class Doubt:
    """One kind of doubt: its code, how many records there are, the first of them, and what names them."""

    code: str
    count: int
    first: str
    record: str


DOUBTS = {
    "conversion-without-lead": N_(
        "No lead is named by {count} ({first}): their journey is not known, and they are in the row of those "
        "without a touch."
    ),
    "conversion-before-lead": N_(
        "Converted before their lead was captured: {count} ({first}). Touches up to the conversion count, as "
        "always."
    ),
    "conversion-without-amount": N_(
        "There is no amount with a currency for {count} ({first}): they count as conversions and bring no "
        "revenue."
    ),
    "conversion-of-nothing": N_(
        "The amount is 0 for {count} ({first}): they count as conversions and bring no revenue."
    ),
    "conversion-below-nothing": N_(
        "The amount is below 0 for {count} ({first}): their touches are debited as they would be credited."
    ),
    "return-without-order": N_(
        "Paid back and never placed: {count} ({first}). The money is taken off the row of those without a "
        "touch."
    ),
    "return-in-another-currency": N_(
        "Paid back in another currency: {count} ({first}). The two are not added, each has rows of its own."
    ),
    "return-larger-than-order": N_(
        "More was paid back than the order came to: {count} ({first}). Their touches are debited with the "
        "difference."
    ),
    "touch-without-time": N_(
        "Only the day of some touches is known, of {count} leads ({first}): those stand at the start of "
        "their day."
    ),
    "touch-without-instant": N_(
        "No time is known of some touches, of {count} leads ({first}): those stand in no journey."
    ),
    "order-said-twice": N_(
        "Placed several times under one id: {count} ({first}). Each counts once, as last known."
    ),
    "deal-won-twice": N_(
        "Won several times under one id: {count} ({first}). Each counts once, by its last closing."
    ),
}
"""By code, with {count} and {first}."""
