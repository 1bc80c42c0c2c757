"""Hazards by age and nested group, with shrinkage."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarketing.errors import UnknownNameError
from smarketing.estimates import HazardCell, RiskCounts, ShrunkHazards, cumulative_incidence, fit_hazards

DEFAULT = {"won": 0.004, "lost": 0.006}
SOURCES = ("seeker", "search", "referral")

rows = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["won", "lost", None]), st.integers(0, 30)), max_size=20
)
groups = st.one_of(
    st.sampled_from(SOURCES),
    st.tuples(st.sampled_from(SOURCES)),
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(["demo", "proposal"])),
)
histories = st.dictionaries(groups, rows.map(RiskCounts.from_rows), max_size=6)
weights = st.floats(0, 100)


@given(histories, groups, weights, st.integers(0, 90), st.integers(0, 120))
def test_all_outcomes_add_to_one(history, group, weight, age, within):
    """Won, lost and still open add to 1 for any history, group, age and horizon."""
    hazards = fit_hazards(history, default=DEFAULT, weight=weight, min_ends=5)
    chances = hazards.outcomes(age=age, within=within, group=group)
    assert sum(chances.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(0.0 <= chance <= 1.0 for chance in chances.values())
    assert hazards.probability("won", age=age, within=within, group=group) == chances["won"]


@given(histories, groups, st.integers(0, 60), st.integers(0, 40), st.integers(0, 40))
def test_two_horizons_in_a_row_are_one(history, group, age, first, second):
    """P(a, h1 + h2) = P(a, h1) + S(a, h1) P(a + h1, h2): a horizon can be cut anywhere."""
    hazards = fit_hazards(history, default=DEFAULT, min_ends=5)
    now = hazards.outcomes(age=age, within=first, group=group)
    then = hazards.outcomes(age=age + first, within=second, group=group)
    both = hazards.outcomes(age=age, within=first + second, group=group)
    for cause in ("won", "lost"):
        assert both[cause] == pytest.approx(now[cause] + now[None] * then[cause], abs=1e-12)


@given(histories, groups, weights, st.integers(0, 70), st.integers(1, 60))
def test_every_derivation_line_is_the_formula(history, group, weight, age, within):
    """Each line is (ended + m * parent) / (exposure + m), and its parent the line above or the default."""
    hazards = fit_hazards(history, default=DEFAULT, weight=weight, min_ends=5)
    before = None
    for line in hazards.explain("won", age=age, within=within, group=group):
        assert line.parent == (before.hazard if line.group else DEFAULT["won"])
        if line.exposure:
            formula = (line.ended + line.weight * line.parent) / (line.exposure + line.weight)
            assert line.hazard == pytest.approx(formula, rel=1e-12)
        else:
            assert line.hazard == line.parent
        before = line
    assert before.hazard == hazards.hazard("won", age=age + within, group=group)


def test_without_history_the_default_stands_alone():
    """No counts at all: every group, at every age, has the default hazards."""
    hazards = fit_hazards({}, default=DEFAULT)
    assert hazards.hazard("won", age=500, group=("referral", "demo")) == 0.004
    chances = hazards.outcomes(age=3, within=10)
    assert chances[None] == pytest.approx(0.99**10)
    assert chances["won"] == pytest.approx(0.4 * (1 - 0.99**10))


def history():
    """Referrals that win half their deals, seekers that win one in ten, and a single search deal."""
    random = Random(3)  # noqa: S311 - a simulation
    data = {}
    for source, won_share, size in (("referral", 0.5, 400), ("seeker", 0.1, 2000)):
        for stage in ("demo", "proposal"):
            ends = [
                (random.randrange(20), "won" if random.random() < won_share else "lost", 1)
                for _ in range(size // 2)
            ]
            data[source, stage] = RiskCounts.from_rows(ends)
    data["search"] = RiskCounts.from_rows([(10, None, 1)])
    return data


def test_a_small_group_stands_near_its_parent_and_a_large_one_on_its_own():
    """One open deal says little against all the others; 400 referrals speak for themselves."""
    hazards = fit_hazards(history(), default=DEFAULT)
    everyone = hazards.probability("won", age=0, within=15)
    assert hazards.probability("won", age=0, within=15, group="search") == pytest.approx(everyone, rel=0.1)
    assert hazards.probability("won", age=0, within=15, group="referral") > 1.8 * everyone


def test_an_unseen_group_is_its_nearest_known_parent():
    """A stage or source that history has never seen has the hazards of the group above it, to the bit."""
    hazards = fit_hazards(history(), default=DEFAULT)
    known = hazards.outcomes(age=2, within=9, group="referral")
    assert hazards.outcomes(age=2, within=9, group=("referral", "legal review")) == known
    assert hazards.outcomes(age=2, within=9, group="press") == hazards.outcomes(age=2, within=9)


def test_no_weight_leaves_the_counts_alone():
    """As the weight goes to 0, a hazard is ends over exposure."""
    hazards = fit_hazards(history(), default=DEFAULT, weight=0)
    line = hazards.explain("won", age=0, within=1, group=("referral", "demo"))[-1]
    assert line.hazard == line.ended / line.exposure


def test_a_boundless_weight_leaves_the_default_alone():
    """As the weight grows without end, every cell is its parent's, up to the default."""
    hazards = fit_hazards(history(), default=DEFAULT, weight=1e15)
    assert hazards.hazard("won", age=5, group=("referral", "demo")) == pytest.approx(0.004, rel=1e-9)


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3).filter(any), min_size=1, max_size=20))
def test_without_shrinkage_and_one_age_per_bucket_it_is_aalen_johansen(ages):
    """The limit that must hold: unshrunk hazards at every single age make the estimator's own curve."""
    counts = RiskCounts.from_rows(
        row
        for age, (won, lost, still_open) in enumerate(ages)
        for row in ((age, "won", won), (age, "lost", lost), (age, None, still_open))
    )
    starts = tuple(range(len(ages) + 1))
    cell = HazardCell(
        exposure=counts.exposure(starts), ended={cause: (*ends, 0) for cause, ends in counts.ended.items()}
    )
    hazards = ShrunkHazards(starts=starts, cells={(): cell}, default=DEFAULT, weight=0)
    curve = cumulative_incidence(counts)
    for age in range(-1, len(ages) - 1):
        for within in range(1, len(ages) - age):
            expected = curve.conditional("won", age=age, within=within)
            if expected is not None:
                assert hazards.probability("won", age=age, within=within) == pytest.approx(
                    expected, abs=1e-12
                )


