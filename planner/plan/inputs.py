"""The inputs of a plan one by one, as a form or a table of assumptions shows them, and edits of them in its file.

Notation:
    path    dotted place of one input: `task.target`, `vendors.0.price_usd`, `vendors.0.tiers.1.price_usd`
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import tomlkit

from planner.plan import paths
from planner.plan.quantity import PlanTable, Quantity
from planner.plan.quote import BELONGS, Quote, Tier
from planner.plan.tables import OptionsTable

ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "delivered_error_rate": ("vote_error_rate", "vote_correlation"),
    "vote_error_rate": ("delivered_error_rate",),
    "price_usd": ("tiers",),
    "hourly_rate_usd": ("tiers",),
    "test_labels": ("test_half_width",),
    "test_half_width": ("test_labels",),
}
"""Fields of which only one is given at a time, so that naming one takes the other's place."""


@dataclass(frozen=True)
class PlanInput:
    """One input of the plan, as a form or a table of assumptions shows it.

    Attributes:
        path: its place, such as `vendors.0.price_usd`.
        unit: empty for words.
        text: its value as the plan file writes it; empty where absent.
        default: whether the plan leaves it out, so that the value is labelplan's.
        shown: whether a form or a table shows it: it is a usual one, or the plan gives it.
        quantity: its value where it is numeric.
    """

    path: str
    label: str
    unit: str
    text: str
    default: bool
    shown: bool
    help: str
    quantity: Quantity | None


def inputs_of(prefix: str, table: PlanTable, given: set[str]) -> Iterator[PlanInput]:
    """List the inputs of one table, those of the tables in it after it."""
    for key, info in type(table).model_fields.items():
        value = getattr(table, key)
        path = f"{prefix}.{key}"
        if isinstance(value, tuple) and value and isinstance(value[0], PlanTable):
            title = (info.title or key).removesuffix("s")
            for i, part in enumerate(value):
                inner = inputs_of(f"{path}.{i}", part, given)
                yield from (replace(item, label=f"{title} {i + 1}, {item.label}") for item in inner)
            continue
        extra = info.json_schema_extra
        unit, rare = (extra["unit"], extra["rare"]) if isinstance(extra, dict) else ("", False)
        yield PlanInput(
            path=path,
            label=info.title or key,
            unit=str(unit),
            text=value_text(value),
            # What follows from another field that the plan gives is the plan's own.
            default=not given & {path, *(f"{prefix}.{other}" for other in ALTERNATIVES.get(key, ()))},
            shown=path in given or (not rare and belongs(table, key)),
            help=info.description or "",
            quantity=value if isinstance(value, Quantity) else None,
        )


def belongs(table: PlanTable, key: str) -> bool:
    """Say whether a field has a meaning in its table: those of a quote depend on its billing, of options on names."""
    if isinstance(table, OptionsTable):
        return bool(table.names)
    return not isinstance(table, Quote) or table.billing in BELONGS.get(key, (table.billing,))


def given_paths(raw: Any, prefix: str = "") -> Iterator[str]:
    """List the paths of everything that a plan file gives."""
    items = raw.items() if isinstance(raw, Mapping) else enumerate(raw)
    for key, value in items:
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            yield from given_paths(value, f"{path}.")
        yield path


def edit_input(document: tomlkit.TOMLDocument, item: PlanInput, value: Any) -> None:
    """Change one input in a plan file; no value, or empty text, removes it."""
    name, *inner, key = item.path.split(".")
    if name not in document:
        document[name] = tomlkit.aot() if name == "vendors" else tomlkit.table()
    table: Any = document[name]
    if name == "vendors" and len(table) == 0:
        table.append(tomlkit.table())
    for part in inner:
        table = table[int(part) if part.isdecimal() else part]
    if value is None or value == "":
        table.pop(key, None)
        return
    table[key] = _toml_value(item, value)
    if len(inner) <= 1:
        for other in ALTERNATIVES.get(key, ()):
            table.pop(other, None)


def _toml_value(item: PlanInput, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if item.path in (paths.STRATEGIES, paths.PROXIES, paths.STOPPING_RULES) and value != "auto":
        return [name.strip() for name in value.split(",") if name.strip()]
    if value in ("true", "false") and item.text in ("true", "false"):
        return value == "true"
    return value


def value_text(value: Any) -> str:
    """Write the value of a field as a plan file or a cell of a table does; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Quantity):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Tier):
        return f"{value_text(value.from_units)}-{value_text(value.to_units)}: {value.price_usd.text}"
    if isinstance(value, tuple):
        return ("; " if any(isinstance(part, Tier) for part in value) else ", ").join(map(value_text, value))
    return str(value)
