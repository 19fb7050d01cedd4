"""Conditions in words: from which value of one input on the verdict, or the cheapest option, is another."""

import re

from planner.decision.options import Turn
from planner.decision.sensitivity import Flip
from planner.plan import paths
from planner.render import numbers as n


def beyond_words(found: Flip | Turn, currency: str, more: str = "") -> str:
    """Say from which value of an input on something changes, and what the plan has now."""
    name, unit = name_and_unit(found, currency)
    way = "or more" if found.side == "above" else "or less"
    now = n.input_value(n.significant(found.planned, 3), found.input)
    now = f"{n.symbol(currency)}{_cents(now)}" if unit.startswith("USD") else now
    return f"{name} {with_unit(_condition_value(found), unit, currency)} {way} (now {now}{more})"


def name_and_unit(found: Flip | Turn, currency: str) -> tuple[str, str]:
    """Give an input's name as it stands in a sentence, and its unit where the name does not say it."""
    name = n.input_label(found.label, currency)
    unit = "" if found.unit == "fraction" or found.unit.lower() in name.lower() else found.unit
    return name[:1].lower() + name[1:], unit


def _condition_value(flip: Flip | Turn) -> str:
    """Write a condition with all its digits, which are few: the next rounding would make it untrue."""
    if flip.input == paths.TARGET or flip.input.endswith("_rate"):
        return f"{100 * flip.said:.6g}%"
    return n.count(flip.said) if flip.said >= 1_000 else f"{flip.said:.6g}"


def with_unit(value: str, unit: str, currency: str) -> str:
    """Write a value with its unit; money with its sign before it."""
    if unit.startswith("USD"):
        return f"{n.symbol(currency)}{_cents(value)}{unit.removeprefix('USD')}"
    if value == "1":
        unit = re.sub(r"(?<=\w\w)s\b", "", unit, count=1)
    return f"{value} {unit}".strip()


def _cents(amount: str) -> str:
    return f"{amount}0" if re.search(r"\.\d$", amount) else amount
