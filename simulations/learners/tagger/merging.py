"""Columns that say the same of every labelled token share one unknown, which makes training a third faster.

A word seen once brings a dozen descriptions that hold of that one token. Under an L2 penalty the best weights of g
equal columns are equal, and are those of one column √g times as large, divided by √g: nothing is approximated.

Notation
    N, B   labelled tokens, buckets
    U, D   columns that are not empty, different columns among them
    K      tags
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulations.arrays import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Merged:
    """Columns without their copies.

    Args:
        merged: (N, D), each column times the root of how many are equal to it.
        used: (U,), the columns that are not empty, ascending.
        first: (D,), of each different column the first among `used`.
        which: (U,), which different column each is.
        roots: (D,), the root of how many are equal.
    """

    merged: "csr_array"
    used: IntArray
    first: IntArray
    which: IntArray
    roots: FloatArray

    def joined(self, W: FloatArray) -> FloatArray:
        """Turn weights of the columns `used` (U, K), equal ones of equal columns, into those of merged ones (D, K)."""
        return np.asarray(W[self.first] * self.roots[:, None])

    def parted(self, W: FloatArray) -> FloatArray:
        """Turn weights of merged columns (D, K) into those of the columns `used` (U, K)."""
        return np.asarray((W / self.roots[:, None])[self.which])


def merge(X: "csr_array") -> Merged:
    """Find the different columns of whole numbers (N, B)."""
    from scipy.sparse import csr_array

    used = np.unique(X.indices).astype(np.int64)
    own = X[:, used]
    # Sums of 64-bit numbers, one a token, that wrap around: other columns have the same sum once in 2^64.
    signs = np.random.Generator(np.random.Philox(0)).integers(-(2**63), 2**63 - 1, size=own.shape[0])
    names = own.astype(np.int64).T @ signs
    _, first, which, counts = np.unique(names, return_index=True, return_inverse=True, return_counts=True)
    roots = np.sqrt(counts)
    own = own[:, first]
    scaled = csr_array((own.data * roots[own.indices], own.indices, own.indptr), shape=own.shape)
    return Merged(scaled, used, first, which, roots)
