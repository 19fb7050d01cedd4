"""The analysis of a decision beyond its verdict: where it flips, what is worth knowing, what to buy first.

Small rounds cost calendar, engineers' hours and machines; large ones buy more than is needed. What a strategy saves is
taken to be the same at each of them, so that only sizes near the initial set are tried (`planner.decision.comparison`).

Notation:
    S, D    draws; plans
    net_usd (S, D)  minus the total of each plan, at a target; a plan that misses it pays for all that it could buy
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from planner.decision.break_even import UNKNOWNS, BreakEven, Sample, Unknown, break_evens, draws_asked
from planner.decision.case import Case
from planner.decision.comparison import Comparison, batch_sizes_around
from planner.decision.first_order import FirstOrder, first_order_of
from planner.decision.information import Information, value_of_information
from planner.decision.pilot.design import Kind
from planner.decision.pilot.value import PilotValue, pilot_value
from planner.decision.sensitivity import (
    Flip,
    Range,
    TwoWay,
    describe_held,
    flip_conditions,
    mapped_values,
    sweep,
    swept_values,
    two_way,
)
from planner.decision.solve_inputs import VOTE_PRICE
from planner.decision.state import RARELY_DECIDED, SensitivityBar
from planner.decision.value_grid import ValueGrid, acceptability_by_price
from planner.plan import paths
from simulations.arrays import Floats
from simulations.errors import InputError

NEED_RANDOM, SAVINGS = "labels_random_needs", "label_savings"
INPUTS_LEARNT = 10  # inputs of the plan whose value of information is told: the widest bars of the tornado
FLIPS = 8
NEVER = 1e12  # stands for a need without end, so that it sorts above all others


@dataclass(frozen=True)
class BestRounds:
    """The chosen strategy at other batch sizes.

    Attributes:
        best: the one with the lowest mean total.
        saved_usd: mean total as planned, less the best one's.
        by_size: columns `batch_size`, `total_usd` (mean), `rounds` and `days` (medians), `p_al_better`.
    """

    planned: float
    best: float
    saved_usd: float
    by_size: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as JSON has it."""
        return {**vars(self), "by_size": self.by_size.to_dict(orient="records")}


def best_rounds(case: Case) -> BestRounds | None:
    """Price the chosen strategy at batch sizes about the initial set; None where plans are compared at a budget.

    A plan that stops by a rule runs it again at each of them, on fewer of the draws.
    """
    if case.target is None:
        return None
    sample = Sample.of(case, draws_asked(case, paths.BATCH_SIZE))
    case = sample.case
    chosen = case.chosen.plans[case.chosen.al_plan]
    planned = chosen.batch_size or case.plan.strategy.batch_size.median
    sizes = np.unique(np.append(batch_sizes_around(case.plan), planned))
    name = case.chosen.al_plan
    # A size that was found would stand in the way of those that are tried.
    unsized = {**case.chosen.plans, name: replace(chosen, batch_size=None)}
    there = replace(case, chosen=Comparison(unsized, name)).at({paths.BATCH_SIZE: sizes[:, None]})
    bill = there.plans[name].bill
    total, rounds, days, better = (
        np.broadcast_to(draws, (len(sizes), case.n_draws))
        for draws in (bill.total_usd, bill.rounds, bill.days, there.al_better)
    )
    table = pd.DataFrame(
        {
            "batch_size": sizes,
            "total_usd": total.mean(axis=1),
            "rounds": np.median(rounds, axis=1),
            "days": np.median(days, axis=1),
            "p_al_better": (better.mean(axis=1) + sample.p_shift).clip(0.0, 1.0),
        }
    )
    best = int(table["total_usd"].argmin())
    saved = chosen.mean_usd - float(table["total_usd"].iloc[best])
    return BestRounds(planned, float(sizes[best]), max(saved, 0.0), table)


@dataclass(frozen=True)
class Questions:
    """What may be asked beside the usual.

    Attributes:
        sweeps: places of inputs to sweep, or `VOTE_PRICE`, each with its lowest and highest value; the plan's range, or
            ÷3 to ×3, where None.
        map_over: places of the two inputs of the map; the label price and the pool when None.
        map_within: lowest and highest value of each of them; as for a sweep where None.
        repricing: whether a report is to have sliders, for which the bills are fitted as straight lines.
    """

    sweeps: Mapping[str, Range | None] = field(default_factory=dict)
    map_over: tuple[str, str] | None = None
    map_within: tuple[Range | None, Range | None] = (None, None)
    repricing: bool = False

    def check(self, case: Case) -> None:
        """Refuse a question that a case cannot answer, before anything is answered.

        Raises:
            InputError: an input that there is not, or that cannot be set so.
        """
        for path, within in self.sweeps.items():
            swept_values(case, path, within)
        if self.map_over is not None:
            mapped_values(case, self.map_over, self.map_within)


