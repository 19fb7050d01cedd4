import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, RoundView
from simulations.strategies.uncertainty import top_two
from simulations.strategies.view import UNLABELLED, CannotSelectError
from simulations.testing import example_streams, example_view

# Five items, the first labelled: 1 is sure; 2 lies between two classes; 3 is spread; 4 has no clear favourite.
P = np.array([[1 / 3, 1 / 3, 1 / 3], [0.98, 0.01, 0.01], [0.50, 0.49, 0.01], [0.50, 0.25, 0.25], [0.45, 0.30, 0.25]])


def _one_lane(probabilities=None, features=None, labelled=(0,)):
    items = len(P if features is None else features)
    answers = np.full((1, items), -1)
    answers[0, list(labelled)] = 0
    features = np.zeros((items, 2)) if features is None else np.asarray(features, dtype=float)
    return RoundView([features], answers, None if probabilities is None else probabilities[None])


def _chosen(name, view, k):
    return STRATEGIES[name].select(view, k, example_streams(1))[0].tolist()


def test_margin_by_hand():
    # margins: 0.97, 0.01, 0.25, 0.15
    assert _chosen("margin", _one_lane(P), 4) == [2, 4, 3, 1]


def test_least_confidence_by_hand():
    # likeliest: 0.98, 0.50, 0.50, 0.45; the tie goes to the lower row
    assert _chosen("least_confidence", _one_lane(P), 4) == [4, 2, 3, 1]


def test_entropy_by_hand():
    # nats: 0.112, 0.742, 1.040, 1.067
    assert _chosen("entropy", _one_lane(P), 4) == [4, 3, 2, 1]


@given(st.integers(2, 7), st.integers(0, 999))
def test_top_two_are_the_last_of_the_sorted(classes, seed):
    values = np.random.default_rng(seed).random((4, classes)).round(1)
    first, second = top_two(values)
    assert (first == np.sort(values)[:, -1]).all() and (second == np.sort(values)[:, -2]).all()


def test_random_reaches_every_item_equally():
    view = _one_lane(features=np.zeros((11, 1)))
    counts = np.zeros(11)
    for seed in range(2000):
        counts[STRATEGIES["random"].select(view, 2, example_streams(1, seed))[0]] += 1
    assert counts[0] == 0
    assert counts[1:] == pytest.approx(np.full(10, 400), abs=80)


def test_stratified_random_deals_predicted_classes_out_equally():
    predicted = np.array([0] * 90 + [1] * 8 + [2] * 2)
    view = _one_lane(np.eye(3)[predicted], features=np.zeros((100, 1)))
    chosen = predicted[_chosen("stratified_random", view, 9)]
    # Three of each while they last: class 2 has only two, and the odd one goes to another.
    assert sorted(np.bincount(chosen, minlength=3).tolist()) == [2, 3, 4]
    assert (chosen == 2).sum() == 2


MARGIN, PER_COST = STRATEGIES["margin"], STRATEGIES["margin_per_cost"]


def view(probabilities, costs=None):
    P = np.array([probabilities])
    answers = np.full(P.shape[:2], UNLABELLED)
    return RoundView([np.empty((P.shape[1], 0))], answers, P, costs=None if costs is None else np.array([costs]))


def test_utility_per_cost_by_hand():
    # Margins 0.2, 0.6, 0.1 and 0.9, so utilities 0.8, 0.4, 0.9 and 0.1: per cost 0.2, 0.4, 0.09 and 0.5.
    shown = view([[0.6, 0.4], [0.8, 0.2], [0.45, 0.55], [0.95, 0.05]], [4.0, 1.0, 10.0, 0.2])
    assert PER_COST.select(shown, 4, example_streams(1))[0].tolist() == [3, 1, 0, 2]
    assert MARGIN.select(shown, 4, example_streams(1))[0].tolist() == [2, 0, 1, 3]


@pytest.mark.parametrize("unit", [1.0, 1e-3, 86_400.0])
def test_items_that_cost_the_same_are_chosen_by_margin_in_whatever_unit(unit):
    for seed in range(5):
        shown = example_view(PER_COST, seed=seed)
        same = RoundView(shown.features, shown.answers, shown.probabilities, costs=np.full(shown.costs.shape, unit))
        assert (PER_COST.select(same, 9, example_streams()) == MARGIN.select(shown, 9, example_streams())).all()


def test_costs_that_are_not_shown_are_asked_for_in_vain():
    with pytest.raises(CannotSelectError, match="reads costs but does not declare that it needs them"):
        PER_COST.select(view([[0.6, 0.4], [0.8, 0.2]]), 1, example_streams(1))
