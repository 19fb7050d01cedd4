"""What can be done next in a campaign: go on, change the strategy, or measure another one first in a side arm.

What is in hand is the value of the model, wherever it came from. A strategy goes on from the place on its own curve
where it has that value: it buys the labels between that place and the target. Money spent is not looked at; what a bill
of all labels has in common with the bill of those in hand falls out of their difference.

A side arm starts from the labels that the campaign began with, grows by labels picked in the other way, and is measured
on the same test items. Its labels count as of no further use and the work waits for it, a cautious view of its price.

Notation:
    D       draws (S beside actions and sizes)
    now     ()      labels in hand
    more    (D,)    labels still to buy
    room    (D,)    the most that can be bought still: the pool's rest, or what the rest of the budget pays for
    Z       sizes of a side arm, rising
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.campaign.forecasting import CampaignForecast
from planner.campaign.log import CampaignLog
from planner.costs import DAYS_PER_WEEK, Bill, QuoteCosts, price_plan
from planner.costs.bill import delay_line
from planner.decision.comparison import most_within
from planner.decision.pilot.design import Experiment, measurement_variance, to_scale
from planner.decision.pilot.value import PROTOTYPE_SHARE, preposterior
from planner.plan import PASSIVE, Plan, items_to_label, paths
from planner.transfer.task_curves import TaskCurves
from simulations.arrays import ArrayLike, Bools, Floats

SIZES = 5
FEWEST = 4  # label counts that a forecast needs beyond the first set
OCTAVES = 4.0  # times the first set: a shorter arm is forecast no further than twice its size
PILOTS = 512


@dataclass(frozen=True, eq=False)
class Action:
    """One way to go on, in every draw.

    Attributes:
        strategy: by which the next labels are picked.
        more: (D,) labels still to buy; all that there are where the target is out of reach.
        lines: line of the bill -> (D,) USD still to pay.
        days: (D,) calendar days from now.
        reached: (D,) whether the target is reached in the end.
        gain: (D,) what is added to the value in hand.
    """

    strategy: str
    more: Floats
    lines: Mapping[str, Floats]
    days: Floats
    reached: Bools
    gain: Floats

    @property
    def usd(self) -> Floats:
        """(D,) USD still to pay."""
        return np.asarray(sum(self.lines.values()))


@dataclass(frozen=True, eq=False)
class ActionPrices:
    """The prices of all ways to go on to a target, from curves and inputs as they are believed now.

    Attributes:
        left_usd: what is left of the budget; None where there is none.
        vendor: index of the quote that labels are bought from.
    """

    plan: Plan
    forecast: CampaignForecast
    log: CampaignLog
    target: float
    left_usd: Floats | None
    vendor: int

    def actions(self) -> dict[str, Action]:
        """Price every way to go on: strategy -> action, the current one first."""
        days_random = self.days("random", self.more("random")[0])
        return {
            name: self.action(name, days_random) for name in dict.fromkeys([self.log.strategy, *self.curves.strategies])
        }

    @property
    def curves(self) -> TaskCurves:
        """Joint draws of every strategy's curve."""
        return self.forecast.curves

    def worth(self, name: str, labels: Floats | None = None) -> Floats:
        """Clean labels that a delivered one counts for, (D,) or (1,): at the target, or with so many labels."""
        quote = QuoteCosts.of(self.plan, self.forecast.values, self.vendor)
        return self.forecast.worth.of(name, quote, labels)

    def clean(self, name: str, delivered: ArrayLike) -> Floats:
        """Give the clean labels that so many delivered ones count for, (D,) or (1,)."""
        labels = np.atleast_1d(np.asarray(delivered, dtype=float))
        return labels * self.worth(name, labels)

    def in_hand(self) -> Floats:
        """Value in hand, (D,)."""
        name = self.log.strategy
        return self.value_of(name, self.clean(name, self.log.labels))

    def value_of(self, name: str, labels: Floats) -> Floats:
        """Read a strategy's curve at clean labels, (D,)."""
        return self.curves.value_of(name, np.maximum(labels, 1.0))

    def start(self, name: str) -> Floats:
        """Give the clean labels with which a strategy has as much as is in hand, (D,); inf where it never has."""
        if name == self.log.strategy:
            return np.broadcast_to(self.clean(name, self.log.labels), self.curves.n_draws)
        held = self.log.strategy
        return self.curves.labels_as(held, name, np.maximum(self.clean(held, self.log.labels), 1.0))

    def held(self, name: str) -> Floats:
        """Give the labels delivered that a strategy would have needed for what is in hand, (D,); inf where never."""
        return self.start(name) / self.worth(name, np.array([self.log.labels]))

    def more(self, name: str) -> tuple[Floats, Bools]:
        """Give the labels still to buy, in whole batches, and where they reach the target.

        With the whole pool labelled every strategy has the same model: where one gets there, all do in the end, and
        where none does by then, none ever does.
        """
        rest, room = self.rest(), self.room(name)
        whole = self.log.labels + rest
        possible = np.any([self.end(other) <= whole * self.worth(other) for other in self.curves.strategies], axis=0)
        possible |= self.in_hand() >= self.target
        need = np.where(possible, np.minimum(self.need(name), rest), np.inf)
        reached = need <= room
        batch = self.forecast.values[paths.BATCH_SIZE]
        return np.minimum(np.where(reached, np.ceil(need / batch) * batch, room), room), reached

    def need(self, name: str) -> Floats:
        """Give the labels between here and the target on a strategy's own curve, (D,); inf where there is no way."""
        end, held, there = self.end(name) / self.worth(name), self.held(name), self.in_hand() >= self.target
        ahead = np.full(end.shape, np.inf)
        np.subtract(end, held, out=ahead, where=np.isfinite(end) & np.isfinite(held))
        return np.where(there, 0.0, np.ceil(np.maximum(ahead, 1.0) - 1e-9))

    def end(self, name: str) -> Floats:
        """Give the clean labels at which a strategy's own curve has the target, (D,); inf where it never has."""
        return self.curves.labels_for(name, np.full(self.curves.n_draws, self.target))

    def rest(self) -> Floats:
        """Give the items of the pool that are not labelled yet, (D,) or (1,)."""
        values = self.forecast.values
        return np.maximum(items_to_label(values) - self.log.labels, 0.0)

    def room(self, name: str) -> Floats:
        """Give the most labels that can be bought still, (D,)."""
        most = np.array(np.broadcast_to(self.rest(), self.curves.n_draws))
        left = self.left_usd
        if left is None:
            return most
        return most_within(lambda more: self.spent(name, more) - left, np.zeros(self.curves.n_draws), most)

    def spent(self, name: str, more: Floats) -> Floats:
        """Price so many labels, delay aside."""
        return np.asarray(sum(self.lines(name, more).values()))

    def bills(self, name: str, more: Floats) -> tuple[Bill, Bill]:
        """Give the bill of what is in hand, and of that with so many labels more, in rounds from now on."""
        now, active = np.array([self.log.labels]), name not in PASSIVE
        values = {**self.forecast.values, paths.INITIAL_LABELS: now}
        # However it picks, a campaign measures until it is there: random labels come in rounds too.
        monitored = self.plan.strategy.model_copy(update={"monitor_random": True})
        plan = self.plan.model_copy(update={"strategy": monitored})
        before, after = (price_plan(plan, values, self.vendor, labels, active=active) for labels in (now, now + more))
        return before, after

    def unbuilt(self, name: str) -> bool:
        """Say whether an action has to build active learning first."""
        return name not in PASSIVE and not self.log.active

    def lines(self, name: str, more: Floats) -> dict[str, Floats]:
        """Give what each line still costs, (D,); nothing where nothing is bought."""
        before, after = self.bills(name, more)
        lines = {line: usd - before.lines[line] for line, usd in after.lines.items()}
        if self.unbuilt(name):
            lines["engineering_usd"] = after.lines["engineering_usd"]
        return {line: np.where(more > 0, usd, 0.0) for line, usd in lines.items()}

    def days(self, name: str, more: Floats) -> Floats:
        """Give the calendar days still ahead, (D,)."""
        before, after = self.bills(name, more)
        build = self.forecast.values[paths.BUILD_DAYS] if self.unbuilt(name) else 0.0
        return np.where(more > 0, after.days - before.days + build, 0.0)

    def one_round(self) -> tuple[Floats, Floats, Floats]:
        """Give labels, price in USD and gain in value of the next round, (D,) each."""
        name, batch = self.log.strategy, self.forecast.values[paths.BATCH_SIZE]
        labels = np.minimum(batch, self.room(name))
        end = self.value_of(name, self.clean(name, self.held(name) + labels))
        return labels, self.spent(name, labels), np.maximum(end - self.in_hand(), 0.0)

    def action(self, name: str, days_random: Floats) -> Action:
        """Put an action together; being late counts from going on at random, and the deadline from the start."""
        values, began = self.forecast.values, self.log.days or 0.0
        more, reached = self.more(name)
        days = self.days(name, more)
        late = delay_line(self.plan, values, began + days, began + days_random).amount
        missed = np.where(reached, 0.0, values[paths.FAILURE_USD])
        lines = {**self.lines(name, more), "delay_usd": np.where(more > 0, late, 0.0), "failure_usd": missed}
        lines = {line: np.broadcast_to(usd, more.shape) for line, usd in lines.items()}
        held = self.held(name)
        end = self.clean(name, np.where(np.isfinite(held), held, 1.0) + more)
        rise = np.maximum(self.value_of(name, end) - self.in_hand(), 0.0)
        return Action(name, more, lines, days, reached, np.where(np.isfinite(held) & (more > 0), rise, 0.0))


