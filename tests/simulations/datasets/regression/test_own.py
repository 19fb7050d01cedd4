import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.grid import parse_grid

FILE = DATASETS["file_regression"]
ROWS = [(i, (i * 7) % 30, i / 4 - 3.5) for i in range(30)]


@pytest.fixture
def load(tmp_path):
    def load(name, **settings):
        label = {} if name.endswith(".npz") else {"label": "price"}
        return FILE.load(**FILE.resolve({**FILE.defaults, "path": name, **label, **settings}, tmp_path))

    return load


def _csv(folder, rows, header="a,b,price"):
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)])
    (folder / "mine.csv").write_text(text, encoding="utf-8")


def test_a_csv_is_read(tmp_path, load):
    _csv(tmp_path, ROWS)
    data = load("mine.csv")
    assert data.answers == tuple(row[2] for row in ROWS)
    assert data.features.shape == (30, 2) and (data.task, data.test_size) == ("regression", 10)
    assert load("mine.csv", test_size=12, drop="b").features.shape == (30, 1)


def test_parquet_and_npz_give_what_a_csv_gives(tmp_path, load):
    import pyarrow as pa
    from pyarrow import parquet

    _csv(tmp_path, ROWS)
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    parquet.write_table(pa.table(dict(zip(("a", "b", "price"), columns, strict=True))), tmp_path / "mine.parquet")
    np.savez(tmp_path / "mine.npz", features=np.array(columns[:2]).T, labels=np.array(columns[2]))
    text = load("mine.csv")
    for other in (load("mine.parquet"), load("mine.npz")):
        assert other.answers == text.answers and (other.features == text.features).all()


def test_categories_stand_beside_a_number_to_be_predicted(tmp_path, load):
    _csv(tmp_path, [(("red", "blue")[i % 2], *row[1:]) for i, row in enumerate(ROWS)])
    data = load("mine.csv", one_hot=True)
    assert data.features.shape == (30, 3) and data.answers == tuple(row[2] for row in ROWS)


def test_many_different_numbers_are_no_fault(tmp_path, load):
    _csv(tmp_path, [(i, i % 5, i + 0.5) for i in range(3000)])
    data = load("mine.csv")
    assert len(set(data.answers)) == 3000 and data.test_size == 600


@pytest.mark.parametrize(
    ("value", "settings", "message"),
    [
        ("n/a", {}, r"mine\.csv, row 5, column 'price': found 'n/a'; allowed: a number"),
        ("n/a", {"one_hot": True}, r"mine\.csv, row 5, column 'price': found 'n/a'; allowed: a number"),
        ("", {}, r"mine\.csv, row 5, column 'price': the cell is empty; allowed: a number"),
        ("nan", {}, r"mine\.csv, row 5, column 'price': found nan; allowed: a finite number; a row without one"),
        ("inf", {}, r"mine\.csv, row 5, column 'price': found inf; allowed: a finite number"),
        ("1e30", {}, r"mine\.csv, row 5, column 'price': found 1e\+30; allowed: at most 1e\+18 in size"),
        ("1", {"test_size": 29}, r"mine\.csv, column 'price', test_size: found 29; allowed: 10 to 20"),
    ],
)
def test_a_number_that_is_none_is_told_by_its_cell(tmp_path, load, value, settings, message):
    _csv(tmp_path, [(*row[:2], value) if i == 4 else row for i, row in enumerate(ROWS)])
    with pytest.raises(InputError, match=message) as caught:
        load("mine.csv", **settings)
    assert "\n" not in str(caught.value) and "drop" not in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r"mine\.csv: has no rows under its header"),
        ([(1, 2, 5)] * 25, r"mine\.csv, column 'price', answers: all are 5; at least two different are needed"),
        (ROWS[:12], r"mine\.csv, column 'price': has 12 items; allowed: at least 20"),
    ],
)
def test_files_too_poor_are_told(tmp_path, load, rows, message):
    _csv(tmp_path, rows)
    with pytest.raises(InputError, match=message):
        load("mine.csv")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array(["cheap"] * 30), r"mine\.npz, array 'labels': holds <U5; allowed: numbers, to be predicted"),
        (np.where(np.arange(30) == 2, np.nan, 1.0), r"mine\.npz, array 'labels', row 3: found nan; allowed: a finite"),
    ],
)
def test_an_array_that_holds_no_numbers_is_told(tmp_path, load, labels, message):
    np.savez(tmp_path / "mine.npz", features=np.ones((30, 2)), labels=labels)
    with pytest.raises(InputError, match=message):
        load("mine.npz")


def test_a_grid_names_it_by_its_content(tmp_path):
    _csv(tmp_path, ROWS)
    entry = {"name": "file_regression", "path": "mine.csv", "label": "price"}
    grid = {
        "datasets": [entry],
        "learners": ["ridge_regression"],
        "strategies": ["igs"],
        "batch_sizes": [2],
        "initial_size": 4,
        "rounds": 1,
        "seeds": 1,
        "initial_set": "random",
    }
    (t,) = parse_grid({"grid": grid}, folder=tmp_path).trajectories
    assert t.dataset.name == "file_regression" and len(t.dataset.options["content"]) == 64
    assert FILE.titled(t.dataset.options).startswith("mine.csv [label=price, ")
    with pytest.raises(InputError, match="unknown setting 'rare_classes'"):
        parse_grid({"grid": grid | {"datasets": [entry | {"rare_classes": "drop"}]}}, folder=tmp_path)
