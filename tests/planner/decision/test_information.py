"""EVPPI: exact cases by stratified draws, what must always hold, and the bases of the regression."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from planner.decision.information import (
    basis_of,
    expected_losses,
    relevant_differences,
    value_of_information,
    with_steps,
)
from research.normal_saving import NormalSaving


def scores(n: int) -> np.ndarray:
    """n equally likely values of a standard normal."""
    return ndtri((np.arange(n) + 0.5) / n)


def beside_nothing(saving: np.ndarray) -> np.ndarray:
    return np.column_stack([np.zeros(len(saving)), saving])


def worth(saving: np.ndarray, **inputs: np.ndarray):
    return value_of_information(beside_nothing(saving), ["random", "margin"], inputs)


# Labels 20,000 at $1, of which nothing or 40% is saved, against 60 or 120 hours at $50: -3,000, -6,000, 5,000, 2,000.
SHARE = np.tile([0.0, 0.0, 0.4, 0.4], 1_000)
HOURS = np.tile([60.0, 120.0, 60.0, 120.0], 1_000)
TWO_BY_TWO = beside_nothing(20_000 * SHARE - 50 * HOURS)


def test_two_by_two():
    found = value_of_information(TWO_BY_TWO, ["random", "margin"], {"hours": HOURS, "share": SHARE})
    assert found.losses.p_best["margin"] == 0.5
    assert found.losses.evpi_usd == 1_750
    # Share known: half of the time 8,000 - 4,500. Hours known: half of the time 4,000 - 3,000.
    assert found.inputs["share"].evppi_usd == pytest.approx(1_750)
    assert found.inputs["hours"].evppi_usd == pytest.approx(500)
    assert [learnt.name for learnt in found.ranked] == ["share", "hours"]


def test_normal_saving_partly_explained_by_one_input():
    # Each value of x once with each sign of the rest: the mean given x is exactly -500 + 1,000 x.
    x, rest = np.repeat(scores(2_500), 2), np.tile([-1_500.0, 1_500.0], 2_500)
    found = worth(-500 + 1_000 * x + rest, x=x, rest=rest)
    assert found.inputs["x"].evppi_usd == pytest.approx(NormalSaving(-500, 1_000, 0).evpi_usd, rel=0.01)
    # -2,000 or 1,000 given the rest, the best of which beats 0 half of the time.
    assert found.inputs["rest"].evppi_usd == pytest.approx(500, rel=0.01)


def test_a_cliff():
    # 1,000 above the 60th percentile and -500 below: 400, against a mean of 100 and so of 100 without knowing.
    x, rest = np.repeat(scores(2_500), 2), np.tile([-300.0, 300.0], 2_500)
    cliff = np.where(np.arange(5_000) >= 3_000, 1_000.0, -500.0)
    assert worth(cliff + rest, x=x).inputs["x"].evppi_usd == pytest.approx(300, rel=0.01)


def test_three_plans_each_best_somewhere():
    # Uniform x, plans 0, x - 0.5 and 3 (x - 0.75): switches at 0.5 and 0.875; triangles 9/128 + 1/64 above 0.
    x = (np.arange(4_000) + 0.5) / 4_000
    net = np.column_stack([np.zeros(4_000), x - 0.5, 3 * (x - 0.75)])
    found = value_of_information(net, list("abc"), {"x": x})
    above_zero = (0.375**2 / 2) + (0.125 * (0.375 + 0.75) / 2)
    assert found.inputs["x"].evppi_usd == pytest.approx(above_zero, rel=0.01)
    assert found.losses.evpi_usd == pytest.approx(above_zero, rel=0.01)


def test_never_is_a_value():
    # Half of the draws never get there (inf): a loss of 600 there, a gain of 400 elsewhere.
    need = np.where(np.arange(2_000) % 2, np.inf, np.linspace(100, 200, 2_000))
    found = worth(np.where(np.isinf(need), -600.0, 400.0), need=need)
    assert found.inputs["need"].evppi_usd == pytest.approx(200)


def test_a_constant_input_is_worth_exactly_nothing():
    found = worth(np.linspace(-1, 1, 50), one=np.array([3.0]), same=np.full(50, 2.0)).inputs
    assert [(learnt.evppi_usd, learnt.se_usd) for learnt in found.values()] == [(0.0, 0.0)] * 2


def test_an_irrelevant_input_is_worth_about_nothing():
    # Equal plans are the hardest: 60 replicates of 1,000 draws, EVPI about 800.
    rng = np.random.default_rng(3)
    found = [worth(2_000 * rng.standard_normal(1_000), x=rng.standard_normal(1_000)).inputs["x"] for _ in range(60)]
    raw, left = np.mean([one.raw_usd for one in found]), np.mean([one.raw_usd - one.bias_usd for one in found])
    assert raw > 30
    assert abs(left) < 0.25 * raw


@pytest.mark.parametrize(
    ("mean", "told", "rest"), [(-500, 1_000, 1_700), (0, 0, 2_000)], ids=["relevant", "irrelevant"]
)
def test_the_standard_error_is_the_spread_between_draw_sets(mean, told, rest):
    rng = np.random.default_rng(4)
    found = []
    for _ in range(100):
        x = rng.standard_normal(400)
        found.append(worth(mean + told * x + rest * rng.standard_normal(400), x=x).inputs["x"])
    # Of the values before they are kept above 0, which would halve the spread of an irrelevant input.
    spread = np.std([one.raw_usd - one.bias_usd for one in found])
    assert spread / 1.5 < np.mean([one.se_usd for one in found]) < 1.5 * spread


KINDS = ("normal", "heavy", "binary", "counts", "capped", "constant", "never")


def drawn(kind: str, rng: np.random.Generator, n: int) -> np.ndarray:
    z = rng.standard_normal(n)
    return {
        "normal": z,
        "heavy": np.exp(3 * z),
        "binary": (z > 1).astype(float),
        "counts": np.round(7 * z),
        "capped": np.minimum(z, 0.2),
        "constant": np.full(n, 2.0),
        "never": np.where(z > 0.5, np.inf, z),
    }[kind]


@st.composite
def decisions(draw):
    """Net benefits of some plans and three inputs, of any kinds, that say something about them."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = draw(st.sampled_from([20, 57, 100, 333]))
    inputs = {f"{i}": drawn(draw(st.sampled_from(KINDS)), rng, n) for i in range(3)}
    tail = draw(st.sampled_from([1.0, 3.0]))
    net = np.sinh(tail * rng.standard_normal((n, draw(st.integers(1, 4))))) * draw(st.sampled_from([0.0, 1.0, 1e4]))
    told = np.column_stack([np.clip(x, -3, 3) for x in inputs.values()])
    return net + 100 * told @ rng.standard_normal((3, net.shape[1])), inputs


