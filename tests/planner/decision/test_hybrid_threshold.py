"""The threshold rule, its bound and the counts it reads."""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from planner.decision.hybrid import (
    CoveredRounds,
    HybridRule,
    allowed_thresholds,
    covered_rounds,
    error_upper_bound,
    machine_items,
)
from simulations.errors import InputError

COUNTS = st.lists(st.integers(0, 40), min_size=6, max_size=6)


@given(st.integers(1, 3000), st.data())
def test_upper_bound_is_the_quantile_of_the_beta_distribution(m: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, m))
    expected = 1.0 if k == m else beta.ppf(0.9, k + 1, m - k)
    assert error_upper_bound(m, k) == pytest.approx(expected, rel=1e-9)
    assert k / m <= error_upper_bound(m, k) <= 1


def test_random_picks_leave_the_same_share_above_each_threshold() -> None:
    # 600 in the pool, 100 labelled: of 500 left, 40 in 50 and 10 in 50.
    least, most = machine_items(np.array([40, 10]), np.array(100), test_size=50, pool_size=600, strategy="random")
    assert least.tolist() == most.tolist() == [400, 100]


def test_of_other_picks_it_is_not_known_whether_they_took_the_sure() -> None:
    covered, labels = np.array([40, 10]), np.array(100)
    # 480 and 120 of the whole pool; none of them labelled at most, all of the 100 labelled at least.
    least, most = machine_items(covered, labels, test_size=50, pool_size=600, strategy="typiclust")
    assert least.tolist() == [380, 20]
    assert most.tolist() == [480, 120]
    least, most = machine_items(covered, labels, test_size=50, pool_size=600, strategy="margin")
    assert least.tolist() == [400, 100]
    assert most.tolist() == [480, 120]


@given(COUNTS, st.integers(0, 500), st.sampled_from(["random", "margin", "coreset"]))
def test_estimates_stay_inside_the_rest(cells: list[int], labels: int, strategy: str) -> None:
    covered = np.cumsum(cells)[::-1]
    least, most = machine_items(covered, np.array(labels), test_size=240, pool_size=500, strategy=strategy)
    assert (least >= 0).all()
    assert (least <= most).all()
    assert (most <= 500 - labels).all()


def test_walk_by_hand() -> None:
    # N = 1,000. Strict: 100 items of which none of 100 checked is wrong, 0.1 × 0.02276 = 0.0023. Middle: 400 of which
    # 4 of 200 are wrong, U = 0.0395, 0.4 × 0.0395 = 0.0158. Lax: 800 with 40 of 400 wrong, far above 0.02.
    covered, errors, machine = np.array([400, 200, 100]), np.array([40, 4, 0]), np.array([800, 400, 100])
    allowed, bound = allowed_thresholds(covered, errors, machine, 1000, HybridRule(0.02))
    assert allowed.tolist() == [False, True, True]
    assert bound[2] == pytest.approx(0.1 * 0.0227628, rel=1e-5)
    assert bound[1] == pytest.approx(0.4 * beta.ppf(0.9, 5, 196))
    assert 0.0157 < bound[1] < 0.0159


def test_peoples_errors_use_up_what_is_allowed() -> None:
    counts = np.array([100]), np.array([0]), np.array([500])
    assert allowed_thresholds(*counts, 1000, HybridRule(0.02, human_error_rate=0.015))[0].all()
    assert not allowed_thresholds(*counts, 1000, HybridRule(0.02, human_error_rate=0.018))[0].any()


def test_walk_does_not_look_behind_the_first_failure() -> None:
    # The laxest threshold alone would pass: its items are checked by many more.
    covered, errors, machine = np.array([5000, 4, 2]), np.array([1, 4, 0]), np.array([900, 890, 1])
    allowed, bound = allowed_thresholds(covered, errors, machine, 1000, HybridRule(0.02))
    assert bound[0] <= 0.02
    assert allowed.tolist() == [False, False, True]


