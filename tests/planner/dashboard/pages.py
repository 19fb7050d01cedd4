"""A page as Streamlit's own test runner opens it: opened by name and address, left for another, read as words."""

from pathlib import Path
from typing import Any

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from planner.dashboard import app

PATIENCE_SECONDS = 120
COMPONENTS = BidiComponentManager()
"""No component of another package: each opened page would else look for some in all that is installed."""


def opened(page: str = "verdict", **address: str | list[str]) -> AppTest:
    """Open a page with an address; no other is answered on the way."""
    at = AppTest.from_file(str(Path(app.__file__)), default_timeout=PATIENCE_SECONDS)
    at._bidi_component_manager = COMPONENTS
    for key, value in address.items():
        at.query_params[key] = value
    return turned(at, page)


def turned(at: AppTest, page: str) -> AppTest:
    """Turn to another page of the same session."""
    # `AppTest.switch_page` knows pages by their files, and these are functions.
    at._page_hash = calc_hash(page)
    return at.run()


def words(at: AppTest) -> str:
    """Everything that is said on the page, without what keeps Markdown from reading it."""
    kinds = (at.title, at.subheader, at.markdown, at.caption, at.metric, at.warning, at.error, at.success, at.info)
    said = "\n".join(str(part.value) for parts in kinds for part in parts)
    return said.replace("\\", "").replace("\N{WORD JOINER}", "")


def charts(at: AppTest) -> list[Any]:
    return list(at.get("vega_lite_chart"))


def press(at: AppTest, label: str) -> AppTest:
    """Click the button of a label."""
    return next(one for one in at.button if one.label == label).click().run()


def held(at: AppTest, key: str) -> str:
    """What the address holds under a key."""
    value = at.query_params[key]
    return value if isinstance(value, str) else value[0]
