"""The value of information loads nothing heavy."""

import subprocess
import sys


def test_it_loads_no_optimiser_no_learner_and_no_charts():
    code = "import planner.decision.information.value, sys; print([m for m in {} if m in sys.modules])"
    heavy = ["sklearn", "torch", "altair", "streamlit"]
    shown = subprocess.run([sys.executable, "-c", code.format(heavy)], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
