import numpy as np
import pytest

from planner.forecasting.prior import NoiseSettings
from research.known_truth import MISSPECIFIED, draw_from_prior

LOG_X = np.log(np.array([0.1, 0.3, 1.0, 2.0, 10.0]))
NOISE = np.full(3, 0.01**2)


def one_setting(*, amplitude=1e-6, factor=1.0):
    return NoiseSettings(np.array([amplitude]), np.zeros(1), np.array([factor]), np.zeros(1))


def draws(count, settings, **options):
    rng = np.random.default_rng(5)
    return [draw_from_prior(settings, LOG_X, NOISE, cap=0.9, rng=rng, **options) for _ in range(count)]


def test_without_discrepancy_curves_never_rise_and_levels_are_uniform():
    curves = draws(400, one_setting())
    truth = np.array([curve.truth for curve in curves])
    assert (np.diff(truth, axis=1) <= 1e-5).all() and (truth >= 0).all() and (truth <= 0.9).all()
    # At the last anchor the error is the level itself.
    np.testing.assert_allclose(np.quantile(truth[:, 2], (0.1, 0.5, 0.9)), (0.09, 0.45, 0.81), atol=0.06)


def test_measurements_have_the_noise_of_the_setting():
    curves = [c for c in draws(600, one_setting(factor=4.0)) if (c.truth > 0).all() and (c.truth < 0.9).all()]
    off = np.array([curve.error - curve.truth[:3] for curve in curves])
    assert len(curves) > 300 and off.std() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("shape", MISSPECIFIED.values(), ids=MISSPECIFIED)
def test_shapes_outside_the_model_fall_and_stay_finite(shape):
    for seed in range(50):
        fall = shape(np.exp(np.linspace(-3, 3.5, 60)), np.random.default_rng(seed))
        assert np.isfinite(fall).all() and fall[0] > 0 and (fall >= 0).all()
        assert (np.diff(fall) <= 1e-9).all()
