"""What a machine costs for a time that was measured or estimated."""

import numpy as np

from planner.costs.compute import SECONDS_PER_HOUR
from planner.intervals import QUANTILES
from planner.plan.quantity import Quantity


def machine_usd(seconds: float, price_usd_per_hour: Quantity) -> tuple[float, float, float]:
    """Price a machine for some seconds.

    Args:
        seconds: on the clock.
        price_usd_per_hour: a price, or an 80% range of it.

    Returns:
        10th, 50th and 90th percentile in USD; equal where the price is one number.
    """
    low, middle, high = (price_usd_per_hour.at(np.array(QUANTILES)) * seconds / SECONDS_PER_HOUR).tolist()
    return low, middle, high
