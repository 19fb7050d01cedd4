import numpy as np
import pandas as pd
import pytest

from planner.curves.replicates import Replicates
from planner.evidence import recorded_curves
from planner.transfer.savings_fit import fit_savings
from research.evidence.campaigns import frozen_sources, source_of
from research.savings_left_out import leave_one_out, measured_gaps, summarise_left_out
from simulations.errors import InputError
from tests.planner.transfer.planted import POOL, pair, recorded

SHAPE = np.array([0.3, 0.8, 1.0, 1.0])


def by_method(rows):
    return summarise_left_out(rows).set_index("method")


@pytest.mark.slow
@pytest.mark.parametrize("know_error", [False, True])
def test_on_the_recorded_curves_intervals_cover_as_they_say_and_the_prior_beats_none_and_one_constant(know_error):
    """Each data set that is not set aside is predicted from the others."""
    strategies, table = ("margin", "entropy", "coreset"), recorded_curves()
    table = table[~table["dataset"].map(source_of).isin(frozen_sources())]
    rows = pd.concat([leave_one_out(table, name, "accuracy", know_error=know_error) for name in strategies])
    said, error = by_method(rows).loc["prior"], by_method(rows)["log_savings_mae"]
    assert said["datasets"] == table["dataset"].nunique()
    assert 0.72 <= said["log_savings_coverage"] <= 0.92
    assert 0.70 <= said["gap_coverage"] <= 0.92
    assert error["prior"] < 0.95 * min(error["none"], error["constant"])


def test_planted_savings_are_predicted_with_their_gap():
    rows = leave_one_out(recorded({f"set-{j}": 0.7 * SHAPE for j in range(6)}, seeds=8), "margin", "accuracy")
    said = by_method(rows)
    assert said.loc["prior", "log_savings_mae"] < 0.15
    assert said.loc["prior", "gap_mae_points"] < 0.6
    assert said.loc["prior", "log_savings_coverage"] > 0.7
    assert said.loc["none", "log_savings_mae"] > 0.3
    assert rows.loc[rows["method"] == "none", "low"].isna().all()


def test_gaps_are_the_measured_differences():
    rows = pair(SHAPE, sd=0.0)
    curves = {str(name): Replicates.from_rows(str(name), group) for name, group in rows.groupby("strategy")}
    gap, spread = measured_gaps(fit_savings(curves["margin"], curves["random"], pool=POOL).pair)
    values = rows.pivot_table(index="labels", columns="strategy", values="value")
    assert gap == pytest.approx((values["margin"] - values["random"]).to_numpy()[1:])
    assert spread == pytest.approx(0.0, abs=1e-12)
    one = {name: curve.of([0]) for name, curve in curves.items()}
    assert np.isnan(measured_gaps(fit_savings(one["margin"], one["random"], pool=POOL).pair)[1]).all()


def test_data_sets_left_out_are_neither_predicted_nor_used():
    table = recorded({"a": SHAPE, "b": SHAPE, "c": -9 * SHAPE}, seeds=4)
    with_c, without = (leave_one_out(table, "margin", "accuracy", exclude=out) for out in ((), ("c",)))
    alone = leave_one_out(table[table["dataset"] != "c"], "margin", "accuracy")
    assert set(without["dataset"]) == {"a", "b"}
    pd.testing.assert_frame_equal(without, alone)
    assert len(with_c) > len(without)
    # One data set cannot be left out.
    with pytest.raises(InputError, match="found 1 data sets with margin; allowed: at least 2"):
        leave_one_out(recorded({"a": SHAPE}, seeds=4), "margin", "accuracy")
