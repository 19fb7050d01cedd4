"""The presets that ship: dated, sourced quotes whose structure comes from public price lists."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from planner.plan.quote import Quote
from simulations.errors import InputError, suggestion


@dataclass(frozen=True)
class Preset:
    """One quote of the library.

    Attributes:
        name: its name in commands, such as `google-text`.
        summary: one sentence on what it charges.
        needs: what has to be replaced by one's own numbers.
        note: what else to know: what the source does not say, or what has changed since.
        quote: the quote as a plan file holds it, under `[[vendors]]`, with its comments.
        vendor: the quote; `source`, `source_kind` and `as_of` are given, and tell where its figures are from.
    """

    name: str
    title: str
    summary: str
    needs: str
    note: str
    quote: str
    vendor: Quote

    def table(self) -> dict[str, Any]:
        """Give the quote as a table of a plan, a new one each time."""
        (table,) = tomllib.loads(self.quote)["vendors"]
        return dict(table)


@cache
def presets() -> tuple[Preset, ...]:
    """Give the presets, in the order of their file."""
    text = files("planner.plan").joinpath("presets.toml").read_text(encoding="utf-8")
    return tuple(
        Preset(name, **{**table, "quote": _quote_text(text, name)}, vendor=Quote.model_validate(table["quote"]))
        for name, table in tomllib.loads(text).items()
    )


def preset(name: str) -> Preset:
    """Give one preset.

    Raises:
        InputError: there is none of that name.
    """
    known = {item.name: item for item in presets()}
    if name not in known:
        raise InputError(f"preset: there is none called '{name[:60]}'{suggestion(name, known)}")
    return known[name]


def rows() -> list[dict[str, str]]:
    """List the presets for `labelplan list presets`: family is the billing, paper the page, needs what to fill in."""
    return [
        {
            "name": item.name,
            "family": item.vendor.billing,
            "paper": f"{item.vendor.source}, {item.vendor.as_of}",
            "needs": item.needs,
            "summary": item.summary,
            "source": str(item.vendor.source_kind).replace("_", " "),
            "as_of": str(item.vendor.as_of),
        }
        for item in presets()
    ]


def _quote_text(text: str, name: str) -> str:
    """Cut a quote out of the file as it stands, so that its comments go with it."""
    match = re.search(rf"^\[{re.escape(name)}\.quote\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    return f"[[vendors]]\n{match[1].rstrip()}\n"
