import os
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("numba", reason="numba is not installed")

from simulations.jit import inlined
from simulations.learners.kernels import softmax, tiles
from simulations.learners.kernels.tiles import V, product


@inlined
def plain_product(A, a, a_step, count, B, b, b_step, out, o, o_step, K, adds):
    """Compute what `product` computes, to the same bits and several times slower."""
    for c in range(count):
        sums = out[o + c * o_step : o + c * o_step + V]
        if adds == 0:
            sums[:] = np.float32(0.0)
        for k in range(K):
            weight, x = A[a + c * a_step + k], B[b + k * b_step : b + k * b_step + V]
            for i in range(V):
                sums[i] += weight * x[i]


@pytest.mark.parametrize("count", range(1, 15))
@pytest.mark.parametrize("terms", [1, 7, 64])
def test_tiles_give_the_bits_of_plain_loops(count, terms):
    rng = np.random.default_rng(count)
    A = rng.normal(size=(count, terms)).astype(np.float32)
    B = rng.normal(size=(terms, 16)).astype(np.float32)
    found, plain = np.ones((count, 16), np.float32), np.ones((count, 16), np.float32)
    for adds in (1, 0, 1):
        for compute, out in ((product, found), (plain_product, plain)):
            compute(A.ravel(), 0, terms, count, B.ravel(), 0, 16, out.ravel(), 0, 16, terms, adds)
        assert (found == plain).all()
    assert found == pytest.approx(2 * (A @ B), abs=1e-4)


@pytest.mark.parametrize(("cpu", "features", "rows"), [("haswell", "+avx2,+fma", "6"), ("x86-64-v4", "+avx512f", "12")])
def test_tiles_are_as_wide_as_the_processor_that_numba_compiles_for(cpu, features, rows):
    environment = {**os.environ, "NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": features}
    code = "from simulations.learners.kernels.tiles import MOST_ROWS; print(MOST_ROWS)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == rows, done.stderr


def test_products_respect_offsets_and_strides():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(3, 10)).astype(np.float32), rng.normal(size=(9, 32)).astype(np.float32)
    out = np.zeros((3, 32), np.float32)
    # Columns 2 to 5 of A against columns 16 to 31 of rows 1 to 4 of B.
    product(A.ravel(), 2, 10, 3, B.ravel(), 32 + 16, 32, out.ravel(), 16, 32, 4, 0)
    assert out[:, 16:] == pytest.approx(A[:, 2:6] @ B[1:5, 16:], abs=1e-5)
    assert not out[:, :16].any()


def test_the_exponential_is_accurate_where_it_counts():
    z = np.concatenate([np.linspace(-20, 0, 4001), [-86.0, -200.0]]).astype(np.float32)
    found = np.array([softmax._exp(v) for v in z], np.float64)
    true = np.exp(z.astype(np.float64))
    near = z > -1
    assert np.abs(found[near] / true[near] - 1).max() < 3e-7
    assert np.abs(found[:-1] / true[:-1] - 1).max() < 1e-5
    assert 0 < found[-1] < 1e-37


def test_panels_hold_items_side_by_side_and_zeros_after_the_last():
    X = np.arange(20 * 16, dtype=np.float32)
    rows = np.array([3, 0, 19] + [1] * 15)
    panels = np.full(2 * 16 * 16, -1, np.float32)
    tiles.pack(X, rows, 16, panels)
    items = panels.reshape(2, 16, 16).transpose(0, 2, 1).reshape(32, 16)
    assert (items[:18] == X.reshape(20, 16)[rows]).all() and not items[18:].any()


def _laid_out(X, rows):
    """Both layouts of items, of a count that no block size divides, in working space that was used before."""
    D = X.shape[1]
    strips, panels = tiles.space_for_items(rows.size, D)
    strips[:], panels[:] = 7, 7
    tiles.pack_items(X.ravel(), rows, D, strips, panels)
    return strips, panels


def test_strips_hold_the_same_numbers_item_by_item():
    X = np.arange(90 * 48, dtype=np.float32).reshape(90, 48)
    rows = np.random.default_rng(0).permutation(90)[:70]
    strips, panels = _laid_out(X, rows)
    for i, row in enumerate(rows):
        block = strips.reshape(2, 3, tiles.STRIP)[i // 64]
        assert (block[:, i % 64 * 16 :][:, :16].ravel() == X[row]).all()
        assert (panels.reshape(8, 48, 16)[i // 16, :, i % 16] == X[row]).all()
    assert not panels.reshape(8, 48, 16)[4, :, 6:].any()


def test_the_gradient_is_the_slope_of_the_loss():
    rng = np.random.default_rng(0)
    n, C, D = 70, 3, 16
    X, rows, y = rng.normal(size=(90, D)).astype(np.float32), rng.choice(90, n, replace=False), rng.integers(C, size=n)
    strips, panels = _laid_out(X, rows)
    space = np.zeros(C * 64, np.float32), np.empty(64, np.float32), np.empty(64)

    def loss(x):
        g, h = np.empty(x.size, np.float32), np.empty(C, np.float32)
        f = softmax.loss(x.astype(np.float32), g, h, y, C, D, np.float32(0.7), strips, panels, *space)
        return f, g, h

    def spelt_out(x):
        W, b = x[: C * D].reshape(C, D), x[C * D :]
        Z = X[rows].astype(np.float64) @ W.T + b
        return np.logaddexp.reduce(Z, axis=1).sum() - Z[np.arange(n), y].sum() + 0.35 * (W**2).sum()

    x = rng.normal(size=C * D + C).astype(np.float32).astype(np.float64)
    f, g, h = loss(x)
    assert f == pytest.approx(spelt_out(x), rel=1e-6)
    steps = 1e-5 * np.eye(x.size)
    slopes = [(spelt_out(x + step) - spelt_out(x - step)) / 2e-5 for step in steps]
    assert g == pytest.approx(np.array(slopes), abs=2e-4)
    Z = X[rows].astype(np.float64) @ x[: C * D].reshape(C, D).T + x[C * D :]
    P = np.exp(Z - np.logaddexp.reduce(Z, axis=1)[:, None])
    assert h == pytest.approx((P * (1 - P)).sum(axis=0), rel=1e-4)
