import numpy as np
import pandas as pd
import pytest

from planner.curves.lines import (
    MOST_SEEDS,
    curve_lines,
    default_counts,
    savings_by_value,
    shared_counts,
    values_at_shared_end,
)
from planner.forecast.fit_check import check_fit, fit_points
from planner.forecast.forecast import fit_forecast
from simulations.curve_table import validate_curves
from simulations.errors import InputError

COUNTS = (100, 200, 400, 800)


def family(seeds=3, strategies=("random", "margin"), counts=COUNTS, **columns):
    rng = np.random.default_rng(0)
    rows = [
        {"strategy": name, "seed": seed, "labels": n, "value": 0.95 - k * n**-0.5 + rng.normal(0, 0.003)} | columns
        for k, name in zip((3.0, 2.2, 2.6), strategies, strict=False)
        for seed in range(seeds)
        for n in counts
    ]
    return validate_curves(pd.DataFrame(rows), test_size=1_000)


def test_the_mean_has_students_interval_over_seeds():
    table = validate_curves(pd.DataFrame({"labels": [10, 10], "value": [0.5, 0.7], "seed": [0, 1]}))
    line = curve_lines(table).lines.iloc[0]
    # t(0.9; 1 degree) = 3.0777, sd of the mean = 0.1.
    assert line["q50"] == pytest.approx(0.6)
    assert line["q90"] == pytest.approx(0.6 + 0.30777, abs=1e-4)
    assert line["q10"] == pytest.approx(0.6 - 0.30777, abs=1e-4)


def test_one_seed_has_no_interval_and_says_so():
    found = curve_lines(family(seeds=1))
    measured = found.lines[~found.lines["extrapolated"]]
    assert measured["q10"].isna().all() and measured["q50"].notna().all()
    assert any("One seed of margin, random" in note for note in found.notes)


def test_the_forecast_begins_where_the_measurement_ends_and_stays_in_the_pool():
    found = curve_lines(family(pool_size=1_500), n_draws=100)
    for _, line in found.lines.groupby("strategy"):
        beyond = line[line["extrapolated"]]
        assert beyond["labels"].iloc[0] == pytest.approx(800)
        assert beyond["labels"].iloc[-1] == pytest.approx(1_500)
        assert (beyond["q10"] <= beyond["q90"]).all()


def test_three_label_counts_are_drawn_without_a_forecast():
    found = curve_lines(family(counts=(100, 200, 400)))
    assert not found.lines["extrapolated"].any()
    assert any("at least 4" in note for note in found.notes)


def test_few_seeds_are_drawn_the_same_whatever_the_order():
    table = family(seeds=30)
    one, two = (curve_lines(rows, n_draws=50).seeds for rows in (table, table.sample(frac=1, random_state=1)))
    assert one.groupby("strategy")["seed"].nunique().max() == MOST_SEEDS
    pd.testing.assert_frame_equal(one, two)


def test_seeds_without_a_shared_count_have_no_mean():
    table = validate_curves(pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.7], "seed": [0, 1]}))
    found = curve_lines(table)
    assert found.lines.empty and len(found.seeds) == 2
    assert "share no label count" in found.notes[0]


def test_two_families_are_refused():
    table = family()
    with pytest.raises(InputError, match="found 2 families"):
        curve_lines(pd.concat([table, table.assign(learner="other")]))


def test_curves_are_read_where_all_of_them_end():
    lines = pd.DataFrame(
        {"strategy": ["a", "a", "b", "b"], "labels": [10, 1_000, 10, 100], "q50": [0.2, 0.8, 0.3, 0.6]}
    )
    end, values = values_at_shared_end(lines)
    assert end == 100 and values["b"] == pytest.approx(0.6)
    assert values["a"] == pytest.approx(0.5)  # half-way in the logarithm
    apart = lines.assign(labels=[10, 20, 50, 100])
    assert values_at_shared_end(apart) is None
    assert values_at_shared_end(lines.head(0)) is None


def test_strategies_are_compared_where_all_seeds_reach():
    table = family()
    longer = table[(table["strategy"] != "margin") | (table["labels"] <= 400)]
    assert shared_counts(longer) == (100, 200, 400)
    assert default_counts((100, 200, 400, 800)) == (200, 400, 800)
    assert default_counts(()) == ()


def test_savings_run_along_randoms_values():
    rows = savings_by_value(family(seeds=4))
    assert list(rows["at"]) == [200, 400, 800] and set(rows["strategy"]) == {"margin"}
    # Errors are 3 and 2.2 times n^-½ over 5%: margin needs (2.2 ÷ 3)² of the labels, a factor of 1.86.
    assert float(rows["factor"].iloc[-1]) == pytest.approx(1.86, rel=0.15)
    assert rows["value"].is_monotonic_increasing


def test_savings_without_random_say_why():
    rows = savings_by_value(family(strategies=("margin", "entropy")))
    assert rows["factor"].isna().all()
    assert rows["reason"].str.contains("no curve of random").all()


def test_random_alone_saves_nothing():
    assert savings_by_value(family(strategies=("random",))).empty


def test_the_points_of_a_fit_give_its_check():
    rows = family(seeds=5, strategies=("random",), counts=(50, 100, 200, 400, 800, 1_600))
    found, check = fit_points(rows), check_fit(rows, fit_forecast(rows))
    frame = found.to_frame()
    worst = frame.loc[frame["standardised"].abs().idxmax()]
    assert worst["standardised"] == check.residuals.worst and worst["labels"] == check.residuals.worst_labels
    tail = found.tail.to_frame()
    assert check.held_out.held_out == len(tail) and check.held_out.inside_80 == tail["inside"].mean()


def test_too_few_points_have_no_fit():
    with pytest.raises(InputError, match="at least 4"):
        fit_points(family(counts=(100, 200, 400), strategies=("random",)))
