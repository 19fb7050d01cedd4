"""Noiseless members of a family are recovered: extrapolated five times beyond the last anchor within 0.001."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from planner.backtest.peers import FAMILIES, PEERS, fit_family, make_observed

LABELS = np.round(np.geomspace(20, 800, 14))
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
    error = truth(LABELS, *values)
    assert ((error >= 0) & (error <= 1)).all()
    predictor = PEERS[name](LABELS, error)
    np.testing.assert_allclose(predictor(BEYOND), truth(BEYOND, *values), atol=1e-3)
    assert predictor.unfitted == ()


@pytest.mark.parametrize("values", POW3)
def test_weights_do_not_matter_where_every_point_is_met(values):
    np.testing.assert_allclose(
        PEERS["figueroa"](LABELS, pow3(LABELS, *values))(BEYOND), pow3(BEYOND, *values), atol=1e-3
    )


@pytest.mark.parametrize("peer", ["bic_average", "holdout_average"])
@pytest.mark.parametrize("values", POW3)
def test_averages_go_to_the_family_that_made_the_curve(peer, values):
    np.testing.assert_allclose(PEERS[peer](LABELS, pow3(LABELS, *values))(BEYOND), pow3(BEYOND, *values), atol=1e-3)


def test_the_power_law_without_asymptote_by_hand():
    fit = fit_family(FAMILIES["pow2"], make_observed([100, 200, 400, 800], [0.4, 0.2, 0.1, 0.05]))
    np.testing.assert_allclose(fit(np.array([1600.0, 50.0])), [0.025, 0.8], atol=1e-7)
    assert fit.asymptote == 0.0


@pytest.mark.parametrize("name", ["pow3", "pow4", "mmf4", "wbl4"])
def test_a_fit_is_as_good_as_many_restarts_over_all_parameters(name):
    noise = 0.01 * np.random.default_rng(4).standard_normal(LABELS.size)
    error = np.clip(pow4(LABELS, *POW4[0]) + noise, 0, 1)
    fit = fit_family(FAMILIES[name], make_observed(LABELS, error))
    np.testing.assert_allclose(((fit(LABELS) - error) ** 2).sum(), fit.rss, rtol=1e-9)
    assert fit.rss <= _restarts(name, error) * (1 + 1e-4)


def _restarts(name, error):
    """Least squares over all parameters at once from the settings above and around them: the best sum of squares."""
    truth, settings = CURVES[name]
    rng, found = np.random.default_rng(0), []
    upper = {"pow3": (1e4, 10, 1), "pow4": (1e4, 10, 1, 1e3), "mmf4": (50, 1e6, 1, 8), "wbl4": (5, 50, 1, 4)}[name]
    lower = {"pow4": (0, 1e-3, 0, -17)}.get(name, (0, 1e-3, 0, 0.05)[: len(upper)])
    for start in settings:
        for _ in range(5):
            near = np.clip(np.array(start) * rng.uniform(0.5, 2.0, len(start)), np.array(lower) + 1e-6, upper)
            try:
                values, _ = curve_fit(truth, LABELS, error, near, bounds=(lower, upper), max_nfev=400)
            except RuntimeError:  # one restart that does not converge is what restarts are for
                continue
            found.append(((truth(LABELS, *values) - error) ** 2).sum())
    assert len(found) >= 10
    return min(found)
