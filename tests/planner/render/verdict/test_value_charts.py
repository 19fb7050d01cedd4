"""The charts of the decision, drawn from real analyses of small plans and from hand-made edges of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision import Verdict
from planner.decision.analysis import Analysis
from planner.decision.case import Case
from planner.decision.labels_required import forecast_labels_required
from planner.decision.sensitivity import two_way
from planner.plan import parse_plan
from planner.render.verdict import figure_tables
from planner.render.verdict.analysis_words import NOTHING_USD
from planner.render.verdict.information_charts import (
    information_chart,
    information_finding,
    learnt_frame,
    pilot_chart,
    pilot_finding,
    shown_pilot,
)
from planner.render.verdict.value_charts import (
    MOST_PLANS,
    acceptability_chart,
    best_plan_runs,
    cell_edges,
    chart_names,
    frontier_chart,
    frontier_finding,
    map_chart,
    map_finding,
    worth_chart,
)

pytest.importorskip("vl_convert")

CheckChart = Callable[[Any], None]
DRAW: dict[str, Callable[[Verdict], Any]] = {
    "acceptability_chart": acceptability_chart,
    "map_chart": map_chart,
    "information_chart": information_chart,
    "pilot_chart": pilot_chart,
    "frontier_chart": frontier_chart,
    "worth_chart": worth_chart,
}


@pytest.fixture(params=["usual", "at_budget", "never"])
def any_verdict(request: pytest.FixtureRequest) -> Verdict:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Verdict) and found.analysis is not None
    return found


def with_analysis(verdict: Verdict, **changes: Any) -> Verdict:
    assert isinstance(verdict.analysis, Analysis)
    return replace(verdict, analysis=replace(verdict.analysis, **changes))


def analysis_of(verdict: Verdict) -> Analysis:
    assert verdict.analysis is not None
    return verdict.analysis


def test_every_chart_has_a_finding_and_draws_all_there_is(any_verdict: Verdict, check_chart: CheckChart) -> None:
    for name, draw in DRAW.items():
        if name != "pilot_chart" or shown_pilot(any_verdict) is not None:
            check_chart(draw(any_verdict))


def test_a_verdict_without_analysis_has_no_such_charts(usual: Verdict) -> None:
    alone = replace(usual, analysis=None)
    for draw in DRAW.values():
        with pytest.raises(ValueError, match="it has no analysis to draw"):
            draw(alone)


def test_the_lowest_mean_cost_is_told_with_its_last_price() -> None:
    frame = pd.DataFrame(
        {
            "at": [0.1, 0.1, 0.2, 0.2, 0.4, 0.4],
            "plan": ["random", "margin"] * 3,
            "best": [True, False, True, False, False, True],
        }
    )
    assert best_plan_runs(frame) == [("random", 0.2), ("margin", 0.4)]


def test_large_worths_are_short(usual: Verdict) -> None:
    frame = analysis_of(usual).by_value
    worths = sorted(frame["value_per_point_usd"].unique())
    dear = frame.assign(
        value_per_point_usd=frame["value_per_point_usd"] * (16.2e6 / worths[-1]),
        best_on_average=frame["plan"] == "random",
    )
    title = worth_chart(with_analysis(usual, by_value=dear)).to_dict()["title"]
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


def test_many_plans_keep_a_few_names_and_none_is_lost(usual: Verdict) -> None:
    names = ["random", "margin", *(f"plan_{i}" for i in range(10))]
    rank = pd.Series(np.arange(12.0), index=names)
    found = chart_names(replace(usual, al_plan="margin"), rank)
    assert set(found) == set(names)
    assert list(found)[:3] == ["random", "margin", "plan_9"]
    assert len(set(found.values())) == MOST_PLANS
    assert found["plan_0"] == "7 others"


def test_twelve_plans_draw_and_keep_their_hues(usual: Verdict, check_chart: CheckChart) -> None:
    one = usual.plans["margin"]
    plans = {**usual.plans, **{f"plan_{i}": replace(one, name=f"plan_{i}") for i in range(9)}}
    frame = analysis_of(usual).by_price
    more = [
        frame[frame["plan"] == "margin"].assign(plan=f"plan_{i}", p_best=0.01, best_on_average=False) for i in range(9)
    ]
    verdict = with_analysis(replace(usual, plans=plans), by_price=pd.concat([frame, *more], ignore_index=True))
    chart = acceptability_chart(verdict)
    assert "7 others" in json.dumps(chart.to_dict())
    check_chart(chart)


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=20, unique=True))
def test_cells_of_the_map_meet_and_hold_their_places(places: list[float]) -> None:
    values = pd.Series(sorted(places))
    before, after = cell_edges(values)
    assert (before <= values * (1 + 1e-9)).all() and (values <= after * (1 + 1e-9)).all()
    assert before.iloc[1:].tolist() == after.iloc[:-1].tolist()
    assert (before.iloc[0], after.iloc[-1]) == (values.iloc[0], values.iloc[-1])


def test_the_map_says_one_verdict_or_how_far_the_chance_runs(usual: Verdict) -> None:
    found = analysis_of(usual).map
    low = with_analysis(usual, map=replace(found, grid=found.grid.assign(p_al_better=0.1), lines=found.lines.iloc[:0]))
    assert map_finding(low) == "“Label random” all over this map: the chance is 10%"
    mixed = found.grid.assign(p_al_better=np.linspace(0.05, 0.9, len(found.grid)))
    both = map_finding(with_analysis(usual, map=replace(found, grid=mixed)))
    assert both.startswith("The chance runs from 5% to 90% on this map; as planned it is ")
    assert map_chart(low).to_dict()["title"] == map_finding(low)


def test_a_plan_outside_the_map_is_not_marked(usual: Verdict) -> None:
    found = analysis_of(usual).map
    away = with_analysis(usual, map=replace(found, x=replace(found.x, planned=1e9)))
    assert "your plan" in json.dumps(map_chart(usual).to_dict())
    assert "your plan" not in json.dumps(map_chart(away).to_dict())


def test_any_two_inputs_can_be_mapped(usual: Verdict, check_chart: CheckChart) -> None:
    plan = parse_plan(usual.plan_toml)
    case = Case.of(plan, forecast_labels_required(plan, n_draws=50, seed=0))
    for over in (("task.target", "engineering.one_off_hours"), ("vendors.0.votes_per_item", "task.pool_size")):
        verdict = with_analysis(usual, map=two_way(case, *over))
        check_chart(map_chart(verdict))
        assert len(figure_tables.map_rows(verdict)) > 1


def test_bars_of_information_start_with_everything_and_leave_out_what_is_nothing(usual: Verdict) -> None:
    frame = learnt_frame(usual)
    assert frame["name"].iloc[0] == "everything"
    assert (frame["usd"].iloc[1:] <= frame["usd"].iloc[0]).all()
    assert frame["usd"].iloc[1:].is_monotonic_decreasing
    assert (frame["low_usd"] >= 0).all()
    assert (frame["usd"] >= min(NOTHING_USD, frame["usd"].iloc[0])).all()
    assert frame["name"].iloc[1] in information_finding(usual)


def test_worthless_information_is_said_to_be(usual: Verdict, check_chart: CheckChart) -> None:
    information = analysis_of(usual).information
    nothing = replace(information, losses=replace(information.losses, evpi_usd=0.1), inputs={})
    verdict = with_analysis(usual, information=nothing)
    assert information_finding(verdict) == "Nothing is worth learning before choosing"
    check_chart(information_chart(verdict))


def test_the_pilot_drawn_is_the_one_told(usual: Verdict) -> None:
    pilot = next(iter(analysis_of(usual).pilots.values()))
    flat = tuple(0.0 for _ in pilot.sizes)
    useless = with_analysis(usual, pilots={pilot.kind: replace(pilot, evsi_usd=flat)})
    assert shown_pilot(useless) is None
    with pytest.raises(ValueError, match="no pilot is worth anything"):
        pilot_chart(useless)
    some = tuple(float(10 * i) for i, _ in enumerate(pilot.sizes))
    net = tuple(worth - 100 for worth in some)
    best = type(pilot.best)()
    losing = replace(pilot, evsi_usd=some, cost_usd=tuple(100.0 for _ in some), net_usd=net, best=best)
    verdict = with_analysis(usual, pilots={pilot.kind: losing})
    told = pilot_finding(verdict)
    assert told.startswith(f"No pilot pays: {pilot.sizes[-1]:,} labels") and told.endswith(
        "worth $70 at a cost of $100"
    )
    assert pilot_chart(verdict).to_dict()["title"] == told


def test_a_paying_pilot_is_told_with_its_net_value(usual: Verdict) -> None:
    pilot = next(iter(analysis_of(usual).pilots.values()))
    best = replace(pilot.best, size=700, net_usd=1_234.0, evsi_usd=2_000.0, cost_usd=766.0, low=600, high=900)
    verdict = with_analysis(usual, pilots={pilot.kind: replace(pilot, best=best)})
    assert "700 labels" in pilot_finding(verdict) and "$1,200 more than it costs" in pilot_finding(verdict)


def test_the_frontier_names_who_buys_value_for_the_least(usual: Verdict) -> None:
    frame = pd.DataFrame(
        {
            "plan": ["random", "random", "margin", "margin"],
            "labels": [100.0, 200.0, 100.0, 300.0],
            "total_usd": [10.0, 20.0, 25.0, 60.0],
            "value": [0.7, 0.8, 0.75, 0.9],
            "state": ["efficient", "efficient", "dominated", "efficient"],
            "usd_per_point": [np.nan, 1.0, np.nan, 4.0],
        }
    )
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
