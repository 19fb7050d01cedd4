"""Published findings held against our own recorded curves: the signs table, with every miss."""

from research.findings.checks import CHECKS, judge_findings
from research.findings.curves import NotRecordedError, RecordedCurves
from research.findings.finding import STATES, Check, Finding, Measured, State
from research.findings.part import Claim, Figure, Part, above, below, within
from research.findings.rules import RULES, Rule

__all__ = [
    "CHECKS",
    "RULES",
    "STATES",
    "Check",
    "Claim",
    "Figure",
    "Finding",
    "Measured",
    "NotRecordedError",
    "Part",
    "RecordedCurves",
    "Rule",
    "State",
    "above",
    "below",
    "judge_findings",
    "within",
]
