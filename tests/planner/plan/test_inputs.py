"""A plan remembers its inputs; a plan made of it with other tables, or by an edit, has its own."""

import copy

from planner.plan import Plan, parse_plan

PRICED = "[[vendors]]\nprice_usd = 0.05\n"


def text_of(plan: Plan, path: str) -> str:
    return plan.input(path).text


def test_inputs_are_listed_once() -> None:
    plan = parse_plan(PRICED)
    assert plan.inputs()[0] is plan.inputs()[0]
    assert plan.input("vendors.0.price_usd") in plan.inputs()


def test_an_edit_has_inputs_of_its_own() -> None:
    plan = parse_plan(PRICED)
    assert text_of(plan, "vendors.0.price_usd") == "0.05"
    assert text_of(plan.replace({"vendors.0.price_usd": 0.07}), "vendors.0.price_usd") == "0.07"
    assert text_of(plan, "vendors.0.price_usd") == "0.05"


def test_a_copy_with_another_table_has_inputs_of_its_own() -> None:
    plan = parse_plan("[strategy]\nmonitor_random = false\n")
    assert text_of(plan, "strategy.monitor_random") == "false"
    other = plan.model_copy(update={"strategy": plan.strategy.model_copy(update={"monitor_random": True})})
    assert text_of(other, "strategy.monitor_random") == "true"
    assert text_of(plan, "strategy.monitor_random") == "false"


def test_what_is_remembered_makes_no_difference_between_plans() -> None:
    asked, fresh = parse_plan(PRICED), parse_plan(PRICED)
    asked.inputs()
    assert asked == fresh
    assert asked.model_dump() == fresh.model_dump()
    assert copy.deepcopy(asked).inputs() == fresh.inputs()
