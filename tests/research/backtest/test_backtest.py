import json
import math

import numpy as np
import pytest

from research.backtest.curves import CurveSet
from research.backtest.run import map_items, run_backtest
from research.backtest.scoring import BacktestSettings
from simulations.errors import InputError

SETTINGS = BacktestSettings(peers=("last_value", "figueroa"), n_draws=100)


@pytest.fixture(scope="module")
def curves(make_curve):
    curves = [make_curve(f"d{i // 2}", f"l{i % 2}", seed=i, floor=0.02 + 0.02 * i) for i in range(6)]
    return CurveSet("toy", curves)


@pytest.fixture(scope="module")
def result(curves):
    return run_backtest(curves, SETTINGS)


def plain(found):
    return json.dumps(found.to_dict(), allow_nan=False)


def test_the_order_of_curves_changes_nothing(curves, result):
    assert plain(result) == plain(run_backtest(CurveSet("toy", curves.curves[::-1]), SETTINGS))


def test_the_record_is_complete(result):
    found = result.to_dict()
    assert found["methods"] == ["labelplan", "last_value", "figueroa"]
    assert (found["data_sets"], found["curves"], found["tasks"]) == (3, 6, 24)
    assert found["overall"]["tasks"] == 18  # without the few points, which are a protocol of their own
    assert [part["cut"] for part in found["by_cut"]] == ["10", "20", "50", "few"]
    assert sum(part["tasks"] for part in found["by_observed"]) == 24
    assert sum(part["tasks"] for part in found["by_last_error"]) == 24
    assert sum(part["points"] for part in found["by_ratio"]) == found["points"]
    ours, last, _ = found["overall"]["methods"]
    assert ours["ours_relative"] is None and ours["labels_where_both"] is None
    assert last["coverage80"] is None and last["width90"] is None
    assert last["crps"] == last["absolute_error"]
    assert last["ours_relative"]["absolute_error"]["mean"] < -0.3  # on power laws the last value is far off
    assert last["labels_where_both"] is None  # which never says that a better value is reached
    assert found["overall"]["reach"]["targets"] == 54


def test_tasks_are_sorted_by_the_last_error_observed(make_curve):
    labels = 16 * 2.0 ** np.arange(9)
    levels = {"low": 0.05, "at the end of a bin": 0.1, "middle": 0.4, "near one": 0.9}
    curves = [
        make_curve(name, labels=labels, error=np.r_[1.1 * level, np.full(8, level)]) for name, level in levels.items()
    ]
    found = run_backtest(CurveSet("toy", curves), BacktestSettings(cuts=("50",), n_draws=50)).to_dict()["by_last_error"]
    ends = [(part["last_error_from"], part["last_error_to"], part["tasks"]) for part in found]
    assert ends == [(0.0, 0.1, 2), (0.3, 0.5, 1), (0.7, 1.0, 1)]


def test_only_few_points_are_the_overall_then(curves):
    found = run_backtest(curves, BacktestSettings(cuts=("few",), n_draws=100)).to_dict()
    assert found["overall_cuts"] == ["few"]
    assert found["overall"]["tasks"] == 6
    assert found["overall"]["reach"]["targets"] == 18


def test_short_curves_are_counted(curves, make_curve):
    short = CurveSet("toy", [*curves.curves, make_curve("short", labels=[10, 20, 30])])
    assert run_backtest(short, SETTINGS).to_dict()["curves_without_task"] == 1
    with pytest.raises(InputError, match="toy: no curve gives a forecast to score; needed: 4 label counts"):
        run_backtest(CurveSet("toy", short.curves[-1:]), SETTINGS)


def test_a_perfect_curve_leaves_no_target_and_no_relative(make_curve):
    labels = 16 * 2.0 ** np.arange(9)
    curve = make_curve(labels=labels, error=np.zeros(9), standard_error=np.full(9, np.nan))
    found = run_backtest(CurveSet("toy", [curve]), BacktestSettings(peers=("last_value",), n_draws=100)).to_dict()
    assert found["overall"]["reach"] is None
    last = found["overall"]["methods"][1]
    assert last["absolute_error"] == {"mean": 0.0, "q10": None, "q90": None}
    assert last["ours_relative"]["absolute_error"] is None
    assert last["brier"] is None


def test_results_come_in_the_order_of_the_items():
    told = []
    found = map_items(math.sqrt, [4.0, 1.0, 9.0], progress=lambda done, total: told.append((done, total)))
    assert found == [2.0, 1.0, 3.0]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_several_processes_give_the_same_in_the_same_order(curves):
    settings, told = BacktestSettings(cuts=("50",), n_draws=20), []
    apart = run_backtest(curves, settings, jobs=2, progress=lambda done, total: told.append(done))
    assert plain(apart) == plain(run_backtest(curves, settings))
    assert told == list(range(1, 7))


def test_a_fault_in_a_process_is_told():
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        map_items(math.sqrt, [1.0, -1.0], jobs=2)


def test_stopping_midway_gives_nothing_back():
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_items(math.sqrt, [1.0] * 5, progress=stop)
