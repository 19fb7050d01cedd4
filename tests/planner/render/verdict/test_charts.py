"""The charts of a verdict and of its analysis: drawn from real analyses of small plans, and from edges made by hand."""

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
from planner.decision import Verdict
from planner.decision.case import Case
from planner.decision.labels_required import forecast_labels_required
from planner.decision.sensitivity import two_way
from planner.plan import parse_plan
from planner.render import chart_style, image_export
from planner.render.curves.charts import curves_chart, measured_and_forecast_runs
from planner.render.verdict import charts as info
from planner.render.verdict import figure_tables, value_charts
from planner.render.verdict.analysis_words import NOTHING_USD, analysis_of
from planner.render.verdict.charts import BINS, bill_chart, dots, futures_chart, price_chart, tornado_chart
from planner.render.verdict.charts import bars as tornado_bars
from planner.render.verdict.value_charts import (
    acceptability_chart,
    frontier_chart,
    frontier_finding,
    map_chart,
    map_finding,
)

pytest.importorskip("vl_convert")

CheckChart = Callable[[Any], Any]
Variant = Callable[..., Verdict]
OF_VERDICT = (bill_chart, curves_chart, futures_chart, price_chart, tornado_chart)
OF_ANALYSIS = (
    *(acceptability_chart, frontier_chart, map_chart, value_charts.worth_chart),
    *(info.information_chart, info.pilot_chart),
)


@pytest.mark.parametrize("case", ["verdict", "usual", "at_budget", "never"])
def test_every_chart_has_a_finding_and_draws_all_there_is(
    request: pytest.FixtureRequest, check_chart: CheckChart, case: str
) -> None:
    verdict: Verdict = request.getfixturevalue(case)
    for draw in OF_VERDICT if case == "verdict" else OF_ANALYSIS:
        if draw is not info.pilot_chart or info.shown_pilot(verdict) is not None:
            check_chart(draw(verdict))


def test_a_verdict_without_analysis_has_no_charts_of_it(verdict: Verdict) -> None:
    for draw in OF_ANALYSIS:
        with pytest.raises(ValueError, match="it has no analysis to draw"):
            draw(verdict)


def with_analysis(verdict: Verdict, **changes: Any) -> Verdict:
    return replace(verdict, analysis=replace(analysis_of(verdict), **changes))


def rows_of(spec: Any, layer: int = 0) -> Any:
    """The rows that a layer of a chart draws."""
    return spec["datasets"][spec["layer"][layer]["data"]["name"]]


def test_colours_stand_out_on_light_and_dark() -> None:
    style = chart_style
    pages = ["#FFFFFF", OPTIONS["theme.light.backgroundColor"], OPTIONS["theme.dark.backgroundColor"]]
    colours = {style.GAIN, style.LOSS, style.FLIP, style.QUIET, *style.SERIES, *style.BILL}
    faint = [(colour, page) for colour in colours for page in pages if contrast(colour, page) < 3]
    assert not faint


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=50, max_size=50))
def test_dots_are_honest(futures: list[float]) -> None:
    frame, tails = dots(sorted(futures))
    assert np.isfinite(frame["place"]).all()
    assert not frame.duplicated(["place", "height"]).any()
    assert frame["place"].nunique() <= BINS + 2
    clear = frame[frame["saving"].abs() > 0.01]
    assert (np.sign(clear["place"]) == np.sign(clear["saving"])).all()
    gathered = sum(int(words.split(" further")[0].removeprefix("← ")) for words in tails["words"])
    step = frame["place"].diff().abs().replace(0, np.nan).min()
    moved = (frame["saving"] - frame["place"]).abs() > (step if np.isfinite(step) else np.inf)
    assert moved.sum() <= gathered


def test_far_dots_are_gathered_and_told(verdict: Verdict) -> None:
    frame, tails = dots(verdict.futures)
    assert frame["saving"].to_list() == sorted(verdict.futures)
    assert tails["words"].to_list() == ["2 further out, up to $91k →"]
    _, tails = dots([-saving for saving in reversed(verdict.futures)])
    assert tails["words"].to_list() == ["← 2 further out, down to −$91k"]


def test_the_price_paid_is_inside_the_plot_and_no_break_even_has_no_point(variant: Variant) -> None:
    for price in (0.0, 1e-6, 0.5, 10.0, 1e6):
        spec = price_chart(variant(price_usd=price)).to_dict()
        low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
        (row,) = rows_of(spec, 2)
        assert low <= row["price_usd"] <= high
        assert row["words"].startswith("you pay $")
        assert 0 < spec["layer"][3]["encoding"]["y"]["value"] < spec["height"]
    spec = price_chart(variant(break_even_mean_usd=None)).to_dict()
    assert not any(layer["mark"]["type"] == "point" for layer in spec["layer"])


