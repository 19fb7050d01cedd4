"""Plant faults one at a time in a working tree, and see which tests of it catch them.

Usage: python plant.py TREE OUT [--ids a,b,...] [--check] [--faults FILE] [--cap SECONDS] [--wall SECONDS]

TREE needs its environment (`make .venv/.installed-test`), no uncommitted changes under planner/ and simulations/, and
nobody else at work in it. OUT is a JSON file, written after each fault; what it holds already is not run again.
`--check` only looks whether the text of each fault is found once.

For each fault: replace its text, run the tests with `pytest -q -x -p no:cacheprovider` in groups from the nearest to the
furthest, stop at the first that fails because of it, put the file back. A failing test is run again without the fault;
where it fails then too, it is left out and the group goes on.

A lower `--cap` first and a higher one afterwards is quicker: a fault that was missed is gone on with where it stopped.
The cap counts processor seconds of pytest and its children (`--cap`, 300), because the machine is shared; the clock is
capped too (`--wall`, 900).
"""

import argparse
import ast
import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

SHIPPED = ("planner", "simulations")
NO_TESTS = 5
NOT_FOUND = 4
GROUPS = (3, 8, 20, 60)
"""Test files in each of the first pytest runs of a fault; the rest is a run of its own."""


def shipped_files(tree: Path) -> list[Path]:
    return sorted(path for room in SHIPPED for path in (tree / room).rglob("*.py"))


def find(tree: Path, fault: dict) -> tuple[Path, str, str]:
    """Give the file, the text to replace as it stands there, and the text to put. Raise LookupError where there is not one."""
    texts = {path: path.read_text(encoding="utf-8") for path in shipped_files(tree)}
    named = [tree / fault[key] for key in ("new_file", "old_file") if fault.get(key)]
    for pattern, after in ways(fault):
        hits = [(path, match) for path, text in texts.items() for match in pattern.finditer(text)]
        if len(hits) > 1:
            near = [hit for hit in hits if hit[0] in named]
            hits = near if len(near) == 1 else hits
        if len(hits) == 1:
            path, match = hits[0]
            return path, match.group(0), match.expand(after) if "\\" in after and pattern.groups else after
        if len(hits) > 1:
            raise LookupError(f"found {len(hits)} times: {sorted({str(p.relative_to(tree)) for p, _ in hits})}")
    raise LookupError("not found")


def ways(fault: dict) -> list[tuple[re.Pattern, str]]:
    """Verbatim; then with other line breaks and spaces; then by the fault's own pattern."""
    verbatim = re.compile(re.escape(fault["before"]))
    parts = [re.escape(part) for part in re.split(r"\s+", fault["before"])]
    found = [(verbatim, fault["after"]), (re.compile(r"\s+".join(parts)), fault["after"])]
    if "pattern" in fault:
        found.append((re.compile(fault["pattern"]), fault["replacement"]))
    return found


# --- what imports what ---------------------------------------------------------------------------------------------


def module_name(tree: Path, path: Path) -> str:
    parts = list(path.relative_to(tree).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, own: str, known: set[str]) -> set[str]:
    """The known modules that a file names in its imports, and in its strings (a page is started by its name)."""
    found: set[str] = set()
    is_package = path.name == "__init__.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.add(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = own.split(".")
                up = up[: len(up) - node.level + (1 if is_package else 0)]
                base = ".".join([*up, base] if base else up)
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names}
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in known and "." in node.value
        ):
            found.add(node.value)
    return found & known


