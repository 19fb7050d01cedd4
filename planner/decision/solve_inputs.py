"""Inputs of the plan that can be set or solved for: their value now, and the range allowed.

Notation:
    x       (G,) or (G, 1)  values in the input's own unit
    column  (G, 1)          values for G settings, as the bill takes them
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from planner.costs import QuoteCosts
from planner.decision.case import STRUCTURAL, Case, Changes
from planner.plan import DYNAMIC_MOST_VOTES, Plan, PlanInput, paths
from planner.plan.quantity import LARGEST, NON_NEGATIVE, SMALLEST, Domain
from planner.plan.quote import MOST_RATE
from simulations.arrays import Floats
from simulations.errors import InputError

VOTE_PRICE = "vote_price_usd"
"""Stands for the price of one vote with the vendor that random labelling takes, whatever its quote is billed by."""

ALIKE = 0.8  # from which on a misspelt input is taken to be known

FREE_USD = (0.001, 0.1)  # votes of one's own people may cost nothing, which has no neighbourhood


@dataclass(frozen=True)
class SolveInput:
    """A number of the plan, and what changes when it is set.

    Attributes:
        path: its place in the plan file, or `VOTE_PRICE`.
        planned: its value in the plan, the median of a range.
        range: the plan's own 80% range; None for a single number. A price of 0 has a range that is ours.
        least: the smallest value that the plan file allows, everything else as it is.
        domain: its kind of number.
        changes: column of values -> changes of a case.
    """

    path: str
    label: str
    unit: str
    planned: float
    range: tuple[float, float] | None
    least: float
    most: float
    domain: Domain
    changes: Callable[[Floats], Changes]

    @property
    def in_odds(self) -> bool:
        """Whether it is a fraction inside (0, 1), which is spread by its odds."""
        return self.domain.shape == "logit_normal" and 0 < self.planned < 1

    def inside(self, x: Floats) -> Floats:
        """Give values that the plan file allows, nearest to these; each once, ascending."""
        x = np.rint(x) if self.domain.whole else x
        return np.unique(np.clip(x, self.least, self.most))

    def about(self, times: float) -> tuple[float, float]:
        """Give the planned value, or a fraction's odds, ÷ and × so many times, as far as the plan file allows."""
        if self.in_odds:
            low, high = expit(logit(self.planned) + np.array([-1, 1]) * np.log(times))
        else:
            low, high = self.planned / times, self.planned * times
        ends = self.inside(np.array([low, high], dtype=float))
        return float(ends[0]), float(ends[-1])

    def rounded(self, value: float, digits: int, *, up: bool) -> float:
        """Round to so many digits, up or down, but not out of what is allowed; a fraction above a half by its rest."""
        if self.in_odds and value > 0.5:
            value = float(f"{1 - _round(1 - value, digits, up=not up):.12g}")
        else:
            value = _round(value, digits, up=up)
        return float(self.inside(np.array([value]))[0])

    def between(self, values: Floats, at: Floats) -> Floats:
        """Give the values at places between those of a spread, evenly in what it is even in."""
        nodes = np.arange(len(values))
        if self.in_odds and 0 < values[0] < values[-1] < 1:
            return np.asarray(expit(np.interp(at, nodes, logit(values))))
        return np.exp(np.interp(at, nodes, np.log(values))) if values[0] > 0 else np.interp(at, nodes, values)

    def spread(self, low: float, high: float, number: int) -> Floats:
        """Give values from low to high, even in odds or in ratio where the kind of number has one, each once."""
        if self.in_odds and 0 < low < high < 1:
            x = expit(np.linspace(logit(low), logit(high), number))
        elif low > 0:  # from 0 there is no ratio
            x = np.geomspace(low, high, number)
        else:
            x = np.linspace(low, high, number)
        x[0], x[-1] = low, high  # not what rounding made of them
        return self.inside(x)


def solve_input(case: Case, path: str) -> SolveInput:
    """Give one numeric input of the plan as something to set; `VOTE_PRICE` is one too.

    Raises:
        InputError: there is no such input, it holds no number, or another value of it would change nothing here.
    """
    if path == VOTE_PRICE:
        return _vote_price(case)
    known = {item.path: item for item in case.plan.inputs()}
    if path not in known:
        numbers = [VOTE_PRICE, *(other for other, item in known.items() if item.quantity is not None)]
        raise InputError(f"plan: there is no input '{path}'; {_nearest(path, numbers)}")
    found = lever_of(case, known[path])
    # A number that the plan file takes no other value of is one that no answer hangs on.
    tried = [*found.about(2.0), found.least + 1.0, min(found.most, 0.5)]
    other = next((x for x in found.inside(np.array(tried)).tolist() if x != found.planned), None)
    if other is not None and path != paths.RANDOM_LABELS:  # an assumed need moves, whether or not a file could say so
        try:
            case.plan.replace({path: other})
        except InputError as error:
            raise InputError(f"{path}: cannot be another number in this plan file ({error})") from error
    return found


