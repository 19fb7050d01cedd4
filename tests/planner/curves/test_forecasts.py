import json

import numpy as np
import pandas as pd
import pytest

from planner.curves.forecasts import (
    MOST_SEEDS,
    curve_lines,
    default_counts,
    forecast_table,
    savings_by_value,
    shared_counts,
    values_at_shared_end,
)
from planner.forecasting.fit_check import check_fit, fit_points
from planner.forecasting.forecast import fit_forecast
from simulations.curve_table import CURVE_KEYS, validate_curves
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured, recorded

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


def test_the_forecast_begins_where_the_measurement_ends_and_stays_in_the_pool():
    found = curve_lines(family(pool_size=1_500))
    for _, line in found.lines.groupby("strategy"):
        beyond = line[line["extrapolated"]]
        assert beyond["labels"].iloc[0] == pytest.approx(800)
        assert beyond["labels"].iloc[-1] == pytest.approx(1_500)
        assert (beyond["q10"] <= beyond["q90"]).all()


def test_one_seed_of_three_label_counts_has_neither_interval_nor_forecast():
    found = curve_lines(family(seeds=1, counts=(100, 200, 400)))
    assert not found.lines["extrapolated"].any() and found.lines["q10"].isna().all()
    for said in ("at least 4", "One seed of margin, random"):
        assert any(said in note for note in found.notes)


def test_few_seeds_are_drawn_the_same_whatever_the_order():
    table = family(seeds=30)
    one, two = (curve_lines(rows).seeds for rows in (table, table.sample(frac=1, random_state=1)))
    assert one.groupby("strategy")["seed"].nunique().max() == MOST_SEEDS
    pd.testing.assert_frame_equal(one, two)


def test_seeds_without_a_shared_count_have_no_mean():
    table = validate_curves(pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.7], "seed": [0, 1]}))
    found = curve_lines(table)
    assert found.lines.empty and len(found.seeds) == 2
    assert "share no label count" in found.notes[0]


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


def test_the_points_of_a_fit_give_its_check():
    rows = family(seeds=5, strategies=("random",), counts=(50, 100, 200, 400, 800, 1_600))
    found, check = fit_points(rows), check_fit(rows, fit_forecast(rows))
    frame = found.to_frame()
    worst = frame.loc[frame["standardised"].abs().idxmax()]
    assert worst["standardised"] == check.residuals.worst and worst["labels"] == check.residuals.worst_labels
    tail = found.tail.to_frame()
    assert check.held_out.held_out == len(tail) and check.held_out.inside_80 == tail["inside"].mean()


TABLE = recorded()
FIELDS = {*CURVE_KEYS, "forecast", "labels_to_target", "p_unreachable", "families", "check", "warnings"}


def strict_json(records):
    return json.loads(json.dumps(records, allow_nan=False))


def test_one_record_a_curve_in_the_fields_of_the_contract():
    records = strict_json(forecast_table(TABLE, target=0.85, at=[800, 5_000], n_draws=200))
    assert [(r["dataset"], r["strategy"]) for r in records] == [
        (dataset, strategy) for dataset in ("letters", "sensors", "tickets") for strategy in ("margin", "random")
    ]
    for record in records:
        assert set(record) == FIELDS
        assert [point["labels"] for point in record["forecast"]] == [800, 5_000]
        for point in record["forecast"]:
            assert point["q05"] <= point["q10"] <= point["q50"] <= point["q90"] <= point["q95"]
        assert 0 <= record["p_unreachable"] <= 1


def test_curves_of_other_initial_sizes_are_forecast_apart_and_a_pilot_has_none():
    both = pd.concat([measured().assign(initial_size=50), measured(floor=0.2).assign(initial_size=100)])
    low, high = forecast_table(both, at=[1_000], n_draws=50)
    assert (low["initial_size"], high["initial_size"]) == (50, 100)
    assert low["forecast"][0]["q50"] > high["forecast"][0]["q50"] + 0.1
    (pilot,) = strict_json(forecast_table(measured(), at=[1_000], n_draws=50))
    assert pilot["initial_size"] is None and set(pilot) == FIELDS


def test_without_a_target_there_is_nothing_to_reach():
    record = forecast_table(measured(), n_draws=50)[0]
    assert record["labels_to_target"] is None and record["p_unreachable"] is None
    assert [point["labels"] for point in record["forecast"]][:3] == [800, 1_200, 1_600]


def test_a_curve_that_cannot_be_forecast_gives_nulls_and_costs_no_other_curve():
    table = pd.concat([measured().assign(dataset="long"), measured(labels=(50, 90)).assign(dataset="short")])
    long, short = strict_json(forecast_table(table, target=0.85, at=[1_000], n_draws=100))
    assert long["forecast"][0]["q50"] is not None
    assert set(short["forecast"][0].values()) == {1_000, None}
    assert short["labels_to_target"] is None and short["p_unreachable"] is None
    assert any(text.startswith("Too few points") for text in short["warnings"])


def test_too_far_a_point_is_null_with_a_sentence_and_far_ones_are_coloured():
    near, far, refused = (forecast_table(measured(), at=[n], n_draws=50)[0] for n in (2_000, 20_000, 30_000))
    assert near["warnings"] == []
    assert any("Far extrapolation (red)" in text for text in far["warnings"])
    assert refused["forecast"][0]["q50"] is None
    assert any(text.startswith("No forecast: 30,000 labels lie beyond") for text in refused["warnings"])


def test_each_point_has_the_traffic_light_of_its_distance():
    asked = [40, 50, 800, 2_400, 2_401, 8_000, 8_001, 24_000, 24_001]
    (record,) = strict_json(forecast_table(measured(), at=asked, n_draws=50))
    lights = [point["traffic_light"] for point in record["forecast"]]
    assert lights == [None, "green", "green", "green", "amber", "amber", "red", "red", None]
    assert [point["q50"] is None for point in record["forecast"]] == [light is None for light in lights]


def test_the_fit_is_checked_where_that_is_asked():
    (plain,) = strict_json(forecast_table(measured(), at=[2_000], n_draws=50))
    (checked,) = strict_json(forecast_table(measured(), at=[2_000, 99_999], n_draws=50, check=True))
    assert plain["check"] is None and sum(plain["families"].values()) == pytest.approx(1.0)
    assert checked["check"]["verdict"] in ("good", "doubtful", "poor") and checked["check"]["words"].endswith(".")
    assert [other["labels"] for other in checked["check"]["other_method"]] == [2_000]
    assert checked["forecast"][0] == plain["forecast"][0]


def test_a_target_out_of_reach_gives_no_number_but_a_chance():
    record = forecast_table(measured(floor=0.2), target=0.99, n_draws=200)[0]
    assert record["labels_to_target"] is None and record["p_unreachable"] > 0.9
    assert any("no number of labels is given" in text for text in record["warnings"])


def test_the_order_of_rows_and_a_second_run_change_nothing():
    shuffled = TABLE.sample(frac=1.0, random_state=np.random.default_rng(0).integers(2**31))
    assert forecast_table(shuffled, target=0.85, n_draws=50) == forecast_table(TABLE, target=0.85, n_draws=50)


def test_a_point_off_the_table_is_refused():
    with pytest.raises(InputError, match="at: found -5"):
        forecast_table(TABLE, at=[-5])
    with pytest.raises(InputError, match="target: found 90"):
        forecast_table(TABLE, target=90)
