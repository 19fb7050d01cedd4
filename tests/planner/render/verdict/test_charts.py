import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.app.dashboard_server import OPTIONS
from planner.decision.verdict import Verdict
from planner.render import chart_style, image_export
from planner.render.curves.charts import curves_chart, measured_and_forecast_runs
from planner.render.verdict.charts import BINS, bill_chart, dots, futures_chart, price_chart, tornado_chart
from planner.render.verdict.charts import bars as tornado_bars

pytest.importorskip("vl_convert")

CheckChart = Callable[[Any], None]

DRAW = {
    "bill_chart": bill_chart,
    "curves_chart": curves_chart,
    "futures_chart": futures_chart,
    "price_chart": price_chart,
    "tornado_chart": tornado_chart,
}


@pytest.mark.parametrize("name", DRAW)
def test_every_chart_has_a_finding_and_draws(name: str, verdict: Verdict, check_chart: CheckChart) -> None:
    check_chart(DRAW[name](verdict))


COLOURS = sorted(
    {chart_style.GAIN, chart_style.LOSS, chart_style.FLIP, chart_style.QUIET, *chart_style.SERIES, *chart_style.BILL}
)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "page", ["#FFFFFF", OPTIONS["theme.light.backgroundColor"], OPTIONS["theme.dark.backgroundColor"]]
)
def test_colours_stand_out_on_light_and_dark(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_fifty_dots_and_the_far_ones_are_told(verdict: Verdict) -> None:
    frame, tails = dots(verdict.futures_usd)
    assert len(frame) == 50
    assert frame["saving_usd"].to_list() == sorted(verdict.futures_usd)
    assert tails["words"].to_list() == ["2 further out, up to $91k →"]
    spec = json.dumps(futures_chart(verdict).to_dict(), ensure_ascii=False)
    assert "2 further out, up to $91k" in spec


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=50, max_size=50))
def test_dots_are_honest(futures: list[float]) -> None:
    frame, tails = dots(sorted(futures))
    assert np.isfinite(frame["place_usd"]).all()
    assert not frame.duplicated(["place_usd", "height"]).any()
    assert frame["place_usd"].nunique() <= BINS + 2
    clear = frame[frame["saving_usd"].abs() > 0.01]
    assert (np.sign(clear["place_usd"]) == np.sign(clear["saving_usd"])).all()
    gathered = sum(int(words.split(" further")[0].removeprefix("← ")) for words in tails["words"])
    step = frame["place_usd"].diff().abs().replace(0, np.nan).min()
    moved = (frame["saving_usd"] - frame["place_usd"]).abs() > (step if np.isfinite(step) else np.inf)
    assert moved.sum() <= gathered


def test_the_price_paid_is_inside_the_plot(verdict: Verdict, variant: Callable[..., Verdict]) -> None:
    for price in (0.0, 1e-6, 0.5, 10.0, 1e6):
        spec = price_chart(variant(price_usd=price)).to_dict()
        low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
        rule = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "rule")
        (row,) = spec["datasets"][rule["data"]["name"]]
        assert low <= row["price_usd"] <= high
        assert row["words"].startswith("you pay $")
        assert row["p_al_cheaper"] < spec["layer"][1]["encoding"]["y"]["scale"]["domain"][1]


def test_no_break_even_draws_no_point(variant: Callable[..., Verdict]) -> None:
    spec = price_chart(variant(break_even_p50_usd=None)).to_dict()
    assert not any(layer["mark"]["type"] == "point" for layer in spec["layer"])


@given(st.floats(1e-4, 1e6), st.floats(1.05, 1e7))
def test_log_ticks_are_few_inside_and_apart(low: float, ratio: float) -> None:
    high = low * ratio
    ticks = chart_style.log_ticks(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low * 0.998 <= tick <= high * 1.002 for tick in ticks)
    assert ticks == sorted(set(ticks))


def test_tornado_bars_are_widest_first_and_marked(verdict: Verdict) -> None:
    spec = tornado_chart(verdict).to_dict()
    rows = spec["datasets"][spec["layer"][0]["data"]["name"]]
    assert [row["words"].split(":")[0] for row in rows] == [
        "Target",
        "Engineering, one-off (hours)",
        "Price per vote (USD)",
    ]
    assert rows[0]["words"].endswith("assumed, flips")
    assert [row["kind"] for row in rows] == ["flips the verdict", "leaves it as it is", "flips the verdict"]


def test_a_tornado_without_bars_still_draws(variant: Callable[..., Verdict]) -> None:
    chart = tornado_chart(variant(sensitivity=()))
    assert image_export.draw_svg("tornado", chart)


def test_curves_are_dashed_beyond_the_measured_labels_without_a_gap(verdict: Verdict) -> None:
    frame = measured_and_forecast_runs(verdict.curves)
    for _, curve in frame.groupby("strategy"):
        measured = curve[curve["reach"] == "measured"]
        beyond = curve[curve["reach"] != "measured"]
        assert measured["labels"].max() == beyond["labels"].min()
    assert len(frame) == len(verdict.curves) + verdict.curves["strategy"].nunique()
    throughout = measured_and_forecast_runs(verdict.curves.assign(extrapolated=False))
    assert set(throughout["reach"]) == {"measured"}


def test_the_title_of_curves_says_never(verdict: Verdict) -> None:
    title = curves_chart(verdict).to_dict()["title"]
    assert title == "Usual labels to 88% accuracy: random 20,000, margin 9,000"


def test_the_bill_holds_every_line_of_every_plan(verdict: Verdict) -> None:
    spec = bill_chart(verdict).to_dict()
    frame = pd.DataFrame(spec["datasets"][spec["layer"][0]["data"]["name"]])
    for name, plan in verdict.plans.items():
        assert frame.loc[frame["plan"] == name, "amount_usd"].sum() == pytest.approx(sum(plan.lines_usd.values()))


def test_another_currency_reaches_every_axis(variant: Callable[..., Verdict]) -> None:
    for draw in (futures_chart, price_chart, tornado_chart, bill_chart):
        text = json.dumps(draw(variant(currency="EUR")).to_dict(), ensure_ascii=False)
        assert "$" not in text.replace("$schema", "")
        assert "€" in text or "\\u20ac" in text


def test_forecasts_before_the_first_anchor_are_their_own_piece() -> None:
    """Two forecast runs about a measured one: a line through both would cut across the measured part."""
    far = [True, True, False, False, False, True]
    value = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85]
    curve = pd.DataFrame({"strategy": "random", "labels": [10, 20, 40, 80, 160, 320], "extrapolated": far})
    frame = measured_and_forecast_runs(curve.assign(q10=value, q50=value, q90=value))
    runs = [(part["reach"].iloc[0], part["labels"].to_list()) for _, part in frame.groupby("piece")]
    assert runs == [
        ("forecast beyond it", [10, 20, 40]),
        ("measured", [40, 80, 160]),
        ("forecast beyond it", [160, 320]),
    ]


def test_a_narrow_bar_that_flips_is_shown_and_of_the_rest_the_widest(verdict: Verdict) -> None:
    bars = [replace(verdict.sensitivity[2], saving_high_usd=7_600.0 + 100 * i) for i in range(1, 15)]
    narrow = replace(verdict.sensitivity[1], saving_low_usd=0.0, saving_high_usd=1.0)
    frame = tornado_bars([*bars, narrow])
    assert len(frame) == 11
    assert frame["words"].iloc[-1].endswith("flips")
    assert frame["high_usd"].iloc[0] == 9_000.0
