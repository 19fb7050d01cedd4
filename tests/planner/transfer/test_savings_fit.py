from types import SimpleNamespace

import numpy as np
import pytest

from planner.curves.replicates import Replicates
from planner.transfer.savings_fit import fit_savings, paired_covariance, smooth_prior, smooth_savings
from planner.transfer.savings_shape import KNOTS, make_baseline
from simulations.errors import InputError
from tests.planner.transfer.planted import FIRST, POOL, pair

SAVES = np.array([0.2, 0.5, 0.9, 0.9])
LOSES = np.array([-0.3, -0.5, -0.5, -0.3])


def fitted(rows, **options):
    curves = {str(name): Replicates.from_rows(str(name), group) for name, group in rows.groupby("strategy")}
    fit = fit_savings(curves["margin"], curves["random"], **{"pool": POOL, **options})
    coefficients, covariance = smooth_savings(fit.information, fit.weighted)
    return SimpleNamespace(**vars(fit), coefficients=coefficients, covariance=covariance)


@pytest.mark.parametrize("truth", [SAVES, LOSES, np.zeros(4)])
def test_planted_savings_are_found_where_there_is_no_noise(truth):
    fit = fitted(pair(truth, sd=1e-5))
    assert fit.coefficients[:3] == pytest.approx(truth[:3], abs=0.03)


@pytest.mark.parametrize("truth", [SAVES, LOSES])
def test_intervals_hold_the_planted_savings_as_often_as_they_say(truth):
    z = []
    for rng in range(20):
        fit = fitted(pair(truth, rng=rng))
        z.append((fit.coefficients - truth)[:3] / np.sqrt(np.diag(fit.covariance))[:3])
    covered = (np.abs(z) < 1.2816).mean()
    assert 0.65 <= covered <= 0.97
    assert np.abs(np.mean(z, axis=0)).max() < 0.8


def test_more_seeds_tell_more():
    one, few, many = (fitted(pair(SAVES, seeds=seeds)) for seeds in (1, 5, 40))
    assert np.diag(many.covariance)[:3].sum() < 0.5 * np.diag(few.covariance)[:3].sum()
    assert (np.diag(one.covariance) > np.diag(many.covariance)).all()


def test_a_plateau_leaves_savings_wide_not_wild():
    steep, flat = fitted(pair(SAVES)), fitted(pair(SAVES, floor=0.3, start=0.001, power=3.0))
    assert (np.diag(flat.covariance)[:3] > 50 * np.diag(steep.covariance)[:3]).all()
    assert (np.abs(flat.coefficients) < 2 * np.sqrt(np.diag(smooth_prior()))).all()


def test_savings_read_beyond_randoms_last_count_are_unsure():
    inside, beyond = fitted(pair(SAVES)), fitted(pair(np.array([0.2, 1.0, 2.0, 2.5])))
    assert beyond.covariance[3, 3] > 0.1
    assert beyond.coefficients[3] == pytest.approx(2.5, abs=2.5 * np.sqrt(beyond.covariance[3, 3]))
    assert inside.covariance[2, 2] < beyond.covariance[2, 2]


def test_nothing_is_known_beyond_the_last_count():
    fit = fitted(pair(SAVES, rounds=3))
    assert np.diag(fit.covariance)[1] < 0.1 * np.diag(smooth_prior())[1]
    assert fit.covariance[3, 3] > 0.9 * 0.49 * (KNOTS[3] - KNOTS[1])


def test_the_data_alone_are_free_of_the_prior():
    fit = fitted(pair(SAVES, sd=1e-3))
    alone = np.linalg.solve(fit.information, fit.weighted)
    assert alone[:3] == pytest.approx(SAVES[:3], abs=0.1)
    assert fit.covariance == pytest.approx(np.linalg.inv(fit.information + np.linalg.inv(smooth_prior())))


def test_seeds_of_one_curve_alone_are_left_out():
    rows = pair(SAVES, sd=0.0)
    kept = rows[(rows["strategy"] == "random") | (rows["seed"] < 4)]
    assert (np.diag(fitted(rows).covariance) > 0).all()  # equal values of all seeds still leave some noise
    assert fitted(kept).covariance == pytest.approx(fitted(rows[rows["seed"] < 4]).covariance)
    assert (np.diag(fitted(kept).covariance) > np.diag(fitted(rows).covariance)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[(rows["strategy"] == "random") == (rows["seed"] < 10)], "no seed is shared"),
        (lambda rows: rows[rows["labels"] == FIRST], "at least two label counts"),
    ],
)
def test_what_cannot_be_fitted_is_told(change, message):
    with pytest.raises(InputError, match=message):
        fitted(change(pair(SAVES)))


def test_a_baseline_of_a_power_law_is_that_power_law_and_goes_on_with_a_fading_slope():
    n = 20.0 * np.arange(1, 31)
    base = make_baseline(n, 2.0 * n[None] ** -0.5, 1e-4)
    at = np.log([20.0, 300.0, 600.0])
    assert base.error(at) == pytest.approx(2.0 * np.exp(at) ** -0.5, rel=5e-3)
    way = 3.0 * (1.0 - np.exp(-np.log(2) / 3.0))
    ahead = base.error(np.log([600.0, 1_200.0]))
    assert ahead[1] / ahead[0] == pytest.approx(np.exp(-0.5 * way), rel=5e-3)
    assert base.error(np.log([1_200.0]), 0.1)[0] == pytest.approx(ahead[1] * np.exp(-0.1 * way), rel=1e-9)


def test_noise_of_many_seeds_is_what_it_is():
    truth = 1e-4 * np.array([[1.0, 0.6, 0.1], [0.6, 1.0, 0.6], [0.1, 0.6, 1.0]])
    d = np.random.default_rng(0).multivariate_normal(np.zeros(3), truth, 4_000)
    covariance = paired_covariance(d - d.mean(axis=0), np.full(3, 0.2), np.arange(3.0))
    assert covariance * 4_000 == pytest.approx(truth, abs=8e-6)
