"""The dashboard's server: Streamlit's options, and how it is started.

A checkout carries the same options in `.streamlit/config.toml`; an installed package has no such folder, so `launch`
passes them as flags.
"""

import subprocess
import sys
from pathlib import Path

import planner
from planner.app.jobs import environment

APP = Path(planner.__file__).with_name("dashboard") / "app.py"
"""What Streamlit runs."""

OPTIONS: dict[str, str | int | bool] = {
    "server.address": "localhost",
    "server.maxUploadSize": 5,
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "theme.baseRadius": "medium",
    "theme.paddingTop": "1.5rem",
    "theme.showWidgetBorder": True,
    "theme.light.primaryColor": "#00705A",
    "theme.light.backgroundColor": "#FFFFFF",
    "theme.light.secondaryBackgroundColor": "#F3F5F4",
    "theme.light.textColor": "#1E2523",
    "theme.dark.primaryColor": "#138563",
    "theme.dark.backgroundColor": "#12171A",
    "theme.dark.secondaryBackgroundColor": "#1D2429",
    "theme.dark.textColor": "#E8ECEA",
}
"""Streamlit's options by name."""


def launch(port: int, plan_path: Path | None = None, store_path: Path | None = None) -> int:
    """Run the dashboard on localhost until it is stopped, and give its exit status: 0 from the keyboard."""
    try:
        return subprocess.run(command(port), env=environment(plan_path, store_path), check=False).returncode
    except KeyboardInterrupt:
        return 0


def command(port: int) -> list[str]:
    """Give the command line of the server, with the options as flags."""
    options = {**OPTIONS, "server.port": port}
    flags = [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]
