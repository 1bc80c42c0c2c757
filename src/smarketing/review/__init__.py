"""The review: the page that both departments read together, made of everything the rooms below measure.

It holds what happened (frames) against what was promised (the agreement): the funnel and who owns each
stage, the three sources, channels and campaigns, what was sold by whom, and targets reached or missed. What
is wrong in the data stands on the same page, because perception and reality part there first.
"""

from __future__ import annotations

from smarketing.review._attainment import Attainment
from smarketing.review._check import check_agreed
from smarketing.review._review import Review, review_period

__all__ = ["Attainment", "Review", "check_agreed", "review_period"]
