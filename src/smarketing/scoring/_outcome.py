"""What is learned from: how a lead turned out, and when that happened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import attrs
import narwhals.stable.v2 as nw

from smarketing.errors import InvalidTermsError, did_you_mean
from smarketing.facts import Outcome, Verdict
from smarketing.frames import Frames, distinct_values

__all__ = ["LeadOutcome"]

_LEAD, _AT = "lead_id", "smk_outcome_at"


@attrs.frozen
class LeadOutcome:
    """How a lead turned out well. Made by one of its class methods.

    Attributes:
        kind: What kind of fact says so.
        words: The stages or verdicts that count; none for deals and orders.

    Example:
        >>> LeadOutcome.reached("customer"), LeadOutcome.won().words
        (LeadOutcome(kind='stage', words=('customer',)), ())
    """

    kind: Literal["stage", "deal", "order", "answer"]
    words: tuple[str, ...] = ()

    @classmethod
    def reached(cls, *stages: str) -> LeadOutcome:
        """The lead entered one of these stages, in the funnel's own words.

        Raises:
            InvalidTermsError: No stage is named.
        """
        if not stages:
            raise InvalidTermsError("say which stage the lead has to reach, such as 'customer'")
        return cls("stage", stages)

    @classmethod
    def won(cls) -> LeadOutcome:
        """A deal that came from the lead was won."""
        return cls("deal")

    @classmethod
    def ordered(cls) -> LeadOutcome:
        """The lead placed an order, as in a store."""
        return cls("order")

    @classmethod
    def answered(cls, *verdicts: Verdict | str) -> LeadOutcome:
        """Sales gave one of these answers; by default that it accepted the lead.

        Raises:
            InvalidTermsError: There is no such verdict.
        """
        known = [verdict.value for verdict in Verdict]
        for each in verdicts:
            if each not in known:
                hint = did_you_mean(str(each), known) or f"; there are {', '.join(known)}"
                raise InvalidTermsError(f"sales gives no answer {each!r}{hint}")
        return cls("answer", tuple(Verdict(each).value for each in verdicts or (Verdict.ACCEPTED,)))

    def never_seen(self, known: Frames) -> str:
        """That none of the stages was ever entered, by frames of a moment, as a sentence; blank otherwise."""
        if self.kind != "stage":
            return ""
        entered = sorted(distinct_values(known.select("stage_entries", ["stage"]), "stage"))
        if not set(self.words).isdisjoint(entered):
            return ""
        hints = "".join(did_you_mean(word, entered) for word in self.words)
        there = hints or f"; there are {', '.join(entered) or 'none'}"
        return f"No lead ever entered a stage {' or '.join(map(repr, self.words))}{there}"

    def rows(self, known: Frames) -> nw.LazyFrame[Any]:
        """When each lead first turned out so, by frames of a moment: `lead_id`, `smk_outcome_at`."""
        if self.kind == "deal":
            return _first(_won(known))
        table, column = {
            "stage": ("stage_entries", "stage"),
            "order": ("orders", None),
            "answer": ("feedbacks", "verdict"),
        }[self.kind]
        rows = known.select(table, [_LEAD, "occurred_at", *([column] if column else [])])
        return _first(rows.filter(_is_one_of(column, self.words)) if column else rows)


def _is_one_of(column: str, words: Iterable[str]) -> nw.Expr:
    asked = list(words)
    return nw.col(column).is_in(asked) if asked else nw.col(column).is_null() & ~nw.col(column).is_null()


def _won(known: Frames) -> nw.LazyFrame[Any]:
    """Deals won, with the lead that the closing names, or else the deal."""
    won = known.select("closings", ["deal_id", _LEAD, "outcome", "occurred_at"])
    won = won.filter(nw.col("outcome") == Outcome.WON.value)
    deals = known.latest("deals", ["deal_id", _LEAD])
    deals = deals.select(nw.col("deal_id").alias("smk_deal"), nw.col(_LEAD).alias("smk_lead"))
    both = won.join(deals, left_on="deal_id", right_on="smk_deal", how="left")
    return both.select(nw.coalesce(_LEAD, "smk_lead").alias(_LEAD), "occurred_at")


def _first(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    rows = rows.filter(~nw.col(_LEAD).is_null())
    return rows.group_by(_LEAD).agg(nw.col("occurred_at").min().alias(_AT))
