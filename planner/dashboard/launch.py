"""Start the dashboard's server on this machine, from a checkout or an installed package."""

import os
import subprocess
import sys
from pathlib import Path

import planner
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


def environment(plan_path: Path | None, store_path: Path | None) -> dict[str, str]:
    """Give the server's environment: where the package is, and what to open with."""
    # Streamlit puts the script's own folder on the path, not the package's parent.
    home = str(Path(planner.__file__).resolve().parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    for name, path in (("LABELPLAN_PLAN", plan_path), ("LABELPLAN_STORE", store_path)):
        env.pop(name, None)
        if path is not None:
            env[name] = str(path.resolve())
    return env