class Suite:
    """The test files of a tree, and how near each is to a module."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        everything = [*shipped_files(tree), *sorted((tree / "tests").rglob("*.py"))]
        research = tree / "research"
        everything += sorted(research.rglob("*.py")) if research.is_dir() else []
        self.names = {path: module_name(tree, path) for path in everything}
        known = set(self.names.values())
        self.uses = {self.names[path]: imports(path, self.names[path], known) for path in everything}
        self.paths = {name: path for path, name in self.names.items()}
        self.tests = [path for path in everything if path.name.startswith("test_") and (tree / "tests") in path.parents]
        for path in self.tests:  # what a test's fixtures and helpers import, it imports at one remove
            for folder in path.parents:
                conftest = folder / "conftest.py"
                if conftest in self.names:
                    self.uses[self.names[path]].add(self.names[conftest])
                if folder == tree / "tests":
                    break

    def distances(self, module: str) -> dict[str, int]:
        """Imports between each module and this one, itself 0."""
        users: dict[str, set[str]] = {}
        for name, used in self.uses.items():
            for one in used:
                users.setdefault(one, set()).add(name)
        found, queue = {module: 0}, deque([module])
        while queue:
            one = queue.popleft()
            for user in users.get(one, ()):
                if user not in found:
                    found[user] = found[one] + 1
                    queue.append(user)
        return found

    def is_browser(self, path: Path) -> bool:
        return "e2e" in path.parts or "pytest.mark.browser" in path.read_text(encoding="utf-8")

    def order(self, changed: Path) -> list[Path]:
        """Test files from the nearest to the furthest; those that do not reach the module at the end, by room."""
        module = self.names[changed]
        parts = changed.relative_to(self.tree).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1] or parts
        mirrored, stem, room = Path("tests", *parts[:-1]), parts[-1], parts[:2]
        away = self.distances(module)
        of_dashboard = "dashboard" in parts or parts[:2] == ("planner", "app")
        ranked = []
        for path in self.tests:
            place = path.relative_to(self.tree)
            browser = self.is_browser(path)
            if browser and not of_dashboard:
                continue
            distance = away.get(self.names[path], 99)
            in_folder = mirrored in (place.parent, *place.parent.parents) and len(mirrored.parts) > 2
            in_folder = in_folder or place.parent == mirrored
            same_name = path.stem in (f"test_{stem}", f"test_{stem}s", f"test_{stem.rstrip('s')}")
            in_room = place.parts[1:3] == room
            if same_name and (distance <= 2 or in_folder):
                rank = 0.0
            elif distance == 1:
                rank = 1.0 if in_folder or in_room else 1.5
            elif in_folder:
                rank = 2.0 + 0.1 * min(distance, 9)
            elif distance < 99:
                rank = 2.0 + distance - (0.6 if in_room else 0.0)
            elif in_room:
                rank = 30.0
            else:
                continue
            if place.parts[1:3] == ("planner", "cli") and parts[:2] != ("planner", "cli"):
                rank += 20.0
            if browser:
                rank += 40.0
            ranked.append((rank, str(place), path))
        return [path for _, _, path in sorted(ranked)]


# --- planting ------------------------------------------------------------------------------------------------------


def family_seconds(pid: int) -> float:
    """Processor seconds of a process, its living descendants and the dead ones it has waited for."""
    ticks, seconds, children = os.sysconf("SC_CLK_TCK"), 0.0, {}
    stats = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            stats[int(entry)] = fields
            children.setdefault(int(fields[1]), []).append(int(entry))
    queue = [pid]
    while queue:
        one = queue.pop()
        if one in stats:
            fields = stats[one]
            seconds += sum(int(field) for field in fields[11:15]) / ticks
        queue += children.get(one, [])
    return seconds


class Run:
    """Pytest in a tree, within what is left of a cap."""

    options: list[str] = []

    def __init__(self, server: "Server", cap: float, wall: float, scratch: Path) -> None:
        self.server, self.cap, self.wall, self.scratch = server, cap, wall, scratch
        self.used, self.clock = 0.0, 0.0

    @property
    def left(self) -> bool:
        return self.used < self.cap and self.clock < self.wall

    def pytest(self, args: list[str], *, capped: bool = True) -> tuple[int | None, list[str], list[str]]:
        """Give the exit status (None: cut off by the cap), the tests that failed, and the first lines of the failure.

        Of a run that was cut off, give the files that were begun in place of the tests that failed.
        """
        args_all = [
            "-v",
            "-x",
            "-p",
            "no:cacheprovider",
            "-n",
            "0",
            "--no-header",
            "--tb=line",
            "-rfE",
            *self.options,
            *args,
        ]
        log = self.scratch / "pytest.log"
        pid = self.server.start(args_all, log)
        seen, status, looked = 0.0, None, time.monotonic()
        try:
            while (status := self.server.wait(1.0)) is None:
                seen = max(seen, family_seconds(pid))
                # Where this process was held up, that time does not count.
                self.clock += min(time.monotonic() - looked, 5.0) if capped else 0.0
                looked = time.monotonic()
                if capped and (self.used + seen > self.cap or self.clock > self.wall):
                    break
        finally:
            if status is None:
                kill(pid, self.server)
        self.used += seen if capped else 0.0
        text = log.read_text(encoding="utf-8", errors="replace")
        if status is None:
            begun = re.findall(r"^(\S+\.py)::", text, re.MULTILINE)
            return None, list(dict.fromkeys(begun)), []
        text = text[max(text.rfind("short test summary info"), 0) :]
        failed = re.findall(r"^(?:FAILED|ERROR) (\S+(?:\[.*?\])?)(?: - .*)?$", text, re.MULTILINE)
        said = [line for line in text.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))][:3]
        return status, list(dict.fromkeys(failed)), said


def kill(pid: int, server: "Server") -> None:
    """End what this run started, and only that: its own session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            pass
        if server.wait(8.0) is not None:
            break
    try:
        os.killpg(pid, signal.SIGKILL)  # what the test had started
    except ProcessLookupError:
        pass


