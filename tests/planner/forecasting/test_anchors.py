import numpy as np
import pandas as pd
import pytest

from planner.forecasting.anchors import FEWEST_NEAR, MAX_ANCHORS, REACH, make_anchors
from planner.forecasting.prior import NOISE_FACTORS
from simulations.errors import InputError
from tests.planner.transfer.synthetic import measured


def frame(labels, value, **columns):
    return pd.DataFrame({"labels": labels, "value": value, **columns})


def test_replicates_are_averaged_and_sorted():
    anchors = make_anchors(frame([200, 100, 200], [0.9, 0.5, 0.7], test_size=100))
    np.testing.assert_allclose(anchors.labels, [100, 200])
    np.testing.assert_allclose(anchors.error, [0.5, 0.2])
    assert (anchors.first, anchors.last, anchors.distinct, anchors.replicates) == (100, 200, 2, 1)


def test_the_test_set_gives_one_common_shift():
    anchors = make_anchors(frame([100], [0.5], test_size=2_499))
    assert anchors.test_shift_sd == pytest.approx(0.5 / np.sqrt(2_499), rel=1e-3)


def test_many_replicates_recover_the_seed_variance():
    anchors = make_anchors(measured(seeds=200, sd=0.02).assign(test_size=10**6))
    np.testing.assert_allclose(np.sqrt(anchors.variance * 200), 0.02, rtol=0.15)


def test_more_replicates_mean_less_noise_and_a_larger_test_set_too():
    few, many = (make_anchors(measured(seeds=seeds)).variance for seeds in (2, 20))
    assert (many < few).all()
    points = frame([100, 200], [0.7, 0.8])
    small, large = (make_anchors(points.assign(test_size=size)).variance for size in (50, 5_000))
    assert (large < small).all()


def test_a_perfect_score_still_has_noise():
    anchors = make_anchors(frame([10, 20], [1.0, 1.0], test_size=50))
    assert (anchors.variance > 0).all() and anchors.test_shift_sd > 0


def test_dense_anchors_are_thinned_without_pretending_to_know_more():
    labels = np.arange(10, 5_010)
    anchors = make_anchors(frame(labels, 0.5, test_size=1_000))
    alone = make_anchors(frame([10], [0.5], test_size=1_000))
    assert anchors.labels.size <= MAX_ANCHORS and anchors.distinct == 5_000
    assert (np.diff(anchors.labels) > 0).all()
    # All agree, so that the noise assumed is what the smallest noise factor stands for.
    np.testing.assert_allclose(anchors.variance * min(NOISE_FACTORS), alone.variance[0])


@pytest.mark.parametrize(
    ("labels", "value", "said"),
    [([], [], "no points"), ([0], [0.5], "'labels'"), ([10], [1.5], "'value'"), ([10], [np.nan], "'value'")],
)
def test_what_cannot_be_a_measurement_is_refused(labels, value, said):
    with pytest.raises(InputError, match=said):
        make_anchors(frame(labels, value))


def test_points_a_hair_apart_are_one_anchor_where_points_are_dense():
    anchors = make_anchors(frame(np.arange(50, 10_050), np.linspace(0.5, 0.9, 10_000), test_size=1_000))
    assert anchors.labels.size == MAX_ANCHORS and (np.diff(np.log(anchors.labels)) > 0.015).all()
    sparse = make_anchors(frame(np.unique(np.geomspace(16, 20_000, 60).astype(int)), 0.5, test_size=1_000))
    assert sparse.labels[-12] < 0.4 * sparse.labels[-1]  # the last twelve of points well apart stay as they are


def near(labels):
    anchors = make_anchors(frame(labels, 0.5, test_size=1_000))
    return anchors.labels[anchors.near :].tolist()


def test_the_model_is_fitted_to_the_last_stretch():
    labels = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 120]
    assert REACH == 12.0 and near(labels) == pytest.approx(labels[2:])
    assert near([1, 2, *labels[2:-1], 130]) == pytest.approx([20, 30, 40, 50, 60, 70, 80, 130])


def test_eight_anchors_are_fitted_however_far_apart():
    labels = [2, 8, 32, 128, 512, 2_048, 8_192, 32_768, 131_072]
    assert FEWEST_NEAR == 8 and near(labels) == pytest.approx(labels[1:])
    assert near(labels[:5]) == pytest.approx(labels[:5])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
@pytest.mark.parametrize("column", ["test_size", "standard_error"])
def test_a_column_of_nothing_but_missing_cells_is_as_good_as_none(column, missing):
    plain = frame([50, 100, 200, 400], [0.6, 0.7, 0.75, 0.78])
    empty = plain.assign(**{column: pd.Series([missing] * len(plain), index=plain.index, dtype=object)})
    with_it, without = make_anchors(empty), make_anchors(plain)
    np.testing.assert_array_equal(with_it.variance, without.variance)
    assert not with_it.test_size_known and not with_it.noise_known