def test_zombies_bring_the_tail_to_zero():
    """Deals open long after the last end ever seen have next to no chance; the more of them, the less."""
    closed = [(age, "won", 10) for age in range(100)]
    chances = []
    for zombies in (0, 10, 150, 100_000):
        counts = RiskCounts.from_rows([*closed, (400, None, zombies)])
        hazards = fit_hazards({"all": counts}, default=DEFAULT)
        assert hazards.starts[-1] == 100
        chances.append(hazards.probability("won", age=200, within=90))
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(0.4 * (1 - 0.99**90))  # nobody was seen there: the default
    assert chances[2] < 0.01
    assert chances[3] < 1e-4


def test_buckets_hold_about_equally_many_ends():
    """The cuts follow the ends, however unevenly they fall over the ages."""
    counts = RiskCounts.from_rows((int(age**2 / 100), "won", 1) for age in range(600))
    hazards = fit_hazards({"all": counts}, default=DEFAULT, max_buckets=12, min_ends=30)
    ended = hazards.cells[()].ended["won"]
    assert len(ended) == 13
    assert ended[-1] == 0
    assert sum(ended) == 600
    assert min(ended[:-1]) >= 30


def test_history_without_an_end_has_one_bucket_to_the_last_age_seen():
    """Open deals alone are weak evidence against closing, in proportion to what was seen of them."""
    few = fit_hazards({"all": RiskCounts.from_rows([(29, None, 1)])}, default=DEFAULT)
    many = fit_hazards({"all": RiskCounts.from_rows([(29, None, 2000)])}, default=DEFAULT)
    assert few.starts == (0, 30)
    assert few.hazard("won", age=5) == pytest.approx(0.004 * 20 / 21)
    assert many.hazard("won", age=5) == pytest.approx(0.004 * 20 / 2020)


def test_a_pipelines_total_is_foretold_within_six_percent():
    """On 6,000 deals of known hazards, the wins expected in 90 days are near the truth in total."""
    random = Random(11)  # noqa: S311 - a simulation
    truth = {"seeker": (0.004, 0.012), "search": (0.002, 0.006), "referral": (0.010, 0.004)}
    history = {}
    for source, (won, lost) in truth.items():
        ended = []
        for _ in range(2000):
            end, seen = int(random.expovariate(won + lost)), random.randrange(400)
            cause = "won" if random.random() < won / (won + lost) else "lost"
            ended.append((end, cause, 1) if end <= seen else (seen, None, 1))
        history[source] = RiskCounts.from_rows(ended)
    hazards = fit_hazards(history, default=DEFAULT)
    expected = sum(hazards.probability("won", age=30, within=90, group=source) for source in truth)
    actual = sum(w / (w + x) * (1 - (1 - (w + x)) ** 90) for w, x in truth.values())
    assert expected == pytest.approx(actual, rel=0.06)


@given(histories, weights)
def test_plain_data_goes_there_and_back(history, weight):
    """Through JSON and back is the same object with the same answers."""
    hazards = fit_hazards(history, default=DEFAULT, weight=weight, min_ends=5)
    again = ShrunkHazards.from_dict(json.loads(json.dumps(hazards.to_dict())))
    assert again == hazards
    assert again.outcomes(age=3, within=40, group="seeker") == hazards.outcomes(
        age=3, within=40, group="seeker"
    )


