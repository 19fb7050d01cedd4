"""What a try may not do: speak to another machine, write beside its folder, or open what it was told to leave alone."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulations.cache.stored import cache_folder

_LOCAL = ("localhost", "127.0.0.1", "::1", "", None)
_state: dict[str, Any] = {"forbidden": (), "writable": None, "found": []}


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _state["writable"] is None:
        return
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _note(arguments[1][0] not in _LOCAL, f"connected to {arguments[1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        _note(host not in _LOCAL, f"looked up {host}")
    elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _note_opened(os.path.realpath(os.fsdecode(arguments[0])), arguments[1], arguments[2])


def _note(wrong: bool, what: str) -> None:
    if wrong:
        _state["found"].append(what)


def _note_opened(path: str, mode: str | None, flags: int) -> None:
    writes = any(letter in mode for letter in "wax+") if mode else bool(flags & (os.O_WRONLY | os.O_RDWR))
    _note(any(path.startswith(one) for one in _state["forbidden"]), f"opened {path}")
    _note(writes and not path.startswith(_state["writable"]), f"wrote {path}")


sys.addaudithook(_listen)


@contextmanager
def guarded(*own: Path, forbidden: tuple[Path, ...] = ()) -> Iterator[None]:
    """Fail if the block reaches for another machine, writes outside its `own` folders or opens something `forbidden`.

    Folders for temporary files, the cache of fetched data and compiled code may be written.
    """
    code = Path(__file__).parents[2]
    writable = (*own, Path(tempfile.gettempdir()), cache_folder(), code / "simulations", code / "planner", Path("/dev"))
    _state["forbidden"] = tuple(os.path.realpath(path) for path in forbidden)
    _state["writable"], _state["found"] = tuple(os.path.realpath(path) for path in writable), []
    try:
        yield
    finally:
        _state["writable"] = None
    assert not _state["found"], _state["found"]
