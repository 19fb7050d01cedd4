"""How long a user waits for the command line: `labelplan --help` and `labelplan plan`, each against its limit.

Prints minimum and median of wall seconds over repeats, and the ratio to the limit (below 1 is within it).
Run: make bench, or python benchmarks/bench_cli.py
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5

# What a user is promised, in seconds; the second is a whole answer from recorded curves, imports included.
CASES = {
    "labelplan --help": (["--help"], 0.5),
    "labelplan cost (default plan)": (["cost", "planner/plan/template.toml", "--labels", "random=12000"], 3.0),
    "labelplan plan examples/skin-lesions.toml": (["plan", "examples/skin-lesions.toml", "--json"], 10.0),
}


def seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "planner.cli", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    results = {}
    for name, (arguments, limit) in CASES.items():
        seconds(arguments)  # warms the file cache and the compiled bytecode
        times = [seconds(arguments) for _ in range(REPEATS)]
        results[name] = {"min_s": min(times), "median_s": statistics.median(times), "limit_s": limit}
        best, usual = min(times), statistics.median(times)
        print(f"{name:45s} min {best:.2f} s, median {usual:.2f} s, {usual / limit:.2f} x the limit of {limit} s")
    print(json.dumps(results))
    return int(any(one["median_s"] > one["limit_s"] for one in results.values()))


if __name__ == "__main__":
    sys.exit(main())
