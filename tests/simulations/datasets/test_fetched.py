from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulations.cache.catalogue import RESOURCES, keel_table, parse_keel
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder
from simulations.datasets import DATASETS
from simulations.datasets.fetched import (
    FETCHED,
    class_numbers,
    load_fetched,
    read_images,
    read_table,
    read_texts,
    table_features,
)
from simulations.errors import InputError

TABLE = "1,a,x\n2,b,y\n3,a,x\n4,b,y\n5,c,x\n6,c,y\n7,a,x\n8,b,y\n9,a,x\n10,b,z\n"


@pytest.fixture
def toy(cache):
    """Ten rows of a number and a word, classes of five, four and one."""
    resource = replace(RESOURCES["segment"], name="toy", items=10, classes=3)
    with store_folder("toy", origin_of(resource)) as folder:
        keel_table({"toy.dat": TABLE.encode()}, folder)
    return resource


def test_numbers_alone_are_left_to_be_scaled_column_by_column():
    features, scaling = table_features(parse_keel("1,2.5,a\n3,4,b\n").drop(columns="label"))
    assert features.tolist() == [[1, 2.5], [3, 4]]
    assert features.dtype == np.float32
    assert scaling == "feature"


def test_words_become_indicators_and_numbers_beside_them_are_standardised():
    features, scaling = table_features(parse_keel("1,b,7,a\n3,a,7,b\n").drop(columns="label"))
    # The numbers 1 and 3 become -1 and 1; the constant 7 becomes 0; then the columns "is a" and "is b".
    assert features.tolist() == [[-1, 0, 0, 1], [1, 0, 1, 0]]
    assert scaling == "global"


@pytest.mark.parametrize(
    ("labels", "expected"), [(["10", "9", "10"], [1, 0, 1]), (["b", "a", "10"], [2, 1, 0]), (["x"], [0])]
)
def test_classes_are_numbered_in_order(labels, expected):
    assert class_numbers(pd.Series(labels)).tolist() == expected


def test_a_table_loads_with_its_rare_class_kept_in_the_pool(toy):
    data = load_fetched(toy, read_table, test_size=3)
    assert data.features.shape == (10, 4)
    assert data.clean.tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 2]
    assert data.pool_only.tolist() == [False] * 9 + [True]
    assert (data.kind, data.classes, data.test_size, data.scaling) == ("tabular", 3, 3, "global")


def test_a_cache_that_holds_something_else_is_told(toy):
    with pytest.raises(InputError, match="holds 10 items of 3 classes where 11 of 3 belong"):
        load_fetched(replace(toy, items=11), read_table, test_size=3)


@pytest.mark.parametrize("test_size", [0, 2, 5])
def test_a_test_set_out_of_range_is_told(toy, test_size):
    with pytest.raises(InputError, match="toy, test_size"):
        load_fetched(toy, read_table, test_size=test_size)


def test_pixels_load_between_0_and_1(cache):
    resource = replace(RESOURCES["mnist5k"], name="toy", items=2, classes=2)
    with store_folder("toy", origin_of(resource)) as folder:
        np.savez(folder / "images.npz", pixels=np.array([[0, 255], [51, 0]], np.uint8), labels=np.array([0, 1]))
    features, labels, scaling = read_images(resource)
    np.testing.assert_array_equal(features, np.array([[0, 1], [0.2, 0]], np.float32))
    assert labels.tolist() == [0, 1]
    assert scaling == "global"


def test_texts_load_as_their_embeddings(cache):
    from simulations.encoders import encode

    resource = replace(RESOURCES["r8"], name="toy", items=2, classes=2)
    rows = np.arange(4, dtype=np.float32).reshape(2, 2)
    with store_folder("toy", origin_of(resource)) as folder:
        pd.DataFrame({"label": ["b", "a"], "text": ["t", "u"]}).to_parquet(folder / "texts.parquet", index=False)
    with pytest.raises(InputError, match=r"toy\.minilm is not in the cache .* labelplan data get toy"):
        read_texts(resource)
    with store_folder(*encode.embeddings_identity(resource)) as folder:
        np.save(folder / "embeddings.npy", rows)
    features, labels, scaling = read_texts(resource)
    np.testing.assert_array_equal(features, rows)
    assert labels.tolist() == [1, 0]
    assert scaling == "global"


@pytest.mark.parametrize("entry", FETCHED, ids=lambda one: one.name)
def test_what_was_not_fetched_is_told_before_a_run(cache, entry):
    assert DATASETS[entry.name] is entry
    assert entry.needs == f"labelplan data get {entry.name}"
    for ask in (lambda: entry.size(entry.defaults), lambda: entry.load(**entry.defaults)):
        with pytest.raises(InputError) as told:
            ask()
        assert "not in the cache" in str(told.value)
        assert str(told.value).endswith(f"labelplan data get {entry.name}")
