"""One measured learning curve and its future: joint sample paths with calibrated uncertainty."""

from planner.forecast.anchors import MIN_ANCHORS, UNKNOWN_TEST_SIZE, chance_classes, guessing_error, make_anchors
from planner.forecast.forecast import Forecast, check_target, first_passage, fit_forecast, read_path

__all__ = [
    "MIN_ANCHORS",
    "UNKNOWN_TEST_SIZE",
    "Forecast",
    "chance_classes",
    "check_target",
    "first_passage",
    "fit_forecast",
    "guessing_error",
    "make_anchors",
    "read_path",
]
