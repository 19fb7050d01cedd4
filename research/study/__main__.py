"""`python -m research.study`: prints every figure of docs/method/when-active-learning-pays.md, from recorded curves.

With `--docs docs` it also writes the figures into the page, between its markers, and draws its charts.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from planner.evidence import recorded_table
from planner.render.image_export import check_chart_path, save_chart
from research.command import finish
from research.study.charts import study_charts
from research.study.page import with_blocks
from research.study.study import Study, study_of
from research.study.words import study_blocks
from simulations.curve_table import read_curves
from simulations.errors import InputError

PAGE, PICTURES = Path("method") / "when-active-learning-pays.md", Path("img") / "study"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute, print, and write where that is asked."""
    parser = argparse.ArgumentParser(prog="python -m research.study", description=__doc__)
    parser.add_argument("--curves", type=Path, help="a curve table in place of the recorded one")
    parser.add_argument("--docs", type=Path, help="folder of the documentation, whose page and charts are made anew")
    asked = parser.parse_args(arguments)
    return finish(lambda: _run(asked.curves, asked.docs))


def _run(curves: Path | None, docs: Path | None) -> None:
    study = study_of(recorded_table() if curves is None else read_curves(curves))
    blocks = study_blocks(study)
    for name, text in blocks.items():
        print(f"{name}\n\n{text}\n")
    if docs is not None:
        written = _write(study, blocks, docs)
        print(f"Written: {', '.join(map(str, written))}")


def _write(study: Study, blocks: dict[str, str], docs: Path) -> list[Path]:
    page = docs / PAGE
    if not page.is_file():
        raise InputError(f"--docs {docs}: there is no {PAGE} in it")
    folder = docs / PICTURES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = with_blocks(page.read_text(encoding="utf-8"), blocks)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--docs {docs}: cannot be written ({error.strerror})") from error
    pictures = []
    for name, chart in study_charts(study).items():
        path = folder / f"{name}.svg"
        check_chart_path("--docs", path)
        save_chart(chart, path)
        pictures.append(path)
    return [page, *pictures]


if __name__ == "__main__":
    sys.exit(main())
