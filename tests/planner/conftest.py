"""What every test that types a command uses."""

import json
import sys
from contextlib import contextmanager

import pytest

from planner.cli import main
from planner.decision import analysis, break_even, sensitivity


@pytest.fixture
def run(monkeypatch, capsys):
    """Run one command in this process: returns (status, standard output, standard error)."""

    monkeypatch.setenv("LABELPLAN_DEBUG", "1")  # an unexpected error fails the test with its traceback

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["labelplan", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        return ended.value.code, out.out, out.err

    return run


@pytest.fixture
def answered():
    """Read the JSON of a command that must have answered; NaN and Infinity in it fail."""

    def answered(result):
        status, out, _ = result
        assert status == 0, result
        return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))

    return answered


@pytest.fixture(scope="session")
def coarsely():
    """A context that looks for flips and break-evens in few places, for tests that only show or pass them on."""

    @contextmanager
    def coarsely():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(analysis, "FLIPS", 2)
            patch.setattr(sensitivity, "FLIP_POINTS", 5)
            patch.setattr(break_even, "POOLS_PER_DECADE", 1)
            patch.setattr(break_even, "CLOSE_SLOW", 0.1)
            yield

    return coarsely
