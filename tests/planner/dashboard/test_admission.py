"""The password that the dashboard asks for before it shows anything."""

import pytest
from streamlit.testing.v1 import AppTest

from planner.app.dashboard_server import APP
from planner.dashboard import admission

SECRET = "a password of mine"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LABELPLAN_PASSWORD", SECRET)
    monkeypatch.setattr(admission, "WRONG_SECONDS", 0.0)
    return AppTest.from_file(str(APP), default_timeout=60).run()


def titles(page: AppTest) -> list[str]:
    return [title.value for title in page.title]


def test_nothing_shows_before_the_password(page: AppTest) -> None:
    assert not page.exception and titles(page) == ["labelplan"] and not page.sidebar.children
    assert [box.label for box in page.text_input] == ["Password"]


def test_a_wrong_password_opens_nothing(page: AppTest) -> None:
    page.text_input[0].input(SECRET + "!")
    page.button[0].click().run()
    assert [error.value for error in page.error] == ["That is not the password."]
    assert titles(page) == ["labelplan"] and not page.sidebar.children


def test_the_password_opens_the_session_alone(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page.text_input[0].input(SECRET)
    page.button[0].click().run()
    assert not page.exception and titles(page) != ["labelplan"] and page.sidebar.children
    other = AppTest.from_file(str(APP), default_timeout=60).run()
    assert titles(other) == ["labelplan"]
