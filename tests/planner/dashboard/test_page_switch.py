"""What was typed, chosen or opened on one page is there on the next; and the choice of what to solve for."""

from pathlib import Path

import pytest

from planner.dashboard import plan_state
from planner.dashboard.navigation import PAGES
from planner.plan import Plan, parse_plan
from tests.planner.dashboard.pages import held, opened, press, turned, words

pytestmark = pytest.mark.usefixtures("unasked")


def test_inputs_live_on_from_page_to_page() -> None:
    at = opened("assumptions", **{"vendors.0.set_up_usd": "250"})
    at.text_input(key="vendors.0.price_usd").set_value("20 to 40").run()
    at.text_input(key="task.target").set_value("0.8").run()
    at.text_input(key="task.target").set_value("eighty").run()
    assert len(at.error) == 1
    for view in (*(name for name, *_ in PAGES), "assumptions"):
        turned(at, view)
        assert not at.exception, view
        assert at.text_input(key="vendors.0.price_usd").value == "20 to 40"
        assert at.text_input(key="vendors.0.set_up_usd").value == "250"
        # The last value that worked still stands in for the one that does not.
        assert at.text_input(key="task.target").value == "eighty"
        assert len(at.error) == 1
    assert "Target: 0.9 → 0.8" in words(at)


def test_what_the_browser_drops_from_the_address_is_put_back() -> None:
    plan, kept = plan_state.pack(Plan().replace({"task.target": "0.7"})), plan_state.pack(Plan())
    at = opened("assumptions", plan=plan, a=kept)
    for key in ("plan", "a"):
        del at.query_params[key]
    turned(at, "verdict")
    assert at.text_input(key="task.target").value == "0.7"
    assert set(at.query_params) == {"plan", "a"}
    # The browser's history holds the page's bare address too: found by the Back button, it is completed again.
    for key in ("plan", "a"):
        del at.query_params[key]
    at.run()
    assert not at.exception
    assert at.text_input(key="task.target").value == "0.7"
    assert set(at.query_params) == {"plan", "a"}


def test_what_is_taken_out_on_purpose_stays_out() -> None:
    plan = plan_state.pack(Plan().replace({"task.target": "0.7"}))
    at = opened("assumptions", plan=plan, a=plan)
    turned(at, "verdict")
    turned(at, "assumptions")
    press(at, "Back to the plan of the start")
    for view in ("assumptions", "verdict"):
        turned(at, view)
        assert not at.exception
        assert set(at.query_params) == {"a"}
        assert at.text_input(key="task.target").value == "0.9"


def test_the_fields_follow_a_plan_that_the_back_button_brings() -> None:
    at = opened("assumptions")
    at.text_input(key="task.pool_size").set_value("70000").run()
    at.query_params["plan"] = plan_state.pack(Plan().replace({"task.target": "0.7"}))
    at.run()
    assert at.text_input(key="task.target").value == "0.7"
    del at.query_params["plan"]
    at.run()
    assert not at.exception
    assert at.text_input(key="task.target").value == "0.9"


def test_a_budget_is_asked_for_and_then_used() -> None:
    at = opened("assumptions")
    assert at.radio[0].value == "cost_at_target"
    at.radio[0].set_value("value_at_budget").run()
    assert not at.exception and not at.error
    (asked,) = at.info
    assert "needs a budget" in asked.value
    assert at.sidebar.text_input[0].key == "task.budget_usd"
    assert held(at, "task.solve_for") == "value_at_budget"
    at.text_input(key="task.budget_usd").set_value("9000").run()
    assert not at.info
    turned(at, "verdict")
    assert not at.exception and not at.error
    assert "a budget of $9,000" in words(at)
    assert "For the budget, usual accuracy" in words(at)
    at.radio[0].set_value("cost_at_target").run()
    assert "a target of 90%" in words(at)
    assert "task.solve_for" not in at.query_params


