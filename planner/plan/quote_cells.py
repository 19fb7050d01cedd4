"""What each field of a quote holds, and how its cell in a table of quotes is read.

Words:
    kind    what a field holds: number (a single one or a range), bool, date, tiers or text
"""

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, get_args, get_origin

from planner.plan.quantity import Quantity, point_decimals, shortened
from planner.plan.quote import Quote, Tier
from simulations.errors import InputError, suggestion

Kind = Literal["number", "bool", "date", "tiers", "text"]
_SIGNS = "$€£¥₹"
_CODES = "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD"
_CURRENCY = re.compile(rf"[{_SIGNS}]|\b(?:{_CODES})\b")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LONGEST_NUMBER = 100
_PLAIN = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_TIER = re.compile(r"([\d_.]+)\s*[-–]\s*([\d_.]*)\s*:\s*(\S.*)")


@cache
def quote_field_kinds() -> Mapping[str, Kind]:
    """Give what each field of a quote holds, in the order of the fields."""
    return {name: _field_kind(info.annotation) for name, info in Quote.model_fields.items()}


def _field_kind(annotation: Any) -> Kind:
    inside = {annotation, *_annotation_parts(annotation)}
    named: dict[Any, Kind] = {Tier: "tiers", Quantity: "number", bool: "bool", date: "date"}
    return next((kind for type_, kind in named.items() if type_ in inside), "text")


def _annotation_parts(annotation: Any) -> set[Any]:
    parts = [part for part in get_args(annotation) if isinstance(part, type) or get_args(part)]
    return {part for outer in parts for part in (outer, *_annotation_parts(outer))}


Row = tuple[str, dict[str, Any], dict[str, str]]
"""A quote's place, such as `row 3`, its table, and where it has them the cells of its fields."""


def check_column(name: str, before: Collection[str], place: str) -> None:
    """Refuse a column that is no field of a quote, or stands before already.

    Raises:
        InputError: in one sentence.
    """
    if name not in quote_field_kinds():
        raise InputError(f"{place}: found the unknown column '{name[:60]}'{suggestion(name, quote_field_kinds())}")
    if name in before:
        raise InputError(f"{place}: found the column '{name}' twice; allowed: once")


def allowed_texts(field: str) -> tuple[str, ...]:
    """Give the texts that a field allows; nothing where they are without end."""
    if quote_field_kinds()[field] == "bool":
        return ("true", "false")
    annotation = Quote.model_fields[field].annotation
    listed = [part for part in (annotation, *get_args(annotation)) if get_origin(part) is Literal]
    return get_args(listed[0]) if listed else ()


def parse_cell(field: str, cell: str, *, decimal_comma: bool) -> Any:
    """Read the cell of a field, stripped and not empty; `decimal_comma` reads `0,05` as 0.05.

    Raises:
        ValueError: in one sentence, what was found and what is allowed.
    """
    kind = quote_field_kinds()[field]
    if kind == "number":
        return parse_number(cell, decimal_comma=decimal_comma)
    if kind == "tiers":
        return [_parse_tier(part.strip(), decimal_comma) for part in cell.split(";") if part.strip()]
    if kind == "bool":
        if cell.lower() not in ("true", "false"):
            raise ValueError(f'found "{shortened(cell)}"; allowed: true or false')
        return cell.lower() == "true"
    return parse_date(cell) if kind == "date" else cell


def parse_number(cell: str, *, decimal_comma: bool) -> int | float | str:
    """Read a number, or the text of a range such as `0.05 to 0.12`, which the quote itself reads.

    Raises:
        ValueError: the number comes with a currency, a percent sign or separators that could mean two things.
    """
    if len(cell) > _LONGEST_NUMBER:
        raise ValueError(f'found "{shortened(cell)}"; allowed: a number, or a range such as 0.05 to 0.12')
    _check_signs(cell)
    pointed = point_decimals(cell, decimal_comma=decimal_comma)
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
            f'found "{shortened(cell)}"; allowed: the number alone, {shortened(bare)}, as amounts are in the plan\'s '
            "currency and nothing is converted"
        )
    if "%" in cell:
        fraction = _PERCENT.sub(lambda match: f"{float(match[1]) / 100:.12g}", cell)
        raise ValueError(f'found "{shortened(cell)}"; allowed: a fraction, {shortened(fraction)}')


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
    raise ValueError(f'found "{shortened(text)}"; allowed: a date such as 2026-03-31')


def _parse_tier(text: str, decimal_comma: bool) -> dict[str, Any]:
    match = _TIER.fullmatch(text)
    if not match:
        raise ValueError(f'found "{shortened(text)}"; allowed: tiers such as 0-50000: 0.035; 50000-: 0.025')
    ends = {"from_units": match[1], "to_units": match[2], "price_usd": match[3]}
    return {key: parse_number(end, decimal_comma=decimal_comma) for key, end in ends.items() if end}
