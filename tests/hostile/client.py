"""A page of the dashboard's server as a browser has it, without the browser; and what the server may not become."""

import json
import os
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scripts.dashboard_server import Server
from tests.hostile.harness import UnavailableError

PATIENCE_SECONDS = 180.0
XSRF = "_streamlit_xsrf"
CUT = 0
MOST_MEMORY_BYTES = 1_500_000_000  # caches are bounded by numbers of entries
_LOOPBACK = ("0100007F", "0" * 24 + "01000000", "0" * 16 + "FFFF00000100007F")  # as the kernel writes them


def memory_of(server: Server) -> int:
    """Give the resident memory of a server's process in bytes."""
    pages = int(Path(f"/proc/{server.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def check_server(server: Server) -> None:
    """Check that a server lives and answers, in bounded memory, and is connected to this machine alone."""
    with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 200, answer.status
    if Path(f"/proc/{server.pid}/statm").exists():
        assert memory_of(server) < MOST_MEMORY_BYTES, memory_of(server)
        assert not _connected(server.pid), _connected(server.pid)


def _connected(pid: int) -> list[str]:
    """List the outside addresses that a process has sockets to, as the kernel writes them."""
    links = list[str]()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            links.append(str(link.readlink()))
    own = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    lines = [line.split() for name in ("tcp", "tcp6", "udp", "udp6") for line in _lines(pid, name)]
    remote = [line[2].partition(":")[0] for line in lines if line[9] in own]
    return [one for one in remote if one.strip("0") and one not in _LOOPBACK]


def _lines(pid: int, name: str) -> list[str]:
    path = Path(f"/proc/{pid}/net/{name}")
    return path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []


@dataclass
class Page:
    """One page in one session.

    Attributes:
        elements: what the page shows now, by its place.
    """

    address: str
    socket: Any
    cookie: str
    name: str
    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    session: str = ""

    def run(self, query: str = "", pressed: str = "", **uploaded: Any) -> None:
        """Run the page's script with an address, a button by its id, and what was uploaded to an uploader by its id."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = self.name
        for widget, info in uploaded.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = widget
            state.file_uploader_state_value.uploaded_file_info.add().CopyFrom(info)
        if pressed:
            message.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
        self.elements = {}
        self.socket.send(message.SerializeToString())
        # A script that is asked to run again begins anew before it ends.
        while (said := self._receive()).WhichOneof("type") != "script_finished" or said.script_finished not in (0, 1):
            if said.WhichOneof("type") == "delta" and said.delta.WhichOneof("type") == "new_element":
                self.elements[tuple(said.metadata.delta_path)] = said.delta.new_element

    def _receive(self) -> Any:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        return ForwardMsg.FromString(self.socket.recv(timeout=PATIENCE_SECONDS))

    def of_kind(self, kind: str) -> list[Any]:
        """Give the elements of a kind, such as `file_uploader`."""
        found = [one for one in self.elements.values() if one.WhichOneof("type") == kind]
        return [getattr(one, kind) for one in found]

    def words(self) -> str:
        """Give everything that is shown, as text."""
        return "\n".join(
            str(one) for one in self.elements.values() if one.WhichOneof("type") != "arrow_vega_lite_chart"
        )

    def upload(self, name: str, content: bytes, *, xsrf: str | None = None) -> tuple[int, Any]:
        """Send a file, and give the server's status and what tells the page of it; `xsrf` takes the token's place.

        The status is `CUT` where the server ends the connection, as it may of what it will not read to its end.
        """
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.Common_pb2 import UploadedFileInfo

        ask = BackMsg()
        ask.file_urls_request.request_id = uuid.uuid4().hex
        ask.file_urls_request.file_names.append(name)
        self.socket.send(ask.SerializeToString())
        while (said := self._receive()).WhichOneof("type") != "file_urls_response":
            pass
        (urls,) = said.file_urls_response.file_urls
        edge = uuid.uuid4().hex
        header = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename={json.dumps(name)}\r\n\r\n'
        body = header.encode("utf-8", "replace") + content + f"\r\n--{edge}--\r\n".encode()
        token = self.cookie if xsrf is None else xsrf
        headers = {"X-Xsrftoken": token, "Cookie": f"{XSRF}={self.cookie}"}
        headers["Content-Type"] = f"multipart/form-data; boundary={edge}"
        request = urllib.request.Request(self.address + urls.upload_url, data=body, headers=headers, method="PUT")
        info = UploadedFileInfo(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, info
        except urllib.error.HTTPError as error:
            return error.code, info
        except urllib.error.URLError as error:
            assert isinstance(error.reason, ConnectionError), error
            return CUT, info


@contextmanager
def opened(address: str, name: str) -> Iterator[Page]:
    """Open a page of a server in a session of its own.

    Raises:
        UnavailableError: there is no client for WebSockets.
    """
    if find_spec("websockets") is None:
        raise UnavailableError("the package websockets is missing")
    from websockets.sync.client import connect

    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE_SECONDS) as answer:
        cookie = answer.headers["Set-Cookie"].partition(f"{XSRF}=")[2].partition(";")[0]
    where = address.replace("http", "ws", 1) + "/_stcore/stream"
    headers = {"Cookie": f"{XSRF}={cookie}"}
    options: Any = {"subprotocols": ["streamlit", cookie], "max_size": None, "open_timeout": PATIENCE_SECONDS}
    with connect(where, origin=address, additional_headers=headers, **options) as socket:
        yield Page(address, socket, cookie, name)
