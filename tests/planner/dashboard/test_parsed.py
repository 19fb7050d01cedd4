"""A plan file is read once for each text, and one that cannot be used is told each time, by the name it has there."""

import pytest

from planner.dashboard.plan_link import parsed
from planner.plan import parse_plan, template
from simulations.errors import InputError


def test_the_same_text_is_the_same_plan_and_another_text_another() -> None:
    plan = parsed(template())
    assert parsed(template()) is plan
    assert plan == parse_plan(template()) and plan.to_toml() == template()
    edited = plan.replace({"task.target": 0.93}).to_toml()
    assert parsed(edited).task.target is not None and parsed(edited).task.target.low == 0.93
    assert parsed(template()) is plan


def test_a_fault_is_told_again_and_again_and_names_its_place() -> None:
    for where in ("plan.toml", "plan.toml", "the plan in the address"):
        with pytest.raises(InputError, match=f"^{where}, "):
            parsed("[task]\ntarget = 7\n", where)
