import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from scipy.stats import multivariate_normal

from planner.forecasting import posterior as model
from planner.forecasting.anchors import REACH, Anchors, make_anchors
from planner.forecasting.forecast import fit_forecast
from planner.forecasting.posterior import (
    discrepancy_correlation,
    draw_errors,
    fit_posterior,
    matern32,
)
from planner.forecasting.prior import RHO, log_node_weights, noise_settings, shape_families, shapes_at
from research.known_truth import draw_from_prior
from tests.planner.transfer.synthetic import measured

CAP = 0.9


def fitted(**settings):
    anchors = make_anchors(measured(seeds=12, **settings))
    return anchors, fit_posterior(anchors, CAP)


def test_matern_by_hand():
    np.testing.assert_allclose(matern32(np.array([0.0, 2.0]), 2.0), [1.0, (1 + 3**0.5) * np.exp(-(3**0.5))])


def test_a_departure_is_part_smooth_and_part_rough():
    distance = np.array([0.0, 2.0])
    smooth = (1 + 3**-0.5) * np.exp(-(3**-0.5))  # at 2 of a length of 6
    np.testing.assert_allclose(discrepancy_correlation(distance, 0.25), [1.0, 0.75 * smooth + 0.25 * np.exp(-2.0)])


def _ahead(anchors, *, smooth):
    posterior = fit_posterior(anchors, CAP, smooth=smooth)
    return draw_errors(posterior, np.array([0.0, np.log(4.0)]), 2_000, np.random.default_rng(1))[0][:, 1]


def test_the_last_step_of_a_jagged_curve_is_not_carried_on():
    labels = np.rint(np.geomspace(50, 800, 12))
    for sign in (-1.0, 1.0):
        steps = sign * 0.04 * (-1.0) ** np.arange(12)
        points = {"labels": labels, "value": 0.7 + steps, "standard_error": np.full(12, 0.003)}
        anchors = make_anchors(pd.DataFrame(points))
        off = [abs(_ahead(anchors, smooth=smooth).mean() - 0.3) for smooth in (False, True)]
        assert off[0] < 0.05 < off[1]


def test_smooth_settings_are_those_without_roughness():
    settings = noise_settings(noise_known=True)
    smooth = settings.smooth()
    assert (smooth.roughness == 0).all() and 0 < smooth.factor.size == (settings.roughness == 0).sum()
    assert (settings.roughness > 0).any()
    guessed = noise_settings(noise_known=False)
    assert (guessed.roughness == 0).all() and guessed.factor.max() > settings.factor.max()


def _integral(density, error, curve, peak, sd):
    return integrate.quad(lambda level: density(error - level * curve), peak - 12 * sd, peak + 12 * sd, points=[peak])[
        0
    ]


def test_weights_agree_with_numerical_integration_over_the_level():
    anchors, posterior = fitted(labels=(50, 100, 200, 400))
    families = shape_families()
    covariance = np.linalg.inv(posterior.precision)
    nodes = [(14, 30, 4), (17, 30, 0), (20, 50, 3)]
    assert len({families[shape] for _, shape, _ in nodes}) >= 2
    settings, node_weights = np.exp(noise_settings(noise_known=True).log_weight), np.exp(log_node_weights())
    evidence = []
    for setting, shape, share in nodes:
        curve = RHO[share] + (1 - RHO[share]) * shapes_at(posterior.log_x)[shape]
        density = multivariate_normal(np.zeros(4), covariance[setting]).pdf
        node = setting, shape, share
        total = _integral(density, anchors.error, curve, posterior.centre[node], posterior.certainty[node] ** -0.5)
        evidence.append(total * settings[setting] * node_weights[shape, share])
    weights = [posterior.weights[node] for node in nodes]
    np.testing.assert_allclose(np.array(weights) / weights[0], np.array(evidence) / evidence[0], rtol=1e-5)


def test_paths_pass_through_precise_measurements():
    anchors, posterior = fitted(sd=1e-4)
    paths = draw_errors(posterior, posterior.log_x, 500, np.random.default_rng(1))[0]
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
        draw_errors(fit_posterior(_long(early), CAP), ahead, 200, np.random.default_rng(3))[0] for early in (0.6, wild)
    ]
    np.testing.assert_array_equal(*paths)


