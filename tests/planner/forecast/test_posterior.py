import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from scipy.stats import multivariate_normal

from planner.forecast import prior as prior_module
from planner.forecast.anchors import REACH, make_anchors
from planner.forecast.posterior import discrepancy_correlation, draw_errors, fit_posterior, matern32
from planner.forecast.prior import RHO, accelerating_shapes, default_prior, shape_families, shapes_at
from tests.planner.transfer.synthetic import measured

CAP = 0.9


def fitted(**settings):
    anchors = make_anchors(measured(seeds=12, **settings))
    return anchors, fit_posterior(anchors, CAP, default_prior())


def test_matern_by_hand():
    np.testing.assert_allclose(matern32(np.array([0.0, 2.0]), 2.0), [1.0, (1 + 3**0.5) * np.exp(-(3**0.5))])


def test_a_departure_is_part_smooth_and_part_rough():
    distance = np.array([0.0, 2.0])
    smooth = (1 + 3**0.5) * np.exp(-(3**0.5))
    np.testing.assert_allclose(discrepancy_correlation(distance, 2.0, 0.25), [1.0, 0.75 * smooth + 0.25 * np.exp(-2.0)])


def _ahead(anchors, *, smooth):
    posterior = fit_posterior(anchors, CAP, default_prior(), smooth=smooth)
    return draw_errors(posterior, np.array([0.0, np.log(4.0)]), 2_000, np.random.default_rng(1)).paths[:, 1]


def test_the_last_step_of_a_jagged_curve_is_not_carried_on():
    labels = np.rint(np.geomspace(50, 800, 12))
    for sign in (-1.0, 1.0):
        steps = sign * 0.04 * (-1.0) ** np.arange(12)
        points = {"labels": labels, "value": 0.7 + steps, "standard_error": np.full(12, 0.003)}
        anchors = make_anchors(pd.DataFrame(points))
        off = [abs(_ahead(anchors, smooth=smooth).mean() - 0.3) for smooth in (False, True)]
        assert off[0] < 0.05 < off[1]


def test_a_smooth_curve_is_forecast_as_if_none_were_jagged():
    anchors = make_anchors(measured(seeds=12, sd=0.002))
    rough, smooth = (_ahead(anchors, smooth=smooth).mean() for smooth in (False, True))
    assert rough == pytest.approx(smooth, abs=0.01)


def test_smooth_settings_are_those_without_roughness():
    settings = default_prior().settings(noise_known=True)
    smooth = settings.smooth()
    assert (smooth.roughness == 0).all() and 0 < smooth.factor.size == (settings.roughness == 0).sum()
    assert (settings.roughness > 0).any()
    guessed = default_prior().settings(noise_known=False)
    assert (guessed.roughness == 0).all() and guessed.factor.max() > settings.factor.max()


def _integral(density, error, curve):
    return integrate.quad(lambda level: density(error - level * curve), 0, CAP, points=[0.2], limit=200, epsabs=0.0)[0]


def test_weights_agree_with_numerical_integration_over_the_level():
    anchors, posterior = fitted(labels=(50, 100, 200, 400))
    families = shape_families()
    covariance = np.linalg.inv(posterior.precision)
    nodes = [(14, 30, 4), (17, 30, 0), (20, 90, 9)]
    assert len({families[shape] for _, shape, _ in nodes}) >= 2
    prior = default_prior()
    settings = np.exp(prior.settings(noise_known=True).log_weight)
    evidence = []
    for setting, shape, share in nodes:
        curve = RHO[share] + (1 - RHO[share]) * shapes_at(posterior.log_x)[shape]
        density = multivariate_normal(np.zeros(4), covariance[setting]).pdf
        total = _integral(density, anchors.error, curve)
        evidence.append(total * settings[setting] * prior.nodes[shape, share])
    weights = [posterior.weights[node] for node in nodes]
    np.testing.assert_allclose(np.array(weights) / weights[0], np.array(evidence) / evidence[0], rtol=1e-5)


