import numpy as np
import pandas as pd
import pytest

from planner.forecasting.forecast import fit_forecast
from planner.transfer.from_pilot import curves_from_pilot
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured, recorded

TASK = TaskDescription("accuracy", classes=10, kind="image")
TABLE = recorded(strategies=("random", "margin", "entropy"))
TRUTH = {"floor": 0.03, "power": 0.5}
RANDOM = measured(seeds=5, rng=1, **TRUTH).assign(strategy="random", test_size=20_000)
PAIRED = pd.concat([RANDOM, measured(seeds=5, saving=1.7, rng=2, **TRUTH).assign(strategy="margin", test_size=20_000)])
TARGET = 0.87


def curves(pilot=PAIRED, proxies=TABLE, strategies=("random", "margin"), **settings):
    return curves_from_pilot(
        pilot, ProxyEvidence(proxies), TASK, strategies, **{"n_draws": 1_000, "seed": 0, **settings}
    )


PAIRED_CURVES, ALONE = curves(), curves(RANDOM)


def factor(joint, column=1, target=TARGET):
    reach = joint.labels_to_reach(target)
    both = np.isfinite(reach).all(axis=1)
    return reach[both, 0] / reach[both, column]


def width(values):
    low, high = np.quantile(np.log(values), (0.1, 0.9))
    return high - low


def test_random_is_the_pilots_own():
    reach = PAIRED_CURVES.labels_to_reach(TARGET)[:, 0]
    alone = fit_forecast(RANDOM, classes=10).labels_to_reach(TARGET).draws
    assert np.median(reach) == pytest.approx(np.median(alone), rel=0.03)
    assert not PAIRED_CURVES.clean_labels


def test_a_strategy_the_pilot_lacks_takes_its_savings_from_the_proxies():
    joint = curves(RANDOM, savings_sd=0.0)
    assert 1.3 < np.median(factor(joint)) < 2.0
    assert joint.evidence["dataset"].tolist()[:2] == ["pilot", "letters"]
    assert (np.diff(joint.best, axis=2) >= 0).all() and (np.diff(joint.log_labels, axis=2) >= 0).all()


def test_savings_are_one_at_the_initial_set():
    np.testing.assert_allclose(ALONE.log_labels[1, :, 0], ALONE.log_labels[0, :, 0])
    np.testing.assert_allclose(ALONE.best[1, :, 0], ALONE.best[0, :, 0], atol=1e-5)


def begun(pilot, initial):
    task = TaskDescription("accuracy", classes=10, kind="image", initial_labels=initial)
    return curves_from_pilot(
        pilot, ProxyEvidence(TABLE), task, ("random", "margin"), n_draws=1_000, seed=0, savings_sd=0.0
    )


def test_a_strategy_not_measured_begins_with_the_campaigns_own_initial_set():
    """A pilot of random is measured on nested parts, the first of them as small as one likes."""
    early, late = begun(RANDOM, 50), begun(RANDOM, 400)
    for labels in (100, 400):
        same = late.values_at(labels)
        np.testing.assert_allclose(same[:, 1], same[:, 0], atol=5e-3)
    assert np.median(factor(late)) < np.median(factor(early)) - 0.1
    # A sweep over the initial set holds how hard the task is, which a file reads at 16 times the set.
    moved = begun(RANDOM, 50).begun_at(400)
    assert np.median(factor(moved)) == pytest.approx(np.median(factor(late)), rel=0.1)


def test_nothing_is_saved_before_a_pilots_first_point():
    cut = RANDOM[RANDOM["labels"] >= 100]
    before, there = begun(cut, 25), begun(cut, 100)
    same = before.values_at(100)
    np.testing.assert_allclose(same[:, 1], same[:, 0], atol=1e-3)
    assert (before.end.log_first == np.log(100)).all() and (there.begun_at(25).end.log_first == np.log(100)).all()
    assert (before.labels_to_reach(TARGET)[:, 1] > 100).mean() > 0.95
    said = "The pilot begins with 100 labels, beyond the initial set of 25"
    assert any(said in text for text in before.warnings) and not any("begins with" in text for text in there.warnings)


def test_a_measured_strategy_began_with_the_pilot():
    np.testing.assert_array_equal(begun(PAIRED, 400).best, begun(PAIRED, None).best)
    assert begun(PAIRED, 400).begun_at(50).end.log_first[0] == np.log(PAIRED["labels"].min())


def test_a_paired_pilot_tells_more_than_a_random_one():
    paired, alone = factor(PAIRED_CURVES), factor(ALONE)
    assert width(paired) < width(alone)
    low, high = np.quantile(paired, (0.1, 0.9))
    assert low < 1.7 < high