@dataclass(frozen=True)
class SideArm:
    """What measuring another strategy is worth, by size; tuples have one entry a size.

    Attributes:
        strategy: what the arm measures.
        sizes: labels on the arm, the campaign's first set among them.
        labels: labels bought for it.
        evsi_usd: expected value of sample information: what the better decision is worth; with its standard error.
        cost_usd: mean price of labels, trainings, prototype and waiting.
        net_usd: value less cost.
        best: place of the size with the highest net value.
    """

    strategy: str
    sizes: tuple[int, ...]
    labels: tuple[int, ...]
    evsi_usd: tuple[float, ...]
    evsi_se_usd: tuple[float, ...]
    cost_usd: tuple[float, ...]
    net_usd: tuple[float, ...]
    best: int

    @property
    def pays(self) -> bool:
        """Whether the best size is worth more than it costs, beyond the error of the simulation."""
        return self.net_usd[self.best] > self.evsi_se_usd[self.best]

    def to_dict(self) -> dict[str, Any]:
        """Give the arm as `--json` prints it."""
        lists = {key: list(value) for key, value in vars(self).items() if isinstance(value, tuple)}
        size, net_usd = (self.sizes[self.best], self.net_usd[self.best]) if self.pays else (None, None)
        return {"strategy": self.strategy, **lists, "best_size": size, "best_net_usd": net_usd, "pays": self.pays}


