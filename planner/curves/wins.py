"""Who beats whom over data sets: wins, ties and losses counted from corrected comparisons."""

from collections.abc import Sequence
from typing import Any

from planner.curves.comparisons import StrategyComparison
from planner.curves.power import ALPHA

MATRIX_KEYS = ("learner", "batch_size", "initial_size", "metric")

_MIRRORED = {"wins": "losses", "losses": "wins", "ties": "ties", "unknown": "unknown"}


def outcome(comparison: StrategyComparison, *, alpha: float = ALPHA) -> str:
    """Name the outcome for `strategy`: `wins`, `losses`, `ties`, or `unknown` where there is no p-value.

    A win is a difference whose Holm-corrected p-value is at most `alpha`; a tie is not proof of equality, only the lack
    of proof of a difference at the seeds there are.
    """
    difference, p = comparison.paired.difference, comparison.p_holm
    if p is None or difference is None:
        return "unknown"
    if p > alpha or difference == 0:
        return "ties"
    return "wins" if difference > 0 else "losses"


def win_matrices(comparisons: Sequence[StrategyComparison], *, alpha: float = ALPHA) -> dict[str, Any]:
    """Count outcomes over data sets, one matrix a learner, batch size, initial size and metric.

    Counting over data sets follows Demšar 2006, Journal of Machine Learning Research 7:1; no test is made over them.

    Returns:
        `{"alpha", "matrices": […]}`, a matrix being `{"learner", "batch_size", "initial_size", "metric", "datasets",
        "strategies", "matrix"}`: `matrix[a][b]` is `{"wins", "ties", "losses", "unknown"}` of a against b, and
        `datasets` lists those counted.
    """
    groups: dict[tuple[Any, ...], list[StrategyComparison]] = {}
    for comparison in comparisons:
        groups.setdefault(tuple(getattr(comparison, key) for key in MATRIX_KEYS), []).append(comparison)
    return {"alpha": alpha, "matrices": [_matrix(key, group, alpha) for key, group in sorted(groups.items())]}


def _matrix(key: tuple[Any, ...], group: Sequence[StrategyComparison], alpha: float) -> dict[str, Any]:
    names = {name for one in group for name in (one.strategy, one.against)}
    # Random, the baseline, comes last as in the comparisons.
    strategies = sorted(names, key=lambda name: (name == "random", name))
    matrix = {a: {b: dict.fromkeys(_MIRRORED, 0) for b in strategies if b != a} for a in strategies}
    for one in group:
        result = outcome(one, alpha=alpha)
        matrix[one.strategy][one.against][result] += 1
        matrix[one.against][one.strategy][_MIRRORED[result]] += 1
    datasets = sorted({one.dataset for one in group})
    identity = dict(zip(MATRIX_KEYS, key, strict=True))
    return {**identity, "datasets": datasets, "strategies": strategies, "matrix": matrix}
