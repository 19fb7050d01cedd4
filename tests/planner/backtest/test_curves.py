import numpy as np
import pandas as pd
import pytest

from planner.backtest.curves import (
    CurveSet,
    curves_from_table,
    name_hash,
    read_own_curves,
    read_recorded_curves,
    sample_curves,
)
from simulations.curve_table import validate_curves
from simulations.errors import InputError


@pytest.fixture
def many(make_curve):
    curves = [make_curve(f"d{at}", f"learner {k}") for at in range(2) for k in range(5)]
    return CurveSet("toy", [*curves, make_curve("own")])


def test_a_sample_depends_on_names_alone(many):
    chosen = sample_curves(many, 2)
    names = [curve.name for curve in chosen.curves]
    assert len(names) == 5  # two of each of two data sets, and the one of the third
    assert "A sample: at most 2 of each data set's curves, 5 of 11." in chosen.notes
    backwards = sample_curves(CurveSet("toy", many.curves[::-1]), 2)
    assert [curve.name for curve in backwards.curves] == names
    fewer = sample_curves(CurveSet("toy", [one for one in many.curves if one.group != "d1"]), 2)
    assert {curve.name for curve in fewer.curves} <= set(names)
    one = sample_curves(many, 1)
    assert {curve.name for curve in one.curves} <= set(names)
    assert len(sample_curves(many).curves) == 11 and sample_curves(many).notes == ()
    with pytest.raises(InputError, match="--sample: found 0"):
        sample_curves(many, 0)


def test_the_hash_is_the_same_everywhere():
    assert name_hash("a") == 4681665781835383343


def test_seeds_are_averaged_where_all_have_a_value(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("labels,value,seed,openml_id\n10,0.4,0,15\n10,0.6,1,15\n20,0.7,0,15\n20,0.7,1,15\n30,0.8,0,15\n")
    found = read_own_curves(path, test_size=80)
    (curve,) = found.curves
    assert curve.labels.tolist() == [10, 20]
    assert curve.error == pytest.approx([0.5, 0.3])
    assert curve.standard_error == pytest.approx([0.1, 0.0])
    assert (curve.openml_id, curve.test_size) == (15, 80)
    assert found.notes == ("1 label counts that only some seeds of a curve have are left out.",)


def test_one_seed_has_no_standard_error():
    table = validate_curves(pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.6], "classes": [4, 4]}))
    (curve,) = curves_from_table(table, "own").curves
    assert np.isnan(curve.standard_error).all()
    assert curve.classes == 4


def test_chance_is_unknown_for_other_metrics_and_settings_are_one_group():
    table = pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.6], "classes": 4, "metric": "f1_macro"})
    (curve,) = curves_from_table(validate_curves(table.assign(dataset="digits [flip rate=0.1]")), "own").curves
    assert curve.classes is None
    assert (curve.dataset, curve.group) == ("digits [flip rate=0.1]", "digits")


def test_the_recorded_curves_are_read():
    found = read_recorded_curves()
    assert len(found.curves) >= 40
    assert all(np.isfinite(curve.standard_error).all() for curve in found.curves)
    with pytest.raises(InputError, match="--metric: found 'nonsense'"):
        read_recorded_curves("nonsense")
