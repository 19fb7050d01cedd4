"""Edits of single inputs: those that can be made are, and each of the others is one sentence; imports no streamlit."""

from collections.abc import Mapping
from dataclasses import dataclass

from planner.plan import Plan
from simulations.errors import InputError


@dataclass(frozen=True)
class Edited:
    """A plan after edits.

    Attributes:
        plan: the plan with every edit that could be made.
        values: path to text of the edits in it; where an edit failed, the last that worked.
        errors: path to one sentence for each edit that failed.
    """

    plan: Plan
    values: Mapping[str, str]
    errors: Mapping[str, str]


def apply_edits(base: Plan, wanted: Mapping[str, str], kept: Mapping[str, str]) -> Edited:
    """Make the edits that can be made.

    Args:
        base: the plan before edits.
        wanted: path to new text, for the inputs whose text differs from the plan's.
        kept: path to the last text that worked, which stands in for one that does not.
    """
    try:
        return Edited(base.replace(wanted), dict(wanted), {})
    except InputError:
        return _one_by_one(base, wanted, kept)


def _one_by_one(base: Plan, wanted: Mapping[str, str], kept: Mapping[str, str]) -> Edited:
    plan, values, errors = base, dict[str, str](), dict[str, str]()
    for path, text in wanted.items():
        for candidate in dict.fromkeys((text, kept.get(path, text))):
            try:
                plan = base.replace({**values, path: candidate})
            except InputError as error:
                errors.setdefault(path, str(error))
            else:
                values[path] = candidate
                break
    return Edited(plan, values, errors)
