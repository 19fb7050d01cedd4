"""The prior of label savings on a task not seen yet, from savings on recorded data sets, and joint draws from it.

Every moderator's coefficient has the prior (r · size)² times the smooth prior of ln s, with the common size integrated
out by how well it fits. A level (a kind of data, a learner family) that the evidence never saw keeps its prior effect,
so that the prediction is wider there. A number that is not known contributes its spread.

A data set that favours margin favours entropy: the correlation R of the draws of several strategies is that of the data
sets' effects, shrunk towards ½ as if four more data sets had said so. It is taken for slopes too. The mismatch and the
t's scale are common to all.

Notation:
    F, J, P, K  ()      findings; data sets; moderators; knots
    T, D        ()      strategies; draws
    X           (F, P)  moderators
    x, spread   (P,)    the task's moderators, and their variances where unknown
    r           (P,)    prior sds of coefficients, relative to each other
    c           (K,)    ln s at the knots
    Σ, W        (C, K, K)   candidates for the covariance of c between data sets, and between settings of one
    ε           (D,)    mismatch between the model recorded and the user's, common to all strategies
    R           (T, T)  correlation of the data sets' effects between strategies
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.intervals import Z80
from planner.transfer.random_effects import Predictive, RandomEffects, fit_random_effects
from planner.transfer.savings_fit import RecordedSavings, read_savings, smooth_prior, smooth_savings
from planner.transfer.savings_shape import KNOTS, SavingsLine, SavingsTilt, log_error, mismatch_ramp
from planner.transfer.task_curves import TaskDescription
from simulations.arrays import ArrayLike, Floats
from simulations.errors import InputError

_INTERCEPT, _NUMBER, _LEVEL, _ORIGIN = 0.0, 1.0, 0.5, 1.0  # r; for a number, of one unit:
_CLASSES, _IMBALANCE, _ERROR, _INITIAL = np.log(3.0), np.log(10.0), np.log(3.0), np.log(4.0)
_EASY = np.log(0.05)  # error at which a task is as easy as any: what is saved no longer follows it below
_BELIEVED_BEYOND = 1.0  # unit, as far as a line is believed beyond the evidence
_SMALLEST_NUMBER = 1e-6
_MIDDLE_PROGRESS = np.log(12.0)
_TAUS = np.geomspace(0.06, 2.6, 8)  # sd between data sets at twelvefold labels
_TAU_SCALE = 1.0  # of its half-normal prior
_GROWTHS = (0.1, 0.7)  # Σ's sd grows as v to this power
_LENGTHS = (1.0, 4.0)  # and its correlation falls as exp(−|Δv| ÷ this)
_RIDGES = (0.2, 0.5, 1.2)  # sds of the moderators' coefficients as shares of the intercept's
_SETTING_SDS = (0.1, 0.25, 0.5)  # by which settings of one data set differ at twelvefold labels
_SETTING_GROWTH, _SETTING_LENGTH = 0.4, 2.0
_FEW_SETS = 3  # data sets

_FAMILIES = {
    "linear": "linear",
    "ridge": "linear",
    "forest": "trees",
    "boosting": "trees",
    "mlp": "network",
    "cnn": "network",
    "ensemble": "network",
    "finetuned": "network",
    "tagger": "network",
    "seq2seq": "network",
}
_TYPICAL, _TYPICAL_WORTH = 0.5, 4.0  # correlation between strategies before any evidence, and how many sets it counts
_SHOWN_KNOT = 2  # the knot whose savings stand in the evidence table: twelve times the initial set


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
        return np.stack([self.coefficients - half, self.coefficients + half])


@dataclass(frozen=True, eq=False)
class SavingsPrior:
    """Predictive distribution of c for a new task: a multivariate t.

    Attributes:
        strategy: compared with random.
        mean: (K,) of ln s at `KNOTS`.
        covariance: (K, K) covariance, without the mismatch.
        dof: degrees of freedom, above 4; None for a normal.
        savings_sd: log sd of the mismatch.
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
    datasets: tuple[DatasetSavings, ...]
    warnings: tuple[str, ...] = field(default=())
    line: SavingsLine | None = None

    @property
    def mismatch(self) -> Floats:
        """The sd of the mismatch at the knots, (K,)."""
        return self.savings_sd * mismatch_ramp(KNOTS)

    @property
    def widened(self) -> Floats:
        """The covariance with the mismatch, (K, K)."""
        return self.covariance + self.mismatch[:, None] * self.mismatch


