"""The study on curve tables made by hand: savings, stretches, metrics, models, and tables that it refuses."""

import pandas as pd
import pytest

from research.study import study_of
from research.study.early import early_of
from research.study.measured import saved_by
from simulations.errors import InputError
from tests.research.study.made import table

AHEAD = {"a": 2.0, "b": 2.0, "synthetic-c": 4.0, "d": 0.25}


def _end(found, learner="linear"):
    return {one.dataset: one for one in found if one.savings.share == 1.0 and one.savings.learner == learner}


def test_what_is_worth_twice_the_labels_saves_half_of_them():
    end = _end(saved_by(table(AHEAD, classes=3, imbalance=2.5)))
    assert end["a"].savings.factor == pytest.approx(2.0)
    assert (end["a"].labels_random, end["a"].classes, end["a"].imbalance) == (pytest.approx(160.0), 3, 2.5)
    assert (end["a"].ahead, end["a"].surely_ahead, end["a"].made_up) == (True, True, False)
    assert end["synthetic-c"].made_up
    assert (end["d"].savings.factor, end["d"].ahead, end["d"].surely_behind) == (None, False, True)


def test_wrong_answers_are_left_aside():
    clean = table(AHEAD)
    noisy = clean.assign(label_error_rate=0.1, value=0.1)
    assert saved_by(pd.concat([clean, noisy])) == saved_by(clean)
    with pytest.raises(InputError, match=r"study: found no row of accuracy without wrong answers"):
        saved_by(noisy)


def test_too_few_data_sets_are_refused():
    with pytest.raises(InputError, match=r"study: found 2 data sets with random and margin"):
        study_of(table({"a": 2.0, "b": 3.0}))


def test_stretches_are_read_by_labels_per_class_without_the_initial_set():
    # 20, 40, 80 and 160 labels of 4 classes: 40 and 80 lie from 10 on and below 40, 160 at 40.
    found = early_of(table({"a": 2.0, "b": 0.5}), "margin")
    assert [(one.low, one.high, one.below.count, one.below.of) for one in found] == [
        (10, 20, 1, 2),
        (20, 40, 1, 2),
        (40, None, 1, 2),
    ]
    # At 40 labels a is worth 80 and b 20: +0.2 and −0.1; at 80 they are worth 160 and 40.
    assert [one.gap.mean for one in found] == pytest.approx([0.05, 0.1, -0.2])
    assert [one.surely_below for one in found] == [1, 1, 1]
