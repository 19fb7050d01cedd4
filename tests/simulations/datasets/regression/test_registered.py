"""What holds of every data set of regression that needs nothing."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from simulations.datasets import DATASETS
from simulations.datasets.tables import read_table
from simulations.errors import InputError

READY = [name for name, entry in DATASETS.items() if entry.task == "regression" and entry.needs == "nothing"]


@pytest.fixture(scope="module", params=READY)
def loaded(request):
    entry = DATASETS[request.param]
    return entry, entry.load(**entry.defaults)


def test_three_need_nothing():
    assert READY == ["diabetes", "endings", "friedman"]


def test_what_is_told_without_loading_is_so(loaded):
    entry, data = loaded
    assert entry.size(entry.defaults) == (len(data.answers), data.test_size, data.outputs)
    assert entry.features(entry.defaults) == data.features.shape[1]
    assert (entry.kind, entry.task) == (data.kind, data.task)
    assert entry.licence.strip() and entry.summary.endswith(".")


def test_answers_are_finite_and_differ_and_features_are_centred(loaded):
    _, data = loaded
    answers = np.array(data.answers)
    assert np.isfinite(answers).all() and np.unique(answers).size > 10
    assert np.abs(data.features.mean(axis=0, dtype=np.float64)).max() < 1e-5
    assert (data.features**2).mean() == pytest.approx(1.0, abs=0.01)


def test_loading_again_gives_the_same(loaded):
    entry, data = loaded
    again = entry.load(**entry.defaults)
    assert again.answers == data.answers and (again.features == data.features).all()


@pytest.mark.parametrize("name", READY)
def test_test_size_is_a_setting(name):
    entry = DATASETS[name]
    assert entry.load(**{**entry.defaults, "test_size": 50}).test_size == 50
    with pytest.raises(InputError, match=f"{name}, test_size: found 9; allowed: 10 to "):
        entry.load(**{**entry.defaults, "test_size": 9})


def test_diabetes_is_that_of_scikit_learn():
    data, theirs = DATASETS["diabetes"].load(test_size=142), load_diabetes()
    assert data.answers == tuple(theirs.target.tolist())
    # There columns have length 1, here a deviation of 1.
    assert data.features / np.sqrt(442) == pytest.approx(theirs.data, abs=1e-6)


def test_endings_are_won_in_the_moves_their_class_names():
    data = DATASETS["endings"].load(test_size=5000)
    _, labels, names = read_table("kr-vs-k")
    counts = dict(zip(names, np.bincount(labels).tolist(), strict=True))
    moves = np.bincount(np.array(data.answers, dtype=int)).tolist()
    assert moves[0] == counts["zero"] and moves[11] == counts["eleven"] and moves[16] == counts["sixteen"]
    assert sum(moves) == 28_056 - counts["draw"]
