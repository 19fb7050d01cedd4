import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.backtest.curves import (
    RESERVED_OPENML_IDS,
    CurveSet,
    choose_curves,
    curves_from_table,
    name_hash,
    read_own_curves,
    read_recorded_curves,
)
from simulations.curve_table import validate_curves
from simulations.errors import InputError


@pytest.fixture
def many(make_curve):
    ids = (3, 15, 44, 1486)  # 15 and 1486 are reserved
    curves = [
        make_curve(f"d{openml}", f"learner {k}", openml_id=openml, group=f"openml {openml}")
        for openml in ids
        for k in range(5)
    ]
    return CurveSet("toy", [*curves, make_curve("own")])


def test_the_reserved_data_sets_are_these():
    assert len(RESERVED_OPENML_IDS) == 53
    assert {15, 54, 1461, 40996 - 15, 42809} <= RESERVED_OPENML_IDS
    assert not {3, 44, 1120, 182} & RESERVED_OPENML_IDS


def test_reserved_data_sets_are_left_out_and_told(many):
    chosen = choose_curves(many)
    assert {curve.openml_id for curve in chosen.curves} == {3, 44, None}
    assert chosen.notes == ("2 data sets with reserved OpenML ids are left out.",)


def test_only_reserved_data_sets_when_asked(many):
    chosen = choose_curves(many, reserved=True)
    assert {curve.openml_id for curve in chosen.curves} == {15, 1486}
    assert "3 data sets other than the reserved ones are left out." in chosen.notes


def test_a_sample_depends_on_names_alone(many):
    chosen = choose_curves(many, sample=2)
    names = [curve.name for curve in chosen.curves]
    assert len(names) == 5  # two of each of two data sets, and the one of the third
    assert "A sample: at most 2 of each data set's curves, 5 of 11." in chosen.notes
    backwards = choose_curves(CurveSet("toy", many.curves[::-1]), sample=2)
    assert [curve.name for curve in backwards.curves] == names
    fewer = choose_curves(CurveSet("toy", [one for one in many.curves if one.openml_id != 44]), sample=2)
    assert {curve.name for curve in fewer.curves} <= set(names)
    one = choose_curves(many, sample=1)
    assert {curve.name for curve in one.curves} <= set(names)


def test_the_hash_is_the_same_everywhere():
    assert name_hash("a") == 4681665781835383343


def test_nothing_left_is_told(make_curve):
    with pytest.raises(InputError, match="toy: none of the data sets carries a reserved OpenML id"):
        choose_curves(CurveSet("toy", [make_curve()]), reserved=True)
    with pytest.raises(InputError, match="all data sets are reserved ones"):
        choose_curves(CurveSet("toy", [make_curve(openml_id=15)]))
    with pytest.raises(InputError, match="no curve"):
        choose_curves(CurveSet("toy", []))
    with pytest.raises(InputError, match="--sample: found 0"):
        choose_curves(CurveSet("toy", [make_curve()]), sample=0)


# Curves of a curve table, the user's own and the recorded ones.


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


@given(st.lists(st.sampled_from([None, 3, 15, 44, 22, 42809, 1000]), min_size=1, max_size=12), st.integers(1, 3))
def test_a_reserved_id_never_leaks(ids, sample):
    import numpy as np

    from research.backtest.curves import Curve

    x = np.array([1.0, 2.0])
    curves = [Curve(f"{i}", "l", "random", 1, x, x / 4, x * 0, f"{one}", openml_id=one) for i, one in enumerate(ids)]
    for reserved in (False, True):
        expected = [one for one in ids if (one in RESERVED_OPENML_IDS) == reserved]
        if not expected:
            with pytest.raises(InputError):
                choose_curves(CurveSet("toy", curves), reserved=reserved)
            continue
        kept = choose_curves(CurveSet("toy", curves), reserved=reserved, sample=sample).curves
        assert {curve.openml_id for curve in kept} == set(expected)
