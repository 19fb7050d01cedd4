"""Published findings held against our own recorded curves: the signs table, with every miss."""

from research.findings.checks import CHECKS, judge_findings
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.finding import Check, Finding, Measured
from research.findings.part import STATES, Claim, Part, State, above, below, within

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
