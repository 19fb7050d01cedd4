import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.datasets import DATASETS, Dataset, Knobs, generate
from simulations.datasets.pool import laid_out, open_pool, same_share, split
from simulations.trajectory import Part, stream


def _part(name="synthetic", **knobs):
    return Part.of(name, {**DATASETS[name].defaults, **knobs})


PERFECT = Part.of("perfect")
SMALL = {"n": 400, "d": 5, "classes": 4, "test_size": 150}


def test_split_is_a_partition_of_fixed_size():
    data = generate(Knobs(**SMALL))
    for seed in range(5):
        pool, held = split(data, stream(seed))
        assert held.size == 150
        assert (np.sort(np.concatenate([pool, held])) == np.arange(400)).all()


@given(labels=st.lists(st.integers(0, 6), min_size=1, max_size=80), share=st.floats(0, 1))
def test_the_same_share_is_that_of_all_items_sorted_by_their_place_in_their_class(labels, share):
    """Only the lowest places are sorted; item i of c in a class stands at (i + ½) ÷ c."""
    labels, size = np.array(labels), round(share * len(labels))
    seen = [int((labels[:i] == label).sum()) for i, label in enumerate(labels)]
    place = [(i + 0.5) / int((labels == label).sum()) for i, label in zip(seen, labels, strict=True)]
    expected = sorted(range(len(labels)), key=lambda i: (place[i], i))[:size]
    rows = np.arange(100, 100 + len(labels))
    assert same_share(rows, labels, size).tolist() == [100 + i for i in expected]


def test_split_is_stratified_by_class():
    data = generate(Knobs(n=4000, classes=8, imbalance=2.0, test_size=1500))
    share = np.bincount(data.clean[split(data, stream(1))[1]], minlength=8) / np.bincount(data.clean, minlength=8)
    assert share == pytest.approx(np.full(8, 1500 / 4000), abs=0.02)


def test_copies_are_never_held_out():
    data = generate(Knobs(n=1000, duplicate_share=0.2, test_size=300))
    for seed in range(5):
        assert not data.pool_only[split(data, stream(seed))[1]].any()


def test_pools_depend_on_set_and_seed_alone():
    first, again, other = (open_pool(_part(**SMALL), PERFECT, seed) for seed in (0, 0, 1))
    assert (first.rows == again.rows).all() and (first.test_labels == again.test_labels).all()
    assert first.features.shape == other.features.shape
    assert not (first.features == other.features).all()


def test_pools_of_digits():
    pool = open_pool(_part("digits"), PERFECT, 0)
    assert pool.features.shape == (1297, 64) and pool.test_features.shape == (500, 64)
    assert np.bincount(pool.test_labels).min() >= 45


def _dataset(features, scaling="feature"):
    labels = np.arange(features.shape[0]) % 2
    return Dataset(features, labels, labels, "tabular", 2, 2, scaling)


def test_axes_are_centred_uncorrelated_and_ordered():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 6)) @ rng.normal(size=(6, 6)) + 1000
    turned, spectrum = laid_out(_dataset(features))
    assert turned.dtype == np.float32
    assert turned.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-6)
    assert turned.T @ turned / 50 == pytest.approx(np.diag(spectrum), abs=1e-5)
    assert (np.diff(spectrum) <= 0).all() and spectrum.sum() == pytest.approx(6)


def test_global_scaling_keeps_distances_up_to_one_factor():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 4)) * [1, 10, 100, 0.1]
    turned, _ = laid_out(_dataset(features, "global"))
    ratio = np.linalg.norm(turned[:10] - turned[40:], axis=1) / np.linalg.norm(features[:10] - features[40:], axis=1)
    assert ratio == pytest.approx(np.full(10, ratio[0]), rel=1e-5)


@pytest.mark.parametrize("offset", [0.0, 1000.0, -0.1])
@pytest.mark.parametrize("scaling", ["feature", "global"])
def test_constant_columns_become_zero(offset, scaling):
    features = np.random.default_rng(0).normal(size=(50, 3))
    features[:, 1] = offset
    turned, spectrum = laid_out(_dataset(features, scaling))
    assert np.isfinite(turned).all()
    assert spectrum[-1] == pytest.approx(0, abs=1e-12) and spectrum[1] > 0.5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-6, 1e4])
def test_the_unit_of_a_column_does_not_matter(scale, dtype):
    features = np.random.default_rng(0).normal(size=(50, 3))
    scaled = (features * scale).astype(dtype)
    assert np.abs(laid_out(_dataset(scaled))[0]) == pytest.approx(np.abs(laid_out(_dataset(features))[0]), abs=1e-5)


def test_all_columns_constant_gives_zeros():
    assert not laid_out(_dataset(np.ones((50, 3)), "global"))[0].any()


def test_columns_can_be_kept_apart():
    features = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 0.1] + 5
    kept, spectrum = laid_out(_dataset(features), rotate=False)
    assert kept == pytest.approx((features - features.mean(axis=0)) / features.std(axis=0), abs=1e-5)
    assert spectrum == pytest.approx(np.ones(3))


def test_far_offsets_and_tiny_units_keep_what_varies():
    features = np.random.default_rng(0).normal(size=(500, 3))
    moved = features * [1, 1e-200, 1] + [1e12, 0, 0]
    assert np.abs(laid_out(_dataset(moved))[0]) == pytest.approx(np.abs(laid_out(_dataset(features))[0]), abs=0.01)


def test_a_pool_is_in_no_order_of_the_file():
    data = generate(Knobs(**SMALL))
    orders = [split(data, stream(seed))[0] for seed in range(20)]
    assert abs(np.mean([np.corrcoef(rows, np.arange(rows.size))[0, 1] for rows in orders])) < 0.1
    assert (orders[0] != orders[1]).any()


def test_large_sets_are_turned_in_pieces(monkeypatch):
    features = np.random.default_rng(0).normal(size=(50, 4)) @ np.diag([4.0, 3.0, 2.0, 1.0]) + 7
    whole = laid_out(_dataset(features))
    monkeypatch.setattr("simulations.datasets.pool._CHUNK_NUMBERS", 28)
    pieces = laid_out(_dataset(features))
    assert np.abs(pieces[0]) == pytest.approx(np.abs(whole[0]), abs=1e-6) and pieces[1] == pytest.approx(whole[1])


def test_replicates_share_one_array():
    first, other = (open_pool(_part(**SMALL), PERFECT, seed) for seed in (0, 1))
    assert first.space is other.space
    assert first.features.shape == (250, 5) and (first.features == first.space.features[first.rows]).all()


def test_oracle_noise_is_shared_and_not_in_the_test_set():
    noisy = open_pool(_part(**SMALL), Part.of("flip", {"rate": 0.3}), 0)
    again = open_pool(_part(**SMALL), Part.of("flip", {"rate": 0.3}), 0)
    clean = open_pool(_part(**SMALL), PERFECT, 0)
    assert (noisy.answers == again.answers).all()
    assert 0.15 < np.mean(noisy.answers != clean.answers) < 0.45
    assert (noisy.test_labels == clean.test_labels).all() and (noisy.features == clean.features).all()