class Server:
    """A process of the tree's environment that forks a pytest for each request (`zygote.py`)."""

    def __init__(self, tree: Path) -> None:
        self.process = subprocess.Popen(
            ["nice", "-n", "15", str(tree / ".venv/bin/python"), str(Path(__file__).with_name("zygote.py"))],
            cwd=tree, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True,
        )  # fmt: skip
        self.unread = b""
        assert self.line(None) == "ready", "the server of pytest did not start"

    def line(self, seconds: float | None) -> str | None:
        """Give the next line it says, or None where none comes within so many seconds."""
        while b"\n" not in self.unread:
            if not select.select([self.process.stdout], [], [], seconds)[0]:
                return None
            read = os.read(self.process.stdout.fileno(), 4096)
            if not read:
                raise RuntimeError("the server of pytest has ended")
            self.unread += read
        one, _, self.unread = self.unread.partition(b"\n")
        return one.decode().strip()

    def start(self, args: list[str], log: Path) -> int:
        self.process.stdin.write((json.dumps({"args": args, "log": str(log.resolve())}) + "\n").encode())
        self.process.stdin.flush()
        return int(self.line(None))

    def wait(self, seconds: float) -> int | None:
        """Give the exit status, or None where it has not ended within so many seconds."""
        said = self.line(seconds)
        return None if said is None else int(said)


def groups(tests: list[str]) -> list[list[str]]:
    found, at = [], 0
    for size in GROUPS:
        if at < len(tests):
            found.append(tests[at : at + size])
        at += size
    return [*found, tests[at:]] if at < len(tests) else found


def judge(
    tree: Path, suite: Suite, server: Server, fault: dict, args: argparse.Namespace, scratch: Path, before_: dict
) -> dict:
    """Plant one fault, run tests until one catches it, put the file back.

    Args:
        before_: what an earlier run under a lower cap found; it is gone on with.
    """
    path, before, after = find(tree, fault)
    original = path.read_bytes()
    text = original.decode("utf-8")
    assert text.count(before) == 1, f"{fault['id']}: the text stands {text.count(before)} times in {path}"
    planted = text.replace(before, after).encode("utf-8")
    compile(planted, str(path), "exec")
    tests = suite.order(path)
    run = Run(server, args.cap, args.wall, scratch)
    result: dict = {"id": fault["id"], "room": fault["room"], "file": str(path.relative_to(tree)), "result": "missed"}
    ran: list[str] = list(before_.get("ran", []))
    run.used = before_.get("cpu_seconds", 0.0)
    passed = set(ran)
    known_to_fail: list[str] = list(before_.get("failing_without_it", []))
    began = time.monotonic()
    try:
        queue = [str(test.relative_to(tree)) for test in tests]
        if ">>>" in text:
            queue.insert(0, str(path.relative_to(tree)))  # the module's own doctests
        for number, names in enumerate(groups([name for name in queue if name not in passed])):
            while True:
                path.write_bytes(planted)
                skip = [f"--deselect={name}" for name in known_to_fail]
                status, failed, said = run.pytest([*names, *skip])
                if status == 0 or status == NO_TESTS:
                    ran += names
                    break
                if status is None:
                    ran += failed[:-1]  # of the last one some tests may be left
                    result["cut_off_in"] = failed[-1] if failed else names[0]
                    break
                if not failed:
                    result.update(result="broken", why="pytest ended without naming a test", said=said, status=status)
                    log = (scratch / "pytest.log").read_text(encoding="utf-8", errors="replace")
                    result["log"] = log[-1500:]
                    return result
                path.write_bytes(original)
                alone, _, _ = run.pytest(failed[:1], capped=False)
                if alone == NOT_FOUND:  # a name that cannot be given on a command line: its whole file instead
                    alone, _, _ = run.pytest([failed[0].partition("::")[0]], capped=False)
                if alone in (0, NO_TESTS) or failed[0] in known_to_fail:
                    result.update(result="caught", by=failed[0], said=[line[:300] for line in said], group=number)
                    return result
                known_to_fail.append(failed[0])
            if not run.left:
                break
    finally:
        path.write_bytes(original)
        spent = before_.get("seconds", 0.0) + time.monotonic() - began
        result.update(cpu_seconds=round(run.used, 1), seconds=round(spent, 1))
        if result["result"] != "caught":
            result["ran"] = ran
            result["files_not_run"] = len([name for name in queue if name not in ran])
        if known_to_fail:
            result["failing_without_it"] = known_to_fail
    return result