def savings_prior(
    savings: pd.DataFrame,
    strategy: str,
    task: TaskDescription,
    *,
    savings_sd: float = 0.4,
    random_error: float | None = None,
    by_hardness: bool = False,
) -> SavingsPrior:
    """Predict a strategy's savings on a task by random-effects meta-analysis over recorded data sets.

    Made-up data sets differ from real ones by an effect of their own, so that real ones set the level as soon as they
    are several, while made-up ones tell how savings differ from data set to data set.

    Args:
        savings: a table of savings, `savings_fit.SAVINGS_COLUMNS`.
        strategy: one recorded beside random.
        task: whose savings are predicted.
        savings_sd: log sd of the task's savings around those of the same task simulated; larger is wider.
        random_error: random's error at 16 times the initial set, where known from a pilot: hard tasks save less.
        by_hardness: whether that differs from draw to draw, where it is not known: savings are then those of a task as
            hard as those recorded are in the middle, with the line along which they move.

    Raises:
        InputError: the strategy is not recorded.
    """
    evidence, warnings = _collect_findings(savings, strategy, task.metric)
    log_error = None if random_error is None else float(np.log(random_error))
    design = make_moderators(evidence, task, log_error, by_hardness=by_hardness)
    names = sorted({finding.dataset for finding in evidence})
    fitted = _meta_analysis(evidence, names, design)
    K = len(KNOTS)
    predicted = fitted.predict(design.task, design.spread, [design.names.index(one.name) for one in design.line])
    real = sum(not name.startswith("synthetic") for name in names)
    if real < _FEW_SETS:
        counted = "no real data set" if real == 0 else "one real data set" if real == 1 else f"{real} real data sets"
        warnings.append(f"What {strategy} saves rests on {counted}: the range is wide.")
    return SavingsPrior(
        strategy,
        predicted.mean[:K],
        predicted.covariance[:K, :K],
        predicted.dof,
        savings_sd,
        _dataset_savings(evidence, names, fitted, design),
        tuple(warnings),
        _savings_line(design.line, predicted) if design.line else None,
    )


def _savings_line(line: Sequence["_Covariate"], predicted: Predictive) -> SavingsLine:
    """Give the line whose slopes are the coefficients of some columns, per unit of what they hold."""
    K = len(KNOTS)
    units = np.repeat([one.unit for one in line], K)
    slope, covariance, beside = predicted.mean[K:], predicted.covariance[K:, K:], predicted.covariance[K:, :K]
    middle, least, most = np.transpose([one.ends for one in line])
    return SavingsLine(
        middle,
        least,
        most,
        (slope / units).reshape(-1, K),
        covariance / units / units[:, None],
        beside / units[:, None],
    )


_Column = tuple[str, Floats, float, float, float]
"""Its name, X, x, spread and r."""


@dataclass(frozen=True, eq=False)
class _Covariate:
    """What savings move along: (F,) logarithms, their unit, and how far beyond the recorded ones it is believed.

    Below `lowest` nothing moves; the task's logarithms are more by `more`.
    """

    name: str
    logs: Floats
    unit: float
    beyond: float
    lowest: float = -np.inf
    more: float = 0.0

    @property
    def column(self) -> _Column:
        """Centred on the evidence."""
        return self.name, (self.logs - self.logs.mean()) / self.unit, 0.0, 0.0, _NUMBER

    @property
    def ends(self) -> tuple[float, float, float]:
        """Where the task's logarithm has an X of 0, and the least and most that it moves savings by."""
        least, most = max(self.logs.min() - self.beyond, self.lowest), self.logs.max() + self.beyond
        return self.logs.mean() + self.more, least + self.more, most + self.more


@dataclass(frozen=True, eq=False)
class Moderators:
    """Moderators of the findings and of the task.

    Attributes:
        names: (P,) of the columns.
        X: (F, P); the first column is 1.
        task: (P,) the task's.
        spread: (P,) variances of what is not known of it.
        ridge: (P,) r, in units of a common size; 0 marks the intercept, which has none.
        line: the columns of random's error and of the initial set, where the task may be as hard as any; it stands in
            their middle then.
    """

    names: tuple[str, ...]
    X: Floats
    task: Floats
    spread: Floats
    ridge: Floats
    line: tuple[_Covariate, ...] = ()


def learner_family(learner: str | None) -> str | None:
    """Give the family of a learner; one not known here is a family of its own."""
    return None if learner is None else _FAMILIES.get(learner, learner)


