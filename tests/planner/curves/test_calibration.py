"""Simulation-based calibration: on curves drawn from the model's own prior, ranks of the truth are uniform."""

import numpy as np
import pytest
from scipy import stats

from planner.forecast import posterior as model
from planner.forecast.anchors import Anchors
from planner.forecast.posterior import draw_errors, fit_posterior
from planner.forecast.prior import flat_prior
from research.known_truth import draw_from_prior

CURVES, BINS, DRAWS = 300, 10, 200
CAP, SCALE = 0.9, 0.3
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
    prior = flat_prior()
    settings = prior.settings(noise_known=True)
    noise = np.full(AT.size, 0.015**2)
    found = []
    for _ in range(CURVES):
        curve = draw_from_prior(prior, settings, np.append(AT, AHEAD), noise, scale=SCALE, cap=CAP, rng=rng)
        posterior = fit_posterior(anchors_of(curve.error, believed * noise), CAP, prior)
        paths = draw_errors(posterior, np.append(AT[-1], AHEAD), DRAWS, rng).paths
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
