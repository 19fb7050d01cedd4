import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from planner.forecast import posterior as posterior_module
from planner.forecast.anchors import make_anchors
from planner.forecast.forecast import fit_forecast
from planner.forecast.posterior import discrepancy_scale, draw_early_curve, draw_errors, fit_posterior, matern32
from planner.forecast.prior import default_prior

CAP = 0.9


def curve(error, labels, standard_error=0.004):
    return make_anchors(pd.DataFrame({"labels": labels, "value": 1.0 - error, "standard_error": standard_error}))


def line(anchors=24, span=400.0, **more):
    """A straight line in ln(labels) from an error of 0.8 to one of 0.2."""
    return curve(np.linspace(0.8, 0.2, anchors), np.geomspace(10, 10 * span, anchors), **more)


def paths_of(anchors, grid, draws=2_000, seed=2):
    posterior = fit_posterior(anchors, CAP, default_prior())
    return draw_errors(posterior, grid, draws, np.random.default_rng(seed)).paths


@pytest.mark.parametrize("factor", [0.3, 1.0])
def test_one_setting_by_hand(monkeypatch, factor):
    """Conditioning all at once on the measurements and on the error at the join gives the same mean and covariance."""
    monkeypatch.setattr(posterior_module, "_AMPLITUDES", (0.3,))
    monkeypatch.setattr(posterior_module, "_SLOPE_SDS", (0.3,))
    anchors = line(5, 40.0, standard_error=0.02)
    x = np.log(anchors.labels / anchors.last)
    grid, join, joined = np.array([x[0], x[1] - 0.1]), x[2], 0.47
    at = np.concatenate([x, [join], grid])
    prior = 1.0 + 0.3**2 * np.outer(at, at)
    prior += (0.3 * discrepancy_scale(anchors.error.mean())) ** 2 * matern32(np.abs(at[:, None] - at), 3.0)
    seen = prior[:6, :6] + np.diag([*(factor * anchors.variance), 1e-12])
    gain = prior[6:, :6] @ np.linalg.inv(seen)
    mean = 0.5 + gain @ (np.append(anchors.error, joined) - 0.5)
    covariance = prior[6:, 6:] - gain @ prior[:6, 6:]
    ones = np.ones(40_000)
    drawn = draw_early_curve(anchors, grid, join, joined * ones, factor * ones, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=4 * np.sqrt(covariance.max() / 40_000))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.03 * covariance.max())


def test_settings_are_weighed_by_their_likelihood(monkeypatch):
    monkeypatch.setattr(posterior_module, "_AMPLITUDES", (0.003,))
    anchors = line(12, 40.0, standard_error=0.02)
    x = np.log(anchors.labels / anchors.last)
    likelihood = []
    for slope in (0.0, 0.3):
        prior = 1.0 + slope**2 * np.outer(x, x) + 1e-5 * np.eye(x.size)
        likelihood.append(
            multivariate_normal(np.full(x.size, 0.5), prior + np.diag(anchors.variance)).logpdf(anchors.error)
        )
    assert likelihood[1] > likelihood[0] + 20
    ones = np.ones(500)
    drawn = draw_early_curve(anchors, x[:1], x[2], anchors.error[2] * ones, ones, np.random.default_rng(0))
    assert abs(drawn.mean() - 0.8) < 0.01


def test_paths_go_through_what_was_measured_before_the_fitted_stretch():
    anchors = line()
    x = np.log(anchors.labels / anchors.last)
    assert 5 < anchors.near < 20
    paths = paths_of(anchors, x)
    early = paths[:, : anchors.near]
    np.testing.assert_allclose(early.mean(axis=0), anchors.error[: anchors.near], atol=0.003)
    assert (early.std(axis=0) < 0.0045).all() and (early.std(axis=0) > 0.0002).all()


def test_both_stretches_of_a_path_meet():
    anchors = line(standard_error=0.03)
    join = np.log(anchors.labels[anchors.near] / anchors.last)
    paths = paths_of(anchors, join + np.array([-1e-4, 1e-4]))
    assert paths.std(axis=0).min() > 0.003 and np.abs(np.diff(paths, axis=1)).max() < 0.002


@pytest.mark.parametrize("anchors", [9, 10, 24])
def test_a_stretch_asked_for_alone_is_drawn(anchors):
    found = line(anchors, 1e5 if anchors < 24 else 400.0)
    x = np.log(found.labels / found.last)
    paths = paths_of(found, np.append(x[0] - 0.5, x[: found.near]))
    np.testing.assert_allclose(paths.mean(axis=0)[1:], found.error[: found.near], atol=0.01)


def test_points_off_at_the_join_do_not_move_the_whole_beginning():
    labels = np.append(np.geomspace(10, 1_600, 20), np.geomspace(1_700, 20_000, 20))
    error = np.full(40, 0.2)
    error[20:22] = 0.25
    anchors = curve(error, labels, standard_error=0.01)
    assert anchors.near == 20
    early = np.log(anchors.labels[:12] / anchors.last)
    assert np.abs(paths_of(anchors, np.append(early, 0.0))[:, :12].mean(axis=0) - 0.2).max() < 0.005


def test_lucky_points_of_a_flat_beginning_are_no_running_best():
    labels, above, off = np.unique(np.rint(np.geomspace(10, 10_000, 40))), [], []
    for seed in range(5):
        value = 0.8 + 0.015 * np.random.default_rng(seed).standard_normal(labels.size)
        forecast = fit_forecast({"labels": labels, "value": value, "test_size": np.full(labels.size, 500)}, seed=seed)
        above.append(1.0 - forecast.labels_to_reach(0.8225, forecast.last_labels).p_unreachable)
        off.append(np.median(forecast.paths.max(axis=1, initial=0.0, where=forecast.log_labels <= np.log(1e4))) - 0.8)
    assert np.mean(above) < 0.1 and np.mean(off) < 0.012
