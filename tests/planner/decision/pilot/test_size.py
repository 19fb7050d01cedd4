"""The best size from a few computed ones: exact values, noisy values, and sizes that do not pay."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.pilot.value import best_size
from research.normal_saving import NormalSaving

WORKED = NormalSaving(-500, 2_000, 15_000)
SIZES = np.array([50, 100, 200, 400, 800, 1_600, 3_200])


def cost_usd(sizes):
    return 400 + 0.04 * sizes


def test_it_finds_between_sizes_what_the_closed_form_gives():
    exact = WORKED.best_pilot(0.04, 400)
    found = best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES), evpi_usd=WORKED.evpi_usd)
    assert found.net_usd == pytest.approx(exact.net_usd, rel=0.01)
    assert found.size == pytest.approx(exact.size, rel=0.05)
    assert (found.low, found.high) == (pytest.approx(exact.low, rel=0.05), pytest.approx(exact.high, rel=0.05))


def test_noise_costs_little():
    # Noise of a tenth of the best net gain: what the sizes found are truly worth, on average over 60 simulations.
    rng = np.random.default_rng(6)
    sizes = np.round(np.geomspace(50, 5_000, 12))
    worth = []
    for _ in range(60):
        noisy = WORKED.evsi_usd(sizes) + 12 * rng.standard_normal(len(sizes))
        size = best_size(sizes, noisy, cost_usd(sizes), evpi_usd=WORKED.evpi_usd).size
        worth.append(float(WORKED.evsi_usd(size) - cost_usd(size)))
    assert np.mean(worth) > 0.93 * 115.4


def test_a_single_size_is_taken_if_it_pays():
    one = best_size(np.array([100]), np.array([50.0]), np.array([20.0]))
    assert (one.size, one.low, one.high, one.net_usd, one.at_largest) == (100, 100, 100, 30.0, True)
    assert best_size(np.array([100]), np.array([20.0]), np.array([20.0])).size is None


def test_nothing_pays_is_a_state():
    none = best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES) + 200)
    assert not none.pays
    assert set(asdict(none).values()) == {None, False}
    json.dumps(asdict(none), allow_nan=False)


def test_a_gain_that_still_rises_is_said():
    found = best_size(SIZES[:3], WORKED.evsi_usd(SIZES[:3]), 0.04 * SIZES[:3])
    assert (found.size, found.at_largest) == (200, True)
    assert not best_size(SIZES, WORKED.evsi_usd(SIZES), cost_usd(SIZES)).at_largest


def test_falling_values_are_pooled():
    # 100 and 80 are noise about 90: with equal costs the value at every size from there on is 90.
    found = best_size(np.array([10, 20, 40]), np.array([20.0, 100.0, 80.0]), np.array([1.0, 1.0, 1.0]))
    assert found.evsi_usd == pytest.approx(90.0)


def test_more_certain_values_weigh_more():
    # Weights 1 / 1 and 1 / 4: (4 * 100 + 80) / 5 = 96.
    errors = np.array([1.0, 1.0, 2.0])
    found = best_size(
        np.array([10, 20, 40]), np.array([20.0, 100.0, 80.0]), np.array([1.0, 1.0, 1.0]), evsi_se_usd=errors
    )
    assert found.evsi_usd == pytest.approx(96.0)
    assert 1.0 <= found.net_se_usd <= 2.0


values = st.lists(st.floats(-100, 1_000), min_size=2, max_size=9)


@given(values, st.floats(0.0, 1.0), st.floats(0, 100))
def test_what_is_found_is_consistent(evsi, price_usd, fixed_usd):
    sizes = 10.0 * 2.0 ** np.arange(len(evsi))
    found = best_size(sizes, np.array(evsi), fixed_usd + price_usd * sizes, evpi_usd=800.0)
    if not found.pays:
        return
    assert sizes[0] <= found.low <= found.size <= found.high <= sizes[-1]
    assert 0 < found.net_usd <= 800
    assert found.net_usd == pytest.approx(found.evsi_usd - found.cost_usd)
    assert found.cost_usd == pytest.approx(fixed_usd + price_usd * found.size)
