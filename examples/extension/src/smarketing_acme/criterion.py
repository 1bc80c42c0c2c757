"""A criterion: the lead writes from a mailbox that anybody can have, and not from a company's.

A matrix names it as it names the others, once the package is installed:

    [[scoring.fit.exclude]]
    name = "private mailboxes"
    when = { acme-free-mail = {} }
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs
from smarketing.scoring import Criterion, View
from smarketing.text import fold

if TYPE_CHECKING:  # no dataframe library is loaded to score one lead
    from narwhals.stable.v2 import Expr
    from smarketing.scoring import Columns

__all__ = ["FreeMail"]


def _folded(providers: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(fold, providers))


@attrs.frozen
class FreeMail(Criterion):
    """The address is at one of these providers, or at a host of theirs; unknown where it is no address.

    Attributes:
        providers: Domains.
    """

    name = "acme-free-mail"
    scope = "lead"

    providers: tuple[str, ...] = attrs.field(
        default=("gmail.com", "hotmail.com", "outlook.com", "yahoo.com"), converter=_folded
    )

    def test(self, email: object) -> bool | None:
        """The same of one value; it may do whatever Python can."""
        _, at, domain = fold(email).strip().rpartition("@") if isinstance(email, str) else ("", "", "")
        if not at or not domain:
            return None
        return any(domain == provider or domain.endswith(f".{provider}") for provider in self.providers)

    def matches(self, view: View) -> bool | None:
        """Of one lead."""
        return self.test(view.field("email"))

    def expr(self, columns: Columns) -> Expr:
        """Of all leads at once: the test runs once on each address."""
        return columns.matching("email", self.test)