@given(COUNTS, COUNTS, st.floats(0.005, 0.3), st.floats(0.5, 0.99))
def test_walk_is_a_run_of_kept_bounds_from_the_strict_end(
    right: list[int], wrong: list[int], error_rate: float, level: float
) -> None:
    errors = np.cumsum(wrong)[::-1]
    covered = np.cumsum(right)[::-1] + errors
    allowed, bound = allowed_thresholds(covered, errors, 2 * covered, 1000, HybridRule(error_rate, level=level))
    assert (np.diff(allowed.astype(int)) >= 0).all()
    assert (bound[allowed] <= error_rate * (1 + 1e-9)).all()
    failed = np.flatnonzero(~allowed)
    assert failed.size == 0 or bound[failed[-1]] > error_rate


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_error_rate": 0.02, "human_error_rate": 5.0}, "human_error_rate: found 5"),
        ({"max_error_rate": 0.02, "human_error_rate": 0.03}, "at least people's own error rate of 0.03"),
        ({"max_error_rate": 0.02, "level": 0.1}, "level: found 0.1"),
    ],
)
def test_bad_rules_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        HybridRule(**settings)


THRESHOLDS = (0.0, 0.5, 0.9)
HELD_OUT = [(100, 20), (70, 8), (30, 1)]


def curve_rows(strategy: str = "random", seeds: int = 3, rounds: int = 2) -> pd.DataFrame:
    rows = [
        {
            "dataset": "planted",
            "learner": "linear",
            "strategy": strategy,
            "batch_size": 50,
            "initial_size": 50,
            "seed": seed,
            "round": r,
            "labels": 50 + 50 * r,
            "metric": metric,
            "value": 0.8,
            "test_size": 100,
            "pool_size": 900,
            "trajectory": f"{strategy}-{seed}",
        }
        for seed in range(seeds)
        for r in range(rounds)
        for metric in ("accuracy", "f1_macro")
    ]
    return pd.DataFrame(rows)


def coverage_rows(curves: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (key, r, threshold, m, k + (r == 0))
            for key, r in curves[["trajectory", "round"]].drop_duplicates().itertuples(index=False)
            for threshold, (m, k) in zip(THRESHOLDS, HELD_OUT, strict=True)
        ],
        columns=["trajectory", "round", "threshold", "n_covered", "n_errors"],
    )


def test_tables_become_arrays_whatever_their_order() -> None:
    curves = pd.concat([curve_rows("random"), curve_rows("margin", seeds=2)])
    coverage = coverage_rows(curves).sample(frac=1, random_state=0)
    margin, random = covered_rounds(curves.sample(frac=1, random_state=1), coverage)
    assert (margin.strategy, random.strategy) == ("margin", "random")
    assert random.covered.shape == (3, 2, 3)
    assert random.covered[2, 1].tolist() == [100, 70, 30]
    assert random.errors[:, 0].tolist() == [[21, 9, 2]] * 3
    assert random.labels.tolist() == [50, 100]
    assert random.accuracy == pytest.approx(np.array([[0.79, 0.8]] * 3))


def test_rounds_that_not_every_seed_has_reached_are_left_out() -> None:
    curves = curve_rows(rounds=3)
    curves = curves[(curves["seed"] > 0) | (curves["round"] < 2)]
    (found,) = covered_rounds(curves, coverage_rows(curves))
    assert found.labels.tolist() == [50, 100]


def planted(counts: list[tuple[int, int]]) -> CoveredRounds:
    m, k = np.array(counts).T[:, None, None]
    shape = np.tile(m, (300, 1, 1)), np.tile(k, (300, 1, 1))
    return CoveredRounds("planted", "random", 900, 100, np.array(THRESHOLDS), np.arange(300), np.array([50]), *shape)


def test_fewer_held_out_items_are_a_sample_of_them() -> None:
    part = planted(HELD_OUT).checked_on(40, np.random.default_rng(0))
    assert part.test_size == 40
    assert (part.covered[..., 0] == 40).all()
    assert (np.diff(part.covered, axis=-1) <= 0).all()
    assert (part.errors <= part.covered).all()
    # Means of 300 draws of 40 out of 100: 0.4 of each count, give or take four standard errors.
    assert part.covered.mean(axis=(0, 1)) == pytest.approx([40, 28, 12], abs=0.6)
    assert part.errors.mean(axis=(0, 1)) == pytest.approx([8, 3.2, 0.4], abs=0.5)
    everything = planted(HELD_OUT).checked_on(100, np.random.default_rng(0))
    assert (everything.covered == planted(HELD_OUT).covered).all()


