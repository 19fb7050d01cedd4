"""The engine side by side with its peers: speed, memory, start-up, at equal quality.

    python benchmarks/bench_engine.py                     all cases, about 25 minutes on two cores
    python benchmarks/bench_engine.py --quick             one short repeat of the most telling ones
    python benchmarks/bench_engine.py --case margin --repeats 5
    python scripts/other_processor.py benchmarks/bench_engine.py --case grid     without AVX-512, kept beside the rest

A lane is one trajectory; a lane-round is one training, one test evaluation and one choice of a batch. Exit status 1
means that a gate failed: a speed below its floor, a limit exceeded, or curves that differ from scikit-learn's.
"""

import argparse
import sys

from cases import CASES, QUICK
from compare import compare
from outcome import RESULTS, Outcome, width
from pools import FOLDER, ROOT, MissingPoolError
from runner import ArmError
from special import SPECIAL

sys.path.insert(0, str(ROOT))


def main() -> int:
    names = [*CASES, *SPECIAL]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", action="append", choices=names, help="one case; may be given more than once")
    parser.add_argument("--repeats", type=int, default=3, help="interleaved repeats of every arm (default 3)")
    parser.add_argument("--quick", action="store_true", help="a look: few lanes, one repeat, nothing kept in results/")
    arguments = parser.parse_args()
    repeats = 1 if arguments.quick else arguments.repeats
    failed = []
    for name in arguments.case or (QUICK if arguments.quick else names):
        print(f"{name}", flush=True)
        try:
            outcome = _run(name, repeats, arguments.quick)
        except MissingPoolError as error:
            print(f"  skipped: {error}", flush=True)
            continue
        except ArmError as error:
            print(f"  {error}", file=sys.stderr)
            return 1
        outcome.write(FOLDER / "quick" if arguments.quick else RESULTS / width())
        _show(outcome)
        # A short look proves no speed, but equal quality and memory hold at any length.
        failed += [f"{name}: {g.name}" for g in outcome.failed if not (arguments.quick and g.kind == "floor")]
    if not arguments.quick:
        from report import write_report

        write_report(RESULTS, ROOT / "docs")
    print("\n".join(["failed:", *failed]) if failed else "all gates of what was measured passed")
    return int(bool(failed))


def _run(name: str, repeats: int, quick: bool) -> Outcome:
    if name in SPECIAL:
        return SPECIAL[name](repeats, _say)
    case = CASES[name].quick() if quick else CASES[name]
    return compare(case, repeats, _say)


def _say(line: str) -> None:
    print(line, flush=True)


def _show(outcome: Outcome) -> None:
    print(f"  {'':28s} {'CPU ms per lane-round':>26s} {'wall':>9s} {'against':>9s} {'peak':>9s}")
    print(f"  {'':28s} {'min':>13s}{'median':>13s} {'median':>9s} {'first':>9s} {'MB':>9s}")
    for row in outcome.rows:
        ratio = row.cpu_ms.median / outcome.rows[0].cpu_ms.median
        times = f"{row.cpu_ms.min:13.3f}{row.cpu_ms.median:13.3f} {row.wall_ms.median:9.3f}"
        print(f"  {row.arm:28s} {times} {ratio:8.1f}× {row.peak_mb:9.0f}")
    for gate in outcome.gates:
        print(gate.line())


if __name__ == "__main__":
    sys.exit(main())
