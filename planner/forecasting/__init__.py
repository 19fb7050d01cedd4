"""One measured learning curve and its future: joint sample paths with calibrated uncertainty."""

from planner.forecasting.anchors import MIN_ANCHORS, UNKNOWN_TEST_SIZE, chance_classes, error_cap, make_anchors
from planner.forecasting.forecast import (
    CurveFit,
    Forecast,
    check_target,
    first_passage,
    fit_curve,
    fit_forecast,
    read_path,
)

__all__ = [
    "MIN_ANCHORS",
    "UNKNOWN_TEST_SIZE",
    "CurveFit",
    "Forecast",
    "chance_classes",
    "check_target",
    "error_cap",
    "first_passage",
    "fit_curve",
    "fit_forecast",
    "make_anchors",
    "read_path",
]