@given(histories)
def test_the_order_of_groups_does_not_matter(history):
    """The same history in another order gives the same plain data."""
    backwards = dict(reversed(history.items()))
    one, other = (fit_hazards(h, default=DEFAULT, min_ends=5) for h in (history, backwards))
    assert one.to_dict() == other.to_dict()


def test_faults_are_named():
    """Unknown causes, other units and impossible terms are clear errors."""
    counts = RiskCounts.from_rows([(1, "wonn", 1)])
    with pytest.raises(UnknownNameError, match="did you mean 'won'"):
        fit_hazards({"seeker": counts}, default=DEFAULT)
    with pytest.raises(ValueError, match="in hours, not days"):
        fit_hazards({"seeker": RiskCounts.from_rows([], unit="hours")}, default=DEFAULT)
    with pytest.raises(ValueError, match="default hazards"):
        fit_hazards({}, default={"won": 0.7, "lost": 0.4})
    with pytest.raises(ValueError, match="weight"):
        fit_hazards({}, default=DEFAULT, weight=-1)
    with pytest.raises(ValueError, match="1 or more"):
        fit_hazards({}, default=DEFAULT, max_buckets=0)
    hazards = fit_hazards({}, default=DEFAULT)
    with pytest.raises(UnknownNameError, match="did you mean 'lost'"):
        hazards.probability("lots", age=0, within=1)
    with pytest.raises(ValueError, match="horizon"):
        hazards.probability("won", age=-2, within=1)
    with pytest.raises(ValueError, match="horizon"):
        hazards.hazard("won", age=-1)


def test_data_that_do_not_fit_together_are_refused():
    """Plain data edited by hand cannot make a crooked model."""
    data = fit_hazards(history(), default=DEFAULT).to_dict()
    with pytest.raises(ValueError, match="do not fit"):
        ShrunkHazards.from_dict({**data, "starts": [0, 5]})
    with pytest.raises(ValueError, match="ascend"):
        ShrunkHazards.from_dict({**data, "starts": [3, 1]})


def test_few_ends_make_few_buckets():
    """A bucket with too few ends would be noise: ninety ends are cut into three, not twelve."""
    counts = RiskCounts.from_rows((age, "won", 1) for age in range(90))
    hazards = fit_hazards({"all": counts}, default=DEFAULT, max_buckets=12, min_ends=30)
    assert hazards.starts == (0, 30, 60, 90)


def test_a_cell_borrows_records_exposed_for_its_whole_bucket():
    """The weight is in records: times the bucket's width, and in the endless tail the width before it."""
    counts = RiskCounts.from_rows([(9, "won", 30), (59, "won", 30), (90, None, 5)])
    hazards = fit_hazards({"all": counts}, default=DEFAULT, weight=20, min_ends=30)
    lines = hazards.explain("won", age=-1, within=100)
    assert [(line.from_age, line.to_age, line.weight) for line in lines] == [
        (0, 9, 200),
        (10, 59, 1000),
        (60, None, 1000),
    ]


def test_a_level_tells_groups_apart_that_differ_at_all_ages() -> None:
    """Five times as many ends in every bucket show in each of them, though each alone is thin."""
    rows = {
        "often": [(age, "won", 5) for age in range(0, 40, 4)] + [(40, None, 50)],
        "seldom": [(age, "won", 1) for age in range(0, 40, 4)] + [(40, None, 90)],
    }
    counts = {name: RiskCounts.from_rows(each) for name, each in rows.items()}
    default = {"won": 0.01}
    plain = fit_hazards(counts, default=default, weight=100, min_ends=6)
    levelled = fit_hazards(counts, default=default, weight=100, min_ends=6, level_ends=5)

    def ratio(hazards: ShrunkHazards) -> float:
        often, seldom = (hazards.probability("won", age=-1, within=40, group=name) for name in rows)
        return often / seldom

    assert ratio(levelled) > 1.5 * ratio(plain)
    lines = [line for line in levelled.explain("won", age=0, within=1, group="often") if line.group]
    assert lines[0].level > 1.2
    assert lines[0].hazard == pytest.approx(
        (lines[0].ended + lines[0].weight * lines[0].level * lines[0].parent)
        / (lines[0].exposure + lines[0].weight)
    )
    assert ShrunkHazards.from_dict(levelled.to_dict()) == levelled


def test_a_light_tail_falls_to_zero_with_silence() -> None:
    """A thousand zombies of whom none ends leave next to nothing of the hazard, and a light tail less."""
    counts = {"all": RiskCounts.from_rows([(10, "won", 100), (300, None, 1000)])}
    heavy = fit_hazards(counts, default={"won": 0.01}, weight=200)
    light = fit_hazards(counts, default={"won": 0.01}, weight=200, tail_weight=1, default_ends=2)
    assert light.hazard("won", age=200) < 0.1 * heavy.hazard("won", age=200) < 0.001
    assert ShrunkHazards.from_dict(light.to_dict()) == light
