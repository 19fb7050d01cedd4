import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import jit
from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.diversity import farthest
from simulations.testing import example_streams


@pytest.fixture(params=["compiled", "numpy"])
def way(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(jit, "available", lambda: False)
    elif not jit.available():
        pytest.skip("numba is not installed")


def _chosen(features, k, labelled=(0,)):
    answers = np.full((1, len(features)), -1)
    answers[0, list(labelled)] = 0
    view = RoundView([np.asarray(features, dtype=float)], answers)
    return STRATEGIES["coreset"].select(view, k, example_streams(1))[0].tolist()


def _brute(X, labelled, k):
    X, centres, picks = X.astype(float), labelled.copy(), []
    distances = ((X[:, None] - X) ** 2).sum(axis=2)
    for _ in range(k):
        reach = distances[:, centres].min(axis=1)
        reach[centres] = -1
        picks.append(int(reach.argmax()))
        centres[picks[-1]] = True
    return picks


@pytest.mark.usefixtures("way")
def test_coreset_by_hand():
    # 0 is labelled; the farthest is 10, then the middle of what is left between them, then a neighbour.
    assert _chosen([[0.0], [1.0], [4.0], [10.0], [9.5]], 3) == [3, 2, 1]


@pytest.mark.usefixtures("way")
def test_coreset_with_nothing_labelled_starts_far_from_the_mean():
    # Then the farthest from that one, and no longer from the mean.
    assert _chosen([[-1.0], [0.0], [3.0]], 1, labelled=()) == [2]
    assert _chosen([[-1.0], [0.5], [3.0]], 3, labelled=()) == [2, 0, 1]


# Whole numbers make distances exact in any precision, so that ties are ties and brute force must agree to the row.
@pytest.mark.parametrize("compiled", [True, False])
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([np.float32, np.float64]), st.integers(1, 4))
def test_coreset_is_brute_force_with_duplicates_and_ties(compiled, seed, labels, kind, spread):
    rng = np.random.default_rng(seed)
    X = rng.integers(-spread, spread + 1, (60, 2)).astype(kind)
    X.flags.writeable = False
    labelled = np.isin(np.arange(60), rng.choice(60, labels, replace=False))
    k = min(25, 60 - labels)
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(jit, "available", lambda: False)
        assert farthest(X, labelled, k).tolist() == _brute(X, labelled, k)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("width", [20, 50, 200])
def test_coreset_is_brute_force_on_many_features(kind, width):
    X = np.random.default_rng(0).normal(size=(300, width)).astype(kind)
    X.flags.writeable = False
    labelled = np.arange(300) % 9 == 0
    assert farthest(X, labelled, 120).tolist() == _brute(X, labelled, 120)


@pytest.mark.usefixtures("way")
def test_coreset_takes_no_duplicate_before_it_must_and_then_the_lowest():
    X = np.repeat(np.random.default_rng(0).normal(size=(10, 4)), 3, axis=0)
    chosen = np.array(_chosen(X, 14))
    assert sorted((chosen[:9] // 3).tolist()) == list(range(1, 10))
    assert chosen[9:].tolist() == sorted(set(range(1, 30)) - set(chosen[:9].tolist()))[:5]


@pytest.mark.usefixtures("way")
def test_coreset_looks_at_the_whole_pool_if_asked():
    X = np.random.default_rng(2).normal(size=(40, 3))
    assert sorted(_chosen(X, 40, labelled=())) == list(range(40))
    assert sorted(_chosen(X, 37, labelled=(3, 4, 5))) == sorted(set(range(40)) - {3, 4, 5})
