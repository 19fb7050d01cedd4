"""A curve simulated with wrong answers beside the same curve with right ones: what one noisy label was worth there.

Values are chosen on the noisy curve, since the clean one nearly always reaches them; the other way round, values that
noise keeps out of reach would have no factor, and leaving them out would flatter noisy labels.

Notation:
    V, W    (S, n), (S, m)  values of the noisy and of the clean curve, a row a seed that both have
    R       (1 + B, S)      weight of each seed: all alike first, then in each of B resamples
    f       labels clean ÷ labels noisy for the same value, at most 1 but for chance
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.arrays import Floats
from planner.curves.factors import RESAMPLES, SHARES
from planner.curves.passage import first_passage
from planner.curves.replicates import FAMILY_KEYS, Replicates, families
from planner.curves.table import NOISE_COLUMN

_ORACLE = re.compile(r" \[\w+ \w+=[^]]*\]$")
_START = re.compile(r" \[initial_set=\w+\]$")
_HAIR = 1e-12  # interpolating a level and finding it again may differ in the last digit


@dataclass(frozen=True, slots=True)
class NoisePair:
    """One curve with wrong answers beside the same curve with right ones.

    Attributes:
        dataset: name of the data set, without its oracle and kind of initial set.
        learner: with `strategy`, `batch_size` and `initial_size`, what the two share.
        oracle: what the noisy one is called in full.
        error_rate: eta, mean over seeds.
        pairs: S, seeds that both have.
        log_factor: mean of ln f at the noisy curve's last label count, a half and a quarter of it.
        log_sd: its standard deviation over resampled seeds; None with one seed.
        at_most: values that the clean curve has from its first count on, so that f there is only an upper bound.
        at_least: values that the clean curve never reaches, so that f there is only a lower bound, read at its end.
        values: number of values compared.
    """

    dataset: str
    learner: str
    strategy: str
    batch_size: int
    initial_size: int | None
    oracle: str
    error_rate: float
    pairs: int
    log_factor: float
    log_sd: float | None
    at_most: int
    at_least: int
    values: int


def noise_pairs(rows: pd.DataFrame, strategy: str) -> tuple[list[NoisePair], list[str]]:
    """Match every noisy curve with its clean one; a sentence for each that has none."""
    keys = [key for key in FAMILY_KEYS if key in rows.columns]
    rates = rows.groupby(keys, sort=True)[NOISE_COLUMN].mean().round(6).tolist()
    found = [(identity, curves[strategy], rate) for (identity, curves), rate in zip(families(rows), rates, strict=True)]
    clean = {_setting(identity): curve for identity, curve, rate in found if rate == 0}
    pairs, notes = [], []
    for identity, noisy, rate in found:
        if rate == 0:
            continue
        name = _ORACLE.sub("", identity["dataset"])
        same = {**identity, "dataset": name}
        beside = clean.get(_setting(same), Replicates(strategy, {}))
        pair = _pair(same, identity["dataset"], noisy, beside, rate)
        if pair is None:
            notes.append(
                f"{identity['dataset']}, {identity['learner']}, batch size {identity['batch_size']}: no curve of "
                f"'{name}' with right answers shares seeds and label counts with it; not used."
            )
        else:
            pairs.append(pair)
    return pairs, notes


def _setting(identity: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(identity[key] for key in FAMILY_KEYS)


def _pair(identity: dict[str, Any], oracle: str, noisy: Replicates, clean: Replicates, rate: float) -> NoisePair | None:
    both = sorted(noisy.curves.keys() & clean.curves.keys())
    noisy, clean = noisy.of(both), clean.of(both)
    if noisy.ends is None or clean.ends is None:
        return None
    needs, theirs = _needs(noisy, clean)
    if not len(needs):
        return None
    first, last = clean.ends
    mean = np.log(np.minimum(theirs, last) / needs).mean(axis=0)
    return NoisePair(
        dataset=_START.sub("", identity["dataset"]),  # another start on the same items is no other data set
        learner=identity["learner"],
        strategy=noisy.name,
        batch_size=identity["batch_size"],
        initial_size=identity["initial_size"],
        oracle=oracle,
        error_rate=rate,
        pairs=len(both),
        log_factor=float(mean[0]),
        log_sd=float(mean[1:].std() * np.sqrt(len(both) / (len(both) - 1))) if len(both) > 1 else None,
        at_most=int(((theirs[:, 0] <= first) & (needs[:, 0] > first)).sum()),
        at_least=int(np.isinf(theirs[:, 0]).sum()),
        values=len(needs),
    )


def _needs(noisy: Replicates, clean: Replicates) -> tuple[Floats, Floats]:
    """Give the labels that the noisy and the clean mean curve need for what the noisy one has, (values, 1 + B).

    The values are the running best at the noisy curve's last count, at a half and a quarter of it (or the last round
    before); inf is never.
    """
    (n, V), (m, W) = noisy.grid(), clean.grid()
    S = len(V)
    rng = np.random.default_rng(0)  # the same table gives the same interval
    R = np.vstack([np.ones(S), rng.multinomial(S, np.full(S, 1 / S), size=RESAMPLES)]) / S
    best, best_clean = (np.maximum.accumulate(R @ values, axis=1) for values in (V, W))
    rounds = {int(np.searchsorted(n, share * n[-1], side="right")) - 1 for share in SHARES}
    # With no more labels than the clean curve begins with, there is nothing yet that fewer could have given.
    level = best[:, sorted(at for at in rounds if n[at] > max(n[0], m[0]))].T - _HAIR
    needs, theirs = (
        np.array([first_passage(curve - one[:, None], labels, 0.0) for one in level])
        for curve, labels in ((best, n), (best_clean, m))
    )
    return needs, theirs
