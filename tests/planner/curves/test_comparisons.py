import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import wilcoxon

from planner.curves.comparisons import (
    PairedDifference,
    area_under_curve,
    compare_at,
    compare_strategies,
    holm,
    paired_difference,
    paired_power,
    seeds_needed,
    win_matrices,
)
from simulations.curve_table import validate_curves
from simulations.errors import InputError

RANDOM = [0.50, 0.60, 0.70]
BETTER = [0.51, 0.62, 0.73]


def flat(labels=(10, 40), *, seeds=None, **levels):
    """Curves that are flat at one level a seed, so that a level is its area on any axis."""
    return [
        {"strategy": name, "seed": seed, "labels": count, "value": level}
        for name, of_seeds in levels.items()
        for seed, level in zip(seeds or range(len(of_seeds)), of_seeds, strict=True)
        for count in labels
    ]


def table(*parts, **columns):
    return validate_curves(pd.DataFrame([row for part in parts for row in part]).assign(**columns))


def only(comparisons, strategy, against):
    found = [one for one in comparisons if (one.strategy, one.against) == (strategy, against)]
    assert len(found) == 1
    return found[0]


def test_every_strategy_stands_against_random_and_against_every_other():
    compared = compare_strategies(table(flat(random=RANDOM, margin=BETTER, entropy=RANDOM)))
    pairs = [(one.strategy, one.against) for one in compared]
    assert pairs == [("entropy", "random"), ("margin", "random"), ("entropy", "margin")]


def test_the_figures_of_three_pairs_worked_by_hand():
    one = only(compare_strategies(table(flat(random=RANDOM, margin=BETTER))), "margin", "random")
    assert (one.area, one.area_against) == (pytest.approx(0.62), pytest.approx(0.60))
    assert one.paired.difference == pytest.approx(0.02)
    assert one.paired.p_value == one.p_holm == pytest.approx(1 - np.sqrt(12 / 14))
    assert (one.labels_from, one.labels_to) == (10, 40)
    # Effect 2: the smallest number of pairs whose power passes 80%.
    assert one.seeds_needed == 5
    assert (one.reason, one.notes) == (None, ())


def test_curves_begun_from_other_initial_sizes_are_no_pairs():
    frame = table(flat(random=RANDOM, margin=BETTER))
    both = pd.concat([frame.assign(initial_size=5), frame.assign(initial_size=10, value=0.5)])
    small, large = compare_strategies(both)
    assert (small.initial_size, large.initial_size) == (5, 10)
    assert (small.paired.difference, large.paired.difference) == (pytest.approx(0.02), 0)


def test_seeds_without_a_partner_are_named():
    frame = table(flat(random=RANDOM, seeds=[0, 1, 2]), flat(margin=BETTER, seeds=[1, 2, 9]))
    one = compare_strategies(frame)[0]
    assert one.paired.pairs == 2
    assert one.to_dict()["only_strategy"] == [9]
    assert one.to_dict()["only_against"] == [0]


def test_no_shared_seed_is_a_reason():
    one = compare_strategies(table(flat(random=RANDOM), flat(margin=BETTER, seeds=[7, 8, 9])))[0]
    assert (one.paired.pairs, one.paired.difference, one.p_holm, one.seeds_needed) == (0, None, None, None)
    assert one.reason == "the two share no seed"


def test_without_random_each_strategy_says_so_and_the_others_are_still_compared():
    compared = compare_strategies(table(flat(margin=BETTER, entropy=RANDOM)))
    for name in ("margin", "entropy"):
        missing = only(compared, name, "random")
        assert missing.reason == "no curve of random stands beside it"
        assert missing.paired.difference is None
    assert only(compared, "entropy", "margin").paired.difference == pytest.approx(-0.02)


def test_identical_curves_are_a_tie():
    compared = compare_strategies(table(flat(random=RANDOM, margin=RANDOM)))
    assert (compared[0].paired.difference, compared[0].p_holm, compared[0].seeds_needed) == (0, 1, None)
    assert compared[0].reason == "the difference is 0"
    assert win_matrices(compared)["matrices"][0]["matrix"]["margin"]["random"]["ties"] == 1


def test_curves_of_other_lengths_are_compared_where_all_pairs_run_and_that_is_said():
    long = [{"strategy": "margin", "seed": 0, "labels": n, "value": v} for n, v in ((10, 0.5), (20, 0.5), (80, 0.9))]
    one = compare_strategies(table(long, flat((10, 20), random=[0.4])))[0]
    assert (one.labels_from, one.labels_to) == (10, 20)
    assert one.paired.difference == pytest.approx(0.1)
    assert one.notes == ("compared from 10 to 20 labels only, which all paired curves cover",)


def test_curves_that_never_meet_are_a_reason():
    one = compare_strategies(table(flat((10, 20), random=RANDOM), flat((30, 40), margin=BETTER)))[0]
    assert (one.paired.pairs, one.paired.difference) == (3, None)
    assert one.reason == "the paired curves share no range of labels"


