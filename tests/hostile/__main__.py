"""`python -m tests.hostile FOLDER [--only plans,stores] [--scale 0.1] [--seed 1]`: attack, and count what came of it.

Tries that FOLDER has are not made again; those that failed are. Exit status 1 where one failed.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from tests.hostile.attacks import ATTACKS
from tests.hostile.harness import FAILED, Attack, UnavailableError, attack_in, count_words


def _run(attack: Attack, options: argparse.Namespace) -> bool:
    """Make the tries of one attack and print their counts; say whether none failed."""
    began = time.monotonic()
    try:
        counts = attack_in(attack, options.folder, max(1, round(attack.tries * options.scale)), options.seed)
    except UnavailableError as missing:
        print(f"{attack.name}: not tried, as {missing}", flush=True)
        return True
    where = f"; see {options.folder / attack.name}" if counts[FAILED] else ""
    print(f"{count_words(attack.name, counts)} ({time.monotonic() - began:,.0f} s){where}", flush=True)
    return not counts[FAILED]


def main() -> int:
    """Run the attacks that are asked for, all if none is named, and give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default=",".join(ATTACKS), help=f"some of {', '.join(ATTACKS)}")
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual number of tries")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := set(names) - ATTACKS.keys():
        parser.error(f"found {', '.join(sorted(unknown))}; allowed: {', '.join(ATTACKS)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what an attack has started
    passed = [_run(ATTACKS[name], options) for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
