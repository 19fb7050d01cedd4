"""Learns the forecast's prior from measured curves: the weights of shapes under which their ends were best forecast.

What is minimised is the mean absolute error of the posterior mean at points ahead of a cut, not the likelihood of whole
curves: it is forecasts that are asked of the prior, and no curve is exactly one of its shapes. The log weights are
those of the flat prior + one number a shape + one a family and irreducible share, pulled to 0 in proportion to the
weight that each moves; without this the few thousand weights learn the data sets by heart.

Run: python -m research.learning --lcdb PATH [--out FILE]

Notation: J tasks; G points ahead; T shapes; R values of ρ; K = T·R nodes; F families; x (T + F·R,) what is learned.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import planner.forecast
from planner.backtest.curves import Curve, CurveSet, choose_curves, name_code, read_recorded_curves
from planner.forecast.prior import FAMILY_NAMES, ForecastPrior, shape_families
from research.archives.sources import read_source
from research.command import finish
from research.learning.predictions import Predictions, flat_prior, predict_nodes
from simulations.arrays import Floats
from simulations.errors import InputError

__all__ = ["CURVES_A_DATA_SET", "HELD_OUT", "fit_prior", "learn_prior"]

CURVES_A_DATA_SET = 9
"""Curves that are learned from, of each data set: more of them say the same again."""

HELD_OUT = frozenset({"bbc", "mnist5k", "r8"})
"""Recorded data sets that are never learned from: pairs and plans are tested on them (docs/method/label-savings.md)."""

_PULL = 1e-3  # towards the flat prior, per squared log weight times weight
_ROUNDS = 15
_FLAT_SHARE = 0.5  # of the flat prior in what is given back: intervals would be too narrow without it
_BEND = 0.003  # an error far below this counts by its square, which has a slope at 0


def prior_to_json(prior: ForecastPrior) -> str:
    """Write the weights, to five significant digits."""
    rounded = {
        name: np.vectorize(lambda x: float(f"{x:.5g}"))(getattr(prior, name)).tolist()
        for name in ("nodes", "discrepancies", "factors")
    }
    return json.dumps({"about": dict(prior.about), **rounded})


def learn_prior(curves: Sequence[Curve], about: dict[str, Any]) -> ForecastPrior:
    """Learn the prior weights from curves that are known beyond their cuts; each data set counts the same.

    Args:
        curves: at most `CURVES_A_DATA_SET` of a data set say enough.
        about: kept beside the weights, with the data sets and the number of tasks.

    Raises:
        InputError: no curve is long enough.
    """
    found = predict_nodes(curves)
    groups = np.unique(found.groups).tolist()
    counts = {"data_sets": len(groups), "tasks": len(found.groups)}
    return fit_prior(found, groups, {**about, **counts, "codes": sorted(name_code(group) for group in groups)})


def fit_prior(found: Predictions, groups: Sequence[str], about: dict[str, Any]) -> ForecastPrior:
    """Fit the weights to the tasks of some data sets.

    Args:
        found: what the nodes forecast for the tasks.
        groups: the data sets to learn from; the others have no say.
        about: kept beside the weights.
    """
    from scipy.optimize import minimize

    flat = flat_prior()
    spread = _Spread(flat.nodes)
    share = found.shares(groups)
    fitted = minimize(
        _loss,
        np.zeros(spread.size),
        args=(found, share, spread),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ROUNDS},
    )
    change = spread.log_change(fitted.x)
    learned = flat.nodes * np.exp(change - change.max())
    nodes = _FLAT_SHARE * flat.nodes + (1.0 - _FLAT_SHARE) * learned / learned.sum()
    return ForecastPrior(nodes, flat.discrepancies, flat.factors, about)


class _Spread:
    """Spreads what is learned over the nodes, each number in units that make its pull the same."""

    def __init__(self, nodes: Floats) -> None:
        self.families = np.eye(len(FAMILY_NAMES))[shape_families()]  # (T, F)
        self.of_shape = np.sqrt(nodes.sum(axis=1))  # (T,)
        self.of_family = np.sqrt(self.families.T @ nodes)  # (F, R)
        self.size = self.of_shape.size + self.of_family.size

    def log_change(self, x: Floats) -> Floats:
        """Give the change of the log weights, (T, R)."""
        shapes, families = x[: self.of_shape.size], x[self.of_shape.size :].reshape(self.of_family.shape)
        change: Floats = (shapes / self.of_shape)[:, None] + self.families @ (families / self.of_family)
        return change

    def gather(self, slope: Floats) -> Floats:
        """Give the slope by what is learned, from that by the log weights, (T, R)."""
        return np.concatenate([slope.sum(axis=1) / self.of_shape, (self.families.T @ slope / self.of_family).ravel()])


def _loss(x: Floats, found: Predictions, share: Floats, spread: _Spread) -> tuple[float, Floats]:
    """Give the mean absolute error in thousandths, with the pull, and its slope."""
    change = spread.log_change(x)
    nodes = flat_prior().nodes * np.exp(change - change.max())
    posterior = found.likelihood * nodes.ravel().astype(np.float32)  # (J, K)
    # A step too far may leave a task without a node; it is then judged by what it gets wrong, not by 0 ÷ 0.
    posterior /= np.maximum(posterior.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    forecast = np.matmul(found.mean, posterior[:, :, None])[:, :, 0].astype(np.float64)  # (J, G)
    off = forecast - found.truth
    bent = np.hypot(off, _BEND)
    by_forecast = off / bent * share[:, None] / off.shape[1]
    by_node = np.matmul(by_forecast[:, None, :].astype(np.float32), found.mean)[:, 0]
    by_node -= (by_forecast * forecast).sum(axis=1, keepdims=True).astype(np.float32)
    slope = (posterior * by_node).sum(axis=0, dtype=np.float64).reshape(nodes.shape)
    loss = float(share @ bent.mean(axis=1)) + 0.5 * _PULL * float(x @ x)
    return 1e3 * loss, 1e3 * (spread.gather(slope) + _PULL * x)


def _learn_shipped(path: Path) -> ForecastPrior:
    recorded = read_recorded_curves()
    others = replace(recorded, curves=[curve for curve in recorded.curves if curve.dataset not in HELD_OUT])
    sources: list[CurveSet] = [choose_curves(found, sample=CURVES_A_DATA_SET) for found in (read_source(path), others)]
    curves = [curve for source in sources for curve in source.curves]
    return learn_prior(curves, {"learned_from": [source.title for source in sources], "curves": len(curves)})


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn the shipped prior from an archive of curves and the recorded ones, reserved data sets left aside."""
    parser = argparse.ArgumentParser(prog="python -m research.learning", description=main.__doc__)
    parser.add_argument("--lcdb", type=Path, required=True, help="LCDB 1.1 (.npz), or another archive of curves")
    shipped = Path(planner.forecast.__file__).parent / "forecast_prior.json"
    parser.add_argument("--out", type=Path, default=shipped, help="where to write it (default: into the package)")
    asked = parser.parse_args(arguments)
    return finish(lambda: _learn(asked.lcdb, asked.out))


def _learn(lcdb: Path, out: Path) -> None:
    if not out.parent.is_dir():
        raise InputError(f"--out: there is no folder '{out.parent}'")
    prior = _learn_shipped(lcdb)
    try:
        out.write_text(prior_to_json(prior) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror})") from error
    print(f"{out}: learned from {prior.about['tasks']:,} tasks on {prior.about['data_sets']:,} data sets")
