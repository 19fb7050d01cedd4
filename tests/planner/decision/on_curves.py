"""A case on curves that are straight in the logarithm of labels: a point more for each doubling, all of it exact."""

import numpy as np
import pandas as pd

from planner.decision.case import Case
from planner.decision.labels_required import LabelsRequired, labels_to_give_up
from planner.plan import parse_plan
from planner.transfer.task_curves import TaskCurves
from tests.planner.decision.hand_made import AS_DELIVERED, SIMPLE

BUDGET = SIMPLE.replace("target = 0.9", "budget_usd = 3_000")
RULED = SIMPLE.replace("test_labels = 0", "test_labels = 500") + '[stopping]\nrules = ["target"]\n'


def fixed_curves(strategies, needs, clean_labels=False, warnings=()):
    """Give curves that need (n_draws, n_plans) labels for 0.9; a point more doubles them, a point less halves them."""
    needs = np.asarray(needs, dtype=float).T
    log_labels = np.linspace(0, np.log(1e7), 80)
    points = 0.01 * (log_labels - np.log(np.where(np.isfinite(needs), needs, 1.0))[..., None]) / np.log(2)
    best = np.where(np.isfinite(needs)[..., None], np.clip(0.9 + points, 0, 1), 0.5)
    evidence = pd.DataFrame({"dataset": ["made by hand"], "weight": [1.0], "why": ["test"]})
    last = np.full(needs.shape, np.log(1e7))
    axis = np.broadcast_to(log_labels, best.shape)
    return TaskCurves(strategies, "accuracy", best, axis, last, evidence, warnings, clean_labels)


def power_laws(needs, log_factor, *, slope=0.4, points=60):
    """Curves with error 0.1 at `needs` labels for random, and at `needs` ÷ factor for margin."""
    axis = np.broadcast_to(np.linspace(np.log(100), np.log(200_000), points), (2, needs.size, points))
    need = np.stack([np.log(needs), np.log(needs) - log_factor])[:, :, None]
    error = np.minimum(0.1 * np.exp(-slope * (axis - need)), 0.9)
    return TaskCurves(
        ("random", "margin"),
        "accuracy",
        1.0 - error,
        axis,
        np.full((2, needs.size), np.log(200_000.0)),
        pd.DataFrame(columns=["dataset", "weight", "why"]),
        (),
        clean_labels=False,
    )


def on_curves(random, margin, text=SIMPLE, *, edit=(), seed=0, gives_up=False, **more):
    """Give the case in which plans need these labels for a value of 0.9.

    Args:
        random: labels, draw by draw.
        margin: likewise.
        text: the plan file.
        edit: pairs of a text in it and what takes its place.
        seed: of the plan's own draws.
        gives_up: whether plans give up, with the plan's patience; else they buy all that there is.
        more: other strategies.
    """
    needs = {"random": random, "margin": margin, **more}
    table = np.column_stack([np.asarray(need, dtype=float) for need in needs.values()])
    for old, new in edit:
        assert old in text
        text = text.replace(old, new)
    plan = parse_plan(text)
    curves = fixed_curves(tuple(needs), table)
    target = None if plan.task.at_budget else plan.task.target.median
    reach = np.full(table.shape, np.inf) if target is None else curves.labels_to_reach(target)
    labels = dict(zip(needs, reach.T, strict=True))
    values = plan.draw(len(table), seed)
    give_up = labels_to_give_up(plan, values, curves, target, tuple(needs)) if gives_up else {}
    return Case.of(LabelsRequired(plan, target, values, curves, labels, AS_DELIVERED, give_up))


def spread_on_curves(n_draws=300, text=SIMPLE, **more):
    """Random needs 1,000 to 6,000 labels, margin 0.8 to 3 times fewer."""
    rng = np.random.default_rng(0)
    random = rng.uniform(1_000, 6_000, n_draws)
    return on_curves(random, random / rng.uniform(0.8, 3.0, n_draws), text, **more)
