"""The Vendors page, run on the real planner by Streamlit's own test runner."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_state
from planner.dashboard.views import quotes_table
from planner.plan import parse_plan, template
from planner.plan.presets import preset, presets
from tests.planner.dashboard.pages import charts, opened, press, words

TWO = parse_plan(
    template(
        [
            '[[vendors]]\nname = "<script>alert(1)</script>"\nprice_usd = "0.02 to 0.04"\nvotes_per_item = 3\n',
            '[[vendors]]\nname = "In $ and $x^2$"\nprice_usd = 0.3\nvotes_per_item = 1\ndelivered_error_rate = 0.01\n',
        ]
    )
)


def names(at: AppTest) -> list[str]:
    return list(at.data_editor[0].value["name"])


def test_one_quote_has_no_comparison_of_prices_and_stays_where_a_plan_cannot_be_answered() -> None:
    at = opened("vendors")
    assert not at.exception and not at.error
    assert at.title[0].value.replace("\\", "") == "One quote: Vendor A"
    assert names(at) == ["Vendor A"]
    assert len(charts(at)) == 2
    assert "At which price each would win" not in [heading.value for heading in at.subheader]
    assert at.query_params == {}
    assert next(one for one in at.button if one.label == "Reset the quotes").disabled
    at.text_input(key="strategy.names").set_value("no_such_strategy").run()
    assert not at.exception
    assert any("no_such_strategy" in error.value.replace("\\", "") for error in at.error)
    assert at.title[0].value.replace("\\", "") == "One quote: Vendor A"
    assert names(at) == ["Vendor A"]


def test_several_quotes_with_hostile_names_are_text_everywhere() -> None:
    at = opened("vendors", plan=plan_state.pack(TWO), **{"vendors.who": "In $ and $x^2$", "vendors.plan": "random"})
    assert not at.exception and not at.error
    assert len(charts(at)) == 3
    assert at.selectbox(key="vendors.who").value == "In $ and $x^2$"
    for part in at.markdown:
        if "script" in str(part.value):
            assert "\\<script\\>" in part.value
        assert part.value.count("$") == part.value.count("\\$")
    # The address opens the same view again.
    assert "random: " in words(at)
    chart = json.loads(at.get("vega_lite_chart")[2].proto.spec)
    assert "random labelling" in json.dumps(chart)
    rows = at.dataframe[1].value
    assert list(rows["Vendor"].unique()) == ["<script>alert(1)</script>", "In $ and $x^2$"]


def test_a_vendor_or_plan_that_is_gone_gives_way_to_the_first() -> None:
    at = opened("vendors", plan=plan_state.pack(TWO))
    at.selectbox(key="vendors.who").set_value("In $ and $x^2$").run()
    at.radio(key=quotes_table.HOW).set_value(quotes_table.REPLACE)
    at.text_area(key=quotes_table.PASTED).set_value("name,price_usd\nOnly,0.2\n")
    press(at, "Read what is pasted")
    assert not at.exception and not at.error
    assert at.selectbox(key="vendors.who").value == "Only"
    at.text_input(key="strategy.names").set_value("entropy").run()
    assert not at.exception and not at.error
    assert "entropy" in words(at)


def test_a_hostile_address_is_sentences_and_the_usual_view() -> None:
    at = opened(
        "vendors",
        plan=plan_state.pack(TWO),
        **{"vendors.who": "$$x$$", "vendors.plan": "nope", "vendors.columns": "zz"},
    )
    assert not at.exception
    told = [warning.value.replace("\\", "") for warning in at.warning]
    assert any("“$$x$$”" in text for text in told)
    assert any("“nope”" in text for text in told)
    assert any("“zz”" in text for text in told)
    assert at.selectbox(key="vendors.who").value == "<script>alert(1)</script>"


def test_a_preset_is_shown_with_its_source_added_numbered_and_reset() -> None:
    at = opened("vendors")
    article = next(item for item in presets() if item.vendor.source_kind == "trade_article")
    at.selectbox(key=quotes_table.PRESET).set_value(article.name).run()
    shown = words(at)
    assert "A range from a trade article, not a quote." in shown
    assert str(article.vendor.as_of) in shown
    press(at, "Add this preset")
    assert not at.exception and not at.error
    press(at, "Add this preset")
    added = preset(article.name).vendor.name
    assert names(at) == ["Vendor A", added, f"{added} 2"]
    assert set(at.query_params) == {"plan"}
    press(at, "Reset the quotes")
    assert not at.exception
    assert names(at) == ["Vendor A"]
    assert at.query_params == {}


def test_pasted_quotes_are_added_or_take_the_tables_place_and_faults_are_one_sentence() -> None:
    at = opened("vendors")
    at.text_area(key=quotes_table.PASTED).set_value("name\tprice_usd\nB\t0.05 to 0.12\n")
    press(at, "Read what is pasted")
    assert not at.exception and not at.error
    assert names(at) == ["Vendor A", "B"]
    assert at.text_input(key="vendors.1.price_usd").value == "0.05 to 0.12"
    for text, told in (
        ("name,prize_usd\nC,1\n", "did you mean 'price_usd'"),
        ("", "found nothing"),
        ("name\nB\n", "a different name"),
    ):
        at.text_area(key=quotes_table.PASTED).set_value(text)
        press(at, "Read what is pasted")
        assert not at.exception
        (error,) = at.error
        assert told in error.value.replace("\\", "")
        assert names(at) == ["Vendor A", "B"]
    at.radio(key=quotes_table.HOW).set_value(quotes_table.REPLACE)
    at.text_area(key=quotes_table.PASTED).set_value('[{"name": "Only", "price_usd": 0.2}]')
    press(at, "Read what is pasted")
    assert not at.exception and not at.error
    assert names(at) == ["Only"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("q.json", b'{"vendors": [{"name": "B", "price_usd": "0.1 to 0.2"}]}', None),
        ("q.csv", b"\xff\xfe\x00", "not a text file"),
        ("q.csv", b"name,source\nB," + b"x" * 70_000, "64,000"),
    ],
)
def test_an_uploaded_file_is_quotes_or_one_sentence(name: str, content: bytes, told: str | None) -> None:
    at = opened("vendors")
    next(one for one in at.file_uploader if one.key == quotes_table.UPLOADED).upload(name, content).run()
    assert not at.exception
    if told is None:
        assert not at.error
        assert names(at) == ["Vendor A", "B"]
    else:
        (error,) = at.error
        assert told in error.value.replace("\\", "")
        assert names(at) == ["Vendor A"]


def test_an_edit_in_the_side_bar_is_in_the_table_and_more_columns_can_be_shown() -> None:
    at = opened("vendors")
    at.text_input(key="vendors.0.price_usd").set_value("0.5").run()
    assert list(at.data_editor[0].value["price_usd"]) == ["0.5"]
    at.multiselect(key=quotes_table.MORE).set_value(["set_up_usd"]).run()
    assert not at.exception
    assert "set_up_usd" in at.data_editor[0].value.columns
    at.multiselect(key=quotes_table.MORE).set_value([]).run()
    assert "set_up_usd" not in at.data_editor[0].value.columns


def test_a_budget_and_tools_without_people_have_a_page_too() -> None:
    text = '[task]\nbudget_usd = 5000\nsolve_for = "value_at_budget"\n' + "".join(
        f'[[vendors]]\nname = "{name}"\nbilling = "platform_only"\nplatform_fee_usd_per_item = {fee}\n'
        for name, fee in (("A", 0.01), ("B", 0.02))
    )
    at = opened("vendors", plan=plan_state.pack(parse_plan(text)))
    assert not at.exception and not at.error
    assert at.title[0].value.replace("\\", "") == "Cheapest: A"
    assert len(charts(at)) == 2
    assert any("a platform alone" in warning.value for warning in at.warning)
