import json

import numpy as np
import pandas as pd
import pytest

from planner.backtest import scoring
from planner.backtest.hindsight import PastForecast
from planner.backtest.scoring import RULES, read_cuts, run_backtest
from simulations.curve_table import validate_curves
from simulations.errors import InputError

LABELS = np.round(20 * np.sqrt(2.0) ** np.arange(14)).astype(int)


def curve(dataset="one", *, labels=LABELS, values=None, seed=0, sd=0.004, **about):
    labels = np.asarray(labels)
    if values is None:
        noise = np.random.default_rng(seed).normal(0, sd, labels.size)
        values = 0.95 - 0.4 * (labels / labels[0]) ** -0.45 + noise
    columns = {"dataset": dataset, "learner": "ridge", "labels": labels, "value": values, "test_size": 2_000}
    return pd.DataFrame(columns | {"seed": seed} | about)


def table(*curves):
    return validate_curves(pd.concat(curves, ignore_index=True))


@pytest.fixture(scope="module")
def curves():
    seeds = [curve(name, seed=seed) for name in ("one", "two", "three") for seed in range(3)]
    return table(*seeds)


@pytest.fixture(scope="module")
def result(curves):
    return run_backtest(curves, "toy", n_draws=200)


def test_the_record_is_complete_and_plain(result):
    json.dumps(result, allow_nan=False)
    assert result["methods"] == ["labelplan", "last_value", "figueroa"]
    overall = result["overall"]
    assert (overall["data_sets"], overall["curves"], overall["tasks"]) == (3, 3, 9)
    assert [part["cut"] for part in result["by_cut"]] == [10, 20, 50]
    assert sum(part["points"] for part in result["by_cut"]) == overall["points"]
    assert sum(part["points"] for part in result["by_ratio"]) == overall["points"]
    ours, last, power = overall["methods"]
    assert 0.6 <= ours["coverage80"]["mean"] <= 1 and ours["width80"]["mean"] > 0
    assert ours["absolute_error"]["q10"] < ours["absolute_error"]["mean"] < ours["absolute_error"]["q90"]
    assert last["coverage80"] is None and power["width80"] is None and ours["ours_relative"] is None
    assert last["ours_relative"] < -0.5  # on power laws the last value is far off
    relative = ours["absolute_error"]["mean"] / power["absolute_error"]["mean"] - 1
    assert power["ours_relative"] == pytest.approx(relative)


def test_the_order_of_rows_changes_nothing(curves, result):
    shuffled = table(curves.sample(frac=1.0, random_state=1))
    assert run_backtest(shuffled, "toy", n_draws=200) == result


def test_scores_by_hand(monkeypatch):
    said = [
        PastForecast("c", 5, 50.0, 100.0, 0.70, 0.75, 0.80, 0.78),  # inside, off by 3
        PastForecast("c", 5, 50.0, 200.0, 0.70, 0.80, 0.84, 0.85),  # outside, off by 5
    ]
    monkeypatch.setattr(scoring, "forecast_later_points", lambda *_, **__: said)
    rows = curve(labels=[10, 20, 30, 40, 50, 100, 200], values=[0.3, 0.4, 0.5, 0.55, 0.6, 0.78, 0.85])
    found = run_backtest(table(rows), "toy", cuts=(25,))
    ours, last, _ = found["overall"]["methods"]
    assert ours["absolute_error"] == {"mean": pytest.approx(0.04), "q10": None, "q90": None}
    assert ours["coverage80"]["mean"] == 0.5 and ours["width80"]["mean"] == pytest.approx(0.12)
    assert last["absolute_error"]["mean"] == pytest.approx((0.18 + 0.25) / 2)
    assert [(part["ratio"], part["points"]) for part in found["by_ratio"]] == [("1–2×", 1), ("3–5×", 1)]


def test_data_sets_weigh_the_same_however_many_curves_they_have(monkeypatch):
    def forecast(rows, name, counts, known, **_):
        off = 0.1 if name.startswith("many") else 0.3
        return [PastForecast(name, known, 1.0, float(n), 0.0, 0.5, 1.0, 0.5 + off) for n in counts[known:]]

    monkeypatch.setattr(scoring, "forecast_later_points", forecast)
    many = [curve("many [flip rate=0.1]" if k else "many", learner=f"l{k}") for k in range(3)]
    found = run_backtest(table(*many, curve("one")), "toy")
    assert found["overall"]["data_sets"] == 2
    assert found["overall"]["methods"][0]["absolute_error"]["mean"] == pytest.approx(0.2)


def test_refused_points_and_short_curves_are_counted():
    # Four points within a factor of 4 may be forecast to twice the last: 200 of the eight ahead.
    narrow = curve(labels=[40, 60, 80, 100, 150, 200, 300, 400, 500, 600, 800, 1000])
    found = run_backtest(table(narrow, curve("short", labels=[10, 20, 30])), "toy", cuts=(10,), n_draws=100)
    assert (found["overall"]["points"], found["share_refused"]) == (2, 0.75)
    assert found["curves_without_task"] == 1
    # A curve whose points are all the same so far is refused: the model is not training yet.
    waking = curve("waking", labels=16 * 2 ** np.arange(9), values=[0.5] * 7 + [0.7, 0.8])
    found = run_backtest(table(narrow, waking), "toy", cuts=(10, 50), n_draws=100)
    assert found["refused_tasks"] == 1


def test_a_sample_takes_few_curves_of_each_data_set(curves):
    more = table(*(curve(name, learner=f"l{k}") for name in ("one", "two") for k in range(5)))
    assert run_backtest(more, "toy", cuts=(50,), n_draws=100, sample=2)["overall"]["curves"] == 4


def test_each_curve_is_told_when_it_is_done(curves):
    told = []
    run_backtest(curves, "toy", cuts=(50,), n_draws=100, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_perfect_curve_leaves_no_relative():
    flat = curve(labels=16 * 2 ** np.arange(9), values=np.ones(9))
    last = run_backtest(table(flat), "toy", n_draws=100)["overall"]["methods"][1]
    assert last["absolute_error"]["mean"] == 0.0 and last["ours_relative"] is None


def test_nothing_to_score_is_one_sentence():
    with pytest.raises(InputError, match="toy: no curve gives a forecast to score; needed: 4 label counts"):
        run_backtest(table(curve(labels=[10, 20, 30])), "toy")


def test_rules_by_hand():
    labels, error = np.array([10.0, 20.0, 40.0, 80.0]), 0.1 + 0.4 * np.array([1.0, 0.5, 0.25, 0.125])
    ahead = np.array([160.0, 320.0])
    assert RULES["last_value"](labels, error)(ahead).tolist() == [error[-1]] * 2
    assert RULES["figueroa"](labels, error)(ahead) == pytest.approx([0.125, 0.1125], abs=1e-6)


def test_cuts_are_read_rising():
    assert read_cuts("50, 10%,10") == (10, 50)
    for text in ("few", "0", "100", "", "1.5"):
        with pytest.raises(InputError, match=r"--cuts: found '.*'; allowed: percentages from 1 to 99"):
            read_cuts(text)
