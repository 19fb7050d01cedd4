import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from planner.decision.hybrid.threshold import (
    HybridRule,
    allowed_thresholds,
    error_upper_bound,
    machine_items,
    overall_error_bound,
)
from simulations.errors import InputError

COUNTS = st.lists(st.integers(0, 40), min_size=6, max_size=6)


def test_upper_bound_worked_by_hand() -> None:
    # No error among m: (1 - U)^m = 0.1. All wrong: 1.
    assert error_upper_bound(500, 0) == pytest.approx(1 - 0.1 ** (1 / 500))
    assert error_upper_bound([3, 0], [3, 0]) == pytest.approx([1, 1])


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


def test_share_counts_against_the_whole_set() -> None:
    covered, errors, machine = np.array([100]), np.array([0]), np.array([500])
    # U = 0.02276: half of 1,000 items makes 0.0114 of the whole, and all of 500 makes 0.0228.
    assert allowed_thresholds(covered, errors, machine, 1000, HybridRule(0.02))[0].all()
    assert not allowed_thresholds(covered, errors, machine, 500, HybridRule(0.02))[0].any()


def test_peoples_errors_use_up_what_is_allowed() -> None:
    assert overall_error_bound(np.array(0.25), np.array(0.08), 0.01) == pytest.approx(0.25 * 0.08 + 0.75 * 0.01)
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


def test_rounds_are_walked_at_once() -> None:
    rng = np.random.default_rng(0)
    errors = np.sort(rng.integers(0, 20, (3, 4, 5)), axis=-1)[..., ::-1]
    covered = errors + np.sort(rng.integers(0, 400, (3, 4, 5)), axis=-1)[..., ::-1]
    together, _ = allowed_thresholds(covered, errors, covered, 900, HybridRule(0.05))
    for s in range(3):
        for r in range(4):
            alone, _ = allowed_thresholds(covered[s, r], errors[s, r], covered[s, r], 900, HybridRule(0.05))
            assert (alone == together[s, r]).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"max_error_rate": 2.0}, "max_error_rate: found 2; allowed: a fraction above 0"),
        ({"max_error_rate": 0.0}, "max_error_rate: found 0"),
        ({"max_error_rate": float("nan")}, "max_error_rate: found nan"),
        ({"max_error_rate": 0.02, "human_error_rate": 5.0}, "human_error_rate: found 5"),
        ({"max_error_rate": 0.02, "human_error_rate": 0.03}, "at least people's own error rate of 0.03"),
        ({"max_error_rate": 0.02, "level": 0.1}, "level: found 0.1"),
    ],
)
def test_bad_rules_are_refused(settings: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        HybridRule(**settings)
