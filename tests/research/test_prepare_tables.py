import numpy as np
import pytest

from research import prepare_tables
from simulations.datasets.package_tables import FOLDER

NUMBERS = "@relation t\n@data\n1, 2.50, b\n-3, 0.125, a\n\n300, 1, b\n"
CATEGORIES = "@relation t\nred, 10, yes\nblue, 9, no\nred, 9, yes\n"


def test_numbers_are_kept_exactly_and_ragged_tables_refused():
    arrays = prepare_tables.parse(NUMBERS, categories=False)
    assert int(arrays["decimals"]) == 3
    assert arrays["values"].tolist() == [[1000, 2500], [-3000, 125], [300_000, 1000]]
    assert arrays["labels"].tolist() == [1, 0, 1] and arrays["classes"].tolist() == ["a", "b"]
    assert arrays["levels"].tolist() == [0, 0]
    with pytest.raises(ValueError):
        prepare_tables.parse("1,2,a\n1,b\n", categories=False)


def test_categories_are_numbered_in_sorted_order():
    arrays = prepare_tables.parse(CATEGORIES, categories=True)
    assert arrays["values"].tolist() == [[1, 0], [0, 1], [1, 1]] and arrays["levels"].tolist() == [2, 2]
    assert arrays["values"].dtype == np.uint8


def test_words_lose_comments_second_pronunciations_and_odd_spellings():
    text = "'bout B AW1 T\na AH0\naalborg AO1 L # place\naalborg(2) AA1 L\na.m. EY2\nzoo Z UW1\nabba AE1 B AH0\n"
    assert prepare_tables.sample_words(text) == ["aalborg\tAO1 L\n", "abba\tAE1 B AH0\n", "zoo\tZ UW1\n"]


@pytest.mark.parametrize("name", ["nursery", "satimage"])
def test_writing_again_gives_the_same_arrays_and_bytes(tmp_path, name):
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as shipped:
        arrays = dict(shipped)
    for target in ("one.npz", "two.npz"):
        prepare_tables.write_arrays(tmp_path / target, arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz", allow_pickle=False) as written:
        assert set(written) == set(arrays)
        assert all((written[key] == arrays[key]).all() and written[key].dtype == arrays[key].dtype for key in arrays)
