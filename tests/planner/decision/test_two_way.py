"""Maps over two inputs, against asking the case at single settings."""

import numpy as np
import pytest

from planner.decision.sensitivity import two_way
from planner.decision.solve_inputs import VOTE_PRICE
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE, case_of, spread

HOURS, POOL = "engineering.one_off_hours", "task.pool_size"


def test_every_setting_of_the_map_is_what_the_case_says_there():
    case = spread(300)
    found = two_way(case, VOTE_PRICE, HOURS, points=4).grid
    assert len(found) == 16
    for row in found.itertuples():
        there = case.at({**case.price_change(row.x), HOURS: np.array([row.y])})
        assert row.p_al_better == pytest.approx(there.p_al_cheaper)
        assert row.p_unreachable == pytest.approx(there.p_unreachable)
        ordered = np.sort(there.saving_usd)
        assert row.saving_usd == pytest.approx(ordered[len(ordered) // 2])


def test_the_zero_line_of_the_back_of_an_envelope():
    # 5,000 labels saved at the price pay for $50 an hour: hours = 100 × price.
    case = case_of([9_000.0] * 4, [4_000.0] * 4)
    found = two_way(case, VOTE_PRICE, HOURS, x_range=(0.05, 5), y_range=(5, 500))
    line = found.lines.query("of == 'saving_usd'")
    assert line["line"].nunique() == 1
    assert line["y"].to_numpy() == pytest.approx(100 * line["x"].to_numpy(), rel=0.15)
    on_both_sides = found.grid["saving_usd"] > 0
    assert (on_both_sides == (found.grid["y"] < 100 * found.grid["x"])).all()
    # All draws are alike, so that P jumps from 0 to 1 along the same line.
    chance = found.lines.query("of == 'p_al_better'")
    assert set(chance["level"]) == {0.2, 0.5, 0.8}
    assert chance["y"].to_numpy() == pytest.approx(100 * chance["x"].to_numpy(), rel=0.6)


def test_lines_of_chance_are_where_the_chance_is_said_to_be():
    case = spread(1_000)
    found = two_way(case, VOTE_PRICE, HOURS, x_range=(0.05, 5), y_range=(5, 500), points=25)
    assert set(found.lines["of"]) == {"saving_usd", "p_al_better"}
    for row in found.lines[found.lines["of"] == "p_al_better"].itertuples():
        there = case.at({**case.price_change(row.x), HOURS: np.array([row.y])})
        assert there.p_al_cheaper == pytest.approx(row.level, abs=0.05)


def test_lines_are_told_point_by_point():
    lines = two_way(spread(300), VOTE_PRICE, HOURS).lines
    assert list(lines.columns) == ["of", "level", "line", "step", "x", "y"]
    for _, points in lines.groupby("line"):
        assert points["step"].tolist() == list(range(len(points)))
        assert points[["of", "level"]].nunique().tolist() == [1, 1]


def test_counts_fall_together_and_the_plan_file_is_the_limit():
    found = two_way(spread(100), "engineering.projects_sharing", POOL, y_range=(101, 20_000), points=9)
    assert found.grid["x"].unique().tolist() == [1, 2, 3]
    assert found.grid["y"].min() == 101
    assert (found.grid["y"] % 1 == 0).all()


def test_fewer_draws_give_nearly_the_same_map():
    case = spread(2_000)
    few, all_draws = (two_way(case, VOTE_PRICE, POOL, points=5, n_draws=n).grid for n in (1_000, 2_000))
    assert few["p_al_better"].to_numpy() == pytest.approx(all_draws["p_al_better"].to_numpy(), abs=0.06)


def test_a_label_that_costs_nothing_has_a_map():
    free = case_of([5_000.0] * 8, [2_000.0] * 8, SIMPLE.replace("\nprice_usd = 1", "\nprice_usd = 0"))
    assert two_way(free, VOTE_PRICE, POOL, points=3).grid["x"].unique().tolist() == pytest.approx([0.001, 0.01, 0.1])


def test_what_has_no_map_is_told_in_a_sentence():
    case = spread(20)
    with pytest.raises(InputError, match="two different inputs"):
        two_way(case, POOL, POOL)
    with pytest.raises(InputError, match=r"allowed: a range within 101 to"):
        two_way(case, VOTE_PRICE, POOL, y_range=(50, 100))
    with pytest.raises(InputError, match="not a number"):
        two_way(case, VOTE_PRICE, "task.name")
