"""Who began the relationship: rules from raw words, first match wins, unknown has its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import InvalidTermsError
from smarketing.sources import (
    RULE_FIELDS,
    UNKNOWN_WORDS,
    LeadSource,
    SourceRule,
    SourceRules,
    UnknownReason,
)

RULES = SourceRules(
    [
        SourceRule("referral", {"referred_by": "*"}),
        SourceRule("search", {"source_raw": ("cold *", "outbound"), "channel": ("phone", "e-mail")}),
        SourceRule("seeker", {"source_raw": ("*search*", "direct")}),
        SourceRule("search", {"utm_medium": "*search*"}),
    ]
)

WORDS = st.sampled_from(
    [
        "",
        " ",
        "unknown",
        "N/A",
        "Cold call",
        "OUTBOUND",
        "outbound",
        "phone",
        "Paid Search",
        "x",
        "direct",
        "D-1",
    ]
)
ROWS = st.dictionaries(st.sampled_from(RULE_FIELDS), st.none() | WORDS)


def codes(error: pytest.ExceptionInfo[InvalidTermsError]) -> dict[str | None, str]:
    """The code of each fault, by its place."""
    return {problem.origin.field: problem.code for problem in error.value.problems}


def test_the_first_rule_that_matches_wins_and_is_kept() -> None:
    """Order decides, and the verdict says which rule it was."""
    verdict = RULES.classify({"source_raw": "Organic search", "referred_by": "P-7"})
    assert (verdict.source, verdict.rule_index, verdict.reason) == (LeadSource.REFERRAL, 0, None)
    assert verdict.rule is RULES.rules[0]


def test_every_field_of_a_rule_has_to_match() -> None:
    """One half of a condition is not the condition."""
    assert RULES.classify({"source_raw": "cold lead", "channel": "phone"}).source is LeadSource.SEARCH
    assert RULES.classify({"source_raw": "cold lead", "channel": "fax"}).source is LeadSource.UNKNOWN
    assert RULES.classify({"source_raw": "cold lead"}).source is LeadSource.UNKNOWN


def test_words_are_compared_folded_and_without_surrounding_space() -> None:
    """How somebody typed a word makes no difference."""
    assert RULES.classify({"source_raw": " \u00a0ＤＩＲＥＣＴ "}).source is LeadSource.SEEKER


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "blank"),
        ({"source_raw": None, "channel": "  "}, "blank"),
        ({"source_raw": "Unknown"}, "said_unknown"),
        ({"source_raw": "(not set)", "channel": "fax"}, "said_unknown"),
        ({"source_raw": "carrier pigeon"}, "unmatched"),
        ({"source_raw": "", "channel": "fax"}, "unmatched"),
        ({"utm_campaign": "spring"}, "blank"),
    ],
)
def test_three_reasons_for_one_unknown(row: dict[str, str | None], reason: str) -> None:
    """A blank, a raw "unknown" and a word that no rule knows are told apart; fields not read say nothing."""
    verdict = RULES.classify(row)
    assert (verdict.source, verdict.rule, verdict.reason) == (LeadSource.UNKNOWN, None, UnknownReason(reason))


@pytest.mark.parametrize("word", ["", "  ", *UNKNOWN_WORDS, "UNKNOWN "])
def test_unknown_never_matches(word: str) -> None:
    """Not even the pattern for anything matches a blank or an unknown word."""
    rules = SourceRules([SourceRule("seeker", {"channel": "*"})])
    assert rules.classify({"channel": word}).source is LeadSource.UNKNOWN
    assert rules.matching(0, "channel", [word, None]) == frozenset()


@given(st.lists(ROWS, max_size=20))
def test_matching_distinct_values_gives_the_same_source_as_one_record(
    rows: list[dict[str, str | None]],
) -> None:
    """The bulk reading (sets of values per rule and field) and the reading of one record agree."""
    distinct = {field: {row.get(field) for row in rows} for field in RULE_FIELDS}
    sets = [
        {field: RULES.matching(index, field, distinct[field]) for field in rule.when}
        for index, rule in enumerate(RULES.rules)
    ]
    for row in rows:
        matched = (
            i for i, fields in enumerate(sets) if all(row.get(f) in found for f, found in fields.items())
        )
        assert RULES.classify(row).rule_index == next(matched, None)


@given(ROWS)
def test_a_source_is_known_or_has_a_reason(row: dict[str, str | None]) -> None:
    """Never both and never neither."""
    verdict = RULES.classify(row)
    assert (
        (verdict.reason is None) == (verdict.rule is not None) == (verdict.source is not LeadSource.UNKNOWN)
    )


def test_all_faults_of_a_table_are_told_at_once_with_their_places() -> None:
    """They can be mended in one go."""
    with pytest.raises(InvalidTermsError) as error:
        SourceRules(
            [
                SourceRule("unknown", {"source_raw": "other"}),
                SourceRule("seeker", {}),
                SourceRule("seeker", {"chanel": "web"}),
                SourceRule("seeker", {"channel": (), "utm_source": " ", "utm_medium": ("cpc", "(None)")}),
            ]
        )
    assert codes(error) == {
        "sources.rules[0].source": "rule-for-unknown",
        "sources.rules[1].when": "no-condition",
        "sources.rules[2].when.chanel": "unknown-field",
        "sources.rules[3].when.channel": "no-pattern",
        "sources.rules[3].when.utm_source": "blank-pattern",
        "sources.rules[3].when.utm_medium": "pattern-is-unknown-word",
    }
    assert "did you mean 'channel'?" in str(error.value)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"channel": "web"}, {"channel": "WEB"}),
        ({"channel": "*"}, {"channel": "web"}),
        ({"channel": ("we*", "*x")}, {"channel": ("web*", "a?x")}),
        ({"channel": "web"}, {"channel": "web", "utm_medium": "cpc"}),
    ],
)
def test_a_rule_that_is_never_reached_is_a_fault(earlier: dict[str, str], later: dict[str, str]) -> None:
    """An earlier rule that takes all that it would match makes a rule dead."""
    with pytest.raises(InvalidTermsError) as error:
        SourceRules([SourceRule("seeker", earlier), SourceRule("search", later)])
    assert codes(error) == {"sources.rules[1]": "rule-never-reached"}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"channel": "web"}, {"channel": ("web", "site")}),
        ({"channel": "web", "utm_medium": "cpc"}, {"channel": "web"}),
        ({"channel": "a?"}, {"channel": "a*"}),
        ({"channel": "web"}, {"utm_medium": "web"}),
    ],
)
def test_a_rule_that_can_still_be_reached_is_no_fault(earlier: dict[str, str], later: dict[str, str]) -> None:
    """A narrower rule may stand before a wider one."""
    assert len(SourceRules([SourceRule("seeker", earlier), SourceRule("search", later)]).rules) == 2


GLOBS = st.text(st.sampled_from("ab*?"), min_size=1, max_size=4)


@given(GLOBS, GLOBS, st.text(st.sampled_from("ab"), min_size=1, max_size=5))
def test_no_rule_is_called_unreachable_that_could_be_reached(wide: str, narrow: str, word: str) -> None:
    """What the later pattern of a refused pair matches, the earlier one matches too."""
    bounds = SourceRules([SourceRule("seeker", {"channel": wide})], unknown_words=())
    inner = SourceRules([SourceRule("search", {"channel": narrow})], unknown_words=())
    try:
        SourceRules([*bounds.rules, *inner.rules], unknown_words=())
    except InvalidTermsError:
        row = {"channel": word}
        assert inner.classify(row).rule is None or bounds.classify(row).rule is not None


def test_an_empty_table_leaves_every_word_unmatched() -> None:
    """No rules, no guesses."""
    assert SourceRules([]).classify({"source_raw": "direct"}).reason is UnknownReason.UNMATCHED
    assert SourceRules([]).fields == ("source_raw",)


@pytest.mark.parametrize(
    ("row", "source"),
    [
        ({"source_raw": "Organic Search"}, "seeker"),
        ({"source_raw": "tráfico directo"}, "seeker"),
        ({"source_raw": "Employee Referral"}, "referral"),
        ({"source_raw": "Cold Call"}, "search"),
        ({"source_raw": "email", "referred_by": "L-9"}, "referral"),
        ({"channel": "outbound"}, "search"),
        ({"utm_source": "google", "utm_medium": "cpc"}, "seeker"),
        ({"utm_source": "partner.example", "utm_medium": "referral"}, "seeker"),
        ({"source_raw": "email"}, "unknown"),
        ({"source_raw": "other"}, "unknown"),
        ({"source_raw": "display"}, "unknown"),
    ],
)
def test_the_default_table_reads_common_words_and_guesses_nothing(row: dict[str, str], source: str) -> None:
    """Words that do not tell who began stay unknown."""
    assert SourceRules.default().classify(row).source == source


@pytest.mark.parametrize("source", LeadSource)
def test_every_source_has_a_label_and_a_playbook(source: LeadSource) -> None:
    """There is advice for whatever the answer is."""
    assert source.label
    assert source.playbook.began
    assert source.playbook.nature
    assert source.playbook.advice
