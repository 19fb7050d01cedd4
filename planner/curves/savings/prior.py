"""What a strategy will save on a task not seen yet, from what it saved on recorded data sets.

Notation:
    J, K        ()      data sets; knots
    c           (K,)    ln s at the knots
    Σ           (C, K, K)   candidates for the covariance of c between data sets
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves.savings.evidence import Finding, findings, recorded_metrics
from planner.curves.savings.fit import smooth_prior
from planner.curves.savings.hardness import HardnessLine
from planner.curves.savings.moderators import Design, make_design
from planner.curves.savings.random_effects import RandomEffects, fit_random_effects
from planner.curves.savings.shape import KNOTS, mismatch_ramp
from planner.curves.task import TaskDescription
from planner.intervals import Z80
from simulations.errors import InputError

_MIDDLE = np.log(12.0)
_TAUS = np.geomspace(0.06, 2.6, 8)  # sd between data sets at twelvefold labels
_TAU_SCALE = 1.0  # of its half-normal prior
_GROWTHS = (0.4, 1.0)  # Σ's sd grows as v to this power
_LENGTHS = (1.0, 4.0)  # and its correlation falls as exp(−|Δv| ÷ this)
_RIDGES = (0.2, 0.5, 1.2)  # sds of the moderators' coefficients as shares of the intercept's
_SYNTHETIC = (1.0, 0.35)  # share of Σ by which data sets of one generator differ: at most as much as real ones
_FEW = 3  # data sets


@dataclass(frozen=True, eq=False)
class DatasetSavings:
    """One data set's own say.

    Attributes:
        dataset: its name.
        coefficients: (K,) ln s at `KNOTS` there, measured alone.
        covariance: (K, K) of their error.
        effect: (K,) how far it is off what its moderators let expect, shrunk.
        weight: how far the prediction moves with it, averaged over knots; the rest, up to 1, rests on the weak prior.
    """

    dataset: str
    coefficients: Floats
    covariance: Floats
    effect: Floats
    weight: float

    @property
    def interval(self) -> Floats:
        """Give q10 and q90 of each coefficient, (2, K)."""
        half = Z80 * np.sqrt(np.diag(self.covariance))
        ends: Floats = np.stack([self.coefficients - half, self.coefficients + half])
        return ends


@dataclass(frozen=True, eq=False)
class SavingsPrior:
    """Predictive distribution of c for a new task: a multivariate t.

    Attributes:
        strategy: compared with random.
        mean: (K,) of ln s at `KNOTS`.
        covariance: (K, K) covariance, without the mismatch.
        dof: degrees of freedom, above 4; None for a normal.
        savings_sd: log sd of the mismatch, unless draws are asked for with another.
        heterogeneity: (K,) sd between data sets.
        datasets: what it rests on.
        warnings: sentences for the user.
        line: how c moves with how hard the task is, from where `mean` and `covariance` are of; None where that is
            known, or not asked.
    """

    strategy: str
    mean: Floats
    covariance: Floats
    dof: float | None
    savings_sd: float
    heterogeneity: Floats
    datasets: tuple[DatasetSavings, ...]
    warnings: tuple[str, ...] = field(default=())
    line: HardnessLine | None = None

    def widened(self, savings_sd: float | None = None) -> Floats:
        """Give the covariance with the mismatch, (K, K)."""
        mismatch = self.mismatch(savings_sd)
        wide: Floats = self.covariance + mismatch[:, None] * mismatch
        return wide

    def mismatch(self, savings_sd: float | None = None) -> Floats:
        """Give the sd of the mismatch at the knots, (K,)."""
        sd = _checked_sd(self.savings_sd if savings_sd is None else savings_sd)
        mismatch: Floats = sd * mismatch_ramp(KNOTS)
        return mismatch


def savings_prior(
    table: pd.DataFrame,
    strategy: str,
    task: TaskDescription,
    *,
    savings_sd: float = 0.4,
    random_error: float | None = None,
    by_hardness: bool = False,
    exclude: Collection[str] = (),
) -> SavingsPrior:
    """Predict a strategy's savings on a task by random-effects meta-analysis over recorded data sets.

    Made-up data sets differ from real ones by an effect of their own, so that real ones set the level as soon as they
    are several, while made-up ones tell how savings differ from data set to data set.

    Args:
        table: a validated curve table of recorded curves.
        strategy: one recorded beside random.
        task: whose savings are predicted.
        savings_sd: log sd of the task's savings around those of the same task simulated; larger is wider.
        random_error: random's error at 16 times the initial set, where known from a pilot: hard tasks save less.
        by_hardness: whether that differs from draw to draw, where it is not known: savings are then those of a task as
            hard as those recorded are in the middle, with the line along which they move.
        exclude: data sets left out, by name without settings.

    Raises:
        InputError: the strategy is not recorded, or an argument is out of range.
    """
    _checked_sd(savings_sd)
    if random_error is not None and not 0 < random_error < 1:
        raise InputError(f"random_error: found {random_error}; allowed: an error above 0 and below 1")
    found, warnings = _collect(table, strategy, task.metric, frozenset(exclude))
    told = None if random_error is None else float(np.log(random_error))
    design = make_design(found, task, told, by_hardness=by_hardness)
    names = sorted({one.dataset for one in found})
    fitted = _meta_analysis(found, names, design)
    line, K = design.line, len(KNOTS)
    both = fitted.predict(design.task, design.spread, None if line is None else line.column)
    real = sum(not name.startswith("synthetic") for name in names)
    if real < _FEW:
        counted = "no real data set" if real == 0 else "one real data set" if real == 1 else f"{real} real data sets"
        warnings.append(f"What {strategy} saves rests on {counted}: the range is wide.")
    return SavingsPrior(
        strategy,
        both.mean[:K],
        both.covariance[:K, :K],
        both.dof,
        savings_sd,
        fitted.heterogeneity,
        _own_say(found, names, fitted, design),
        tuple(warnings),
        None if line is None else line.sloping(both.mean[K:], both.covariance[K:, K:], both.covariance[K:, :K]),
    )


def _collect(
    table: pd.DataFrame, strategy: str, metric: str, exclude: frozenset[str]
) -> tuple[list[Finding], list[str]]:
    metrics, warnings = recorded_metrics(table, strategy), []
    if metric not in metrics:
        warnings.append(
            f"Savings of {strategy} are not recorded in {metric}; those in {', '.join(metrics)} stand in for it."
        )
    found: list[Finding] = []
    for name in [metric] if metric in metrics else metrics:
        made, failed = findings(table, strategy, name)
        found += [one for one in made if one.dataset not in exclude]
        warnings += failed
    return found, warnings


def _meta_analysis(found: Sequence[Finding], names: Sequence[str], design: Design) -> RandomEffects:
    """Fit; all settings of a data set together have the information of one, since they share its items."""
    K = len(KNOTS)
    groups = np.array([names.index(one.dataset) for one in found], dtype=np.int64)
    share = 1.0 / np.bincount(groups)[groups] if len(found) else np.zeros(0)
    weighted = np.array([one.fit.weighted for one in found]).reshape(-1, K) * share[:, None]
    information = np.array([one.fit.information for one in found]).reshape(-1, K, K) * share[:, None, None]
    between, ridge, share_made_up, log_prior = _candidates()
    made_up = np.array([name.startswith("synthetic") for name in names], dtype=bool)
    shares = np.where(made_up, share_made_up[:, None], 1.0)
    sd = np.where(design.ridge == 0, 1.0, design.ridge * ridge[:, None])
    coefficient_prior = sd[..., None, None] ** 2 * smooth_prior()
    return fit_random_effects(weighted, information, design.X, groups, between, log_prior, coefficient_prior, shares)


def _candidates() -> tuple[Floats, Floats, Floats, Floats]:
    """Give Σ's candidates, (C, K, K), the ridges and made-up shares, (C,), and ln prior weights, half-normal in τ.

    Half-normal priors for τ: Röver et al. 2021, Research Synthesis Methods 12:448.
    """
    axes = np.meshgrid(_TAUS, _GROWTHS, _LENGTHS, _RIDGES, _SYNTHETIC, indexing="ij")
    tau, growth, length, ridge, share = (axis.ravel()[:, None] for axis in axes)
    sd = tau * (KNOTS / _MIDDLE) ** growth
    memory = np.exp(-np.abs(KNOTS[:, None] - KNOTS) / length[..., None])
    # The grid is even in ln τ, hence the factor τ.
    log_prior = np.log(tau) - 0.5 * (tau / _TAU_SCALE) ** 2
    return sd[:, :, None] * memory * sd[:, None, :], ridge[:, 0], share[:, 0], log_prior[:, 0]


def _own_say(
    found: Sequence[Finding], names: Sequence[str], fitted: RandomEffects, design: Design
) -> tuple[DatasetSavings, ...]:
    prior = np.linalg.inv(smooth_prior())
    weights = fitted.leverage(design.task)
    made = []
    for j, name in enumerate(names):
        fits = [one.fit for one in found if one.dataset == name]
        covariance = np.linalg.inv(np.mean([fit.information for fit in fits], axis=0) + prior)
        own = covariance @ np.mean([fit.weighted for fit in fits], axis=0)
        made.append(DatasetSavings(name, own, covariance, fitted.effects[j], float(weights[j])))
    return tuple(made)


def _checked_sd(savings_sd: float) -> float:
    if not (np.isfinite(savings_sd) and savings_sd >= 0):
        raise InputError(f"savings_sd: found {savings_sd}; allowed: a number of at least 0")
    return savings_sd
