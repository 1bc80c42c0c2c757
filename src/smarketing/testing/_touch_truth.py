"""What is true of the example company's touches: which channel reaches whom, and what it adds.

Some leads are eager: they look for the company themselves, and buy more often whatever it does. A channel
that reaches mostly the eager ones is seen before many sales and is the cause of few. Each channel convinces a
part of those whom nothing else has convinced (a noisy or):

    P(sale | eager, channels) = 1 − (1 − chance) · Π (1 − effect)

Who is sold to is drawn elsewhere, with all else that is true in the company. So touches are drawn *given* the
outcome, by Bayes' rule: what the touches and the outcomes say together is just what such a world would say.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from math import prod

import attrs

from smarketing.errors import UnknownNameError, did_you_mean

__all__ = ["ChannelTruth", "TouchTruth", "World"]


@attrs.frozen(kw_only=True)
class ChannelTruth:
    """One channel.

    Attributes:
        name: Its name.
        reach: The part of the leads that it reaches, of those who are not eager.
        eager_reach: The same of the eager ones.
        effect: The part of those it reaches whom it convinces, of those whom nothing else has: 0 for one that
            only stands by.
        place: Where in a journey it stands: 0 at the beginning, 1 at the end.
        kind: What its touches are called.
    """

    name: str
    reach: float
    eager_reach: float
    effect: float
    place: float
    kind: str


_CHANNELS = (
    ChannelTruth(name="display", reach=0.45, eager_reach=0.45, effect=0.012, place=0.1, kind="ad_viewed"),
    ChannelTruth(name="social", reach=0.35, eager_reach=0.35, effect=0.025, place=0.25, kind="post_viewed"),
    ChannelTruth(name="webinar", reach=0.10, eager_reach=0.10, effect=0.15, place=0.5, kind="attended"),
    ChannelTruth(name="email", reach=0.40, eager_reach=0.55, effect=0.02, place=0.6, kind="email_clicked"),
    ChannelTruth(
        name="paid search", reach=0.15, eager_reach=0.65, effect=0.005, place=0.9, kind="ad_clicked"
    ),
    ChannelTruth(name="direct", reach=0.20, eager_reach=0.85, effect=0.0, place=1.0, kind="page_viewed"),
)

World = tuple[bool, tuple[bool, ...]]
"""Whether a lead is eager, and which channels reached it."""


@attrs.frozen(kw_only=True)
class TouchTruth:
    """Everything that the touches were drawn from.

    Attributes:
        channels: One for each channel.
        eager_share: The part of the leads that are eager.
        chance: How often a lead buys that no channel has convinced.
        eager_chance: The same of an eager one.

    Example:
        >>> truth = TouchTruth()
        >>> truth.incremental_share("direct"), truth.incremental_share("webinar") > 0.15
        (0.0, True)
    """

    channels: tuple[ChannelTruth, ...] = _CHANNELS
    eager_share: float = 0.25
    chance: float = 0.01
    eager_chance: float = 0.10

    def __getitem__(self, name: str) -> ChannelTruth:
        return self.channels[self._place(name)]

    def _place(self, name: str) -> int:
        names = [channel.name for channel in self.channels]
        if name not in names:
            raise UnknownNameError(f"no channel {name!r}{did_you_mean(name, names)}")
        return names.index(name)

    def prior(self, world: World) -> float:
        """The probability of a lead's world, before anything is known of it."""
        is_eager, reached = world
        share = self.eager_share if is_eager else 1 - self.eager_share
        rates = [channel.eager_reach if is_eager else channel.reach for channel in self.channels]
        return share * prod(rate if hit else 1 - rate for rate, hit in zip(rates, reached, strict=True))

    def sale(self, world: World) -> float:
        """The probability of a sale in a world."""
        is_eager, reached = world
        chance = self.eager_chance if is_eager else self.chance
        unmoved = prod(1 - channel.effect for channel, hit in zip(self.channels, reached, strict=True) if hit)
        return 1 - (1 - chance) * unmoved

    @cached_property
    def worlds(self) -> tuple[World, ...]:
        """Every world that there can be."""
        reached = list(product((False, True), repeat=len(self.channels)))
        return tuple((is_eager, hits) for is_eager in (False, True) for hits in reached)

    def given(self, *, sold: bool) -> tuple[float, ...]:
        """The probability of each world, given the outcome (Bayes)."""
        likely = [
            self.prior(world) * (self.sale(world) if sold else 1 - self.sale(world)) for world in self.worlds
        ]
        total = sum(likely)
        return tuple(each / total for each in likely)

    def incremental_share(self, *names: str) -> float:
        """The part of the sales that there would not be without some channels.

        Raises:
            UnknownNameError: There is no such channel.
        """
        places = {self._place(name) for name in names}
        lost = 0.0
        for weight, (is_eager, reached) in zip(self.given(sold=True), self.worlds, strict=True):
            without = tuple(hit and place not in places for place, hit in enumerate(reached))
            lost += weight * (1 - self.sale((is_eager, without)) / self.sale((is_eager, reached)))
        return lost

    @property
    def anyway_share(self) -> float:
        """The part of the sales that there would be without any channel."""
        return 1 - self.incremental_share(*(channel.name for channel in self.channels))
