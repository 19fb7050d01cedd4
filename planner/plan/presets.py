"""The presets that ship: dated, sourced quotes whose structure comes from public price lists."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
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
        title: what a person calls it.
        summary: one sentence on what it charges.
        needs: what has to be replaced by one's own numbers.
        note: what else to know: what the source does not say, or what has changed since.
        quote: the quote as a plan file holds it, under `[[vendors]]`, with its comments.
        vendor: the quote.
    """

    name: str
    title: str
    summary: str
    needs: str
    note: str
    quote: str
    vendor: Quote

    @property
    def given(self) -> frozenset[str]:
        """The fields the quote gives; the vendor's others are labelplan's defaults."""
        return frozenset(self.table())

    def table(self) -> dict[str, Any]:
        """Give the quote as a table of a plan, a new one each time."""
        (table,) = tomllib.loads(self.quote)["vendors"]
        return dict(table)

    @property
    def source(self) -> str:
        """Where the figures are from."""
        return self.vendor.source

    @property
    def source_kind(self) -> str:
        """Whether that is a price list or a trade article."""
        return str(self.vendor.source_kind)

    @property
    def as_of(self) -> date:
        """The date the source prints, or the day its copy was read where it prints none."""
        assert self.vendor.as_of is not None  # each preset of the file has one; a test holds it to that
        return self.vendor.as_of


@cache
def presets() -> tuple[Preset, ...]:
    """Give the presets, in the order of their file."""
    text = files("planner.plan").joinpath("presets.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return tuple(
        Preset(
            name=name,
            title=table["title"],
            summary=table["summary"],
            needs=table["needs"],
            note=table["note"],
            quote=_quote_text(text, name),
            vendor=Quote.model_validate(table["quote"]),
        )
        for name, table in tables.items()
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
    """List the presets for `labelplan list presets`: family is the billing, paper the source, needs what to fill in."""
    return [
        {
            "name": item.name,
            "family": item.vendor.billing,
            "paper": f"{item.source}, {item.as_of}",
            "needs": item.needs,
            "summary": item.summary,
        }
        for item in presets()
    ]


def _quote_text(text: str, name: str) -> str:
    """Cut a quote out of the file as it stands, so that its comments go with it."""
    match = re.search(rf"^\[{re.escape(name)}\.quote\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    return f"[[vendors]]\n{match[1].rstrip()}\n"
