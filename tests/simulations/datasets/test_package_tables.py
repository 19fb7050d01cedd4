import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from simulations.datasets import DATASETS
from simulations.datasets.package_tables import FOLDER, TABLES, read_table

ROOT = Path(__file__).parents[3]

# Rows, columns and class counts as the UCI pages and the KEEL repository state them.
SHAPES = {
    "letter": (20_000, 16),
    "penbased": (10_992, 16),
    "optdigits": (5620, 64),
    "satimage": (6435, 36),
    "page-blocks": (5472, 10),
    "magic": (19_020, 10),
    "kr-vs-k": (28_056, 40),
    "nursery": (12_960, 27),
}


def test_all_tables_are_here():
    assert {table.name for table in TABLES} == set(SHAPES) == {path.stem for path in FOLDER.glob("*.npz")}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_shapes_are_as_stated(table):
    features, labels, classes = read_table(table.name)
    assert features.shape == SHAPES[table.name] and features.dtype == np.float32
    assert table.size(table.defaults) == (labels.size, table.defaults["test_size"], len(set(classes)))
    assert table.features({}) == features.shape[1] and len(classes) == len(set(classes))
    assert np.isfinite(features).all() and set(labels) == set(range(len(classes)))


def test_first_rows_are_the_published_ones():
    features, labels, classes = read_table("letter")
    assert features[0].tolist() == [2, 4, 4, 3, 2, 7, 8, 2, 9, 11, 7, 7, 1, 8, 5, 6] and classes[labels[0]] == "Z"
    features, labels, classes = read_table("magic")
    published = [28.7967, 16.0021, 2.6449, 0.3918, 0.1982, 27.7004, 22.011, -8.2027, 40.092, 81.8828]
    assert features[0].tolist() == np.array(published, np.float32).tolist() and classes[labels[0]] == "g"


@pytest.mark.parametrize(("name", "groups"), [("kr-vs-k", [4, 4, 8, 8, 8, 8]), ("nursery", [3, 5, 4, 4, 3, 2, 3, 3])])
def test_categories_are_indicators(name, groups):
    features, _, _ = read_table(name)
    edges = np.cumsum([0, *groups])
    assert edges[-1] == features.shape[1] and set(np.unique(features)) == {0, 1}
    for left, right in pairwise(edges):
        assert (features[:, left:right].sum(axis=1) == 1).all() and features[:, left:right].any(axis=0).all()


def test_classes_too_small_to_split_stay_in_the_pool():
    data = DATASETS["nursery"].load(test_size=2600)
    assert data.pool_only is not None and data.pool_only.sum() == 2
    assert DATASETS["magic"].load(test_size=3800).pool_only is None


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    features, labels = load_digits(return_X_y=True)
    data = DATASETS["digits"].load(test_size=500)
    assert data.features.dtype == np.float64
    assert (data.features == features).all() and (data.clean == labels).all()


def test_loading_imports_neither_pandas_nor_scikit_learn():
    script = (
        "import sys; from simulations.datasets import DATASETS\n"
        "for name in ('digits', 'letter', 'nursery'): DATASETS[name].load(**DATASETS[name].defaults)\n"
        "print(*[name for name in ('pandas', 'sklearn', 'pyarrow', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_table_is_attributed():
    text = (FOLDER / "ATTRIBUTION.md").read_text("utf-8")
    assert "creativecommons.org/licenses/by/4.0" in text
    for table in TABLES:
        assert f"`{table.name}`" in text
        source = table.licence.removeprefix("CC BY 4.0 (UCI, ")
        assert source != table.licence and source.partition(",")[0] in text
    assert "archive.ics.uci.edu" in text and text.count("doi.org/10.24432/") == len(TABLES)


COUNTS = {
    "penbased": dict(zip("0123456789", [1143, 1143, 1144, 1055, 1144, 1055, 1056, 1142, 1055, 1055], strict=True)),
    "optdigits": dict(zip("0123456789", [554, 571, 557, 572, 568, 558, 558, 566, 554, 562], strict=True)),
    "satimage": {"1": 1533, "2": 703, "3": 1358, "4": 626, "5": 707, "7": 1508},
    "page-blocks": {"1": 4913, "2": 329, "3": 28, "4": 87, "5": 115},
    "magic": {"g": 12_332, "h": 6688},
    "nursery": {"not_recom": 4320, "priority": 4266, "recommend": 2, "spec_prior": 4044, "very_recom": 328},
}


@pytest.mark.parametrize("name", COUNTS)
def test_class_counts_are_as_stated(name):
    _, labels, classes = read_table(name)
    assert dict(zip(classes, np.bincount(labels).tolist(), strict=True)) == COUNTS[name]


def test_letters_and_chess_endings_by_class():
    _, labels, classes = read_table("letter")
    assert classes == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert np.bincount(labels).tolist()[:3] == [789, 766, 736] and np.bincount(labels).max() == 813
    _, labels, classes = read_table("kr-vs-k")
    counts = dict(zip(classes, np.bincount(labels).tolist(), strict=True))
    assert (counts["zero"], counts["draw"], counts["fourteen"], len(counts)) == (27, 2796, 4553, 18)
