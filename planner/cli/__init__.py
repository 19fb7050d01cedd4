"""The `labelplan` command: commands on plan files, on measured curves and on simulations.

Heavy modules are imported inside the commands, so that `labelplan --help` answers at once.
"""

from planner.cli.entry import app, main

__all__ = ["app", "main"]