def test_tornado_bars_are_widest_first_and_marked(verdict: Verdict) -> None:
    spec = tornado_chart(verdict).to_dict()
    rows = rows_of(spec)
    names = ["Target", "Engineering, one-off (hours)", "Price per vote (USD)"]
    assert [row["words"].split(":")[0] for row in rows] == names
    assert rows[0]["words"].endswith("assumed, flips")
    assert [row["kind"] for row in rows] == ["flips the verdict", "leaves it as it is", "flips the verdict"]


def test_the_bill_holds_every_line_of_every_plan(verdict: Verdict) -> None:
    spec = bill_chart(verdict).to_dict()
    frame = pd.DataFrame(rows_of(spec))
    for name, plan in verdict.plans.items():
        assert frame.loc[frame["plan"] == name, "amount_usd"].sum() == pytest.approx(sum(plan.lines_usd.values()))


def test_another_currency_reaches_every_axis(variant: Variant) -> None:
    for draw in (futures_chart, price_chart, tornado_chart, bill_chart):
        text = json.dumps(draw(variant(currency="EUR")).to_dict(), ensure_ascii=False)
        assert "$" not in text.replace("$schema", "")
        assert "€" in text or "\\u20ac" in text


def test_forecasts_before_the_first_anchor_are_their_own_piece(verdict: Verdict) -> None:
    """Two forecast runs about a measured one: a line through both would cut across the measured part."""
    far = [True, True, False, False, False, True]
    value = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85]
    curve = pd.DataFrame({"strategy": "random", "labels": [10, 20, 40, 80, 160, 320], "extrapolated": far})
    frame = measured_and_forecast_runs(curve.assign(q10=value, q50=value, q90=value))
    runs = [(part["reach"].iloc[0], part["labels"].to_list()) for _, part in frame.groupby("piece")]
    ahead = "forecast beyond it"
    assert runs == [(ahead, [10, 20, 40]), ("measured", [40, 80, 160]), (ahead, [160, 320])]
    assert curves_chart(verdict).to_dict()["title"] == "Usual labels to 88% accuracy: random 20,000, margin 9,000"


def test_a_narrow_bar_that_flips_is_shown_and_of_the_rest_the_widest(verdict: Verdict) -> None:
    bars = [replace(verdict.sensitivity[2], expected_high=7_600.0 + 100 * i) for i in range(1, 15)]
    narrow = replace(verdict.sensitivity[1], expected_low=0.0, expected_high=1.0)
    frame = tornado_bars(replace(verdict, sensitivity=(*bars, narrow)))
    assert len(frame) == 11
    assert frame["words"].iloc[-1].endswith("flips")
    assert frame["high"].iloc[0] == 9_000.0
    assert image_export.draw_svg("tornado", tornado_chart(replace(verdict, sensitivity=())))


def test_large_worths_are_short(usual: Verdict) -> None:
    frame = analysis_of(usual).by_value
    worths = sorted(frame["value_per_point_usd"].unique())
    dear = frame.assign(
        value_per_point_usd=frame["value_per_point_usd"] * (16.2e6 / worths[-1]),
        best_on_average=frame["plan"] == "random",
    )
    title = value_charts.worth_chart(with_analysis(usual, by_value=dear)).to_dict()["title"]
    assert title.startswith("Most value beyond its cost: random, whatever a point is worth, from $")
    assert title.endswith(" to $16M")


@pytest.mark.parametrize(
    ("best", "told"),
    [
        ("rrrr", "Lowest mean cost: random, at every price per vote from $1 to $8"),
        ("rrmm", "Lowest mean cost: random up to about $2 per vote, margin beyond"),
        ("rmrr", "Lowest mean cost: random up to about $1, margin up to about $2 per vote, random beyond"),
    ],
)
def test_the_finding_follows_the_plan_that_is_best_on_average(usual: Verdict, best: str, told: str) -> None:
    prices = [1.0, 2.0, 4.0, 8.0]
    frame = pd.DataFrame(
        {
            "price_usd": np.repeat(prices, 2),
            "plan": ["random", "margin"] * 4,
            "p_best": 0.5,
            "expected_loss_usd": 1.0,
            "best_on_average": [plan == which for which in best for plan in "rm"],
        }
    )
    spec = acceptability_chart(with_analysis(usual, by_price=frame)).to_dict()
    assert spec["title"] == told


