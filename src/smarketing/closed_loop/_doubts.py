"""What is doubtful in the facts, said in any language, with the rule by which it was counted all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from smarketing.language import Words
from smarketing.language import words as words_of
from smarketing.origin import Origin, Problem, Severity
from smarketing.values import Money

__all__ = ["Doubt"]

Told: TypeAlias = "str | int | Money"


@attrs.frozen(kw_only=True)
class Doubt:
    """One kind of doubt, with all that it concerns.

    Attributes:
        code: What to act on.
        text: The sentence in English, a label of the catalogs.
        values: What stands in the sentence, by name.
        origin: The table, and the first record.
        severity: A doubt about figures is a warning; one that leaves money out of them is an error.
    """

    code: str
    text: str
    values: Mapping[str, Told]
    origin: Origin
    severity: Severity = Severity.WARNING

    def said(self, words: Words) -> str:
        """The sentence in the given words."""

        def shown(value: Told) -> str:
            match value:
                case Money():
                    return words.money(value)
                case int():
                    return words.number(value)
            return value

        return words(self.text, **{name: shown(value) for name, value in self.values.items()})

    @property
    def problem(self) -> Problem:
        """The doubt as a problem, in English."""
        return Problem(
            code=self.code, message=self.said(words_of("en")), origin=self.origin, severity=self.severity
        )
