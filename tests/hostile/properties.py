"""Stated invariants (the tests with `@given`), each time on other examples than `make test` tries."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numpy.random import Generator

from tests.hostile.harness import Attack, Attempt
from tests.hostile.inputs import pick

ROOT = Path(__file__).parents[2]
HELD = "held"


@contextmanager
def begin(_: Path) -> Iterator[Attempt]:
    files = sorted(path for path in ROOT.glob("tests/**/test_*.py") if "@given" in path.read_text(encoding="utf-8"))
    yield lambda rng, place: attempt(rng, place, files)


ATTACK = Attack("properties", 100, 0, begin)


def attempt(rng: Generator, place: Path, files: list[Path]) -> str:
    """Run the invariants of one file on examples of a seed of its own."""
    options = ["-q", "-n", "0", "-m", "hypothesis", "--hypothesis-profile=search", "-p", "no:cacheprovider"]
    seed = f"--hypothesis-seed={rng.integers(2**31)}"
    command = [sys.executable, "-m", "pytest", *options, seed, str(pick(rng, files))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (place / "output.txt").write_text(f"{command}\n{done.stdout}{done.stderr}", encoding="utf-8")
    assert done.returncode == 0, done.stdout[-400:]
    return HELD
