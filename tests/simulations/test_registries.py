"""What can be named in a grid file is known without loading anything heavy."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("sklearn", "torch", "pandas", "streamlit", "scipy", "numba")


def test_nothing_heavy_is_imported():
    script = (
        "import sys, simulations.datasets, simulations.learners, simulations.strategies\n"
        "import simulations.grid, simulations.run, simulations.workers\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
