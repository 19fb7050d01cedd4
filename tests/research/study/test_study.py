"""The study on curve tables made by hand: savings, stretches, metrics, models, and tables that it refuses."""

import pandas as pd
import pytest

from research.study import study_of
from research.study.early import early_of
from research.study.imbalance import under_metrics
from research.study.measured import saved_by
from research.study.models import other_models
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


def test_two_schedules_of_one_learner_are_refused():
    both = pd.concat([table(AHEAD), table({"a": 2.0}).assign(batch_size=10)])
    with pytest.raises(InputError, match=r"study: a has two schedules with the linear learner; allowed: one"):
        saved_by(both)


def test_a_pair_of_one_seed_is_refused():
    one = table(AHEAD)
    with pytest.raises(InputError, match=r"margin on a \(linear\) has 1 seeds beside random; allowed: two or more"):
        saved_by(one[(one["seed"] == 0) | (one["dataset"] != "a")])


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


def test_every_metric_has_its_groups():
    even = table({f"even-{i}": 2.0 for i in range(4)})
    uneven = table({"u": 4.0}, imbalance=20.0)
    both = pd.concat([even, uneven])
    found = under_metrics(pd.concat([both, both.assign(metric="f1_macro", value=both["value"] / 2)]))
    assert [one.metric for one in found] == ["accuracy", "f1_macro"]
    for one in found:
        first, second, third = one.groups
        assert (first[0], first[1].middle) == (4, pytest.approx(2.0))
        assert second is None
        assert (third[0], third[1].middle) == (1, pytest.approx(4.0))
        assert one.correlation.middle == pytest.approx(1.0)


def test_models_are_compared_on_the_sets_that_both_have():
    linear = table({"a": 2.0, "b": 2.0, "c": 4.0, "d": 4.0, "e": 4.0, "f": 2.0})
    forest = table({"a": 4.0, "b": 0.25, "z": 4.0}, learner="forest")
    end = [one for one in saved_by(pd.concat([linear, forest])) if one.savings.share == 1.0]
    (found,) = other_models(end)
    assert (found.learner, [a.dataset for a, _ in found.pairs]) == ("forest", ["a", "b"])
    assert (found.more.count, found.more.of, found.apart, found.behind.count) == (1, 2, 2, 1)
    # The other five sets say that 2 is enough: it is for a factor of 4, and never for one that is behind.
    assert (found.rule.count, found.rule.of) == (1, 2)


def test_the_study_says_which_models_are_missing():
    strategies = ("margin", "entropy")
    linear = table(AHEAD, strategies=strategies)
    alone = study_of(linear)
    assert (alone.missing, alone.models, alone.points, alone.seconds) == (("forest", "mlp"), (), len(linear), None)
    both = study_of(pd.concat([linear, table({"a": 3.0}, learner="mlp", strategies=strategies)]))
    assert (both.missing, [one.learner for one in both.models]) == (("forest",), ["mlp"])
    assert (both.end, both.rules) == (alone.end, alone.rules)


def test_seconds_are_those_of_the_longest_campaign():
    timed = table(AHEAD).assign(fit_seconds=0.5, score_seconds=0.25, select_seconds=0.0)
    timed.loc[(timed["dataset"] == "b") & (timed["seed"] == 1), "fit_seconds"] = 1.0
    assert study_of(pd.concat([timed, timed.assign(metric="f1_macro")])).seconds == pytest.approx(4 * 1.25)
