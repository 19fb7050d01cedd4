"""Softmax regression by compiled loops: single precision, one lane after the other, each in sums of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.arrays import ArrayCache, Bools, Features, Ints
from simulations.learners.kernels import softmax as kernels
from simulations.learners.kernels import tiles
from simulations.learners.learner import Labelled
from simulations.learners.linear import LinearHeads

# Both must hold. The largest slope per item is scikit-learn's own rule (1e-4 by default), which leaves gaps to the
# optimum like its own; half the Newton decrement per item goes on where that rule would stop early.
_GRADIENT = 8e-5
_DECREMENT = 1e-5
_MOST_EVALUATIONS = 400


@dataclass(frozen=True)
class CompiledHeads(LinearHeads):
    """Linear heads scored by compiled loops; their weights are padded with zeros to a multiple of 16 features."""

    def probabilities(self, lanes: Sequence[int], features: Features) -> Features:
        """See `Fitted`."""
        scored = np.empty((len(lanes), self.weights.shape[1], features.shape[0]), np.float32)
        self.write_probabilities(lanes, features, scored)
        return scored

    def write_probabilities(self, lanes: Sequence[int], features: Features, out: Features) -> Bools:
        """Score items block by block, all lanes while a block is in the cache; see `WritesProbabilities`."""
        which = np.asarray(lanes, np.int64)
        sums = kernels.probabilities(self.weights, self.intercepts, which, _PANELS(features), out)
        return np.asarray(np.isfinite(sums))


def fit_compiled(labelled: Labelled, penalty: float, warm: LinearHeads | None) -> CompiledHeads:
    """Fit every lane in single precision, with a penalty that is doubled for two classes, from `warm` or from zeros.

    Raises:
        ValueError: a row or a class number is out of range; compiled loops would read past the end.
    """
    _check_range("row", labelled.rows, labelled.features.shape[0])
    _check_range("class number", labelled.answers, labelled.classes)
    lanes, width = labelled.rows.shape[0], labelled.features.shape[1]
    weights = np.zeros((lanes, labelled.classes, _padded_width(width)), np.float32)
    intercepts = np.zeros((lanes, labelled.classes), np.float32)
    if warm is not None:
        weights[:] = warm.weights
        intercepts[:] = np.where(np.isfinite(warm.intercepts), warm.intercepts, 0.0)
    mean = labelled.spectrum.mean()
    axes = np.full(weights.shape[2], mean, np.float32)
    axes[:width] = labelled.spectrum + mean
    lanes_given = weights, intercepts, _flat(labelled.features), labelled.rows, labelled.answers, axes
    evaluations, converged = kernels.fit_lanes(*lanes_given, penalty, _DECREMENT, _GRADIENT, _MOST_EVALUATIONS)
    return CompiledHeads(weights, intercepts, converged, evaluations)


def _check_range(what: str, numbers: Ints, end: int) -> None:
    if numbers.min() < 0 or numbers.max() >= end:
        raise ValueError(f"a {what} is {numbers.min()} or {numbers.max()}; allowed: 0 to {end - 1}")


def _padded_width(width: int) -> int:
    return -(-width // tiles.V) * tiles.V


def _flat(features: Features) -> Features:
    """Lay features out flat, with d padded with zeros to a multiple of 16; nothing is copied that has that form."""
    as_is = features.shape[1] % tiles.V == 0 and features.flags.c_contiguous and features.dtype == np.float32
    flat = (features.reshape(-1) if as_is else _PADDED(features)).view()
    # Always: numba compiles everything a second time for arrays that can be written to.
    flat.flags.writeable = False
    return flat


def _pad(features: Features) -> Features:
    padded = np.zeros((features.shape[0], _padded_width(features.shape[1])), np.float32)
    padded[:, : features.shape[1]] = features
    return padded.ravel()


def _panels(features: Features) -> Features:
    count, width = features.shape[0], _padded_width(features.shape[1])
    panels = np.empty(-(-count // tiles.V) * tiles.V * width, np.float32)
    tiles.pack(_flat(features), np.arange(count), width, panels)
    return panels


_PADDED: ArrayCache[Features] = ArrayCache(_pad)
_PANELS: ArrayCache[Features] = ArrayCache(_panels)
