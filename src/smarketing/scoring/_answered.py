"""What sales answered marketing about leads, as rows; what names only a deal is about the deal's lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from smarketing.frames import Frames

__all__ = ["answers_of"]

_LEAD = "lead_id"


def answers_of(known: Frames, columns: Sequence[str], verdicts: Sequence[str]) -> nw.LazyFrame[Any]:
    """The answers of some verdicts: `lead_id` and the columns. Reports to whoever referred are no answers."""
    read = list(dict.fromkeys([_LEAD, "deal_id", "verdict", "addressee", *columns]))
    rows = known.select("feedbacks", read)
    to_marketing = nw.col("addressee").fill_null("marketing").is_in(["", "marketing"])
    rows = rows.filter(nw.col("verdict").is_in(sorted(verdicts)), to_marketing)
    deals = known.latest("deals", ["deal_id", _LEAD])
    deals = deals.select(nw.col("deal_id").alias("smk_deal"), nw.col(_LEAD).alias("smk_lead"))
    rows = rows.join(deals, left_on="deal_id", right_on="smk_deal", how="left")
    rows = rows.select(nw.coalesce(_LEAD, "smk_lead").alias(_LEAD), *columns)
    return rows.filter(~nw.col(_LEAD).is_null())
