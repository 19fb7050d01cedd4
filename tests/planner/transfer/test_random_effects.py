import numpy as np
import pytest
from scipy.stats import multivariate_normal

from planner.transfer.random_effects import fit_random_effects

WIDE = 1e6  # prior variance of an intercept about which nothing is assumed


def analyse(y, V, tau2, *, X=None, groups=None, prior=WIDE, log_prior=None, **options):
    """One outcome: y (J,), V (J,), tau2 (C,)."""
    y, V, tau2 = (np.atleast_1d(np.asarray(one, dtype=float)) for one in (y, V, tau2))
    X = np.ones((len(y), 1)) if X is None else np.asarray(X, dtype=float)
    coefficients = np.broadcast_to(np.atleast_1d(prior)[None, :, None, None], (len(tau2), X.shape[1], 1, 1))
    return fit_random_effects(
        (y / V)[:, None],
        (1 / V)[:, None, None],
        X,
        np.arange(len(y)) if groups is None else groups,
        tau2[:, None, None],
        np.zeros(len(tau2)) if log_prior is None else log_prior,
        coefficients,
        **options,
    )


def test_equal_variances_give_the_plain_mean_and_its_prediction_variance():
    y, V, tau2 = np.array([0.1, 0.4, 0.9, 0.2]), 0.05, 0.3
    predicted = analyse(y, np.full(4, V), tau2).predict([1.0])
    assert predicted.mean[0] == pytest.approx(y.mean(), abs=1e-5)
    assert predicted.covariance[0, 0] == pytest.approx(tau2 + (tau2 + V) / 4, rel=1e-5)
    assert predicted.dof is None


def test_without_differences_between_groups_weights_are_inverse_variances():
    y, V = np.array([0.0, 1.0]), np.array([0.1, 0.3])
    fit = analyse(y, V, 1e-9)
    assert fit.predict([1.0]).mean[0] == pytest.approx(0.25, abs=1e-5)
    assert fit.leverage([1.0]) == pytest.approx([0.75, 0.25], abs=1e-5)


def test_groups_are_shrunk_as_the_closed_form_says():
    y, V, tau2 = np.array([0.0, 1.0]), np.array([0.2, 0.2]), 0.3
    assert analyse(y, V, tau2).effects[:, 0] == pytest.approx((y - 0.5) * 0.3 / 0.5, abs=1e-5)


def test_marginal_likelihood_is_that_of_a_normal():
    y, V, tau2, prior = np.array([0.3, -0.2, 1.1]), np.array([0.1, 0.2, 0.05]), np.array([0.01, 0.2, 1.0]), 2.0
    densities = [multivariate_normal.pdf(y, cov=np.diag(V + t) + prior) for t in tau2]
    assert analyse(y, V, tau2, prior=prior).weights == pytest.approx(np.array(densities) / np.sum(densities))


def test_findings_of_one_group_differ_too_in_the_likelihood_and_in_the_prediction():
    y, V, tau2, W = np.array([0.3, -0.2, 0.9]), np.array([0.1, 0.2, 0.1]), np.array([0.2, 1.0]), np.array([0.01, 0.3])
    groups = np.array([0, 0, 1])
    same = (groups[:, None] == groups).astype(float)
    covariances = [np.diag(V + w) + t * same + 2.0 for w in W for t in tau2]
    densities = np.array([multivariate_normal.pdf(y, cov=one) for one in covariances])
    fit = analyse(y, V, tau2, groups=groups, prior=2.0, settings=W[:, None, None])
    assert fit.weights == pytest.approx(densities / densities.sum())
    ahead = np.array([2.0 * np.ones(3) @ np.linalg.solve(one, y) for one in covariances])
    assert fit.predict([1.0]).mean[0] == pytest.approx(fit.weights @ ahead)
    assert fit.between[:, 0, 0] == pytest.approx([w + t for w in W for t in tau2])


def test_a_finding_that_says_nothing_of_an_outcome_may_differ_in_it():
    """Singular information: with W the finding says nothing still."""
    information = np.array([[[4.0, 0.0], [0.0, 0.0]]])
    W, wide = 0.5 * np.eye(2)[None], np.broadcast_to(WIDE * np.eye(2), (1, 1, 2, 2))
    fit = fit_random_effects(
        np.array([[4.0, 0.0]]), information, np.ones((1, 1)), np.array([0]), np.eye(2)[None], np.zeros(1), wide, W
    )
    predicted = fit.predict([1.0])
    assert predicted.mean == pytest.approx([1.0, 0.0], abs=1e-4)
    assert predicted.covariance[0, 0] == pytest.approx(2 * (1.0 + 0.5) + 0.25, rel=1e-4)