def test_values_measured_twice_are_averaged_and_that_is_said():
    one = compare_strategies(table(flat(random=[0.5]), flat(margin=[0.6]), flat(margin=[0.8])))[0]
    assert one.paired.difference == pytest.approx(0.2)
    assert one.notes == ("several values of margin at one seed and label count are averaged",)


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match=r"nothing to compare \(strategies: random\); allowed: two or more"):
        compare_strategies(table(flat(random=RANDOM)))
    apart = pd.concat([table(flat(random=RANDOM)), table(flat(margin=BETTER), dataset="other")])
    with pytest.raises(InputError, match=r"strategies: margin, random"):
        compare_strategies(apart)


def test_wins_are_counted_over_data_sets_and_mirrored():
    steady = [0.5 + 0.01 * seed for seed in range(6)]
    above = [value + 0.1 + 0.001 * (seed % 2) for seed, value in enumerate(steady)]
    mixed = [value + 0.1 * (-1) ** seed for seed, value in enumerate(steady)]
    frames = [
        table(flat(random=steady, margin=above), dataset="a"),
        table(flat(random=steady, margin=above), dataset="b"),
        table(flat(random=above, margin=steady), dataset="c"),
        table(flat(random=steady, margin=mixed), dataset="d"),
        table(flat(random=[0.5], margin=[0.9]), dataset="e"),
    ]
    wins = win_matrices(compare_strategies(pd.concat(frames)))
    assert wins["alpha"] == 0.05
    (one,) = wins["matrices"]
    assert (one["learner"], one["batch_size"], one["metric"]) == ("yours", 1, "accuracy")
    assert one["datasets"] == ["a", "b", "c", "d", "e"]
    assert one["strategies"] == ["margin", "random"]
    assert one["matrix"] == {
        "margin": {"random": {"wins": 2, "losses": 1, "ties": 1, "unknown": 1}},
        "random": {"margin": {"wins": 1, "losses": 2, "ties": 1, "unknown": 1}},
    }


RISING = [
    {"strategy": "margin", "seed": s, "labels": n, "value": v + s / 10}
    for s in (0, 1)
    for n, v in ((10, 0.5), (40, 0.8))
]


def test_values_are_compared_between_rounds_too():
    first, last = compare_at(table(RISING, flat(random=[0.5, 0.5])), [40, 20, 40])
    assert (first.labels, last.labels) == (20, 40)
    # A third of the way from 10 to 40, margin has 0.6 and 0.7.
    assert (first.value, first.value_against) == (pytest.approx(0.65), pytest.approx(0.5))
    assert first.paired.difference == pytest.approx(0.15)
    # Two pairs, 0.1 and 0.2: t = 0.15 / (0.1 / 2) = 3 with one degree of freedom.
    assert first.paired.p_value == pytest.approx(1 - 2 * np.arctan(3) / np.pi)
    assert last.paired.difference == pytest.approx(0.35)


def test_holm_runs_over_all_counts_and_data_sets_of_a_call():
    frame = table(flat(random=RANDOM, margin=BETTER, entropy=[0.4, 0.65, 0.9]))
    both = pd.concat([frame, frame.assign(dataset="other")])
    compared = compare_at(both, [10, 40])
    assert len(compared) == 2 * 2 * 3
    assert [one.p_holm for one in compared] == holm([one.paired.p_value for one in compared])
    alone = compare_at(frame, [10])
    assert [one.p_holm for one in alone] == holm([one.paired.p_value for one in alone])
    assert only(alone, "margin", "random").p_holm == pytest.approx(3 * 0.0741799, rel=1e-5)
    assert compared[2].strategy == "margin" and compared[2].p_holm == pytest.approx(12 * 0.0741799, rel=1e-5)


@pytest.mark.parametrize("count", [9, 41])
def test_a_count_that_one_curve_does_not_cover_is_refused(count):
    with pytest.raises(InputError, match=f"--at: found {count}; allowed: 10 to 40, as far as pilot, yours"):
        compare_at(table(flat(random=RANDOM, margin=BETTER)), [20, count])


def test_values_without_random_or_pairs_are_reasons():
    rows = compare_at(table(flat(margin=BETTER), flat(entropy=RANDOM, seeds=[7, 8, 9])), [20])
    assert [one.reason for one in rows] == ["no curve of random stands beside it"] * 2 + ["the two share no seed"]
    assert {(one.value, one.paired.difference, one.p_holm) for one in rows} == {(None, None, None)}


CURVE = np.array([10, 20, 40]), np.array([0.5, 0.7, 0.9])


def test_over_log_labels_each_doubling_weighs_the_same():
    # The mean heights of the two doublings are 0.6 and 0.8.
    assert area_under_curve(*CURVE, 10, 40) == pytest.approx((0.6 + 0.8) / 2)


def test_an_end_between_two_measurements_is_interpolated_on_the_same_axis():
    # √200 is half way from 10 to 20 in log labels: the value there is 0.6, and 0.7 at the end.
    assert area_under_curve(*CURVE, math.sqrt(200), 20) == pytest.approx(0.65)