def test_many_plans_keep_a_few_names_and_none_is_lost(usual: Verdict, check_chart: CheckChart) -> None:
    names = ["random", "margin", *(f"plan_{i}" for i in range(10))]
    rank = pd.Series(np.arange(12.0), index=names)
    found = value_charts.chart_names(replace(usual, al_plan="margin"), rank)
    assert set(found) == set(names)
    assert list(found)[:3] == ["random", "margin", "plan_9"]
    assert len(set(found.values())) == value_charts.MOST_PLANS
    assert found["plan_0"] == "7 others"
    plans = usual.plans | {name: replace(usual.plans["margin"], name=name) for name in names[2:]}
    frame = analysis_of(usual).by_price
    margin = frame[frame["plan"] == "margin"].assign(p_best=0.01, best_on_average=False)
    every = pd.concat([frame, *(margin.assign(plan=name) for name in names[2:])], ignore_index=True)
    assert "8 others" in json.dumps(
        check_chart(acceptability_chart(with_analysis(replace(usual, plans=plans), by_price=every)))
    )


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=20, unique=True))
def test_cells_of_the_map_meet_and_hold_their_places(places: list[float]) -> None:
    values = pd.Series(sorted(places))
    before, after = value_charts.cell_edges(values)
    assert (before <= values * (1 + 1e-9)).all() and (values <= after * (1 + 1e-9)).all()
    assert before.iloc[1:].tolist() == after.iloc[:-1].tolist()
    assert (before.iloc[0], after.iloc[-1]) == (values.iloc[0], values.iloc[-1])


def test_the_map_says_one_verdict_or_how_far_the_saving_runs(usual: Verdict) -> None:
    found = analysis_of(usual).map
    dear = found.grid.assign(expected=-900.0, state="label_random")
    low = with_analysis(usual, map=replace(found, grid=dear, lines=found.lines.iloc[:0]))
    assert map_finding(low) == "“Label random” all over this map: the expected saving is −$900"
    mixed = dear.assign(expected=np.linspace(-900, 4_000, len(dear)))
    mixed.loc[len(dear) - 1, "state"] = "too_close"
    both = map_finding(with_analysis(usual, map=replace(found, grid=mixed)))
    assert both.startswith("The expected saving runs from −$900 to $4,000 on this map; as planned it is ")
    assert map_chart(low).to_dict()["title"] == map_finding(low)


def test_prices_that_are_too_close_to_call_are_shaded(verdict: Verdict) -> None:
    (stretch,) = info.undecided_prices(verdict.chance_by_price).to_dict(orient="records")
    assert 0.18 < stretch["begin"] < 0.22 and 0.8 < stretch["end"] < 1.0
    sure = verdict.chance_by_price.assign(state="label_random")
    assert info.undecided_prices(sure).empty
    assert price_chart(replace(verdict, chance_by_price=sure)).to_dict()["title"]


def test_a_plan_outside_the_map_is_not_marked_and_what_may_be_mapped(usual: Verdict) -> None:
    found = analysis_of(usual).map
    away = with_analysis(usual, map=replace(found, x=replace(found.x, planned=1e9)))
    assert "your plan" in json.dumps(map_chart(usual).to_dict())
    assert "your plan" not in json.dumps(map_chart(away).to_dict())
    choices = value_charts.map_choices(usual)
    assert list(choices)[:2] == [found.x.path, found.y.path]
    assert {bar.input for bar in usual.sensitivity} - set(choices) <= {"vendors.0.price_usd"}
    assert len(set(choices.values())) == len(choices)


def test_any_two_inputs_can_be_mapped(usual: Verdict, check_chart: CheckChart) -> None:
    plan = parse_plan(usual.plan_toml)
    case = Case.of(forecast_labels_required(plan, n_draws=50, seed=0))
    for over in (("task.target", "engineering.one_off_hours"), ("vendors.0.votes_per_item", "task.pool_size")):
        verdict = with_analysis(usual, map=two_way(case, *over))
        check_chart(map_chart(verdict))
        assert len(figure_tables.map_rows(verdict)) > 1


def test_bars_of_information_start_with_everything_and_leave_out_what_is_nothing(
    usual: Verdict, check_chart: CheckChart
) -> None:
    frame = info.learnt_frame(usual)
    assert frame["name"].iloc[0] == "everything"
    assert (frame["usd"].iloc[1:] <= frame["usd"].iloc[0]).all()
    assert frame["usd"].iloc[1:].is_monotonic_decreasing
    assert (frame["low_usd"] >= 0).all()
    assert (frame["usd"] >= min(NOTHING_USD, frame["usd"].iloc[0])).all()
    assert all(name in info.information_finding(usual) for name in frame["name"].iloc[1:2])
    information = analysis_of(usual).information
    nothing = replace(information, losses=replace(information.losses, evpi_usd=0.1), inputs={})
    worthless = with_analysis(usual, information=nothing)
    assert check_chart(info.information_chart(worthless))["title"] == "Nothing is worth learning before choosing"


