"""The block of the Verdict page on what would settle it, which is asked after the verdict shows."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulations.errors import InputError

APP = Path(__file__).parents[4] / "app.py"


def opened(**address: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in address.items():
        at.query_params[key] = value
    return at.run()


def text(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in at.markdown).replace("\\", "")


def test_it_tells_flips_pilots_information_rounds_and_the_first_order() -> None:
    at = opened(**{"vendors.0.price_usd": "0.5", "engineering.one_off_hours": "2 to 8"})
    assert not at.exception and not at.error
    assert any(heading.value in ("What would settle it", "What could change it") for heading in at.subheader)
    said = text(at)
    for words in ("one of these alone", "a round", "worth", "ilot", "order "):
        assert words in said
    assert len(at.get("vega_lite_chart")) == 6
    assert at.dataframe[0].value.columns[0] == "Pilot"


def test_the_share_that_never_reaches_the_target_is_a_number_of_its_own() -> None:
    at = opened(**{"task.target": "0.96"})
    assert "Futures that never reach the target: random in" in text(at)
    assert "%" in text(at).split("Futures that never reach the target")[1][:60]


def test_the_verdict_shows_before_the_questions_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from planner.dashboard import answers

    def refuse(*args: object, **options: object) -> None:
        raise InputError("questions: none today; allowed: tomorrow")

    monkeypatch.setattr(answers, "analysis_of_verdict", refuse)
    at = opened()
    assert not at.exception
    assert len(at.metric) == 3
    assert len(at.get("vega_lite_chart")) == 5
    assert "none today" in at.warning[-1].value or any("none today" in warning.value for warning in at.warning)