def make_moderators(
    evidence: Sequence[RecordedSavings],
    task: TaskDescription,
    log_error: float | None = None,
    *,
    by_hardness: bool = False,
) -> Moderators:
    """Describe findings and task alike; see `savings_prior`.

    Where nothing tells ln of random's error, by hardness it has a column all the same, with the task in its middle.
    """
    columns = [
        ("intercept", np.ones(len(evidence)), 1.0, 0.0, _INTERCEPT),
        ("synthetic", np.array([float(finding.synthetic) for finding in evidence]), 0.0, 0.0, _ORIGIN),
        _number_column("ln classes", [finding.classes for finding in evidence], float(task.classes), _CLASSES),
        _number_column("ln imbalance", [finding.imbalance for finding in evidence], task.imbalance, _IMBALANCE),
    ]
    errors = np.maximum([finding.log_error for finding in evidence], _EASY)
    first = np.log([finding.initial_labels / (finding.classes or task.classes) for finding in evidence])
    along = by_hardness and log_error is None
    line = []
    if along:
        line.append(_Covariate("ln error", errors, _ERROR, _BELIEVED_BEYOND * _ERROR, lowest=_EASY))
        if task.initial_labels is not None:
            # A line of the task's: in labels, not labels a class. Larger initial sets save as the largest recorded do.
            more = float(np.log(task.classes))
            line.append(_Covariate("ln initial labels a class", first, _INITIAL, 0.0, more=more))
        columns += [one.column for one in line]
    elif log_error is not None:
        columns.append(
            _number_column("ln error", np.exp(errors).tolist(), float(np.exp(max(log_error, _EASY))), _ERROR)
        )
    if not along or task.initial_labels is None:
        recorded = np.exp(first).tolist()
        own = None
        if task.initial_labels is not None:
            own = task.initial_labels / task.classes
            own = min(max(own, min(recorded)), max(recorded))
        columns.append(_number_column("ln initial labels a class", recorded, own, _INITIAL))
    columns += _level_columns("kind", [finding.kind for finding in evidence], task.kind)
    families = [learner_family(finding.learner) for finding in evidence]
    # How far one family tells of another is the mismatch's business; only differences recorded are modelled.
    if len(set(families)) > 1:
        columns += _level_columns("learner", families, learner_family(task.learner))
    if task.metric not in {finding.metric for finding in evidence}:
        columns += _level_columns("metric", [finding.metric for finding in evidence], task.metric)
    names, X, own, spread, ridge = zip(*columns, strict=True)
    return Moderators(names, np.stack(X, axis=1), np.array(own), np.array(spread), np.array(ridge), tuple(line))


def _number_column(name: str, recorded: Sequence[float | None], own: float | None, unit: float) -> _Column:
    """Centre ln of a number on the evidence; what is not recorded stands at the centre."""
    logs = np.log([np.nan if number is None else max(number, _SMALLEST_NUMBER) for number in recorded]) / unit
    known = logs[~np.isnan(logs)]
    if not known.size:
        return name, np.zeros(len(logs)), 0.0, 0.0, _NUMBER
    centre = float(known.mean())
    X = np.nan_to_num(logs - centre, nan=0.0)
    if own is None:
        return name, X, 0.0, float(known.var()), _NUMBER
    shifted = float(np.log(max(own, _SMALLEST_NUMBER))) / unit - centre
    held = float(np.clip(shifted, X.min() - _BELIEVED_BEYOND, X.max() + _BELIEVED_BEYOND))
    # Far from all evidence a line is a guess: its effect is held, and how it might go on widens the prediction.
    return name, X, held, (shifted - held) ** 2, _NUMBER


def _level_columns(name: str, recorded: Sequence[str | None], own: str | None) -> list[_Column]:
    """Give a column a level; a task that does not say is at a level of its own."""
    own_level = "unsaid" if own is None else own
    return [
        (
            f"{name} {level}",
            np.array([float(cell == level) for cell in recorded]),
            float(level == own_level),
            0.0,
            _LEVEL,
        )
        for level in sorted({"?" if cell is None else cell for cell in recorded} | {own_level})
    ]


def _collect_findings(savings: pd.DataFrame, strategy: str, metric: str) -> tuple[list[RecordedSavings], list[str]]:
    metrics, warnings = recorded_metrics(savings, strategy), []
    if metric not in metrics:
        warnings.append(
            f"Savings of {strategy} are not recorded in {metric}; those in {', '.join(metrics)} stand in for it."
        )
    findings = [read_savings(savings, strategy, name) for name in ([metric] if metric in metrics else metrics)]
    return [finding for part in findings for finding in part], warnings


def recorded_metrics(savings: pd.DataFrame, strategy: str) -> list[str]:
    """Name the metrics in which a strategy's savings are recorded.

    Raises:
        InputError: they are not recorded at all.
    """
    rows = savings["strategy"] == strategy
    if not rows.any():
        known = ", ".join(sorted(savings["strategy"].unique()))
        raise InputError(f"strategy: found '{strategy}', of which no savings are recorded; allowed: {known or 'none'}")
    return sorted(savings.loc[rows, "metric"].unique())


