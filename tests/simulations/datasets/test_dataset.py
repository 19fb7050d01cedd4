from dataclasses import replace

import numpy as np
import pytest

from simulations.datasets import DATASETS, dataset, load_dataset
from simulations.datasets.dataset import Dataset
from simulations.errors import InputError
from simulations.trajectory import Part

X = np.arange(24.0).reshape(12, 2)
Y = np.arange(12) % 3
GOOD = Dataset(X, Y, Y, "tabular", 3, 4, "feature")


def _with(place, value, labels=Y):
    changed = labels.copy()
    changed[place] = value
    return changed


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"observed": _with(4, 3)}, "data set, observed labels, row 5: found class 3; allowed: 0 to 2"),
        ({"observed": _with(4, -1)}, "data set, observed labels, row 5: found class -1; allowed: 0 to 2"),
        ({"clean": _with(0, 10**9)}, "data set, clean labels, row 1: found class 1000000000; allowed: 0 to 2"),
        ({"clean": Y[:11]}, "data set, clean labels: found int64 of shape (11,); allowed: whole numbers of shape (12"),
        ({"observed": Y[:, None]}, "data set, observed labels: found int64 of shape (12, 1); allowed: whole numbers"),
        ({"observed": Y * 1.0}, "data set, observed labels: found float64 of shape (12,); allowed: whole numbers"),
        ({"classes": 1}, "data set, classes: found 1; allowed: 2 to 1000"),
        ({"classes": 1001}, "data set, classes: found 1001; allowed: 2 to 1000"),
        ({"features": X[0]}, "data set, features: found the shape (2,); allowed: (items, columns)"),
        ({"features": X[:5]}, "data set, observed labels: found int64 of shape (12,); allowed: whole numbers of shape"),
        ({"pool_only": Y}, "data set, pool_only: found int64 of shape (12,); allowed: true or false, of shape (12,)"),
        ({"pool_only": Y[:3] > 0}, "data set, pool_only: found bool of shape (3,); allowed: true or false, of shape"),
    ],
)
def test_what_would_be_written_past_an_array_is_refused(changes, sentence):
    with pytest.raises(InputError) as caught:
        replace(GOOD, **changes)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_too_large_a_data_set_is_refused(monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 23)
    with pytest.raises(InputError, match="data set: has 12 rows × 2 feature columns; allowed: 23 numbers, 1"):
        replace(GOOD)
    monkeypatch.setattr(dataset, "MOST_FEATURES", 1)
    with pytest.raises(InputError, match="data set: has 2 feature columns; allowed: at most 1; choose some"):
        replace(GOOD)


def test_a_data_set_without_features_is_refused():
    with pytest.raises(InputError, match=r"^data set: has no features; at least one is needed$"):
        replace(GOOD, features=X[:, :0])


def test_nothing_of_a_loaded_data_set_is_kept():
    part = Part.of("synthetic", DATASETS["synthetic"].defaults)
    assert load_dataset(part) is not load_dataset(part)


def test_titles_are_the_names_of_what_has_no_other():
    assert DATASETS["digits"].titled({}) == "digits"
    assert DATASETS["file"].titled({**DATASETS["file"].defaults, "called": "a.csv", "content": "0" * 64}) == (
        "a.csv [00000000]"
    )
