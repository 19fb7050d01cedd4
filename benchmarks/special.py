"""Cases that are no comparison of arms on one thread: processes, threads, a large pool, start from cold, quality."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cases import CASES, MILLION, Arm, Case
from compare import MOST_SEEDS, Say, job_of, notes
from job import Answer
from outcome import Gate, Outcome, Row
from pools import FOLDER, ROOT, prepare
from runner import measure

_SMALL_GRID = """
[grid]
datasets = ["digits"]
strategies = ["random", "margin"]
batch_sizes = [20]
initial_size = 20
rounds = 5
seeds = 2
"""


def processes(repeats: int, say: Say) -> Outcome:
    """How much faster a grid runs on two processes, start-up included, and a joblib loop beside it."""
    grid, margin = CASES["grid"], CASES["margin"]
    prepare(grid.pool, MOST_SEEDS, grid.initial_size)
    jobs = {
        f"{name}, {count} process{'es' * (count > 1)}": job_of(case, Arm(name, seeds, processes=count))
        for name, case, seeds in (("labelplan_grid", grid, 20), ("sklearn_joblib", margin, 4))
        for count in (1, 2)
    }
    answers: dict[str, list[Answer]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            answers[name].append(measure(job))
            say(f"  {name}: {answers[name][-1].extra['seconds']:.1f} s")
    rows = [Row.of(name, jobs[name].lanes, found) for name, found in answers.items()]
    title = "20,000 × 384: the six-strategy grid by `labelplan simulate`'s runner, margin by joblib"
    outcome = Outcome("processes", title, rows)
    ratio = rows[0].wall_ms.median / rows[1].wall_ms.median
    outcome.gates.append(Gate("two processes over one, wall", ratio, 1.6, True, "floor", "×"))
    return outcome


def threads(repeats: int, say: Say) -> Outcome:
    """Whether one thread is the peers' best: the margin loop on one thread and on the libraries' own choice."""
    case = CASES["margin"]
    prepare(case.pool, MOST_SEEDS, case.initial_size)
    rows = []
    for arm in ("sklearn_numpy", "scikit_activeml"):
        job = job_of(case, Arm(arm, 1, every=10))
        for count, words in ((1, "one thread"), (None, "default threads")):
            answers = [measure(job, threads=count) for _ in range(min(repeats, 2))]
            rows.append(Row.of(f"{arm}, {words}", job.lanes, answers, notes(job)))
            say(f"  {rows[-1].arm}: {rows[-1].cpu_ms.median:.0f} ms processor, {rows[-1].wall_ms.median:.0f} ms wall")
    return Outcome("threads", "20,000 × 384, margin: the peers' threads", rows)


def million(repeats: int, say: Say) -> Outcome:
    """A pool of a million items: two strategies, five rounds, and the memory it takes."""
    title = "1,000,000 × 128, margin and random, batches of 1,000"
    case = Case("million", title, MILLION, ("margin", "random"), 1000, 5, 1000, (Arm("labelplan", 1),))
    prepare(case.pool, 1, case.initial_size)
    answer = measure(job_of(case, case.arms[0]))
    say(f"  {answer.peak_mb:.0f} MB, {answer.wall_ms:.0f} ms per lane-round")
    outcome = Outcome(case.name, case.title, [Row.of("labelplan", 2, [answer])])
    outcome.gates.append(Gate("peak memory", answer.peak_mb, 8000, False, "limit", " MB"))
    return outcome


def cold(repeats: int, say: Say) -> Outcome:
    """Wall seconds of `labelplan simulate`: a small grid with warm caches, and examples/grid.toml with none."""
    outcome = Outcome("cold", "`labelplan simulate`, from the shell to the last curve")
    FOLDER.mkdir(parents=True, exist_ok=True)
    grid = FOLDER / "small.toml"
    grid.write_text(_SMALL_GRID, encoding="utf-8")
    _simulate(grid)
    warm = min(_simulate(grid) for _ in range(max(2, repeats)))
    for kept in (ROOT / "simulations" / "__pycache__").glob("kernels-*"):
        shutil.rmtree(kept)
    bare = _simulate(ROOT / "examples" / "grid.toml")
    say(f"  small grid, warm caches: {warm:.1f} s; examples/grid.toml, no caches: {bare:.1f} s")
    outcome.gates += [
        Gate("small grid, compile cache warm", warm, 5.0, False, "limit", " s"),
        Gate("examples/grid.toml, compile included", bare, 30.0, False, "limit", " s"),
    ]
    return outcome


def _simulate(grid: Path) -> float:
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, "-m", "planner.cli", "simulate", str(grid), "--store", store]
        # Python keeps the bytecode of what it imports, unless it is told not to: that is a cache of the usual kind too.
        usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, env=usual, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"labelplan simulate {grid.name} failed: {done.stderr[-500:]}")
        return time.perf_counter() - began


def quality(repeats: int, say: Say) -> Outcome:
    """The gates of `research.quality`: accuracy, objective and areas against scikit-learn, apart from the engine."""
    from research.quality import accuracy_difference, curve_area, objective_gap, standard_cases
    from simulations.learners import LEARNERS, make_learner
    from simulations.trajectory import Part

    learner, cases = make_learner(Part.of("linear", LEARNERS["linear"].defaults)), standard_cases()
    outcome = Outcome("quality", "the linear learner against scikit-learn's on identical labelled sets")
    for found in (accuracy_difference(learner, cases), objective_gap(learner, cases), curve_area(learner)):
        say(f"  {found}")
        name, _, _ = str(found).partition(":")
        outcome.gates.append(Gate(name, float(found.passed), 1.0, True, "quality"))
        outcome.facts[type(found).__name__] = str(found)
    return outcome


SPECIAL = {f.__name__: f for f in (processes, threads, million, cold, quality)}
