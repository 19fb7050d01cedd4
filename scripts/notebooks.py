"""Runs the notebooks of the documentation and stores what they answer.

    python scripts/notebooks.py                  # run docs/notebooks/*.ipynb and write their outputs anew
    python scripts/notebooks.py docs/notebooks/buyer.ipynb

A notebook runs in an empty folder of its own. Execution times, versions and identifiers are not stored, so that the
files change only when a cell or an answer does.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "docs" / "notebooks"
TIMEOUT_S = 300
STORED = ("text/plain", "text/html", "image/svg+xml")  # of what a cell shows


def run_notebook(path: Path) -> NotebookNode:
    """Run a notebook in an empty folder and give it with new outputs; the file stays as it is.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    variables = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=TIMEOUT_S, record_timing=False, coalesce_streams=True)
        client.extra_arguments = ["--log-level=ERROR"]
        client.resources["metadata"] = {"path": folder}
        client.execute(env=variables)
    return tidied(notebook)


def tidied(notebook: NotebookNode) -> NotebookNode:
    """Leave cells, their numbers and what they show; take out what differs from run to run."""
    notebook.metadata = nbformat.from_dict({"kernelspec": {"display_name": "Python 3", "name": "python3"}})
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", nbformat.from_dict({})
        for output in cell.get("outputs", ()):
            if "data" in output:
                output.data = nbformat.from_dict({kind: output.data[kind] for kind in STORED if kind in output.data})
                output.metadata = nbformat.from_dict({})
    return notebook


def texts(notebook: NotebookNode) -> list[str]:
    """Give what each cell of code shows, as text; pictures and tables of HTML have a text beside them."""
    return [
        "\n".join(output["text"] if "text" in output else output.data.get("text/plain", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def main() -> None:
    """Run the notebooks that are named, or all."""
    for path in [Path(name) for name in sys.argv[1:]] or sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = run_notebook(path)
        nbformat.write(notebook, path)
        print(f"{path}: {len(notebook.cells)} cells, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
