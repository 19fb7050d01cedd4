import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.oracles.registry import make_oracle
from simulations.strategies import STRATEGIES
from simulations.strategies.view import UNLABELLED, CannotSelectError, RoundView
from simulations.testing import example_streams, example_view

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


def test_it_asks_for_items_that_take_less_than_those_of_margin(small):
    oracle = make_oracle("perfect", {"seconds": 12, "hardness_slowdown": 10.0, "estimate_spread": 0.1}, "grid")
    lanes = [small(name, seed, oracle=oracle) for name in ("margin", "margin_per_cost") for seed in range(4)]
    ends = np.array([record.spent["annotation_seconds"][-1] for record in run_lanes(lanes)]).reshape(2, 4)
    assert ends[1].mean() < 0.85 * ends[0].mean()
