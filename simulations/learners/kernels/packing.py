"""Items laid out so that tiles read memory in one stream.

Notation
    N, D     items of the data set, features padded with zeros to a multiple of 16
    panels   flat; panel p holds items 16p … 16p + 15, feature by feature: 16 numbers a feature
    strips   flat; for each block of 64 items, and in it for each 16 features, item by item: 16 numbers an item
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simulations.jit import compiled, inlined
from simulations.learners.kernels.tiles import Array, V, load_vector, store_vector

BLOCK = 64
# Numbers from strip to strip: at whole pages apart, all strips of an item would share one set of the cache.
STRIP = (BLOCK + 1) * V


def _exchange(builder: Any, a: Any, b: Any, size: int, second: bool) -> Any:
    """Join one half of each run of 2 · `size` numbers of a, the second half or the first, with that half of b."""
    kept = [k for k in range(V) if bool(k & size) == second]
    runs = [kept[at : at + size] for at in range(0, len(kept), size)]
    places = [k + side for run in runs for side in (0, V) for k in run]
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), V), places))


def _generate_square(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    X, starts, strips, panels = (
        context.make_array(signature.args[i])(context, builder, args[i]).data for i in (0, 1, 3, 5)
    )
    (j, strip, panel), lines = (args[i] for i in (2, 4, 6)), [ir.Constant(ir.IntType(64), k * V) for k in range(V)]
    counts = (ir.Constant(ir.IntType(64), k) for k in range(V))
    places = [builder.add(builder.load(builder.gep(starts, [k])), j) for k in counts]
    rows = [load_vector(builder, X, place) for place in places]
    for row, line in zip(rows, lines, strict=True):
        store_vector(builder, row, strips, builder.add(strip, line))
    for size in (1, 2, 4, 8):
        for i in (i for i in range(V) if not i & size):
            a, b = rows[i], rows[i + size]
            rows[i], rows[i + size] = (_exchange(builder, a, b, size, second) for second in (False, True))
    for row, line in zip(rows, lines, strict=True):
        store_vector(builder, row, panels, builder.add(panel, line))
    return context.get_dummy_value()


def _type_square(context: Any, X: Any, starts: Any, j: Any, strips: Any, strip: Any, panels: Any, panel: Any) -> Any:
    """Write numbers j to j + 15 of 16 items, which begin at `starts`, to both layouts, from the places given on."""
    n = types.int64
    return types.void(X, starts, n, strips, n, panels, n), _generate_square


_square: Any = intrinsic(_type_square)


@inlined
def pack_block(X: Array, rows: Array, D: int, strips: Array, panels: Array) -> None:
    """Lay out one block both ways; in the last panel, places past the last item become 0.

    Args:
        X: float32 flat (N, D).
        rows: at most 64 items.
        D: see the notation.
        strips: STRIP numbers for each 16 features.
        panels: 16 · D numbers for each 16 items begun.
    """
    starts = np.empty(V, np.int64)
    for p in range((rows.size + V - 1) // V):
        filled = min(V, rows.size - p * V)
        for i in range(filled):
            starts[i] = rows[p * V + i] * D
        source = X
        if filled < V:
            source = np.zeros(V * D, np.float32)
            for i in range(filled):
                source[i * D : (i + 1) * D] = X[starts[i] : starts[i] + D]
            for i in range(V):
                starts[i] = i * D
        for j in range(0, D, V):
            _square(source, starts, j, strips, j // V * STRIP + p * V * V, panels, (p * D + j) * V)


@inlined
def pack_items(X: Array, rows: Array, D: int, strips: Array, panels: Array) -> None:
    """Lay out any number of items both ways; arguments as for `pack_block`, with room for whole blocks."""
    size = D // V * STRIP
    for at in range(0, rows.size, BLOCK):
        own = strips[at // BLOCK * size : (at // BLOCK + 1) * size]
        pack_block(X, rows[at : at + BLOCK], D, own, panels[at * D :])


@compiled
def pack(X: Array, rows: Array, D: int, panels: Array) -> None:
    """Write items into panels.

    Args:
        X: float32 flat (N, D).
        rows: which items.
        D: see the notation.
        panels: 16 · D numbers for each 16 items begun.
    """
    strips = np.empty(D // V * STRIP, np.float32)
    for at in range(0, rows.size, BLOCK):
        pack_block(X, rows[at : at + BLOCK], D, strips, panels[at * D :])
