"""The oracles known by name, which settings each takes, and which values these may have."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from simulations.config_values import fill_settings, quote_value
from simulations.errors import InputError, unknown_name
from simulations.trajectory import Part, Scalar

AGGREGATIONS = ("plurality", "dawid_skene")
MOST_ANNOTATORS = 1_000
CROWD_KIT_MISSING = (
    "oracle votes, aggregation: dawid_skene needs crowd-kit, which is not installed; install labelplan with its extra "
    "'votes'"
)

ORACLES: Mapping[str, Mapping[str, Scalar]] = {
    "perfect": {},
    "flip": {"rate": 0.05},
    "class_flip": {"rate": 0.05, "spread": 0.05, "twin_share": 0.5},
    "boundary_flip": {"rate": 0.05, "sharpness": 4.0},
    "region_flip": {"rate": 0.05, "regions": 5},
    "votes": {"rate": 0.2, "votes": 3},
}
"""Known oracles with the defaults of their settings.

A larger `rate` gives more wrong answers, a larger number of `votes` fewer (while a vote is right more often than it
says any other class); a larger `spread` sets the classes further apart, a larger `twin_share` lets more wrong answers
of a class agree, a larger `sharpness` puts them nearer to where classes meet; a larger number of `regions`
of a class makes those that err smaller and more.
"""

FURTHER: Mapping[str, Scalar] = {
    "annotators": 0,
    "skill_spread": 0.0,
    "aggregation": AGGREGATIONS[0],
    "item_correlation": 0.0,
    "follows_hardness": False,
}
"""Further settings of `votes`: annotators who differ and come back, items that differ.

They belong to a trajectory's content only where they are not these, so that votes of strangers keep their name; nor do
the settings of time that every oracle has.
"""

TIMING: Mapping[str, Scalar] = {"seconds": 0.0, "seconds_spread": 0.5, "hardness_slowdown": 2.0, "estimate_spread": 0.3}
"""Settings of every oracle that say how long it takes; none is told while `seconds` is 0.

A larger `seconds` makes every vote take longer (the median of one on an item of middling hardness); a larger
`seconds_spread` (log sd) sets votes on like items further apart; a larger `hardness_slowdown` (how many times the
hardest item takes the plainest) slows hard items more; a larger `estimate_spread` (log sd) makes what is foreseen
worse. All but the first are assumptions to be replaced by what your own annotators' log shows.
"""

_ALLOWED: Mapping[str, tuple[float, float, str]] = {
    "rate": (0, 1, "a fraction"),
    "votes": (1, 99, "answers to each item"),
    "twin_share": (0, 1, "a fraction"),
    "sharpness": (0, 99, "how steeply errors rise towards the boundary"),
    "regions": (1, 1_000, "regions of a class, of which whole ones err"),
    "item_correlation": (0, 0.95, "how alike the errors in two votes on an item are"),
    "seconds": (0, 86_400, "the median time of a vote, 0 for untold"),
    "seconds_spread": (0, 3, "a log standard deviation"),
    "hardness_slowdown": (1, 100, "how many times the plainest item's time the hardest takes"),
    "estimate_spread": (0, 3, "a log standard deviation"),
}
_ROUNDING = 1e-9


def make_oracle(name: str, given: Mapping[str, Any], where: str) -> Part:
    """Spell an oracle out from what a grid file says of it; what is missing takes its default.

    An unknown name, or a setting that does not exist or is out of range, is an InputError that names the file.
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
    """Refuse settings that are out of range, or that do nothing, or that need crowd-kit, by an InputError."""
    settings = {**untimed(oracle).options, **timing_of(oracle)}
    for name in (name for name in settings if name in _ALLOWED):
        low, high, what = _ALLOWED[name]
        if not low <= float(settings[name]) <= high:
            raise _bad_setting(oracle, name, f"{low} to {high}, {what}")
    if not tells_seconds(oracle):
        # A setting at its default is no part of the oracle, so what stands there was asked for.
        for name in (name for name in TIMING if name != "seconds" and name in oracle.options):
            raise _bad_setting(oracle, name, "none without seconds above 0, as no time is told")
    if oracle.name in _CHECKS:
        _CHECKS[oracle.name](oracle)


