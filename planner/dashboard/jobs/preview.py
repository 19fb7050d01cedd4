"""What a grid would take, told before it is started: trajectories, time, money."""

from dataclasses import dataclass
from pathlib import Path

from planner.costs.machine import machine_usd
from planner.dashboard.jobs.choices import grid_of
from planner.plan import Quantity
from simulations.effort import Estimate, estimate
from simulations.run import processors
from simulations.store import Store


@dataclass(frozen=True)
class Preview:
    """What a run would do.

    Attributes:
        estimate: trajectories and processor seconds.
        processes: how many work at once.
        wall_seconds: time on the clock.
    """

    estimate: Estimate
    processes: int
    wall_seconds: float

    def usd(self, price_usd_per_hour: Quantity) -> tuple[float, float, float]:
        """Price the machine for that time, in USD: 10th, 50th and 90th percentile."""
        return machine_usd(self.wall_seconds, price_usd_per_hour)


def preview(toml: str, store: Path | str) -> Preview:
    """Say what running the text of a grid file into a store would take.

    Raises:
        InputError: what the simulator says against it.
    """
    grid = grid_of(toml)
    found = estimate(grid, Store(store))
    processes = max(1, min(processors(), found.to_run))
    return Preview(found, processes, found.seconds / processes)
