"""Charts as pure functions of a verdict: every title states its finding, every chart has alternative text.

Only marks are coloured here; fonts, axes and background follow the page that shows the chart.
"""

from planner.report.charts.acceptability import acceptability_chart, worth_chart
from planner.report.charts.bill import bill_chart
from planner.report.charts.curves import curves_chart
from planner.report.charts.frontier import frontier_chart
from planner.report.charts.futures import futures_chart
from planner.report.charts.information import information_chart
from planner.report.charts.map import map_chart
from planner.report.charts.pilot import pilot_chart
from planner.report.charts.price import price_chart
from planner.report.charts.tornado import tornado_chart

__all__ = [
    "DECISION",
    "acceptability_chart",
    "bill_chart",
    "curves_chart",
    "frontier_chart",
    "futures_chart",
    "information_chart",
    "map_chart",
    "pilot_chart",
    "price_chart",
    "tornado_chart",
    "worth_chart",
]

DECISION = (
    "acceptability_chart",
    "map_chart",
    "information_chart",
    "pilot_chart",
    "frontier_chart",
    "worth_chart",
)
"""The charts that need `Verdict.analysis`."""
