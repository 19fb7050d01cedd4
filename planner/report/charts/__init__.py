"""Charts as pure functions of a verdict: every title states its finding, every chart has alternative text.

Only marks are coloured here; fonts, axes and background follow the page that shows the chart.
"""

from planner.report.charts.bill import bill_chart
from planner.report.charts.curves import curves_chart
from planner.report.charts.futures import futures_chart
from planner.report.charts.price import price_chart
from planner.report.charts.tornado import tornado_chart

__all__ = ["bill_chart", "curves_chart", "futures_chart", "price_chart", "tornado_chart"]
