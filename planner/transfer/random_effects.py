"""Multivariate random-effects meta-analysis with moderators, integrated over how much data sets differ.

    y_f ~ N(θ_f, Λ_f⁻¹)      θ_f = B' x_f + b_g + u_f      b_g ~ N(0, Σ)      u_f ~ N(0, W)      B_p ~ N(0, V_p)

This is the model of van Houwelingen, Arends & Stijnen (2002, Statistics in Medicine 21:589) and Jackson, Riley & White
(2011, ibid. 30:2481). With a handful of data sets Σ is hardly known, and a plug-in estimate makes predictions too sure;
(Σ, W, V) are integrated out over a grid of candidates, and the prediction for a new data set is the mixture (Higgins,
Thompson & Spiegelhalter 2009, J. Royal Statistical Society A 172:137). All else has closed forms.

Notation:
    F, J, K, P, C   ()          findings; groups (data sets), whose findings share b; outcomes; moderators; candidates
    Λ, h    (F, K, K), (F, K)   information of each finding, possibly singular, and Λ y
    X       (F, P)      moderators, the first of them 1
    Σ       (C, K, K)   covariance between groups
    W       (K, K)      covariance between the findings of a group
    V       (C, P, K, K)    prior covariance of each moderator's coefficients
    M       (C, J, K, K)        covariance of b_g when B is known
    β, S    (C, PK), (C, PK, PK)    posterior mean and covariance of B, moderator by moderator
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.arrays import ArrayLike, Floats, Ints
from simulations.threads import one_blas_thread

_MOST_DOF = 200.0  # a t with more is a normal


@dataclass(frozen=True, eq=False)
class Predictive:
    """What is expected of a group not seen yet: a multivariate t, or a normal where `dof` is None.

    Attributes:
        mean: (K,).
        covariance: (K, K), the covariance itself, not the t's scale matrix.
        dof: degrees of freedom above 4, matched to the kurtosis of the mixture over candidates.
    """

    mean: Floats
    covariance: Floats
    dof: float | None


@dataclass(frozen=True, eq=False)
class RandomEffects:
    """A fitted meta-analysis.

    Attributes:
        weights: (C,) posterior probability of each candidate.
        between: (C, K, K) Σ + W, by which a new group's finding differs.
        beta: (C, P, K) β.
        beta_covariance: (C, P, K, P, K) S.
        effects: (J, K) posterior mean of b, averaged over candidates.
        pull: (C, J, P, K, K) how β moves with each group's own estimate of θ.
    """

    weights: Floats
    between: Floats
    beta: Floats
    beta_covariance: Floats
    effects: Floats
    pull: Floats

    def leverage(self, moderators: ArrayLike) -> Floats:
        """Give how far the prediction at some moderators moves with each group, averaged over outcomes: (J,)."""
        x = np.asarray(moderators, dtype=float)
        moved: Floats = np.einsum("c,p,cgpkk->g", self.weights, x, self.pull) / self.between.shape[-1]
        return moved

    def predict(self, moderators: ArrayLike, spread: ArrayLike | None = None, slopes: Sequence[int] = ()) -> Predictive:
        """Predict a new group by its moderators, (P,), at their expectation where they are not known.

        The spread, (P,), holds their variances then; it is 0 for all when not given. The coefficients of Q moderators,
        `slopes`, are predicted too, after the K outcomes: (1 + Q) K in all, whose degrees of freedom are those of the
        outcomes.
        """
        x, K = np.asarray(moderators, dtype=float), self.between.shape[-1]
        rows = np.stack([x, *np.eye(len(x))[list(slopes)]])
        means = np.einsum("qp,cpk->cqk", rows, self.beta).reshape(-1, len(rows) * K)
        within = np.einsum("qp,cpkrl,sr->cqksl", rows, self.beta_covariance, rows, optimize=True)
        within = within.reshape(len(means), len(rows) * K, -1)
        unknown = np.zeros(len(x)) if spread is None else np.asarray(spread, dtype=float)
        # An unknown moderator adds its variance times what its coefficient may be, squared.
        own = np.einsum("p,cpkpl->ckl", unknown, self.beta_covariance)
        own += np.einsum("p,cpk,cpl->ckl", unknown, self.beta, self.beta)
        within[:, :K, :K] += self.between + own
        mean = self.weights @ means
        off = means - mean
        covariance = np.einsum("c,ckl->kl", self.weights, within + off[:, :, None] * off[:, None, :])
        return Predictive(mean, covariance, _match_dof(self.weights, off[:, :K], within[:, :K, :K]))


def fit_random_effects(
    weighted: Floats,
    information: Floats,
    moderators: Floats,
    groups: Ints,
    between: Floats,
    log_prior: Floats,
    coefficient_prior: Floats,
    settings: Floats | None = None,
) -> RandomEffects:
    """Fit by exact Gaussian algebra under every candidate, and weigh the candidates by their marginal likelihood.

    Args:
        weighted: (F, K) h, each finding's own estimate times its information.
        information: (F, K, K) Λ, positive semi-definite; zero where a finding says nothing.
        moderators: (F, P) X.
        groups: (F,) which group each finding is of, numbered from 0; F = 0 gives the prior's own prediction.
        between: (C, K, K) candidates Σ, positive definite.
        log_prior: (C,) ln of their prior weights, up to a constant.
        coefficient_prior: (C, P, K, K) V: ridge, wide for the intercept.
        settings: candidates W, each as likely as another and tried with each Σ; none but 0 when not given.
    """
    member = (np.arange(groups.max(initial=-1) + 1)[:, None] == groups).astype(float)
    found = []
    with one_blas_thread():
        for W in np.zeros((1, *between.shape[1:])) if settings is None else settings:
            # With u integrated out a finding says less: (Λ⁻¹ + W)⁻¹, for a Λ that may be singular.
            less = np.eye(len(W)) + information @ W
            h, L = (np.linalg.solve(less, part) for part in (weighted[..., None], information))
            logs = 0.5 * (np.einsum("fk,kl,fl->", weighted, W, h[..., 0]) - np.linalg.slogdet(less)[1].sum())
            fit, of_candidates = _fit(h[..., 0], L, moderators, member, between, coefficient_prior)
            found.append((fit, W, logs + log_prior + of_candidates))
    logs = np.concatenate([each for *_, each in found])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    beta, S, effects, pull = (np.concatenate(parts) for parts in zip(*(fit for fit, *_ in found), strict=True))
    return RandomEffects(
        weights=weights,
        between=np.concatenate([between + W for _, W, _ in found]),
        beta=beta,
        beta_covariance=S,
        effects=np.einsum("c,cgk->gk", weights, effects),
        pull=pull,
    )


def _fit(
    weighted: Floats,
    information: Floats,
    X: Floats,
    member: Floats,
    between: Floats,
    coefficient_prior: Floats,
) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats]:
    """Fit with all findings' own differences in their information; gives β, S, effects and pull, and ln likelihoods."""
    x_information = X[:, :, None, None] * information[:, None]
    total = np.einsum("fpkl,fq->pkql", x_information, X)
    # Findings added up by group: h (J, K), Λ (J, K, K), and x Λ (J, P, K, K).
    h, L, cross = (np.tensordot(member, terms, axes=1) for terms in (weighted, information, x_information))
    inverse = _invert_matrices(between)
    M = _invert_matrices(inverse[:, None] + L)
    precision, right = _normal_equations(h, cross, total, X.T @ weighted, M, coefficient_prior)
    S = _invert_matrices(precision)
    beta = np.einsum("cij,cj->ci", S, right)
    squares = np.einsum("gk,cgkl,gl->c", h, M, h, optimize=True) + (right * beta).sum(axis=1)
    logs = 0.5 * (squares + _log_determinants(inverse, M, precision, coefficient_prior))
    C, (P, K) = len(between), cross.shape[1:3]
    B = beta.reshape(C, P, K)
    left = h - np.einsum("gpkl,cpk->cgl", cross, B)
    # A group's own estimate enters through its information, less what its own effect takes up.
    taken = cross.reshape(-1, P * K, K) @ (np.eye(K) - M @ L)
    pull = (S[:, None] @ taken).reshape(C, -1, P, K, K)
    return (B, S.reshape(C, P, K, P, K), (M @ left[..., None])[..., 0], pull), logs


