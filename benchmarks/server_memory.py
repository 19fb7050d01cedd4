"""What a server of the dashboard holds in memory while it gives many answers, each of a plan that is new to it.

The real server, as `labelplan dashboard` starts it, and a real chromium: every answer is another plan by its address,
with another price, pool and target, so that no cache helps and each fills further; every tenth opens a new browser. The
whole page is waited for, with what would settle the answer. Caches are bounded by numbers of entries (`max_entries` in
planner/dashboard), so that memory must level off: the limit is what the second half of the answers may add.
Run: python benchmarks/server_memory.py [--answers 200] [--chart docs/img/server-memory.svg]
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bench_dashboard import FLAGS, done
from planner.dashboard import plan_state
from planner.plan import parse_plan
from scripts.dashboard_server import Server, served

GROWTH_LIMIT_MB = 150.0
A_BROWSER = 10  # answers


def memory_mb(server: Server) -> float:
    """Read the server's memory, in MB of 10^6 bytes: what is resident and what the system has put aside."""
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
    return sum(int(status.partition(name)[2].split()[0]) for name in ("VmRSS:", "VmSwap:")) * 1024 / 1e6


def addresses(answers: int, seed: int = 0) -> list[str]:
    """Give addresses of plans that differ in price, pool and target."""
    rng = random.Random(seed)
    texts = [
        f"[task]\ntarget = {rng.uniform(0.8, 0.95):.3f}\npool_size = {rng.randrange(20_000, 500_000)}\n"
        f"[[vendors]]\nprice_usd = {rng.uniform(0.02, 2.0):.4f}\n"
        for _ in range(answers)
    ]
    return [f"?plan={plan_state.pack(parse_plan(text))}" for text in texts]


def measure(answers: int) -> list[float]:
    """Print and give the server's memory after each answer, MB."""
    from playwright.sync_api import sync_playwright

    found: list[float] = []
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        context = browser.new_context()
        for number, query in enumerate(addresses(answers)):
            if number and number % A_BROWSER == 0:
                context.close()
                context = browser.new_context()
            page = context.new_page()
            page.goto(f"{server.address}/{query}")
            done(page)
            assert "Active learning" in page.inner_text("[data-testid='stMain']"), "the page gave no answer"
            page.close()
            found.append(memory_mb(server))
            if number % 10 == 9:
                print(f"after {number + 1:4} answers  {found[-1]:7.0f} MB", flush=True)
        browser.close()
    return found


def draw_chart(found: list[float], path: Path) -> None:
    """Draw memory against answers."""
    import altair as alt
    import pandas as pd

    rows = pd.DataFrame({"answers": range(1, len(found) + 1), "memory_mb": found})
    chart = alt.Chart(rows, width=560, height=240).mark_line(color="#00705A")
    drawn = chart.encode(
        alt.X("answers", title="Answers given"),
        alt.Y("memory_mb", title="Memory of the server, MB"),
    )
    drawn.save(path)


def main() -> int:
    """Print memory by answers; the exit status is 1 where it goes on growing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--chart", type=Path, help="draw the chart here")
    asked = parser.parse_args()
    found = measure(asked.answers)
    if asked.chart:
        draw_chart(found, asked.chart)
    first, second = found[: len(found) // 2], found[len(found) // 2 :]
    grown = max(second) - max(first)
    print(f"most {max(found):.0f} MB; the second half took {grown:.0f} MB more, limit {GROWTH_LIMIT_MB:.0f} MB")
    return int(grown > GROWTH_LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
