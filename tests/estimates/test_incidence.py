"""Competing risks: counts, risk sets and the Aalen-Johansen curve."""

import math
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.estimates import RiskCounts, cumulative_incidence

AGES = (5, 8, 8, 12, 15, 15, 20, 22, 30, 30, 41, 60)
OUTCOMES = ("lost", "won", "lost", None, "won", "lost", None, "won", "lost", None, "won", None)
TWELVE = [(age, cause, 1) for age, cause in zip(AGES, OUTCOMES, strict=True)]

causes = st.sampled_from(["won", "lost", "withdrawn", None])
# first seen, seen for, outcome
records = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40), causes), max_size=60)


def count(records):
    """The counts of records given as first seen, seen for, outcome."""
    rows = [(entry + stay, cause, 1) for entry, stay, cause in records]
    late = [(entry, 1) for entry, _, _ in records if entry]
    return RiskCounts.from_rows(rows, late_entries=late)


@pytest.mark.parametrize(
    ("age", "at_risk", "survival", "won", "lost"),
    [
        (8, 11, 0.75, 0.0833333333, 0.1666666667),
        (15, 8, 0.5625, 0.1770833333, 0.2604166667),
        (22, 5, 0.45, 0.2895833333, 0.2604166667),
        (30, 4, 0.3375, 0.2895833333, 0.3729166667),
        (41, 2, 0.16875, 0.4583333333, 0.3729166667),
    ],
)
def test_the_worked_table(age, at_risk, survival, won, lost):
    """Twelve deals reproduce the published table, ties included."""
    curve = cumulative_incidence(RiskCounts.from_rows(TWELVE))
    assert curve.at_risk[curve.times.index(age)] == at_risk
    assert curve.survival(at=age) == pytest.approx(survival, abs=1e-10)
    assert curve.incidence("won", at=age) == pytest.approx(won, abs=1e-10)
    assert curve.incidence("lost", at=age) == pytest.approx(lost, abs=1e-10)


def test_treating_lost_as_not_seen_overstates():
    """The classic error, lost counted as censored, says 0.6818 won by day 41 where 0.4583 is right."""
    wrong = [(age, "won" if cause == "won" else None, 1) for age, cause, _ in TWELVE]
    naive = cumulative_incidence(RiskCounts.from_rows(wrong))
    right = cumulative_incidence(RiskCounts.from_rows(TWELVE))
    assert naive.incidence("won", at=41) == pytest.approx(0.6818, abs=5e-5)
    assert right.incidence("won", at=41) == pytest.approx(0.4583, abs=5e-5)


@given(records)
def test_open_and_ended_shares_add_to_one(records):
    """S + the sum of all incidences is 1 at every age, and all of them stay between 0 and 1."""
    curve = cumulative_incidence(count(records))
    for step, survival in enumerate(curve.survivals):
        shares = [curve.incidences[cause][step] for cause in curve.causes]
        assert survival + sum(shares) == pytest.approx(1.0, abs=1e-12)
        assert all(-1e-12 <= share <= 1 + 1e-12 for share in (survival, *shares))


def test_open_and_ended_shares_add_to_one_over_many_ages():
    """Twenty thousand steps do not let the sum drift."""
    counts = RiskCounts.from_rows((age, "abc"[age % 3], 1 + age % 7) for age in range(20_000))
    curve = cumulative_incidence(counts)
    for step in range(0, 20_000, 97):
        total = curve.survivals[step] + sum(column[step] for column in curve.incidences.values())
        assert total == pytest.approx(1.0, abs=1e-12)


@given(records)
def test_the_curve_is_the_definition_taken_record_by_record(records):
    """An exact recursion over plain records, each at risk from first to last seen, gives the same curve."""
    curve = cumulative_incidence(count(records))
    survival, shares = Fraction(1), dict.fromkeys(curve.causes, Fraction(0))
    for age in range(71):
        at_risk = [r for r in records if r[0] <= age <= r[0] + r[1]]
        ends = [cause for entry, stay, cause in at_risk if entry + stay == age and cause]
        for cause in ends:
            shares[cause] += survival / len(at_risk)
        if ends:
            survival *= Fraction(len(at_risk) - len(ends), len(at_risk))
            assert curve.at_risk[curve.times.index(age)] == len(at_risk)
        assert curve.survival(at=age) == pytest.approx(float(survival), abs=1e-12)
        for cause, share in shares.items():
            assert curve.incidence(cause, at=age) == pytest.approx(float(share), abs=1e-12)


