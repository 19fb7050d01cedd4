"""Expected losses, EVPI and shares of being best, on tables that can be worked by hand."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from planner.decision.information.value import expected_losses
from simulations.errors import InputError

PLANS = ["random", "margin", "badge"]
NET = np.array([[0.0, 10.0, 10.0], [0.0, -30.0, 6.0], [0.0, 8.0, -16.0], [4.0, 4.0, -20.0]])


def test_losses_shares_and_evpi_by_hand():
    # Best of each draw: 10, 6, 8, 4, mean 7; means of the plans: 1, -2, -5.
    found = expected_losses(NET, PLANS)
    assert found.best == "random"
    assert found.loss_usd == {"random": 6.0, "margin": 9.0, "badge": 12.0}
    assert found.evpi_usd == 6.0
    # Ties are split: random half of one draw, margin half of two and one alone, badge half of one and one alone.
    assert found.p_best == {"random": 0.125, "margin": 0.5, "badge": 0.375}


def test_standard_error_is_that_of_the_mean_gain():
    # What knowing the draw gains over random: 10, 6, 8, 0.
    assert expected_losses(NET, PLANS).evpi_se_usd == pytest.approx(np.std([10, 6, 8, 0], ddof=1) / 2)


def test_one_plan_loses_nothing():
    found = expected_losses(np.array([[1.0], [5.0]]), ["random"])
    assert (found.evpi_usd, found.evpi_se_usd, found.p_best) == (0.0, 0.0, {"random": 1.0})


def test_equal_plans_share():
    found = expected_losses(np.ones((7, 4)), list("abcd"))
    assert found.best == "a"
    assert found.p_best == dict.fromkeys("abcd", 0.25)


def test_json_has_only_plain_values():
    text = json.dumps(asdict(expected_losses(NET, PLANS)), allow_nan=False)
    assert json.loads(text)["n_draws"] == 4


@pytest.mark.parametrize(
    ("net", "plans", "words"),
    [
        (np.ones(3), ["a"], r"shape \(3,\) for 1 plans"),
        (np.ones((3, 2)), ["a"], r"shape \(3, 2\) for 1 plans"),
        (np.ones((3, 0)), [], "for 0 plans"),
        (np.ones((3, 2)), ["a", "a"], "names that differ"),
        (np.ones((1, 2)), ["a", "b"], "found 1 draws; allowed: 2 or more"),
        (np.array([[1.0, 2.0], [1.0, np.nan]]), ["a", "b"], "found nan for b in draw 1"),
        (np.array([[1.0, np.inf], [1.0, 2.0]]), ["a", "b"], "found inf for b in draw 0"),
    ],
)
def test_bad_net_benefits_are_told_in_a_sentence(net, plans, words):
    with pytest.raises(InputError, match=words):
        expected_losses(net, plans)
