"""Three cases, answered as any plan is: labels too cheap to save, specialists' labels, one too close to call."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from planner.app.answers import answer_in_steps
from planner.decision import Verdict
from planner.plan import parse_plan
from simulations.errors import InputError

CASES = ("tickets", "scans", "clauses")
"""Names of the plan files, which lie in the folder `cases`."""


def plan_text(number: int) -> str:
    """Give the plan file of a case, counted from 1.

    Raises:
        InputError: there is no such case.
    """
    if not 1 <= number <= len(CASES):
        raise InputError(f"--plan-file: found {number}; allowed: 1 to {len(CASES)}")
    return files("planner.app").joinpath("cases", f"{CASES[number - 1]}.toml").read_text(encoding="utf-8")


def answer_cases() -> Iterator[Verdict]:
    """Answer the cases one by one, each with what moves it most."""
    for number in range(1, len(CASES) + 1):
        *_, verdict = answer_in_steps(parse_plan(plan_text(number), where="demo"), base=Path(), questions=None)
        yield verdict