@given(records, st.randoms())
def test_the_order_of_rows_does_not_matter(records, random):
    """The same rows in any order are the same counts, to the bit."""
    shuffled = random.sample(records, len(records))
    assert count(records) == count(shuffled)
    assert cumulative_incidence(count(records)) == cumulative_incidence(count(shuffled))


def test_late_entries_agree_with_lifelines():
    """Kaplan-Meier with delayed entry in lifelines 0.30.3, whose entry is our first seen age less one."""
    late = [(4, 2), (12, 2), (21, 2), (31, 1)]
    curve = cumulative_incidence(RiskCounts.from_rows(TWELVE, late_entries=late))
    expected = {5: 6 / 7, 8: 4 / 7, 15: 12 / 35, 22: 9 / 35, 30: 9 * 2 / 105, 41: 9 / 105}
    assert curve.at_risk == (7, 6, 5, 4, 3, 2)
    for age, survival in expected.items():
        assert curve.survival(at=age) == pytest.approx(survival, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["won", "lost"])), min_size=2, max_size=50))
def test_without_censoring_the_variance_is_binomial(records):
    """Where every end is seen, the incidence is a plain share and its variance I (1 - I) / n."""
    curve = cumulative_incidence(RiskCounts.from_rows((age, cause, 1) for age, cause in records))
    for cause in curve.causes:
        for share, variance in zip(curve.incidences[cause], curve.variances[cause], strict=True):
            assert variance == pytest.approx(share * (1 - share) / len(records), abs=1e-12)


def test_the_variance_agrees_with_lifelines():
    """The delta-method variance of lifelines 0.30.3 on the twelve deals, ties moved apart as it needs."""
    apart = dict(zip(range(12), (5, 8, 9, 12, 15, 16, 20, 22, 30, 33, 41, 60), strict=True))
    rows = [(apart[i], cause, 1) for i, (_, cause, _) in enumerate(TWELVE)]
    curve = cumulative_incidence(RiskCounts.from_rows(rows))
    expected = {8: 0.006366, 15: 0.012998, 22: 0.020389, 41: 0.030025}
    for age, variance in expected.items():
        assert curve.variances["won"][curve.times.index(age)] == pytest.approx(variance, abs=5e-7)


@given(records)
def test_a_band_holds_its_curve(records):
    """Where there is a band, it lies in 0 to 1 around the estimate."""
    curve = cumulative_incidence(count(records))
    for cause in curve.causes:
        for age in curve.times:
            band = curve.band(cause, at=age, level=0.8)
            if band is not None:
                assert 0.0 <= band.low <= curve.incidence(cause, at=age) <= band.high <= 1.0


def test_a_band_covers_what_it_promises():
    """Of 400 simulated pipelines, a 90 % band at one age covers the truth about 90 times in 100."""
    random = Random(7)  # noqa: S311 - a simulation
    covered, truth = 0, 0.6 * (1 - math.exp(-1.0))
    for _ in range(400):
        rows = []
        for _ in range(150):
            end, seen = random.expovariate(1 / 60), random.uniform(20, 200)
            cause = "won" if random.random() < 0.6 else "lost"
            rows.append((int(end), cause, 1) if end < seen else (int(seen), None, 1))
        band = cumulative_incidence(RiskCounts.from_rows(rows)).band("won", at=59)
        covered += band is not None and truth in band
    assert 0.86 <= covered / 400 <= 0.94


@given(records, st.integers(-3, 80))
def test_curves_only_rise_and_survival_only_falls(records, age):
    """Step functions of age: flat between the times, monotone over them."""
    curve = cumulative_incidence(count(records))
    assert curve.survival(at=age) >= curve.survival(at=age + 1)
    for cause in curve.causes:
        assert curve.incidence(cause, at=age) <= curve.incidence(cause, at=age + 1)
        if age + 1 not in curve.times:
            assert curve.incidence(cause, at=age) == curve.incidence(cause, at=age + 1)


@given(records, st.floats(0.01, 1.0))
def test_a_quantile_is_the_first_age_that_reaches_the_share(records, share):
    """Reached at the quantile and not before; None where it is never reached."""
    curve = cumulative_incidence(count(records))
    for cause in curve.causes:
        age = curve.quantile(share, cause)
        if age is None:
            assert curve.incidence(cause, at=10**6) < share
        else:
            assert curve.incidence(cause, at=age - 1) < share <= curve.incidence(cause, at=age) + 1e-12


