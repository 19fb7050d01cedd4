"""Quotes as a grid of cells: what is shown, what an editor's changes make of it, and what is wrong with a row."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan import Plan, load_plan, parse_plan, template
from planner.plan.presets import presets
from planner.plan.quote_cells import allowed_texts
from planner.plan.quote_files import quotes_to_csv
from planner.plan.quote_grid import (
    QuoteGrid,
    Row,
    apply_cell_edits,
    grid_from_plan,
    plan_from_grid,
)

SIX = Path(__file__).parents[3] / "examples" / "six-quotes.toml"
START = parse_plan(template())


def after(plan: Plan, **changes):
    return plan_from_grid(apply_cell_edits(grid_from_plan(plan), changes), plan, plan)


def test_it_shows_what_is_given_and_what_is_assumed_in_usual_fields():
    plan = parse_plan(
        '[[vendors]]\nname = "A"\nbilling = "per_hour"\nhourly_rate_usd = 20\nseconds_per_vote = "5 to 9"'
    )
    (cells,) = grid_from_plan(plan).texts()
    assert cells["hourly_rate_usd"] == "20"
    assert cells["seconds_per_vote"] == "5 to 9"
    assert cells["turnaround_days"] == "2"  # assumed
    assert "price_usd" not in cells  # of another billing
    assert "set_up_usd" not in cells  # rare, and given by none


def test_asked_columns_come_in_the_order_of_a_plan_file():
    fields = grid_from_plan(START, ["valid_until", "set_up_usd"]).fields
    assert fields.index("votes_per_item") < fields.index("set_up_usd") < fields.index("valid_until")


@pytest.mark.parametrize("plan", [START, load_plan(SIX), Plan()], ids=["template", "six quotes", "defaults"])
def test_a_grid_that_nobody_touched_is_the_same_plan(plan):
    read = plan_from_grid(grid_from_plan(plan), plan, plan)
    assert read.faults == ()
    assert [(item.path, item.text) for item in read.plan.inputs()] == [(item.path, item.text) for item in plan.inputs()]
    assert read.plan.to_toml().count("#") == plan.to_toml().count("#")


def test_every_preset_can_be_shown_and_read():
    plan = START.with_quotes([preset.table() for preset in presets()], where="presets", instead=True)
    read = plan_from_grid(grid_from_plan(plan), plan, plan)
    assert quotes_to_csv(read.plan.vendors) == quotes_to_csv(plan.vendors)


def test_a_cell_a_new_row_and_a_deleted_one():
    two = after(START, edited_rows={0: {"price_usd": " 0.05 to 0.12 "}}, added_rows=[{"name": "B", "price_usd": "0.2"}])
    assert two.faults == ()
    assert [(v.name, v.price_usd.text) for v in two.plan.vendors] == [("Vendor A", "0.05 to 0.12"), ("B", "0.2")]
    assert "# one vote on one item" in two.plan.to_toml()  # comments of the plan file stay
    one = after(two.plan, deleted_rows=[0])
    assert [v.name for v in one.plan.vendors] == ["B"]


def test_a_default_stays_left_out_until_its_cell_is_changed():
    plan = parse_plan('[[vendors]]\nname = "A"\n')
    touched = after(plan, edited_rows={0: {"votes_per_item": "5"}})
    assert touched.plan.vendors[0].model_fields_set >= {"name", "votes_per_item"}
    assert plan.input("vendors.0.price_usd").default
    assert touched.plan.input("vendors.0.price_usd").default
    cleared = after(touched.plan, edited_rows={0: {"votes_per_item": None}})
    assert cleared.plan.input("vendors.0.votes_per_item").default


def test_naming_one_error_rate_takes_the_others_place():
    (vendor,) = after(START, edited_rows={"0": {"vote_error_rate": "0.1"}}).plan.vendors
    assert (vendor.vote_error_rate.text, vendor.delivered_error_rate) == ("0.1", None)


def test_another_billing_asks_for_its_fields_and_offers_their_columns():
    typed = apply_cell_edits(grid_from_plan(START), {"edited_rows": {0: {"billing": "per_hour", "price_usd": ""}}})
    assert {"hourly_rate_usd", "seconds_per_vote"} <= set(typed.fields)
    assert plan_from_grid(typed, START, START).faults == (
        'row 1 "Vendor A": hourly_rate_usd or tiers: missing; billing "per_hour" needs it',
    )
    filled = apply_cell_edits(typed, {"edited_rows": {0: {"hourly_rate_usd": "20", "seconds_per_vote": "10"}}})
    assert plan_from_grid(filled, START, START).plan.vendors[0].billing == "per_hour"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"price_usd": "cheap"}, 'row 1 "Vendor A" price_usd: found "cheap"; allowed: a number'),
        ({"price_usd": "-1"}, "allowed: a number from 0 to 1e12"),
        ({"delivered_error_rate": "4%"}, "allowed: a fraction, 0.04"),
        ({"billing": "per_moon"}, "billing"),
        ({"name": "  "}, "found nothing"),
        ({"delivered_error_rate": "0.97"}, "below 0.95"),  # as good as guessing among the plan's 20 classes
    ],
)
def test_a_fault_is_one_sentence(cells, told):
    read = after(START, edited_rows={0: cells})
    assert read.plan is None
    (fault,) = read.faults
    assert told in fault
    assert "\n" not in fault


def test_each_row_that_cannot_be_used_has_a_sentence():
    read = after(
        START, edited_rows={0: {"price_usd": "x"}}, added_rows=[{"name": "B", "price_usd": "y"}, {"name": "C"}]
    )
    assert [fault.split('"')[0] for fault in read.faults] == ["row 1 ", "row 2 "]


def test_a_name_twice_no_rows_and_too_many_are_refused():
    assert "a different name" in after(START, added_rows=[{"name": "Vendor A"}]).faults[0]
    assert "found 0 quotes" in after(START, deleted_rows=[0]).faults[0]
    many = QuoteGrid(("name",), tuple(Row({"name": str(i)}) for i in range(1_001)))
    assert "found 1,001 quotes" in plan_from_grid(many, START, START).faults[0]


def test_empty_added_rows_and_unknown_columns_are_no_quotes():
    read = after(START, added_rows=[{}, {"name": None}, {"nonsense": "x"}], edited_rows={9: {"name": "x"}})
    assert len(read.plan.vendors) == 1


def test_what_is_not_quotes_stays_as_it_is_now():
    moved = START.replace({"task.target": "0.8"})
    read = plan_from_grid(
        apply_cell_edits(grid_from_plan(START), {"edited_rows": {0: {"price_usd": "0.5"}}}), START, moved
    )
    assert read.plan.input("task.target").text == "0.8"
    assert read.plan.vendors[0].price_usd.text == "0.5"


def test_choices_are_those_of_the_field():
    assert "per_hour" in allowed_texts("billing")
    assert allowed_texts("rework_free") == ("true", "false")
    assert allowed_texts("error_rate_is") == ("claimed", "measured")
    assert allowed_texts("price_usd") == () == allowed_texts("name")


@given(st.dictionaries(st.sampled_from(grid_from_plan(START).fields), st.text(max_size=20), max_size=4))
def test_whatever_is_typed_is_a_plan_or_sentences(cells):
    read = after(START, edited_rows={0: cells})
    assert (read.plan is None) == bool(read.faults)
    if read.plan is not None:
        again = grid_from_plan(read.plan)
        assert plan_from_grid(again, read.plan, read.plan).faults == ()
