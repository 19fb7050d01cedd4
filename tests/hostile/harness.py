"""Tries of an attack: each made from a seed and its number, logged so that a later run goes on, and counted."""

import json
import shutil
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

FAILED = "failures"

Attempt = Callable[[Generator, Path], str]
"""One try: takes its own random numbers and an empty folder, and gives what came of it in words, such as "answered".

What breaks an invariant raises; the folder, with whatever the try wrote there, is then kept.
"""


class UnavailableError(Exception):
    """What an attack needs is not on this machine; the message says what."""


@dataclass(frozen=True)
class Attack:
    """One way to try what ought not to break.

    Attributes:
        tries: in `make hostile`.
        few: in `make test`.
        begin: opens what all tries share (a server, a store), given a folder, and gives the attempt.
    """

    name: str
    tries: int
    few: int
    begin: Callable[[Path], AbstractContextManager[Attempt]]


def alone(attempt: Attempt) -> Callable[[Path], AbstractContextManager[Attempt]]:
    """Begin an attack whose tries share nothing."""
    return lambda _: nullcontext(attempt)


def attack_in(attack: Attack, folder: Path, tries: int, seed: int = 0) -> Counter[str]:
    """Make the tries that are not in the log yet, and those that failed again; count what came of all of them.

    A failure leaves `failure.txt`, beside what the try wrote, in a folder named after its number.

    Raises:
        UnavailableError: what the attack needs is missing.
    """
    log = folder / f"{attack.name}.jsonl"
    outcomes = dict(_read_log(log, seed))
    left = [number for number in range(tries) if outcomes.get(number, FAILED) == FAILED]
    if left:
        shared = folder / attack.name
        shared.mkdir(parents=True, exist_ok=True)
        with attack.begin(shared) as attempt, log.open("a", encoding="utf-8") as lines:
            for number in left:
                began = time.monotonic()
                outcomes[number], why = _try(attempt, attack.name, seed, number, shared / f"try-{number}")
                seconds = round(time.monotonic() - began, 2)
                line = {"try": number, "seed": seed, "outcome": outcomes[number], "seconds": seconds, "why": why}
                print(json.dumps(line), file=lines, flush=True)
    return Counter(outcomes[number] for number in range(tries))


def count_words(name: str, counts: Counter[str]) -> str:
    """Write counts as one line: `plans: 3,000 tried, 1,800 refused with a sentence, 1,200 answered, 0 failures`."""
    came = [f"{count:,} {outcome}" for outcome, count in counts.most_common() if outcome != FAILED]
    return f"{name}: {', '.join([f'{counts.total():,} tried', *came, f'{counts[FAILED]:,} {FAILED}'])}"


def _try(attempt: Attempt, name: str, seed: int, number: int, place: Path) -> tuple[str, str | None]:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        outcome = attempt(np.random.default_rng([seed, zlib.crc32(name.encode()), number]), place)
    except (Exception, SystemExit) as error:
        (place / "failure.txt").write_text(f"try {number}, seed {seed}\n{traceback.format_exc()}", encoding="utf-8")
        return FAILED, f"{type(error).__name__}: {error}"[:500]
    shutil.rmtree(place, ignore_errors=True)
    return outcome, None


def _read_log(log: Path, seed: int) -> Iterator[tuple[int, str]]:
    if log.exists():
        for text in log.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["seed"] == seed:
                yield line["try"], line["outcome"]
