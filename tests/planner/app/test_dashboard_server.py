"""How the dashboard's server is started, and its theme: words and buttons can be read, light and dark."""

import os
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import get_option

from planner.app import dashboard_server as server
from planner.app.dashboard_server import OPTIONS
from planner.app.jobs import environment
from planner.dashboard.app import STYLE

ROOT = Path(__file__).parents[3]


def flatten(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def test_the_flags_are_the_checkouts_config() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert flatten(config) == OPTIONS


def test_streamlit_knows_every_option() -> None:
    for name in OPTIONS:
        get_option(name)  # raises for a name that it does not know
    with pytest.raises(RuntimeError):
        get_option("theme.nosuch")


def test_the_server_is_local_and_silent() -> None:
    command = server.command(8765)
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert Path(command[4]).is_file()
    for flag in ("--server.port=8765", "--server.address=localhost", "--browser.gatherUsageStats=false"):
        assert flag in command


def test_the_environment_names_what_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELPLAN_STORE", "old")
    env = environment(tmp_path / "plan.toml", None)
    assert env["LABELPLAN_PLAN"] == str((tmp_path / "plan.toml").resolve())
    assert "LABELPLAN_STORE" not in env
    assert str(ROOT) in env["PYTHONPATH"].split(os.pathsep)


def test_launch_passes_the_status_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "command", lambda port: [sys.executable, "-c", f"raise SystemExit({port})"])
    assert server.launch(7) == 7


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
