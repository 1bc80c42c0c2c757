"""Units are taken in turn; a thread that opened a second one would wait for itself for ever."""

from __future__ import annotations

from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turns(local):
    """Whether this thread has its turn."""

    taken = False

    @contextmanager
    def take(self) -> Iterator[None]:
        """The turn of this thread, for as long as the block lasts."""
        if self.taken:
            raise RuntimeError("a unit of this store is open in this thread: end it before the next one")
        self.taken = True
        try:
            yield
        finally:
            self.taken = False
