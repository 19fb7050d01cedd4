"""How long a person waits for the dashboard: the first answer, and a page drawn anew after one input was changed.

The real server, as `labelplan dashboard` starts it, and a real chromium. "First answer": a new browser opens a page and
types nothing, the server being warm; the limit is 3 s. "Redraw": a price that was never asked for before (on the map:
another input) is typed into an open page; the limit is 1 s, until nothing on screen is of the old input any more. The
Verdict page asks what would settle its answer once that answer shows: the time to the answer is its redraw, the time
until everything is told stands beside it.

Wall time is what a person waits, and on a busy machine it counts other people's work too: the server's own CPU seconds
stand beside it, and how many processors were taken meanwhile by processes other than the benchmark's own (all busy time
in /proc/stat, less that of this process and of all that it started: server and browser). Limits are judged by wall time
where others took less than a quarter of one processor while a page was timed, and else by CPU seconds, which are the
least that it could have been. Medians over repeats.
Run: make bench, or python benchmarks/bench_dashboard.py [--repeats 5] [--only Vendors]
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.dashboard import plan_state
from planner.plan import load_plan, parse_plan, template
from scripts.dashboard_server import Server, served

FIRST_LIMIT_S, REDRAW_LIMIT_S = 3.0, 1.0
QUIET = 0.25  # processors that others may take where wall time is judged
WAIT_MS = 180_000
TICKS = os.sysconf("SC_CLK_TCK")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
RULE = '[stopping]\nrules = ["target", "plateau"]\n'
STEADY_S = 0.3
# A page is done from the moment on from which nothing on it is old or under way for a while.
DONE = """steady => {
    const good = document.querySelector("[data-testid='stApp']").dataset.testScriptState === 'notRunning'
        && !document.querySelector("[data-stale='true']") && document.querySelector('h1') !== null;
    window.doneSince = good ? (window.doneSince ?? performance.now()) : null;
    return good && performance.now() - window.doneSince >= 1000 * steady;
}"""
# The cards are of the new answer: what is computed after them stands further down.
ANSWERED = "words => document.querySelector(\"[data-testid='stMain']\").innerText.includes(words)"


@dataclass(frozen=True)
class Page:
    """A page to be timed: its path, the label of the field that is changed, and how an answer shows, if it is early."""

    name: str
    path: str
    field: str = "Price per vote"
    answer: str | None = None
    query: str = ""


def pages() -> list[Page]:
    """List what is timed."""
    quotes = f"?plan={plan_state.pack(load_plan(EXAMPLES / 'six-quotes.toml'))}"
    ruled = f"?plan={plan_state.pack(parse_plan(template() + RULE))}"
    measured = "?curves.of=Measured+on+data+sets"
    return [
        Page("Verdict", "", answer="At ${price} per vote"),
        Page("Verdict, a [stopping] rule", "", answer="At ${price} per vote", query=ruled),
        Page("Vendors, six quotes", "vendors", query=quotes),
        Page("Curves, forecast", "curves"),
        Page("Curves, measured", "curves", query=measured),
        Page("Simulate", "simulate", field="Seeds"),
        Page("Assumptions, every number", "assumptions"),
        Page("Assumptions, another map", "assumptions", field="", query="?assumptions.show=Worth+knowing"),
    ]


def cpu_seconds(server: Server) -> float:
    """CPU time of the server's process so far, all threads."""
    facts = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(facts[11]) + int(facts[12])) / TICKS


def others_seconds() -> float:
    """CPU time that all processes of the machine but this one, and those it started, have taken so far."""
    cpu = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    busy = sum(int(cpu[i]) for i in (1, 2, 3, 6, 7, 8))  # user, nice, system, interrupts, stolen; neither idle nor disk
    facts: dict[int, tuple[int, int]] = {}  # process -> its parent, and its time with that of children that have ended
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            told = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            facts[int(path.parent.name)] = int(told[1]), sum(map(int, told[11:15]))
    own = {os.getpid()}
    while more := {pid for pid, (parent, _) in facts.items() if parent in own} - own:
        own |= more
    return (busy - sum(facts[pid][1] for pid in own)) / TICKS


@dataclass(frozen=True)
class Took:
    """Wall seconds and the server's CPU seconds."""

    wall_s: float
    cpu_s: float

    @classmethod
    def middle(cls, runs: list["Took"]) -> "Took":
        """Take medians."""
        return cls(statistics.median(r.wall_s for r in runs), statistics.median(r.cpu_s for r in runs))


