"""Published findings held against our own recorded curves: the signs table, with every miss."""

from planner.backtest.findings.checks import CHECKS, judge_findings
from planner.backtest.findings.curves import NotRecordedError, RecordedCurves
from planner.backtest.findings.finding import Check, Finding, Measured
from planner.backtest.findings.part import STATES, Claim, Part, State, above, below, within

__all__ = [
    "CHECKS",
    "STATES",
    "Check",
    "Claim",
    "Finding",
    "Measured",
    "NotRecordedError",
    "Part",
    "RecordedCurves",
    "State",
    "above",
    "below",
    "judge_findings",
    "within",
]
