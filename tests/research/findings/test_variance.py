"""The split of a variance: by hand, against scikit-free sums, and on components that are known."""

import numpy as np
import pytest

from research.findings.variance import components, variance_split
from simulations.errors import InputError

FACTORS = ("selection", "order", "initialisation")


def drawn(rng, a, o, i, both, shape):
    """Values whose orders and initialisations are drawn anew for each selection, from known components."""
    A, O, I = shape  # noqa: E741
    parts = ((a, (A, 1, 1)), (o, (A, O, 1)), (i, (A, 1, I)), (both, shape))
    return sum(np.sqrt(variance) * rng.standard_normal(sides) for variance, sides in parts)


def test_two_factors_by_hand():
    # Rows differ by 4, columns by 2, and nothing is left: MS are 16, 4 and 0, components 16 ÷ 2 and 4 ÷ 2.
    y = np.array([[0.0, 2.0], [4.0, 6.0]])
    assert components(y) == {(0,): 8.0, (1,): 2.0, (0, 1): 0.0}
    split = variance_split(y, ("selection", "order"))
    assert split.shares == {"selection": 0.8, "order": 0.2} and split.total == 10.0
    assert split.intervals == {"selection": None, "order": None}


def test_an_estimate_below_zero_is_stated_as_zero():
    # Within each row ±1, and rows alike: MS of rows 0, of columns 0, of both 4, so that rows would have −2.
    y = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert components(y) == {(0,): 0.0, (1,): 0.0, (0, 1): 4.0}
    assert variance_split(y, ("selection", "order")).shares == {"selection": 1.0, "order": 1.0}


def test_orders_drawn_anew_belong_to_the_selection_they_are_in():
    # Two selections of mean 0; orders ±1 in one and ±3 in the other; nothing else. MS of orders (2 + 18) · 2 ÷ 2 = 20.
    y = np.array([[[1.0, 1.0], [-1.0, -1.0]], [[-3.0, -3.0], [3.0, 3.0]]])
    split = variance_split(y, FACTORS, drawn_anew=True)
    assert split.components == {
        ("selection",): 0.0, ("order",): 10.0, ("initialisation",): 0.0, ("order", "initialisation"): 0.0
    }  # fmt: skip
    assert split.shares == {"selection": 0.0, "order": 1.0, "initialisation": 0.0}


def test_known_components_are_found():
    y = drawn(np.random.default_rng(1), 1.0, 2.0, 0.5, 1.5, (600, 4, 3))
    found = variance_split(y, FACTORS, drawn_anew=True)
    assert [*found.components.values()] == pytest.approx([1.0, 2.0, 0.5, 1.5], rel=0.2)
    assert [*found.shares.values()] == pytest.approx([0.2, 0.7, 0.4], abs=0.05)


def test_nothing_that_varies_has_no_shares():
    split = variance_split(np.full((3, 3, 2), 0.7), FACTORS)
    assert split.total == 0 and set(split.shares.values()) == {None} and set(split.intervals.values()) == {None}


@pytest.mark.parametrize(
    ("values", "factors", "told"),
    [
        (np.zeros((2, 2)), FACTORS, "variance split: found 2 sides and 3 factors; allowed: two or three, a side each"),
        (np.zeros((3, 1, 2)), FACTORS, "variance split, order: found 1 level; allowed: at least 2"),
        (np.array([[1.0, np.nan], [0, 0]]), ("a", "b"), "a cell of the design has no value"),
    ],
)
def test_a_design_that_cannot_be_split_is_refused(values, factors, told):
    with pytest.raises(InputError, match=told):
        variance_split(values, factors)
