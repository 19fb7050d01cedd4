"""The theme's colours can be read: words on buttons, and buttons on the page, light and dark."""

import pytest

from planner.app.dashboard_server import OPTIONS
from planner.dashboard.app import STYLE

WHITE = "#FFFFFF"  # what Streamlit writes on buttons and chips of the primary colour


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_and_buttons_stand_out(mode: str) -> None:
    colour = {name: str(OPTIONS[f"theme.{mode}.{name}Color"]) for name in ("primary", "background", "text")}
    second = str(OPTIONS[f"theme.{mode}.secondaryBackgroundColor"])
    assert contrast(colour["primary"], WHITE) >= 4.5
    for page in (colour["background"], second):
        assert contrast(colour["primary"], page) >= 3
        assert contrast(colour["text"], page) >= 7


def test_the_chosen_part_of_a_control_takes_the_pages_own_colour() -> None:
    colour = {name: str(OPTIONS[f"theme.dark.{name}Color"]) for name in ("primary", "background", "text")}
    # Dark enough for white words on it, the primary colour is too dark for words on a dark page: hence the style.
    assert contrast(colour["primary"], colour["background"]) < 4.5 <= contrast(colour["text"], colour["background"])
    assert "aria-checked='true'" in STYLE and "color: inherit" in STYLE