def clean(tree: Path) -> bool:
    return subprocess.run(["git", "diff", "--quiet", "--", *SHIPPED], cwd=tree, check=False).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--ids", default="")
    parser.add_argument("--check", action="store_true")
    parser.add_argument(
        "--pytest", default="", help="further options of pytest in one string, such as \"-m 'not slow'\""
    )
    parser.add_argument(
        "--paused", action="store_true", help="stop (SIGSTOP) before the first fault, until SIGCONT comes"
    )
    parser.add_argument("--order", default="", help="print the nearest tests of this fault")
    parser.add_argument("--faults", type=Path, default=Path(__file__).with_name("faults.json"))
    parser.add_argument("--cap", type=float, default=300.0)
    parser.add_argument("--wall", type=float, default=900.0)
    args = parser.parse_args()
    tree = args.tree.resolve()
    faults = json.loads(args.faults.read_text(encoding="utf-8"))
    wanted = set(filter(None, args.ids.split(",")))
    faults = [fault for fault in faults if not wanted or fault["id"] in wanted]
    if args.check:
        bad = 0
        for fault in faults:
            try:
                path, before, after = find(tree, fault)
                planted = path.read_text(encoding="utf-8").replace(before, after)
                compile(planted, str(path), "exec")
                how = "" if before == fault["before"] else "  (not verbatim)"
                print(f"{fault['id']:14} {path.relative_to(tree)}{how}")
            except (LookupError, SyntaxError) as error:
                bad += 1
                print(f"{fault['id']:14} BAD: {error}")
        print(f"{len(faults) - bad} of {len(faults)} found once")
        return 1 if bad else 0
    suite = Suite(tree)
    if args.order:
        fault = next(fault for fault in faults if fault["id"] == args.order)
        for at, test in enumerate(suite.order(find(tree, fault)[0])):
            print(at, test.relative_to(tree))
        return 0
    assert args.out is not None, "give OUT"
    if not clean(tree):
        print("the tree has uncommitted changes under planner/ or simulations/", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    scratch = args.out.with_suffix(".scratch")
    scratch.mkdir(parents=True, exist_ok=True)
    results = json.loads(args.out.read_text(encoding="utf-8")) if args.out.exists() else {}
    if args.paused:
        os.kill(os.getpid(), signal.SIGSTOP)
    Run.options = shlex.split(args.pytest)
    server = Server(tree)
    for fault in faults:
        known = results.get(fault["id"], {})
        if known.get("result") == "caught":
            continue
        if known.get("result") == "missed" and (known["cpu_seconds"] >= args.cap or not known["files_not_run"]):
            continue
        try:
            result = judge(tree, suite, server, fault, args, scratch, known if known.get("result") == "missed" else {})
        except LookupError as error:
            result = {"id": fault["id"], "room": fault["room"], "result": "not found", "why": str(error)}
        assert clean(tree), f"{fault['id']}: the tree is not as it was"
        results[fault["id"]] = result
        whole = args.out.with_suffix(".tmp")
        whole.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
        whole.replace(args.out)
        print(
            time.strftime("%H:%M:%S"),
            fault["id"],
            result["result"],
            result.get("by", ""),
            result.get("seconds"),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
