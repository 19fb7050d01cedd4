"""Jumps are found where they are, and not where there are none."""

import numpy as np

from planner.decision.information.regression import basis_of, with_steps
from planner.decision.information.value import relevant_differences


def of(x, *savings):
    y = relevant_differences(np.column_stack([np.zeros(len(x)), *savings]))
    before = basis_of(x)
    return before, with_steps(before, y, x)


def test_two_jumps_are_found_and_fitted():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=3_000)
    level = np.where(x < 0.3, 0.0, np.where(x < 0.62, 900.0, -400.0))
    before, after = of(x, level + 300 * rng.standard_normal(3_000))
    added = after.q.shape[1] - before.q.shape[1]
    assert added in (2, 3)
    np.testing.assert_allclose(after.q.T @ after.q, np.eye(after.q.shape[1]), atol=1e-8)
    left = level - after.q @ (after.q.T @ level)
    smooth = level - before.q @ (before.q.T @ level)
    assert np.std(left) < 0.25 * np.std(smooth)


def test_noise_has_no_jumps():
    rng = np.random.default_rng(1)
    for _ in range(50):
        before, after = of(rng.standard_normal(400), *rng.standard_normal((3, 400)))
        assert after is before


def test_one_huge_bill_is_no_jump():
    rng = np.random.default_rng(2)
    saving = rng.standard_normal(1_000)
    saving[500] = -1e9
    before, after = of(rng.standard_normal(1_000), saving)
    assert after is before


def test_a_jump_lies_between_values_never_inside_one():
    # 20 values, too many for means; the jump is between 9 and 10.
    x = np.tile(np.arange(20.0), 100)
    _, after = of(x, np.where(x < 10, 0.0, 1_000.0) + np.random.default_rng(3).standard_normal(2_000))
    fits = after.q @ (after.q.T @ np.where(x < 10, 0.0, 1_000.0))
    np.testing.assert_allclose(fits, np.where(x < 10, 0.0, 1_000.0), atol=1)


def test_what_is_fitted_without_noise_is_left_alone():
    x = np.linspace(-1, 1, 200)
    before, after = of(x, np.zeros(200) + 3.0)
    assert after is before
