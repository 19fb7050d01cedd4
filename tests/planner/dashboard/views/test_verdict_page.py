"""The Verdict page, what would settle it, and its report, run on the real planner by Streamlit's own test runner."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from planner.dashboard import answers, plan_state
from planner.dashboard.plan_state import read_start
from planner.dashboard.views import verdict as verdict_view
from planner.plan import Plan, parse_plan
from planner.render.html import SECTIONS, offered_sections
from planner.render.verdict import words as verdict_words
from simulations.errors import InputError
from tests.planner.dashboard.pages import charts, held, opened, turned, words

HEADLINES = ("Use active learning", "Label random", "Too close to call")
HOSTILE = (("<script>alert(1)</script>", "$$\\frac{1}{0}$$", "nan"), ("9" * 190, "-1", "0.9 to \u202e"))


def test_it_opens_with_an_answer_and_five_inputs_in_sight() -> None:
    at = opened()
    assert not at.exception and not at.error
    assert at.title[0].value in HEADLINES
    assert len(at.metric) == 3 and len(charts(at)) == 5
    assert at.query_params == {}
    every = {field.key for field in (*at.text_input, at.selectbox(key="evidence.kind"))}
    known, more = at.expander[:2]
    assert (known.label, more.label) == ("What you know already", "More assumptions")
    assert {field.key for field in known.text_input} == {
        "evidence.random_labels",
        "evidence.label_savings",
        "strategy.names",
    }
    assert every - {field.key for part in (known, more) for field in part.text_input} == {
        "evidence.kind",
        "task.target",
        "vendors.0.price_usd",
        "engineering.one_off_hours",
        "task.pool_size",
    }
    asked = [part.value for part in at.sidebar.markdown if part.value.endswith("?**")]
    assert asked[0] == "**1. What do you label?**" and len(asked) == 5
    assert every == {item.path for item in Plan().inputs() if item.shown} - set(plan_state.FILES)
    # Words are no formulas.
    sentence = next(part.value for part in at.markdown if "per vote" in part.value)
    assert sentence.count("$") == sentence.count("\\$") > 2
    # Every input has help, and a unit where it is a number.
    for field in at.text_input:
        assert field.key.replace("_", "") in field.help.replace("\\", "").replace("_", "")
    price = next(field for field in at.text_input if field.key == "vendors.0.price_usd")
    assert price.label.replace("\\", "") == "Price per vote (USD)"
    for told in ("Allowed: a number from 0", "Default: 0.01 to 0.014", "Here from the plan", "80% sure"):
        assert told in price.help.replace("\\", "")


@pytest.mark.usefixtures("unasked")
def test_the_kind_of_data_is_chosen_and_an_unknown_one_in_the_address_is_told() -> None:
    at = opened(**{"evidence.kind": "text"})
    assert at.selectbox(key="evidence.kind").value == "text" and "of no kind" not in words(at)
    at.selectbox(key="evidence.kind").select("image").run()
    assert at.session_state[plan_state.KEPT_EDITS] == {"evidence.kind": "image"}
    at = opened(**{"evidence.kind": "smell"})
    assert at.selectbox(key="evidence.kind").value is None
    assert any("“smell”" in part.value for part in at.warning)


@pytest.mark.usefixtures("unasked")
def test_a_price_in_sight_names_its_vendor_and_a_rare_input_has_a_field_where_it_is_named() -> None:
    plan = parse_plan('[[vendors]]\nname = "Crowd"\nprice_usd = 0.02\n[[vendors]]\nname = "Experts"\nprice_usd = 0.5\n')
    at = opened(plan=plan_state.pack(plan), **{"vendors.0.set_up_usd": "250"})
    assert not at.exception
    assert at.text_input(key="vendors.0.set_up_usd").value == "250"
    labels = {field.key: field.label.replace("\\", "") for field in at.text_input}
    assert labels["vendors.0.price_usd"] == "Price per vote of Crowd (USD)"
    assert labels["vendors.1.price_usd"] == "Price per vote (USD)"  # its name stands above it
    assert [heading.value for heading in at.expander[1].subheader if heading.value in ("Crowd", "Experts")]


@pytest.mark.usefixtures("unasked")
def test_the_verdict_shows_before_the_questions_are_asked_and_an_edit_and_an_address_give_the_same_answer() -> None:
    at = opened()
    assert len(at.metric) == 3 and len(charts(at)) == 5
    assert any("none today" in warning.value for warning in at.warning)
    at.text_input(key="vendors.0.price_usd").set_value("20 to 40").run()
    assert not at.exception and not at.error
    assert "At $28.28 per vote" in words(at)
    again = opened(**{"vendors.0.price_usd": "20 to 40"})
    assert words(again) == words(at)


@pytest.mark.usefixtures("unasked")
def test_a_bad_value_is_one_sentence_and_the_last_good_answer_stays() -> None:
    at = opened()
    at.text_input(key="task.target").set_value("0.8").run()
    good = [metric.value for metric in at.metric]
    first = words(at)
    at.text_input(key="task.target").set_value("ninety").run()
    assert not at.exception
    (error,) = at.error
    assert "ninety" in error.value
    assert "\n" not in error.value
    assert [metric.value for metric in at.metric] == good
    assert "a target of 80%" in words(at)
    at.text_input(key="strategy.names").set_value("no_such_strategy").run()
    assert any("no_such_strategy" in fault.value.replace("\\", "") for fault in at.error)
    assert [metric.value for metric in at.metric] == good
    for path, text in (("task.target", "0.8"), ("strategy.names", at.text_input(key="strategy.names").proto.default)):
        at.text_input(key=path).set_value(text)
    at.run()
    assert words(at) == first


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize(("one", "other", "third"), HOSTILE)
def test_a_hostile_address_is_sentences(one: str, other: str, third: str) -> None:
    repeated = ["500", "600"]
    at = opened(
        **{"task.target": one, "vendors.0.price_usd": other, "task.pool_size": repeated, "no.such": one, "plan": third}
    )
    assert not at.exception
    assert at.title[0].value in HEADLINES
    assert at.warning
    assert "nan" not in "".join(str(metric.value) for metric in at.metric)


@pytest.mark.parametrize(
    ("path", "text"),
    [
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


@pytest.mark.usefixtures("unasked")
def test_a_plan_file_is_opened_and_lives_in_the_address() -> None:
    at = opened(**{"task.target": "0.8"})
    plan = Plan().replace({"task.target": "0.7", "task.name": "My $ task", "vendors.0.price_usd": "0.02"})
    at.file_uploader[0].upload("mine.toml", plan.to_toml().encode()).run()
    assert not at.exception and not at.error
    assert at.text_input(key="task.target").value == "0.7"
    assert "a target of 70%" in words(at)
    assert set(at.query_params) == {"plan"}
    again = opened(plan=held(at, "plan"))
    assert "My $ task" in words(again)


@pytest.mark.usefixtures("unasked")
def test_a_bad_plan_file_is_one_sentence() -> None:
    at = opened()
    before = words(at)
    bad = {
        b"\xff\xfe\x00": "not a text file",
        b'[evidence]\npilot = "/etc/passwd"\n': "found a file",
        b"": "at least one vendor",
    }
    for content, told in bad.items():
        at.file_uploader[0].upload("bad.toml", content).run()
        assert not at.exception
        (error,) = at.error
        assert told in error.value.replace("\\", "")
        assert words(at).startswith(before.split("\n")[0])
        assert at.query_params == {}


@pytest.mark.usefixtures("unasked")
def test_it_opens_with_the_plan_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('[task]\ntarget = 0.75\ncurrency = "EUR"\n[[vendors]]\nprice_usd = 0.02\n', encoding="utf-8")
    monkeypatch.setenv("LABELPLAN_PLAN", str(path))
    at = opened()
    assert not at.exception
    assert "a target of 75%" in words(at)
    assert "€" in words(at)
    assert "$" not in "".join(str(metric.value) for metric in at.metric)


@pytest.mark.usefixtures("unasked")
def test_a_given_plan_that_is_gone_and_an_empty_store_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELPLAN_PLAN", str(tmp_path / "gone.toml"))
    at = opened()
    assert not at.exception
    assert "no such file" in at.error[0].value
    assert at.title[0].value in HEADLINES
    monkeypatch.delenv("LABELPLAN_PLAN")
    monkeypatch.setenv("LABELPLAN_STORE", str(tmp_path))
    at = opened()
    assert not at.exception
    assert len(at.error) == 1


def test_it_tells_flips_pilots_information_rounds_and_the_first_order() -> None:
    at = opened(**{"vendors.0.price_usd": "0.5", "engineering.one_off_hours": "2 to 8"})
    assert not at.exception and not at.error
    assert any(heading.value in ("What would settle it", "What could change it") for heading in at.subheader)
    assert all(told in words(at) for told in ("one of these alone", "a round", "worth", "ilot", "order "))
    assert len(charts(at)) == 6
    assert at.dataframe[0].value.columns[0] == "Pilot"


@pytest.mark.usefixtures("unasked")
def test_the_share_that_never_reaches_the_target_is_a_number_of_its_own() -> None:
    at = opened(**{"task.target": "0.96"})
    assert "Futures that never reach the target: random in" in words(at)
    assert "%" in words(at).split("Futures that never reach the target")[1][:60]


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*)</h2>", page)


def test_every_section_is_ticked_at_first_and_what_is_not_stays_so() -> None:
    at = opened()
    boxes = [box for box in at.checkbox if str(box.key).startswith(verdict_view.TICKED)]
    assert [box.label for box in boxes] == [
        title for name, title in SECTIONS.items() if name not in ("options", "hybrid")
    ]
    assert all(box.value for box in boxes)
    at.checkbox(key=f"{verdict_view.TICKED}.method").uncheck().run()
    assert not at.exception
    turned(at, "assumptions")
    turned(at, "verdict")
    assert not at.checkbox(key=f"{verdict_view.TICKED}.method").value
    assert at.checkbox(key=f"{verdict_view.TICKED}.plans").value


def test_the_report_holds_the_whole_answer_and_what_cannot_be_told_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    start = read_start({})
    verdict = answers.plan_verdict(answers.PlanKey.of(start.plan, start))
    page = verdict_view.write_report(verdict, start, offered_sections(verdict))
    assert headings(page) == [*offered_sections(verdict).values()]
    assert verdict_words.headline(verdict) in page and "Nothing to show" not in page
    # The page's own answer has no analysis; the report's has.
    assert verdict.analysis is None and "From where to where active learning pays" in page

    def refuse(*_: object) -> None:
        raise InputError("too much is asked")

    monkeypatch.setattr(answers, "buying", refuse)
    monkeypatch.setattr(answers, "analysis_of_verdict", refuse)
    page = verdict_view.write_report(replace(verdict, warnings=()), start, ["vendors", "information"])
    assert headings(page) == [SECTIONS["information"], SECTIONS["vendors"]]
    assert page.count('<p class="warning">too much is asked</p>') == 1
    assert "The quotes were not compared." in page
