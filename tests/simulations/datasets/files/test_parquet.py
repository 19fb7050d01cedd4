import decimal

import pyarrow as pa
import pytest

from simulations.datasets import dataset
from simulations.errors import InputError

LABELS = ["no", "yes"] * 10
CODED = pa.array(["a", "b"] * 10).dictionary_encode()


def test_numbers_of_every_type(files):
    data = files.parquet(
        {
            "small": pa.array([i % 5 for i in range(20)], pa.uint8()),
            "large": [2**58 + 2**40 * i for i in range(20)],
            "real": pa.array([0.5 * i for i in range(20)], pa.float32()),
            "flag": [i % 2 == 1 for i in range(20)],
            "money": [decimal.Decimal(i) / 4 for i in range(20)],
            "y": LABELS,
        }
    )
    assert data.features[3].tolist() == [3, 3 * 2**40, 1.5, 1, 0.75]
    assert data.clean.tolist() == [0, 1] * 10


@pytest.mark.parametrize(
    "labels",
    [
        [3, 12] * 10,
        [3.0, 12.0] * 10,
        [False, True] * 10,
        ["a", "b"] * 10,
        CODED,
    ],
)
def test_labels_of_every_type(files, labels):
    assert files.parquet({"a": [*range(20)], "y": labels}).clean.tolist() == [0, 1] * 10


def test_categories_as_text_or_dictionary(files):
    colours = pa.array(["red", "blue"] * 10)
    for column in (colours, colours.dictionary_encode(), colours.cast(pa.large_string())):
        assert files.parquet({"c": column, "y": LABELS}, one_hot=True).features[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [1.0, None] * 10}, "mine.parquet, row 2, column 'a': the cell is empty; allowed: a number"),
        ({"a": [1.0, float("nan")] * 10}, "mine.parquet, row 2, column 'a': found nan; allowed: a finite number;"),
        ({"a": ["red", "blue"] * 10}, "mine.parquet, row 1, column 'a': found 'red'; allowed: a number; or one_hot"),
        ({"a": [[1.0, 2.0]] * 20}, "mine.parquet, column 'a': holds list<"),
        ({"a": pa.array([1] * 20, pa.timestamp("s"))}, "mine.parquet, column 'a': holds timestamp[ms]; allowed: numb"),
        ({"a": [1] * 20, "y": ["u", None] * 10}, "mine.parquet, row 2, column 'y': the cell is empty; allowed: text"),
        ({"a": [1] * 20, "y": [0.5, 1.0] * 10}, "mine.parquet, row 1, column 'y': found 0.5; allowed: a class:"),
        ({"a": [1] * 20, "y": [1.0, float("inf")] * 10}, "mine.parquet, row 2, column 'y': found inf; allowed: a cl"),
        ({"a": [1] * 20, "y": [1.0, None] * 10}, "mine.parquet, row 2, column 'y': found nan; allowed: a class:"),
        ({"a": [1] * 20, "y": pa.array([1] * 20, pa.date32())}, "mine.parquet, column 'y': holds date32"),
        ({"a": pa.array([], pa.float64()), "y": pa.array([], pa.string())}, "column 'y': there are no rows"),
    ],
)
def test_bad_columns_are_told(files, columns, sentence):
    with pytest.raises(InputError) as caught:
        files.parquet({"y": LABELS, **columns})
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_columns_that_come_twice_are_told(files):
    from pyarrow import parquet

    table = pa.table([[1, 2] * 10, [1, 2] * 10, LABELS], names=["a", "a", "y"])
    parquet.write_table(table, files.folder / "twice.parquet")
    with pytest.raises(InputError, match=r"twice\.parquet: found 2 columns named 'a'"):
        files.load("twice.parquet")


def test_what_is_no_parquet_file_is_told(files):
    (files.folder / "mine.parquet").write_text("a,b,y\n")
    with pytest.raises(InputError, match=r"mine\.parquet: is not a readable Parquet file \("):
        files.load("mine.parquet")
    files.parquet({"a": [*range(20)], "y": LABELS}, "cut.parquet")
    whole = (files.folder / "cut.parquet").read_bytes()
    (files.folder / "cut.parquet").write_bytes(whole[:4] + bytes(40) + whole[44:])
    with pytest.raises(InputError, match=r"cut\.parquet: is not a readable Parquet file \("):
        files.load("cut.parquet")


def test_too_large_a_table_is_told_by_its_header(files, monkeypatch):
    monkeypatch.setattr(dataset, "MOST_NUMBERS", 39)
    with pytest.raises(InputError, match="has 20 rows × 2 feature columns; allowed: 39 numbers, 19 rows of"):
        files.parquet({"a": [*range(20)], "b": [*range(20)], "y": LABELS})