def valued(net, inputs):
    return value_of_information(net, [f"plan {d}" for d in range(net.shape[1])], inputs)


def values_of(found) -> np.ndarray:
    return np.array([one.evppi_usd for one in found.inputs.values()])


@given(decisions())
def test_limits_and_order(decision):
    found = valued(*decision)
    evpi = found.losses.evpi_usd
    values = values_of(found)
    assert evpi >= 0
    assert ((values >= 0) & (values <= evpi)).all()
    assert sum(found.losses.p_best.values()) == pytest.approx(1)
    assert min(found.losses.loss_usd.values()) == evpi
    json.dumps(found.to_dict(), allow_nan=False)


@given(decisions(), st.floats(0.01, 100), st.integers(0, 10**6))
def test_currency_and_what_all_plans_share_change_nothing(decision, rate, seed):
    net, inputs = decision
    shared = 100 * np.random.default_rng(seed).standard_normal((len(net), 1))
    before, after = valued(net, inputs), valued(rate * (net + shared), inputs)
    slack = 1e-6 * (1 + np.abs(net).max())
    np.testing.assert_allclose(values_of(after) / rate, values_of(before), rtol=1e-6, atol=slack)
    assert after.losses.evpi_usd / rate == pytest.approx(before.losses.evpi_usd, rel=1e-6, abs=slack)


@given(decisions(), st.floats(0, 100))
def test_a_plan_that_another_always_beats_changes_nothing(decision, less):
    net, inputs = decision
    beaten = net[:, [0]] - less
    before, after = valued(net, inputs), valued(np.column_stack([net, beaten]), inputs)
    np.testing.assert_allclose(values_of(after), values_of(before), rtol=1e-9)
    assert after.losses.evpi_usd == before.losses.evpi_usd


@given(decisions())
def test_the_scale_of_an_input_changes_nothing(decision):
    net, inputs = decision
    logs = {name: np.arctan(x) * 7 + 3 for name, x in inputs.items()}
    # Rounding may make equal what differed by a hair: only inputs whose values stay apart are compared.
    if any(len(np.unique(logs[name])) < len(np.unique(x)) for name, x in inputs.items()):
        return
    np.testing.assert_allclose(values_of(valued(net, logs)), values_of(valued(net, inputs)), rtol=1e-9)


