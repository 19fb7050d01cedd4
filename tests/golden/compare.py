"""Record what the command line answers, and check later that it still answers the same, byte for byte.

    python tests/golden/compare.py record [--only PATTERN] [--jobs 2] [--fresh]
    python tests/golden/compare.py check [--only PATTERN] [--jobs 2] [--fresh]

A case is a line of `cases.txt`, or a plan file of `inputs/plans`. Its commands run one after another in a fresh folder
that holds a copy of `inputs` and `examples`; exit status, standard output and standard error of each are compared.
Of the packages nothing is named but `planner.cli`, which is run as a program, so that their modules may move. For speed
each command is a fork of a process that has loaded the libraries; `--fresh` starts a new Python for each.
"""

import argparse
import csv
import fnmatch
import gzip
import importlib
import io
import json
import multiprocessing
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INPUTS, OUTPUTS = HERE / "inputs", HERE / "outputs"
PLAIN_BYTES = 24_000
"""Longer outputs are kept compressed."""

PROGRAM = "planner.cli"
LIBRARIES = (
    "numpy",
    "scipy.stats",
    "scipy.optimize",
    "scipy.special",
    "pandas",
    "pydantic",
    "tomlkit",
    "typer",
    "rich.console",
)
"""What most commands load first."""
OWN_PROCESSES = ("simulate", "dashboard")
"""Commands that start processes of their own, and so are never forked."""

EVERY_PLAN = "labelplan plan plans/{name}.toml --json --draws 400"

SECONDS = ("fit_seconds", "score_seconds", "select_seconds")
MASKS: tuple[tuple[str, str], ...] = (
    (r'^(  "version": )"[^"]*"', r'\1"MASKED"'),  # of a verdict
    (r"^labelplan \d[\w.+]*$", "labelplan MASKED"),  # --version
    (r'^(  "seconds": )[\d.e+-]+', r"\1MASKED"),  # of a run of a grid, and of its preview
    (rf'("(?:{"|".join(SECONDS)})":)\[[^\]]*\]', r"\1[MASKED]"),  # of a stored trajectory
    (r'^(\s*"(?:labelplan|made_on|machine)": )"[^"]*"', r'\1"MASKED"'),  # provenance that is written now
    (r'("versions": )\{[^}]*\}', r"\1{MASKED}"),
    (r"(trajectories simulated) in .+?, (\d)", r"\1 in MASKED, \2"),
    (r"(processor time: ).*", r"\1MASKED"),
    (r"^The first run compiles .*\n", ""),  # only where nothing is compiled yet
    (r"^\d+ of \d+ trajectories.*\n", ""),  # progress, told by the clock
    (r"^.*━.*\n", ""),  # bars
    (r"( It took )[\d.]+ (?:s|min)\b", r"\1MASKED"),
    (r"(/\.(?:frame|spending|coverage)/)[0-9a-f]{32}", r"\1MASKED"),  # caches, named by the times of files
    # Contour lines of the map come from a library: the same points to nine digits, in another order.
    (r'("lines": )\[(?:\s*\{[^{}]*\},?)*\s*\]', r"\1MASKED"),
    (r"(?<=scored) in [\d.]+ (?:s|min)\b", " in MASKED"),
)
"""Times, versions and the machine: what may differ between two runs of the same program."""


@dataclass(frozen=True)
class Step:
    """One command and what it gave."""

    command: str
    status: int
    out: str
    err: str

    def text(self) -> str:
        """Write it as an output file holds it."""
        return f"$ {self.command}\n[status {self.status}]\n[out]\n{self.out}\n[err]\n{self.err}\n"


