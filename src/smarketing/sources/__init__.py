"""Who began the relationship: they sought us, we sought them, or somebody referred them.

The source of a lead is the best predictor of how long its deals stay in the pipeline and of whether it
becomes a happy customer. It is independent of channel and of stage, and CRMs rarely record it: they hold
words such as "organic" or "cold call", which are weak evidence. So a company writes ordered `SourceRules`
that read those words. The first rule that matches wins and is kept beside the answer, so that everybody can
see why.

Unknown is an answer too, with its reason. Nothing is guessed from a blank.
"""

from __future__ import annotations

from smarketing.sources._rules import SourceRule, SourceRules, SourceVerdict
from smarketing.sources._source import LeadSource, Playbook, UnknownReason
from smarketing.sources._words import RULE_FIELDS, UNKNOWN_WORDS

__all__ = [
    "RULE_FIELDS",
    "UNKNOWN_WORDS",
    "LeadSource",
    "Playbook",
    "SourceRule",
    "SourceRules",
    "SourceVerdict",
    "UnknownReason",
]
