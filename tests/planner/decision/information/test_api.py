"""What the package offers, and that it loads nothing heavy."""

import subprocess
import sys

from planner.decision import information


def test_all_names_are_there():
    assert list(information.__all__) == sorted(information.__all__)
    assert all(hasattr(information, name) for name in information.__all__)


def test_it_loads_no_optimiser_no_learner_and_no_charts():
    code = "import planner.decision.information.information, sys; print([m for m in {} if m in sys.modules])"
    heavy = ["sklearn", "torch", "altair", "streamlit"]
    shown = subprocess.run([sys.executable, "-c", code.format(heavy)], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