def test_a_plan_at_a_budget_asks_for_a_target() -> None:
    plan = parse_plan('[task]\nbudget_usd = 900\n[[vendors]]\nname = "A"\nprice_usd = 0.02\n')
    at = opened("assumptions", plan=plan_state.pack(plan))
    assert at.radio[0].value == "value_at_budget"
    at.radio[0].set_value("cost_at_target").run()
    assert "needs a target" in at.info[0].value
    at.text_input(key="task.target").set_value("0.8").run()
    assert not at.info and not at.error
    assert "Solve for: not given → cost_at_target" in words(at)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"task.solve_for": "<b>"}, "solve for “<b>”; allowed: cost_at_target or value_at_budget"),
        ({"task.solve_for": "value_at_budget", "task.budget_usd": "lots"}, "lots"),
        (
            {"task.solve_for": "value_at_budget", "task.budget_usd": "9000", "task.failure_usd": "5"},
            "without a target to miss",
        ),
    ],
)
def test_a_choice_that_cannot_be_used_is_sentences(address: dict[str, str], told: str) -> None:
    at = opened("assumptions", **address)
    assert not at.exception
    assert told in words(at)
    assert "Not used" in words(at) or "allowed" in words(at)


SIX = (
    Plan()
    .replace({"task.target": "0.8"})
    .with_quotes(
        [{"name": f"Quote {letter}", "price_usd": price} for letter, price in (("B", 0.2), ("C", 0.3), ("$D$", 0.4))],
        where="a test",
    )
)


def test_of_many_quotes_a_person_chooses_whose_price_is_in_sight() -> None:
    at = opened("assumptions", plan=plan_state.pack(SIX))
    assert not at.exception and not at.error
    choice = at.sidebar.selectbox(key="vendors.shown")
    assert choice.value == SIX.vendors[0].name
    assert at.sidebar.text_input[1].key == "vendors.0.price_usd"
    choice.set_value("Quote $D$").run()
    price = at.sidebar.text_input[1]
    assert (price.key, price.value) == ("vendors.2.price_usd", "0.4")
    assert price.label.replace("\\", "") == "Price per vote of Quote $D$ (USD)"
    price.set_value("0.5 to 0.6").run()
    assert not at.exception
    assert "0.4 → 0.5 to 0.6" in words(at)
    # What was typed stays when another price is in sight, and so does the choice on another page.
    at.sidebar.selectbox(key="vendors.shown").set_value("Quote C").run()
    assert not at.exception
    assert at.sidebar.text_input[1].key == "vendors.1.price_usd"
    turned(at, "verdict")
    assert at.sidebar.selectbox(key="vendors.shown").value == "Quote C"
    assert at.text_input(key="vendors.2.price_usd").value == "0.5 to 0.6"


def test_an_unknown_quote_in_the_address_is_told_and_the_first_is_in_sight() -> None:
    at = opened("assumptions", **{"plan": plan_state.pack(SIX), "vendors.shown": "<b>$x$"})
    assert not at.exception
    assert "asks for the price of “<b>$x$”, which is no quote here" in words(at)
    assert at.sidebar.text_input[1].key == "vendors.0.price_usd"


def test_drafts_outlive_their_page() -> None:
    at = opened("vendors")
    at.text_area(key="vendors_pasted").set_value("name,price_usd\nX,1").run()
    at.radio(key="vendors_how").set_value("Take the table's place").run()
    preset = at.selectbox(key="vendors_preset").options[2]
    at.selectbox(key="vendors_preset").set_value(preset).run()
    for view in ("assumptions", "vendors"):
        turned(at, view)
    assert not at.exception
    assert at.text_area(key="vendors_pasted").value == "name,price_usd\nX,1"
    assert at.radio(key="vendors_how").value == "Take the table's place"
    shown = at.selectbox(key="vendors_preset")
    assert preset in (shown.value, shown.options[shown.index])


def test_an_upload_and_how_it_is_read_outlive_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the dashboard keeps what it is given
    at = opened("simulate")
    content = "x,y,queue\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(80))
    at.file_uploader(key="simulate_data.file").upload("mine.csv", content.encode()).run()
    at.selectbox(key="simulate_label").set_value("queue").run()
    at.multiselect(key="simulate_drop").set_value(["y"]).run()
    at.checkbox(key="simulate_one_hot").check().run()
    for view in ("assumptions", "simulate"):
        turned(at, view)
    assert not at.exception and not at.error
    assert "In use: mine.csv" in "\n".join(str(one.value) for one in at.caption).replace("\\", "")
    assert at.selectbox(key="simulate_label").value == "queue"
    assert at.multiselect(key="simulate_drop").value == ["y"]
    assert at.checkbox(key="simulate_one_hot").value is True
    # Another file has other columns: what was chosen of the first one's is forgotten.
    at.file_uploader(key="simulate_data.file").upload("other.csv", content.replace("queue", "state").encode()).run()
    assert not at.exception and not at.error
    assert at.selectbox(key="simulate_label").value is None
