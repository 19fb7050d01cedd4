"""Curves of a campaign, with one strategy measured, with both, or with neither."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from planner.campaign import forecasting
from planner.campaign.log import read_log
from planner.decision.labels_required import forecast_labels_required
from planner.evidence import recorded_curves, recorded_savings
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError


def test_a_measurement_says_how_likely_the_target_is_reached(plan_of, write_log):
    log = read_log(write_log("labels,value\n100,0.9\n"), plan_of())
    assert forecasting._p_reached(log, 0.9) == pytest.approx(beta.sf(0.9, 450.5, 50.5))
    assert forecasting._p_reached(log, 0.85) > 0.999 and forecasting._p_reached(log, 0.95) < 0.001


def test_draws_are_kept_as_often_as_that():
    there = np.arange(1_000) < 300
    kept, notes = forecasting._resample_as_measured(there, 0.8, seed=0)
    assert there[kept].mean() == pytest.approx(0.8) and notes == []
    assert kept.size == 1_000 and set(kept[there[kept]]) == set(range(300))
    kept, notes = forecasting._resample_as_measured(there, 0.0, seed=0)
    assert not there[kept].any() and notes == []


@pytest.mark.parametrize(("share", "p", "word"), [(0.0, 0.9, "rarely"), (1.0, 0.1, "nearly always")])
def test_evidence_that_says_the_opposite_is_told_and_left_as_it_is(share, p, word):
    there = np.arange(100) < share * 100
    kept, notes = forecasting._resample_as_measured(there, p, seed=0)
    assert kept.tolist() == list(range(100))
    assert word in notes[0] and "does not fit this task" in notes[0]


TASK = TaskDescription("accuracy", 10, pool_size=5_000)
EVIDENCE = ProxyEvidence(recorded_curves(), recorded_savings())


@pytest.fixture(scope="module")
def rows():
    labels = np.array([40, 80, 160, 320, 640])
    return pd.DataFrame({"labels": labels, "value": 1 - 2 * labels**-0.5, "test_size": 2_000, "strategy": "margin"})


@pytest.fixture(scope="module")
def curves(rows):
    return forecasting.curves_from_one_strategy(
        rows, EVIDENCE, TASK, ("random", "margin", "entropy"), n_draws=400, seed=0, savings_sd=0.4
    )


def test_the_measured_curve_goes_through_what_was_measured(curves, rows):
    for labels, value in zip(rows["labels"], rows["value"], strict=True):
        drawn = curves.values_at(labels)[:, 1]
        assert np.quantile(drawn, 0.02) <= value <= np.quantile(drawn, 0.98)
    ahead = np.quantile(curves.values_at(1_280.0), (0.1, 0.9), axis=0)
    assert ahead[0, 1] <= 1 - 2 * 1_280**-0.5 <= ahead[1, 1]


def test_all_stand_together_at_the_first_set_and_with_the_whole_pool(curves):
    first, last = curves.values_at(40.0), curves.values_at(5_000.0)
    assert np.ptp(first, axis=1).max() < 1e-6
    assert np.ptp(last, axis=1).max() < 2e-3  # read between the points of a path
    beyond = curves.values_at(15_000.0)
    assert np.ptp(np.hstack([last, beyond]), axis=1).max() < 2e-3


def test_random_is_wider_than_what_was_measured(curves):
    spread = np.ptp(np.quantile(curves.values_at(320.0), (0.1, 0.9), axis=0), axis=0)
    assert spread[0] > 1.3 * spread[1]


def test_each_draw_is_one_curve_on_several_axes(curves):
    # Whatever margin reaches, random reaches too, at its own count of labels.
    assert np.array_equal(curves.best[0], curves.best[1])
    assert (np.diff(curves.log_labels, axis=2) >= -1e-12).all()


def test_needs_undo_what_random_would_need():
    c = np.array([[0.2, 0.5, 0.6, 0.6], [-0.2, -0.3, -0.4, -0.4]])
    u = np.linspace(np.log(40.0), np.log(4_000.0), 60)
    random = forecasting._random_equivalent(u, float(u[0]), c, np.log(5_000.0))
    back = forecasting._labels_needed(random, float(u[0]), c, np.log(5_000.0))
    assert np.abs(back - u).max() < 0.02


def test_the_same_seed_gives_the_same_curves(curves, rows):
    again = forecasting.curves_from_one_strategy(
        rows.iloc[::-1], EVIDENCE, TASK, ("random", "margin", "entropy"), n_draws=400, seed=0, savings_sd=0.4
    )
    assert np.array_equal(again.best, curves.best) and np.array_equal(again.log_labels, curves.log_labels)
    assert curves.evidence["why"].iloc[0] == "your own measurements: margin"
    assert not curves.clean_labels


def test_a_strategy_nobody_recorded_is_refused(rows):
    with pytest.raises(
        InputError, match=r"'badge'.*neither the log.*allowed: coreset, entropy, margin, stratified_random$"
    ):
        forecasting.curves_from_one_strategy(
            rows, EVIDENCE, TASK, ("random", "margin", "badge"), n_draws=50, seed=0, savings_sd=0.4
        )


SEEDS, STAGES = (14, 15), (7, 12)


@pytest.mark.parametrize("need", ["", 'random_labels = "1_000 to 1_800"'])
def test_the_same_points_are_as_often_short_of_the_target_as_a_log_and_as_a_pilot(plan_of, write_log, tmp_path, need):
    log = write_log("labels,value\n200,0.80\n300,0.82\n400,0.83\n600,0.84\n")
    plan = plan_of(more=f"[evidence]\n{need}\n")
    campaign = forecasting.forecast_campaign(
        plan, read_log(log, plan), 0.9, n_draws=400, seed=0, base=tmp_path, simulated=None
    )
    piloted = plan.with_pilot(str(log))
    planned = forecast_labels_required(piloted, n_draws=400, seed=0, base=tmp_path)
    np.testing.assert_array_equal(campaign.curves.labels_to_reach(0.9)[:, 0], planned.needs["random"])


def test_a_typed_saving_counts_until_the_log_tells_of_a_strategy(plan_of, write_log, tmp_path):
    plan = plan_of(more="[evidence]\nlabel_savings = 2\n")

    def campaign(names):
        rows = [f"{name},{n},{v}" for name in names for n, v in ((100, 0.80), (200, 0.84), (400, 0.87), (800, 0.89))]
        log = read_log(write_log("strategy,labels,value\n" + "\n".join(rows) + "\n"), plan)
        return forecasting.forecast_campaign(plan, log, 0.9, n_draws=200, seed=0, base=tmp_path, simulated=None)

    need = campaign(["random"]).curves.labels_to_reach(0.9)
    there = np.isfinite(need[:, 1])
    assert there.any() and need[there, 0] / need[there, 1] == pytest.approx(2.0)
    assert any(text.startswith("label_savings is left out") for text in campaign(["random", "margin"]).warnings)