def test_with_many_groups_differences_between_them_are_found():
    rng = np.random.default_rng(0)
    tau2 = np.geomspace(0.01, 4, 25)
    y = 0.7 + rng.normal(0, np.sqrt(0.25 + 0.1), 600)
    fit = analyse(y, np.full(600, 0.1), tau2)
    predicted = fit.predict([1.0])
    assert predicted.mean[0] == pytest.approx(0.7, abs=0.08)
    assert np.sqrt(np.einsum("c,ckk->k", fit.weights, fit.between))[0] == pytest.approx(0.5, abs=0.06)
    assert predicted.dof is None or predicted.dof > 30


def test_slopes_agree_with_ridge_regression():
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(8), rng.normal(size=8)])
    y, V, tau2, ridge = rng.normal(size=8), 0.1, 0.2, 0.5
    fit = analyse(y, np.full(8, V), tau2, X=X, prior=[WIDE, ridge])
    normal = X.T @ X / (V + tau2) + np.diag([1 / WIDE, 1 / ridge])
    beta = np.linalg.solve(normal, X.T @ y / (V + tau2))
    predicted = fit.predict([1.0, 2.0])
    x = np.array([1.0, 2.0])
    assert predicted.mean[0] == pytest.approx(x @ beta, rel=1e-6)
    assert predicted.covariance[0, 0] == pytest.approx(tau2 + x @ np.linalg.solve(normal, x), rel=1e-6)
    # The slope beside the level: one normal of both, without the spread between groups for the slope.
    both = fit.predict(x, slopes=[1])
    at = np.array([x, [0.0, 1.0]])
    assert both.mean == pytest.approx(at @ beta, rel=1e-6)
    assert both.covariance == pytest.approx(at @ np.linalg.solve(normal, at.T) + np.diag([tau2, 0.0]), rel=1e-6)


def test_an_unknown_moderator_adds_its_spread():
    X = np.column_stack([np.ones(6), [-1, -1, -1, 1, 1, 1]])
    fit = analyse(2.0 * X[:, 1], np.full(6, 1e-4), 1e-4, X=X, prior=[WIDE, WIDE])
    known, unknown = fit.predict([1.0, 0.0]), fit.predict([1.0, 0.0], [0.0, 1.0])
    assert unknown.covariance[0, 0] - known.covariance[0, 0] == pytest.approx(4.0, rel=1e-3)


def test_several_outcomes_agree_with_brute_force():
    rng = np.random.default_rng(3)
    F, K, J = 5, 3, 3
    groups, X = np.array([0, 0, 1, 2, 2]), np.column_stack([np.ones(F), rng.normal(size=F)])
    roots = rng.normal(size=(F, K, K))
    information, y = roots @ roots.swapaxes(1, 2) + np.eye(K), rng.normal(size=(F, K))
    sigma = np.array([[0.5, 0.2, 0.1], [0.2, 0.4, 0.1], [0.1, 0.1, 0.3]])
    V = np.stack([2.0 * np.eye(K), 0.3 * sigma])
    fit = fit_random_effects(
        np.einsum("fkl,fl->fk", information, y), information, X, groups, sigma[None], np.zeros(1), V[None]
    )
    # All of it as one normal: covariance of the stacked y, and of a new group with it.
    same = groups[:, None] == groups
    of_y = np.einsum("fp,gp,pkl->fkgl", X, X, V) + np.einsum("fg,kl->fkgl", same, sigma)
    for f in range(F):
        of_y[f, :, f, :] += np.linalg.inv(information[f])
    of_y = of_y.reshape(F * K, F * K)
    x = np.array([1.0, 0.7])
    across = np.einsum("p,gp,pkl->kgl", x, X, V).reshape(K, F * K)
    own = np.einsum("p,p,pkl->kl", x, x, V) + sigma
    predicted = fit.predict(x)
    assert predicted.mean == pytest.approx(across @ np.linalg.solve(of_y, y.ravel()))
    assert predicted.covariance == pytest.approx(own - across @ np.linalg.solve(of_y, across.T))
    assert fit.effects.shape == (J, K)


def test_predictions_for_a_new_group_cover_as_often_as_they_say():
    rng = np.random.default_rng(5)
    tau2 = np.geomspace(0.02, 3, 12)
    covered = []
    for _ in range(400):
        theta = rng.normal(0.4, 0.6, 8)
        predicted = analyse(theta[:7] + rng.normal(0, 0.1, 7), np.full(7, 0.01), tau2, prior=1.0).predict([1.0])
        t = 1.2816 if predicted.dof is None else 1.2816 * (1 + 0.5 / predicted.dof)
        covered.append(abs(theta[7] - predicted.mean[0]) < t * np.sqrt(predicted.covariance[0, 0]))
    assert 0.75 <= np.mean(covered) <= 0.86
