"""Messages about names that are not known: each offers the nearest one that is."""

import difflib
from collections.abc import Iterable

from simulations.errors import SimulationInputError


def unknown_name(what: str, found: str, known: Iterable[str], *, where: str) -> SimulationInputError:
    """Build the error for a name that is not known, naming the nearest known one and all that are allowed."""
    allowed = list(known)
    found = found if len(found) <= 60 else f"{found[:60]}…"
    # Lower and upper case first: a single letter is near no other.
    near = [name for name in allowed if name.casefold() == found.casefold()]
    near = near or difflib.get_close_matches(found, allowed, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return SimulationInputError(f"{where}: unknown {what} '{found}'; {hint}allowed: {', '.join(allowed)}")
