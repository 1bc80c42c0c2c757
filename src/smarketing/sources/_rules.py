"""Ordered rules from raw words to sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from smarketing.errors import InvalidTermsError
from smarketing.sources._faults import rule_faults
from smarketing.sources._source import LeadSource, UnknownReason
from smarketing.sources._words import (
    REFERRED,
    RULE_FIELDS,
    SOUGHT_US,
    UNKNOWN_WORDS,
    WE_SOUGHT,
    WEB_MEDIUMS,
    comparable,
)
from smarketing.text import matches_glob

if TYPE_CHECKING:
    from collections.abc import Iterable


def _patterns(when: Mapping[str, str | Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {field: (given,) if isinstance(given, str) else tuple(given) for field, given in when.items()}


@attrs.frozen
class SourceRule:
    """One line of the table: where these words are found, that is the source.

    Attributes:
        source: What the rule concludes.
        when: Patterns (globs) by field. Every field has to match, each with any one of its patterns; "*" is
            anything but a blank or an unknown word.
        note: Why, for people.

    Example:
        >>> print(SourceRule("seeker", {"channel": ("organic*", "seo"), "utm_medium": "cpc"}))
        seeker when channel is organic* or seo, and utm_medium is cpc
    """

    source: LeadSource = attrs.field(converter=LeadSource)
    when: Mapping[str, tuple[str, ...]] = attrs.field(converter=_patterns, hash=False)
    note: str = ""

    def __str__(self) -> str:
        conditions = (f"{field} is {' or '.join(patterns)}" for field, patterns in self.when.items())
        return f"{self.source} when {', and '.join(conditions)}"


@attrs.frozen(kw_only=True)
class SourceVerdict:
    """The source of one lead, and why.

    Attributes:
        source: Who began the relationship.
        rule: The rule that matched; None where the source is unknown.
        rule_index: Its place in the table, counted from 0.
        reason: Why the source is unknown; None where it is known.
    """

    source: LeadSource
    rule: SourceRule | None = None
    rule_index: int | None = None
    reason: UnknownReason | None = None


def _tuple_of_rules(rules: Iterable[SourceRule]) -> tuple[SourceRule, ...]:
    return tuple(rules)


def _tuple_of_words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(words)


@attrs.frozen
class SourceRules:
    """Ordered rules from raw words to sources: the first that matches wins.

    Words are compared folded and without the space around them. A blank and an unknown word match no rule.

    Attributes:
        rules: In the order in which they are tried.
        unknown_words: Whole words that say "not known".

    Raises:
        InvalidTermsError: With every fault at once, a rule that can never be reached included.

    Example:
        >>> rules = SourceRules([
        ...     SourceRule("referral", {"referred_by": "*"}),
        ...     SourceRule("seeker", {"source_raw": ("organic*", "paid search")}),
        ... ])
        >>> rules.classify({"source_raw": "Organic Search"}).source
        <LeadSource.SEEKER: 'seeker'>
        >>> [rules.classify({"source_raw": word}).reason.value for word in (None, "Unknown", "pigeon post")]
        ['blank', 'said_unknown', 'unmatched']
    """

    rules: tuple[SourceRule, ...] = attrs.field(converter=_tuple_of_rules)
    unknown_words: tuple[str, ...] = attrs.field(default=UNKNOWN_WORDS, converter=_tuple_of_words)

    def __attrs_post_init__(self) -> None:
        if problems := list(rule_faults(self)):
            raise InvalidTermsError("the rules for lead sources cannot be used as written:", problems)

    @classmethod
    def default(cls) -> SourceRules:
        """A table for the words that CRMs and web analytics commonly use, to start from and to correct.

        These words are weak evidence. Words that do not tell who began ("e-mail", "display", "event",
        "other") are left unmatched on purpose.
        """
        return cls(_DEFAULT_RULES)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields that are read, `source_raw` always, in the order of `RULE_FIELDS`."""
        read = {"source_raw"}.union(*(rule.when for rule in self.rules))
        return tuple(field for field in RULE_FIELDS if field in read)

    def classify(self, values: Mapping[str, str | None]) -> SourceVerdict:
        """The source of one lead or deal.

        Args:
            values: Raw words by field; fields that are missing or that no rule reads make no difference.

        Returns:
            The verdict. If no rule matches, the first of `fields` that is not blank gives the reason.
        """
        words = {field: word for field in self.fields if (word := self._word(values.get(field)))}
        for index, (rule, predicates) in enumerate(zip(self.rules, self._predicates, strict=True)):
            if all(field in words and holds(words[field]) for field, holds in predicates.items()):
                return SourceVerdict(source=rule.source, rule=rule, rule_index=index)
        blank = UnknownReason.BLANK
        reasons = (self.reason_of(values.get(field)) for field in self.fields)
        reason = next((reason for reason in reasons if reason is not blank), blank)
        return SourceVerdict(source=LeadSource.UNKNOWN, reason=reason)

    def matching(self, rule_index: int, field: str, values: Iterable[str | None]) -> frozenset[str]:
        """Those of a column's distinct values that satisfy one field of one rule, for use in bulk.

        A row matches the rule iff each field of its `when` holds one of these. Unknown never matches: what is
        blank or an unknown word is left out.

        Raises:
            KeyError: The rule does not read the field.
        """
        holds = self._predicates[rule_index][field]
        return frozenset(value for value in values if value and (word := self._word(value)) and holds(word))

    def reason_of(self, value: str | None) -> UnknownReason:
        """What one raw value says when no rule matches, for use on distinct values in bulk."""
        if value is None or not comparable(value):
            return UnknownReason.BLANK
        return UnknownReason.UNMATCHED if self._word(value) else UnknownReason.SAID_UNKNOWN

    def _word(self, value: str | None) -> str | None:
        """The text that patterns are tried on; None for a blank and for an unknown word."""
        word = comparable(value or "")
        return word if word and word not in self._unknown else None

    @cached_property
    def _unknown(self) -> frozenset[str]:
        return frozenset(map(comparable, self.unknown_words))

    @cached_property
    def _predicates(self) -> tuple[dict[str, Callable[[str], bool]], ...]:
        return tuple(
            {field: _any_of(patterns) for field, patterns in rule.when.items()} for rule in self.rules
        )


def _any_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    given = [comparable(pattern) for pattern in patterns]
    whole = frozenset(given)  # a pattern without wildcards is the word itself, and most are
    globs = [matches_glob(pattern) for pattern in given if "*" in pattern or "?" in pattern]
    return lambda word: word in whole or any(holds(word) for holds in globs)


_DEFAULT_RULES = (
    SourceRule(LeadSource.REFERRAL, {"referred_by": ("*",)}, "The person who referred them is named"),
    SourceRule(LeadSource.REFERRAL, {"source_raw": REFERRED}, "Some systems mean a referring site: check"),
    SourceRule(LeadSource.SEARCH, {"source_raw": WE_SOUGHT}),
    SourceRule(LeadSource.SEEKER, {"source_raw": SOUGHT_US}),
    SourceRule(LeadSource.SEARCH, {"channel": WE_SOUGHT}),
    SourceRule(LeadSource.SEEKER, {"channel": SOUGHT_US}),
    SourceRule(
        LeadSource.SEEKER,
        {"utm_medium": WEB_MEDIUMS},
        "Web analytics; there, a referral is a visit from another site, not a person's word",
    ),
)