def cases() -> dict[str, list[str]]:
    """Give the commands of each case by name."""
    found: dict[str, list[str]] = {}
    for line in (HERE / "cases.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, *commands = (part.strip() for part in line.split(" | "))
        if name in found or not commands:
            raise SystemExit(f"cases.txt: '{name}' is given twice, or has no command")
        found[name] = commands
    plans = sorted(path.stem for path in (INPUTS / "plans").glob("*.toml"))
    return found | {f"plans/{name}": [EVERY_PLAN.format(name=name)] for name in plans}


def load_libraries() -> None:
    """Load what most commands need, once for all that are forked from here: libraries, and what a verdict imports."""
    os.environ |= _environment()  # before numpy starts its threads
    for name in LIBRARIES:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("r+b") as nowhere:
        was = [os.dup(number) for number in (1, 2)]
        try:
            _run_here(["plan", "missing.toml"], Path(folder), os.environ.copy(), nowhere, nowhere)
        finally:
            os.chdir(ROOT)
            for number, copy in enumerate(was, start=1):
                os.dup2(copy, number)
                os.close(copy)
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def run_case(commands: list[str]) -> str:
    """Run the commands of a case in a folder of their own, and give what they answered."""
    with tempfile.TemporaryDirectory(prefix="golden-") as folder:
        home = Path(folder).resolve()
        shutil.copytree(INPUTS, home, dirs_exist_ok=True)
        shutil.copytree(ROOT / "examples", home / "examples")
        return "".join(_masked(_run(command, home), home).text() for command in commands)


def _run(command: str, home: Path) -> Step:
    words = shlex.split(command)
    if words[0] == "show":
        return Step(command, 0, "".join(_content(home / name) for name in words[1:]), "")
    if words[0] == "files":
        names = sorted(str(path.relative_to(home)) for path in (home / words[1]).rglob("*") if path.is_file())
        return Step(command, 0, "\n".join(names), "")
    settings = dict(word.split("=", 1) for word in words[: words.index("labelplan")])
    arguments = words[words.index("labelplan") + 1 :]
    forked = LIBRARIES[0] in sys.modules and not set(arguments[:1]) & set(OWN_PROCESSES)
    with (home / ".out").open("w+b") as out, (home / ".err").open("w+b") as err:
        run = _run_forked if forked else _run_fresh
        status = run(arguments, home, _environment() | settings, out, err)
        texts = [(stream.seek(0), stream.read().decode())[1] for stream in (out, err)]
    for name in (".out", ".err"):
        (home / name).unlink()
    return Step(command, status, *texts)


def _run_fresh(arguments: list[str], home: Path, env: dict[str, str], out: BinaryIO, err: BinaryIO) -> int:
    words = [sys.executable, "-m", PROGRAM, *arguments]
    return subprocess.run(words, cwd=home, env=env, stdout=out, stderr=err, timeout=1_800, check=False).returncode


def _run_forked(arguments: list[str], home: Path, env: dict[str, str], out: BinaryIO, err: BinaryIO) -> int:
    """Run the program in a fork of this process, which has no threads."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        status = _run_here(arguments, home, env, out, err)
    finally:
        os._exit(status)


def _run_here(arguments: list[str], home: Path, env: dict[str, str], out: BinaryIO, err: BinaryIO) -> int:
    """Run the program in this process, whose streams, folder, environment and arguments it takes over."""
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    os.chdir(home)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["labelplan", *arguments]
    sys.path[0] = str(ROOT)
    status = 0
    try:
        runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _environment() -> dict[str, str]:
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LABELPLAN_CACHE", "TMPDIR") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return own | threads | {"PYTHONPATH": str(ROOT), "COLUMNS": "140", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


def _content(path: Path) -> str:
    """Give a file's text; columns of seconds in a curve table are masked."""
    if not path.is_file():
        return f"(there is no {path.name})\n"
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".csv" or SECONDS[0] not in text.split("\n", 1)[0]:
        return text
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {name: "MASKED" for name in SECONDS if row.get(name)} for row in rows)
    return out.getvalue()


def _masked(step: Step, home: Path) -> Step:
    out, err = (text.replace(str(home), "HOME").replace(str(ROOT), "ROOT") for text in (step.out, step.err))
    for pattern, mask in MASKS:
        out, err = (re.sub(pattern, mask, text, flags=re.MULTILINE) for text in (out, err))
    return Step(step.command, step.status, out, err)


def save(name: str, text: str) -> None:
    """Keep an output; a long one compressed, without a date."""
    plain, packed = OUTPUTS / f"{name}.txt", OUTPUTS / f"{name}.txt.gz"
    plain.parent.mkdir(parents=True, exist_ok=True)
    long = len(text.encode()) > PLAIN_BYTES
    (plain if long else packed).unlink(missing_ok=True)
    if long:
        packed.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    else:
        plain.write_text(text, encoding="utf-8")


