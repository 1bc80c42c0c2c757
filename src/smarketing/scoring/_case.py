"""The facts about one lead that a score is read from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import attrs

from smarketing.facts import Account, Fact, Flipped, Lead, Touch

__all__ = ["Case", "account_for", "known_version"]

V = TypeVar("V", bound=Fact)


@attrs.frozen
class Case:
    """One lead as far as it is told: its versions, its account's, and what it did.

    Attributes:
        leads: Versions of the lead, in any order.
        touches: In any order, each once.
        accounts: Versions of accounts; those of the lead's own count.
        recycled: When sales gave the lead back.
        recorded: Flips that were recorded before; they stand.
    """

    leads: tuple[Lead, ...]
    touches: tuple[Touch, ...]
    accounts: tuple[Account, ...]
    recycled: tuple[datetime, ...]
    recorded: tuple[Flipped, ...]

    @classmethod
    def of(
        cls,
        lead: Lead | Iterable[Lead] | None,
        touches: Iterable[Touch],
        account: Account | Iterable[Account] | None = None,
        recycled: Iterable[datetime] = (),
        recorded: Iterable[Flipped] = (),
    ) -> Case:
        """The case, however it is told."""
        return cls(
            cls.versions(lead), tuple(touches), cls.versions(account), tuple(recycled), tuple(recorded)
        )

    def known(self, as_of: datetime) -> Case:
        """The same with the facts that counted at an instant, and none that came after it."""
        return attrs.evolve(
            self,
            leads=tuple(lead for lead in self.leads if lead.counts(as_of)),
            touches=tuple(touch for touch in self.touches if touch.counts(as_of)),
            accounts=tuple(account for account in self.accounts if account.counts(as_of)),
        )

    @staticmethod
    def versions(given: V | Iterable[V] | None) -> tuple[V, ...]:
        """One version, several or none, as several."""
        if given is None:
            return ()
        return (given,) if isinstance(given, Fact) else tuple(given)

    @property
    def lead_id(self) -> str | None:
        """The lead's id, where somebody says it."""
        told: tuple[Lead | Touch, ...] = (*self.leads, *self.touches)
        return told[0].lead_id if told else None


def known_version(versions: Sequence[V], as_of: datetime) -> V | None:
    """The last known of the versions that count."""
    if not versions:
        return None
    standing = [one for one in versions if one.occurred_at < as_of > one.known_at]
    if len(standing) < 2:
        return standing[0] if standing else None
    return max(standing, key=lambda one: (one.known_at, one.occurred_at, one.said_count, one.id))


def account_for(lead: Lead | None, accounts: Sequence[Account], as_of: datetime) -> Account | None:
    """The last known version of the lead's own account."""
    if lead is None:
        return None
    return known_version([each for each in accounts if each.account_id == lead.account_id], as_of)