def lever_of(case: Case, item: PlanInput) -> SolveInput:
    """Give an input of the plan, looked up before, as something to set."""
    path = item.path
    if item.quantity is None:
        raise InputError(f"{path}: not a number in this plan; allowed: an input that has one")
    if path in STRUCTURAL and not (case.stopped and path == paths.VALUE_PER_POINT_USD):
        raise InputError(
            f"{path}: says which curves count or what they are worth, and prices nothing; allowed: any other"
        )
    if path == paths.BATCH_SIZE and case.plans[case.chosen.al_plan].batch_size is not None:
        raise InputError(
            f"{path}: found by labelplan, as the plan names none; allowed: an input that the plan gives or assumes"
        )
    if path in case.inputs_without_effect:
        raise InputError(f"{path}: counts for nothing here, as what was measured has it; allowed: any other input")
    if path == paths.TARGET and case.target is None:
        raise InputError(f"{path}: not asked for, as plans are compared at a budget; allowed: any other input")
    if path == paths.TARGET and case.plan.need_assumed:
        raise InputError(
            f"{path}: nothing in the plan says how many labels random labelling needs, so that any target is taken to "
            "need the same; allowed: with random_labels, a pilot or label_scale_sd in [evidence]"
        )
    # Labels at which a pilot was measured, which its pool holds.
    measured = 0.0 if case.plan.evidence.pilot is None else float(np.rint(np.exp(case.curves.log_last.max())))
    least, most = allowed(case.plan, path, item.quantity.domain, measured=measured)
    own = None if item.quantity.fixed else (item.quantity.low, item.quantity.high)
    return SolveInput(
        path=path,
        label=item.label,
        unit=item.unit,
        planned=item.quantity.median,
        range=own,
        least=least,
        most=most,
        domain=item.quantity.domain,
        changes=lambda column: {path: column},
    )


def _nearest(path: str, known: list[str]) -> str:
    """Name the input whose place, or own name, is most like what is no place of one; three where none is like it."""
    typed, name = path.lower(), path.lower().rpartition(".")[2]

    def like(other: str) -> float:
        own = other.rpartition(".")[2]
        alike = max(difflib.SequenceMatcher(None, *pair).ratio() for pair in ((typed, other), (name, own)))
        return alike + (0.5 if name and name in own else 0.0)

    near = sorted(known, key=lambda other: (-like(other), other))[:3]
    return f"did you mean '{near[0]}'?" if like(near[0]) >= ALIKE else f"the nearest are {', '.join(near)}"


def allowed(plan: Plan, path: str, domain: Domain, *, measured: float = 0.0) -> tuple[float, float]:
    """Give the smallest and the largest value that one input may take in the plan file, all others as they are."""
    # An open end is missed by the least that the plan file can tell from it.
    least = domain.low + (SMALLEST if domain.low_open else 0.0)
    most = min(domain.high - (1e-9 if domain.high_open else 0.0), LARGEST)
    table, _, key = path.rpartition(".")
    # The pool is larger than the initial and the test labels together, and no smaller than what a pilot took.
    pool, test, initial = plan.task.pool_size.median, plan.task.test_labels.median, plan.strategy.initial_labels.median
    rules = {
        paths.TARGET: (plan.task.guessed_value * (1 + 1e-9), 1.0),
        paths.POOL_SIZE: (test + max(initial + 1, measured), LARGEST),
        paths.TEST_LABELS: (0.0, pool - max(initial + 1, measured)),
        paths.INITIAL_LABELS: (1.0, pool - test - 1),
    }
    if path in rules:
        low, high = rules[path]
        return max(least, low), min(most, high)
    if table.startswith("vendors."):
        vendor = plan.vendors[int(table.split(".")[1])]
        if key in ("delivered_error_rate", "vote_error_rate"):  # better than guessing
            most = min(most, (1 - 1 / plan.task.classes.median) * (1 - 1e-9))
        if key == "votes_per_item" and vendor.vote_scheme == "dynamic":
            least, most = 2.0, float(DYNAMIC_MOST_VOTES)
        most = min(most, MOST_RATE.get(key, most))
    if path == paths.DISCOUNT_RATE:
        most = 1.0
    return least, most


def _vote_price(case: Case) -> SolveInput:
    quote = QuoteCosts.of(case.plan, case.plan.medians(), case.chosen.plans["random"].vendor)
    planned = float(np.ravel(quote.vote_usd)[0])
    return SolveInput(
        path=VOTE_PRICE,
        label="Price of one vote on one item",
        unit=case.plan.task.currency,
        planned=planned,
        range=None if planned > 0 else FREE_USD,
        least=0.0,
        most=LARGEST,
        domain=NON_NEGATIVE,
        changes=case.price_change,
    )


def _round(value: float, digits: int, *, up: bool) -> float:
    step = 10.0 ** (np.floor(np.log10(value)) + 1 - digits)
    # What is a whole number of steps but for rounding stays there.
    count = np.ceil(value / step - 1e-9) if up else np.floor(value / step + 1e-9)
    return float(f"{count * step:.{digits + 1}g}")