def test_the_parametric_part_never_rises_and_paths_stay_within_chance():
    _, posterior = fitted(sd=0.05)
    grid = np.linspace(-2.0, 3.4, 40)
    drawn = draw_errors(posterior, grid, 500, np.random.default_rng(1))
    paths, smooth = drawn.paths, drawn.smooth
    assert (np.diff(smooth, axis=1) <= 1e-9).all() and (smooth >= 0).all()
    assert (paths >= 0).all() and (paths <= CAP).all()


def test_paths_pass_through_precise_measurements():
    anchors, posterior = fitted(sd=1e-4)
    paths = draw_errors(posterior, posterior.log_x, 500, np.random.default_rng(1)).paths
    error, variance = anchors.error[anchors.near :], anchors.variance[anchors.near :]
    assert (np.abs(paths.mean(axis=0) - error) < 3 * np.sqrt(variance) + 1e-3).all()


def _long(early):
    """A curve of 24 anchors over a factor of 400, whose first third is as given and whose end is a power law."""
    labels = np.geomspace(10, 4_000, 24)
    error = np.where(labels * REACH < labels[-1], early, (labels / 10.0) ** -0.3)
    return make_anchors(pd.DataFrame({"labels": labels, "value": 1.0 - error, "standard_error": 0.004}))


def test_what_lies_far_behind_says_nothing_of_what_lies_ahead():
    wild = np.where(np.arange(24) % 2 == 0, 0.2, 0.8)
    ahead = np.linspace(0.0, np.log(8.0), 5)
    paths = [
        draw_errors(fit_posterior(_long(early), CAP, default_prior()), ahead, 200, np.random.default_rng(3)).paths
        for early in (0.6, wild)
    ]
    np.testing.assert_array_equal(*paths)


def test_paths_are_joint_over_labels():
    _, posterior = fitted()
    paths = draw_errors(posterior, np.array([2.0, 2.1]), 500, np.random.default_rng(1)).paths
    assert np.corrcoef(paths.T)[0, 1] > 0.95


def test_noise_half_guessed_is_tried_at_one_more_level():
    known, guessed = fitted()[1], fit_posterior(make_anchors(measured(seeds=1)), CAP, default_prior())
    assert guessed.settings.factor.max() == 4.0 and known.settings.factor.max() == 1.0


def test_families_share_the_posterior():
    shares = fitted()[1].families
    assert sum(shares.values()) == pytest.approx(1.0) and min(shares.values()) >= 0


@pytest.mark.parametrize(("error", "factor"), [(0.69, 1.0), (0.75, np.e), (0.8, np.e**2), (0.98, np.e**2)])
def test_near_an_error_of_one_shapes_that_speed_up_weigh_more(error, factor):
    prior, faster = default_prior(), accelerating_shapes()
    weights = np.exp(prior.log_nodes(error))
    np.testing.assert_allclose(weights[faster], factor * prior.nodes[faster])
    np.testing.assert_allclose(weights[~faster], prior.nodes[~faster])


def test_a_curve_just_leaving_chance_is_expected_to_fall_faster(monkeypatch):
    """Logistic in ln(labels) from an error of 0.96 to one of 0.85, and on to 0.29."""

    def logistic(x):
        return 0.96 / (1.0 + 0.13 * x**1.6)

    def off(weight):
        monkeypatch.setattr(prior_module, "_MORE_NEAR_ONE", weight)
        labels, found = np.geomspace(100, 500, 8), []
        for seed in range(8):
            error = logistic(labels / 500.0) + np.random.default_rng(seed).normal(0.0, 0.015, labels.size)
            anchors = make_anchors(pd.DataFrame({"labels": labels, "value": 1.0 - error, "standard_error": 0.015}))
            posterior = fit_posterior(anchors, 1.0, default_prior())
            paths = draw_errors(posterior, np.log([6.0]), 500, np.random.default_rng(0)).paths
            found.append(np.quantile(paths, (0.1, 0.5)) - logistic(6.0))
        return np.mean(found, axis=0)

    assert (off(2.0) < off(0.0) - 0.02).all()