def side_arm(prices: ActionPrices, net_usd: Floats, strategy: str, *, seed: int) -> SideArm | None:
    """Value measuring a strategy that the log does not tell of, by the net benefit of each action on all draws, (S, D).

    None where nobody says how precise the test is. The same campaign and seed give the same answer.
    """
    log = prices.log
    first, now = float(log.of(log.strategy)["labels"].min()), log.labels
    if log.test_size is None or now < first + FEWEST:
        return None
    # From four times the first set to what the campaign has now.
    sizes = np.unique(np.rint(np.geomspace(min(OCTAVES * first, now), now, SIZES)))
    experiment = _arm_experiment(prices, strategy, sizes, log.test_size)
    decided = preposterior(net_usd, experiment, n_pilots=PILOTS, seed=seed)
    cost = np.array([_price_arm(prices, strategy, size - first) for size in sizes])
    value = decided.evsi_usd
    return SideArm(
        strategy,
        tuple(map(int, sizes)),
        tuple(int(size - first) for size in sizes),
        tuple(value.tolist()),
        tuple(decided.se_usd.tolist()),
        tuple(cost.tolist()),
        tuple((value - cost).tolist()),
        int((value - cost).argmax()),
    )


def _arm_experiment(prices: ActionPrices, strategy: str, sizes: Floats, test_size: float) -> Experiment:
    """Say what arms would measure in each draw: the gap between both ways of picking at the same label counts.

    How gaps go on from there is uncertain within the draws themselves (`planner.decision.pilot.design`).
    """
    names = (prices.log.strategy, strategy)
    own, other = (np.stack([to_scale(prices.value_of(s, prices.clean(s, n))) for n in sizes], axis=1) for s in names)
    variance = measurement_variance(test_size, gap=True, averaged=1.0)
    return Experiment(other - own, np.diag(np.full(sizes.size, variance)), np.arange(sizes.size), sizes.size)


def _price_arm(prices: ActionPrices, strategy: str, labels: float) -> float:
    """Price the arm's labels and trainings, a prototype if nothing is built, and the time that it takes."""
    more, values = np.full(prices.curves.n_draws, labels), prices.forecast.values
    lines = prices.lines(strategy, more)
    if prices.unbuilt(strategy):
        lines["engineering_usd"] = PROTOTYPE_SHARE * lines["engineering_usd"]
    waits = prices.days(strategy, more) / DAYS_PER_WEEK * values[paths.COST_OF_DELAY_USD_PER_WEEK]
    return float(np.mean(sum(lines.values()) + waits))
