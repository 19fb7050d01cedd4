"""How the dashboard's server is started, and its theme: words and buttons can be read, light and dark."""

import http.client
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit import get_option, net_util
from streamlit.web.server.server_util import is_url_from_allowed_origins

from planner.app import dashboard_server as server
from planner.app.dashboard_server import OPTIONS
from planner.app.jobs import environment
from planner.dashboard.app import STYLE
from planner.dashboard.serve import stay_local
from scripts.dashboard_server import served
from simulations.errors import InputError

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
    assert command[:4] == [sys.executable, "-m", "planner.dashboard.serve", "run"]
    assert Path(command[4]).is_file()
    for flag in ("--server.port=8765", "--server.address=localhost", "--browser.gatherUsageStats=false"):
        assert flag in command


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "*", ""])
def test_a_server_for_every_name_is_refused(host: str) -> None:
    with pytest.raises(InputError, match="the one name or address by which others reach this machine"):
        server.launch(8765, host=host)


@pytest.mark.parametrize("password", [None, "", "too short"])
def test_a_server_for_other_machines_takes_a_password(password: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABELPLAN_PASSWORD", raising=False)
    if password is not None:
        monkeypatch.setenv("LABELPLAN_PASSWORD", password)
    with pytest.raises(InputError, match=r"--host box\.lan: found no LABELPLAN_PASSWORD of 12 characters or more"):
        server.launch(8765, host="box.lan")


def test_a_server_for_other_machines_is_asked_for_by_one_name() -> None:
    flags = server.command(8765, "box.lan")
    assert "--server.address=box.lan" in flags and "--browser.serverAddress=box.lan" in flags
    allowed = [flag for flag in flags if flag.startswith("--server.allowedHosts")]
    assert allowed == [f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1", "::1", "box.lan")]


def test_the_address_of_this_machine_that_is_named_is_listened_on() -> None:
    flags = server.command(8765, "127.0.0.1")
    assert "--server.address=127.0.0.1" in flags and not [flag for flag in flags if "serverAddress" in flag]


def test_the_environment_names_what_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELPLAN_STORE", "old")
    env = environment(tmp_path / "plan.toml", None)
    assert env["LABELPLAN_PLAN"] == str((tmp_path / "plan.toml").resolve())
    assert "LABELPLAN_STORE" not in env
    assert str(ROOT) in env["PYTHONPATH"].split(os.pathsep)


def test_launch_passes_the_status_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "command", lambda port, host: [sys.executable, "-c", f"raise SystemExit({port})"])
    assert server.launch(7) == 7


SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
LAUNCH = f"""
import sys
from planner.app import dashboard_server
dashboard_server.command = lambda port, host: [sys.executable, "-c", {SLEEPER!r}]
sys.exit(dashboard_server.launch(1))
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_the_server_ends_with_its_command(number: int, status: int) -> None:
    with subprocess.Popen([sys.executable, "-c", LAUNCH], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        server_pid = int(process.stdout.readline())
        process.send_signal(number)
        assert process.wait(30) == status
    with pytest.raises(ProcessLookupError):
        os.kill(server_pid, 0)


def handshake(address: str, host: str, origin: str) -> int:
    """Ask for the WebSocket of the dashboard, and give the status: 101 where it is opened."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    headers = {"Host": host, "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}
    headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_only_this_machines_own_names_open_the_dashboard(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        port = running.address.rsplit(":", 1)[1]
        for name in ("localhost", "127.0.0.1", "[::1]"):
            assert handshake(running.address, f"{name}:{port}", f"http://{name}:{port}") == 101
        assert handshake(running.address, f"rebound.example:{port}", f"http://rebound.example:{port}") == 403
        assert handshake(running.address, f"localhost:{port}", "http://foreign.example") == 403


def test_a_foreign_site_sets_off_no_look_up_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, timeout: asked.append(url))
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(net_util, name, getattr(net_util, name))  # put back after the test
    stay_local()
    assert not is_url_from_allowed_origins("http://foreign.example")
    assert is_url_from_allowed_origins("http://localhost:8501")
    assert asked == []


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
