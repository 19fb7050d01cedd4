"""The dashboard's server: Streamlit's options, and how it is started.

A checkout carries the same options in `.streamlit/config.toml`; an installed package has no such folder, so `launch`
passes them as flags.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import planner
from planner.app.jobs import environment
from simulations.errors import InputError
from simulations.process import stoppable

APP = Path(planner.__file__).with_name("dashboard") / "app.py"
"""What Streamlit runs."""

END_SECONDS = 5.0
"""How long the server may take to end when it is asked to."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names of this machine that no other machine can reach."""

PASSWORD = "LABELPLAN_PASSWORD"
"""The environment variable with the password that the dashboard asks for."""

LEAST_PASSWORD = 12
"""Characters of a password, at least."""

OPTIONS: dict[str, str | int | bool | list[str]] = {
    "server.address": "localhost",
    # A site that points its name at this machine (DNS rebinding) would otherwise pass for the dashboard's own page.
    "server.allowedHosts": [*LOOPBACK],
    # Streamlit's own defaults, told here so that a user's settings for other dashboards do not switch them off.
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
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


def launch(port: int, plan_path: Path | None = None, store_path: Path | None = None, *, host: str = LOOPBACK[0]) -> int:
    """Run the dashboard until it is stopped, and give its exit status: 0 from the keyboard.

    SIGTERM ends the server too, and gives the status that shells give a process ended by it.

    Args:
        port: to listen on.
        plan_path: plan file to open with.
        store_path: folder of simulated trajectories whose curves are used.
        host: the name or address to listen on, which is the one that browsers ask for.

    Raises:
        InputError: other machines could open the dashboard without a password, or by any name.
    """
    if host not in LOOPBACK:
        _check_open_to_others(host)
    environ = environment(plan_path, store_path)
    with stoppable() as stop, subprocess.Popen(command(port, host), env=environ) as server:
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            try:
                with stop.hurrying():
                    server.wait(END_SECONDS)
            except (KeyboardInterrupt, subprocess.TimeoutExpired):
                server.kill()
            return 0 if stop.number == signal.SIGINT else stop.status


def _check_open_to_others(host: str) -> None:
    if host in ("", "*", "0.0.0.0", "::"):
        raise InputError(f"--host: found '{host}'; allowed: the one name or address by which others reach this machine")
    if len(os.environ.get(PASSWORD, "")) < LEAST_PASSWORD:
        raise InputError(
            f"--host {host}: found no {PASSWORD} of {LEAST_PASSWORD} characters or more; allowed: with such a password "
            "in that environment variable, as other machines can then open the dashboard"
        )


def command(port: int, host: str = LOOPBACK[0]) -> list[str]:
    """Give the command line of the server, with the options as flags."""
    options = {**OPTIONS, "server.port": port, "server.address": host}
    if host not in LOOPBACK:
        options |= {
            "server.allowedHosts": [*LOOPBACK, host],
            "browser.serverAddress": host,  # the site whose pages may talk to the server
            "server.headless": True,
        }
    flags = [
        f"--{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, values in options.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return [sys.executable, "-m", "planner.dashboard.serve", "run", str(APP), *flags]