def kept(name: str) -> str | None:
    """Give what was recorded; None where nothing was."""
    plain, packed = OUTPUTS / f"{name}.txt", OUTPUTS / f"{name}.txt.gz"
    if packed.is_file():
        return gzip.decompress(packed.read_bytes()).decode()
    return plain.read_text(encoding="utf-8") if plain.is_file() else None


def difference(old: str, new: str) -> str:
    """Say where two outputs differ first: the command, and the path in its JSON or else the line."""
    for before, after in zip(_steps(old), _steps(new), strict=False):
        if before == after:
            continue
        command = before[0]
        pairs = list(zip(before[1:], after[1:], strict=True))
        for part, (was, now) in zip(("status", "out", "err"), pairs, strict=True):
            if was == now:
                continue
            return f"{command}: {part}: {_json_difference(was, now) or _line_difference(was, now)}"
        return f"found the command {after[0]}, recorded {command}"
    return "another number of commands"


def _steps(text: str) -> list[tuple[str, str, str, str]]:
    pattern = r"^\$ (.*)\n\[status (-?\d+)\]\n\[out\]\n((?s:.*?))\n\[err\]\n((?s:.*?))\n(?=^\$ |\Z)"
    return [(match[1], match[2], match[3], match[4]) for match in re.finditer(pattern, text, flags=re.MULTILINE)]


def _json_difference(was: str, now: str) -> str | None:
    """Name the first place in which two JSON texts differ; None where they are no JSON, or differ in layout alone."""
    try:
        old, new = json.loads(was), json.loads(now)
    except ValueError:
        return None
    return next(_places(old, new, "$"), None)


def _places(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old:
            if key not in new:
                yield f"{path}.{key}: gone, was {_shown(old[key])}"
            else:
                yield from _places(old[key], new[key], f"{path}.{key}")
        yield from (f"{path}.{key}: new, {_shown(new[key])}" for key in new if key not in old)
        if list(old) != list(new):
            yield f"{path}: keys in another order"
    elif isinstance(old, list) and isinstance(new, list):
        for place, (one, other) in enumerate(zip(old, new, strict=False)):
            yield from _places(one, other, f"{path}[{place}]")
        if len(old) != len(new):
            yield f"{path}: {len(old)} entries, now {len(new)}"
    elif repr(old) != repr(new):
        yield f"{path}: {_shown(old)}, now {_shown(new)}"


def _line_difference(was: str, now: str) -> str:
    olds, news = was.splitlines(), now.splitlines()
    for number, (old, new) in enumerate(zip(olds, news, strict=False), start=1):
        if old != new:
            # A report's lines are long: begin shortly before the place where they part.
            start = max(0, next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0) - 20)
            return f"line {number}: {_shown(old[start:])}, now {_shown(new[start:])}"
    return f"{len(olds)} lines, now {len(news)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "..."


def main() -> int:
    """Record or check, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("record", "check", "list"))
    parser.add_argument("--only", metavar="PATTERN", help="cases whose name matches, such as 'plans/*'")
    parser.add_argument("--jobs", type=int, default=2, help="cases at once")
    parser.add_argument("--missing", action="store_true", help="only cases of which nothing is recorded")
    parser.add_argument("--fresh", action="store_true", help="a new Python for each command; slower")
    asked = parser.parse_args()
    chosen = {name: steps for name, steps in cases().items() if asked.only is None or fnmatch.fnmatch(name, asked.only)}
    chosen = {name: steps for name, steps in chosen.items() if not asked.missing or kept(name) is None}
    if not chosen:
        parser.error("no case matches")
    if asked.what == "list":
        print("\n".join(f"{name}: {'; '.join(steps)}" for name, steps in chosen.items()))
        return 0
    if asked.what == "record" and asked.only is None and not asked.missing and OUTPUTS.exists():
        shutil.rmtree(OUTPUTS)
    differing = 0
    if not asked.fresh:
        load_libraries()
    with multiprocessing.get_context("fork").Pool(asked.jobs) as pool:
        for name, text in zip(chosen, pool.imap(run_case, chosen.values()), strict=True):
            if asked.what == "record":
                save(name, text)
                continue
            old = kept(name)
            if old != text:
                differing += 1
                print(f"{name}: {'nothing is recorded' if old is None else difference(old, text)}", flush=True)
    print(f"{len(chosen)} cases, " + ("recorded" if asked.what == "record" else f"{differing} differ"))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
