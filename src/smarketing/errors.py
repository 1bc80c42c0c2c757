"""The errors that smarketing raises, and when.

Faults in people's *data* are values (`Problem`): reading goes on and nothing is lost.
Faults in *code* or in *terms* are exceptions, all of one tree:

    SmarketingError
    ├── InvalidFactError      a fact that contradicts itself, or a naive instant        (ValueError)
    ├── InvalidTermsError     an agreement, mapping or calendar that cannot be used     (ValueError)
    ├── InvalidFramesError    a table whose columns cannot be read as facts             (ValueError)
    ├── UnreadableFileError   a file that cannot be read as what it claims to be        (ValueError)
    ├── UnlikeCurrenciesError two currencies met without a rate                         (ValueError)
    ├── IllegalMoveError      a lead or deal was asked to move where its funnel forbids (ValueError)
    ├── UnknownNameError      a name that nothing answers to, or two answer to          (LookupError)
    ├── StoreError            a store could not do it: nothing was kept, try it again   (RuntimeError)
    │   └── StaleRevisionError   somebody else has written the agreement meanwhile
    └── MissingExtraError     an optional dependency is not installed                   (ImportError)

Terms and frames are checked as a whole: those errors carry *every* fault in `problems`, each with its
place and a suggestion, not only the first.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smarketing.origin import Problem

T = TypeVar("T")

__all__ = [
    "IllegalMoveError",
    "InvalidFactError",
    "InvalidFramesError",
    "InvalidTermsError",
    "MissingExtraError",
    "SmarketingError",
    "StaleRevisionError",
    "StoreError",
    "UnknownNameError",
    "UnlikeCurrenciesError",
    "UnreadableFileError",
    "checked_kind",
    "did_you_mean",
]


class SmarketingError(Exception):
    """The root of the tree: `except SmarketingError` catches all that the library raises itself."""


class InvalidFactError(SmarketingError, ValueError):
    """A fact that contradicts itself, or that carries an instant without a time zone."""


class _ManyProblemsError(SmarketingError, ValueError):
    """An error that lists every problem found, so that they can be mended in one go."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join([message, *(f"  - {problem}" for problem in self.problems)]))


class InvalidTermsError(_ManyProblemsError):
    """Terms (an agreement, a mapping, a calendar, a funnel) that cannot be used as written."""


class InvalidFramesError(_ManyProblemsError):
    """Tables whose columns cannot be read as facts."""


class UnreadableFileError(_ManyProblemsError):
    """A file that cannot be read as what it claims to be."""


class UnlikeCurrenciesError(SmarketingError, ValueError):
    """Two currencies met where no dated rate between them was given."""


class IllegalMoveError(SmarketingError, ValueError):
    """A lead or deal was asked to move where its funnel does not allow it to."""


class UnknownNameError(SmarketingError, LookupError):
    """A name that nothing answers to, or that two packages answer to."""


class StoreError(SmarketingError, RuntimeError):
    """A store could not do what was asked: nothing of the unit was kept, and it can be tried again."""


class StaleRevisionError(StoreError):
    """An agreement was to replace a revision that is no longer the last one: read it again first."""


class MissingExtraError(SmarketingError, ImportError):
    """An optional dependency is not installed.

    Example:
        >>> print(MissingExtraError("charts", "drawing charts", "vl_convert"))
        drawing charts needs vl_convert, which is not installed: pip install "smarketing[charts]"
    """

    def __init__(self, extra: str, purpose: str, package: str) -> None:
        self.extra = extra
        super().__init__(
            f'{purpose} needs {package}, which is not installed: pip install "smarketing[{extra}]"'
        )


def checked_kind(given: object, kind: type[T], field: str, hint: str) -> T:
    """The very thing that was given, so that another in its place is told so by name.

    Raises:
        InvalidTermsError: It is something else; what it holds is not shown.

    Example:
        >>> checked_kind(None, int, "width", "say how many characters")
        Traceback (most recent call last):
        ...
        smarketing.errors.InvalidTermsError: width takes int, not NoneType: say how many characters
    """
    if not isinstance(given, kind):
        raise InvalidTermsError(f"{field} takes {kind.__name__}, not {type(given).__name__}: {hint}")
    return given


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The tail of an error message that names the nearest known word, or nothing.

    Example:
        >>> "no stage 'leed'" + did_you_mean("leed", ["prospect", "lead"])
        "no stage 'leed' (did you mean 'lead'?)"
        >>> did_you_mean("zzz", ["prospect", "lead"])
        ''
    """
    names = {str(name).casefold(): str(name) for name in known}  # members of an enumeration too
    nearest = get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f" (did you mean {names[nearest[0]]!r}?)" if nearest else ""
