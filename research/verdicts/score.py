"""How right verdicts were: calls, calibration, and money lost against the best decision in hindsight.

Notation:
    D    data sets; every figure is a mean within data sets first, and then over them
    r    regret of a call, as a share of what random labelling truly cost
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from planner.decision.state import SURE
from research.backtest.score_tables import mean_estimate, relative_estimate
from research.verdicts.judge import BY_CHANCE, PLANNER
from research.verdicts.rules import ALWAYS_RANDOM, CONSTANTS, RULES

__all__ = ["BINS", "CLOSE", "calls_by_rule", "scores"]

BEST_CONSTANT = "the best constant of the other data sets"
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
CLOSE = 0.1
"""A question is close where the plans truly differ by at most this share of what random labelling cost."""

_RESAMPLES = 1_000


def scores(rows: pd.DataFrame) -> dict[str, Any]:
    """Score the answers to one kind of evidence.

    Args:
        rows: from `judge.to_frame`, of one kind of evidence.

    Returns:
        `questions`, `al_right` (share in which active learning was truly cheaper), `methods` (a record each: the
        planner, the planner by the chance, and rules of thumb, marked `rule`), `skill` (1 − regret ÷ regret of the
        best rule), `log_score` (bits a question, the planner's chance and the base rate), `holds` (share of the true
        labels and savings in the planner's 80% intervals),
        `calibration` (a record a bin of the chance), `states` (a record a verdict) and `calls` (a record a rule of
        calling).
    """
    al = rows["saving_usd"] > 0
    rows = rows.assign(**{BEST_CONSTANT: best_constant(rows)})
    every = (PLANNER, BY_CHANCE, *RULES, BEST_CONSTANT)
    methods = [name for name in every if name in rows.columns and rows[name].notna().all()]
    regret = {name: _by_set(rows, _regret(rows, name)) for name in methods}
    return {
        "questions": len(rows),
        "data_sets": int(rows["dataset"].nunique()),
        "al_right": float(_by_set(rows, al.astype(float)).mean()),
        "methods": [_method(rows, name, al, regret) for name in methods],
        "skill": _skill(regret),
        "log_score": _log_scores(rows, al),
        "holds": {name: _holds(rows, name) for name in ("random_labels", "log_factor")},
        "calibration": [_bin(rows, al, low, high) for low, high in pairwise(BINS)],
        "calls": [_rule_of_calling(rows, al, name, calls) for name, calls in calls_by_rule(rows).items()],
        "states": [_state(rows, al, state) for state in ("use_active_learning", "too_close", "label_random")],
    }


def best_constant(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Give the calls of the rule that loses least on the other data sets, of the constants and never."""
    names = [ALWAYS_RANDOM, *CONSTANTS]
    lost = pd.DataFrame({name: _regret(rows, name).groupby(rows["dataset"]).mean() for name in names})
    others = (lost.sum() - lost) / max(len(lost) - 1, 1)
    chosen = rows["dataset"].map(others.idxmin(axis=1))
    return pd.Series([bool(rows.at[i, name]) for i, name in chosen.items()], index=rows.index)


def _skill(regret: dict[str, Any]) -> dict[str, Any]:
    """Compare the planner with the rule of thumb that loses least; 1 is no loss, 0 that of the rule."""
    best = min(
        (name for name in regret if name in (*RULES, BEST_CONSTANT)), key=lambda name: float(regret[name].mean())
    )
    ratio = relative_estimate(regret[PLANNER], regret[best])
    return {"best_rule": best, "skill": None if ratio is None else -ratio.mean, "ours_against_it": _told(ratio)}


def _log_scores(rows: pd.DataFrame, al: "pd.Series[bool]") -> dict[str, float]:
    """Give the mean of −log₂ of the chance of what came true, kept off 0 and 1, and that of the others' base rate."""
    share = al.astype(float).groupby(rows["dataset"]).mean()
    rate = rows["dataset"].map((share.sum() - share) / max(len(share) - 1, 1))
    scored = {"planner": rows["p_al_cheaper"], "base_rate": rate}
    said = {name: chance.where(al, 1.0 - chance).clip(0.01, 0.99) for name, chance in scored.items()}
    return {name: -float(_by_set(rows, of_truth.map(np.log2)).mean()) for name, of_truth in said.items()}


def _holds(rows: pd.DataFrame, name: str) -> float | None:
    """Give the share of truths in the planner's 80% intervals; a bound counts where the interval reaches it."""
    truth, low, high = (pd.Series([cell[i] for cell in rows[name]], rows.index, dtype=float) for i in range(3))
    known = low.notna()
    if name == "log_factor":
        inside = (low <= truth) & ((truth <= high) | rows["bounded"])
    else:
        inside = (low <= truth) & (truth <= high)
    return float(_by_set(rows[known], inside[known].astype(float)).mean()) if known.any() else None


def calls_by_rule(rows: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    """Give the calls of three rules: 1 for active learning, −1 for random, 0 where it is too close to call.

    By the chance: from 80%, and up to 20%. By the mean bill: the lower one, where the expected saving is at least the
    expected loss. Both: where these two make the same call.
    """
    p, saved, lost = rows["p_al_cheaper"], rows["expected_saving_usd"], rows["expected_loss_usd"]
    chance = (p >= SURE).astype(float) - (p <= 1 - SURE).astype(float)
    mean = np.sign(saved) * (saved.abs() >= lost)
    return {"chance": chance, "mean bill": mean, "both": mean.where(mean == chance, 0.0)}


def _rule_of_calling(rows: pd.DataFrame, al: "pd.Series[bool]", name: str, calls: "pd.Series[float]") -> dict[str, Any]:
    """Score the calls of one rule; where it makes none, half of what is at stake is lost, as by tossing a coin."""
    truth = al.astype(float) * 2 - 1
    lost = (rows["saving_usd"].abs() / rows["random_usd"]) * (1 - calls * truth) / 2
    made = calls != 0
    of_calls = rows[made]
    return {
        "rule": name,
        "calls": float(_by_set(rows, made.astype(float)).mean()),
        "right": float(_by_set(of_calls, (calls == truth)[made].astype(float)).mean()) if made.any() else None,
        "regret": float(_by_set(of_calls, lost[made]).mean()) if made.any() else None,
        "regret_with_coin": float(_by_set(rows, lost).mean()),
    }


def _method(rows: pd.DataFrame, name: str, al: "pd.Series[bool]", regret: dict[str, Any]) -> dict[str, Any]:
    right = _by_set(rows, (rows[name].astype(bool) == al).astype(float))
    ours = None if name == PLANNER else relative_estimate(regret[PLANNER], regret[name])
    return {
        "method": name,
        "rule": name in RULES,
        "right": _told(mean_estimate(right)),
        "regret": _told(mean_estimate(regret[name])),
        "regret_usd": float(_by_set(rows, _regret(rows, name) * rows["random_usd"]).mean()),
        "ours_against_it": None if ours is None else ours.to_dict(),
    }


def _regret(rows: pd.DataFrame, name: str) -> "pd.Series[float]":
    """Give r of each call: what the other plan would have saved, where it would have."""
    lost = np.where(rows[name].astype(bool), -rows["saving_usd"], rows["saving_usd"])
    return pd.Series(np.maximum(lost, 0.0) / rows["random_usd"].to_numpy(dtype=float), index=rows.index)


def _bin(rows: pd.DataFrame, al: "pd.Series[bool]", low: float, high: float) -> dict[str, Any]:
    """Compare what was said with what came true; the interval resamples data sets, each with all its questions."""
    said = rows["p_al_cheaper"]
    inside = (said >= low if low == 0 else said > low) & (said <= high)
    record: dict[str, Any] = {"from": low, "to": high, "questions": int(inside.sum())}
    if not inside.any():
        return {**record, "data_sets": 0, "said": None, "happened": None, "q10": None, "q90": None}
    groups = [part for _, part in al[inside].astype(float).groupby(rows.loc[inside, "dataset"])]
    ends = _resampled(groups) if len(groups) > 1 else (None, None)
    return {
        **record,
        "data_sets": len(groups),
        "said": float(said[inside].mean()),
        "happened": float(al[inside].mean()),
        "q10": ends[0],
        "q90": ends[1],
    }


def _resampled(groups: "list[pd.Series[float]]") -> tuple[float, float]:
    """Give the 80% percentile bootstrap interval of a share, data sets drawn with replacement."""
    sums, counts = np.array([part.sum() for part in groups]), np.array([len(part) for part in groups], dtype=float)
    drawn = np.random.default_rng(0).integers(len(groups), size=(_RESAMPLES, len(groups)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.1, 0.9))
    return float(low), float(high)


def _state(rows: pd.DataFrame, al: "pd.Series[bool]", state: str) -> dict[str, Any]:
    here = rows["state"] == state
    close = rows["saving_usd"].abs() <= CLOSE * rows["random_usd"]
    right = rows[PLANNER].astype(bool) == al
    return {
        "state": state,
        "questions": int(here.sum()),
        "share": float(here.mean()),
        "right": float(right[here].mean()) if here.any() else None,
        "truly_close": float(close[here].mean()) if here.any() else None,
    }


def _by_set(rows: pd.DataFrame, values: "pd.Series[float]") -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(values.groupby(rows["dataset"]).mean(), dtype=np.float64)


def _told(found: Any) -> dict[str, float | None] | None:
    return None if found is None else found.to_dict()
