"""Addresses of the dashboard: each page opens with sentences and numbers, and never a file that the address names."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import streamlit as st
from numpy.random import Generator

from planner.dashboard import answers
from planner.dashboard.navigation import PAGES
from planner.dashboard.plan_state import pack
from planner.plan import Plan, parse_plan
from tests.hostile.guard import guarded
from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import ODD_VALUES, WORDS, pick, plan_tables, spoil_text, to_toml
from tests.hostile.plans import few_places
from tests.planner.dashboard.pages import opened, words

CANARY = "canary-7f3a91"
DRAWS = 100
CHOICES = {
    "curves.of": ("Measured on data sets", "This task", "x"),
    "curves.axis": ("Money", "Labels", "nan"),
    "assumptions.show": ("A against B", "Every number", "Worth knowing", "Evidence", "Past forecasts", "Findings", "?"),
    "vendors.show": ("x",),
}
LEFT, WARNED, SHOWN = "shown with a warning", "shown with an error in words", "shown"


@contextmanager
def begin(folder: Path) -> Iterator[Attempt]:
    canary = folder / "canary.csv"
    canary.write_text(f"labels,value\n10,{CANARY}\n", encoding="utf-8")
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    with few_places(), patch.object(answers, "DRAWS", DRAWS):
        yield lambda rng, place: attempt(rng, place, canary)
    st.cache_data.clear()
    st.cache_resource.clear()


ATTACK = Attack("addresses", 1_000, 6, begin)


def attempt(rng: Generator, place: Path, canary: Path) -> str:
    """Open one page with one address."""
    page = pick(rng, PAGES)[0]
    address = address_of(rng, canary)
    (place / "address.txt").write_text(f"{page} {address!r}", encoding="utf-8", errors="backslashreplace")
    with guarded(place, forbidden=(canary,)), patch.object(Path, "cwd", return_value=place):
        at = opened(page, **address)
    assert not at.exception, [one.value for one in at.exception]
    said = words(at)
    check_words(said)
    if at.error:
        return WARNED
    return LEFT if at.warning else SHOWN


def check_words(said: str) -> None:
    """Check what a page says: no fault of a program, no number that is none, nothing of a file left alone."""
    for fault in ("Traceback", "NaN", "$nan", " nan ", "inf%", CANARY, "object at 0x"):
        assert fault not in said, said[max(0, said.find(fault) - 200) :][:400]


def address_of(rng: Generator, canary: Path) -> dict[str, Any]:
    """Draw an address: a packed plan or none, edits of inputs, and things that mean nothing."""
    address: dict[str, Any] = {}
    plan, way = Plan(), rng.random()
    if way < 0.5:
        raw = plan_tables(rng)
        if rng.random() < 0.2:
            raw.setdefault("evidence", {})[pick(rng, ("pilot", "store"))] = str(canary)
        text = to_toml(raw)
        try:
            plan = parse_plan(text)
            address["plan"] = pack(plan)
        except ValueError:
            address["plan"] = pick(rng, WORDS)
    elif way < 0.65:
        address["plan"] = spoil_text(rng, pack(parse_plan('[[vendors]]\nname = "A"\nprice_usd = 0.1\n'))).decode(
            "latin-1"
        )
    if rng.random() < 0.25:
        address["a"] = pick(rng, (pack(parse_plan("[task]\ntarget = 0.8\n")), "AAAA", "", "=" * 2_000))
    inputs = plan.inputs()
    for _ in range(int(rng.integers(0, 4))):
        item = pick(rng, inputs)
        odd = rng.random() < 0.6
        address[item.path] = str(pick(rng, (*ODD_VALUES, *WORDS))) if odd else item.text
    for key, values in CHOICES.items():
        if rng.random() < 0.3:
            address[key] = pick(rng, values)
    if rng.random() < 0.2:
        address[pick(rng, ("evidence.pilot", "evidence.store", "nonsense", "vendors.9.price_usd", "embed", ""))] = str(
            canary
        )
    if rng.random() < 0.05:
        address |= {f"k{random.Random(int(rng.integers(2**31))).random()}": "x" for _ in range(200)}
    return {key: value.replace("\ud800", "") if isinstance(value, str) else value for key, value in address.items()}
