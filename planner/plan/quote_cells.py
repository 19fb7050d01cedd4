"""Read one cell of a table of quotes as a value of its field, and write it back.

Words:
    kind    what a field holds: number (a single one or a range), bool, date, tiers or text
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, get_args

from planner.plan.quantity import Quantity
from planner.plan.quote import Quote, Tier

Kind = Literal["number", "bool", "date", "tiers", "text"]

_SIGNS = "$€£¥₹"
_CODES = "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD"
_CURRENCY = re.compile(rf"[{_SIGNS}]|\b(?:{_CODES})\b")
_GROUPED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,])")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LONGEST_NUMBER = 100
_PLAIN = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_TIER = re.compile(r"([\d_.]+)\s*[-–]\s*([\d_.]*)\s*:\s*(\S.*)")


@cache
def quote_field_kinds() -> Mapping[str, Kind]:
    """Give what each field of a quote holds, in the order of the fields."""
    return {name: _kind(info.annotation) for name, info in Quote.model_fields.items()}


def _kind(annotation: Any) -> Kind:
    inside = {annotation, *_parts(annotation)}
    if Tier in inside:
        return "tiers"
    named: dict[Any, Kind] = {Quantity: "number", bool: "bool", date: "date"}
    return next((kind for type_, kind in named.items() if type_ in inside), "text")


def _parts(annotation: Any) -> set[Any]:
    parts = [part for part in get_args(annotation) if isinstance(part, type) or get_args(part)]
    return {part for outer in parts for part in (outer, *_parts(outer))}


def parse_cell(field: str, cell: str, *, decimal_comma: bool) -> Any:
    """Read one cell that is not empty.

    Args:
        field: the quote's field, the cell's column.
        cell: its text, without spaces around it.
        decimal_comma: whether `0,05` is 0.05, as in files that separate their cells by semicolons.

    Raises:
        ValueError: in one sentence, what was found and what is allowed.
    """
    kind = quote_field_kinds()[field]
    if kind == "number":
        return parse_number(cell, decimal_comma=decimal_comma)
    if kind == "tiers":
        return [_tier(part.strip(), decimal_comma) for part in cell.split(";") if part.strip()]
    if kind == "bool":
        if cell.lower() not in ("true", "false"):
            raise ValueError(f'found "{_short(cell)}"; allowed: true or false')
        return cell.lower() == "true"
    return parse_date(cell) if kind == "date" else cell


def parse_number(cell: str, *, decimal_comma: bool) -> int | float | str:
    """Read a number, or the text of a range such as `0.05 to 0.12`, which the quote itself reads.

    Raises:
        ValueError: the number comes with a currency, a percent sign or separators that could mean two things.
    """
    if len(cell) > _LONGEST_NUMBER:
        raise ValueError(f'found "{_short(cell)}"; allowed: a number, or a range such as 0.05 to 0.12')
    _check_signs(cell)
    if _GROUPED.search(cell):
        plain = _GROUPED.sub(lambda match: match[0].replace(",", ""), cell)
        why = "as a comma here could also be a decimal one" if decimal_comma else "without separators of thousands"
        raise ValueError(f'found "{_short(cell)}"; allowed: such as {_short(plain)}, {why}')
    pointed = _DECIMAL_COMMA.sub(r"\1.\2", cell)
    if pointed != cell and not decimal_comma:
        raise ValueError(f'found "{_short(cell)}"; allowed: {_short(pointed)}, with a decimal point')
    if not _PLAIN.fullmatch(pointed):
        return pointed
    number = float(pointed)
    # A number too large for a float is told by the quote with the text that was found.
    if abs(number) > 1e300:
        return pointed
    return int(pointed) if pointed.isdecimal() else number


def _check_signs(cell: str) -> None:
    if _CURRENCY.search(cell):
        bare = " ".join(_CURRENCY.sub(" ", cell).split())
        raise ValueError(
            f'found "{_short(cell)}"; allowed: the number alone, {_short(bare)}, as amounts are in the plan\'s '
            "currency and nothing is converted"
        )
    if "%" in cell:
        fraction = _PERCENT.sub(lambda match: f"{float(match[1]) / 100:.12g}", cell)
        raise ValueError(f'found "{_short(cell)}"; allowed: a fraction, {_short(fraction)}')


def parse_date(text: str) -> date:
    """Read a date such as 2026-03-31.

    Raises:
        ValueError: it is none.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f'found "{_short(text)}"; allowed: a date such as 2026-03-31')


def _tier(text: str, decimal_comma: bool) -> dict[str, Any]:
    match = _TIER.fullmatch(text)
    if not match:
        raise ValueError(f'found "{_short(text)}"; allowed: tiers such as 0-50000: 0.035; 50000-: 0.025')
    ends = {"from_units": match[1], "to_units": match[2], "price_usd": match[3]}
    return {key: parse_number(end, decimal_comma=decimal_comma) for key, end in ends.items() if end}


def write_cell(value: Any) -> str:
    """Write a field's value as a cell that `parse_cell` reads back; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Quantity):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "; ".join(f"{write_cell(t.from_units)}-{write_cell(t.to_units)}: {t.price_usd.text}" for t in value)
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
