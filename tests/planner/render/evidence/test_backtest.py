import re
from copy import deepcopy

import pytest

from planner.backtest.curves import CurveSet
from planner.backtest.scoring import BacktestSettings, run_backtest
from planner.render.chart_style import fix_width
from planner.render.evidence import backtest as words
from planner.render.evidence.backtest import print_backtest
from planner.render.evidence.charts import method_colours, ratio_chart
from planner.render.image_export import check_chart_path, save_chart
from simulations.errors import InputError
from tests.planner.backtest.conftest import make_curve

__all__ = ["make_curve"]  # fixtures of the backtest's own tests


@pytest.fixture(scope="module")
def found(make_curve):
    curves = [make_curve(f"d{i}", seed=i) for i in range(4)]
    return run_backtest(CurveSet("toy", curves), BacktestSettings(n_draws=100))


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
        "1.7 points on average: 3% more than the weighted power law and 25% less than the last value."
    )


def test_words_for_one_curve(make_curve):
    alone = run_backtest(CurveSet("toy", [make_curve()]), BacktestSettings(cuts=("few",), n_draws=100))
    said = words.headline(alone)
    assert said.startswith("On 1 data set (1 curve forecast from their first 5 to 8 points) the forecast is off by")
    assert "than the last value" in said


def test_every_number_printed_is_a_number(result, capsys):
    print_backtest(result)
    out = capsys.readouterr().out
    for part in ("Overall", "first 10%", "5 to 8 points", "2–3×", "last value"):
        assert part in out
    assert not re.search(r"\b(nan|None|inf)\b", out)


def test_notes_reach_the_reader(result, capsys):
    print_backtest({**result, "notes": ["A note."], "curves_without_task": 3})
    out = " ".join(capsys.readouterr().out.split())
    assert "A note." in out
    assert "Curves too short for any forecast: 3." in out


def test_the_chart_states_a_finding_and_holds_every_method(result):
    spec = ratio_chart(result).to_dict()
    assert len(spec["title"]) > 15 and len(spec["description"]) > len(spec["title"])
    assert spec["width"] == "container"
    drawn = [row for rows in spec["datasets"].values() for row in rows]
    assert {row["method"] for row in drawn} == {"labelplan", "last value", "weighted power law"}
    assert len(drawn) == 3 * len(result["by_ratio"])


def test_no_two_methods_share_a_colour():
    names = ["labelplan", *map(str, range(8))]
    assert len(set(method_colours(names).to_dict()["range"])) == len(names)


@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_charts_are_written(result, tmp_path, suffix):
    pytest.importorskip("vl_convert")
    path = tmp_path / f"chart{suffix}"
    check_chart_path("--chart", path)
    save_chart(fix_width(ratio_chart(result)), path)
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
