"""Published findings held against our own curves, in words and tables; the lines in which results were recorded."""

from collections.abc import Mapping
from typing import Any

from planner.render import numbers as n
from planner.render.evidence.recorded import made_words

_STATES = {
    "direction and size": "{} shown in direction and size",
    "direction only": "{} in direction only",
    "contradicted": "{} contradicted",
    "setting not tested": "{} not tested in their setting",
}
_SIGNED = "points"


def findings_sentence(found: Mapping[str, Any]) -> str:
    """Count the findings by state, and say how a state is given."""
    states = [finding["state"] for finding in found["findings"]]
    told = [words.format(states.count(state)) for state, words in _STATES.items() if state in states]
    return (
        f"Of {len(states)} published findings, {n.join_names(told)}. The whole 80% interval has to show a direction, "
        "or to contradict it; a size is shown from half of what was published to its double."
    )


def findings_source(found: Mapping[str, Any]) -> str:
    """Say when, with what, and on which curves the findings were judged."""
    start = f"Judged on {found['made_on']} by labelplan {found['labelplan']} on "
    return made_words(found, f"{start}{{}} points simulated for the findings")


def findings_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a finding, what came of it first: on a narrow screen the rest is out of sight."""
    return [
        {
            "Finding": finding["id"],
            "State": finding["state"],
            "Our figure": figure_words(finding),
            "80% interval": interval_words(finding),
            "Published": finding["claim"],
            "Setting": finding["setting"],
            "Why": n.plain(finding["reason"]),
            "Seeds": n.or_none(finding["seeds"], n.count),
            "Data sets": n.count(len(finding["datasets"])) if finding["datasets"] else n.NONE,
            "Source": finding["source"],
        }
        for finding in found["findings"]
    ]


def part_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give one row a measured part of a finding, with the figure of each data set."""
    return [
        {
            "Finding": finding["id"],
            "Part": ", ".join(filter(None, (part["what"], part["claimed"]))),
            "Our figure": figure_words(part),
            "80% interval": interval_words(part),
            "State": f"{part['judges']} {part['state']}" if part["judges"] else "for comparison",
            "By data set": "; ".join(
                f"{n.plain(name)} {_figure_in_unit(figure, part['unit'], bare=True, each=True)}"
                for name, figure in part["by_dataset"].items()
            ),
        }
        for finding in found["findings"]
        for part in finding["parts"]
    ]


def figure_words(record: Mapping[str, Any]) -> str:
    """Write a finding's or a part's figure in its unit; an en dash where it has none.

    >>> figure_words({"unit": "points", "figure": -0.0123, "interval": None})
    '−1.2 points'
    >>> figure_words({"unit": "times", "figure": None, "interval": {"q10": None, "q90": 1.1}})
    'never'
    """
    if record["figure"] is None and record["interval"] is None:
        return n.NONE
    return _figure_in_unit(record["figure"], record["unit"])


def interval_words(record: Mapping[str, Any]) -> str:
    """Write an interval in the figure's unit."""
    if record["interval"] is None:
        return n.NONE
    ends = [_figure_in_unit(record["interval"][end], record["unit"], bare=True) for end in ("q10", "q90")]
    return " to ".join(ends)


def _figure_in_unit(value: float | None, unit: str, *, bare: bool = False, each: bool = False) -> str:
    if value is None:
        return n.NEVER
    if unit == _SIGNED:
        # A sign on every figure: what is claimed is often the sign alone.
        digits = n.in_points(value, 2 if 0.00005 <= abs(value) < 0.001 else 1)
        return digits if bare else f"{digits} points"
    if unit == "times":
        return f"{value:.2f}×"
    if unit == "spread":
        return f"{100 * value:.1f}" + ("" if bare else " points")
    if unit == "sets" and each:
        return "yes" if value else "no"
    if unit in ("share", "sets"):
        return n.share(value).replace("-", "−")
    return f"{value:.2f}" if bare else f"log sd {value:.2f}"


def print_recorded(found: Mapping[str, Any]) -> None:
    """Print the lines in which results were told when they were recorded."""
    print("\n".join(found["words"]))
