"""Register tiles: the innermost loop of every product the linear learner computes.

A tile holds r × 16 sums in vector registers while it runs over K terms, so that each number loaded is used r or 16
times. LLVM does not keep such sums in registers when they are written as loops over arrays, so the loop is given to it
as vector instructions; the order of every sum is fixed by the tile alone, whatever runs beside it.

Notation
    V      16, items or features side by side in a vector
    r      1 to 12, rows of a tile; 6 × 16 sums fill the registers of AVX2, 12 × 16 fit those of AVX-512
"""

from collections.abc import Callable
from typing import Any

import numpy.typing as npt
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.extending import intrinsic

from simulations.jit import inlined

Array = npt.NDArray[Any]

V = 16
MOST_ROWS = 12 if get_host_cpu_features().get("avx512f") else 6

_I64, _I32, _F32 = ir.IntType(64), ir.IntType(32), ir.FloatType()
_VECTOR = ir.VectorType(_F32, V)
_FUSED = ("contract",)


def _load(builder: Any, base: Any, at: Any) -> Any:
    return builder.load(builder.bitcast(builder.gep(base, [at]), _VECTOR.as_pointer()), align=4)


def _repeat(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, _I32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_I32, V), [0] * V))


def _prefetch(module: Any) -> Any:
    pointer = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [pointer, _I32, _I32, _I32])
    name = "llvm.prefetch.p0i8"
    return module.globals.get(name) or ir.Function(module, kind, name)


def _tile(r: int, gathers: bool) -> Callable[..., Any]:
    """Make out[c, :16] (+)= sum_k A[c, k] B[row_k, :16] for c < r, all arrays flat.

    The arguments of the result are A, its offset and row stride; B, its offset and row stride; out, its offset and
    row stride; K; whether to add to what `out` holds; and, where rows of B are gathered, their numbers and where in
    them to begin. Other rows are 0, 1, 2, ….
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def data(i: int) -> Any:
            return context.make_array(signature.args[i])(context, builder, args[i]).data

        A, B, out = data(0), data(3), data(6)
        data_of_rows = data(11) if gathers else None
        (a, a_step), (b, b_step), (o, o_step), K, adds = args[1:3], args[4:6], args[7:9], args[9], args[10]
        a_rows = [builder.add(a, builder.mul(a_step, _I64(c))) for c in range(r)]
        places = [builder.add(o, builder.mul(o_step, _I64(c))) for c in range(r)]
        zero = ir.Constant(_VECTOR, [0.0] * V)
        with builder.if_else(builder.icmp_signed("!=", adds, _I64(0))) as (then, otherwise):
            with then:
                held = [_load(builder, out, place) for place in places]
                held_block = builder.block
            with otherwise:
                zero_block = builder.block
        start = [builder.phi(_VECTOR) for _ in range(r)]
        for phi, value in zip(start, held, strict=True):
            phi.add_incoming(value, held_block)
            phi.add_incoming(zero, zero_block)
        before, loop, done = builder.block, builder.append_basic_block("terms"), builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        k = builder.phi(_I64)
        k.add_incoming(_I64(0), before)
        sums = [builder.phi(_VECTOR) for _ in range(r)]
        row = builder.load(builder.gep(data_of_rows, [builder.add(args[12], k)])) if gathers else k
        place = builder.add(b, builder.mul(row, b_step))
        x = _load(builder, B, place)
        if gathers:
            # Rows lie far apart, which the processor does not foresee: what the tiles to come will read of them.
            ahead = builder.bitcast(builder.gep(B, [builder.add(place, _I64(2 * V))]), ir.IntType(8).as_pointer())
            builder.call(_prefetch(builder.module), [ahead, _I32(0), _I32(3), _I32(1)])
        new = []
        for c in range(r):
            weight = _repeat(builder, builder.load(builder.gep(A, [builder.add(a_rows[c], k)])))
            new.append(builder.fadd(sums[c], builder.fmul(x, weight, flags=_FUSED), flags=_FUSED))
        following = builder.add(k, _I64(1))
        k.add_incoming(following, loop)
        for c in range(r):
            sums[c].add_incoming(start[c], before)
            sums[c].add_incoming(new[c], loop)
        builder.cbranch(builder.icmp_signed("<", following, K), loop, done)
        builder.position_at_end(done)
        for c in range(r):
            builder.store(new[c], builder.bitcast(builder.gep(out, [places[c]]), _VECTOR.as_pointer()), align=4)
        return context.get_dummy_value()

    n = types.int64
    if gathers:

        @intrinsic
        def gathered(
            context: Any, A: Any, a: Any, a_step: Any, B: Any, b: Any, b_step: Any, out: Any, o: Any, o_step: Any,
            K: Any, adds: Any, rows: Any, first: Any
        ) -> Any:  # fmt: skip
            return types.void(A, n, n, B, n, n, out, n, n, n, n, rows, n), generate

        return gathered

    @intrinsic
    def plain(
        context: Any, A: Any, a: Any, a_step: Any, B: Any, b: Any, b_step: Any, out: Any, o: Any, o_step: Any,
        K: Any, adds: Any
    ) -> Any:  # fmt: skip
        return types.void(A, n, n, B, n, n, out, n, n, n, n), generate

    return plain


(
    _plain_1,
    _plain_2,
    _plain_3,
    _plain_4,
    _plain_5,
    _plain_6,
    _plain_7,
    _plain_8,
    _plain_9,
    _plain_10,
    _plain_11,
    _plain_12,
) = (_tile(r, gathers=False) for r in range(1, 13))
(
    _gathered_1,
    _gathered_2,
    _gathered_3,
    _gathered_4,
    _gathered_5,
    _gathered_6,
    _gathered_7,
    _gathered_8,
    _gathered_9,
    _gathered_10,
    _gathered_11,
    _gathered_12,
) = (_tile(r, gathers=True) for r in range(1, 13))


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
        at, to = a + c * a_step, o + c * o_step
        if r == 12:
            _plain_12(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 11:
            _plain_11(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 10:
            _plain_10(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 9:
            _plain_9(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 8:
            _plain_8(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 7:
            _plain_7(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 6:
            _plain_6(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 5:
            _plain_5(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 4:
            _plain_4(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 3:
            _plain_3(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        elif r == 2:
            _plain_2(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        else:
            _plain_1(A, at, a_step, B, b, b_step, out, to, o_step, K, adds)
        c += r


@inlined
def gathered_product(
    A: Array, a: int, a_step: int, count: int, B: Array, b: int, b_step: int, out: Array, o: int, o_step: int, K: int,
    adds: int, rows: Array, first: int
) -> None:  # fmt: skip
    """Compute what `product` does with rows of B that `rows` (int64) names from position `first` on."""
    tiles = (count + MOST_ROWS - 1) // MOST_ROWS
    c = 0
    for t in range(tiles):
        # Rows are dealt out evenly: 8 are 4 + 4, since a tile of 2 would wait for its own sums.
        r = (count - c + tiles - t - 1) // (tiles - t)
        at, to = a + c * a_step, o + c * o_step
        if r == 12:
            _gathered_12(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 11:
            _gathered_11(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 10:
            _gathered_10(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 9:
            _gathered_9(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 8:
            _gathered_8(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 7:
            _gathered_7(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 6:
            _gathered_6(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 5:
            _gathered_5(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 4:
            _gathered_4(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 3:
            _gathered_3(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        elif r == 2:
            _gathered_2(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        else:
            _gathered_1(A, at, a_step, B, b, b_step, out, to, o_step, K, adds, rows, first)
        c += r
