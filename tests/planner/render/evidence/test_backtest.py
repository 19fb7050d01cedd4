import re
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

from planner.backtest.scoring import run_backtest
from planner.render.chart_style import fix_width
from planner.render.evidence import backtest as words
from planner.render.evidence.charts import ratio_chart
from planner.render.image_export import check_chart_path, save_chart
from simulations.curve_table import validate_curves
from simulations.errors import InputError

LABELS = np.round(16 * np.sqrt(2.0) ** np.arange(17)).astype(int)


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(0)
    curves = [
        pd.DataFrame({"dataset": f"d{i}", "labels": LABELS, "value": 0.95 - 0.5 * (LABELS / 16) ** -0.5 + noise})
        for i, noise in enumerate(rng.normal(0, 0.003, (4, LABELS.size)))
    ]
    return run_backtest(validate_curves(pd.concat(curves), test_size=1_000), "toy", n_draws=100)


@pytest.fixture
def result(found):
    """A copy, which a test may change."""
    return deepcopy(found)


def test_the_headline_says_what_was_found(result):
    ours, last, power = result["overall"]["methods"]
    ours["absolute_error"]["mean"] = 0.0166
    last["absolute_error"]["mean"], last["ours_relative"] = 0.05, -0.25
    power["absolute_error"]["mean"], power["ours_relative"] = 0.01, 0.03
    assert words.headline(result) == (
        "On 4 data sets (4 curves forecast from the first 10%, 20% and 50% of the label range) the forecast is off by "
        "1.7 points on average: 3% more than the weighted power law and 25% less than the last value."
    )
    last["ours_relative"] = power["ours_relative"] = None
    assert words.headline(result).endswith("points on average.")


def test_what_was_refused_is_told(result):
    result["overall"]["methods"][0]["coverage80"]["mean"] = 0.8
    result["share_refused"], result["refused_tasks"] = 0.25, 2
    assert words.coverage_sentence(result) == (
        "Its 80% intervals held 80% of what was measured. 25% of the points ahead were refused, for all methods alike, "
        "all of them in 2 forecasts."
    )
    result["share_refused"], result["refused_tasks"] = 0.0, 0
    assert words.coverage_sentence(result) == "Its 80% intervals held 80% of what was measured."


def test_every_number_printed_is_a_number(result, capsys):
    words.print_backtest({**result, "curves_without_task": 3})
    out = capsys.readouterr().out
    for part in ("Overall", "first 10%", "2–3×", "last value", "Curves too short for any forecast: 3."):
        assert part in out
    assert not re.search(r"\b(nan|None|inf)\b", out)


def test_the_chart_states_a_finding_and_holds_every_method(result):
    spec = ratio_chart(result).to_dict()
    assert len(spec["title"]) > 15 and len(spec["description"]) > len(spec["title"])
    assert spec["width"] == "container"
    drawn = [row for rows in spec["datasets"].values() for row in rows]
    assert {row["method"] for row in drawn} == {"labelplan", "last value", "weighted power law"}
    assert len(drawn) == 3 * len(result["by_ratio"])


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
