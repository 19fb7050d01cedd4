"""The side bar's fields: a sentence about a bad value stands right below it, and good ones have nothing there."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_state
from planner.evidence import recorded_curves
from planner.plan import parse_plan
from tests.planner.dashboard.pages import opened

FIELDS = ("task.target", "task.pool_size", "compute.machine_usd_per_hour")


def elements(block: Any) -> Iterator[Any]:
    """Everything in a block, top down."""
    for _, child in sorted(block.children.items()):
        yield from elements(child) if hasattr(child, "children") else (child,)


def below(at: AppTest) -> dict[str, Any]:
    """What stands below each field of the side bar, by the field's path."""
    listed = list(elements(at.sidebar))
    return {one.key: after for one, after in pairwise(listed) if one.type == "text_input"}


def test_a_sentence_stands_below_its_own_field_and_goes_with_the_fault() -> None:
    at = opened()
    good = {key: (one.type, one.key) for key, one in below(at).items()}
    # Beside the fields only the switch above them has a place for a sentence.
    assert [one.type for one in elements(at.sidebar)].count("empty") == 1
    for path in FIELDS:
        at.text_input(key=path).set_value("rubbish")
    at.run()
    found = below(at)
    for path in FIELDS:
        assert found[path].type == "error" and 'found "rubbish"' in found[path].value.replace("\\", "")
    assert len(at.sidebar.error) == len(FIELDS)
    for path in FIELDS:
        at.text_input(key=path).set_value(at.text_input(key=path).proto.default)
    at.run()
    assert not at.sidebar.error
    assert {key: (one.type, one.key) for key, one in below(at).items()} == good


def test_a_field_holds_all_of_a_long_text_of_the_plans_own() -> None:
    """Eighteen names are more than a field lets type; the browser would cut them off, and the plan be refused."""
    names = sorted(map(str, recorded_curves()["dataset"].unique()))[1:]
    plan = parse_plan(f"[task]\ntarget = 0.9\n[evidence]\nproxies = {names}\n".replace("'", '"'))
    at = opened(plan=plan_state.pack(plan))
    fields = {one.key: one for one in at.sidebar.text_input}
    assert len(fields["evidence.proxies"].value) > 200
    assert all(len(one.value or "") <= one.proto.max_chars for one in fields.values())
    assert fields["evidence.proxies"].value == plan.input("evidence.proxies").text
