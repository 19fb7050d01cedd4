import re
from copy import deepcopy

import pytest

from planner.render.evidence.charts import method_colours, ratio_chart
from planner.render.image_export import check_chart_path, save_chart
from research.backtest import words
from research.backtest.charts import backtest_chart, reliability_chart
from research.backtest.curves import CurveSet
from research.backtest.pairs import pairs_from_table
from research.backtest.peers import PEERS
from research.backtest.run import run_backtest, run_pairs
from research.backtest.scoring import BacktestSettings
from research.backtest.words import print_backtest
from simulations.errors import InputError
from tests.research.backtest.conftest import make_curve, pair_table

__all__ = ["make_curve", "pair_table"]  # fixtures of the backtest's own tests


@pytest.fixture(scope="module")
def found(make_curve):
    curves = [make_curve(f"d{i}", seed=i) for i in range(4)]
    return run_backtest(CurveSet("toy", curves), BacktestSettings(peers=("last_value", "pow3"), n_draws=100)).to_dict()


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
    alone = run_backtest(CurveSet("toy", [make_curve()]), BacktestSettings(cuts=("few",), n_draws=100)).to_dict()
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


def test_charts_state_a_finding_and_hold_every_method(result):
    for draw in (ratio_chart, reliability_chart):
        spec = draw(result).to_dict()
        assert len(spec["title"]) > 15 and len(spec["description"]) > len(spec["title"])
        assert spec["width"] == "container"
    drawn = [row for rows in ratio_chart(result).to_dict()["datasets"].values() for row in rows]
    assert {row["method"] for row in drawn} == {"labelplan", "last value", "pow3"}
    assert len(drawn) == 3 * len(result["by_ratio"])
    colours = method_colours(["labelplan", *PEERS]).to_dict()["range"]
    assert len(set(colours)) == len(PEERS) + 1
    text = backtest_chart(result).to_json()
    assert "Chance that was said" in text and "Mean error of the forecast" in text
    result["overall"]["reach"] = None
    assert "Chance that was said" not in backtest_chart(result).to_json()


@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_charts_are_written(result, tmp_path, suffix):
    pytest.importorskip("vl_convert")
    path = tmp_path / f"chart{suffix}"
    check_chart_path("--chart", path)
    save_chart(backtest_chart(result), path)
    content = path.read_bytes()
    start = {".svg": b"<svg", ".png": b"\x89PNG", ".html": b"<!DOCTYPE html>"}[suffix]
    assert content.lstrip().startswith(start)
    assert suffix != ".svg" or (b"NaN" not in content and b"undefined" not in content)
    assert suffix != ".html" or b"cdn.jsdelivr" not in content.split(b"</head>")[0]


def test_a_path_that_cannot_hold_a_chart_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"--chart: found 'c.pdf'; allowed: a name ending in .html, .svg, .png"):
        check_chart_path("--chart", tmp_path / "c.pdf")
    with pytest.raises(InputError, match="there is no folder"):
        check_chart_path("--chart", tmp_path / "none" / "c.svg")
    monkeypatch.setattr("planner.render.image_export.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'labelplan\[report\]'"):
        check_chart_path("--chart", tmp_path / "c.svg")


def test_pairs_have_words_and_charts_of_their_own(pair_table, capsys):
    settings = BacktestSettings(cuts=("20", "50"), n_draws=100)
    found = run_pairs(pairs_from_table(pair_table()), "toy", settings).to_dict()
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
