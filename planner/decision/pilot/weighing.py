"""The joint draws weighed by what a pilot measured: they keep their prices, only their weights change.

Importance sampling of a posterior with the prior's draws (Smith & Gelfand 1992; for the value of information Menzies
2016, Medical Decision Making 36:308).

Notation:
    S, D, P, M, Z   draws; plans; pilots; measurements of the largest pilot; sizes
    gain            (S, D)  net benefit less that of the plan chosen without a pilot
    white           (S, M)  what each draw would measure, in units of noise: independent, variance 1
    data            (P, M)  what the pilots measured, in the same units
    stage           (M,)    the smallest size that has a measurement, 0 … Z − 1, never falling
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from planner.curves.randomness import keyed_rng
from planner.plan.quantity import Floats
from simulations.threads import one_blas_thread

__all__ = ["Experiment", "Ints", "Weighed", "twins_of", "weigh"]

Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]

_LEAST = np.float32(-1e30)
_ROWS = 64  # pilots weighed at once: their weights stay in the processor's cache
_ATOM = 0.05  # draws that agree in every reading are copies of one path, unless they are this share of all


@dataclass(frozen=True, eq=False)
class Experiment:
    """What each draw would measure, and how precisely.

    Attributes:
        readings: (S, M) expected measurement in each draw, on a scale on which noise does not depend on it.
        noise: (M, M) covariance of the measurements around it, positive definite.
        stage: (M,) the smallest size that has the measurement, never falling; a larger size has it too.
        sizes: Z, of which the last has all measurements.
    """

    readings: Floats
    noise: Floats
    stage: Ints
    sizes: int

    def whiten(self, measured: Floats) -> Floats:
        """Give measurements (…, M) in units of noise; those of a smaller size depend on its own alone."""
        from scipy.linalg import solve_triangular

        root = np.linalg.cholesky(self.noise)
        centred = measured - self.readings.mean(axis=0)
        white: Floats = solve_triangular(root, centred.T, lower=True, check_finite=False).T
        return white

    def columns(self) -> list[slice]:
        """Give the measurements that each size adds."""
        ends = np.searchsorted(self.stage, np.arange(self.sizes + 1))
        return [slice(int(a), int(b)) for a, b in pairwise(ends)]


@dataclass(frozen=True, eq=False)
class Weighed:
    """Posteriors after pilots.

    Attributes:
        means: (Z, P, D) posterior means of the gains.
        halves: (Z, P, 2, D) the same by each half of the draws; copies of one path are in one half.
        effective: (Z, P) Kish's effective number of draws.
    """

    means: Floats
    halves: Floats
    effective: Floats


def weigh(gain: Floats, experiment: Experiment, data: Floats, *, left_out: tuple[Ints, Ints] | None = None) -> Weighed:
    """Weigh the draws by what pilots measured.

    Args:
        gain: (S, D).
        experiment: what each draw would measure.
        data: (P, M) whitened measurements.
        left_out: (P,) each pilot's truth, and (S,) numbers of twins; the truth's twins are left out of its posterior.
    """
    twins = np.arange(len(gain)) if left_out is None else left_out[1]
    order, half = _halves(twins)
    white = experiment.whiten(experiment.readings)[order]
    columns = np.concatenate([np.ones((len(gain), 1)), gain], axis=1).astype(np.float32)[order]
    own = None if left_out is None else (twins[left_out[0]], twins[order])
    shape = experiment.sizes, len(data), 2
    sums, top, squares = np.empty((*shape, columns.shape[1])), np.empty(shape), np.empty(shape)
    with one_blas_thread():
        for start in range(0, len(data), _ROWS):
            rows = slice(start, start + _ROWS)
            for z, log_weight in enumerate(_log_weights(data[rows], white, experiment.columns(), own, rows)):
                for h, part in enumerate((slice(0, half), slice(half, None))):
                    # Each half has its own scale: where it holds next to nothing, its nearest draws still speak for it.
                    highest = log_weight[:, part].max(axis=1, initial=_LEAST)
                    weight = np.exp(log_weight[:, part] - highest[:, None])
                    sums[z, rows, h], top[z, rows, h] = weight @ columns[part], highest
                    squares[z, rows, h] = np.einsum("ps,ps->p", weight, weight)
    scale = np.exp(top - top.max(axis=2, keepdims=True))
    both = (sums * scale[..., None]).sum(axis=2)
    effective = both[..., 0] ** 2 / np.maximum((squares * scale**2).sum(axis=2), 1e-30)
    return Weighed(_means(both), _means(sums), effective)


def _means(sums: Floats) -> Floats:
    """Divide weighted sums by the sum of weights, which stands first; where none is left nothing is known to gain."""
    total = sums[..., :1]
    found: Floats = np.where(total > 0, sums[..., 1:] / np.where(total > 0, total, 1.0), 0.0)
    return found


def _halves(twins: Ints) -> tuple[Ints, int]:
    """Mix the draws, copies together: their order, (S,), and where the second half begins."""
    key = keyed_rng(0, "halves").permutation(twins.max() + 1)[twins]
    order = np.argsort(key, kind="stable")
    return order, int(np.searchsorted(key[order], key[order[len(order) // 2]]))


def _log_weights(
    data: Floats, white: Floats, columns: list[slice], own: tuple[Ints, Ints] | None, rows: slice
) -> Iterator[Singles]:
    """Add each size's measurements to the log weights of all draws, (pilots, S), those of the truth's number aside."""
    total = np.zeros((len(data), len(white)), np.float32)
    if own is not None:
        total[own[0][rows, None] == own[1]] = -np.inf
    for added in columns:
        if added.stop > added.start:
            # −½ |d − w|² in one product: a pass over all weights costs as much as the product itself.
            d, w = data[:, added], white[:, added]
            left = np.column_stack([d, np.ones(len(d)), -0.5 * (d**2).sum(axis=1)]).astype(np.float32)
            right = np.column_stack([w, -0.5 * (w**2).sum(axis=1), np.ones(len(w))]).astype(np.float32)
            total += left @ right.T
        yield total


def twins_of(readings: Floats) -> Ints:
    """Number the draws, (S,): those that are copies of one path have one number, since one would know the other."""
    found, counts = np.unique(readings, axis=0, return_inverse=True, return_counts=True)[1:]
    alone = counts[found] > _ATOM * len(readings)
    numbers: Ints = np.where(alone, counts.size + np.arange(len(readings)), found)
    return numbers
