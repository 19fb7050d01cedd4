"""What holds of every data set of regression that needs nothing. What docs/method/regression.md says is so."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, make_friedman1, make_friedman2, make_friedman3

from simulations.datasets import DATASETS
from simulations.datasets.package_tables import read_table
from simulations.datasets.regression import (
    CROWD_WIDTH,
    FriedmanKnobs,
    first,
    generate_friedman,
    numeric_data,
    scale_columns,
    second,
    third,
)
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.strategies import STRATEGIES

X = np.arange(60.0).reshape(30, 2)
y = np.linspace(-1, 1, 30)


def test_columns_are_centred_and_divided_by_their_deviations_or_by_one_number_where_they_share_a_unit():
    columns = np.array([[0.0, 5.0, 10.0], [2.0, 5.0, 30.0]])
    laid_out = scale_columns(columns, "feature")
    assert laid_out.dtype == np.float32
    assert laid_out.tolist() == [[-1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]
    # Deviations 1 and 10, so that their mean square is 50.5; the constant column does not count.
    laid_out = scale_columns(columns, "global")
    assert laid_out == pytest.approx(np.array([[-1.0, 0.0, -10.0], [1.0, 0.0, 10.0]]) / np.sqrt(50.5), rel=1e-6)


@given(st.integers(0, 99), st.sampled_from([1e-12, 1.0, 1e15]), st.floats(-1e6, 1e6))
def test_scaling_forgets_the_unit_of_a_column(seed, factor, shift):
    columns = np.random.default_rng(seed).normal(size=(40, 3))
    assert scale_columns(columns * factor + shift * factor, "feature") == pytest.approx(
        scale_columns(columns, "feature"), abs=1e-3
    )


def test_what_is_laid_out_is_what_was_given():
    data = numeric_data("mine", X, y, 12)
    assert (data.task, data.kind, data.outputs, data.test_size) == ("regression", "tabular", 1, 12)
    assert data.answers == tuple(y.tolist()) and (np.stack(data.items) == data.features).all()
    assert data.lengths.tolist() == [1] * 30


@pytest.mark.parametrize(
    ("answers", "test_size", "message"),
    [
        (np.where(np.arange(30) == 3, np.nan, y), 12, "mine, answers, row 4: found nan; allowed: a finite number"),
        (np.where(np.arange(30) == 3, -np.inf, y), 12, "mine, answers, row 4: found -inf; allowed: a finite number"),
        (np.full(30, 2.5), 12, "mine, answers: all are 2.5; at least two different are needed"),
        (y, 9, "mine, test_size: found 9; allowed: 10 to 20"),
        (y, 21, "mine, test_size: found 21; allowed: 10 to 20"),
        (y[:19], 10, "mine: has 19 items; allowed: at least 20, half of them held out"),
    ],
)
def test_what_cannot_be_learned_is_one_sentence(answers, test_size, message):
    with pytest.raises(InputError) as caught:
        numeric_data("mine", X[: answers.size], answers, test_size)
    assert str(caught.value) == message


READY = [name for name, entry in DATASETS.items() if entry.task == "regression" and entry.needs == "nothing"]


@pytest.fixture(scope="module", params=READY)
def loaded(request):
    entry = DATASETS[request.param]
    return entry, entry.load(**entry.defaults)


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


def test_loading_again_gives_the_same_with_any_test_size(loaded):
    entry, data = loaded
    again = entry.load(**{**entry.defaults, "test_size": 50})
    assert again.answers == data.answers and (again.features == data.features).all() and again.test_size == 50
    with pytest.raises(InputError, match=f"{entry.name}, test_size: found 9; allowed: 10 to "):
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


def test_the_functions_are_those_of_scikit_learn():
    X, y = make_friedman1(50, noise=0.0, random_state=0)
    assert first(X) == pytest.approx(y)
    for own, theirs in ((second, make_friedman2), (third, make_friedman3)):
        X, y = theirs(50, noise=0.0, random_state=0)
        U = (X - [0.0, 40 * np.pi, 0.0, 1.0]) / [100.0, 520 * np.pi, 1.0, 10.0]
        assert own(U) == pytest.approx(y)


def _values(**knobs):
    return np.array(generate_friedman(FriedmanKnobs(n=20_000, **knobs)).answers)


@pytest.mark.parametrize("function", [1, 2, 3])
def test_noise_has_the_share_of_the_variance_it_is_given(function):
    clean, noisy = (_values(function=function, noise_share=share) for share in (0.0, 0.4))
    assert np.var(noisy - clean) / np.var(noisy) == pytest.approx(0.4, abs=0.02)


def test_items_crowd_into_one_corner():
    features = generate_friedman(FriedmanKnobs(n=20_000, crowding=0.7)).features
    lowest, highest = features.min(axis=0), features.max(axis=0)
    in_corner = (features <= lowest + CROWD_WIDTH * (highest - lowest)).all(axis=1)
    assert in_corner.mean() == pytest.approx(0.7, abs=0.01)


def test_features_that_say_nothing_change_no_answer():
    few, many = (generate_friedman(FriedmanKnobs(n=5000, d=d)) for d in (5, 12))
    assert many.features.shape == (5000, 12)
    assert max(abs(np.corrcoef(many.features[:, j], many.answers)[0, 1]) for j in range(5, 12)) < 0.06
    assert np.std(few.answers) == pytest.approx(np.std(many.answers), rel=0.05)


@given(st.integers(0, 50), st.sampled_from([1, 2, 3]))
def test_the_same_knobs_give_the_same_task(seed, function):
    knobs = FriedmanKnobs(n=40, test_size=10, seed=seed, function=function)
    one, other = generate_friedman(knobs), generate_friedman(knobs)
    assert one.answers == other.answers and (one.features == other.features).all()
    assert generate_friedman(FriedmanKnobs(n=40, test_size=10, seed=seed + 1, function=function)).answers != one.answers


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"function": 4}, "function: found 4; allowed: 1, 2 or 3"),
        ({"d": 4}, "d: found 4; allowed: at least 5, which function 1 reads"),
        ({"d": 3, "function": 2}, "d: found 3; allowed: at least 4, which function 2 reads"),
        ({"noise_share": 1.0}, "noise_share: found 1.0; allowed: 0 to 0.9"),
        ({"noise_share": float("nan")}, "noise_share: found nan; allowed: 0 to 0.9"),
        ({"crowding": -0.1}, "crowding: found -0.1; allowed: 0 to 0.99"),
        ({"seed": -1}, "seed: found -1; allowed: at least 0"),
        ({"n": 0}, "n: found 0; allowed: at least 20"),
        ({"n": 15, "test_size": 10}, "has 15 items; allowed: at least 20, half of them held out"),
        ({"test_size": 2995}, "test_size: found 2995; allowed: 10 to 2990"),
        ({"n": 10**6, "d": 500}, "has 1,000,000 rows × 500 feature columns; allowed: 400,000,000 numbers"),
    ],
)
def test_knobs_out_of_range_are_one_sentence(knobs, message):
    with pytest.raises(InputError, match=message) as caught:
        FriedmanKnobs(**knobs)
    assert str(caught.value).startswith("friedman") and "\n" not in str(caught.value)


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


def test_parquet_and_npz_give_what_a_csv_gives(tmp_path, load):
    import pyarrow as pa
    from pyarrow import parquet

    _csv(tmp_path, ROWS)
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    parquet.write_table(pa.table(dict(zip(("a", "b", "price"), columns, strict=True))), tmp_path / "mine.parquet")
    np.savez(tmp_path / "mine.npz", features=np.array(columns[:2]).T, labels=np.array(columns[2]))
    text = load("mine.csv")
    assert text.answers == tuple(columns[2])
    assert text.features.shape == (30, 2) and (text.task, text.test_size) == ("regression", 10)
    assert load("mine.csv", test_size=12, drop="b").features.shape == (30, 1)
    assert FILE.size(FILE.resolve({**FILE.defaults, "path": "mine.csv", "label": "price"}, tmp_path)) == (30, 10, 1)
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


PAGE = (Path(__file__).parents[3] / "docs" / "method" / "regression.md").read_text(encoding="utf-8")


def test_the_table_tells_each_data_set_as_it_is(loaded):
    entry, data = loaded
    items, features = data.features.shape
    assert f"| `{entry.name}` | {items:,} | {features} | {data.test_size:,} |" in PAGE


def test_every_learner_strategy_and_knob_is_told():
    learners = [name for name, entry in LEARNERS.items() if entry.task == "regression"]
    choosers = [name for name, strategy in STRATEGIES.items() if "values" in strategy.needs]
    assert len(learners) == len(choosers) == 4
    for name in (*learners, *choosers):
        assert f"| `{name}` |" in PAGE
    for knob in DATASETS["friedman"].defaults:
        assert f"`{knob}`" in PAGE


def test_the_example_is_read():
    (code,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    grid = parse_grid(tomllib.loads(code))
    assert len(grid) == 2 * 4 * 12 and grid.trajectories[0].final_labels == 140
