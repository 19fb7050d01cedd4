import json
import math
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
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


def test_the_area_is_over_log_labels():
    # The rise by 0.3 over the last doubling of two is a triangle over half of the axis.
    rising = [{"strategy": "margin", "seed": 0, "labels": n, "value": v} for n, v in ((10, 0.5), (20, 0.5), (40, 0.8))]
    frame = table(rising, flat(random=[0.5]))
    assert only(compare_strategies(frame), "margin", "random").paired.difference == pytest.approx(0.3 / 4)


def test_each_family_is_corrected_on_its_own():
    frame = table(flat(random=RANDOM, margin=BETTER, entropy=[0.4, 0.65, 0.9]))
    both = pd.concat([frame, frame.assign(metric="f1_macro"), frame.assign(dataset="other")])
    compared = compare_strategies(both)
    assert len(compared) == 9
    for rows in (compared[:3], compared[3:6], compared[6:]):
        assert len({(one.dataset, one.metric) for one in rows}) == 1
        assert [one.p_holm for one in rows] == holm([one.paired.p_value for one in rows])
    assert [one.p_holm for one in compared if one.metric == "f1_macro"] == [one.p_holm for one in compared[:3]]


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


def test_one_seed_has_a_difference_and_a_reason_for_the_rest():
    one = compare_strategies(table(flat(random=[0.5], margin=[0.75])))[0]
    assert one.paired.difference == pytest.approx(0.25)
    assert (one.paired.q10, one.paired.p_value, one.p_holm, one.seeds_needed) == (None, None, None, None)
    assert "fewer than two" in one.reason


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


def test_wins_of_other_initial_sizes_are_counted_apart():
    frame = table(flat(random=RANDOM, margin=BETTER))
    both = pd.concat(
        [frame.assign(initial_size=5), frame.assign(initial_size=10), frame.assign(initial_size=10, dataset="e")]
    )
    matrices = win_matrices(compare_strategies(both))["matrices"]
    assert [(one["initial_size"], len(one["datasets"])) for one in matrices] == [(5, 1), (10, 2)]


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


levels = st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=6)


@settings(deadline=None)
@given(first=levels, second=levels, random=levels)
def test_renaming_two_strategies_into_each_other_flips_the_sign(first, second, random):
    one = compare_strategies(table(flat(a=first, b=second, random=random)))
    other = compare_strategies(table(flat(a=second, b=first, random=random)))
    here, there = only(one, "a", "b"), only(other, "a", "b")
    assert here.paired.difference == -there.paired.difference
    assert here.paired.p_value == pytest.approx(there.paired.p_value)
    assert here.seeds_needed == there.seeds_needed
    assert only(one, "a", "random").to_dict() | {"strategy": "b"} == only(other, "b", "random").to_dict()
    for row in (*one, *other):
        assert row.p_holm is None or row.p_holm >= row.paired.p_value
    json.dumps([row.to_dict() for row in one], allow_nan=False)


def test_seeds_that_share_no_labels_are_told_and_not_compared():
    rows = [
        {"strategy": strategy, "seed": seed, "labels": labels, "value": labels / 100}
        for strategy in ("random", "margin")
        for seed, counts in ((0, (10, 20)), (1, (30, 40)))
        for labels in counts
    ]
    (one,) = compare_strategies(table(rows))
    assert one.reason == "the paired curves share no range of labels"


CURVE = np.array([10, 20, 40]), np.array([0.5, 0.7, 0.9])


def test_over_log_labels_each_doubling_weighs_the_same():
    # The mean heights of the two doublings are 0.6 and 0.8.
    assert area_under_curve(*CURVE, 10, 40) == pytest.approx((0.6 + 0.8) / 2)


def test_an_end_between_two_measurements_is_interpolated_on_the_same_axis():
    # √200 is half way from 10 to 20 in log labels: the value there is 0.6, and 0.7 at the end.
    assert area_under_curve(*CURVE, math.sqrt(200), 20) == pytest.approx(0.65)


def test_a_single_label_count_has_its_value():
    assert area_under_curve(*CURVE, 20, 20) == pytest.approx(0.7)


@given(levels=st.lists(st.floats(0, 1), min_size=1, max_size=8), data=st.data())
def test_the_area_lies_between_the_lowest_and_highest_value(levels, data):
    gaps = data.draw(st.lists(st.integers(1, 1000), min_size=len(levels), max_size=len(levels)))
    labels = np.cumsum(gaps)
    area = area_under_curve(labels, np.array(levels), labels[0], labels[-1])
    assert min(levels) - 1e-9 <= area <= max(levels) + 1e-9


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


def test_a_seed_without_a_partner_is_named_and_changes_nothing():
    first, second = {0: 0.51, 1: 0.62, 2: 0.73}, {0: 0.50, 1: 0.60, 2: 0.70}
    alone = paired_difference({**first, 7: 0.1}, {**second, 8: 0.9, 5: 0.9})
    assert (alone.only_first, alone.only_second) == ((7,), (5, 8))
    paired = asdict(paired_difference(first, second))
    assert {k: v for k, v in asdict(alone).items() if "only" not in k} == {
        k: v for k, v in paired.items() if "only" not in k
    }


def test_one_pair_has_a_difference_and_no_interval():
    found = paired_difference({3: 0.75}, {3: 0.5})
    assert found == PairedDifference(1, difference=0.25)


def test_no_pair_has_nothing():
    assert paired_difference({0: 0.5}, {1: 0.5}) == PairedDifference(0, (0,), (1,))


def test_identical_values_are_no_difference_and_no_evidence():
    found = paired_difference({0: 0.5, 1: 0.6}, {0: 0.5, 1: 0.6})
    assert (found.difference, found.q10, found.q90, found.sd, found.p_value) == (0, 0, 0, 0, 1)


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


def test_holm_worked_by_hand():
    # In order: 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04 held up to 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_comparison_that_was_not_made_counts_for_nothing():
    assert holm([0.01, None, 0.04]) == [pytest.approx(0.02), None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([None]) == [None]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_corrected_values_are_no_smaller_keep_their_order_and_stay_probabilities(p_values):
    corrected = holm(p_values)
    assert [p is None for p in corrected] == [p is None for p in p_values]
    made = sorted((p, q) for p, q in zip(p_values, corrected, strict=True) if p is not None)
    assert all(p <= q <= 1 for p, q in made)
    assert [q for _, q in made] == sorted(q for _, q in made)
    if made:
        assert made[0][1] == min(1.0, len(made) * made[0][0])


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


@given(effect=st.floats(0.01, 1000))
def test_one_seed_less_is_too_few(effect):
    needed, reason = seeds_needed(effect, 1.0, 5)
    assert reason is None
    assert paired_power(effect, needed) >= 0.8
    assert needed == 2 or paired_power(effect, needed - 1) < 0.8


@given(difference=st.floats(-1, 1), sd=st.floats(0, 1), seeds=st.integers(0, 50))
def test_there_is_a_number_or_a_reason_and_the_sign_does_not_matter(difference, sd, seeds):
    needed, reason = seeds_needed(difference, sd, seeds)
    assert (needed is None) != (reason is None)
    assert (needed, reason) == seeds_needed(-difference, sd, seeds)
    assert needed is None or 2 <= needed <= 1_000_100


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
