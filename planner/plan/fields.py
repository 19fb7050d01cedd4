"""Declare a field of the plan file: its kind of number, its default, and what a form says about it."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from planner.plan import quantity as q
from planner.plan.quantity import Domain, Quantity


def _parser(domain: Domain) -> BeforeValidator:
    return BeforeValidator(lambda raw: Quantity.parse(raw, domain))


OpenFraction = Annotated[Quantity, _parser(q.OPEN_FRACTION)]
OneFraction = Annotated[Quantity, _parser(q.ONE_FRACTION)]
Fraction = Annotated[Quantity, _parser(q.FRACTION)]
BelowOne = Annotated[Quantity, _parser(q.BELOW_ONE)]
Share = Annotated[Quantity, _parser(q.SHARE)]
NonNegative = Annotated[Quantity, _parser(q.NON_NEGATIVE)]
Positive = Annotated[Quantity, _parser(q.POSITIVE)]
FromOne = Annotated[Quantity, _parser(q.FROM_ONE)]
Count = Annotated[Quantity, _parser(q.COUNT)]
CountOrNone = Annotated[Quantity, _parser(q.COUNT_OR_NONE)]
Votes = Annotated[Quantity, _parser(q.VOTES)]
Classes = Annotated[Quantity, _parser(q.CLASSES)]


class PlanTable(BaseModel):
    """A table of the plan file: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


def rare_field(default: Any, label: str, unit: str = "", help: str = "") -> Any:
    """Describe a field that a form leaves out until the plan gives it; see `field`."""
    return field(default, label, unit, help, rare=True)


def field(default: Any, label: str, unit: str = "", help: str = "", *, rare: bool = False) -> Any:
    """Describe a field.

    Args:
        default: what the plan example shows, or None where it is absent there.
        label: what a person calls it.
        unit: its unit; empty for words.
        help: what it means, in a sentence.
        rare: whether a form leaves it out until the plan gives it.
    """
    extra: Any = {"unit": unit, "rare": rare}
    return Field(default=default, validate_default=True, title=label, description=help, json_schema_extra=extra)
