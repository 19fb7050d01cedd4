"""The joint forecast of random and a strategy held against simpler ones: `python -m research.pair_forecasts CURVES`.

Both curves of a pair are cut at the same label count, and the gap ahead is forecast. Beside the joint model stand two
independent forecasts, the last gap and the last label savings for ever, and a blend: each draw of the independent
forecasts is moved towards the last gap, further the further ahead it is, and the curve that is less certain moves more.
What a blend takes was chosen on the recorded pairs and on the first half of OpenAL's data sets (`--half first`).

Notation: D draws; M points of a path; G label counts ahead; gap = error of random − error of the strategy.
    u       (G,)    ln(labels ÷ labels at the last observed point)
    left    (G,)    ln(pool ÷ labels) as a share of what it is at the last observed point; 1 without a pool
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from planner.cli.output import show_progress
from planner.forecasting import Forecast, first_passage
from planner.transfer.joint_posterior import SMALLEST_GAP_SD
from planner.transfer.savings_shape import shifted_labels
from research.backtest import curves, pairs, scoring
from research.backtest.run import map_items
from research.backtest.score_tables import by_data_set
from research.command import finish, recorded_or_read
from simulations.arrays import Floats, Ints
from simulations.curve_table import clean_curves
from simulations.errors import InputError

METHODS = ("joint", "independent", "last gap", "last savings", "blend", "joint or blend")

_OWN_SPAN = 0.5  # in ln(labels), ahead of which the last gap weighs as much as the curves' own forecasts
_GAP_DRIFT = 0.05  # sd of the change of a gap over one unit of ln(labels), as a share of the error
_RESAMPLES = 2_000
_SCORES = ("gap", "crps", "coverage80", "strategy", "random")


@dataclass(frozen=True, eq=False)
class PairDraws:
    """Joint draws of the errors of random and of the strategy at the label counts ahead, (D, G) each."""

    random: Floats
    strategy: Floats

    @property
    def gap(self) -> Floats:
        """The draws of the gap, (D, G)."""
        return self.random - self.strategy


def blend_with_last_gap(
    own: PairDraws, last_gap: float, gap_sd: float, u: Floats, left: Floats, rng: np.random.Generator
) -> PairDraws:
    """Move independent draws towards the last gap, which fades until the pool is labelled.

    Args:
        own: the independent draws.
        last_gap: gap at the last observed point, a fraction.
        gap_sd: its standard error.
        u: see the notation.
        left: see the notation.
        rng: chance of the gap's error and drift.
    """
    error = float(np.median(own.random, axis=0)[0])
    sd = np.hypot(gap_sd, _GAP_DRIFT * error * u)
    held = last_gap * left + rng.standard_normal((len(own.random), 1)) * sd
    move = u / (_OWN_SPAN + u) * (held - own.gap)
    variance = [(np.quantile(draws, 0.9, axis=0) - np.quantile(draws, 0.1, axis=0)) ** 2 for draws in _both(own)]
    total = variance[0] + variance[1]
    share = np.divide(variance[0], total, out=np.full(total.shape, 0.5), where=total > 0)
    return PairDraws(
        np.clip(own.random + share * move, 0.0, 1.0), np.clip(own.strategy - (1.0 - share) * move, 0.0, 1.0)
    )


def hold_savings(random: Forecast, last_gap: float, labels: Floats, pool_size: int | None) -> PairDraws:
    """Let the strategy save the share of labels that it saves at the last observed point for ever.

    Where random's path never reaches what the strategy has, savings are as large as the path allows.
    """
    at, axis = np.log(labels), random.log_labels
    best, last = np.maximum.accumulate(random.paths, axis=1), np.log(random.last_labels)
    now = np.array([np.interp(last, axis, path) for path in best])
    same = first_passage(best, axis, (now + last_gap)[:, None])
    savings = np.minimum(same, axis[-1]) - last
    x = shifted_labels(at, savings[:, None], None if pool_size is None else np.log(pool_size))
    errors = 1.0 - random.paths
    return PairDraws(
        np.stack([np.interp(at, axis, path) for path in errors]),
        np.stack([np.interp(moved, axis, path) for moved, path in zip(x, errors, strict=True)]),
    )


def forecast_task(task: pairs.PairTask, labels: Floats, n_draws: int, seed: int) -> dict[str, PairDraws]:
    """Forecast a pair by all methods at (G,) label counts ahead."""
    entropy = [seed, curves.name_hash(task.strategy.curve.name), curves.name_hash(task.random.cut)]
    fitted = [curves.fit_ours(half, n_draws=n_draws, seed=seed) for half in (task.random, task.strategy)]
    independent = PairDraws(*(1.0 - one.draws(labels) for one in fitted))
    joint = PairDraws(*np.moveaxis(pairs.forecast_pair(task, labels, n_draws, entropy), 2, 0))
    gap, pool, last = task.random.error[-1] - task.strategy.error[-1], task.random.curve.pool_size, task.random.last
    left = np.ones(labels.size) if pool is None else np.clip(np.log(pool / labels) / np.log(pool / last), 0.0, 1.0)
    gap_sd = float(np.nan_to_num(task.gap_standard_error[-1], nan=SMALLEST_GAP_SD))
    u, rng = np.log(labels / last), np.random.default_rng([*entropy, 1])
    blend = blend_with_last_gap(independent, gap, max(gap_sd, SMALLEST_GAP_SD), u, left, rng)
    middle = np.median(independent.random, axis=0)[None]
    held = PairDraws(middle, middle - gap)
    mixed = PairDraws(*(np.concatenate(both) for both in zip(_both(joint), _both(blend), strict=True)))
    forecasts = (joint, independent, held, hold_savings(fitted[0], gap, labels, pool), blend, mixed)
    return dict(zip(METHODS, forecasts, strict=True))


def _both(draws: PairDraws) -> tuple[Floats, Floats]:
    return draws.random, draws.strategy


def score_pair(pair: pairs.Pair, cuts: Sequence[str], n_draws: int, seed: int) -> list[dict[str, object]]:
    """Score all methods on a pair, at each cut: means over the points ahead that a single forecast is given for.

    Errors and the CRPS are in percentage points of the metric, coverage is a fraction.
    """
    rows: list[dict[str, object]] = []
    for task in pairs.make_pair_tasks(pair, cuts):
        own = curves.fit_ours(task.random, n_draws=1, seed=seed)
        ahead = int((~own.refused(task.random.ahead_labels)).sum())
        if not ahead:
            continue
        random, strategy = task.random.ahead_error[:ahead], task.strategy.ahead_error[:ahead]
        forecasts = forecast_task(task, task.random.ahead_labels[:ahead], n_draws, seed)
        independent = forecasts["independent"]
        noise = pairs.gap_noise(task, *_both(independent))
        for method, draws in forecasts.items():
            rng = np.random.default_rng([seed, curves.name_hash(pair.strategy.name)])
            # A gap lies in [−1, 1]: halved and shifted it is a fraction like an error.
            measured = 2.0 * scoring.with_noise((draws.gap + 1.0) / 2.0, noise / 2.0, rng) - 1.0
            truth = random - strategy
            scores = (
                100.0 * scoring.absolute_error(draws.gap, truth).mean(),
                100.0 * scoring.crps(measured, truth).mean(),
                scoring.coverage(measured, truth, 0.8).mean(),
                100.0 * scoring.absolute_error(draws.strategy, strategy).mean(),
                100.0 * scoring.absolute_error(draws.random, random).mean(),
            )
            where = (method, pair.random.group, pair.strategy.name, task.random.cut, task.random.labels.size)
            named = zip(("method", "group", "curve", "cut", "observed", *_SCORES), (*where, *scores), strict=True)
            rows.append(dict(named))
    return rows


def summarise_scores(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Average within data sets, then over them.

    Returns:
        One row a cut and method: `cut, method, data_sets, pairs`, the scores, and `gap_q10, gap_q90`, the 80% bootstrap
        interval of the gap's error over data sets, the same resamples for all methods.
    """
    lines: list[dict[str, object]] = []
    for cut, part in rows.groupby("cut", sort=True):
        means = by_data_set(part, _SCORES)
        size = part["group"].nunique()
        resamples: Ints = np.random.default_rng(seed).integers(size, size=(_RESAMPLES, size))
        for method in METHODS:
            scores = means.loc[[method]]
            low, high = np.quantile(scores["gap"].to_numpy()[resamples].mean(axis=1), (0.1, 0.9))
            about = {"cut": cut, "method": method, "data_sets": size, "pairs": part["curve"].nunique()}
            lines.append(about | scores.mean().to_dict() | {"gap_q10": low, "gap_q90": high})
    return pd.DataFrame(lines)


