"""Bills of the two options compared as straight lines in a few inputs, so that a page can price them without Python.

A report holds these numbers, and its script does the sum of `Repricing.totals` when a reader moves a price, hours,
projects or the target. A bill follows the price of a vote and the engineering hours in a straight line as long as the
labels bought stay the same, and those change with the target alone. Where that is not so (tiers, a budget, a rule),
`Case.at` gives other totals, and the input has no slider. A value that a reader sets is the same in every future, as
for a break-even; at the planned value each draw keeps its own.

Notation (the first axis holds random labelling, then the chosen strategy):
    G, D        targets; draws
    rest        (2, G, D)   what neither price nor hours change, USD
    votes       (2, G, D)   USD of an option's own bill for each USD of a vote's price
    bought      (2, G, D)   whether an option misses the target and buys the other one after all
    e           (D,)        USD of engineering for each hour that a project bears
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from planner.costs import QuoteCosts
from planner.costs.bill import sharing_divisor
from planner.decision.case import Case, Changes
from planner.decision.comparison import Comparison, batch_sizes
from planner.decision.solve_inputs import VOTE_PRICE, SolveInput, solve_input
from planner.decision.stopping.with_stopping_rule import may_move_rule
from planner.plan import paths
from simulations.arrays import Bools, Floats
from simulations.errors import InputError

Name = Literal["price", "hours", "projects", "target"]
Setting = Mapping[Name, float]
"""Price of a vote in USD, one-off hours, and the places of projects and of a target; as planned where left out."""

PATHS: Mapping[Name, str] = {
    "price": VOTE_PRICE,
    "hours": paths.ONE_OFF_HOURS,
    "projects": paths.PROJECTS_SHARING,
    "target": paths.TARGET,
}
DRAWS = 5_000
TIMES, TARGET_TIMES = 10.0, 3.0  # a slider reaches from the planned value ÷ to × so many times; a target by its odds
STEPS: Mapping[Name, int] = {"price": 80, "hours": 40, "target": 10}
MOST_HOURS = 200.0  # where the plan has none
PROJECTS = (*range(1, 11), 12, 15, 20, 30, 50, 100)
CLOSE = 2e-4  # of the mean total: what is further off is no straight line


@dataclass(frozen=True, eq=False)
class Slider:
    """Values to which a reader may set one input.

    Attributes:
        stops: the values, ascending, the planned one among them.
        planned: its place.
        ranges: whether draws differ in the input as planned.
    """

    input: SolveInput
    stops: Floats
    planned: int
    ranges: bool

    @classmethod
    def of(cls, case: Case, name: Name) -> "Slider":
        """Spread values about the planned one.

        Raises:
            InputError: the input cannot be set in this plan.
        """
        found = solve_input(case, PATHS[name])
        stops = np.unique(np.append(found.inside(_spread(found, name)), found.planned))
        draws = {"price": _vote_prices(case), "target": np.zeros(1)}.get(name, case.values.get(PATHS[name]))
        assert draws is not None
        return cls(found, stops, int(np.searchsorted(stops, found.planned)), bool(np.ptp(draws) > 0))


def _spread(found: SolveInput, name: Name) -> Floats:
    """Give values about the planned one, in as many digits as are shown; the planned one itself may be missing."""
    if name == "projects":
        return np.array(PROJECTS, dtype=float)
    if name == "target":
        return found.spread(*found.about(TARGET_TIMES), STEPS[name] + 1).round(3)
    if found.planned == 0:
        low, high = found.range or (0.0, MOST_HOURS)
        return np.linspace(low, high, STEPS[name] + 1)
    spread = np.geomspace(*found.about(TIMES), STEPS[name] + 1)
    return np.array([float(f"{value:.3g}") for value in np.delete(spread, STEPS[name] // 2)])


def _vote_prices(case: Case) -> Floats:
    """Price of a vote with the vendor of each option, (2, D)."""
    vendors = (case.chosen.plans[name].vendor for name in ("random", case.chosen.al_plan))
    prices = (QuoteCosts.of(case.plan, case.values, vendor).vote_usd for vendor in vendors)
    return np.stack([np.broadcast_to(price, case.n_draws) for price in prices])


@dataclass(frozen=True, eq=False)
class Repricing:
    """The bills of random labelling and the chosen strategy as straight lines; arrays as in the notation above.

    Attributes:
        left_out: an input without a slider -> why.
        neither: where both miss the target, (G, D).
        price_usd: price of a vote as planned, with the vendor of each option, (2, D).
        hour_usd: e.
        hours: one-off hours as planned, (D,).
        divisor: projects that share them as planned, later ones discounted, (D,).
        divisors: the same at each stop of the slider of projects.
    """

    sliders: Mapping[Name, Slider]
    left_out: Mapping[Name, str]
    rest_usd: Floats
    votes: Floats
    bought: Bools
    neither: Bools
    price_usd: Floats
    hour_usd: Floats
    hours: Floats
    divisor: Floats
    divisors: tuple[float, ...]

    @property
    def planned_target(self) -> int:
        """Place of the planned target."""
        return self.sliders["target"].planned if "target" in self.sliders else 0

    def totals(self, at: Setting) -> Floats:
        """Give the totals of both options in each draw, (2, D), in USD."""
        g = int(at.get("target", self.planned_target))
        paid = self.votes[:, g] * at.get("price", self.price_usd)
        divisor = self.divisors[int(at["projects"])] if "projects" in at else self.divisor
        engineering = self.hour_usd * at.get("hours", self.hours) / divisor
        own = np.stack([paid[0], paid[1] + engineering])
        return np.asarray(self.rest_usd[:, g] + own + self.bought[:, g] * own[::-1])


def repricing_of(case: Case) -> Repricing | None:
    """Fit the lines on up to `DRAWS` draws; None at a budget, which buys other labels at each value of any input."""
    if case.spent is not None:
        return None
    sliders, left_out = dict[Name, Slider](), dict[Name, str]()
    for name, path in PATHS.items():
        if case.stopped and (name == "target" or may_move_rule(case.plan, [path])):
            left_out[name] = "the plan's stopping rule would have to run again"
            continue
        try:
            sliders[name] = Slider.of(case, name)
        except InputError as error:
            left_out[name] = str(error)
    thin = case.thinned(DRAWS)
    while True:
        fitted = _fit(thin, sliders, left_out)
        bent = next((name for name in sliders if name != "target" and not _agrees(fitted, thin, name)), None)
        if bent is None:
            return fitted
        del sliders[bent]
        left_out[bent] = _why_bent(case, bent)


def _why_bent(case: Case, name: Name) -> str:
    """Say why a bill does not follow an input in a straight line."""
    if case.plan.task.budget_usd is not None:
        return "the budget pays for another number of labels at each value"
    if name == "price" and any(case.plan.vendors[vendor].tiers for vendor in case.vendors):
        return "the quote has tiers"
    if name == "price" and batch_sizes(case.plan) is not None:
        return "labelplan finds the best batch size anew at each price"
    if name == "projects" and case.values[paths.DISCOUNT_RATE].size > 1:
        return "the discount rate is a range"
    return "the bills do not follow it in a straight line"


def _fit(case: Case, sliders: Mapping[Name, Slider], left_out: Mapping[Name, str]) -> Repricing:
    """Read the lines off the bills at both ends of each slider."""
    D, nothing = case.n_draws, np.zeros((2, case.n_draws))
    price = _vote_prices(case) if "price" in sliders else nothing
    divisor = np.broadcast_to(sharing_divisor(case.plan, case.values), D)
    hour_usd = _slopes(case, {}, sliders["hours"])[1] * divisor if "hours" in sliders else nothing[1]
    hours = np.broadcast_to(case.values[paths.ONE_OFF_HOURS], D)
    engineering = np.stack([nothing[0], hour_usd * hours / divisor])
    parts: list[tuple[Floats, Floats, Bools, Bools]] = []
    for changes in _targets(sliders):
        there = case.at(changes)
        missed = _missed(there, D)
        buys = [[bool(there.plans[name].bill.items["after_miss_usd"].terms)] for name in ("random", there.al_plan)]
        bought = np.array(buys) & missed & ~missed[::-1]
        slopes = _slopes(case, changes, sliders["price"]) if "price" in sliders else nothing
        votes = slopes - bought * slopes[::-1]  # the slope of one that buys the other holds both
        own = votes * price + engineering
        parts.append((_totals(there, D) - own - bought * own[::-1], votes, bought, missed[0] & missed[1]))
    rest, votes, bought, neither = (np.stack(arrays, axis=-2) for arrays in zip(*parts, strict=True))
    stops = sliders["projects"].stops if "projects" in sliders else np.zeros(0)
    shared = (sharing_divisor(case.plan, {**case.values, paths.PROJECTS_SHARING: np.array([x])}) for x in stops)
    divisors = tuple(float(each.mean()) for each in shared)
    return Repricing(
        dict(sliders), dict(left_out), rest, votes, bought, neither, price, hour_usd, hours, divisor, divisors
    )


def _targets(sliders: Mapping[Name, Slider]) -> list[Changes]:
    """Give the changes of each target, none for the planned one."""
    if "target" not in sliders:
        return [{}]
    stops, planned = sliders["target"].stops, sliders["target"].planned
    return [{} if g == planned else {paths.TARGET: np.array([x])} for g, x in enumerate(stops)]


def _missed(there: Comparison, n_draws: int) -> Bools:
    """Say where each option misses the target, (2, D), or (2, S, D) at S settings."""
    missed = [~there.plans[name].reached for name in ("random", there.al_plan)]
    return np.stack(np.broadcast_arrays(*missed, np.zeros(n_draws, dtype=bool))[:2])


def _totals(there: Comparison, n_draws: int) -> Floats:
    """Give the totals of both options, (2, D), or (2, S, D) at S settings."""
    totals = [there.plans[name].bill.total_usd for name in ("random", there.al_plan)]
    return np.stack(np.broadcast_arrays(*totals, np.zeros(n_draws))[:2])


def _slopes(case: Case, changes: Changes, slider: Slider) -> Floats:
    """Give what each total gains for one more of an input, (2, D), from the ends of its slider."""
    ends = slider.stops[[0, -1]]
    low, high = np.moveaxis(_totals(case.at({**changes, **slider.input.changes(ends[:, None])}), case.n_draws), 1, 0)
    return np.asarray((high - low) / (ends[1] - ends[0]))


def _agrees(fitted: Repricing, case: Case, name: Name) -> bool:
    """Say whether the lines give what `Case.at` gives at five values of an input, each at three targets."""
    slider, targets = fitted.sliders[name], _targets(fitted.sliders)
    places = np.linspace(0, len(slider.stops) - 1, 5).astype(int)
    x = slider.stops[places]
    for g in {0, fitted.planned_target, len(targets) - 1}:
        there = case.at({**targets[g], **slider.input.changes(x[:, None])})
        settings: list[Setting] = [{name: value} for value in (places if name == "projects" else x)]
        ours = np.stack([fitted.totals({**at, "target": g}) for at in settings], axis=1)
        theirs = np.broadcast_to(_totals(there, case.n_draws), ours.shape)
        near = np.abs(ours - theirs).mean(axis=-1) <= CLOSE * np.abs(theirs).mean(axis=-1)
        if not near.all() or not (fitted.neither[g] == _missed(there, case.n_draws).all(axis=0)).all():
            return False
    return True
