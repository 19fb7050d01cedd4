"""The command line in this process: how it must answer, and what may stand in its answers."""

import io
import json
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from planner.cli import main
from tests.hostile.guard import guarded

LONGEST_SENTENCE = 2_100
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # what a terminal obeys
REFUSED, ANSWERED = "refused with a sentence", "answered"


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def run(*arguments: object, place: Path) -> Answer:
    """Run a command; an unexpected error comes out with its traceback, and a warning of a library is an error."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["labelplan", *map(str, arguments)]),
        patch.dict(os.environ, {"LABELPLAN_DEBUG": "1"}),
        redirect_stdout(out),
        redirect_stderr(err),
        warnings.catch_warnings(),
        guarded(place),
    ):
        warnings.simplefilter("error")
        try:
            main()
        except SystemExit as ended:
            status = ended.code
    assert isinstance(status, int), status
    return Answer(status, out.getvalue(), err.getvalue())


def outcome_of(answer: Answer) -> str:
    """Say whether a command answered or refused; fail where it did neither in the way it should."""
    lines = [line for line in answer.err.splitlines() if line.strip()]
    assert all(line.startswith(("labelplan: ", "Forecasting curves")) for line in lines), answer.err
    assert not re.search(r"Traceback|<[\w.]+ object at|np\.\w+\(", answer.err + answer.out), answer
    assert not re.search(r"\bnan\b|\$inf\b|\binf%", answer.out), answer.out
    assert not CONTROL.search(answer.err + answer.out), "a control character reaches the terminal"
    if answer.status == 0:
        return ANSWERED
    assert answer.status == 2 and answer.out == "", answer
    told = [line for line in lines if not line.startswith(("labelplan: warning: ", "Forecasting curves"))]
    assert len(told) == 1 and len(told[0]) <= LONGEST_SENTENCE, answer.err
    return REFUSED


def read_json(answer: Answer) -> Any:
    """Read what a command printed as JSON, and look over every number in it."""
    found = json.loads(answer.out, parse_constant=_refuse)
    for place, value in numbers(found):
        check_number(place, value)
    return found


def _refuse(word: str) -> float:
    raise AssertionError(f"{word} in JSON")


def numbers(part: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """List all numbers of parsed JSON, each with its place."""
    if isinstance(part, dict | list):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from numbers(value, f"{place}.{key}")
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield place, part


def check_number(place: str, value: float) -> None:
    """Check one number of an answer: finite, and in the range that its name says."""
    assert math.isfinite(value) and abs(value) < 1e30, (place, value)
    key = place.rpartition(".")[2]
    if re.match(r"p_|share|chance", key):
        assert 0 <= value <= 1, (place, value)
    if key in ("labels", "rounds", "n_draws", "evpi_usd", "votes_per_item"):
        assert value >= 0, (place, value)
