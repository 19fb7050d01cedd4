"""Checks for libraries that come with an extra, before minutes are spent on what needs them."""

from collections.abc import Iterable
from importlib.util import find_spec

from simulations.errors import InputError


def require_modules(name: str, modules: Iterable[str], extra: str | None, purpose: str) -> None:
    """Check that modules can be imported, without importing them.

    Args:
        name: what needs them.
        modules: their names.
        extra: the labelplan extra that brings them.
        purpose: what they are needed for, as in `to be converted`.

    Raises:
        InputError: one is missing; the sentence names the command that installs it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(
            f"{name} needs {' and '.join(missing)} {purpose}; install with: pip install 'labelplan[{extra}]'"
        )
