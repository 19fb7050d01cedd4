"""The value of a pilot by full simulation: draw a truth, measure it, write the pilot's CSV, refit, decide.

Slow (some tenths of a second a pilot): it checks the fast method (`planner.decision.pilot.design`), and is open to
whoever wants it. What is simulated is what a user would do: a CSV with labels, strategy and value; the plan with
`pilot = …` beside the range of what random needs, forecast, priced and decided by the same code as any other; the plan
that is put first, paid for in the truth.

Notation:
    S, D    draws; plans          Z, P, M     sizes; pilots; measurements of the largest pilot
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from planner.costs import QuoteCosts
from planner.decision.labels_required import LabelsRequired, forecast_labels_required
from planner.decision.pilot.design import (
    SEED_SHARE,
    SHARED_SHARE,
    PilotDesign,
    chance_value,
    value_at,
)
from planner.plan import Plan
from planner.randomness import keyed_rng
from simulations.arrays import Floats, Ints
from simulations.errors import InputError

PILOT_CSV = "pilot.csv"
REFIT_DRAWS = 500
Totals = Callable[[Plan, LabelsRequired], Mapping[str, Floats]]
"""Prices what the plans need: plan name -> total in USD on the draws of the needs."""


@dataclass(frozen=True, eq=False)
class FullSimulation:
    """Pilots that went all the way, and what was decided after each.

    Attributes:
        measured: (P, M) values as the pilots wrote them down, in the order of the design's arms.
        truth: (P,) the draw each was simulated from.
        choice: (Z, P) the plan that is put first.
        gain_usd: (Z, P) what that gains in the truth over the plan chosen without a pilot.
    """

    measured: Floats
    truth: Ints
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


def simulate_in_full(
    plan: Plan,
    found: LabelsRequired,
    totals: Totals,
    design: PilotDesign,
    *,
    vendor: int,
    n_pilots: int = 64,
    seed: int = 0,
    n_draws: int = REFIT_DRAWS,
    simulated: pd.DataFrame | None = None,
) -> FullSimulation:
    """Simulate pilots from truths spread evenly over the draws, and refit and decide after each at every size.

    Args:
        plan: the plan file, without a pilot of its own.
        found: the plan's needs, with the curves they were read from.
        totals: prices what a forecast says that the plans need, before and after a pilot.
        design: the pilots.
        vendor: index of the quote that labels them.
        n_pilots: P; some tenths of a second each at every size.
        seed: of the measurements and the refits.
        n_draws: draws of a refit.
        simulated: the curve table of the plan's store, when it names one.

    Raises:
        InputError: the plan has a pilot already.
    """
    if plan.evidence.pilot is not None:
        raise InputError("pilot, full simulation: found a plan with a pilot; allowed: one without, as one is added")
    names = ("random", *plan.strategy.names)
    net = -_by_plan(totals(plan, found), names, found.curves.n_draws)
    gain = net - net[:, [int(net.mean(axis=0).argmax())]]
    spread = np.argsort(gain.max(axis=1) + gain.min(axis=1), kind="stable")
    truth = spread[((np.arange(n_pilots) + 0.5) / n_pilots * len(spread)).astype(np.int64)]
    quote, chance = QuoteCosts.of(plan, found.values, vendor), chance_value(plan)
    clean = [(name, n * found.worth.of(name, quote, np.array([float(n)]))) for name, n in design.arms()]
    expected = np.stack([value_at(found.curves, name, np.log(n), chance=chance) for name, n in clean], axis=1)
    test_items = round(plan.task.test_labels.median)
    rngs = [keyed_rng(seed, "full", str(i)) for i in range(n_pilots)]
    measured = np.stack([measure(expected[t], test_items, rng) for t, rng in zip(truth.tolist(), rngs, strict=True)])
    asked = plan.with_pilot(PILOT_CSV)
    usd = np.empty((len(design.sizes), n_pilots, len(names)))
    for p, values in enumerate(measured):
        for z, size in enumerate(design.sizes):
            refit = _refit(asked, pilot_table(design, values, size), n_draws, seed, simulated)
            usd[z, p] = _by_plan(totals(asked, refit), names, n_draws).mean(axis=0)
    choice = usd.argmin(axis=2)
    return FullSimulation(measured, truth, choice, gain[truth, choice])


def _refit(asked: Plan, pilot: pd.DataFrame, n_draws: int, seed: int, simulated: pd.DataFrame | None) -> LabelsRequired:
    """Forecast a plan from a pilot's file, as the command line does."""
    with TemporaryDirectory() as folder:
        pilot.to_csv(Path(folder) / PILOT_CSV, index=False)
        return forecast_labels_required(asked, n_draws=n_draws, seed=seed, base=Path(folder), simulated=simulated)


def _by_plan(usd: Mapping[str, Floats], names: Sequence[str], n_draws: int) -> Floats:
    return np.stack([np.broadcast_to(usd[name], n_draws) for name in names], axis=1)


def pilot_table(design: PilotDesign, values: Floats, size: int) -> pd.DataFrame:
    """Write down what a pilot of one size measured: columns `strategy`, `labels`, `seed`, `value`."""
    rows = pd.DataFrame(design.arms(), columns=["strategy", "labels"]).assign(seed=0, value=values)
    return rows[rows["labels"] <= size]


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
