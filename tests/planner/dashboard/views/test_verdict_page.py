"""The Verdict page, run on the real planner by Streamlit's own test runner."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_link
from planner.plan import Plan, parse_plan

APP = Path(__file__).parents[4] / "app.py"
HEADLINES = ("Use active learning", "Label random", "Too close to call")
HOSTILE = (
    "<script>alert(1)</script>",
    "$$\\frac{1}{0}$$",
    "nan",
    "1e999",
    "-1",
    "9" * 190,
    "0.9 to",
    "\u202e",
    "=cmd|x",
)


def opened(**address: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in address.items():
        at.query_params[key] = value
    return at.run()


def words(at: AppTest) -> str:
    parts = [*at.title, *at.markdown, *at.caption, *at.metric, *at.warning, *at.error]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_it_opens_with_an_answer() -> None:
    at = opened()
    assert not at.exception
    assert not at.error
    assert at.title[0].value in HEADLINES
    assert len(at.metric) == 3
    assert len(at.get("vega_lite_chart")) == 5
    assert at.query_params == {}


def test_five_inputs_are_visible_and_the_rest_under_more_assumptions() -> None:
    at = opened()
    every = {field.key for field in at.text_input}
    hidden = {field.key for field in at.expander[0].text_input}
    assert at.expander[0].label == "More assumptions"
    assert every - hidden == {
        "task.target",
        "vendors.0.price_usd",
        "engineering.one_off_hours",
        "evidence.random_labels",
        "strategy.names",
    }
    assert every == {item.path for item in Plan().inputs() if item.shown} - set(plan_link.FILES)


def test_a_rare_input_has_a_field_where_the_plan_or_the_address_names_it() -> None:
    def fields(at: AppTest) -> set[str]:
        return {str(field.key) for field in at.text_input}

    assert "vendors.0.set_up_usd" not in fields(opened())
    at = opened(**{"vendors.0.set_up_usd": "250"})
    assert not at.exception
    assert "vendors.0.set_up_usd" in fields(at)


def test_every_input_has_help_and_a_unit_where_it_is_a_number() -> None:
    at = opened()
    for field in at.text_input:
        assert field.key.replace("_", "") in field.help.replace("\\", "").replace("_", "")
    price = next(field for field in at.text_input if field.key == "vendors.0.price_usd")
    assert price.label.replace("\\", "") == "Price per vote (USD)"
    for told in ("Allowed: a number from 0", "Default: 0.01 to 0.014", "Here from the plan", "80% sure"):
        assert told in price.help.replace("\\", "")


def test_a_price_in_sight_names_its_vendor_where_there_are_several() -> None:
    plan = parse_plan('[[vendors]]\nname = "Crowd"\nprice_usd = 0.02\n[[vendors]]\nname = "Experts"\nprice_usd = 0.5\n')
    at = opened(plan=plan_link.pack(plan))
    assert not at.exception
    labels = {field.key: field.label.replace("\\", "") for field in at.text_input}
    assert labels["vendors.0.price_usd"] == "Price per vote of Crowd (USD)"
    assert labels["vendors.1.price_usd"] == "Price per vote (USD)"  # its name stands above it
    assert [heading.value for heading in at.expander[0].subheader if heading.value in ("Crowd", "Experts")]


def test_an_edit_and_an_address_give_the_same_answer() -> None:
    at = opened()
    at.text_input(key="vendors.0.price_usd").set_value("20 to 40").run()
    assert not at.exception and not at.error
    assert "At $28.28 per vote" in words(at)
    again = opened(**{"vendors.0.price_usd": "20 to 40"})
    assert words(again) == words(at)


def test_a_value_put_back_gives_the_first_answer_again() -> None:
    at = opened()
    first = words(at)
    at.text_input(key="task.target").set_value("0.8").run()
    assert "a target of 80%" in words(at)
    at.text_input(key="task.target").set_value("0.9").run()
    assert words(at) == first


def test_a_bad_value_is_one_sentence_and_the_last_good_answer_stays() -> None:
    at = opened()
    at.text_input(key="task.target").set_value("0.8").run()
    good = [metric.value for metric in at.metric]
    at.text_input(key="task.target").set_value("ninety").run()
    assert not at.exception
    (error,) = at.error
    assert "ninety" in error.value
    assert "\n" not in error.value
    assert [metric.value for metric in at.metric] == good
    assert "a target of 80%" in words(at)


def test_an_unknown_strategy_is_one_sentence_and_the_last_good_answer_stays() -> None:
    at = opened()
    before = at.title[0].value
    at.text_input(key="strategy.names").set_value("no_such_strategy").run()
    assert not at.exception
    assert any("no_such_strategy" in error.value.replace("\\", "") for error in at.error)
    assert at.title[0].value == before


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_is_sentences(text: str) -> None:
    at = opened(**{"task.target": text, "vendors.0.price_usd": text, "no.such": text, "plan": text})
    assert not at.exception
    assert at.title[0].value in HEADLINES
    assert at.warning
    assert "nan" not in "".join(str(metric.value) for metric in at.metric)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("vendors.0.price_usd", "1e-300 to 1e300"),
        ("engineering.one_off_hours", "1e308"),
        ("task.pool_size", "1e15"),
        ("vendors.0.price_usd", "0"),
        ("strategy.batch_size", "1"),
        ("task.target", "0.999999"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # overflow is what is tried here
def test_absurd_numbers_show_no_fault(path: str, text: str) -> None:
    at = opened(**{path: text})
    assert not at.exception
    assert at.title[0].value in HEADLINES
    shown = words(at).lower()
    assert not [fault for fault in ("$nan", " nan", "$inf", "$-") if fault in shown]


def test_repeated_keys_in_the_address_do_no_harm() -> None:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.query_params["task.target"] = ["0.8", "0.7"]
    at.run()
    assert not at.exception
    assert at.title[0].value in HEADLINES


def test_words_are_no_formulas() -> None:
    at = opened()
    sentence = next(part.value for part in at.markdown if "per vote" in part.value)
    assert sentence.count("$") == sentence.count("\\$") > 2


def test_a_plan_file_is_opened_and_lives_in_the_address() -> None:
    at = opened(**{"task.target": "0.8"})
    plan = Plan().replace({"task.target": "0.7", "task.name": "My $ task"})
    at.file_uploader[0].upload("mine.toml", plan.to_toml().encode()).run()
    assert not at.exception and not at.error
    assert at.text_input(key="task.target").value == "0.7"
    assert "a target of 70%" in words(at)
    assert set(at.query_params) == {"plan"}
    address = str(at.query_params["plan"] if isinstance(at.query_params["plan"], str) else at.query_params["plan"][0])
    again = opened(plan=address)
    assert "My $ task" in words(again)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "not a text file"),
        (b"[task", "not a TOML file"),
        (b"[task]\ntargt = 0.9\n", "target"),
        (b'[evidence]\npilot = "/etc/passwd"\n', "found a file"),
        (b"#" * 70_000, "allowed: up to 64,000"),
    ],
)
def test_a_bad_plan_file_is_one_sentence(content: bytes, told: str) -> None:
    at = opened()
    before = words(at)
    at.file_uploader[0].upload("bad.toml", content).run()
    assert not at.exception
    (error,) = at.error
    assert told in error.value.replace("\\", "")
    assert words(at).startswith(before.split("\n")[0])
    assert at.query_params == {}


def test_it_opens_with_the_plan_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[task]\ntarget = 0.75\ncurrency = "EUR"\n', encoding="utf-8")
    monkeypatch.setenv("LABELPLAN_PLAN", str(path))
    at = opened()
    assert not at.exception
    assert "a target of 75%" in words(at)
    assert "€" in words(at)
    assert "$" not in "".join(str(metric.value) for metric in at.metric)


def test_a_given_plan_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELPLAN_PLAN", str(tmp_path / "gone.toml"))
    at = opened()
    assert not at.exception
    assert "no such file" in at.error[0].value
    assert at.title[0].value in HEADLINES


def test_an_empty_store_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELPLAN_STORE", str(tmp_path))
    at = opened()
    assert not at.exception
    assert len(at.error) == 1
