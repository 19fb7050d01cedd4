"""The value of a side arm: measuring another strategy, from the campaign's own first set, before going on.

The side arm starts from the labels that the campaign began with, grows by labels picked in the other way, and is
measured on the same test items. Its labels count as of no further use and the work waits for it, a cautious view of its
price.

Notation:
    S   draws        D   moves        Z   sizes, rising
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.campaign.actions import ActionPrices
from planner.campaign.log import CampaignLog
from planner.costs.calendar import DAYS_PER_WEEK
from planner.decision.pilot.preposterior import PROTOTYPE_SHARE, preposterior
from planner.decision.pilot.readings import Experiment, measurement_variance, to_scale
from planner.plan import paths
from simulations.arrays import Floats

SIZES = 5
FEWEST = 4  # label counts that a forecast needs beyond the first set
OCTAVES = 4.0  # times the first set: a shorter arm is forecast no further than twice its size
PILOTS = 512


@dataclass(frozen=True)
class SideArm:
    """What measuring another strategy is worth, by size; tuples have one entry a size.

    Attributes:
        strategy: what the arm measures.
        sizes: labels on the arm, the campaign's first set among them.
        labels: labels bought for it.
        evsi_usd: expected value of sample information: what the better decision is worth.
        evsi_se_usd: its Monte Carlo standard error.
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
        found = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}
        del found["best"]
        return {
            **found,
            "best_size": self.sizes[self.best] if self.pays else None,
            "best_net_usd": self.net_usd[self.best] if self.pays else None,
            "pays": self.pays,
        }


def side_arm(log: CampaignLog, prices: ActionPrices, net_usd: Floats, strategy: str, *, seed: int) -> SideArm | None:
    """Value measuring a strategy that the log does not tell of; None where nobody says how precise the test is.

    Args:
        log: measured rounds.
        prices: of the ways to go on.
        net_usd: (S, D) net benefit of each move on the same draws.
        strategy: what the arm would measure.
        seed: the same campaign and seed give the same answer.
    """
    first = float(log.of(log.strategy)["labels"].min())
    sizes = _sizes(first, log.labels)
    if log.test_size is None or not sizes.size:
        return None
    experiment = _experiment(prices, strategy, sizes, log.test_size)
    decided = preposterior(net_usd, experiment, n_pilots=PILOTS, seed=seed)
    cost = np.array([_price(prices, strategy, size - first) for size in sizes])
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


def _sizes(first: float, now: float) -> Floats:
    """Spread sizes from four times the first set to what the campaign has now."""
    if now < first + FEWEST:
        return np.empty(0)
    return np.unique(np.rint(np.geomspace(min(OCTAVES * first, now), now, SIZES)))


def _experiment(prices: ActionPrices, strategy: str, sizes: Floats, test_size: float) -> Experiment:
    """Say what arms would measure in each draw: the gap between both ways of picking at the same label counts.

    How gaps go on from there is uncertain within the draws themselves (`planner.decision.pilot.readings`).
    """
    names = (prices.state.strategy, strategy)
    own, other = (np.stack([to_scale(prices.value_of(s, n * prices.worth(s))) for n in sizes], axis=1) for s in names)
    variance = measurement_variance(test_size, gap=True, averaged=1.0)
    return Experiment(other - own, np.diag(np.full(sizes.size, variance)), np.arange(sizes.size), sizes.size)


def _price(prices: ActionPrices, strategy: str, labels: float) -> float:
    """Price the arm's labels and trainings, a prototype if nothing is built, and the time that it takes."""
    more, values = np.full(prices.curves.n_draws, labels), prices.forecast.values
    lines = prices.lines(strategy, more)
    if prices.unbuilt(strategy):
        lines["engineering_usd"] = PROTOTYPE_SHARE * lines["engineering_usd"]
    waits = prices.days(strategy, more) / DAYS_PER_WEEK * values[paths.COST_OF_DELAY_USD_PER_WEEK]
    return float(np.mean(sum(lines.values()) + waits))
