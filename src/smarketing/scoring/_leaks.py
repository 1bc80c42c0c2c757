"""Fields that tell too much: known only once the outcome is, and so worth nothing before it.

A field that alone foretells the outcome almost perfectly, or better than all others together, is more often a
trace of the outcome than its cause: the length of the call in which somebody said yes, the date of the
invoice. Such a field is named, left out, and asked about; whoever knows it to be known in time trusts it.
Touches are dated, and those after the look are not seen: of them only what is almost perfect is asked about.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from smarketing.estimates import auc
from smarketing.scoring._bins import TOUCHES, Bins
from smarketing.scoring._fitted import Columns, Split, fit_points

__all__ = ["Leak", "leaks_of"]

_ALMOST_PERFECT = 0.95
_FINE = 1e6  # points so fine that rounding does not matter
_ROUGH = 0.01  # how far from the best fit may be where only the ranking matters
_STRONG = 0.75
"""A field below this is not asked about, however poor the others are."""


@attrs.frozen(kw_only=True)
class Leak:
    """A field that is suspected to know the outcome.

    Attributes:
        field: Which one; of touches, "touches: " and their kind.
        alone: How well it alone tells the held-out leads apart, as an AUC.
        others: How well all other fields do together; None where they were not asked.
    """

    field: str
    alone: float
    others: float | None

    @property
    def question(self) -> str:
        """What to ask whoever knows the field."""
        if self.others is None:
            why = f"foretells the outcome almost perfectly by itself (AUC {self.alone:.3f})"
        else:
            why = (
                f"foretells the outcome better by itself (AUC {self.alone:.3f}) "
                f"than all other fields together ({self.others:.3f})"
            )
        return (
            f"{self.field} {why}: is it known before the outcome is? It was left out; "
            f"if it is known in time, say trusted=[{self.field!r}]"
        )


def leaks_of(
    bins: Sequence[Bins],
    columns: Columns,
    split: Split,
    outcomes: Sequence[bool],
    *,
    ridge: float,
    trusted: frozenset[str],
) -> tuple[Leak, ...]:
    """The fields that tell too much, the most telling first."""
    learned, tried = ([outcomes[n] for n in part] for part in (split.train, split.held_out))

    def ranked(some: Sequence[Bins]) -> float:
        fitted = fit_points(some, columns, split.train, learned, ridge=ridge, factor=_FINE, tolerance=_ROUGH)
        found = auc(fitted.totals(columns, split.held_out), tried)
        return 0.5 if found is None else found.share

    alone = {each.name: ranked([each]) for each in bins}
    found: list[Leak] = []
    left = list(bins)
    for name, share in sorted(alone.items(), key=lambda pair: (-pair[1], pair[0])):
        if share < _STRONG:
            break
        others = [each for each in left if each.name != name]
        is_dated = name.startswith(TOUCHES)  # a touch counts only if it was there in time
        if name in trusted or (share < _ALMOST_PERFECT and (is_dated or not others)):
            continue
        together = None if share >= _ALMOST_PERFECT else ranked(others)
        if together is None or share > together:
            found.append(Leak(field=name, alone=share, others=together))
            left = others
    return tuple(found)
