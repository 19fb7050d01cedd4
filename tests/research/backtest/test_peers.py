"""What every peer keeps to, whatever the curve; and the figures of the simplest ones, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import lsq_linear

from planner.forecasting.weighted_power import project
from research.backtest import peers
from research.backtest.peers import FAMILIES, PEERS, Fits, fit_family, fit_peer

LABELS = np.array([20, 30, 45, 70, 100, 150, 220, 330, 500, 700], dtype=float)
AHEAD = np.array([1.0, 20.0, 700.0, 1_000.0, 20_000.0, 1e9, 1e308])
FOUR = np.array([10.0, 20.0, 40.0, 80.0]), np.array([0.5, 0.4, 0.33, 0.28])
NAMES = ("last_value", "pow3", "pow4", "mmf4", "wbl4", "figueroa", "bic_average", "holdout_average")

every_peer = pytest.mark.parametrize("name", NAMES)


def falling(labels=LABELS, sd=0.01, seed=0):
    noise = sd * np.random.default_rng(seed).standard_normal(len(labels))
    return np.clip(1.1 * np.asarray(labels) ** -0.5 + 0.04 + noise, 0, 1)


def test_peers_come_in_the_order_of_the_table():
    assert tuple(PEERS) == NAMES


@every_peer
@pytest.mark.parametrize(
    "error",
    [
        np.zeros(10),
        np.full(10, 0.9),
        np.ones(10),
        np.full(10, 0.25),
        np.linspace(0.1, 0.6, 10),
        np.r_[np.full(5, 0.4), np.full(5, 0.2)],
        np.r_[1.0, np.zeros(9)],
        np.r_[np.ones(9), 0.0],
        np.tile([0.0, 1.0], 5),
    ],
    ids=["zero", "chance", "always wrong", "flat", "rising", "two values", "early drop", "late drop", "zigzag"],
)
def test_predictions_are_fractions_on_odd_curves(name, error):
    predicted = fit_peer(name, LABELS, error)(AHEAD)
    assert predicted.shape == AHEAD.shape
    assert np.isfinite(predicted).all() and predicted.min() >= 0 and predicted.max() <= 1


@every_peer
@pytest.mark.parametrize("level", [0.0, 0.3, 0.9, 1.0])
def test_a_flat_curve_stays_flat(name, level):
    np.testing.assert_allclose(fit_peer(name, LABELS, np.full(10, level))(AHEAD[1:]), level, atol=1e-6)


@every_peer
def test_predictions_fall_with_labels(name):
    grid = np.geomspace(20, 1e6, 60)
    assert (np.diff(fit_peer(name, LABELS, falling())(grid)) <= 1e-9).all()


@pytest.mark.parametrize("name", ["pow3", "pow4", "mmf4", "wbl4"])
def test_the_best_falling_curve_through_rising_errors_is_their_mean(name):
    error = np.linspace(0.1, 0.6, 10)
    np.testing.assert_allclose(fit_peer(name, LABELS, error)(AHEAD), 0.35, atol=1e-6)


def test_figueroa_weighs_the_later_anchors_more():
    error = np.linspace(0.1, 0.6, 10)
    weights = np.arange(1, 11) / 10
    np.testing.assert_allclose(
        fit_peer("figueroa", LABELS, error)(AHEAD[1:]), np.average(error, weights=weights), atol=1e-6
    )
    bent = 0.9 * LABELS**-0.5 + np.where(LABELS > 200, 0.1, 0.0)
    off = {name: abs(fit_peer(name, LABELS, bent)(LABELS[-1:])[0] - bent[-1]) for name in ("pow3", "figueroa")}
    assert off["figueroa"] < off["pow3"]


def test_the_last_value():
    np.testing.assert_array_equal(fit_peer("last_value", LABELS, falling())(AHEAD), np.full(7, falling()[-1]))


@every_peer
def test_no_member_leaves_the_fractions_before_it_is_averaged(name):
    """At one label the fitted power law says 1.14."""
    for member in fit_peer(name, LABELS, falling(sd=0.0)).members:
        assert member(np.array([1.0]))[0] <= 1.0


@every_peer
def test_the_users_arrays_are_neither_kept_nor_changed(name):
    labels, error = LABELS.copy(), falling()
    predictor = fit_peer(name, labels, error)
    before = predictor(AHEAD)
    np.testing.assert_array_equal(labels, LABELS)
    labels[:], error[:] = 1.0, 0.0
    np.testing.assert_array_equal(predictor(AHEAD), before)


@every_peer
def test_four_anchors_are_enough(name):
    predicted = fit_peer(name, *FOUR)(np.array([160.0, 320.0]))
    assert ((predicted >= 0.0) & (predicted <= 0.2800001)).all()


def test_families_with_too_few_anchors_are_named():
    assert fit_peer("pow4", *FOUR).unfitted == ()
    assert fit_peer("bic_average", *FOUR).unfitted == ("pow4", "mmf4", "wbl4")
    assert fit_peer("holdout_average", *FOUR).unfitted == ("pow4", "mmf4", "wbl4")
    assert fit_peer("holdout_average", LABELS, falling()).unfitted == ()


def test_fits_are_shared_by_peers_called_in_turn():
    single, average = (fit_peer(name, LABELS, falling()) for name in ("pow4", "bic_average"))
    assert single.members[0] in average.members
    fits = Fits(LABELS, falling())
    assert fits.first(8).family("pow4") is fits.first(8).family("pow4") is not fits.family("pow4")


# The parts beneath the peers, against arithmetic done another way.

ERROR = np.array([0.31, 0.27, 0.2, 0.19, 0.15, 0.14, 0.11, 0.105, 0.09, 0.085])


@settings(deadline=None)
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
    found = [Fits(LABELS, ERROR).family(name) for name in names]
    rss = [((ERROR - 0.085) ** 2).sum(), *(((fit(LABELS) - ERROR) ** 2).sum() for fit in found)]
    np.testing.assert_allclose(
        fit_peer("bic_average", LABELS, ERROR).weights, _bic_weights(rss, (1, 2, 3, 4, 4, 4), 10), rtol=1e-6
    )


def test_holdout_weights_by_hand():
    """Eight anchors train, two are held out; the refitted families are averaged."""
    mse = [((ERROR[8:] - ERROR[7]) ** 2).mean()]
    predicted = [np.array([0.085])]
    for name in ("pow3", "pow4", "mmf4", "wbl4"):
        mse.append(((fit_peer(name, LABELS[:8], ERROR[:8])(LABELS[8:]) - ERROR[8:]) ** 2).mean())
        predicted.append(fit_peer(name, LABELS, ERROR)(np.array([2_000.0])))
    weights = (1 / np.array(mse)) / (1 / np.array(mse)).sum()
    peer = fit_peer("holdout_average", LABELS, ERROR)
    np.testing.assert_allclose(peer.weights, weights, rtol=1e-9)
    np.testing.assert_allclose(peer(np.array([2_000.0])), weights @ np.array(predicted), rtol=1e-9)


def test_numbers_that_are_not_finite_give_the_last_value_and_say_so(monkeypatch):
    broken = replace(FAMILIES["pow4"], log_phi=lambda log_x, theta, span: np.full((len(theta), log_x.size), np.nan))
    assert fit_family(broken, LABELS, ERROR) is None
    monkeypatch.setattr(peers, "FAMILIES", {**FAMILIES, "pow4": broken})
    peers._cached_fits.cache_clear()
    try:
        single = fit_peer("pow4", LABELS, ERROR)
        np.testing.assert_array_equal(single(np.array([900.0, 9_000.0])), [0.085, 0.085])
        assert single.unfitted == ("pow4",)
        for name in ("bic_average", "holdout_average"):
            average = fit_peer(name, LABELS, ERROR)
            assert average.unfitted == ("pow4",) and np.isclose(sum(average.weights), 1.0)
            assert np.isfinite(average(np.array([900.0]))).all()
        with pytest.raises(RuntimeError, match="no error at"):
            replace(single, members=(lambda labels: np.full(labels.shape, np.nan),))(LABELS)
    finally:
        peers._cached_fits.cache_clear()


# Noiseless members of a family are recovered: extrapolated five times beyond the last anchor within 0.001.

SPREAD_LABELS = np.round(np.geomspace(20, 800, 14))
BEYOND = np.array([900.0, 1600.0, 2500.0, 4000.0])

POW3 = [(1.2, 0.3, 0.0), (0.9, 0.5, 0.05), (2.0, 0.8, 0.1), (0.6, 0.1, 0.02), (8.0, 1.5, 0.3)]
POW4 = [(2.0, 0.5, 0.05, 40.0), (5.0, 0.9, 0.0, 10.0), (30.0, 1.2, 0.1, 100.0), (0.9, 0.5, 0.05, -10.0)]
MMF4 = [(0.6, 30.0, 0.05, 0.9), (0.9, 200.0, 0.1, 1.0), (0.5, 3000.0, 0.0, 1.5), (0.8, 5.0, 0.02, 0.5)]
WBL4 = [(0.02, 0.5, 0.1, 0.8), (0.2, 0.6, 0.02, 0.4), (1e-4, 0.3, 0.2, 1.5), (0.9, 3.0, 0.0, 0.2)]


def pow3(n, a, b, c):
    return a * n**-b + c


def pow4(n, a, b, c, d):
    return a * (n + d) ** -b + c


def mmf4(n, a, b, c, d):
    return (a * b + c * n**d) / (b + n**d)


def wbl4(n, a, b, c, d):
    return c + b * np.exp(-a * n**d)


CURVES = {"pow3": (pow3, POW3), "pow4": (pow4, POW4), "mmf4": (mmf4, MMF4), "wbl4": (wbl4, WBL4)}
CASES = [(name, values) for name, (_, settings) in CURVES.items() for values in settings]


@pytest.mark.parametrize(("name", "values"), CASES)
def test_a_noiseless_member_is_recovered(name, values):
    truth = CURVES[name][0]
    error = truth(SPREAD_LABELS, *values)
    assert ((error >= 0) & (error <= 1)).all()
    predictor = fit_peer(name, SPREAD_LABELS, error)
    np.testing.assert_allclose(predictor(BEYOND), truth(BEYOND, *values), atol=1e-3)
    assert predictor.unfitted == ()


def test_the_power_law_without_asymptote_by_hand():
    fit = fit_family(FAMILIES["pow2"], np.array([100.0, 200.0, 400.0, 800.0]), np.array([0.4, 0.2, 0.1, 0.05]))
    np.testing.assert_allclose(fit(np.array([1600.0, 50.0])), [0.025, 0.8], atol=1e-7)
    assert fit.asymptote == 0.0
