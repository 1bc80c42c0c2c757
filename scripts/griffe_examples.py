"""Show the house's `Example:` sections as runnable examples: Griffe knows the plural heading only."""

from __future__ import annotations

import re

import griffe

HEADING = re.compile(r"^Example:$", re.MULTILINE)


class Examples(griffe.Extension):
    """Read the singular heading as the plural one."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Mend one docstring before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = HEADING.sub("Examples:", obj.docstring.value)
