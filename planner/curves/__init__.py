"""Learning curves: the curve table, forecasts with calibrated uncertainty, and curves for the user's own task."""

from planner.curves.forecast import Forecast, fit_forecast
from planner.curves.passage import LabelsToReach
from planner.curves.pilot import curves_from_pilot
from planner.curves.proxies import curves_from_proxies
from planner.curves.summary import summarise_curves, write_curves
from planner.curves.table import CURVE_KEYS, read_curves, validate_curves
from planner.curves.tabulate import forecast_table
from planner.curves.task import TaskCurves, TaskDescription

__all__ = [
    "CURVE_KEYS",
    "Forecast",
    "LabelsToReach",
    "TaskCurves",
    "TaskDescription",
    "curves_from_pilot",
    "curves_from_proxies",
    "fit_forecast",
    "forecast_table",
    "read_curves",
    "summarise_curves",
    "validate_curves",
    "write_curves",
]
