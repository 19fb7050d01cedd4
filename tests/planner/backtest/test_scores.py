import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.backtest import scoring

DRAWS = np.arange(11)[:, None] / 10


def test_crps_by_hand():
    x = np.array([[0.0], [1.0]])
    # E|X − y| = 0.5 both times, ½ E|X − X′| = 0.25.
    assert scoring.crps(x, np.array([0.5])) == pytest.approx([0.25])
    assert scoring.crps(x, np.array([0.0])) == pytest.approx([0.25])
    # Three draws: E|X − 0.2| = (0.2 + 0 + 0.7) ÷ 3; pairs differ by 0.2, 0.7 and 0.9, each twice of nine.
    three = np.array([[0.9], [0.0], [0.2]])
    assert scoring.crps(three, np.array([0.2])) == pytest.approx([0.3 - 0.5 * 2 * 1.8 / 9])


def test_crps_of_a_point_is_its_error():
    x, y = np.array([[0.3, 0.7]]), np.array([0.5, 0.5])
    assert scoring.crps(x, y) == pytest.approx([0.2, 0.2])
    assert scoring.crps(x, y) == pytest.approx(scoring.absolute_error(x, y))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0, 1))
def test_crps_is_its_definition(draws, truth):
    x = np.array(draws)
    defined = np.abs(x - truth).mean() - 0.5 * np.abs(x[:, None] - x[None, :]).mean()
    assert scoring.crps(x[:, None], np.array([truth]))[0] == pytest.approx(defined, abs=1e-12)


def test_a_perfect_forecaster_has_the_crps_and_coverage_of_theory():
    rng = np.random.default_rng(3)
    sd, points = 0.05, 4_000
    centre = rng.uniform(0.3, 0.7, points)
    truth = centre + sd * rng.standard_normal(points)
    draws = centre + sd * rng.standard_normal((500, points))
    # For a normal, E|X − X′| ÷ 2 = σ ÷ √π is the least CRPS there can be on average.
    assert scoring.crps(draws, truth).mean() == pytest.approx(sd / np.sqrt(np.pi), rel=0.04)
    assert scoring.coverage(draws, truth, 0.8).mean() == pytest.approx(0.8, abs=0.02)
    assert scoring.coverage(draws, truth, 0.9).mean() == pytest.approx(0.9, abs=0.015)
    assert scoring.crps(draws + 0.02, truth).mean() > scoring.crps(draws, truth).mean()


def test_intervals_hold_their_ends():
    for truth, inside in ((0.1, 1.0), (0.9, 1.0), (0.0999, 0.0), (0.95, 0.0)):
        assert scoring.coverage(DRAWS, np.array([truth]), 0.8) == inside
    assert scoring.interval_width(DRAWS, 0.8) == pytest.approx([0.8])
    assert scoring.interval_width(DRAWS, 0.9) == pytest.approx([0.9])


def test_a_point_forecast_has_no_interval():
    x, y = np.array([[0.3, 0.7]]), np.array([0.3, 0.7])
    assert np.isnan(scoring.coverage(x, y, 0.8)).all()
    assert np.isnan(scoring.interval_width(x, 0.8)).all()


def test_noise_widens_draws_and_leaves_points_alone():
    rng = np.random.default_rng(0)
    x = np.full((4_000, 2), 0.5)
    noisy = scoring.with_noise(x, np.array([0.02, 0.0]), rng)
    assert noisy.std(axis=0) == pytest.approx([0.02, 0.0], rel=0.05)
    assert scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) is not None
    assert (scoring.with_noise(x[:1], np.array([0.02, 0.02]), rng) == 0.5).all()
    edge = scoring.with_noise(np.zeros((100, 1)), np.array([0.5]), rng)
    assert edge.min() == 0.0 and edge.max() <= 1.0


def test_labels_off_by_a_factor_either_way_count_the_same():
    assert scoring.log2_ratio(200, 100) == 1.0
    assert scoring.log2_ratio(50, 100) == 1.0
    assert scoring.log2_ratio(100, 100) == 0.0


def test_the_chance_counts_draws_at_the_target_in():
    assert scoring.chance_of_reaching(DRAWS[:, 0], 0.2) == pytest.approx(3 / 11)
    assert scoring.chance_of_reaching(np.array([0.3]), 0.2) == 0.0
