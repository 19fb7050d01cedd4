"""What the process of a job says of itself: one JSON file, replaced as a whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from simulations.files import write_whole

Said = Literal["starting", "running", "paused", "done", "failed"]
FINAL = ("paused", "done", "failed")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class Report:
    """What the process of a job said last.

    Attributes:
        status: where it stood then.
        pid: its process id; 0 before it has begun.
        started: when it began, in seconds since 1970.
        updated: when it said this.
        total: trajectories asked for; 0 before they are counted, as the numbers below.
        stored: those that were in the store before.
        done: those simulated since.
        come: likewise, with those in work counted by their rounds: never less than `done`.
        left_seconds: time left, judged by `come`; None before there is any.
        error: why it failed, in a sentence.
        faults: a sentence for each group of trajectories that could not be finished.
    """

    status: Said
    pid: int
    started: float
    updated: float
    total: int = 0
    stored: int = 0
    done: int = 0
    left_seconds: float | None = None
    error: str | None = None
    faults: tuple[str, ...] = ()
    come: float = 0.0

    @property
    def to_run(self) -> int:
        """Trajectories that were missing when it began."""
        return self.total - self.stored

    @property
    def share(self) -> float:
        """The share of the trajectories that is simulated, 0 to 1, in those in work by rounds."""
        return min(1.0, (self.stored + max(self.done, self.come)) / self.total) if self.total else 0.0

    def write(self, path: Path) -> None:
        """Put this in the place of what was said before."""
        said = asdict(self) | {"faults": list(self.faults[:_MOST_FAULTS])}
        write_whole(path, json.dumps(said, allow_nan=False).encode())

    @classmethod
    def read(cls, path: Path) -> "Report | None":
        """Read what was said; None where there is nothing that can be read."""
        try:
            said = json.loads(path.read_bytes())
            return cls(**said | {"faults": tuple(map(str, said["faults"]))}) if _sound(said) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _sound(said: Mapping[str, Any]) -> bool:
    """Say whether the fields that are computed with hold what they should."""
    counts = [said[name] for name in ("pid", "total", "stored", "done")]
    times = [said["started"], said["updated"], said["left_seconds"] or 0.0, said.get("come", 0.0)]
    return (
        said["status"] in get_args(Said)
        and all(type(count) is int and count >= 0 for count in counts)
        and all(type(time) in (int, float) for time in times)
        and isinstance(said["error"], str | None)
    )