@settings(max_examples=50)
@given(records, st.integers(0, 40), st.integers(0, 40))
def test_conditional_chances_are_those_of_the_records_still_open(records, age, within):
    """What follows an age depends only on records still open after it: starting all there changes nothing."""
    counts = count(records)
    curve = cumulative_incidence(counts)
    later = [(e, s, c) for e, s, c in records if e + s > age]
    assume(later)
    fresh = cumulative_incidence(count([(max(e, age + 1), e + s - max(e, age + 1), c) for e, s, c in later]))
    for cause in fresh.causes:
        chance = curve.conditional(cause, age=age, within=within)
        if chance is None:
            assert curve.survival(at=age) <= 0.0
        else:
            assert chance == pytest.approx(fresh.incidence(cause, at=age + within), abs=1e-9)


def test_nobody_open_means_no_chance_to_state():
    """After the last age seen, or once all have ended, a conditional chance is missing."""
    curve = cumulative_incidence(RiskCounts.from_rows([(5, "won", 3)]))
    assert curve.conditional("won", age=5, within=10) is None
    assert cumulative_incidence(RiskCounts.from_rows(TWELVE)).conditional("won", age=60, within=1) is None


def test_nothing_counted_is_a_flat_curve():
    """No rows: all open for ever, no quantile, no band, and asked-for causes at 0."""
    curve = cumulative_incidence(RiskCounts.from_rows([], causes=["won"]))
    assert curve.times == ()
    assert curve.last_age is None
    assert curve.survival(at=100) == 1.0
    assert curve.incidence("won", at=100) == 0.0
    assert curve.quantile(0.5, "won") is None
    assert curve.band("won", at=100) is None


def test_only_open_records_are_a_flat_curve():
    """Censored records alone move nothing, with and without a cause to ask for."""
    for causes in ([], ["won"]):
        curve = cumulative_incidence(RiskCounts.from_rows([(9, None, 4)], causes=causes))
        assert curve.survival(at=9) == 1.0
        assert curve.last_age == 9


def test_an_unknown_cause_is_named():
    """A cause that nothing ended by is an error with a suggestion, never a silent 0."""
    curve = cumulative_incidence(RiskCounts.from_rows(TWELVE))
    with pytest.raises(UnknownNameError, match="did you mean 'won'"):
        curve.incidence("wom", at=3)


def test_terms_out_of_range_are_refused():
    """Shares, levels and horizons that mean nothing are errors."""
    curve = cumulative_incidence(RiskCounts.from_rows(TWELVE))
    for share in (0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="share"):
            curve.quantile(share, "won")
    with pytest.raises(ValueError, match="level"):
        curve.band("won", at=8, level=90)
    with pytest.raises(ValueError, match="horizon"):
        curve.conditional("won", age=1, within=-1)


def test_rows_and_mappings_are_one():
    """Equal rows add up, and a mapping says the same as its rows."""
    rows = RiskCounts.from_rows([(5, "won", 1), (5, "won", 1), (7, None, 3)], late_entries=[(6, 1)])
    assert rows == RiskCounts.from_mapping({7: {None: 3}, 5: {"won": 2}}, late_entries={6: 1})


def test_counts_that_cannot_be_are_refused():
    """Negative or fractional counts, and late entries that no record can have made, name the fault."""
    with pytest.raises(ValueError, match="0 or more"):
        RiskCounts.from_rows([(-1, "won", 1)])
    with pytest.raises(ValueError, match="0 or more"):
        RiskCounts.from_rows([(1, "won", -1)])
    with pytest.raises(TypeError):
        RiskCounts.from_rows([(1.5, "won", 1)])
    with pytest.raises(ValueError, match="only 1 were given"):
        RiskCounts.from_rows([(9, "won", 1)], late_entries=[(2, 2)])
    with pytest.raises(ValueError, match="at age 5, 1 records"):
        RiskCounts.from_rows([(5, "won", 1), (9, "won", 1)], late_entries=[(7, 2)])


@given(records, st.sets(st.integers(1, 70), max_size=8))
def test_exposure_is_the_sum_of_the_risk_sets(records, cuts):
    """Record-ages by bucket, counted one by one, are what the counts give."""
    starts = [0, *sorted(cuts)]
    expected = [
        sum(max(0, min(end, entry + stay + 1) - max(start, entry)) for entry, stay, _ in records)
        for start, end in pairwise([*starts, 10**9])
    ]
    assert list(count(records).exposure(starts)) == expected
