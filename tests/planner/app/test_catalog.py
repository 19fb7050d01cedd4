import subprocess
import sys
from pathlib import Path

import pytest

from planner.app import catalog

ROOT = Path(__file__).parents[3]
HEAVY = ("sklearn", "torch", "pandas", "streamlit", "scipy", "numba")


@pytest.mark.parametrize("listing", [catalog.strategies, catalog.learners, catalog.datasets])
def test_rows_are_complete(listing):
    rows = listing()
    assert len({row["name"] for row in rows}) == len(rows) >= 2
    licensed = ["licence"] if listing is catalog.datasets else []
    for row in rows:
        assert list(row) == ["name", "family", "paper", "needs", "summary", *licensed]
        assert all(isinstance(text, str) and text.strip() for text in row.values())
        assert row["summary"].endswith(".") and "\n" not in row["summary"]


def test_nothing_heavy_is_imported():
    script = (
        "import sys, simulations.datasets, simulations.learners, simulations.strategies\n"
        "import simulations.run, simulations.workers\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
