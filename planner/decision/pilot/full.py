"""The value of a pilot by full simulation: draw a truth, measure it, write the pilot's CSV, refit, decide.

Slow (some tenths of a second a pilot): it checks the fast method (`planner.decision.pilot.readings`), and is open to
whoever wants it. What is simulated is what a user would do: a CSV with labels, strategy and value; the plan with
`pilot = …` in it, and without a guess at what random needs, forecast, priced and decided by the same code as any other;
the plan that is put first, paid for in the truth.

Notation:
    S, D    draws; plans          Z, P, M     sizes; pilots; measurements of the largest pilot
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.special import ndtr

from planner.curves.forecast import MAX_RATIO
from planner.curves.randomness import keyed_rng
from planner.decision.needs import Needs, forecast_needs
from planner.decision.pilot.design import PilotDesign
from planner.decision.pilot.readings import SEED_SHARE, SHARED_SHARE
from planner.decision.pilot.weighing import Ints
from planner.errors import InputError
from planner.plan import Plan
from planner.plan.quantity import Floats
from planner.plan.tables import Z80

__all__ = ["Decided", "FullSimulation", "measure", "pilot_table", "range_weights", "simulate_in_full"]

PILOT_CSV = "pilot.csv"
REFIT_DRAWS = 500

Totals = Callable[[Plan, Needs], Mapping[str, Floats]]
"""Prices what the plans need: plan name -> total in USD on the draws of the needs."""


@dataclass(frozen=True, eq=False)
class Decided:
    """What is decided after each pilot.

    Attributes:
        choice: (Z, P) the plan that is put first.
        gain_usd: (Z, P) what that gains in the truth over the plan chosen without a pilot.
    """

    choice: Ints
    gain_usd: Floats

    @property
    def evsi_usd(self) -> Floats:
        """What the pilots let one decide better, (Z,); below 0 where they mislead."""
        mean: Floats = self.gain_usd.mean(axis=1)
        return mean

    @property
    def se_usd(self) -> Floats:
        """Standard error of that, (Z,)."""
        se: Floats = self.gain_usd.std(axis=1, ddof=1) / np.sqrt(self.gain_usd.shape[1])
        return se


@dataclass(frozen=True, eq=False)
class FullSimulation:
    """Pilots that went all the way.

    Attributes:
        measured: (P, M) values as the pilots wrote them down, in the order of the design's arms.
        alone: decided on the refit, as a plan with a pilot is today: what the plan said of random's need is forgotten.
        kept: decided on the refit's draws weighed by that range: all that is known.
    """

    measured: Floats
    alone: Decided
    kept: Decided


def simulate_in_full(
    plan: Plan,
    design: PilotDesign,
    truth: Ints,
    expected: Floats,
    net_usd: Floats,
    totals: Totals,
    *,
    seed: int = 0,
    n_draws: int = REFIT_DRAWS,
    simulated: pd.DataFrame | None = None,
) -> FullSimulation:
    """Simulate pilots, and refit and decide after each at every size.

    Args:
        plan: the plan file, without a pilot of its own.
        design: the pilots.
        truth: (P,) draws to simulate from.
        expected: (S, M) value of the metric that each arm of the design has in each draw (`expected_values`).
        net_usd: (S, D) net benefit of random and each strategy, in the plan's order.
        totals: prices what a refit says that the plans need.
        seed: of the measurements and the refits.
        n_draws: draws of a refit.
        simulated: the curve table of the plan's store, when it names one.

    Raises:
        InputError: the plan has a pilot already.
    """
    if plan.evidence.pilot is not None:
        raise InputError("pilot, full simulation: found a plan with a pilot; allowed: one without, as one is added")
    test_items = round(plan.task.test_labels.median)
    rngs = [keyed_rng(seed, "full", str(i)) for i in range(truth.size)]
    measured = np.stack([measure(expected[t], test_items, rng) for t, rng in zip(truth.tolist(), rngs, strict=True)])
    asked = plan.replace({"evidence.random_labels": "", "evidence.label_scale_sd": "", "evidence.pilot": PILOT_CSV})
    usd = np.empty((2, len(design.sizes), truth.size, net_usd.shape[1]))
    with TemporaryDirectory() as folder:
        for p, values in enumerate(measured):
            for z, size in enumerate(design.sizes):
                pilot_table(design, values, size).to_csv(Path(folder) / PILOT_CSV, index=False)
                refit = forecast_needs(asked, n_draws=n_draws, seed=seed, base=Path(folder), simulated=simulated)
                priced = totals(asked, refit)
                drawn = np.stack([np.broadcast_to(priced[name], n_draws) for name in ("random", *plan.strategy.names)])
                usd[:, z, p] = drawn.mean(axis=1), np.average(drawn, axis=1, weights=range_weights(plan, refit))
    prior_choice = int(net_usd.mean(axis=0).argmax())
    choices = usd.argmin(axis=3)
    gains = net_usd[truth, choices] - net_usd[truth, prior_choice]
    return FullSimulation(measured, *(Decided(*one) for one in zip(choices, gains, strict=True)))


def pilot_table(design: PilotDesign, values: Floats, size: int) -> pd.DataFrame:
    """Write down what a pilot of one size measured: columns `strategy`, `labels`, `seed`, `value`."""
    rows = pd.DataFrame(design.arms(), columns=["strategy", "labels"]).assign(seed=0, value=values)
    return rows[rows["labels"] <= size]


def range_weights(plan: Plan, refit: Needs) -> Floats:
    """Weigh a refit's draws by what the plan said of the labels that random needs, (draws,).

    The refit takes every ln(need) for as likely, so that the range's density is the weight. A need beyond the pool or
    never is spread over as many ln(labels) as a forecast may reach.
    """
    believed, draws = plan.random_labels, refit.labels["random"]
    if believed is None or believed.fixed:
        return np.ones(draws.shape)
    middle, sd = np.log(believed.low * believed.high) / 2, np.log(believed.high / believed.low) / (2 * Z80)
    pool = np.log(plan.task.pool_size.median - plan.task.test_labels.median)
    log_need = np.log(np.minimum(draws, 1e300))
    density = np.exp(-0.5 * ((log_need - middle) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    beyond = ndtr((middle - pool) / sd) / np.log(MAX_RATIO)
    # A floor keeps a refit that wholly contradicts the range from having no draw left.
    weights: Floats = np.maximum(np.where(log_need < pool, density, beyond), 1e-9)
    return weights


def measure(expected: Floats, test_items: int, rng: np.random.Generator) -> Floats:
    """Test models on one test set.

    A part of the items is as easy or as hard for every model, the others are for each its own; a training's own luck
    comes on top.

    Args:
        expected: (M,) value that each model has on endless test items.
        test_items: size of the test set.
        rng: the only source of chance.

    Returns:
        (M,) shares of right answers.
    """
    luck = SEED_SHARE * np.sqrt(expected * (1.0 - expected)) * rng.standard_normal(expected.size)
    skill = np.clip(expected + luck, 0.0, 1.0)
    common = round(SHARED_SHARE * test_items)
    shared = (rng.random(common)[:, None] < skill).sum(axis=0)
    own = rng.binomial(test_items - common, skill)
    right: Floats = (shared + own) / test_items
    return right
