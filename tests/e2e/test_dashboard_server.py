"""A server for the length of a block: found healthy, ended with all that it started, or a reason why not."""

import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scripts import dashboard_server
from scripts.dashboard_server import served

ANSWERS = """
import http.server, subprocess, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/_stcore/health" else 404)
        self.end_headers()
        self.wfile.write(str(child.pid).encode())
    def log_message(self, *said):
        pass
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
http.server.HTTPServer(("localhost", int(sys.argv[1])), Handler).serve_forever()
"""


def started_by(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(dashboard_server, "command", lambda port: [sys.executable, "-c", program, str(port)])


def alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_it_answers_within_the_block_and_is_gone_after_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started_by(monkeypatch, ANSWERS)
    with served(tmp_path) as server:
        with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=10) as answer:
            child = int(answer.read())
        assert alive(server.pid) and alive(child)
        assert Path(f"/proc/{server.pid}/cwd").readlink() == tmp_path.resolve()
    assert not alive(server.pid)
    # What it started has the same signal, and may take a moment to end.
    for _ in range(200):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def test_one_that_ends_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started_by(monkeypatch, "print('the port is taken'); raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="did not start: the port is taken"), served(tmp_path):
        raise AssertionError("never reached")
