"""A plan file is read once for each text, and one that cannot be used is told each time, by the name it has there."""

import pytest

from planner.dashboard.plan_link import parse_cached
from planner.plan import parse_plan, template
from simulations.errors import InputError


def test_the_same_text_is_the_same_plan_and_another_text_another() -> None:
    plan = parse_cached(template())
    assert parse_cached(template()) is plan
    assert plan == parse_plan(template()) and plan.to_toml() == template()
    edited = plan.replace({"task.target": 0.93}).to_toml()
    assert parse_cached(edited).task.target is not None and parse_cached(edited).task.target.low == 0.93
    assert parse_cached(template()) is plan


def test_a_fault_is_told_again_and_again_and_names_its_place() -> None:
    for where in ("plan.toml", "plan.toml", "the plan in the address"):
        with pytest.raises(InputError, match=f"^{where}, "):
            parse_cached("[task]\ntarget = 7\n", where)
