"""Learning curves: the curve table, forecasts with calibrated uncertainty, and curves for the user's own task."""

from planner.curves.advantage import Advantage, advantages
from planner.curves.area import area_under_curve
from planner.curves.comparisons import CountComparison, StrategyComparison, compare_at, compare_strategies
from planner.curves.factors import LabelSavings, label_savings
from planner.curves.forecast import Forecast, fit_forecast
from planner.curves.noise_factor import NoiseEvidence, measure_noise
from planner.curves.passage import LabelsToReach
from planner.curves.pilot import curves_from_pilot
from planner.curves.pooled import PooledSavings, pool_savings
from planner.curves.power import seeds_needed
from planner.curves.proxies import curves_from_proxies
from planner.curves.seconds import MeasuredSeconds, measured_seconds
from planner.curves.simulated import curves_from_simulation
from planner.curves.spending import UNITS, Prices, Spending, over_spending
from planner.curves.spent_savings import SpentSavings, spent_curves, spent_savings
from planner.curves.statistics import PairedDifference, holm, paired_difference
from planner.curves.summary import summarise_curves, write_curves
from planner.curves.table import CURVE_KEYS, one_metric, parse_curves, read_curves, validate_curves
from planner.curves.tabulate import forecast_table
from planner.curves.task import TaskCurves, TaskDescription
from planner.curves.wins import win_matrices

__all__ = [
    "CURVE_KEYS",
    "UNITS",
    "Advantage",
    "CountComparison",
    "Forecast",
    "LabelSavings",
    "LabelsToReach",
    "MeasuredSeconds",
    "NoiseEvidence",
    "PairedDifference",
    "PooledSavings",
    "Prices",
    "Spending",
    "SpentSavings",
    "StrategyComparison",
    "TaskCurves",
    "TaskDescription",
    "advantages",
    "area_under_curve",
    "compare_at",
    "compare_strategies",
    "curves_from_pilot",
    "curves_from_proxies",
    "curves_from_simulation",
    "fit_forecast",
    "forecast_table",
    "holm",
    "label_savings",
    "measure_noise",
    "measured_seconds",
    "one_metric",
    "over_spending",
    "paired_difference",
    "parse_curves",
    "pool_savings",
    "read_curves",
    "seeds_needed",
    "spent_curves",
    "spent_savings",
    "summarise_curves",
    "validate_curves",
    "win_matrices",
    "write_curves",
]
