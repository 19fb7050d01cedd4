"""The oracles known by name, and which settings each takes."""

from collections.abc import Callable, Mapping
from typing import Any

from simulations.config_values import fill_settings, quote_value
from simulations.errors import InputError, unknown_name
from simulations.oracles.crowd import AGGREGATIONS, check_crowd
from simulations.oracles.timing import TIMING, check_timing
from simulations.trajectory import Part, Scalar

ORACLES: Mapping[str, Mapping[str, Scalar]] = {
    "perfect": {},
    "flip": {"rate": 0.05},
    "class_flip": {"rate": 0.05, "spread": 0.05, "twin_share": 0.5},
    "boundary_flip": {"rate": 0.05, "sharpness": 4.0},
    "votes": {"rate": 0.2, "votes": 3},
}
"""Known oracles with the defaults of their settings.

A larger `rate` gives more wrong answers, a larger number of `votes` fewer (while a vote is right more often than it
says any other class); a larger `spread` sets the classes further apart, a larger `twin_share` lets more wrong answers
of a class agree, a larger `sharpness` puts them nearer to where classes meet.
"""

CROWD: Mapping[str, Scalar] = {"annotators": 0, "skill_spread": 0.0, "aggregation": AGGREGATIONS[0]}
ITEMS: Mapping[str, Scalar] = {"item_correlation": 0.0, "follows_hardness": False}

FURTHER: Mapping[str, Scalar] = {**CROWD, **ITEMS}
"""Further settings of `votes`: annotators who differ and come back (`simulations.oracles.crowd`), items that differ.

They belong to a trajectory's content only where they are not these, so that votes of strangers keep their name; nor do
the settings of time that every oracle has (`simulations.oracles.timing`).
"""

_ALLOWED: Mapping[str, tuple[float, float, str]] = {
    "rate": (0, 1, "a fraction"),
    "votes": (1, 99, "answers to each item"),
    "twin_share": (0, 1, "a fraction"),
    "sharpness": (0, 99, "how steeply errors rise towards the boundary"),
    "item_correlation": (0, 0.95, "how alike the errors in two votes on an item are"),
}
_ROUNDING = 1e-9


def make_oracle(name: str, given: Mapping[str, Any], where: str) -> Part:
    """Spell an oracle out from what a grid file says of it.

    Args:
        name: a key of `ORACLES`.
        given: its settings; what is missing takes its default.
        where: the file, for messages.

    Raises:
        InputError: an unknown name, or a setting that does not exist or is out of range.
    """
    if name not in ORACLES:
        raise unknown_name("oracle", name, ORACLES, where=where)
    further = {**TIMING, **(FURTHER if name == "votes" else {})}
    complete = fill_settings(name, {**ORACLES[name], **further}, given, where)
    part = Part.of(name, {key: value for key, value in complete.items() if further.get(key) != value})
    try:
        check_oracle(part)
    except InputError as error:
        raise InputError(f"{where}, {error}") from None
    return part


def check_oracle(oracle: Part) -> None:
    """Raise InputError when a setting is out of range."""
    for name, value in oracle.settings:
        if name not in _ALLOWED:
            continue
        low, high, what = _ALLOWED[name]
        if not low <= float(value) <= high:
            raise _fault(oracle, name, f"{low} to {high}, {what}")
    check_timing(oracle)
    if oracle.name in _CHECKS:
        _CHECKS[oracle.name](oracle)


def votes_of(oracle: Part) -> dict[str, Any]:
    """Give all settings of `votes`, those left at their default too."""
    return {**FURTHER, **oracle.options}


def votes_each(oracle: Part) -> int:
    """Count the votes that an oracle buys for each item."""
    return int(votes_of(oracle)["votes"]) if oracle.name == "votes" else 1


def untimed(oracle: Part) -> Part:
    """Give an oracle without its settings of time, on which no answer depends."""
    return Part(oracle.name, tuple(pair for pair in oracle.settings if pair[0] not in TIMING), oracle.version)


def _check_votes(oracle: Part) -> None:
    votes = votes_of(oracle)
    check_crowd(rate=votes["rate"], votes=votes["votes"], **{name: votes[name] for name in CROWD})
    if votes["item_correlation"]:
        if votes["annotators"]:
            raise _fault(oracle, "item_correlation", "0 with annotators; give items or annotators that differ")
        if not 0 < votes["rate"] < 1:
            raise _fault(oracle, "rate", "above 0 and below 1 with item_correlation")
    elif votes["follows_hardness"]:
        raise _fault(oracle, "follows_hardness", "false without item_correlation, as all items err alike")


def _check_classes(oracle: Part) -> None:
    rate = oracle.options["rate"]
    most = min(rate, 1 - rate)
    if not 0 <= oracle.options["spread"] <= most + _ROUNDING:
        raise _fault(oracle, "spread", f"0 to {most:g}, so that error rates of {rate:g} ± spread are fractions")


def _check_boundary(oracle: Part) -> None:
    most = 1 / (oracle.options["sharpness"] + 1)
    if oracle.options["rate"] > most + _ROUNDING:
        raise _fault(
            oracle, "rate", f"0 to {most:g} with this sharpness, at which the hardest item is always answered wrong"
        )


_CHECKS: Mapping[str, Callable[[Part], None]] = {
    "votes": _check_votes,
    "class_flip": _check_classes,
    "boundary_flip": _check_boundary,
}


def _fault(oracle: Part, name: str, allowed: str) -> InputError:
    found = {**FURTHER, **oracle.options}[name]
    return InputError(f"oracle {oracle.name}, {name}: found {quote_value(found)}; allowed: {allowed}")
