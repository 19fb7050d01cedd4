"""The forecast of random and a measured strategy held against others: `python -m research.pair_forecasts CURVES`.

Both curves of a pair are cut at the same label count, and the gap ahead is forecast. Beside the blend that plans use
(`planner.transfer.measured_gap`) stand two independent forecasts, and the last gap and the last label savings for ever.
What the blend takes was chosen on the recorded pairs and on the first half of OpenAL's data sets (`--half first`).

Notation: D draws; M points of a path; G label counts ahead; gap = error of random − error of the strategy.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from planner.backtest import curves, pairs, scoring
from planner.backtest.backtest import map_items
from planner.backtest.score_tables import by_data_set
from planner.cli.output import show_progress
from planner.forecast import Forecast, first_passage
from planner.transfer.savings_shape import shifted_labels
from research.command import finish, recorded_or_read
from simulations.arrays import Floats, Ints
from simulations.curve_table import clean_curves
from simulations.errors import InputError

METHODS = ("blend", "independent", "last gap", "last savings")

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
    random, strategy = (curves.fit_ours(half, n_draws=n_draws, seed=seed) for half in (task.random, task.strategy))
    independent = PairDraws(1.0 - random.draws(labels), 1.0 - strategy.draws(labels))
    blend = PairDraws(*pairs.forecast_pair(task, random, strategy, labels, entropy))
    gap = task.random.error[-1] - task.strategy.error[-1]
    middle = np.median(independent.random, axis=0)[None]
    savings = hold_savings(random, gap, labels, task.random.curve.pool_size)
    return dict(zip(METHODS, (blend, independent, PairDraws(middle, middle - gap), savings), strict=True))


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
        noise = pairs.gap_noise(task, independent.random, independent.strategy)
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
