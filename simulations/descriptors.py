"""Standard input, output and error, of which a process may be started without one (`2>&-`)."""

import os
import sys


def open_closed() -> None:
    """Open what is closed of them to nothing, lest the next file or socket get its number and what is printed there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