def test_without_proxies_the_pilot_speaks_alone_and_is_less_sure():
    joint, alone = PAIRED_CURVES, curves(proxies=TABLE[:0])
    assert width(factor(alone)) > width(factor(joint))
    assert any("No data set is recorded with margin" in text for text in alone.warnings)
    assert alone.evidence["dataset"].tolist() == ["pilot"]


def test_a_small_test_set_moves_all_plans_together():
    small = PAIRED.assign(test_size=150)
    wide, narrow = (curves(pilot, n_draws=1_000).values_at(800) for pilot in (small, PAIRED))
    assert wide[:, 0].std() > 1.5 * narrow[:, 0].std()
    assert np.corrcoef(wide.T)[0, 1] > 0.8


def test_runs_are_deterministic_and_rows_may_come_in_any_order():
    again = curves(PAIRED.sample(frac=1.0, random_state=1), TABLE.sample(frac=1.0, random_state=1))
    np.testing.assert_array_equal(again.best, PAIRED_CURVES.best)


def test_a_strategy_with_too_few_points_of_its_own_leans_on_the_proxies():
    short = PAIRED[(PAIRED["strategy"] == "random") | (PAIRED["labels"] <= 150)]
    constant = PAIRED.assign(value=PAIRED["value"].where(PAIRED["strategy"] == "random", 0.5))
    for pilot, said in ((short, "a forecast needs at least 4"), (constant, "the values are all the same so far")):
        joint = curves(pilot)
        np.testing.assert_array_equal(joint.labels_to_reach(TARGET), ALONE.labels_to_reach(TARGET))
        assert any(text.startswith(f"Pilot, margin: its points are not used, as {said}") for text in joint.warnings)


def test_a_pilot_whose_model_is_not_training_yet_is_refused():
    with pytest.raises(
        InputError, match="pilot, random: the values are all the same so far: the model is not training"
    ):
        curves(PAIRED.assign(value=PAIRED["value"].where(PAIRED["strategy"] != "random", 0.5)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"pilot": PAIRED[PAIRED["strategy"] == "margin"]}, "found margin; rows of random are needed"),
        ({"pilot": RANDOM[RANDOM["labels"] <= 150]}, "random has 3 different label counts; at least 4"),
        ({"pilot": RANDOM.assign(metric="recall")}, "column 'metric': found recall; allowed: accuracy"),
        ({"strategies": ("random", "badge")}, "found 'badge'.*allowed: entropy, margin$"),
        ({"pilot": RANDOM, "proxies": TABLE[:0]}, "found 'margin'"),
    ],
)
def test_what_cannot_be_answered_is_refused(settings, said):
    with pytest.raises(InputError, match=said):
        curves(**settings)


def test_what_nobody_measured_as_one_curve_is_not_averaged_into_one():
    margin = PAIRED["strategy"] == "margin"
    two = [
        (PAIRED.assign(dataset=np.where(margin, "a", "b")), "column 'dataset': found a, b; allowed: one"),
        (PAIRED.assign(learner=np.where(margin, "linear", "mlp")), "column 'learner': found linear, mlp"),
        (pd.concat([PAIRED.assign(batch_size=b) for b in (20, 50)]), "column 'batch_size': found 20, 50 for margin"),
    ]
    for pilot, said in two:
        with pytest.raises(InputError, match=said):
            curves(pilot)
    curves(PAIRED.assign(batch_size=np.where(margin, 20, 50)), n_draws=100)  # random is bought all at once


def test_a_pilot_larger_than_the_pool_is_refused():
    task = TaskDescription("accuracy", classes=10, kind="image", pool_size=700)
    with pytest.raises(InputError, match="'labels': found 800; allowed: up to 700"):
        curves_from_pilot(PAIRED, ProxyEvidence(TABLE), task, ("random", "margin"), n_draws=100, seed=0)


def test_curves_that_contradict_each_other_are_said_to(monkeypatch):
    said = "hardly fit together"
    assert not any(said in text for text in PAIRED_CURVES.warnings)
    monkeypatch.setattr("planner.transfer.joint_posterior._temper", lambda say: (np.ones(say.size), True))
    assert any(said in text for text in curves(n_draws=100).warnings)


def test_points_below_randoms_first_are_said_to_be_unused():
    early = PAIRED[PAIRED["strategy"] == "margin"].assign(labels=lambda rows: rows["labels"] // 10)
    found = curves(pd.concat([RANDOM, early[early["labels"] <= 50]]), n_draws=200)
    assert any("at or below random's first" in text for text in found.warnings)
    assert found.evidence["why"][0] == "your own measurements: random"
