"""Whose cost is whose: spends laid on the groups of a loop, to the cent.

What a spend names, it keeps: its campaign, its month, the channel (its own or its campaign's) and the asset.
What it cannot know (the source, persona or owner of those whom it will bring) follows the leads: the spend of
a campaign in a month is divided among the groups in proportion to the leads that it captured in that month.
Where it captured none, the cost stays with the campaign, in the group of what is not known.

A cost that several campaigns share goes to the campaigns first, by the rule that was asked for, and from
there like their own. Every division is by largest remainders, so the groups add up to what was spent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from smarketing.closed_loop._counts import Cells, Key
from smarketing.closed_loop._loop_rows import blank_of
from smarketing.closed_loop._loop_terms import SharedBy
from smarketing.closed_loop._spend import Piece
from smarketing.estimates import largest_remainder

__all__ = ["Costs"]


@attrs.frozen(kw_only=True, eq=False)
class Costs:
    """How spends are divided among cells.

    Attributes:
        by: The dimensions of the cells' keys, without the month.
        leads: By key, how many leads were captured.
        channels: By campaign, the channel that it says to be in.
        currency: The company's.
        shared_by: The rule for what campaigns share.
    """

    by: tuple[str, ...]
    leads: Mapping[Key, int]
    channels: Mapping[str, str]
    currency: str
    shared_by: SharedBy

    def lay(self, pieces: Sequence[Piece], cells: Cells) -> None:
        """Add the costs to the cells."""
        own = [piece for piece in pieces if not piece.is_shared]
        shared = [part for piece in pieces if piece.is_shared for part in self.parted(piece, own)]
        for piece in [*own, *shared]:
            for key, minor in self.divided(piece):
                cell = cells[key]
                figure = "planned" if piece.is_planned else "spend"
                if piece.currency != self.currency:
                    cell.left_out[figure, piece.currency] += minor
                    continue
                cell.sums[figure] += minor
                if piece.is_shared and not piece.is_planned:
                    cell.sums["shared"] += minor

    def parted(self, piece: Piece, own: Iterable[Piece]) -> list[Piece]:
        """A shared cost as a cost of each campaign that shares it."""
        weights = self._weights(piece, own)
        campaigns = sorted(name for name, weight in weights.items() if weight > 0)
        if not campaigns or piece.currency != self.currency:
            return [attrs.evolve(piece, campaign="", channel="", asset="")]
        parts = largest_remainder(piece.minor, [weights[name] for name in campaigns])
        return [
            attrs.evolve(piece, campaign=name, channel="", asset="", minor=minor)
            for name, minor in zip(campaigns, parts, strict=True)
        ]

    def _weights(self, piece: Piece, own: Iterable[Piece]) -> Counter[str]:
        """What each campaign counts for in the division of a month's shared cost."""
        at = self.by.index("campaign") + 1
        leads: Counter[str] = Counter()
        for key, number in self.leads.items():
            if key[0] == piece.month and key[at]:
                leads[key[at]] += number
        spent: Counter[str] = Counter()
        for other in own:
            is_like = other.currency == piece.currency and not other.is_planned
            if other.month == piece.month and other.campaign and is_like:
                spent[other.campaign] += max(other.minor, 0)
        match self.shared_by:
            case SharedBy.LEADS:
                return leads
            case SharedBy.SPEND:
                return spent
        return Counter(dict.fromkeys([*leads, *spent], 1))

    def divided(self, piece: Piece) -> Iterator[tuple[Key, int]]:
        """A cost of one campaign by the keys that it falls on."""
        fixed = self._fixed(piece)
        if len(fixed) == len(self.by):
            yield (piece.month, *(fixed[name] for name in self.by)), piece.minor
            return
        keys = self.candidates(piece, fixed)
        if not keys:
            rest = (fixed.get(name, blank_of(name)) for name in self.by)
            yield (piece.month, *rest), piece.minor
            return
        parts = largest_remainder(piece.minor, [self.leads[key] for key in keys])
        yield from zip(keys, parts, strict=True)

    def candidates(self, piece: Piece, fixed: Mapping[str, str]) -> list[Key]:
        """The keys with leads of the campaign in the month, that agree with what the spend names."""
        wanted = {self.by.index(name) + 1: value for name, value in fixed.items()}
        keys = self._by_campaign.get((piece.month, piece.campaign), ())
        return [key for key in keys if all(key[at] == value for at, value in wanted.items())]

    @cached_property
    def _by_campaign(self) -> dict[tuple[int, str], list[Key]]:
        """The keys with leads, by month and campaign, in order."""
        at = self.by.index("campaign") + 1
        found: dict[tuple[int, str], list[Key]] = {}
        for key in sorted(key for key, number in self.leads.items() if number):
            found.setdefault((key[0], key[at]), []).append(key)
        return found

    def _fixed(self, piece: Piece) -> dict[str, str]:
        """What the spend itself names, of the dimensions."""
        fixed = {"campaign": piece.campaign}
        channel = piece.channel or self.channels.get(piece.campaign, "")
        if "channel" in self.by and channel:
            fixed["channel"] = channel
        if "asset" in self.by and piece.asset:
            fixed["asset"] = piece.asset
        return fixed
