import json

import numpy as np
import pandas as pd
import pytest

from planner.cli.output import write_curves
from planner.curves.curve_summary import summarise_curves
from simulations.curve_table import CURVE_KEYS, read_curves, validate_curves
from simulations.errors import InputError

LABELS = [10, 20, 40, 80, 160]


def table(**curves):
    """Each strategy's values at LABELS, the same for three seeds but for a little known spread."""
    rows = [
        {"dataset": "d", "strategy": name, "seed": seed, "labels": n, "value": value + (seed - 1) * 0.001}
        for name, values in curves.items()
        for seed in range(3)
        for n, value in zip(LABELS, values, strict=True)
    ]
    return validate_curves(pd.DataFrame(rows))


def one(summary, strategy):
    return summary[summary["strategy"] == strategy].iloc[0]


def test_a_strategy_that_is_twice_as_fast_saves_a_factor_of_two():
    random = [0.5, 0.6, 0.7, 0.8, 0.9]
    summary = summarise_curves(table(random=random, margin=[0.6, 0.7, 0.8, 0.9, 0.95]))
    margin = one(summary, "margin")
    assert margin["savings_factor"] == pytest.approx(2)
    assert margin["savings_q10"] <= 2.0 <= margin["savings_q90"] + 0.05
    assert margin["p_never"] < 0.5
    assert (margin["seeds"], margin["rounds"], margin["labels"]) == (3, 5, 160)
    assert margin["value"] == pytest.approx(0.95)
    assert one(summary, "random")["savings_factor"] is None


def test_seeds_that_never_meet_have_no_value_and_say_so():
    frame = pd.DataFrame({"seed": [0, 0, 1, 1], "labels": [10, 20, 30, 40], "value": [0.5, 0.6, 0.7, 0.8]})
    row = one(summarise_curves(validate_curves(frame)), "random")
    assert (row["seeds"], row["labels"], row["value"], row["q10"]) == (2, None, None, None)
    assert row["reason"] == "its seeds share no range of labels"


def test_the_area_is_compared_with_random_s():
    summary = summarise_curves(table(random=[0.5, 0.6, 0.7, 0.8, 0.9], margin=[0.6, 0.7, 0.8, 0.9, 1.0 - 0.001]))
    margin = one(summary, "margin")
    # 0.1 above everywhere but at the last of five counts, which weighs half a step of four.
    assert margin["area_difference"] == pytest.approx(0.1 - 0.001 / 8)
    assert margin["area_q10"] == margin["area_q90"] == pytest.approx(margin["area_difference"])
    assert one(summary, "random")["area_difference"] is None


def test_one_seed_has_no_spread():
    row = one(summarise_curves(table(random=[0.5] * 5).query("seed == 1")), "random")
    assert (row["value"], row["q10"], row["q90"]) == (0.5, None, None)


def test_a_summary_is_plain_enough_for_json():
    summary = summarise_curves(table(random=[0.5, 0.6, 0.7, 0.8, 0.9], coreset=[0.5, 0.6, 0.65, 0.66, 0.67]))
    json.dumps(summary.to_dict(orient="records"), allow_nan=False)
    assert list(summary.columns[: len(CURVE_KEYS)]) == list(CURVE_KEYS)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_is_written_reads_back(tmp_path, ending):
    made = table(random=[0.5, 0.6, 0.7, 0.8, 0.9])
    write_curves(tmp_path / f"curves{ending}", made)
    back = read_curves(tmp_path / f"curves{ending}")
    assert np.allclose(back["value"], made["value"])
    assert list(back["labels"]) == list(made["labels"])


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"allowed: \.csv or \.parquet"):
        write_curves(tmp_path / "curves.txt", table(random=[0.5] * 5))
