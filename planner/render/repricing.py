"""The data and the words of a report's sliders, which `report.js` reads; the numbers are those of `Repricing`."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from planner.decision.break_even import HIGHEST_USD, LOWEST_USD
from planner.decision.comparison import ROUNDING
from planner.decision.repricing import PATHS, Name, Repricing
from planner.decision.state import LABEL_RANDOM_TO, RARELY_DECIDED, USE_AL_FROM
from planner.decision.verdict import Verdict
from planner.intervals import QUANTILES
from planner.render import numbers as n
from planner.render.verdict import words
from simulations.arrays import Floats

NAMES: Mapping[Name, str] = {
    "price": "the price of a vote",
    "hours": "engineering hours",
    "projects": "projects that share the engineering",
    "target": "the target",
}
FLAGS = (1, 2, 4)  # random buys the other option; the strategy does; neither reaches the target


def left_out_sentences(repricing: Repricing) -> list[str]:
    """Say which inputs have no slider, and why."""
    reasons: dict[str, list[str]] = {}
    for name, why in repricing.left_out.items():
        reasons.setdefault(why.removeprefix(f"{PATHS[name]}: "), []).append(NAMES[name])
    return [n.with_full_stop(f"No slider for {n.join_names(names)}: {why}") for why, names in reasons.items()]


def sliders(verdict: Verdict) -> list[dict[str, Any]]:
    """Give each slider: its name, label, values, their words, and the place of the planned one."""
    assert verdict.repricing is not None
    found = []
    for name, slider in verdict.repricing.sliders.items():
        texts = [_value_text(verdict, name, float(value)) for value in slider.stops]
        stops, planned = slider.stops.tolist(), slider.planned
        texts[planned] = f"{'about ' if slider.ranges else ''}{texts[planned]}, as planned"
        found.append({"name": name, "label": _label(verdict, name), "stops": stops, "texts": texts, "planned": planned})
    return found


def _label(verdict: Verdict, name: Name) -> str:
    if name == "price":
        return f"Price of a {words.price_unit(verdict)}"
    return f"Target, {n.metric_name(verdict.metric)}" if name == "target" else n.capital(NAMES[name])


def _value_text(verdict: Verdict, name: Name, value: float) -> str:
    if name == "price":
        return n.price(value, verdict.currency)
    return n.percent(value) if name == "target" else n.input_value(value)


def report_data(verdict: Verdict) -> dict[str, Any]:
    """Give all that `report.js` reads: draws, sliders, limits and words."""
    found = verdict.repricing
    assert found is not None
    flags = sum(flag * where for flag, where in zip(FLAGS, (*found.bought, found.neither), strict=True))
    return {
        "draws": found.neither.shape[-1],
        "planned_target": found.planned_target,
        "rest_usd": _packed(found.rest_usd),
        "votes": _packed(found.votes),
        "flags": base64.b64encode(np.asarray(flags).astype("<u1").tobytes()).decode(),
        "price_usd": [_packed(price) for price in found.price_usd],
        "hour_usd": _packed(found.hour_usd),
        "hours": _packed(found.hours),
        "divisor": _packed(found.divisor),
        "divisors": found.divisors,
        "sliders": sliders(verdict),
        "planned": {
            "ahead": verdict.call.ahead,
            "behind": verdict.call.behind,
            "chance": verdict.p_al_cheaper,
            "unreachable": verdict.p_unreachable,
            "range": [verdict.saving_usd.q10, verdict.saving_usd.q90],
            "futures": verdict.futures,
            "break_even_usd": verdict.break_even_mean_usd,
        },
        "limits": {
            "use_al_from": USE_AL_FROM,
            "label_random_to": LABEL_RANDOM_TO,
            "rarely_decided": RARELY_DECIDED,
            "noise": words.NOISE / np.sqrt(verdict.n_draws),
            "price_usd": [LOWEST_USD, HIGHEST_USD],
            "quantiles": QUANTILES,
            "tie": max(ROUNDING, TIE),
        },
        "words": {
            "headlines": words.HEADLINES,
            "active": words.active_name(verdict),
            "chance": words.chance_label(verdict),
            "unit": words.price_unit(verdict),
            "symbol": n.symbol(verdict.currency),
        },
    }


TIE = 1e-6  # of random's total: sums in the browser differ by less where bills are the same
LARGEST_CODE = 65_535


def _packed(draws: Floats) -> dict[str, Any]:
    """Write rows of draws as base64 of 16-bit codes c: low + wide · c², finest where most draws of long tails are.

    `wide` keeps the mean of its row, so that rounding moves no mean bill. Where all draws are one number, it is `low`.
    """
    rows = draws.reshape(-1, draws.shape[-1])
    low, wide = rows.min(axis=1), np.ptp(rows, axis=1)
    if not np.ptp(rows):
        return {"low": low[:1].tolist(), "wide": [], "codes": ""}
    above = rows - low[:, None]
    codes = np.rint(LARGEST_CODE * np.sqrt(above / np.where(wide > 0, wide, 1.0)[:, None])).astype("<u2")
    squares = (codes.astype(float) ** 2).mean(axis=1)
    wide = above.mean(axis=1) / np.where(squares > 0, squares, 1.0)
    return {"low": low.tolist(), "wide": wide.tolist(), "codes": base64.b64encode(codes.tobytes()).decode()}
