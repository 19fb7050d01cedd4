"""Takes the pictures of the dashboard and of the report that the documentation shows, and others to look at.

    python scripts/screenshots.py                         # every page in light, dark and on a phone, to look at
    python scripts/screenshots.py FOLDER --only vendors   # those whose name begins so
    make screenshots                                      # those of the documentation alone, into docs/img

It starts the dashboard on a free port, in a folder of its own, and drives Debian's chromium. Pictures are as tall as
the page; those of the documentation are cut below the first part and reduced to a palette.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # from a checkout that is not installed

from scripts.dashboard_server import served  # noqa: E402

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READY = "[data-testid='stApp'][data-test-script-state='notRunning']"
WAIT_MS = 180_000
TALLEST_PX = 9_000
MOST_BYTES = 150_000

ENVELOPE, QUOTES = "back-of-envelope.toml", "six-quotes.toml"


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    name: str
    width: int
    scheme: str


LIGHT, DARK, PHONE = Look("light", 1_280, "light"), Look("dark", 1_280, "dark"), Look("phone", 390, "light")


@dataclass(frozen=True)
class Page:
    """A page to take pictures of.

    Args:
        name: of its pictures.
        plan: file in `examples/` that the dashboard is started with.
        address: what follows the host; the report is none of the dashboard's pages and has none.
        click: name of a button to press first, and the heading that says it is done.
        kept: look -> height in pixels of the picture for the documentation.
    """

    name: str
    plan: str
    address: str | None
    click: tuple[str, str] | None
    kept: dict[str, int]


PAGES = (
    Page("verdict", ENVELOPE, "/", None, {"light": 1_060, "dark": 1_060, "phone": 844}),
    Page("options", "llm-or-people.toml", "/", None, {"light": 1_060}),
    Page("curves", ENVELOPE, "/curves?curves.of=Measured+on+data+sets", None, {"light": 1_190}),
    Page(
        "simulate",
        ENVELOPE,
        "/simulate?simulate.rounds=12&simulate.seeds=3",
        ("Simulate 6 trajectories", "Done"),
        {"light": 1_250},
    ),
    Page("assumptions", ENVELOPE, "/assumptions", None, {"light": 1_000}),
    Page("vendors", QUOTES, "/vendors", None, {"light": 1_640}),
    Page("report", QUOTES, None, None, {"light": 1_100}),
)


def main() -> None:
    """Take the pictures."""
    arguments = _parser().parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on the path: install Debian's chromium to take pictures")
    from playwright.sync_api import sync_playwright

    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    pages = [page for page in PAGES if not arguments.only or page.name.startswith(tuple(arguments.only))]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        for plan in dict.fromkeys(page.plan for page in pages):
            with _dashboard(ROOT / "examples" / plan) as (address, own):
                for page in (page for page in pages if page.plan == plan):
                    _take(browser, page, address, own, folder, docs=arguments.docs)
        browser.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Take the documentation's pictures, and others to look at.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / ".labelplan" / "screenshots")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only pages whose name begins so")
    parser.add_argument("--docs", action="store_true", help="only the documentation's pictures, into docs/img")
    return parser


def _take(browser: Any, page: Page, address: str, own: Path, folder: Path, *, docs: bool) -> None:
    """Take a page's pictures: `own` is the dashboard's folder, `folder` that of the pictures."""
    where = _report(page, folder) if page.address is None else address + page.address
    for i, look in enumerate(look for look in (LIGHT, DARK, PHONE) if look.name in page.kept or not docs):
        opened = browser.new_context(
            viewport={"width": look.width, "height": 1_000}, color_scheme=look.scheme, reduced_motion="reduce"
        ).new_page()
        opened.goto(where)
        if page.address is not None:
            _settle(opened)
        if page.click is not None and i == 0:
            button, done = page.click
            opened.get_by_role("button", name=button).click()
            opened.get_by_role("heading", name=done).wait_for(timeout=WAIT_MS)
        _grow(opened, look)
        if page.address is not None:
            _settle(opened)
            opened.evaluate(RENAME, [str(own), "~/project"])
        path = folder / f"{page.name}-{look.name}.png"
        opened.screenshot(path=path)
        print(path)
        if docs:
            ending = "" if look is LIGHT else f"-{look.name}"
            _reduce(path, ROOT / "docs" / "img" / f"{page.name}{ending}.png", page.kept[look.name])
        opened.context.close()


def _settle(page: Any) -> None:
    """Wait until the script has run, nothing spins, and every chart is drawn."""
    page.wait_for_selector("h1", timeout=WAIT_MS)
    page.wait_for_selector(READY, timeout=WAIT_MS)
    page.wait_for_function(
        """() => !document.querySelector("[data-testid='stSpinner'], [data-testid='stSkeleton']") &&
                 [...document.querySelectorAll("[data-testid='stVegaLiteChart']")]
                     .every(chart => chart.querySelector("svg, canvas"))""",
        timeout=WAIT_MS,
    )
    page.wait_for_timeout(1_500)  # charts fade in


def _grow(page: Any, look: Look) -> None:
    """Make the window as tall as the page, which scrolls inside it."""
    tall = page.evaluate(
        """() => Math.max(document.documentElement.scrollHeight,
                          ...[...document.querySelectorAll("[data-testid='stMain']")].map(box => box.scrollHeight))"""
    )
    page.set_viewport_size({"width": look.width, "height": min(tall, TALLEST_PX)})


def _report(page: Page, folder: Path) -> str:
    """Write the report of a page's plan, and give its address."""
    path = folder / f"{page.name}.html"
    plan = ROOT / "examples" / page.plan
    made = [sys.executable, "-m", "planner.cli", "plan", str(plan), "--report", str(path)]
    subprocess.run(made, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return path.as_uri()


def _reduce(path: Path, kept: Path, height: int) -> None:
    """Cut a picture and write it with as many colours as fit into the size that the documentation allows."""
    from PIL import Image

    with Image.open(path) as whole:
        part = whole.convert("RGB").crop((0, 0, whole.width, min(height, whole.height)))
    for colours in (256, 128, 64, 32):
        part.quantize(colours, dither=Image.Dither.NONE).save(kept, optimize=True)
        if kept.stat().st_size <= MOST_BYTES:
            break
    print(f"{kept}: {kept.stat().st_size / 1_000:.0f} kB, {colours} colours")


RENAME = """([from, to]) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.nodeValue = texts.currentNode.nodeValue.replaceAll(from, to);
}"""
"""Names the folder that is thrown away as a reader's own would be called."""


@contextmanager
def _dashboard(plan: Path) -> Iterator[tuple[str, Path]]:
    """Start the dashboard in a folder of its own, so that what it simulates is thrown away; give address and folder."""
    with tempfile.TemporaryDirectory() as folder:
        # What is simulated is kept beside the plan.
        own = Path(shutil.copy(plan, folder))
        with served(Path(folder), own) as server:
            yield server.address, Path(folder).resolve()


if __name__ == "__main__":
    main()
