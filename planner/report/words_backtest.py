"""A backtest in words: the names of methods, and what was found, in sentences."""

from collections.abc import Mapping
from typing import Any

from planner.report import numbers as n
from planner.report.lists import listed

_METHODS = {
    "labelplan": "labelplan",
    "last_value": "last value",
    "figueroa": "weighted power law",
    "bic_average": "BIC average",
    "holdout_average": "hold-out average",
    "independent": "independent forecasts",
    "last_gap": "last gap",
}
_SAID = {
    "last_value": "the last value",
    "figueroa": "the weighted power law",
    "bic_average": "the BIC average",
    "holdout_average": "the hold-out average",
    "last_gap": "the last gap",
}


def method_name(name: str) -> str:
    """Name a method for people."""
    return _METHODS.get(name, name)


def cut_name(cut: str) -> str:
    """Name a cut for people."""
    return f"first {cut}%" if cut.isdecimal() else "5 to 8 points"


def points(fraction: float) -> str:
    """Write an error in points, hundredths of the metric.

    >>> points(0.0166), points(0.0004)
    ('1.7', '0.04')
    """
    text = f"{100 * fraction:.1f}"
    return text if abs(fraction) >= 0.001 else f"{100 * fraction:.2g}"


def method_record(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Find one method's record in a slice of a backtest."""
    return next(record for record in part["methods"] if record["method"] == name)


def scope(result: Mapping[str, Any]) -> str:
    """Say on what the overall figures are."""
    overall = result["overall"]
    unit = "pair" if result["protocol"] == "pairs" else "curve"
    cuts = [cut for cut in result["overall_cuts"] if cut.isdecimal()]
    seen = (
        f"the first {listed([f'{cut}%' for cut in cuts])} of the label range" if cuts else "their first 5 to 8 points"
    )
    return f"On {_counted(overall['data_sets'], 'data set')} ({_counted(overall['curves'], unit)} forecast from {seen})"


def headline(result: Mapping[str, Any]) -> str:
    """Say the main finding: how far off, and how that compares with the best peer and with standing still."""
    ours, *others = result["overall"]["methods"]
    what = "forecast of the gap to random" if result["protocol"] == "pairs" else "forecast"
    off = f"{scope(result)} the {what} is off by {points(ours['absolute_error']['mean'])} points on average"
    best = sorted(others, key=lambda record: float(record["absolute_error"]["mean"]))[:1]
    still = [record for record in others if record["method"] in ("last_value", "last_gap") and record not in best]
    named = [words for words in map(_comparison, best + still) if words is not None]
    return f"{off}: {listed(named)}." if named else f"{off}."


def held(result: Mapping[str, Any]) -> str:
    """Say how often intervals held what was measured."""
    ours = result["overall"]["methods"][0]
    inside = [
        f"{level}% intervals held {n.share(ours[f'coverage{level}']['mean'])}"
        for level in (80, 90)
        if ours[f"coverage{level}"] is not None
    ]
    refused = result["share_refused"]
    told = f" {n.share(refused)} of the points ahead were refused as too far, for all methods alike." if refused else ""
    return f"Its {' and its '.join(inside)} of what was measured.{told}"


def ratio_finding(result: Mapping[str, Any]) -> str:
    """State how the error grows with the reach."""
    ours = [(part["ratio"], part["methods"][0]["absolute_error"]["mean"]) for part in result["by_ratio"]]
    (near, low), (far, high) = ours[0], ours[-1]
    if len(ours) == 1:
        return f"At {near} the last labels observed, the forecast is off by {points(low)} points"
    return f"Off by {points(low)} points at {near} the last labels observed, by {points(high)} at {far}"


def reach_finding(result: Mapping[str, Any]) -> str:
    """State how good the chances of reaching a target are."""
    reach = result["overall"]["reach"]
    what = "ending above random" if result["protocol"] == "pairs" else "reaching a target"
    return f"Chances of {what}: Brier score {reach['brier']['mean']:.3f}, base rate {reach['base_rate_brier']:.3f}"


def _comparison(record: Mapping[str, Any]) -> str | None:
    relative = record["ours_relative"]["absolute_error"]
    if relative is None:
        return None
    less = "less" if relative["mean"] < 0 else "more"
    return f"{n.share(abs(relative['mean']))} {less} than {_SAID.get(record['method'], method_name(record['method']))}"


def _counted(count: int, name: str) -> str:
    return f"{n.count(count)} {name}{'' if count == 1 else 's'}"
