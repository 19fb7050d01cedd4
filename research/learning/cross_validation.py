"""Tests the forecast with a prior that has never seen the data sets it is tested on."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from planner.backtest.backtest import Backtest, Progress, gather_scores, map_items
from planner.backtest.curves import OURS, Curve, CurveSet, name_hash
from planner.backtest.scoring import BacktestSettings, CurveScores, score_curve
from research.learning.predictions import predict_nodes
from research.learning.prior import fit_prior
from simulations.errors import InputError

__all__ = ["cross_validate", "parts_of"]


def cross_validate(
    chosen: CurveSet,
    learned_from: Sequence[Curve],
    settings: BacktestSettings,
    folds: int,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Backtest:
    """Split the data sets into parts, and test ours on each part with the prior learned on all others.

    Args:
        chosen: the curves to test on.
        learned_from: the curves to learn from; of each prior, only those whose data set is in another part.
        settings: how to test; its prior is not used.
        folds: parts.
        jobs: processes for the tests.
        progress: told after each tested curve.

    Raises:
        InputError: there are fewer data sets than parts, or no curve is long enough.
    """
    parts = parts_of([curve.group for curve in (*chosen.curves, *learned_from)], folds)
    predictions = predict_nodes(learned_from)
    scored: dict[str, CurveScores] = {}
    for part in range(folds):
        others = [group for group, at in parts.items() if at != part]
        if not set(others) & set(predictions.groups.tolist()):
            raise InputError(f"--cross-validate: beside part {part + 1} there is no curve long enough to learn from")
        mine = [curve for curve in chosen.curves if parts[curve.group] == part]
        prior = fit_prior(predictions, others, {"learned_from": ["other parts of the same curves"]})
        tested = map_items(
            partial(score_curve, settings=replace(settings, prior=prior)),
            mine,
            jobs=jobs,
            progress=_onwards(progress, len(scored), len(chosen.curves)),
        )
        scored |= {curve.name: one for curve, one in zip(mine, tested, strict=True)}
    note = f"The forecast's prior was learned {folds} times, each time from the data sets it was not tested on."
    chosen = replace(chosen, notes=(*chosen.notes, note))
    ordered = [scored[curve.name] for curve in chosen.curves]
    return gather_scores("curves", chosen, replace(settings, folds=folds), (OURS, *settings.peers), ordered)


def parts_of(groups: Sequence[str], folds: int) -> dict[str, int]:
    """Deal data sets out to parts of equal size, in an order that depends on their names alone.

    Raises:
        InputError: there are fewer data sets than parts.
    """
    names = sorted(set(groups), key=lambda name: (name_hash(name), name))
    if len(names) < folds:
        raise InputError(f"--cross-validate: found {folds} parts; allowed: at most one a data set, {len(names)} here")
    return {name: at % folds for at, name in enumerate(names)}


def _onwards(progress: Progress | None, before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)
