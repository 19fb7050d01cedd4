import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.backtest.curves import Curve, CurveSet
from research.backtest.chosen import RESERVED_OPENML_IDS, choose_curves
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


@given(st.lists(st.sampled_from([None, 3, 15, 44, 22, 42809, 1000]), min_size=1, max_size=12), st.integers(1, 3))
def test_a_reserved_id_never_leaks(ids, sample):

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
