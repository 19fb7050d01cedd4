"""The split of a variance: by hand, against scikit-free sums, and on components that are known."""

import numpy as np

from research.findings.variance import components, variance_split

FACTORS = ("selection", "order", "initialisation")


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
