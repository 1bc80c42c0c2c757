"""Columns as criteria read them in bulk: expressions over the user's own dataframe engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import narwhals.stable.v2 as nw

if TYPE_CHECKING:
    from smarketing.scoring._implicit import Touched

__all__ = ["Columns", "Expr"]

Expr: TypeAlias = nw.Expr
"""An expression over the columns of any engine."""


class Columns:
    """The columns that a criterion may read."""

    def field(self, name: str) -> Expr:
        """A field's column; missing where it is missing or blank."""
        raise NotImplementedError

    def matching(self, name: str, test: Callable[[object], bool | None]) -> Expr:
        """Whether a test holds for a field: it is run in Python, once on each distinct value."""
        raise NotImplementedError

    def is_blank(self, name: str) -> Expr:
        """Whether a field is missing or blank; never missing itself."""
        raise NotImplementedError

    def touched(self, touched: Touched) -> Expr:
        """Whether the lead has such touches; never missing."""
        raise NotImplementedError

    def last_at(self, touched: Touched) -> Expr:
        """When the last of such touches was; where there is none, when the lead was created."""
        raise NotImplementedError

    def before(self, length: timedelta) -> Expr:
        """The instant that lies so long before `as_of`."""
        raise NotImplementedError