def timed(server: Server, *steps: Callable[[], float | None]) -> list[Took]:
    """Time steps one after the other, each from the beginning of the first; a step tells what it waited for nothing."""
    began, spent, found = time.perf_counter(), cpu_seconds(server), []
    for step in steps:
        idle = step() or 0.0
        found.append(Took(time.perf_counter() - began - idle, cpu_seconds(server) - spent))
    return found


def done(page: Any) -> float:
    """Wait until the page is whole, and a moment more, which is given back."""
    page.evaluate("window.doneSince = null")
    page.wait_for_function(DONE, arg=STEADY_S, timeout=WAIT_MS)
    return STEADY_S


def changed(page: Any, change: Callable[[], object]) -> float:
    """Change an input and wait until the page is whole again."""
    change()
    page.wait_for_timeout(30)
    return done(page)


def first_answer(browser: Any, server: Server, page: Page) -> Took:
    """Open a page in a new browser."""
    context = browser.new_context()
    opened = context.new_page()
    (took,) = timed(server, lambda: changed(opened, lambda: opened.goto(f"{server.address}/{page.path}{page.query}")))
    context.close()
    return took


def redraws(browser: Any, server: Server, page: Page, repeats: int, numbers: Iterator[int]) -> tuple[Took, Took]:
    """Change one input of an open page again and again; gives the time to the answer and to the whole page."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(f"{server.address}/{page.path}{page.query}")
    done(opened)
    runs = [_redraw(opened, server, page, next(numbers)) for _ in range(repeats)]
    context.close()
    return Took.middle([run[0] for run in runs]), Took.middle([run[-1] for run in runs])


def _redraw(opened: Any, server: Server, page: Page, number: int) -> list[Took]:
    if not page.field:
        return _another_map(opened, server, number)
    price = f"{0.02 + number / 10_000:.4f}"
    typed = str(number) if page.field == "Seeds" else price
    box = opened.get_by_role("textbox", name=page.field).first
    box.fill(typed)
    if page.answer is None:
        return timed(server, lambda: changed(opened, lambda: box.press("Enter")))
    words = page.answer.replace("{price}", price)

    def answered() -> None:
        box.press("Enter")
        opened.wait_for_function(ANSWERED, arg=words, timeout=WAIT_MS)

    return timed(server, answered, lambda: done(opened))


def _another_map(opened: Any, server: Server, number: int) -> list[Took]:
    """Choose another input for the map, which has as many as the plan has numbers."""
    box = opened.get_by_label("Along the map")
    box.focus()
    box.press("ArrowDown")
    choice = opened.get_by_role("option").nth(2 + number % 4)
    choice.wait_for(timeout=WAIT_MS)
    return timed(server, lambda: changed(opened, choice.click))


def line(name: str, what: str, took: Took, limit: float | None, others: float) -> tuple[str, bool]:
    """Write one measurement, and say whether it is within its limit; `others` is in processors."""
    quiet = others < QUIET
    judged = took.wall_s if quiet else took.cpu_s
    told = "" if limit is None else f"  limit {limit:g} s by {'wall' if quiet else 'CPU'}: {judged / limit:4.2f} of it"
    return f"{name:28} {what:12} {took.wall_s:7.2f} s wall {took.cpu_s:7.2f} s CPU{told}  (others {others:.2f})", (
        limit is None or judged <= limit
    )


def main() -> None:
    """Print what a person waits for; the exit status is 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of the name of a page, to time that alone")
    asked = parser.parse_args()
    repeats = asked.repeats
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print(
            "The dashboard is not timed: that needs playwright and a chromium on the path (Debian's package chromium)."
        )
        return
    # Numbers never used before, so that no answer is remembered; prices go up by a hundredth of a cent.
    numbers, within = iter(range(11, 100_000)), []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for page in (one for one in pages() if asked.only in one.name):
            began, before = time.monotonic(), others_seconds()
            first_answer(browser, server, page)  # fills what is remembered from then on
            first = Took.middle([first_answer(browser, server, page) for _ in range(repeats)])
            answer, whole = redraws(browser, server, page, repeats, numbers)
            others = max(0.0, others_seconds() - before) / (time.monotonic() - began)
            rows = [line(page.name, "first answer", first, FIRST_LIMIT_S, others)]
            rows.append(line(page.name, "redraw", answer, REDRAW_LIMIT_S, others))
            if page.answer is not None:
                rows.append(line(page.name, "all of it", whole, None, others))
            for text, good in rows:
                print(text, flush=True)
                within.append(good)
        browser.close()
    print(f"{sum(within)} of {len(within)} within their limits")
    sys.exit(0 if all(within) else 1)


if __name__ == "__main__":
    main()