def curve(error, labels, standard_error=0.004):
    return make_anchors(pd.DataFrame({"labels": labels, "value": 1.0 - error, "standard_error": standard_error}))


def line(anchors=24, span=400.0, **more):
    """A straight line in ln(labels) from an error of 0.8 to one of 0.2."""
    return curve(np.linspace(0.8, 0.2, anchors), np.geomspace(10, 10 * span, anchors), **more)


def paths_of(anchors, grid, draws=2_000, seed=2):
    posterior = fit_posterior(anchors, CAP)
    return draw_errors(posterior, grid, draws, np.random.default_rng(seed))[0]


def test_paths_go_through_what_was_measured_before_the_fitted_stretch():
    anchors = line()
    x = np.log(anchors.labels / anchors.last)
    assert 5 < anchors.near < 20
    paths = paths_of(anchors, x)
    early = paths[:, : anchors.near]
    np.testing.assert_allclose(early.mean(axis=0), anchors.error[: anchors.near], atol=0.003)
    assert (early.std(axis=0) < 1e-9).all()  # measured, not forecast


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
        above.append((forecast.labels_to_reach(0.8225).draws <= forecast.last_labels * (1.0 + 1e-9)).mean())
        off.append(np.median(forecast.paths.max(axis=1, initial=0.0, where=forecast.log_labels <= np.log(1e4))) - 0.8)
    assert np.mean(above) < 0.1 and np.mean(off) < 0.012


# Simulation-based calibration: on curves drawn from the model's own prior, ranks of the truth are uniform.

CURVES, BINS, DRAWS = 300, 10, 200
SCALE = 0.3
AT = np.log(np.array([1 / 16, 1 / 8, 1 / 5, 1 / 3, 1 / 2, 2 / 3, 0.8, 1.0]))
AHEAD = np.log(np.array([2.0, 10.0]))


def anchors_of(error, variance):
    labels = 800 * np.exp(AT)
    return Anchors(
        labels=labels,
        error=error,
        variance=variance,
        first=float(labels[0]),
        last=800.0,
        distinct=AT.size,
        replicates=20,
        repeats_agree=False,
        noise_known=True,
        test_shift_sd=0.0,
        test_size_known=True,
    )


def ranks(seed, *, believed=1.0):
    """Share of posterior draws below the truth at the last anchor and ahead, (CURVES, 1 + G)."""
    rng = np.random.default_rng(seed)
    settings = noise_settings(noise_known=True)
    noise = np.full(AT.size, 0.015**2)
    found = []
    for _ in range(CURVES):
        curve = draw_from_prior(settings, np.append(AT, AHEAD), noise, scale=SCALE, cap=CAP, rng=rng)
        posterior = fit_posterior(anchors_of(curve.error, believed * noise), CAP)
        paths = draw_errors(posterior, np.append(AT[-1], AHEAD), DRAWS, rng)[0]
        truth = curve.truth[-1 - AHEAD.size :]
        # Paths and truth are both cut at 0 and at the cap; ties there are broken by lot.
        below, ties = (paths < truth).sum(axis=0), (paths == truth).sum(axis=0)
        found.append((below + rng.uniform(size=truth.size) * (ties + 1)) / (DRAWS + 1))
    return np.array(found)


@pytest.fixture
def known_scale(monkeypatch):
    """The model reads the discrepancy's scale off the last anchor; here it is that of the truth, so that both agree."""
    monkeypatch.setattr(model, "discrepancy_scale", lambda error: SCALE)


def flatness(share):
    return stats.chisquare(np.histogram(share, bins=BINS, range=(0, 1))[0]).pvalue


def test_ranks_of_the_truth_are_uniform(known_scale):
    share = ranks(2018)
    assert min(flatness(column) for column in share.T) > 0.01
    inside = ((share > 0.1) & (share < 0.9)).mean(axis=0)
    np.testing.assert_allclose(inside, 0.8, atol=0.07)


def test_a_model_that_believes_too_little_noise_is_found_out(known_scale):
    assert flatness(ranks(2018, believed=1 / 25)[:, 0]) < 1e-3


def test_noise_half_guessed_is_tried_at_much_larger_levels():
    known, guessed = fitted()[1], fit_posterior(make_anchors(measured(seeds=1)), CAP)
    assert guessed.settings.factor.max() == 200.0 and known.settings.factor.max() == 1.0