@dataclass(frozen=True)
class Analysis:
    """What a decision's draws say beyond its verdict.

    Attributes:
        flips: the conditions under which the verdict would be another, nearest value of each input.
        rounds: the chosen strategy at other batch sizes; None at a budget.
        by_price: P(best) of every plan along the price of a vote.
        by_value: P(best) of every plan along the value of a point, each buying what is best there.
        frontier: every plan at many label counts by cost and value, dominated ones marked.
        map: P and saving over label price and pool size, with the lines at which the verdict changes.
        first: the first order of random labelling with the lowest expected cost; None at a budget, and where random
            labelling is bought in rounds until a rule stops it.
        pilots: what a pilot is worth, by kind; empty at a budget, and where none fits.
        no_pilot: why no pilot fits this plan; None where some do, or none was asked for.
        sweeps: place of an input -> P and saving along it, for the inputs asked for.
        held: place of an input swept -> what its sweep holds that the edited plan file would read anew.
    """

    information: Information
    flips: tuple[Flip, ...]
    break_evens: Mapping[Unknown, BreakEven]
    rounds: BestRounds | None
    by_price: pd.DataFrame
    by_value: pd.DataFrame
    frontier: pd.DataFrame
    map: TwoWay
    first: FirstOrder | None
    pilots: Mapping[Kind, PilotValue]
    no_pilot: str | None = None
    sweeps: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)

    @property
    def best_pilot(self) -> PilotValue | None:
        """The kind of pilot with the highest net value; None where none pays beyond the error of its simulation."""
        paying = [
            pilot for pilot in self.pilots.values() if (pilot.best.net_usd or 0.0) > (pilot.best.net_se_usd or 0.0)
        ]
        return max(paying, key=lambda pilot: pilot.best.net_usd or 0.0, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as `labelplan plan --json` prints it."""
        best = self.best_pilot
        pilots: dict[str, Any] = {name: pilot.to_dict() for name, pilot in self.pilots.items()}
        return {
            **self.information.to_dict(),
            "flips": [asdict(flip) for flip in self.flips],
            "break_even": {name: asdict(found) for name, found in self.break_evens.items()},
            "rounds": None if self.rounds is None else self.rounds.to_dict(),
            "acceptability": {"price": records(self.by_price), "value_per_point": records(self.by_value)},
            "frontier": records(self.frontier),
            "map": {"x": self.map.x.path, "y": self.map.y.path, "grid": records(self.map.grid),
                    "lines": records(self.map.lines)},
            "first_order": None if self.first is None else asdict(self.first),
            "pilot": {"best": None if best is None else best.kind, **pilots} if pilots else None,
            "sweeps": {path: records(frame) for path, frame in self.sweeps.items()},
            "sweeps_held": dict(self.held),
        }  # fmt: skip


def analyse(
    case: Case, bars: tuple[SensitivityBar, ...], questions: Questions, *, price: BreakEven | None = None, seed: int = 0
) -> Analysis:
    """Ask everything of a case.

    Bars are those of its tornado, widest first, and `price` is where the price breaks even, where that is known
    already.

    Raises:
        InputError: a question about an input that there is not, or that cannot be set.
    """
    worth = case.plan.task.value_per_point_usd
    grid = ValueGrid.of(case)
    wide = [bar.input for bar in bars]
    pilots, no_pilot = _value_pilots(case, seed)
    over = questions.map_over or (VOTE_PRICE, paths.POOL_SIZE)
    x_range, y_range = questions.map_within
    return Analysis(
        information=information(case, wide[:INPUTS_LEARNT]),
        flips=_decided_flips(case, wide[:FLIPS]),
        break_evens=break_evens(case) if price is None else {"price": price, **break_evens(case, UNKNOWNS[1:])},
        rounds=best_rounds(case),
        by_price=acceptability_by_price(case),
        by_value=grid.acceptability(grid.worths(None if worth is None else worth.median)),
        frontier=grid.frontier(),
        map=two_way(case, *over, x_range=x_range, y_range=y_range),
        first=None if "random" in case.stopped else first_order_of(case),
        pilots=pilots,
        no_pilot=no_pilot,
        sweeps={path: sweep(case, path, within=within) for path, within in questions.sweeps.items()},
        held={path: text for path in questions.sweeps if (text := describe_held(case, path))},
    )


def _decided_flips(case: Case, inputs: list[str]) -> tuple[Flip, ...]:
    """Find where the verdict flips; not where it does only as most futures, not all, reach the target with neither."""
    found = (flip for flip in flip_conditions(case, inputs).values() if flip is not None)
    return tuple(flip for flip in found if not RARELY_DECIDED < flip.p_unreachable < 1)


def information(case: Case, inputs: list[str]) -> Information:
    """Value learning each of some inputs, the labels random needs, and the label savings, before choosing a plan."""
    plans = case.chosen.plans
    net = -np.stack([np.broadcast_to(priced.bill.total_usd, case.n_draws) for priced in plans.values()], axis=1)
    # Estimates of need and savings are what the needs were made from: they would be told twice.
    told = {paths.RANDOM_LABELS, paths.LABEL_SAVINGS}
    drawn = {path: case.values[path] for path in inputs if path in case.values and path not in told}
    return value_of_information(net, list(plans), {**_curve_inputs(case), **drawn})


def _curve_inputs(case: Case) -> dict[str, Floats]:
    """Give what the curves say as inputs: random's need, and how many times fewer labels the strategy needs."""
    if case.target is None:
        random, active = (case.in_hand[name] for name in ("random", case.chosen.al_plan))
        return {"value_of_random": random, "gain_in_value": active - random}
    random, active = (np.minimum(case.needs[name], NEVER) for name in ("random", case.chosen.al_plan))
    return {NEED_RANDOM: random, SAVINGS: random / active}


def _value_pilots(case: Case, seed: int) -> tuple[dict[Kind, PilotValue], str | None]:
    """Value a random pilot and a paired one, or say why none can be; at a budget none is asked for."""
    if case.target is None:
        return {}, None
    totals = {name: priced.bill.total_usd for name, priced in case.plans.items()}
    value = partial(pilot_value, case, totals, vendor=case.plans["random"].vendor, seed=seed)
    try:
        pilots = value(), value(strategies=(case.chosen.al_plan,))
        return {pilot.kind: pilot for pilot in pilots}, None
    except InputError as error:  # nobody asked for pilots of this size: the rest can be told without them
        return {}, str(error)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table as JSON has them, what is missing as null."""
    found = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return [{str(key): value for key, value in row.items()} for row in found]
