import json

import numpy as np
import pytest

from planner.backtest.curves import CurveSet
from planner.backtest.scoring import BacktestSettings, run_backtest
from simulations.errors import InputError

SETTINGS = BacktestSettings(n_draws=100)


@pytest.fixture(scope="module")
def curves(make_curve):
    curves = [make_curve(f"d{i // 2}", f"l{i % 2}", seed=i, floor=0.02 + 0.02 * i) for i in range(6)]
    return CurveSet("toy", curves)


@pytest.fixture(scope="module")
def result(curves):
    return run_backtest(curves, SETTINGS)


def plain(found):
    return json.dumps(found, allow_nan=False)


def test_the_order_of_curves_changes_nothing(curves, result):
    assert plain(result) == plain(run_backtest(CurveSet("toy", curves.curves[::-1]), SETTINGS))


def test_the_record_is_complete(result):
    assert result["methods"] == ["labelplan", "last_value", "figueroa"]
    assert (result["data_sets"], result["curves"], result["tasks"]) == (3, 6, 24)
    assert result["overall"]["tasks"] == 18  # without the few points, which are a protocol of their own
    assert [part["cut"] for part in result["by_cut"]] == ["10", "20", "50", "few"]
    assert sum(part["points"] for part in result["by_ratio"]) == result["points"]
    ours, last, _ = result["overall"]["methods"]
    assert ours["ours_relative"] is None
    assert last["coverage80"] is None and last["width90"] is None
    assert last["crps"] == last["absolute_error"]
    assert last["ours_relative"]["absolute_error"]["mean"] < -0.3  # on power laws the last value is far off


def test_only_few_points_are_the_overall_then(curves):
    found = run_backtest(curves, BacktestSettings(cuts=("few",), n_draws=100))
    assert found["overall_cuts"] == ["few"]
    assert found["overall"]["tasks"] == 6


def test_short_curves_are_counted(curves, make_curve):
    short = CurveSet("toy", [*curves.curves, make_curve("short", labels=[10, 20, 30])])
    assert run_backtest(short, SETTINGS)["curves_without_task"] == 1
    with pytest.raises(InputError, match="toy: no curve gives a forecast to score; needed: 4 label counts"):
        run_backtest(CurveSet("toy", short.curves[-1:]), SETTINGS)


def test_a_perfect_curve_leaves_no_relative(make_curve):
    labels = 16 * 2.0 ** np.arange(9)
    curve = make_curve(labels=labels, error=np.zeros(9), standard_error=np.full(9, np.nan))
    last = run_backtest(CurveSet("toy", [curve]), SETTINGS)["overall"]["methods"][1]
    assert last["absolute_error"] == {"mean": 0.0, "q10": None, "q90": None}
    assert last["ours_relative"]["absolute_error"] is None


def test_each_curve_is_told_when_it_is_done(curves):
    told = []
    run_backtest(curves, SETTINGS, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 6) for done in range(1, 7)]
