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
from numba import config, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

from simulations.jit import inlined

Array = npt.NDArray[Any]

V = 16
# What numba compiles for: this processor, or another one that the environment asks for.
_settings: Any = config
_host_features: Callable[[], str] = get_host_cpu_features
_CPU_FEATURES = _host_features() if _settings.CPU_FEATURES is None else _settings.CPU_FEATURES
MOST_ROWS = 12 if "+avx512f" in _CPU_FEATURES.split(",") else 6

# Numbers: a page, past whose end the processor does not read ahead by itself.
_AHEAD = 1024
_I64, _I32, _F32 = ir.IntType(64), ir.IntType(32), ir.FloatType()
_VECTOR = ir.VectorType(_F32, V)
_FUSED = ("contract",)


def load_vector(builder: Any, base: Any, at: Any) -> Any:
    """Emit the load of 16 numbers from place `at` of an array on."""
    return builder.load(builder.bitcast(builder.gep(base, [at]), _VECTOR.as_pointer()), align=4)


def store_vector(builder: Any, vector: Any, base: Any, at: Any) -> None:
    """Emit the store of 16 numbers to place `at` of an array on."""
    builder.store(vector, builder.bitcast(builder.gep(base, [at]), _VECTOR.as_pointer()), align=4)


def _repeat(builder: Any, number: Any) -> Any:
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


def _tile(r: int, *, packs: bool = False) -> Callable[..., Any]:
    """Make out[c, :16] (+)= sum_k A[c, k] B[k, :16] for c < r, all arrays flat.

    With `packs`, there is one row of A and a B for each c: out[c, :16] (+)= sum_k A[k] B[c, k, :16].

    The arguments of the result are A, its offset and row stride, or with `packs` the stride from one B to the next; B,
    its offset and row stride; out, its offset and row stride; K; and whether to add to what `out` holds.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def data(i: int) -> Any:
            return context.make_array(signature.args[i])(context, builder, args[i]).data

        A, B, out = data(0), data(3), data(6)
        (a, a_step), (b, b_step), (o, o_step), K, adds = args[1:3], args[4:6], args[7:9], args[9], args[10]
        steps = [builder.mul(a_step, _I64(c)) for c in range(r)]
        a_rows, b_packs = ([builder.add(at, step) for step in steps] for at in (a, b))
        places = [builder.add(o, builder.mul(o_step, _I64(c))) for c in range(r)]
        zero = ir.Constant(_VECTOR, [0.0] * V)
        with builder.if_else(builder.icmp_signed("!=", adds, _I64(0))) as (then, otherwise):
            with then:
                held = [load_vector(builder, out, place) for place in places]
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
        along = builder.mul(k, b_step)
        if packs:
            weight = _repeat(builder, builder.load(builder.gep(A, [builder.add(a, k)])))
        else:
            place = builder.add(b, along)
            x = load_vector(builder, B, place)
            _prefetch(builder, B, builder.add(place, _I64(_AHEAD)))
        new = []
        for c in range(r):
            if packs:
                x = load_vector(builder, B, builder.add(b_packs[c], along))
            else:
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
            store_vector(builder, new[c], out, places[c])
        return context.get_dummy_value()

    n = types.int64

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
) = (_tile(r) for r in range(1, 13))

# Enough sums side by side that none waits for itself.
PACKS = 4
_packs_4 = _tile(PACKS, packs=True)


@inlined
def against_packs(a: Array, B: Array, b: int, b_pack: int, out: Array, K: int) -> None:
    """Compute out[c, :16] = sum over k < K of a[k] B[c, k, :16] for c < 4.

    All arrays are flat float32: a of K numbers; B from place b on, each 16 numbers of a pack after those before, and a
    pack every `b_pack` numbers; out of 4 × 16 numbers.
    """
    _packs_4(a, 0, b_pack, B, b, V, out, 0, V, K, 0)


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
