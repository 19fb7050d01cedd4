import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.datasets.regression.tables import numeric_data, scaled
from simulations.errors import InputError

X = np.arange(60.0).reshape(30, 2)
y = np.linspace(-1, 1, 30)


def test_columns_are_centred_and_divided_by_their_deviations():
    laid_out = scaled(np.array([[0.0, 5.0, 10.0], [2.0, 5.0, 30.0]]), "feature")
    assert laid_out.dtype == np.float32
    assert laid_out.tolist() == [[-1.0, 0.0, -1.0], [1.0, 0.0, 1.0]]


def test_one_number_divides_all_columns_where_they_share_a_unit():
    # Deviations 1 and 10, so that their mean square is 50.5; the constant column does not count.
    laid_out = scaled(np.array([[0.0, 5.0, 10.0], [2.0, 5.0, 30.0]]), "global")
    assert laid_out == pytest.approx(np.array([[-1.0, 0.0, -10.0], [1.0, 0.0, 10.0]]) / np.sqrt(50.5), rel=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 99), st.sampled_from([1e-12, 1.0, 1e15]), st.floats(-1e6, 1e6))
def test_scaling_forgets_the_unit_of_a_column(seed, factor, shift):
    columns = np.random.default_rng(seed).normal(size=(40, 3))
    assert scaled(columns * factor + shift * factor, "feature") == pytest.approx(scaled(columns, "feature"), abs=1e-3)


def test_what_is_laid_out_is_what_was_given():
    data = numeric_data("mine", X, y, 12)
    assert (data.task, data.kind, data.outputs, data.test_size) == ("regression", "tabular", 1, 12)
    assert data.answers == tuple(y.tolist()) and (np.stack(data.items) == data.features).all()
    assert data.lengths.tolist() == [1] * 30


@pytest.mark.parametrize(
    ("answers", "test_size", "message"),
    [
        (np.where(np.arange(30) == 3, np.nan, y), 12, "mine, answers, row 4: found nan; allowed: a finite number"),
        (np.where(np.arange(30) == 3, -np.inf, y), 12, "mine, answers, row 4: found -inf; allowed: a finite number"),
        (np.full(30, 2.5), 12, "mine, answers: all are 2.5; at least two different are needed"),
        (y, 9, "mine, test_size: found 9; allowed: 10 to 20"),
        (y, 21, "mine, test_size: found 21; allowed: 10 to 20"),
        (y[:19], 10, "mine: has 19 items; allowed: at least 20, half of them held out"),
    ],
)
def test_what_cannot_be_learned_is_one_sentence(answers, test_size, message):
    with pytest.raises(InputError) as caught:
        numeric_data("mine", X[: answers.size], answers, test_size)
    assert str(caught.value) == message
