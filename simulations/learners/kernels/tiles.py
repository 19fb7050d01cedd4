"""The register tile, the innermost loop of every product the linear learner computes, and the layout it reads.

A tile holds r × 16 sums in vector registers while it runs over K terms, so that each number loaded is used r or 16
times. LLVM does not keep such sums in registers when they are written as loops over arrays, so this one loop, and
nothing else, is handed to it as vector instructions. Tests spell out the same sums in plain loops, and hold the tile to
them bit for bit. The order of every sum is fixed by the tile alone, whatever runs beside it.

What the alternatives cost, in times the processor time: of the whole engine where a case is named, else of the product
(Intel Xeon, November 2026, interleaved runs; AVX2 by settings of numba and OpenBLAS)

    64 items side by side in plain loops, 4 × 4 terms at a time    digits 1.42, 10 classes 1.68, 50 classes 1.62;
                                                                   AVX2: digits 1.28, 10 classes 1.57
    the same product alone, 10 × 384 against 1,088 items           AVX-512: 1.7, AVX2: 1.5
    dot products of rows, 4 × 4 scalar sums; the same product      AVX-512: 1.1, AVX2: 1.4; with 64 features 1.9 and 1.7
    BLAS (`np.dot` and `np.matmul`); the same product              AVX-512: 2.5 and 3.5, AVX2: 2.7 and 2.0
    r × 16 scalar sums, with and without LLVM's SLP vectoriser     6 to 7
    no prefetch                                                    digits 1.08, 10 classes 1.13, 50 classes 1.08

Notation
    V        16, items or features side by side in a vector
    r        1 to 12, rows of a tile; 6 × 16 sums fill the registers of AVX2, 12 × 16 fit those of AVX-512
    N, D     items of the data set, features padded with zeros to a multiple of 16
    panels   flat; panel p holds items 16p … 16p + 15, feature by feature: 16 numbers a feature
    strips   flat; for each block of 64 items, and in it for each 16 features, item by item: 16 numbers an item
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from simulations.jit import compiled, inlined

Array = npt.NDArray[Any]
Matrix = tuple[Any, Any, Any]  # data, offset and stride of its rows

V = 16
BLOCK = 64
# Numbers from strip to strip: at whole pages apart, all strips of an item would share one set of the cache.
STRIP = (BLOCK + 1) * V
# Of the processor that numba compiles for, which need not be this one.
MOST_ROWS = 12 if "+avx512f" in cpu_target.target_context.codegen().magic_tuple()[2] else 6

# Numbers: a page, past whose end the processor does not read ahead by itself.
_AHEAD = 1024
_I64, _I32 = ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(ir.FloatType(), V)
_ZERO = ir.Constant(_VECTOR, [0.0] * V)
_FUSED = ("contract",)


def _load(builder: Any, base: Any, at: Any) -> Any:
    """Emit the load of 16 numbers from place `at` of an array on."""
    return builder.load(builder.bitcast(builder.gep(base, [at]), _VECTOR.as_pointer()), align=4)


def _store(builder: Any, vector: Any, base: Any, at: Any) -> None:
    """Emit the store of 16 numbers to place `at` of an array on."""
    builder.store(vector, builder.bitcast(builder.gep(base, [at]), _VECTOR.as_pointer()), align=4)


def _repeat(builder: Any, number: Any) -> Any:
    """Emit a vector of 16 times the same number."""
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, _I32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_I32, V), [0] * V))


def _prefetch(builder: Any, base: Any, at: Any) -> None:
    """Emit a hint that place `at` of an array, which may lie past its end, will be read soon."""
    pointer = ir.IntType(8).as_pointer()
    name = "llvm.prefetch.p0i8"
    kind = ir.FunctionType(ir.VoidType(), [pointer, _I32, _I32, _I32])
    hint = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    builder.call(hint, [builder.bitcast(builder.gep(base, [at]), pointer), _I32(0), _I32(3), _I32(1)])


def _emit_tile(builder: Any, r: int, of_A: Matrix, of_B: Matrix, of_out: Matrix, K: Any, adds: Any) -> None:
    """Emit out[c, :16] (+)= sum_k A[c, k] B[k, :16] for c < r; see `product`."""
    (A, a, a_step), (B, b, b_step), (out, o, o_step) = of_A, of_B, of_out
    rows = [builder.add(a, builder.mul(a_step, _I64(c))) for c in range(r)]
    places = [builder.add(o, builder.mul(o_step, _I64(c))) for c in range(r)]
    before = builder.block
    with builder.if_then(builder.icmp_signed("!=", adds, _I64(0))):
        held, held_block = [_load(builder, out, place) for place in places], builder.block
    starts = [builder.phi(_VECTOR) for _ in range(r)]
    for start, value in zip(starts, held, strict=True):
        start.add_incoming(value, held_block)
        start.add_incoming(_ZERO, before)
    before, loop, done = builder.block, builder.append_basic_block("terms"), builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    k, sums = builder.phi(_I64), [builder.phi(_VECTOR) for _ in range(r)]
    place = builder.add(b, builder.mul(k, b_step))
    x = _load(builder, B, place)
    _prefetch(builder, B, builder.add(place, _I64(_AHEAD)))
    weights = (_repeat(builder, builder.load(builder.gep(A, [builder.add(row, k)]))) for row in rows)
    new = [
        builder.fadd(total, builder.fmul(x, weight, flags=_FUSED), flags=_FUSED)
        for total, weight in zip(sums, weights, strict=True)
    ]
    following = builder.add(k, _I64(1))
    for phi, first, later in zip([k, *sums], [_I64(0), *starts], [following, *new], strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, K), loop, done)
    builder.position_at_end(done)
    for total, place in zip(new, places, strict=True):
        _store(builder, total, out, place)


def _generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    A, B, out = (context.make_array(signature.args[i])(context, builder, args[i]).data for i in (1, 4, 7))
    done = builder.append_basic_block("stored")
    sizes = builder.switch(args[0], done)
    for r in range(1, MOST_ROWS + 1):
        block = builder.append_basic_block(f"rows_{r}")
        sizes.add_case(_I64(r), block)
        builder.position_at_end(block)
        _emit_tile(builder, r, (A, args[2], args[3]), (B, args[5], args[6]), (out, args[8], args[9]), *args[10:])
        builder.branch(done)
    builder.position_at_end(done)
    return context.get_dummy_value()


def _type_tile(context: Any, r: Any, A: Any, a: Any, a_step: Any, B: Any, b: Any, b_step: Any, out: Any, o: Any,
               o_step: Any, K: Any, adds: Any) -> Any:  # fmt: skip
    """Compute one tile of r rows, 1 to MOST_ROWS; the other arguments are those of `product`."""
    n = types.int64
    return types.void(n, A, n, n, B, n, n, out, n, n, n, n), _generate


_tile: Any = intrinsic(_type_tile)


@inlined
def product(
    A: Array, a: int, a_step: int, count: int, B: Array, b: int, b_step: int, out: Array, o: int, o_step: int, K: int,
    adds: int
) -> None:  # fmt: skip
    """Compute out[c, :16] (+)= sum over k < K of A[c, k] B[k, :16] for c < count, in tiles of rows.

    A, B and `out` are flat float32 arrays, each followed by the offset and the stride of its rows; A and `out` have
    `count` rows. Each sum has K terms, at least 1; `adds` is 1 to add it to what `out` holds, 0 to replace that.
    """
    tiles = (count + MOST_ROWS - 1) // MOST_ROWS
    c = 0
    for t in range(tiles):
        # Rows are dealt out evenly: 8 are 4 + 4, since a tile of 2 would wait for its own sums.
        r = (count - c + tiles - t - 1) // (tiles - t)
        _tile(r, A, a + c * a_step, a_step, B, b, b_step, out, o + c * o_step, o_step, K, adds)
        c += r


@inlined
def _pack_block(X: Array, rows: Array, D: int, strips: Array, panels: Array) -> None:
    """Lay out one block of at most 64 items both ways; see `pack_items`."""
    for p in range((rows.size + V - 1) // V):
        filled = min(V, rows.size - p * V)
        for j in range(0, D, V):
            strip = strips[j // V * STRIP + p * V * V : j // V * STRIP + (p + 1) * V * V]
            for i in range(filled):
                start = rows[p * V + i] * D + j
                x = X[start : start + V]
                for k in range(V):
                    strip[i * V + k] = x[k]
            strip[filled * V :] = np.float32(0.0)
            # From the strip and not from X: loops of fixed strides become vector instructions.
            for k in range(V):
                line = panels[(p * D + j + k) * V : (p * D + j + k + 1) * V]
                for i in range(V):
                    line[i] = strip[i * V + k]


@inlined
def space_for_items(n: int, D: int) -> tuple[Array, Array]:
    """Give what `pack_items` lays out n items in: strips and panels, of any values."""
    blocks = (n + BLOCK - 1) // BLOCK
    return np.empty(blocks * (D // V * STRIP), np.float32), np.empty(blocks * BLOCK * D, np.float32)


@inlined
def pack_items(X: Array, rows: Array, D: int, strips: Array, panels: Array) -> None:
    """Lay out any number of items both ways; in the last panel, places past the last item become 0.

    Args:
        X: float32 flat (N, D).
        rows: which items.
        D: see the notation.
        strips, panels: what `space_for_items` gives.
    """
    size = D // V * STRIP
    for at in range(0, rows.size, BLOCK):
        own = strips[at // BLOCK * size : (at // BLOCK + 1) * size]
        _pack_block(X, rows[at : at + BLOCK], D, own, panels[at * D :])


@compiled
def pack(X: Array, rows: Array, D: int, panels: Array) -> None:
    """Write items into panels, 16 · D numbers for each 16 items begun; the rest as for `pack_items`."""
    strips = np.empty(D // V * STRIP, np.float32)
    for at in range(0, rows.size, BLOCK):
        _pack_block(X, rows[at : at + BLOCK], D, strips, panels[at * D :])