def _meta_analysis(evidence: Sequence[RecordedSavings], names: Sequence[str], design: Moderators) -> RandomEffects:
    """Fit; settings of a data set share its effect, and differ by effects of their own."""
    groups = np.array([names.index(finding.dataset) for finding in evidence], dtype=np.int64)
    weighted = np.array([finding.weighted for finding in evidence])
    information = np.array([finding.information for finding in evidence])
    between, ridge, log_prior = _candidates()
    sd = np.where(design.ridge == 0, 1.0, design.ridge * ridge[:, None])
    coefficient_prior = sd[..., None, None] ** 2 * smooth_prior()
    settings = _spread(_SETTING_SDS, _SETTING_GROWTH, _SETTING_LENGTH)
    return fit_random_effects(weighted, information, design.X, groups, between, log_prior, coefficient_prior, settings)


def _candidates() -> tuple[Floats, Floats, Floats]:
    """Give Σ's candidates, (C, K, K), the ridges, (C,), and ln prior weights, half-normal in τ.

    Half-normal priors for τ: Röver et al. 2021, Research Synthesis Methods 12:448.
    """
    axes = np.meshgrid(_TAUS, _GROWTHS, _LENGTHS, _RIDGES, indexing="ij")
    tau, growth, length, ridge = (axis.ravel() for axis in axes)
    # The grid is even in ln τ, hence the factor τ.
    log_prior = np.log(tau) - 0.5 * (tau / _TAU_SCALE) ** 2
    return _spread(tau, growth, length), ridge, log_prior


def _spread(sd: ArrayLike, growth: ArrayLike, length: ArrayLike) -> Floats:
    """Give covariances of c, (C, K, K), by the sd at the middle progress, how it grows, and how long it is kept."""
    sd, growth, length = (np.reshape(part, (-1, 1)) for part in (sd, growth, length))
    sds = sd * (KNOTS / _MIDDLE_PROGRESS) ** growth
    memory = np.exp(-np.abs(KNOTS[:, None] - KNOTS) / length[..., None])
    return np.asarray(sds[:, :, None] * memory * sds[:, None, :])


def _dataset_savings(
    evidence: Sequence[RecordedSavings], names: Sequence[str], fitted: RandomEffects, design: Moderators
) -> tuple[DatasetSavings, ...]:
    weights = fitted.leverage(design.task)
    savings = []
    for j, name in enumerate(names):
        found = [finding for finding in evidence if finding.dataset == name]
        information = np.mean([finding.information for finding in found], axis=0)
        own, covariance = smooth_savings(information, np.mean([finding.weighted for finding in found], axis=0))
        savings.append(DatasetSavings(name, own, covariance, fitted.effects[j], float(weights[j])))
    return tuple(savings)


def task_priors(
    savings: pd.DataFrame,
    strategies: Sequence[str],
    task: TaskDescription,
    *,
    savings_sd: float,
    random_error: float | None = None,
    by_hardness: bool = False,
) -> tuple[list[SavingsPrior], list[str]]:
    """Predict each strategy's savings from recorded data sets, or next to nothing where it was never recorded.

    Arguments are those of `savings_prior`, of strategies without random. Gives T priors, and sentences for the user.
    """
    recorded = set(savings["strategy"])
    error = None if random_error is None else float(np.exp(log_error(random_error)))
    priors = [
        savings_prior(savings, name, task, savings_sd=savings_sd, random_error=error, by_hardness=by_hardness)
        if name in recorded
        else unknown_savings(name, savings_sd)
        for name in strategies
    ]
    return priors, list(dict.fromkeys(text for prior in priors for text in prior.warnings))


def unknown_savings(strategy: str, savings_sd: float) -> SavingsPrior:
    """Give the prior of a strategy never recorded: as likely to lose labels as to save them."""
    return SavingsPrior(strategy, np.zeros(len(KNOTS)), smooth_prior(), None, savings_sd, ())