def votes_of(oracle: Part) -> dict[str, Any]:
    """Give all settings of `votes`, those left at their default too."""
    return {**FURTHER, **oracle.options}


def votes_each(oracle: Part) -> int:
    """Count the votes that an oracle buys for each item."""
    return int(votes_of(oracle)["votes"]) if oracle.name == "votes" else 1


def timing_of(oracle: Part) -> dict[str, Any]:
    """Give an oracle's settings of time, those left at their default too."""
    return {name: oracle.options.get(name, default) for name, default in TIMING.items()}


def tells_seconds(oracle: Part) -> bool:
    """Say whether an oracle tells how long it takes."""
    return float(timing_of(oracle)["seconds"]) > 0


def untimed(oracle: Part) -> Part:
    """Give an oracle without its settings of time, on which no answer depends."""
    return Part(oracle.name, tuple(pair for pair in oracle.settings if pair[0] not in TIMING), oracle.version)


def _check_votes(oracle: Part) -> None:
    votes = votes_of(oracle)
    rate, annotators = votes["rate"], votes["annotators"]
    if not 0 <= annotators <= MOST_ANNOTATORS:
        raise _bad_setting(oracle, "annotators", f"0 (nobody votes twice) to {MOST_ANNOTATORS}")
    if annotators and votes["votes"] > annotators:
        raise _bad_setting(oracle, "votes", f"at most the {annotators} annotators, of whom each votes once on an item")
    most = min(rate, 1 - rate) if annotators > 1 else 0.0
    if not 0 <= votes["skill_spread"] <= most + _ROUNDING:
        why = f", so that error rates of {rate:g} ± spread are fractions" if annotators > 1 else " without annotators"
        raise _bad_setting(oracle, "skill_spread", (f"0 to {most:g}" if annotators > 1 else "0") + why)
    if votes["aggregation"] not in AGGREGATIONS:
        raise _bad_setting(oracle, "aggregation", ", ".join(AGGREGATIONS))
    if votes["aggregation"] == "dawid_skene":
        if annotators < 2:
            raise _bad_setting(oracle, "annotators", "at least 2 with dawid_skene, which learns who errs")
        if find_spec("crowdkit") is None:
            raise InputError(CROWD_KIT_MISSING)
    if votes["item_correlation"]:
        if annotators:
            raise _bad_setting(oracle, "item_correlation", "0 with annotators; give items or annotators that differ")
        if not 0 < rate < 1:
            raise _bad_setting(oracle, "rate", "above 0 and below 1 with item_correlation")
    elif votes["follows_hardness"]:
        raise _bad_setting(oracle, "follows_hardness", "false without item_correlation, as all items err alike")


def _check_classes(oracle: Part) -> None:
    rate = oracle.options["rate"]
    most = min(rate, 1 - rate)
    if not 0 <= oracle.options["spread"] <= most + _ROUNDING:
        raise _bad_setting(oracle, "spread", f"0 to {most:g}, so that error rates of {rate:g} ± spread are fractions")


def _check_boundary(oracle: Part) -> None:
    most = 1 / (oracle.options["sharpness"] + 1)
    if oracle.options["rate"] > most + _ROUNDING:
        raise _bad_setting(
            oracle, "rate", f"0 to {most:g} with this sharpness, at which the hardest item is always answered wrong"
        )


_CHECKS: Mapping[str, Callable[[Part], None]] = {
    "votes": _check_votes,
    "class_flip": _check_classes,
    "boundary_flip": _check_boundary,
}


def _bad_setting(oracle: Part, name: str, allowed: str) -> InputError:
    found = {**FURTHER, **TIMING, **oracle.options}[name]
    return InputError(f"oracle {oracle.name}, {name}: found {quote_value(found)}; allowed: {allowed}")
