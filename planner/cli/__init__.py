"""The `labelplan` command: one module a command, or a family of them.

Heavy modules are imported inside the commands, so that `labelplan --help` answers at once.
"""

from planner.cli.entry import app, main

__all__ = ["app", "main"]