def savings_frame(priors: Sequence[SavingsPrior], *, own: tuple[str, str]) -> pd.DataFrame:
    """List the user's own measurements (their name, strategies measured), then the data sets that the savings rest on.

    Columns are `dataset`, `weight`, `why`. The first weight is 1; those of data sets, heaviest first, are averaged over
    strategies and sum to 1, or to nothing where no data set has a say.
    """
    rows: dict[str, tuple[float, list[str]]] = {}
    for prior in priors:
        total = sum(abs(recorded.weight) for recorded in prior.datasets)
        for recorded in prior.datasets if total else ():
            weight, words = rows.get(recorded.dataset, (0.0, []))
            low, high = np.exp(recorded.interval[:, _SHOWN_KNOT])
            factor = float(np.exp(recorded.coefficients[_SHOWN_KNOT]))
            words = [*words, f"{prior.strategy} ×{factor:.2g} ({low:.2g} to {high:.2g})"]
            rows[recorded.dataset] = (weight + abs(recorded.weight) / total / len(priors), words)
    cells = [
        (
            name,
            weight,
            f"label savings only, at {np.exp(KNOTS[_SHOWN_KNOT]):.0f} times the initial set: " + ", ".join(words),
        )
        for name, (weight, words) in rows.items()
    ]
    cells.sort(key=lambda cell: (-cell[1], cell[0]))
    first = (own[0], 1.0, f"your own measurements: {own[1]}")
    return pd.DataFrame([first, *cells], columns=["dataset", "weight", "why"])


def draw_savings(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> tuple[Floats, SavingsTilt]:
    """Draw the savings of several strategies on one task, and how they move with how hard the task is.

    Another strategy at the end changes none of the draws before, unless it was recorded on fewer data sets. Gives
    (T, D, K) ln s at `KNOTS` where each prior's line starts, and how it moves from there: without a line not at all.
    """
    (of_slopes,) = rng.spawn(1)  # its own, so that a strategy more changes no other
    epsilon, uniform = rng.standard_normal(n_draws), rng.uniform(size=n_draws)
    Q, K = max((len(prior.line.mean) for prior in priors if prior.line is not None), default=1), len(KNOTS)
    own = correlated_normals(priors, n_draws, rng)
    others = np.concatenate([correlated_normals(priors, n_draws, of_slopes) for _ in range(Q)], axis=-1)
    drawn, slopes, ends = np.zeros(own.shape), np.zeros((*own.shape[:2], Q, K)), np.zeros((3, len(priors), Q))
    for t, prior in enumerate(priors):
        scale, root, line = mixing_scale(prior.dof, uniform)[:, None], np.linalg.cholesky(prior.covariance), prior.line
        drawn[t] = prior.mean + own[t] @ root.T * scale + epsilon[:, None] * prior.mismatch
        if line is not None:
            # The slopes' own part of Cholesky's factor of both together, so that draws have their covariance.
            with_level = np.linalg.solve(root, line.beside.T).T
            alone = np.linalg.cholesky(line.covariance - with_level @ with_level.T)
            slopes[t] = line.mean + ((own[t] @ with_level.T + others[t] @ alone.T) * scale).reshape(-1, Q, K)
            ends[:, t] = line.middle, line.least, line.most
    return drawn, SavingsTilt(slopes, *ends)


def strategy_correlation(priors: Sequence[SavingsPrior]) -> Floats:
    """Estimate R from the data sets that all priors rest on, (T, T)."""
    T = len(priors)
    gram = _TYPICAL_WORTH * (np.full((T, T), _TYPICAL) + (1.0 - _TYPICAL) * np.eye(T))
    effects = [{recorded.dataset: recorded.effect for recorded in prior.datasets} for prior in priors]
    common = sorted(set.intersection(*map(set, effects))) if effects else []
    if common:
        whitened = np.stack(
            [
                np.concatenate([np.linalg.solve(np.linalg.cholesky(prior.covariance), own[name]) for name in common])
                for prior, own in zip(priors, effects, strict=True)
            ]
        )
        size = np.sqrt((whitened**2).mean(axis=1, keepdims=True))
        whitened = np.divide(whitened, size, out=np.zeros_like(whitened), where=size > 0)
        gram = gram + whitened @ whitened.T / len(KNOTS)
    scale = np.sqrt(np.diag(gram))
    return gram / scale[:, None] / scale


def correlated_normals(priors: Sequence[SavingsPrior], n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw standard normals for each prior, correlated as the data sets' effects are between strategies: (T, D, K)."""
    normal = rng.standard_normal((len(priors), n_draws, len(KNOTS)))
    mixed: Floats = np.einsum("ab,bdk->adk", np.linalg.cholesky(strategy_correlation(priors)), normal)
    return mixed


def mixing_scale(dof: float | None, uniform: Floats) -> Floats:
    """Turn a normal into a t of the same covariance: √((ν − 2) ÷ χ²ν), at uniform draws (D,)."""
    if dof is None:
        return np.ones(len(uniform))
    from scipy.special import gammaincinv

    scale: Floats = np.sqrt((dof - 2.0) / (2.0 * gammaincinv(dof / 2.0, np.clip(uniform, 1e-12, 1.0))))
    return scale
