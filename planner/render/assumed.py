"""What a plan leaves out and an answer leans on, in one line."""

from collections.abc import Mapping, Sequence
from typing import Any

from planner.plan import paths
from planner.render import numbers as n

MOST_ASSUMED = 6  # inputs told by their weight; those of `ALWAYS_TOLD` come on top
LEAST_SWING = 0.01  # of the widest bar of the tornado, from which on an assumed input has weight
ALWAYS_TOLD = (paths.TARGET, paths.POOL_SIZE, paths.CLASSES, paths.STRATEGIES, "votes_per_item")
"""Inputs told wherever they are assumed, by their path or its end: they say which task and bill is meant."""


def assumed_words(rows: Sequence[Mapping[Any, Any]], swings: Mapping[str, float], currency: str) -> str | None:
    """Say which of a plan's inputs are left out, the heaviest first; None where nothing of weight is.

    The inputs are rows as `list_inputs` gives them; `swings` says by how much the answer moves with each.
    """
    least = LEAST_SWING * max(swings.values(), default=0.0)
    rows = [row for row in rows if row["default"]]
    heavy = sorted((row for row in rows if swings.get(row["path"], 0.0) > least), key=lambda row: -swings[row["path"]])
    told = [*heavy[:MOST_ASSUMED], *(row for row in rows if row["path"].endswith(ALWAYS_TOLD))]
    words = dict.fromkeys(_input_words(row, currency) for row in told)
    if not words:
        return None
    more = len({row["path"] for row in heavy} - {row["path"] for row in told})
    others = f"; and {more} that weigh{'s' if more == 1 else ''} less" if more else ""
    return f"Assumed, as the plan does not say: {'; '.join(words)}{others}."


def _input_words(row: Mapping[Any, Any], currency: str) -> str:
    """Write one assumed input with its value and unit."""
    label, unit = n.plain(row["label"][:1].lower() + row["label"][1:]), row["unit"]
    try:
        ends = [float(end) for end in row["value"].split(" to ")]
    except ValueError:
        return f"{label} {n.plain(row['value'])}"
    if unit == "fraction":
        return f"{label} {' to '.join(map(n.percent, ends))}"
    if unit.startswith("USD"):
        amounts = [n.price(end, currency).removesuffix(".00") for end in ends]
        return f"{label} {' to '.join(amounts)}{unit.removeprefix('USD')}"
    return f"{label} {' to '.join(map(n.input_value, ends))}" + (f" {unit}" if unit not in label else "")
