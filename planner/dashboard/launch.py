"""Start the dashboard's server on this machine, from a checkout or an installed package."""

import subprocess
import sys
from pathlib import Path

from planner.dashboard.jobs.environment import environment
from planner.dashboard.theme import flags

APP = Path(__file__).with_name("app.py")


def launch(port: int, plan_path: Path | None = None, store_path: Path | None = None) -> int:
    """Run the dashboard on localhost until it is stopped.

    Args:
        port: port on localhost.
        plan_path: plan file to open with; the default plan when not given.
        store_path: folder of simulated trajectories whose curves are used.

    Returns:
        The server's exit status; 0 when it was stopped from the keyboard.
    """
    try:
        return subprocess.run(command(port), env=environment(plan_path, store_path), check=False).returncode
    except KeyboardInterrupt:
        return 0


def command(port: int) -> list[str]:
    """Give the command line of the server."""
    return [sys.executable, "-m", "streamlit", "run", str(APP), f"--server.port={port}", *flags()]
