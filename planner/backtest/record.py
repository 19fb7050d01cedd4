"""`python -m planner.backtest.record KIND CURVES FOLDER`: judges simulated curves, and records what is found.

KIND is `findings` or `strategies`; CURVES is a curve table, as `labelplan curves STORE --out CURVES.parquet` writes it;
FOLDER is `planner/evidence`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.backtest.findings import judge_findings
from planner.backtest.findings.generation import METRIC as GENERATION_METRIC
from planner.backtest.strategies import compare_strategies
from planner.curves.table import IDENTITY_COLUMNS, NOISE_COLUMN, one_metric, read_curves, validate_curves
from planner.errors import InputError
from planner.evidence import recorded_curves
from planner.evidence.judged import FINDINGS, STRATEGIES, JudgedEvidence
from planner.evidence.record import origin

__all__ = ["KEPT", "METRICS", "RECORDINGS", "Recording", "trimmed"]

KEPT = (*IDENTITY_COLUMNS, "labels", "metric", "value", "test_size", "pool_size", NOISE_COLUMN)
"""What is judged; seconds, rounds and hashes stay in the store."""

METRICS = ("accuracy", GENERATION_METRIC)
"""The metrics that findings are computed from."""


@dataclass(frozen=True)
class Recording:
    """How one kind of evidence is recorded.

    Attributes:
        evidence: its files.
        judge: recorded curves -> the judgements as plain JSON data.
        told: what was written -> one sentence.
    """

    evidence: JudgedEvidence
    judge: Callable[[pd.DataFrame], list[dict[str, Any]]]
    told: Callable[[dict[str, Any]], str]

    def record(self, table: pd.DataFrame, folder: Path) -> dict[str, Any]:
        """Write the curves as Parquet and what is judged on them as JSON, and give the latter.

        Args:
            table: the curve table of a store.
            folder: where both files go; made if missing.

        Raises:
            InputError: the table lacks a column, or the folder cannot be written.
        """
        rows, curves = trimmed(table), folder / self.evidence.curves_file
        try:
            folder.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(curves, compression="zstd", index=False)
            found = {
                "format": self.evidence.version,
                **origin(rows, self.evidence.command, "torch"),
                "datasets": sorted(map(str, rows["dataset"].unique())),
                # Judged on what was written, so that whoever reads the file finds the same.
                self.evidence.name: self.judge(self.evidence.curves(curves)),
            }
            text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            (folder / self.evidence.judged_file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
        return found


def trimmed(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows and the columns that are judged.

    Raises:
        InputError: a column is missing.
    """
    missing = [name for name in KEPT if name not in table.columns]
    if missing:
        raise InputError(f"curves to be judged: the columns {', '.join(missing)} are missing; give a store's curves")
    rows = validate_curves(table)
    one_metric(rows, "accuracy")  # raises where there is none, since nearly all findings are of it
    kept = rows.loc[rows["metric"].isin(METRICS), list(KEPT)]
    return kept.sort_values([*IDENTITY_COLUMNS, "labels"], ignore_index=True)


def _findings(curves: pd.DataFrame) -> list[dict[str, Any]]:
    """Judge every finding on the recorded library and the given curves."""
    table = pd.concat([recorded_curves(), curves], ignore_index=True)
    return [finding.to_dict() for finding in judge_findings(table)]


def _strategies(curves: pd.DataFrame) -> list[dict[str, Any]]:
    return [one.to_dict() for one in compare_strategies(curves)]


def _findings_told(found: dict[str, Any]) -> str:
    states = [finding["state"] for finding in found["findings"]]
    told = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    return f"{len(states)} published findings judged on {found['rows']:,} measured points: {told}."


def _strategies_told(found: dict[str, Any]) -> str:
    return (
        f"{len(found['strategies'])} strategies compared with random on {len(found['datasets'])} data sets, "
        f"{found['rows']:,} measured points."
    )


RECORDINGS = {
    one.evidence.name: one
    for one in (
        Recording(FINDINGS, _findings, _findings_told),
        Recording(STRATEGIES, _strategies, _strategies_told),
    )
}
"""By the name of the evidence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, judge, write, and say what came out."""
    parser = argparse.ArgumentParser(prog="python -m planner.backtest.record", description=__doc__)
    parser.add_argument("kind", choices=RECORDINGS)
    parser.add_argument("curves", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    recording = RECORDINGS[asked.kind]
    try:
        found = recording.record(read_curves(asked.curves), asked.folder)
    except InputError as error:
        print(f"labelplan: {error}", file=sys.stderr)
        return 2
    print(recording.told(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