def select_half(chosen: Sequence[pairs.Pair], half: str, seed: int) -> list[pairs.Pair]:
    """Take the pairs of one random half of the data sets, `first` (the larger) or `second`, or of `all`.

    Raises:
        InputError: the half has no data set.
    """
    names = np.array(sorted({pair.random.group for pair in chosen}))
    order = names[np.random.default_rng(seed).permutation(names.size)]
    middle = (names.size + 1) // 2
    kept = set({"first": order[:middle], "second": order[middle:], "all": order}[half].tolist())
    if not kept:
        raise InputError(f"--half: found {names.size} data set; allowed: at least 2 to have a second half")
    return [pair for pair in chosen if pair.random.group in kept]


def main(arguments: Sequence[str] | None = None) -> int:
    """Forecast, score and print, source by source where the table has a column `source`."""
    parser = argparse.ArgumentParser(prog="python -m research.pair_forecasts", description=__doc__)
    parser.add_argument("curves", help="a curve table, a store, or 'recorded'")
    parser.add_argument("--cuts", default="50", help="percent of the last label count observed, or few; comma between")
    parser.add_argument("--half", choices=("all", "first", "second"), default="all", help="of the data sets, at random")
    parser.add_argument("--draws", type=int, default=400, help="joint draws of a forecast")
    parser.add_argument("--seed", type=int, default=0, help="of the halves, the draws and the bootstrap")
    asked = parser.parse_args(arguments)
    return finish(lambda: _compare(asked))


def _compare(asked: argparse.Namespace) -> None:
    title, table = recorded_or_read(asked.curves)
    table = clean_curves(table)[0]
    sources = table.groupby("source", sort=True) if "source" in table.columns else [(title, table)]
    for name, rows in sources:
        chosen = select_half(pairs.pairs_from_table(rows), asked.half, asked.seed)
        score: Callable[[pairs.Pair], list[dict[str, object]]] = partial(
            score_pair, cuts=asked.cuts.split(","), n_draws=asked.draws, seed=asked.seed
        )
        with show_progress(f"Forecasting pairs of {name}") as progress:
            scores = [row for pair in map_items(score, chosen, progress=progress) for row in pair]
        if not scores:
            raise InputError(f"--cuts: found {asked.cuts}, which leave no pair of {name} to score; allowed: other cuts")
        print(f"\n{name}, {asked.half} of the data sets")
        found = summarise_scores(pd.DataFrame(scores), asked.seed)
        print(found.to_string(index=False, na_rep="–", float_format=lambda x: f"{x:.3f}"))


if __name__ == "__main__":
    sys.exit(main())