def test_a_single_label_count_has_its_value():
    assert area_under_curve(*CURVE, 20, 20) == pytest.approx(0.7)


areas = st.dictionaries(st.integers(0, 9), st.floats(0, 1), max_size=9)


def test_three_pairs_worked_by_hand():
    # d = 0.01, 0.02, 0.03: mean 0.02, sd 0.01, t = 2√3. With two degrees of freedom p = 1 − t/√(2 + t²) = 1 − √(12/14)
    # and the 90% point is √(1.28/0.36).
    found = paired_difference({0: 0.51, 1: 0.62, 2: 0.73}, {0: 0.50, 1: 0.60, 2: 0.70})
    half = math.sqrt(1.28 / 0.36) * 0.01 / math.sqrt(3)
    assert found.pairs == 3
    assert found.difference == pytest.approx(0.02)
    assert found.sd == pytest.approx(0.01)
    assert (found.q10, found.q90) == (pytest.approx(0.02 - half), pytest.approx(0.02 + half))
    assert found.test == "t"
    assert found.p_value == pytest.approx(1 - math.sqrt(12 / 14))


def test_one_pair_has_a_difference_and_no_interval():
    found = paired_difference({3: 0.75}, {3: 0.5})
    assert found == PairedDifference(1, difference=0.25)


def test_two_pairs_that_differ_by_the_same_amount_are_not_called_certain():
    found = paired_difference({0: 0.5, 1: 0.6}, {0: 0.4, 1: 0.5})
    assert found.test == "wilcoxon"
    assert found.p_value == pytest.approx(0.5)
    assert found.q10 == found.q90 == pytest.approx(0.1)
    # Of the 2³ patterns of signs of three pairs, two are as extreme.
    three = paired_difference({0: 0.5, 1: 0.6, 2: 0.7}, {0: 0.4, 1: 0.5, 2: 0.6})
    assert three.p_value == wilcoxon(np.full(3, 0.1), method="exact").pvalue == 0.25


@given(first=areas, second=areas)
def test_swapping_the_two_flips_every_sign_and_nothing_else(first, second):
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert (one.pairs, one.only_first, one.only_second) == (other.pairs, other.only_second, other.only_first)
    assert one.test == other.test
    if one.pairs:
        assert one.difference == -other.difference
    if one.pairs > 1:
        assert (one.q10, one.q90) == (pytest.approx(-other.q90), pytest.approx(-other.q10))
        assert one.q10 - 1e-12 <= one.difference <= one.q90 + 1e-12
        assert one.p_value == pytest.approx(other.p_value)
        assert 0 <= one.p_value <= 1


def test_a_comparison_that_was_not_made_counts_for_nothing():
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([None]) == [None]


@pytest.mark.parametrize(("effect", "pairs"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_the_small_medium_and_large_effects_of_the_textbooks(effect, pairs):
    # As every table of the two-sided paired t-test at 5% and 80% power has them.
    assert seeds_needed(effect * 0.03, 0.03, 10) == (pairs, None)


def test_without_a_difference_the_power_is_the_level():
    assert paired_power(0.0, 2) == pytest.approx(0.05)
    assert paired_power(0.0, 30) == pytest.approx(0.05)


def test_the_power_is_how_often_a_test_finds_the_difference():
    d = np.random.default_rng(1).normal(0.5, 1.0, (20_000, 12))
    found = np.mean(stats.ttest_1samp(d, 0.0, axis=1).pvalue < 0.05)
    assert paired_power(0.5, 12) == pytest.approx(found, abs=0.012)


@pytest.mark.parametrize(
    ("difference", "sd", "seeds", "words"),
    [
        (0.0, 0.1, 5, "the difference is 0"),
        (0.1, None, 1, "fewer than two"),
        (0.1, 0.0, 5, "the same amount"),
        (1e-9, 0.1, 5, "next to nothing"),
    ],
)
def test_no_number_comes_with_its_reason(difference, sd, seeds, words):
    needed, reason = seeds_needed(difference, sd, seeds)
    assert needed is None
    assert words in reason


def test_each_family_is_corrected_on_its_own():
    frame = table(flat(random=RANDOM, margin=BETTER, entropy=[0.4, 0.65, 0.9]))
    compared = compare_strategies(pd.concat([frame, frame.assign(metric="f1_macro")]))
    assert [one.p_holm for one in compared] == 2 * holm([one.paired.p_value for one in compared[:3]])


def test_wins_of_other_initial_sizes_are_counted_apart():
    frame = table(flat(random=RANDOM, margin=BETTER))
    both = pd.concat(
        [frame.assign(initial_size=5), frame.assign(initial_size=10), frame.assign(initial_size=10, dataset="e")]
    )
    matrices = win_matrices(compare_strategies(both))["matrices"]
    assert [(one["initial_size"], len(one["datasets"])) for one in matrices] == [(5, 1), (10, 2)]
