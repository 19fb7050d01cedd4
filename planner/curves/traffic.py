"""The traffic light of a forecast point: how far it lies beyond what was measured.

Typical 80% widths on measured curves: 4.8 points of accuracy at 2-3 times the last anchor, 6.5 at 3-5, 8.9 at 5-10,
11.6 at 10-20.
"""

from typing import Literal

from planner.curves.forecast import Forecast

Light = Literal["green", "amber", "red"]

AMBER_FROM, RED_FROM = 3.0, 10.0  # times the last measured label count


def traffic_light(forecast: Forecast, labels: float) -> Light | None:
    """Give green up to 3 times the last measured label count, amber up to 10, red beyond; None where refused."""
    if forecast.refused(labels)[0]:
        return None
    # As in `refused`: 3 × 100.1 is no whole number of bits.
    ratio = labels / forecast.last_labels / (1.0 + 1e-9)
    return "red" if ratio > RED_FROM else "amber" if ratio > AMBER_FROM else "green"