def _normal_equations(
    weighted: Floats, cross: Floats, total: Floats, right: Floats, M: Floats, coefficient_prior: Floats
) -> tuple[Floats, Floats]:
    """Eliminate the groups' effects, which leaves a system in B alone: (C, PK, PK) and (C, PK)."""
    C, P, K, _ = coefficient_prior.shape
    cross = cross.reshape(-1, P * K, K)
    cross_M = (cross @ M).swapaxes(1, 2).reshape(C, P * K, len(cross) * K)
    prior = np.zeros((C, P, K, P, K))
    for p in range(P):
        prior[:, p, :, p] = _invert_matrices(coefficient_prior[:, p])
    reduced = (total + prior).reshape(C, P * K, P * K) - cross_M @ cross.swapaxes(1, 2).reshape(-1, P * K)
    return reduced, right.ravel() - cross_M @ weighted.ravel()


def _invert_matrices(matrices: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def _log_determinants(inverse: Floats, M: Floats, precision: Floats, coefficient_prior: Floats) -> Floats:
    """Give ln of the determinants of prior over posterior precision, (C,): what a vague candidate pays."""
    of_groups = M.shape[1] * np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(M)[1].sum(axis=1)
    of_coefficients = np.linalg.slogdet(precision)[1] + np.linalg.slogdet(coefficient_prior)[1].sum(axis=1)
    logs: Floats = of_groups - of_coefficients
    return logs


def _match_dof(weights: Floats, off: Floats, within: Floats) -> float | None:
    """Give the t whose kurtosis, 3 + 6 ÷ (ν − 4), is the mixture's, averaged over outcomes."""
    variance = np.einsum("ckk->ck", within)
    second = weights @ (variance + off**2)
    fourth = weights @ (3.0 * variance**2 + 6.0 * variance * off**2 + off**4)
    excess = float((fourth / second**2).mean()) - 3.0
    dof = 4.0 + 6.0 / excess if excess > 0 else np.inf
    return dof if dof < _MOST_DOF else None
