"""The sections of the report: their names, in the order of the page, and which of them are ticked."""

from collections.abc import Iterable

from planner.decision.buying import Buying
from planner.decision.verdict import Verdict
from planner.report.words_hybrid import hybrid_sentence
from simulations.errors import InputError

SECTIONS = {
    "verdict": "The verdict",
    "changes": "What would change the answer",
    "information": "What is worth knowing first",
    "buying": "How to buy",
    "vendors": "Vendors",
    "plans": "The plans",
    "bills": "How each bill comes about",
    "hybrid": "Labelling the whole pool",
    "curves": "The learning curves",
    "evidence": "Evidence",
    "assumptions": "Assumptions",
    "method": "Method",
    "reproduce": "To get this again",
}
"""Name to heading. The title, its sentence, warnings, version and seed stand in every report."""

OF_ANALYSIS = frozenset({"changes", "information", "buying"})
"""Those that show what lies beyond the verdict."""


def read_sections(text: str) -> tuple[str, ...]:
    """Read a list such as `verdict,vendors`.

    Args:
        text: names with commas between; order and repetition do not matter.

    Returns:
        The names, in the order of the page.

    Raises:
        InputError: a name is unknown, or there is none.
    """
    named = [part.strip() for part in text.split(",")]
    unknown = [name for name in named if name not in SECTIONS]
    if unknown:
        raise InputError(
            f"--sections: found '{unknown[0]}'; allowed, with commas between: {', '.join(SECTIONS)}; all if left out"
        )
    return _in_order(named)


def _in_order(named: Iterable[str]) -> tuple[str, ...]:
    wanted = set(named)
    return tuple(name for name in SECTIONS if name in wanted)


def offered(verdict: Verdict) -> dict[str, str]:
    """Give the sections, name to heading, that the report of a plan has when everything is asked."""
    without = set(missing(verdict, None)) - {*OF_ANALYSIS, "vendors"}
    return {name: title for name, title in SECTIONS.items() if name not in without}


def missing(verdict: Verdict, buying: Buying | None) -> dict[str, str]:
    """Say of each section that has nothing to show why that is so.

    Args:
        verdict: what the report is of.
        buying: the comparison of its quotes; None where it was not made.
    """
    found: dict[str, str] = {}
    if verdict.analysis is None:
        found |= dict.fromkeys(("information", "buying"), "Only the verdict was asked for.")
    if buying is None:
        found["vendors"] = "The quotes were not compared."
    if not verdict.worked:
        found["bills"] = "No plan usually reaches the target, so that there is no bill to work out."
    if hybrid_sentence(verdict) is None:
        found["hybrid"] = (
            "The plan sets no max_error_rate under [hybrid], or a warning above says why it cannot be told."
        )
    return found
