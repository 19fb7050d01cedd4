"""What a case found: a row for each contender, and gates that must hold."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from job import Answer

RESULTS = Path(__file__).resolve().parent / "results"
"""A folder for each of `WIDTHS` in it."""

WIDTHS = {"avx512": "AVX-512", "avx2": "AVX2"}
"""Widths of vector registers that results are kept of, the widest first. Any narrower one counts as `avx2`."""


@dataclass(frozen=True)
class Spread:
    """Least and middle of the repeats."""

    min: float
    median: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Take both of some repeats."""
        return cls(min(values), statistics.median(values))


@dataclass(frozen=True)
class Row:
    """One contender's measurements, milliseconds per lane-round.

    Args:
        arm: name, with what sets it apart.
        lanes: lanes in each repeat.
        lane_rounds: lane-rounds measured in each repeat.
        repeats: how many.
        cpu_ms: processor time.
        wall_ms: wall time.
        phases_ms: wall time by phase, of the last repeat.
        prepare_s: reading, preparing and compiling before the clock started, of the last repeat.
        peak_mb: largest resident memory over the repeats.
        versions: of packages.
        notes: what a reader must know.
        extra: counts of the last repeat.
    """

    arm: str
    lanes: int
    lane_rounds: int
    repeats: int
    cpu_ms: Spread
    wall_ms: Spread
    phases_ms: dict[str, float]
    prepare_s: float
    peak_mb: float
    versions: dict[str, str]
    notes: list[str]
    extra: dict[str, Any]

    @classmethod
    def of(cls, arm: str, lanes: int, answers: Sequence[Answer], notes: Sequence[str] = ()) -> "Row":
        """Sum up the repeats of one contender."""
        last = answers[-1]
        return cls(
            arm=arm,
            lanes=lanes,
            lane_rounds=last.lane_rounds,
            repeats=len(answers),
            cpu_ms=Spread.of([a.cpu_ms for a in answers]),
            wall_ms=Spread.of([a.wall_ms for a in answers]),
            phases_ms=last.phases_ms,
            prepare_s=last.prepare_s,
            peak_mb=max(a.peak_mb for a in answers),
            versions=last.versions,
            notes=[*last.notes, *notes],
            extra=last.extra,
        )


@dataclass(frozen=True)
class Gate:
    """One requirement.

    Args:
        name: what is required.
        found: the figure.
        limit: what it is held against.
        at_least: whether the figure must be at least the limit, else at most.
        kind: `floor` (speed asked for), `aim` (hoped for; never fails), `limit` (memory, seconds) or `quality`.
        unit: of both figures.
    """

    name: str
    found: float
    limit: float
    at_least: bool
    kind: str
    unit: str = ""

    @property
    def ok(self) -> bool:
        """Whether the requirement holds."""
        return self.found >= self.limit if self.at_least else self.found <= self.limit

    def line(self) -> str:
        """The gate as the terminal shows it."""
        sign = "≥" if self.at_least else "≤"
        verdict = "ok" if self.ok else ("not reached" if self.kind == "aim" else "FAILED")
        return f"  {self.name}: {self.found:.4g}{self.unit} ({sign} {self.limit:.4g}{self.unit}) {verdict}"


@dataclass
class Outcome:
    """A case's rows and gates, as kept in `benchmarks/results`."""

    case: str
    title: str
    rows: list[Row] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> list[Gate]:
        """Gates that make the bench fail."""
        return [gate for gate in self.gates if not gate.ok and gate.kind != "aim"]

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain JSON data, with the machine and the day."""
        gates = [{**asdict(gate), "ok": gate.ok} for gate in self.gates]
        return {**asdict(self), "gates": gates, "machine": machine(), "when": datetime.now(UTC).date().isoformat()}

    def write(self, folder: Path) -> None:
        """Keep the outcome as a file named after its case."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{self.case}.json").write_text(text, encoding="utf-8")


def width() -> str:
    """Which of `WIDTHS` compiled loops and BLAS have here; `scripts/other_processor.py` makes a machine narrower."""
    cpuinfo = Path("/proc/cpuinfo")
    wide = cpuinfo.exists() and " avx512f " in cpuinfo.read_text()
    return "avx512" if wide and "NUMBA_CPU_NAME" not in os.environ else "avx2"


def machine() -> dict[str, Any]:
    """The machine, in the words a reader compares by."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return {
        "processor": f"{model}, {WIDTHS[width()]}",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
