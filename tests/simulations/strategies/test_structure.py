from hashlib import blake2b

import numpy as np
import pytest

from simulations.strategies import structure
from simulations.strategies.clustering import cluster, pool_clusters
from simulations.strategies.structure import PoolCache


def _sums():
    calls = []

    def compute(X, *more):
        calls.append((X.shape, *more))
        return (X.sum(axis=1),)

    return compute, calls


def _pool(start=0.0, writeable=False):
    X = start + np.arange(12.0).reshape(6, 2)
    X.flags.writeable = writeable
    return X


@pytest.fixture
def hashed(monkeypatch):
    """How often an array was read through."""
    sizes = []

    def counted(data):
        sizes.append(data.nbytes)
        return blake2b(data)

    monkeypatch.setattr(structure, "blake2b", counted)
    monkeypatch.setattr(structure, "_DIGESTS", {})
    return sizes


def test_the_cache_saves_work_and_changes_nothing(hashed):
    compute, calls = _sums()
    cached, X = PoolCache(compute), _pool()
    first = cached(X)[0]
    # Other views of the same memory are the same pool, and are not read again.
    assert cached(X)[0] is first and cached(X.view())[0] is first and cached(X[:])[0] is first
    assert len(calls) == 1 and hashed == [96]
    # So are copies, though those have to be read.
    assert cached(X.copy())[0] is first and len(calls) == 1 and hashed == [96, 96]
    # The same bytes in another shape, a part of them and another question are not.
    assert cached(X.reshape(4, 3))[0].shape == (4,)
    assert cached(X[:3])[0].tolist() == first[:3].tolist()
    assert cached(X, 5)[0] is not first and calls[-1] == ((6, 2), 5)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_what_may_be_written_to_is_read_each_time(hashed):
    compute, calls = _sums()
    cached, X = PoolCache(compute), _pool(writeable=True)
    view = X.view()
    view.flags.writeable = False
    first = cached(view)[0]
    assert cached(view)[0] is first and len(calls) == 1 and len(hashed) == 2
    X[0] += 1
    assert cached(view)[0][0] == first[0] + 2


def test_an_address_used_again_is_not_mistaken(hashed):
    compute, calls = _sums()
    cached, buffer = PoolCache(compute), bytearray(_pool().tobytes())

    def lie_there():
        array = np.frombuffer(buffer)
        array.flags.writeable = False
        return array.reshape(6, 2)

    first = lie_there()
    address = first.__array_interface__["data"][0]
    assert cached(first)[0][0] == 1.0
    del first
    buffer[:] = _pool(3.0).tobytes()
    second = lie_there()
    assert second.__array_interface__["data"][0] == address
    assert cached(second)[0][0] == 7.0 and len(calls) == 2 and len(hashed) == 2


def test_no_hash_outlives_its_array(hashed):
    compute, _ = _sums()
    cached = PoolCache(compute)
    for start in range(5):
        cached(_pool(float(start)))
    assert len(structure._DIGESTS) == 1


def test_the_least_recently_used_pool_goes_first():
    compute, calls = _sums()
    cached = PoolCache(compute, most_bytes=100)
    a, b, c = _pool(0.0), _pool(1.0), _pool(2.0)
    for X in (a, b, a, c):
        cached(X)
    assert cached.held_bytes() == 96 and len(calls) == 3
    cached(a)
    assert len(calls) == 3
    cached(b)
    assert len(calls) == 4


def test_float32_stays_float32():
    X = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    assert cluster(X, 4, np.random.default_rng(0))[1].dtype == np.float32


def test_a_start_from_a_sample_ends_as_well_as_one_from_all_rows():
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 8))[rng.integers(30, size=4000)] * 2 + rng.normal(size=(4000, 8))

    def error(groups, centres):
        return ((X - centres[groups]) ** 2).sum()

    ours = [error(*cluster(X, 40, np.random.default_rng(s))) for s in range(4)]
    full = [KMeans(40, n_init=1, random_state=s).fit(X).inertia_ for s in range(4)]
    assert np.mean(ours) < 1.01 * np.mean(full)


def test_pool_clusters_are_made_once_for_each_number():
    X = _pool()
    assert pool_clusters(X, 2) is pool_clusters(X, 2)
    assert np.unique(pool_clusters(X, 3)).size == 3
