"""Options that several commands share, and what is typed into them."""

from pathlib import Path
from typing import Annotated

import typer

from simulations.errors import InputError

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN.toml", help="The plan file; 'labelplan init' writes one.")]
OwnStore = Annotated[Path | None, typer.Option("--store", help="Curves from your own simulations in this folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws: the same seed gives the same answer.")]
Quotes = Annotated[
    list[Path] | None, typer.Option("--quotes", metavar="FILE", help="More quotes, CSV or JSON, beside the plan's own.")
]
Presets = Annotated[
    list[str] | None, typer.Option("--preset", metavar="NAME", help="A preset quote too; see: labelplan list presets.")
]


def whole_numbers(option: str, text: str) -> list[int]:
    """Read a list such as `5000,20_000`.

    Args:
        option: the option's name, for the message.
        text: what was typed.

    Raises:
        InputError: a part is no whole number above 0, or has more than 15 digits.
    """
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(is_count(part) and int(part) > 0 for part in parts):
        raise InputError(f"{option}: found '{text}'; allowed: whole numbers above 0, such as 5000,20000")
    return [int(part) for part in parts]


def is_count(text: str) -> bool:
    """Say whether a text is a whole number of at most 15 digits, maybe with underscores between them."""
    digits = text.replace("_", "")
    return digits.isdecimal() and len(digits) <= 15
