"""Disks that are full or can only be read: a sentence, what was there before stays, and a later run goes on."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from numpy.random import Generator

from simulations.record import Record
from simulations.store import Store
from tests.hostile.command import ANSWERED, CONTROL
from tests.hostile.harness import Attack, alone
from tests.hostile.inputs import pick

ROOT = Path(__file__).parents[2]
GRID = """[grid]
datasets = [{name = "synthetic", n = 300, d = 4, classes = 3, test_size = 100}]
learners = ["ridge"]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 10
rounds = 4
seeds = 2
"""
OLD = b"what was here before\n"
TOLD = "told, and nothing lost"


def attempt(rng: Generator, place: Path) -> str:
    """Write something where there is room for some bytes only, or where nothing can be written."""
    (place / "grid.toml").write_text(GRID, encoding="utf-8")
    room = int(pick(rng, (0, 1, 10, 100, 1_000, 3_000, 10_000, 10**9)))
    if rng.random() < 0.4:
        return _simulate(room, place)
    out = place / "out" / pick(rng, ("plan.toml", "quotes.csv", "quotes.xlsx", "labels.csv", "report.html"))
    out.parent.mkdir()
    out.write_bytes(OLD)
    target = out if rng.random() < 0.7 else Path(pick(rng, ("/proc/none", "/sys/none", "/dev/full"))) / "x" / out.name
    done = command(_writing(target), room)
    return _check_written(done, out, target)


def _writing(target: Path) -> list[str]:
    exports = ROOT / "tests/planner/annotations/data/table.csv"
    if target.name == "labels.csv":
        return ["import", str(exports), "--from", "csv", "--write-labels", str(target)]
    if target.name == "report.html":
        plan = str(ROOT / "examples/back-of-envelope.toml")
        return ["plan", plan, "--draws", "100", "--report", str(target), "--sections", "verdict"]
    return ["init", str(target), "--force"]


def _check_written(done: "subprocess.CompletedProcess[str]", out: Path, target: Path) -> str:
    if done.returncode == 0:
        assert target == out and out.stat().st_size > len(OLD) and not out.read_bytes().startswith(OLD)
        return ANSWERED
    check_sentence(done)
    assert out.read_bytes() == OLD, "what was there before is lost"
    assert {path.name for path in out.parent.iterdir()} == {out.name}, "something half written is left"
    return TOLD


def _simulate(room: int, place: Path) -> str:
    arguments = ["simulate", str(place / "grid.toml"), "--store", str(place / "store"), "--processes", "1"]
    done = command(arguments, room)
    if done.returncode:
        check_sentence(done)
    check_store(Store(place / "store"))
    again = command(arguments, None)
    assert again.returncode == 0, again.stderr
    assert len(check_store(Store(place / "store"))) == 4
    return ANSWERED if done.returncode == 0 else TOLD


def check_store(store: Store) -> list[Record]:
    """Check that every file of a store is whole, and that nothing half written lies beside them."""
    found = list(store.contents())
    assert all(isinstance(one, Record) for one in found), found
    return [one for one in found if isinstance(one, Record)]


def check_sentence(done: "subprocess.CompletedProcess[str]") -> None:
    """Check that a process ended with a status of its own and a sentence, and no traceback."""
    assert done.returncode in (1, 2), (done.returncode, done.stderr)
    said = done.stderr + done.stdout
    assert "labelplan: " in done.stderr or "are still missing; mend what the warnings tell of" in done.stdout, said
    assert "Traceback" not in said and "an error in labelplan itself" not in said and not CONTROL.search(said), said


def command(arguments: list[str], room: int | None) -> "subprocess.CompletedProcess[str]":
    """Run labelplan in a process whose files cannot grow beyond so many bytes."""
    limit: Callable[[], None] | None = None
    if room is not None:
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # noqa: E731
    return subprocess.run(
        [sys.executable, "-m", "planner.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )


ATTACK = Attack("disks", 100, 1, alone(attempt))