PLANS = ["random", "margin", "badge"]
NET = np.array([[0.0, 10.0, 10.0], [0.0, -30.0, 6.0], [0.0, 8.0, -16.0], [4.0, 4.0, -20.0]])


def test_losses_shares_and_evpi_by_hand():
    # Best of each draw: 10, 6, 8, 4, mean 7; means of the plans: 1, -2, -5.
    found = expected_losses(NET, PLANS)
    assert found.best == "random"
    assert found.loss_usd == {"random": 6.0, "margin": 9.0, "badge": 12.0}
    assert found.evpi_usd == 6.0
    # Ties are split: random half of one draw, margin half of two and one alone, badge half of one and one alone.
    assert found.p_best == {"random": 0.125, "margin": 0.5, "badge": 0.375}


def test_standard_error_is_that_of_the_mean_gain():
    # What knowing the draw gains over random: 10, 6, 8, 0.
    assert expected_losses(NET, PLANS).evpi_se_usd == pytest.approx(np.std([10, 6, 8, 0], ddof=1) / 2)


whole = st.lists(st.integers(0, 40), min_size=20, max_size=300).map(lambda values: np.array(values, dtype=float))


def fitted(basis, y):
    return basis.q @ (basis.q.T @ y)


@given(whole)
def test_columns_are_orthonormal_and_fewer_than_the_draws(x):
    basis = basis_of(x)
    if basis is None:
        assert len(np.unique(x)) == 1
        return
    np.testing.assert_allclose(basis.q.T @ basis.q, np.eye(basis.q.shape[1]), atol=1e-8)
    np.testing.assert_allclose(fitted(basis, np.ones(len(x))), 1.0)
    assert basis.q.shape[1] < len(x)
    assert (np.diff(x[basis.ranks]) >= 0).all()


def test_few_values_are_fitted_by_their_means():
    x = np.repeat([3.0, np.inf, -1.0], [10, 20, 30])
    y = np.arange(60.0) ** 2
    means = np.array([y[x == value].mean() for value in x])
    np.testing.assert_allclose(fitted(basis_of(x), y), means)


def test_a_value_that_comes_often_has_its_own_mean():
    # Half of the draws never get there; elsewhere the mean bends smoothly.
    z = np.linspace(-2, 2, 1_000)
    x = np.where(np.arange(1_000) % 2, np.inf, z)
    y = np.where(np.isinf(x), 5.0, z**2)
    np.testing.assert_allclose(fitted(basis_of(x), y)[np.isinf(x)], 5.0, atol=1e-6)


def with_and_without_steps(x, *savings):
    y = relevant_differences(np.column_stack([np.zeros(len(x)), *savings]))
    before = basis_of(x)
    return before, with_steps(before, y, x)


def test_two_jumps_are_found_and_fitted():
    rng = np.random.default_rng(0)
    x = rng.uniform(size=3_000)
    level = np.where(x < 0.3, 0.0, np.where(x < 0.62, 900.0, -400.0))
    before, after = with_and_without_steps(x, level + 300 * rng.standard_normal(3_000))
    added = after.q.shape[1] - before.q.shape[1]
    assert added in (2, 3)
    np.testing.assert_allclose(after.q.T @ after.q, np.eye(after.q.shape[1]), atol=1e-8)
    left = level - after.q @ (after.q.T @ level)
    smooth = level - before.q @ (before.q.T @ level)
    assert np.std(left) < 0.25 * np.std(smooth)


def test_noise_has_no_jumps():
    rng = np.random.default_rng(1)
    for _ in range(50):
        before, after = with_and_without_steps(rng.standard_normal(400), *rng.standard_normal((3, 400)))
        assert after is before


def test_one_huge_bill_is_no_jump():
    rng = np.random.default_rng(2)
    saving = rng.standard_normal(1_000)
    saving[500] = -1e9
    before, after = with_and_without_steps(rng.standard_normal(1_000), saving)
    assert after is before


def test_a_jump_lies_between_values_never_inside_one():
    # 20 values, too many for means; the jump is between 9 and 10.
    x = np.tile(np.arange(20.0), 100)
    _, after = with_and_without_steps(
        x, np.where(x < 10, 0.0, 1_000.0) + np.random.default_rng(3).standard_normal(2_000)
    )
    fits = after.q @ (after.q.T @ np.where(x < 10, 0.0, 1_000.0))
    np.testing.assert_allclose(fits, np.where(x < 10, 0.0, 1_000.0), atol=1)
