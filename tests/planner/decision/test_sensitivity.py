"""Inputs swept one or two at a time, and the values from which on the verdict would be another."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decision import sensitivity
from planner.decision.sensitivity import flip_conditions, sweep, two_way, varied_inputs
from planner.decision.solve_inputs import VOTE_PRICE
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE, case_of, spread

HOURS, TARGET, PRICE = "engineering.one_off_hours", "task.target", "vendors.0.price_usd"


def test_at_its_own_value_every_input_gives_the_verdict():
    case = spread(300)
    state, p = case.chosen.call.state, case.chosen.p_al_cheaper
    ordered = np.sort(case.chosen.saving_usd)
    paths = [item.path for item, _ in varied_inputs(case)]
    assert len(paths) > 8
    for path in paths:
        table = sweep(case, path, points=3)
        own = table[np.isclose(table["value"], case.plan.input(path).quantity.median)]
        assert own["state"].tolist() == [state]
        assert own["p_al_better"].tolist() == pytest.approx([p])
        assert own[["saving_q10", "saving_q50", "saving_q90"]].to_numpy()[0] == pytest.approx(ordered[[30, 150, 270]])


def test_a_sweep_is_what_the_case_says_value_by_value():
    case = spread(200)
    for path in (PRICE, TARGET, "task.pool_size", "strategy.batch_size"):
        for row in sweep(case, path, points=4).itertuples():
            there = case.at({path: np.array([row.value])})
            assert row.p_al_better == pytest.approx(there.p_al_cheaper)
            assert row.p_unreachable == pytest.approx(there.p_unreachable)
            assert row.state == there.call.state


def test_the_range_is_the_plans_or_three_times_or_what_is_asked_for():
    case = spread(50, SIMPLE.replace("one_off_hours = 20", 'one_off_hours = "10 to 40"'))
    ends = {path: sweep(case, path)["value"].iloc[[0, -1]].tolist() for path in (HOURS, PRICE, TARGET)}
    assert ends == {HOURS: [10, 40], PRICE: pytest.approx([1 / 3, 3]), TARGET: pytest.approx([0.75, 27 / 28])}
    assert sweep(case, VOTE_PRICE, within=(0.0, 4.0))["value"].tolist() == pytest.approx(np.linspace(0, 4, 21))
    counts = sweep(case, "engineering.projects_sharing", within=(1, 4))["value"]
    assert counts.tolist() == [1, 2, 3, 4]


def test_what_has_no_range_is_told_in_a_sentence():
    case = spread(20)
    with pytest.raises(InputError, match=r"found 0, which has no range .* such as calendar\.build_days=1:100$"):
        sweep(case, "calendar.build_days")
    with pytest.raises(InputError, match=r"such as strategy\.reuse_loss=0\.01:0\.1$"):
        sweep(case, "strategy.reuse_loss")
    assert len(sweep(case, "calendar.build_days", within=(0, 10))) == 21
    with pytest.raises(InputError, match="found 2 to 1; allowed: a range within"):
        sweep(case, PRICE, within=(2, 1))
    with pytest.raises(InputError, match="there is no input"):
        sweep(case, "vendors.0.prize_usd")


def envelope(price):
    """5,000 labels saved against $1,000."""
    return case_of([9_000.0] * 8, [4_000.0] * 8, SIMPLE.replace("\nprice_usd = 1", f"\nprice_usd = {price}"))


def all_flips(case):
    return flip_conditions(case, [item.path for item, _ in varied_inputs(case)])


def test_the_conditions_of_the_back_of_an_envelope():
    cheap = all_flips(envelope(0.1))
    price = cheap[PRICE]
    assert price.value == pytest.approx(0.2, rel=1e-3)
    assert (price.side, price.until, price.planned) == ("above", None, 0.1)
    assert price.said == pytest.approx(0.21)  # at $0.20 itself nobody is the cheaper: too close to call
    assert price.state in ("use_active_learning", "too_close")
    hours = cheap[HOURS]
    assert hours.value == pytest.approx(10, rel=1e-3)
    assert (hours.side, hours.until) == ("below", None)
    assert hours.said <= hours.value
    projects = cheap["engineering.projects_sharing"]
    assert (projects.value, projects.side, projects.said) == (2, "above", 2)
    assert projects.state == "too_close"  # $500 each way
    assert all_flips(envelope(1))[PRICE].side == "below"
    assert all_flips(envelope(0.01))[PRICE] is None  # twenty times as much
    assert flip_conditions(envelope(0.01), [VOTE_PRICE]) == {VOTE_PRICE: None}


def test_a_range_whose_middle_has_another_verdict_flips_by_being_known():
    # Half of the draws of the hours are above 100, where 5,000 labels at $1 are no longer enough.
    wide = SIMPLE.replace("one_off_hours = 20", 'one_off_hours = "81 to 100"')
    case = case_of([9_000.0] * 400, [4_000.0] * 400, wide)
    assert case.chosen.p_al_cheaper == pytest.approx(0.9, abs=0.01)
    wider = SIMPLE.replace("one_off_hours = 20", 'one_off_hours = "60 to 160"')
    case = case_of([9_000.0] * 400, [4_000.0] * 400, wider)
    assert case.chosen.call.state == "too_close"
    found = flip_conditions(case, [HOURS])[HOURS]
    assert (found.side, found.value, found.said) == ("at", pytest.approx(98, abs=0.1), found.value)
    assert found.state == "use_active_learning"


def test_a_smaller_pool_settles_less():
    # Half of the futures need 9,000 or 4,000 labels; in the others neither gets there, and engineering is lost.
    case = case_of([9_000.0, 30_000.0] * 4, [4_000.0, 20_000.0] * 4)
    assert (case.chosen.call.ahead, case.chosen.call.behind) == pytest.approx((2_000, 500))
    found = flip_conditions(case, ["task.pool_size"])["task.pool_size"]
    # Down to 4,000 items margin gets there and random, which does not, pays for margin too; below it neither does.
    assert (found.value, found.said, found.side, found.until) == (pytest.approx(3_999, rel=1e-3), 3_900, "below", None)
    assert (found.state, found.p_al_better, found.p_unreachable) == ("too_close", 0.5, 1.0)


def test_a_stretch_with_another_verdict_says_where_it_ends():
    # A deadline that active learning meets at 1,000 items a day or more, and random labelling at 1,500 or more.
    late = (
        SIMPLE.replace(
            "cost_of_delay_usd_per_week = 0",
            "cost_of_delay_usd_per_week = 0\ndeadline_days = 6\ndeadline_cost_usd = 9_000",
        )
        .replace("delivered_error_rate = 0", "delivered_error_rate = 0\nthroughput_per_day = 4_000")
        .replace("one_off_hours = 20", "one_off_hours = 80")
    )
    case = case_of([9_000.0] * 8, [6_000.0] * 8, late + '[stopping]\ngive_up = "never"\n')
    path = "vendors.0.throughput_per_day"
    assert case.chosen.call.state == "label_random"
    found = flip_conditions(case, [path])[path]
    assert found.state == "use_active_learning"
    assert (found.value, found.side) == (pytest.approx(1_500, rel=1e-3), "below")
    assert found.until == pytest.approx(1_000, rel=1e-3)


@settings(max_examples=6)
@given(st.integers(0, 1_000), st.sampled_from([5, 20, 100]))
def test_conditions_are_true_where_they_are_said_and_not_just_before(seed, hours):
    case = spread(200, SIMPLE.replace("one_off_hours = 20", f"one_off_hours = {hours}"), seed)
    planned = case.chosen.call.state
    for path, found in all_flips(case).items():
        if found is None:
            continue
        assert found.side != "at"
        for value in (found.value, found.said):
            assert case.at({path: np.array([value])}).call.state == found.state != planned
        assert 0.09 < found.value / found.planned < 10.1
        assert (found.value > found.planned) == (found.side == "above")
        assert abs(found.said - found.planned) >= abs(found.value - found.planned) - 1e-12
        halfway = case.at({path: np.array([(found.value + found.planned) / 2])}).call
        if not case.plan.input(path).quantity.domain.whole:
            # Near its border a verdict may go to and fro.
            assert halfway.state == planned or min(abs(halfway.share - 1 / 3), abs(halfway.share - 2 / 3)) < 0.02
        json.dumps(asdict(found), allow_nan=False)


POOL = "task.pool_size"


@pytest.fixture
def points(monkeypatch):
    """Give a function that sets how many points a map has along each side."""
    return lambda number: monkeypatch.setattr(sensitivity, "MAP_POINTS", number)


def test_every_setting_of_the_map_is_what_the_case_says_there(points):
    points(4)
    case = spread(300)
    found = two_way(case, VOTE_PRICE, HOURS).grid
    assert len(found) == 16
    for row in found.itertuples():
        there = case.at({**case.price_change(row.x), HOURS: np.array([row.y])})
        assert row.p_al_better == pytest.approx(there.p_al_cheaper)
        assert row.p_unreachable == pytest.approx(there.p_unreachable)
        assert row.expected == pytest.approx(there.saving_usd.mean())
        assert row.state == there.call.state


def test_the_zero_line_of_the_back_of_an_envelope():
    # 5,000 labels saved at the price pay for $50 an hour: hours = 100 × price.
    case = case_of([9_000.0] * 4, [4_000.0] * 4)
    found = two_way(case, VOTE_PRICE, HOURS, x_range=(0.05, 5), y_range=(5, 500))
    on_both_sides = found.grid["expected"] > 0
    assert (on_both_sides == (found.grid["y"] < 100 * found.grid["x"])).all()
    # All draws are alike, so that all that is at stake goes from one option to the other along the same line.
    assert set(found.lines["level"]) == {1 / 3, 0.5, 2 / 3}
    assert found.lines["y"].to_numpy() == pytest.approx(100 * found.lines["x"].to_numpy(), rel=0.6)


def test_lines_are_where_the_verdict_changes(points):
    points(25)
    case = spread(1_000)
    found = two_way(case, VOTE_PRICE, HOURS, x_range=(0.05, 5), y_range=(5, 500))
    for _, line in found.lines.groupby("line"):
        assert line["step"].tolist() == list(range(len(line)))
    for row in found.lines.itertuples():
        there = case.at({**case.price_change(row.x), HOURS: np.array([row.y])})
        assert there.call.share == pytest.approx(row.level, abs=0.05)


def test_counts_fall_together_and_the_plan_file_is_the_limit(points):
    points(9)
    found = two_way(spread(100), "engineering.projects_sharing", POOL, y_range=(101, 20_000))
    assert found.grid["x"].unique().tolist() == [1, 2, 3]
    assert found.grid["y"].min() == 101
    assert (found.grid["y"] % 1 == 0).all()


def test_what_has_no_map_is_told_in_a_sentence():
    case = spread(20)
    with pytest.raises(InputError, match="two different inputs"):
        two_way(case, POOL, POOL)
    with pytest.raises(InputError, match=r"allowed: a range within 101 to"):
        two_way(case, VOTE_PRICE, POOL, y_range=(50, 100))
    with pytest.raises(InputError, match="not a number"):
        two_way(case, VOTE_PRICE, "task.name")


def isolines(z, level):
    return [[tuple(point) for point in line.round(9).tolist()] for line in sensitivity.isolines(z, level)]


def test_a_level_that_no_height_has_has_no_line():
    z = np.arange(6.0).reshape(2, 3)
    assert isolines(z, 9) == []
    assert isolines(z, -1) == []
    assert isolines(np.zeros((3, 3)), 0) == []


def test_a_corner_is_cut_off():
    z = np.array([[4.0, 0.0], [0.0, 0.0]])
    (line,) = isolines(z, 1)
    assert set(line) == {(0, 0.75), (0.75, 0)}


@pytest.mark.parametrize(("middle", "joined"), [(5.0, True), (1.0, False)])
def test_where_corners_alternate_the_middle_decides(middle, joined):
    # High at the top left and the bottom right; they are joined where the mean of all four is high.
    z = np.array([[middle, 0.0], [0.0, middle]])
    ends = {frozenset((round(row, 9), round(column, 9)) for row, column in line) for line in isolines(z, 0.9)}
    far, near = round(1 - 0.9 / middle, 9), round(0.9 / middle, 9)
    top, left, right, bottom = (0, far), (far, 0), (near, 1), (1, near)
    if joined:  # the other two corners stand alone
        assert ends == {frozenset((top, right)), frozenset((left, bottom))}
    else:
        assert ends == {frozenset((top, left)), frozenset((right, bottom))}
