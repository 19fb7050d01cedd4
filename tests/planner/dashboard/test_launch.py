import doctest
import importlib.util
import os
import sys
import tomllib
from pathlib import Path

import pytest

from planner.app import dashboard_server as server
from planner.app.jobs import environment
from planner.dashboard import components
from planner.dashboard.navigation import PAGES

ROOT = Path(__file__).parents[3]


def flatten(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in table.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def test_the_flags_are_the_checkouts_config() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert flatten(config) == server.OPTIONS


def test_streamlit_knows_every_option() -> None:
    from streamlit import config

    known = config.get_config_options()
    assert set(server.OPTIONS) <= set(known)


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


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(components).failed == 0


def test_markdown_reads_nothing_into_text() -> None:
    assert components.text("$5 to $9") == r"\$5 to \$9"
    assert components.text("[a](b) :red[c] <i>") == r"\[a\](b) \:red\[c\] \<i\>"
    assert components.text("1. no list") == r"1\. no list"
    assert components.text("one\n# two") == "one # two"
    assert components.text("−$5") == "−\N{WORD JOINER}\\$5"


def test_no_page_does_arithmetic() -> None:
    """Pages call the planner and render: no operator on numbers stands in a view."""
    import ast

    for name, _, _ in PAGES:
        view = Path(components.__file__).parent / "views" / f"{name}.py"
        tree = ast.parse(view.read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.BinOp)], view


def test_the_package_has_the_report_template() -> None:
    spec = importlib.util.find_spec("planner.render")
    assert spec is not None and spec.submodule_search_locations is not None
    assert (Path(spec.submodule_search_locations[0]) / "report.html.j2").is_file()
