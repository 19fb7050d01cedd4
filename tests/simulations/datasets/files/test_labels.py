import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.datasets.cells import Raw
from simulations.errors import InputError


def _raw(labels):
    names = list(dict.fromkeys(labels))
    codes = np.array([names.index(label) for label in labels], np.int64)
    return Raw(np.arange(len(labels), dtype=np.float32)[:, None], codes, names, "column 'y'")


def _classes(labels, rare_classes="refuse"):
    return _raw(labels).classified("f.csv", rare_classes)


@given(st.lists(st.sampled_from(["b", "a", "10", "9", "é"]), min_size=8, max_size=60))
def test_numbers_follow_the_sorted_names(labels):
    present = [name for name in set(labels) if labels.count(name) >= 4]
    if len(present) < 2:
        return
    features, numbers, classes = _classes(labels, "drop")
    kept = [labels[int(row)] for row in features[:, 0]]
    assert kept == [label for label in labels if label in present] and classes == len(present)
    whole = set(present) == {"9", "10"}
    assert [sorted(present, key=int if whole else None)[n] for n in numbers] == kept


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["10", "9", "x"], ["10", "9", "x"]),
        (["10", "09", "9"], ["09", "10", "9"]),
        (["--1", "1", "2"], ["--1", "1", "2"]),
        (["²", "1", "2"], ["1", "2", "²"]),
    ],
)
def test_whole_numbers_sort_by_value_others_as_text(labels, order):
    _, numbers, _ = _classes(labels * 4)
    assert [order[n] for n in numbers[:3]] == labels


def test_rare_classes_are_refused_by_name_and_row():
    with pytest.raises(InputError) as caught:
        _classes(["a"] * 9 + ["b"] * 9 + ["c", "d", "c"])
    assert str(caught.value) == (
        "f.csv, column 'y', row 19: class 'c' (and 1 more) has fewer than 4 items (2), too few to hold some out; "
        'allowed: more of them, rare_classes = "pool" (learned, never tested) or "drop" (left out)'
    )


def test_rare_classes_may_stay_in_the_pool_or_go():
    labels = ["a"] * 9 + ["c"] + ["b"] * 9
    assert _classes(labels, "pool")[1].tolist() == [0] * 9 + [2] + [1] * 9
    features, numbers, classes = _classes(labels, "drop")
    assert numbers.tolist() == [0] * 9 + [1] * 9 and classes == 2 and 9.0 not in features


@pytest.mark.parametrize("rare_classes", ["pool", "drop"])
def test_two_classes_must_be_left(rare_classes):
    with pytest.raises(InputError, match="fewer than two classes have at least 4 items; two are needed"):
        _classes(["a"] * 9 + ["b", "c"], rare_classes)


def test_one_class_is_refused():
    with pytest.raises(InputError, match=r"f\.csv, column 'y': all rows have the label 'a'; at least two"):
        _classes(["a"] * 9)


@pytest.mark.parametrize("labels", [[str(i / 7) for i in range(100)], [str(i // 5) for i in range(6000)]])
def test_measurements_and_identifiers_are_refused(labels):
    with pytest.raises(InputError, match=r"different labels in [0-9,]+ rows, as of a measurement or an ident"):
        _classes(labels)
