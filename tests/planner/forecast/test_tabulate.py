import json

import numpy as np
import pandas as pd
import pytest

from planner.curves.forecasts import forecast_table
from simulations.curve_table import CURVE_KEYS
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured, recorded

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
