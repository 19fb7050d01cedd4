"""The parts beneath the peers, against arithmetic done another way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import lsq_linear

from planner.backtest import peers
from planner.backtest.peers import FAMILIES, PEERS, Fits, fit_family, fits_of, make_observed
from planner.forecast.weighted_power import project

LABELS = np.array([20, 30, 45, 70, 100, 150, 220, 330, 500, 700], dtype=float)
ERROR = np.array([0.31, 0.27, 0.2, 0.19, 0.15, 0.14, 0.11, 0.105, 0.09, 0.085])


@settings(max_examples=60, deadline=None)
@given(arrays(float, 6, elements=st.floats(0.01, 1)), arrays(float, 6, elements=st.floats(0, 1)), st.booleans())
def test_projection_agrees_with_a_bounded_solver(phi, error, has_asymptote):
    weights = np.linspace(0.5, 1.5, 6)
    asymptote, scale = (float(part[0]) for part in project(phi[None, :], error, weights, has_asymptote))
    columns = np.column_stack([np.full(6, float(has_asymptote)), phi]) * np.sqrt(weights)[:, None]
    best = lsq_linear(columns, np.sqrt(weights) * error, bounds=(0, np.inf), tol=1e-14).cost
    ours = 0.5 * (weights * (error - asymptote - scale * phi) ** 2).sum()
    assert ours <= best + 1e-9
    assert scale >= 0 and 0 <= asymptote <= 1 + 1e-12


def test_projection_by_hand():
    phi = np.array([[1.0, 0.5, 0.25]])
    free = project(phi, np.array([0.5, 0.3, 0.2]), np.ones(3), True)
    np.testing.assert_allclose(np.ravel(free), [0.1, 0.4])
    below = project(phi, np.array([0.8, 0.3, 0.1]), np.ones(3), True)  # the free asymptote is −0.14
    np.testing.assert_allclose(np.ravel(below), [0.0, (0.8 + 0.15 + 0.025) / 1.3125])


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_families_start_at_one_and_never_rise_anywhere_within_their_bounds(family):
    span = np.log(40.0)
    axes = family.axes(span)
    corners = np.stack([g.ravel() for g in np.meshgrid(*(np.linspace(a[0], a[1], 9) for a in axes))], axis=1)
    log_phi = family.log_phi(np.linspace(0.0, span + 7.0, 200), corners, span)
    np.testing.assert_allclose(log_phi[:, 0], 0.0, atol=1e-9)
    assert (np.diff(log_phi, axis=1) <= 1e-9).all() and not np.isnan(log_phi).any()


def _bic_weights(rss, parameters, n):
    bic = np.array([n * np.log(r / n) + (k + 1) * np.log(n) for r, k in zip(rss, parameters, strict=True)])
    weights = np.exp(-0.5 * (bic - bic.min()))
    return weights / weights.sum()


def test_bic_weights_by_hand():
    names = ("pow2", "pow3", "pow4", "mmf4", "wbl4")
    found = [fits_of(LABELS, ERROR).family(name) for name in names]
    rss = [((ERROR - 0.085) ** 2).sum(), *(((fit(LABELS) - ERROR) ** 2).sum() for fit in found)]
    np.testing.assert_allclose(
        PEERS["bic_average"](LABELS, ERROR).weights, _bic_weights(rss, (1, 2, 3, 4, 4, 4), 10), rtol=1e-6
    )


def test_holdout_weights_by_hand():
    """Eight anchors train, two are held out; the refitted families are averaged."""
    mse = [((ERROR[8:] - ERROR[7]) ** 2).mean()]
    predicted = [np.array([0.085])]
    for name in ("pow3", "pow4", "mmf4", "wbl4"):
        mse.append(((PEERS[name](LABELS[:8], ERROR[:8])(LABELS[8:]) - ERROR[8:]) ** 2).mean())
        predicted.append(PEERS[name](LABELS, ERROR)([2_000.0]))
    weights = (1 / np.array(mse)) / (1 / np.array(mse)).sum()
    peer = PEERS["holdout_average"](LABELS, ERROR)
    np.testing.assert_allclose(peer.weights, weights, rtol=1e-9)
    np.testing.assert_allclose(peer([2_000.0]), weights @ np.array(predicted), rtol=1e-9)


@pytest.mark.parametrize(("size", "training"), [(4, 3), (5, 4), (10, 8), (40, 32)])
def test_the_share_that_trains(size, training, monkeypatch):
    asked = []
    monkeypatch.setattr(Fits, "first", lambda self, count: asked.append(count) or self)
    labels = np.arange(10.0, 10.0 + size)
    PEERS["holdout_average"](labels, 1 / np.sqrt(labels))
    assert set(asked) == {training}


def test_numbers_that_are_not_finite_give_the_last_value_and_say_so(monkeypatch):
    broken = replace(FAMILIES["pow4"], log_phi=lambda log_x, theta, span: np.full((len(theta), log_x.size), np.nan))
    assert fit_family(broken, make_observed(LABELS, ERROR)) is None
    monkeypatch.setattr(peers, "FAMILIES", {**FAMILIES, "pow4": broken})
    peers._cached_fits.cache_clear()
    try:
        single = peers.PEERS["pow4"](LABELS, ERROR)
        np.testing.assert_array_equal(single([900.0, 9_000.0]), [0.085, 0.085])
        assert single.unfitted == ("pow4",)
        for name in ("bic_average", "holdout_average"):
            average = PEERS[name](LABELS, ERROR)
            assert average.unfitted == ("pow4",) and np.isclose(sum(average.weights), 1.0)
            assert np.isfinite(average([900.0])).all()
    finally:
        peers._cached_fits.cache_clear()
