"""Savings follow how hard the task is: a line in ln of random's error, drawn together with the savings."""

import numpy as np
import pytest

from planner.evidence import recorded_curves
from planner.transfer.random_effects import fit_random_effects
from planner.transfer.savings_prior import joint_draws, savings_prior, task_priors, tilted_draws, unknown_savings
from planner.transfer.savings_shape import KNOTS, HardnessTilt, log_error
from planner.transfer.task_curves import TaskDescription
from simulations.curve_table import validate_curves

TASK = TaskDescription("accuracy", 10, "tabular", "linear", 2.0)
TABLE = validate_curves(recorded_curves())


def line(strategy="margin"):
    return savings_prior(TABLE, strategy, TASK, savings_sd=0.0, by_hardness=True)


def test_a_tilt_moves_along_its_line_and_no_further():
    tilt = HardnessTilt(np.full((1, 4, 1), -0.5), *np.log([[0.1], [0.01], [0.4]]))
    moved = tilt.moved(0, np.log([0.1, 0.2, 0.9, 0.0001]))[:, 0]
    assert moved == pytest.approx([0.0, -0.5 * np.log(2), -0.5 * np.log(4), 0.5 * np.log(10)])
    assert tilt.taken(np.array([2, 0])).slopes.shape == (1, 2, 1)


def test_no_task_is_harder_than_guessing():
    tilt = HardnessTilt(np.full((1, 2, 1), -0.5), *np.log([[0.1], [0.01], [2.0]])).up_to(0.5)
    assert tilt.moved(0, np.log([0.5, 0.9]))[:, 0] == pytest.approx([-0.5 * np.log(5)] * 2)


def test_an_error_has_a_logarithm_whatever_it_is():
    assert log_error([0.0, 0.25, 1.0]) == pytest.approx([np.log(1e-4), np.log(0.25), 0.0], abs=1e-3)


def test_draws_along_the_line_are_the_predictions_for_tasks_as_hard():
    """At each error: the prior whose error is told, within the evidence; that one is fitted apart."""
    prior, rng = line(), np.random.default_rng(0)
    drawn, tilt = tilted_draws([prior], 40_000, rng)
    for error in (0.02, 0.1, 0.3):
        told = savings_prior(TABLE, "margin", TASK, savings_sd=0.0, random_error=error)
        there = drawn[0] + tilt.moved(0, np.full(40_000, np.log(error)))
        assert there.mean(axis=0) == pytest.approx(told.mean, abs=0.02)
        assert np.cov(there.T) == pytest.approx(told.covariance, rel=0.12, abs=0.01)


def test_in_the_middle_of_the_line_draws_are_those_without_one():
    prior = line()
    drawn, tilt = tilted_draws([prior], 50, np.random.default_rng(3))
    assert (drawn == joint_draws([prior], 50, np.random.default_rng(3))).all()
    assert (tilt.moved(0, np.full(50, prior.line.middle)) == 0).all()


def test_a_strategy_without_a_line_does_not_move_and_does_not_change_the_first():
    priors = [line(), unknown_savings("own", 0.4)]
    drawn, tilt = tilted_draws(priors, 30, np.random.default_rng(1))
    alone, of_alone = tilted_draws(priors[:1], 30, np.random.default_rng(1))
    assert drawn[0] == pytest.approx(alone[0]) and tilt.slopes[0] == pytest.approx(of_alone.slopes[0])
    assert drawn.shape == tilt.slopes.shape == (2, 30, len(KNOTS))
    assert (tilt.moved(1, np.full(30, np.log(0.5))) == 0).all() and (tilt.slopes[0] != 0).all()
    none, nothing = tilted_draws([], 30, np.random.default_rng(1))
    assert none.shape == nothing.slopes.shape == (0, 30, len(KNOTS))


def test_priors_are_asked_with_a_line_or_with_the_error():
    (along,), _ = task_priors(TABLE, ["margin"], TASK, savings_sd=0.0, by_hardness=True)
    (told,), _ = task_priors(TABLE, ["margin"], TASK, savings_sd=0.0, random_error=0.1, by_hardness=True)
    assert along.line is not None and told.line is None
    assert along.line.least < along.line.middle < along.line.most
    assert along.line.mean[2] < 0  # hard tasks save less


def test_slopes_are_predicted_as_the_closed_form_says():
    """One outcome, known variances: the posterior of a regression."""
    rng = np.random.default_rng(0)
    x, V, tau2, ridge = rng.normal(size=9), 0.05, 0.3, np.array([1e6, 0.7])
    y = 0.4 - 0.8 * x + rng.normal(0, 0.5, 9)
    X = np.stack([np.ones(9), x], axis=1)
    fitted = fit_random_effects(
        (y / V)[:, None],
        np.full((9, 1, 1), 1 / V),
        X,
        np.arange(9),
        np.full((1, 1, 1), tau2),
        np.zeros(1),
        ridge[None, :, None, None],
    )
    found = fitted.predict([1.0, 0.5], slope=1)
    S = np.linalg.inv(X.T @ X / (tau2 + V) + np.diag(1 / ridge))
    B = S @ X.T @ y / (tau2 + V)
    at = np.array([[1.0, 0.5], [0.0, 1.0]])
    assert found.mean == pytest.approx(at @ B)
    assert found.covariance == pytest.approx(at @ S @ at.T + np.diag([tau2, 0.0]))
    assert fitted.predict([1.0, 0.5]).mean == pytest.approx(found.mean[:1])
