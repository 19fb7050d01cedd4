import re
from copy import deepcopy

import pytest

from planner.backtest.curves import CurveSet
from planner.backtest.scoring import BacktestSettings
from research.backtest import words
from research.backtest.charts import backtest_chart, reliability_chart
from research.backtest.pairs import pairs_from_table
from research.backtest.run import run_backtest, run_pairs
from research.backtest.words import print_backtest


@pytest.fixture(scope="module")
def found(make_curve):
    curves = [make_curve(f"d{i}", seed=i) for i in range(4)]
    return run_backtest(CurveSet("toy", curves), BacktestSettings(n_draws=100), ("last_value", "pow3"))


@pytest.fixture
def result(found):
    """A copy, which a test may change."""
    return deepcopy(found)


def test_the_headline_says_what_was_found(result):
    result["overall"]["methods"][0]["absolute_error"]["mean"] = 0.0166
    result["overall"]["methods"][1]["ours_relative"]["absolute_error"]["mean"] = -0.25
    result["overall"]["methods"][1]["absolute_error"]["mean"] = 0.05
    result["overall"]["methods"][2]["ours_relative"]["absolute_error"]["mean"] = 0.03
    result["overall"]["methods"][2]["absolute_error"]["mean"] = 0.01
    assert words.headline(result) == (
        "On 4 data sets (4 curves forecast from the first 10%, 20% and 50% of the label range) the forecast is off by "
        "1.7 points on average: 3% more than pow3 and 25% less than the last value."
    )


def test_words_for_one_curve_and_for_no_peer(make_curve):
    alone = run_backtest(CurveSet("toy", [make_curve()]), BacktestSettings(cuts=("few",), n_draws=100))
    said = words.headline(alone)
    assert said.startswith("On 1 data set (1 curve forecast from their first 5 to 8 points) the forecast is off by")
    assert said.endswith("points on average.")


def test_every_number_printed_is_a_number(result, capsys):
    print_backtest(result, seconds=200.0)
    out = capsys.readouterr().out
    for part in ("Overall", "first 10%", "5 to 8 points", "2–3×", "last value", "It took 3 min."):
        assert part in out
    assert not re.search(r"\b(nan|None|inf)\b", out)


def test_notes_reach_the_reader(result, capsys):
    print_backtest({**result, "notes": ["A note."], "curves_without_task": 3, "unfitted": {"pow3": 2, "last_value": 0}})
    out = " ".join(capsys.readouterr().out.split())
    assert "A note." in out
    assert "Curves too short for any forecast: 3." in out
    assert "left out of it: pow3 2." in out


def test_charts_state_a_finding(result):
    spec = reliability_chart(result).to_dict()
    assert len(spec["title"]) > 15 and len(spec["description"]) > len(spec["title"])
    text = backtest_chart(result).to_json()
    assert "Chance that was said" in text and "Mean error of the forecast" in text and "last value" in text
    result["overall"]["reach"] = None
    assert "Chance that was said" not in backtest_chart(result).to_json()


def test_pairs_have_words_and_charts_of_their_own(pair_table, capsys):
    settings = BacktestSettings(cuts=("20", "50"), n_draws=100)
    found = run_pairs(pairs_from_table(pair_table()), "toy", settings)
    print_backtest(found)
    out = capsys.readouterr().out
    for part in (
        "2 pairs forecast from the first 20% and 50%",
        "forecast of the gap to random",
        "By strategy",
        "margin",
    ):
        assert part in out
    assert "By random's error at the last observed point: error" in out
    assert "Chances of ending above random" in out
    assert "Chances of ending above random" in backtest_chart(found).to_json()