def test_the_pilot_drawn_is_the_one_told(usual: Verdict) -> None:
    pilot = next(iter(analysis_of(usual).pilots.values()))
    flat = tuple(0.0 for _ in pilot.sizes)
    useless = with_analysis(usual, pilots={pilot.kind: replace(pilot, evsi_usd=flat)})
    assert info.shown_pilot(useless) is None
    with pytest.raises(ValueError, match="no pilot is worth anything"):
        info.pilot_chart(useless)
    some = tuple(float(10 * i) for i, _ in enumerate(pilot.sizes))
    net = tuple(worth - 100 for worth in some)
    best = type(pilot.best)()
    losing = replace(
        pilot, evsi_usd=some, evsi_se_usd=flat, cost_usd=tuple(100.0 for _ in some), net_usd=net, best=best
    )
    verdict = with_analysis(usual, pilots={pilot.kind: losing})
    told = info.pilot_finding(verdict)
    assert told.startswith(f"No pilot pays: {pilot.sizes[-1]:,} labels")
    assert told.endswith("tell most, worth $70 at a cost of $100")
    assert info.pilot_chart(verdict).to_dict()["title"] == told
    best = replace(pilot.best, size=700, net_usd=1_234.0, evsi_usd=2_000.0, cost_usd=766.0, low=600, high=900)
    told = info.pilot_finding(with_analysis(usual, pilots={pilot.kind: replace(pilot, best=best)}))
    assert "700 labels" in told and "$1,200 more than it costs" in told


def test_the_frontier_names_who_buys_value_for_the_least(usual: Verdict) -> None:
    rows = [
        ("random", 100.0, 10.0, 0.7, "efficient", np.nan),
        ("random", 200.0, 20.0, 0.8, "efficient", 1.0),
        ("margin", 100.0, 25.0, 0.75, "dominated", np.nan),
        ("margin", 300.0, 60.0, 0.9, "efficient", 4.0),
    ]
    frame = pd.DataFrame(rows, columns=["plan", "labels", "total_usd", "value", "state", "usd_per_point"])
    verdict = with_analysis(usual, frontier=frame)
    assert frontier_finding(verdict) == "Most value for money: random up to 80% accuracy, margin beyond"
    alone = with_analysis(usual, frontier=frame[frame["plan"] == "random"].reset_index(drop=True))
    assert frontier_finding(alone) == "Most value for money: random, up to its 80% accuracy"
    faint = [layer for layer in frontier_chart(verdict).to_dict()["layer"] if "opacity" in str(layer["mark"])]
    assert len(faint) == 2


def test_tables_say_what_the_charts_show(usual: Verdict) -> None:
    chances = figure_tables.acceptability_rows(usual)
    assert 1 < len(chances) <= figure_tables.MOST_ROWS
    assert list(chances[0])[1:3] == ["random", "margin"] and "Lowest mean cost" in chances[0]
    assert 1 < len(figure_tables.map_rows(usual)) <= figure_tables.MOST_ALONG
    assert figure_tables.information_rows(usual)[0]["Learning"] == "everything"
    sizes = figure_tables.rounds_rows(usual)
    assert len(sizes) == len(analysis_of(usual).rounds.by_size)  # type: ignore[union-attr]


def test_at_a_budget_a_plan_that_cannot_begin_is_not_the_best(at_budget: Verdict) -> None:
    frame = pd.DataFrame(
        {
            "price_usd": np.repeat([1.0, 2.0, 4.0], 2),
            "plan": ["random", "margin"] * 3,
            "p_best": [0.6, 0.4, 0.99, 0.01, 0.5, 0.5],
            "expected_loss_usd": 1.0,
            "best_on_average": [True, False, False, True, False, True],  # what never begins costs nothing
        }
    )
    assert figure_tables.rounds_rows(at_budget) == []
    verdict = with_analysis(at_budget, by_price=frame)
    title = acceptability_chart(verdict).to_dict()["title"]
    assert title == "Likelier to reach more: random, at every price per vote from $1 to $2"
    told = [row["Likelier to reach more"] for row in figure_tables.acceptability_rows(verdict)]
    assert told == ["random", "random", "neither"]
    tied = with_analysis(at_budget, by_price=frame.assign(p_best=0.5))
    assert acceptability_chart(tied).to_dict()["title"].endswith("no plan, at every price per vote shown")


def test_a_budget_is_marked_where_plans_are_compared_at_it(at_budget: Verdict, usual: Verdict) -> None:
    assert "budget $5,000" in json.dumps(frontier_chart(at_budget).to_dict())
    assert "budget $" not in json.dumps(frontier_chart(replace(usual, budget_usd=5_000.0)).to_dict())
