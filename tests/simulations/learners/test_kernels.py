import numpy as np
import pytest

pytest.importorskip("numba", reason="numba is not installed")

from simulations.learners.kernels import softmax
from simulations.learners.kernels.tiles import gathered_product, product


@pytest.mark.parametrize("count", range(1, 15))
@pytest.mark.parametrize("terms", [1, 7, 64])
def test_products_are_matrix_products(count, terms):
    rng = np.random.default_rng(count)
    A = rng.normal(size=(count, terms)).astype(np.float32)
    B = rng.normal(size=(terms, 16)).astype(np.float32)
    out = np.ones((count, 16), np.float32)
    product(A.ravel(), 0, terms, count, B.ravel(), 0, 16, out.ravel(), 0, 16, terms, 0)
    assert out == pytest.approx(A @ B, abs=1e-4)
    product(A.ravel(), 0, terms, count, B.ravel(), 0, 16, out.ravel(), 0, 16, terms, 1)
    assert out == pytest.approx(2 * (A @ B), abs=1e-4)


def test_products_pick_rows_and_respect_offsets():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(3, 10)).astype(np.float32), rng.normal(size=(50, 32)).astype(np.float32)
    rows = np.array([9, 9, 49, 0, 7])
    out = np.zeros((3, 32), np.float32)
    # Columns 2 to 5 of A against columns 16 to 31 of the items named from the second row number on.
    gathered_product(A.ravel(), 2, 10, 3, B.ravel(), 16, 32, out.ravel(), 16, 32, 4, 0, rows, 1)
    assert out[:, 16:] == pytest.approx(A[:, 2:6] @ B[rows[1:], 16:], abs=1e-5)
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
    softmax.pack(X, rows, 16, panels)
    items = panels.reshape(2, 16, 16).transpose(0, 2, 1).reshape(32, 16)
    assert (items[:18] == X.reshape(20, 16)[rows]).all() and not items[18:].any()


def test_the_gradient_is_the_slope_of_the_loss():
    rng = np.random.default_rng(0)
    n, C, D = 70, 3, 16
    X, rows, y = rng.normal(size=(90, D)).astype(np.float32), rng.choice(90, n, replace=False), rng.integers(C, size=n)
    panels = np.empty(5 * 16 * D, np.float32)
    softmax.pack(X.ravel(), rows, D, panels)
    space = np.zeros(C * 64, np.float32), np.empty(64, np.float32), np.empty(64)

    def loss(x):
        g, h = np.empty(x.size, np.float32), np.empty(C, np.float32)
        f = softmax.loss(x.astype(np.float32), g, h, X.ravel(), rows, y, n, C, D, np.float32(0.7), panels, *space)
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