ONE_SEED = {"seed": 0}
OTHER_LABELS = {"labels": [49, 49, 100, 100] + [50, 50, 100, 100] * 2}


@pytest.mark.parametrize(
    ("edited", "kept", "words"),
    [
        ({}, slice(0), "coverage table: has no rows"),
        ({}, slice(4), r"trajectory random-0 \(planted, linear, random\) has no row for round 1, threshold 0.5"),
        (ONE_SEED, slice(None), "seed 0 has several trajectories"),
        (OTHER_LABELS, slice(None), "round 0 has several label counts"),
    ],
)
def test_faults_are_named(edited: dict[str, object], kept: slice, words: str) -> None:
    curves = curve_rows()
    with pytest.raises(InputError, match=words):
        covered_rounds(curves.assign(**edited), coverage_rows(curves).iloc[kept])


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "benchmarks")
    return importlib.import_module("hybrid_bound")


def test_mcal_labels_on_while_its_power_law_promises_a_larger_share(benchmark: Any) -> None:
    mcal = sys.modules["mcal"]
    tested = mcal.share_sizes(100)
    rates = np.array([0.4, 0.3, 0.225, 0.15])[:, None]  # each doubling leaves three quarters; then two thirds
    errors = np.round(rates * tested).astype(int)[None]
    wrong = np.arange(4 * 20).reshape(1, 4, 20)
    counts = mcal.ShareCounts(np.array([100, 200, 400, 800]), 100, 1_000, errors, wrong)
    # 55 errors are allowed. After 400 labels 600 items are left, and 0.4 of them with 0.225 × 240 = 54; after 800 only
    # 200 are left at all.
    found, share = mcal.run_mcal(counts, 0.05)
    assert (found[0], share[0]) == (wrong[0, 2, 7] / 1_100, 240 / 1_100)
    # 22 are: 0.225 × 90 = 20 after 400 labels; 0.169 × 130 = 22 are promised after 800, where 11 ÷ 75 × 150 = 22.
    found, share = mcal.run_mcal(counts, 0.02)
    assert (found[0], share[0]) == (wrong[0, 3, 14] / 1_100, 150 / 1_100)
    # None are: all is left to people.
    assert mcal.run_mcal(counts, 0.0)[1][0] == 0
    # With two rounds there is no law yet, and the last one measures. A share of which no item is tested is not taken.
    early = mcal.ShareCounts(counts.labels[:2], 100, 1_000, errors[:, :2], wrong[:, :2])
    assert mcal.run_mcal(early, 0.05)[1][0] == 160 / 1_100  # 0.3 × 160 = 48
    untested = mcal.ShareCounts(counts.labels, 1, 1_000, np.zeros_like(errors), wrong)
    assert mcal.run_mcal(untested, 0.05)[1][0] in untested.machine[2:, -1] / 1_001
    confidence, right = np.linspace(1, 0, 40), np.arange(40) % 10 != 9
    assert mcal.surest_errors(confidence, right).tolist() == [0] * 4 + [1] * 5 + [2] * 5 + [3] * 5 + [4]


@pytest.mark.slow
def test_the_bound_is_kept_in_nine_of_ten_seeds_and_saves_nearly_what_could_be(benchmark: Any) -> None:
    campaigns = [benchmark.simulate("digits", 500, range(20), strategy) for strategy in ("random", "margin", "surest")]
    rows = pd.DataFrame([row for runs in campaigns for row in benchmark.measure(runs, ["labelplan"])])
    assert len(rows) == 6
    assert (rows["kept"] >= 0.9 * rows["seeds"]).all()
    assert (rows["saving"] > 35).all()
    assert (rows["points"] < 10).all()
