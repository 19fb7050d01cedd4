import numpy as np
import pytest

from simulations import errors
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.strategies import STRATEGIES, RoundView, autoencoder
from simulations.strategies.autoencoder import BATCH, ROUNDS, STEPS, autoencoded, codes

BLOCK = {"datasets": ["synthetic"], "batch_sizes": [10], "initial_size": 20, "rounds": 2, "seeds": 1}


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed: an autoencoder needs the extra neural")


def ring(items=600, seed=0):
    """Two angles, and the sine and cosine of both and of their sum: bent so that no plane holds them."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, (items, 2))
    turns = np.column_stack([angles, angles.sum(axis=1)])
    return np.hstack([np.cos(turns), np.sin(turns)]).astype(np.float32)


def test_codes_hold_more_than_as_many_principal_axes(torch):
    X = ring()
    Z, again = autoencoded(X)
    centred = X - X.mean(axis=0)
    lost = (np.linalg.svd(centred, compute_uv=False)[3:] ** 2).sum() / X.size
    assert Z.shape == (600, 3) and Z.dtype == np.float32
    assert ((again - X) ** 2).mean() < 0.35 * lost


def test_a_pools_codes_are_always_the_same(torch):
    X = ring(100)
    before = torch.random.get_rng_state()
    first, again = autoencoded(X)[0], autoencoded(X)[0]
    assert (first == again).all() and (torch.random.get_rng_state() == before).all()
    assert autoencoded(X * np.float32(4.0))[0] == pytest.approx(first, abs=1e-4)
    assert (autoencoded(ring(100, seed=1))[0] != first).any()


def test_a_pool_is_learnt_once(torch, monkeypatch):
    asked = []
    monkeypatch.setattr(autoencoder, "autoencoded", lambda X: asked.append(X.shape) or (X[:, :2].copy(), X))
    X = ring(90, seed=5)
    assert (codes(X) == codes(X.copy())).all() and asked == [(90, 6)]
    codes(ring(91, seed=5))
    assert asked == [(90, 6), (91, 6)]


@pytest.mark.parametrize(("items", "steps"), [(1, ROUNDS), (BATCH, ROUNDS), (BATCH + 1, 2 * ROUNDS), (20_000, STEPS)])
def test_each_round_sees_every_item_once(torch, items, steps):
    found = autoencoder._batches(items, np.random.default_rng(0))
    assert len(found) == steps
    first = np.concatenate([rows.numpy() for rows in found[: -(-items // BATCH)]])
    assert (np.sort(first) == np.arange(items)).all()


@pytest.mark.parametrize("X", [np.zeros((40, 4)), np.ones((40, 1)) * np.arange(40)[:, None], 1e6 * ring(40)])
def test_codes_are_numbers_whatever_the_features(torch, X):
    Z, again = autoencoded(X.astype(np.float32))
    assert Z.shape == (40, max(1, X.shape[1] // 2)) and np.isfinite(Z).all() and np.isfinite(again).all()


def test_it_asks_for_what_is_unlike_everything_labelled(torch):
    # One half of the ring is labelled, by the first angle; the other half is what codes tell from it.
    X = ring(400)
    far = X[:, 0] < -0.3
    answers = np.where((X[:, 0] > 0.3) & (np.arange(400) % 2 == 0), 0, -1)[None]
    chosen = STRATEGIES["dal_autoencoder"].select(RoundView([X], answers), 20, [np.random.default_rng(0)])[0]
    assert far[chosen].mean() > 0.9 > far.mean() + 0.3


def test_without_torch_it_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    told = r"strategy dal_autoencoder needs torch to train a network of its own; install with: pip install 'labelplan\["
    with pytest.raises(InputError, match=told):
        parse_grid({"grid": {**BLOCK, "strategies": ["dal_autoencoder"]}})
    assert len(parse_grid({"grid": {**BLOCK, "strategies": ["dal_raw", "dal", "dfal"]}})) == 3
    with pytest.raises(InputError, match=told):
        codes(ring(30, seed=9))
