"""What the commands cost in processor time, each against its limit, and beside another commit in turns.

Prints minimum and median of processor seconds over repeats, imports included, and the ratio to the limit (below 1 is
within it); with --beside COMMIT the other commit runs each command in turns, and the ratio of medians is printed too.
Run: make bench, or python benchmarks/bench_cli.py [--beside COMMIT]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5

COST = "cost planner/plan/template.toml --labels random=12000"
VENDOR = "[[vendors]]\nprice_usd = 0.5\n"
RULE = f'[task]\ntarget = 0.9\nvalue_per_point_usd = 1_000\n[stopping]\nrules = ["target", "economic"]\n{VENDOR}'
BUDGET = f"[task]\nbudget_usd = 20_000\n{VENDOR}"

# What a user is promised, in processor seconds on an idle core.
CASES = {
    "--help": 0.2,
    COST: 1.2,
    "forecast examples/track-log.csv": 1.0,
    "vendors examples/six-quotes.toml": 2.5,
    "track examples/track.toml examples/track-log.csv": 2.5,
    "plan examples/back-of-envelope.toml --quick": 2.0,
    "plan examples/six-quotes.toml --quick": 2.0,
    "plan examples/back-of-envelope.toml": 5.0,
    "plan examples/six-quotes.toml": 5.0,
    "plan examples/skin-lesions.toml": 5.0,
    "plan examples/llm-or-people.toml": 5.0,
    "plan {folder}/rule.toml": 8.0,
    "plan {folder}/budget.toml": 8.0,
}


def processor_seconds(command: str, folder: Path, root: Path) -> float | None:
    """Run a command of the tool as it lies in a folder; None where it is refused, as an option that is newer is."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation has its bytecode compiled
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "planner.cli", *command.format(folder=folder).split()],
        cwd=root,
        env=environment,
        capture_output=True,
    )
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent if done.returncode == 0 else None


def measure(folder: Path, roots: list[Path], repeats: int) -> dict[str, dict[str, float]]:
    results = {}
    for command, limit in CASES.items():
        for root in roots:  # warms the file cache and the compiled bytecode
            processor_seconds(command, folder, root)
        runs = [[processor_seconds(command, folder, root) for root in roots] for _ in range(repeats)]
        own, *others = ([one for one in column if one is not None] for column in zip(*runs, strict=True))
        usual = statistics.median(own)
        told = f"{command:52s} min {min(own):.2f} s, median {usual:.2f} s, {usual / limit:.2f} x the limit of {limit} s"
        results[command] = {"min_s": min(own), "median_s": usual, "limit_s": limit}
        if others and others[0]:
            before = statistics.median(others[0])
            told += f"; before {before:.2f} s, {before / usual:.1f} times as long"
            results[command]["before_s"] = before
        print(told, flush=True)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", metavar="COMMIT", help="a commit that runs the same commands in turns")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rule.toml").write_text(RULE, encoding="utf-8")
        (folder / "budget.toml").write_text(BUDGET, encoding="utf-8")
        roots = [ROOT]
        if asked.beside:
            roots.append(folder / "beside")
            subprocess.run(["git", "worktree", "add", "--detach", str(roots[1]), asked.beside], cwd=ROOT, check=True)
        try:
            results = measure(folder, roots, asked.repeats)
        finally:
            if asked.beside:
                subprocess.run(["git", "worktree", "remove", "--force", str(roots[1])], cwd=ROOT, check=True)
    print(json.dumps(results))
    return int(any(one["median_s"] > one["limit_s"] for one in results.values()))


if __name__ == "__main__":
    sys.exit(main())
