"""The error of bad input, and its sentences: the nearest known name, what has to be installed, what is no metric."""

import difflib
import re
from collections.abc import Iterable
from importlib.util import find_spec

_LONGEST = 2_000  # characters: a cell or a name in a file may have millions


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that a terminal would obey in a text from a file."""


class InputError(ValueError):
    """Bad input, told in one sentence: what, where, and what is allowed; a long one is cut in its middle.

    The command line prints it on standard error and exits with status 2. What a terminal would obey does not reach it.
    """

    def __str__(self) -> str:
        """Give the sentence."""
        sentence = CONTROL.sub("\N{REPLACEMENT CHARACTER}", super().__str__())
        most = _LONGEST // 2
        return sentence if len(sentence) <= _LONGEST else f"{sentence[:most]}…{sentence[-most:]}"


def nearest(found: str, known: Iterable[str]) -> str | None:
    """Give the known name that is most like one that is not known; None where none is like it."""
    names = list(known)
    # Lower and upper case first: a single letter is near no other.
    alike = [name for name in names if name.casefold() == found.casefold()]
    return next(iter(alike or difflib.get_close_matches(found, names, n=1, cutoff=0.5)), None)


def suggestion(found: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest, or list them all; goes after what was found.

    Examples:
        >>> suggestion("margn", ["random", "margin"]), suggestion("x", ["random", "margin"])
        ("; did you mean 'margin'?", '; allowed: random, margin')
    """
    names = list(known)
    near = nearest(found, names)
    return f"; allowed: {', '.join(names)}" if near is None else f"; did you mean '{near}'?"


def unknown_name(what: str, found: str, known: Iterable[str], *, where: str) -> InputError:
    """Build the error for a name that is not known, naming the nearest known one and all that are allowed."""
    allowed = list(known)
    found = found if len(found) <= 60 else f"{found[:60]}…"
    near = nearest(found, allowed)
    hint = "" if near is None else f"did you mean '{near}'? "
    return InputError(f"{where}: unknown {what} '{found}'; {hint}allowed: {', '.join(allowed)}")


_LOSSES = ("loss", "error", "error_rate", "mae", "mape", "mse", "rmse", "brier_score", "perplexity", "wer", "cer")
ALLOWED_METRIC = "a metric of which more is better, from 0 to 1, such as accuracy; 1 minus an error rate is one"


def is_loss(metric: str) -> bool:
    """Say whether a metric goes by the name of a loss, of which less is better.

    Examples:
        >>> is_loss("log_loss"), is_loss("RMSE"), is_loss("f1_macro")
        (True, True, False)
    """
    name = metric.strip().casefold().replace(" ", "_").replace("-", "_")
    return name in _LOSSES or name.endswith(("_loss", "_error", "_error_rate"))


def one_line(message: object) -> str:
    """Write what another library says on one line."""
    return " ".join(str(message).split())


def require_modules(name: str, modules: Iterable[str], extra: str | None, purpose: str) -> None:
    """Check that modules can be imported, without importing them; an InputError says which extra brings them.

    There `name` is what needs them, and the purpose reads as in `to be converted`.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(
            f"{name} needs {' and '.join(missing)} {purpose}; install with: pip install 'labelplan[{extra}]'"
        )
