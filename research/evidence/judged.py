"""Judging simulated curves, and recording what is found: published findings, and what every strategy saved."""

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.evidence.results import FINDINGS, STRATEGIES, ResultsFile
from research.evidence.library import origin
from research.evidence.words import print_findings, print_strategies
from research.findings import judge_findings
from research.findings.generation import METRIC as GENERATION_METRIC
from research.strategies import compare_strategies
from simulations.curve_table import IDENTITY_COLUMNS, NOISE_COLUMN, one_metric, read_curves, validate_curves
from simulations.errors import InputError

__all__ = ["KEPT", "METRICS", "RECORDINGS", "Recording", "trimmed", "write_results"]

KEPT = (*IDENTITY_COLUMNS, "labels", "metric", "value", "test_size", "pool_size", NOISE_COLUMN)
"""What is judged; seconds, rounds and hashes stay in the store."""

METRICS = ("accuracy", GENERATION_METRIC)
"""The metrics that findings are computed from."""


@dataclass(frozen=True)
class Recording:
    """How one kind of evidence is recorded.

    Attributes:
        evidence: the file of the judgements.
        curves_file: name of the Parquet file of the curves that were judged.
        judge: curves -> the judgements as plain JSON data.
        told: what was written -> one sentence.
        tell: prints all of it.
    """

    evidence: ResultsFile
    curves_file: str
    judge: Callable[[pd.DataFrame], list[dict[str, Any]]]
    told: Callable[[dict[str, Any]], str]
    tell: Callable[[dict[str, Any]], None]

    def curves(self, folder: Path | None = None) -> pd.DataFrame:
        """Read the curves.

        Args:
            folder: another folder than that of this package.

        Raises:
            InputError: there are none, or they cannot be read.
        """
        path = (Path(__file__).parent if folder is None else folder) / self.curves_file
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; '{self.evidence.command}' writes it anew")
        return read_curves(path)

    def record(self, table: pd.DataFrame, curves_folder: Path, results_folder: Path) -> dict[str, Any]:
        """Write the curves as Parquet and what is judged on them as JSON, and give the latter.

        Args:
            table: the curve table of a store.
            curves_folder: where the curves go; made if missing.
            results_folder: where the judgements go; made if missing.

        Raises:
            InputError: the table lacks a column, or a folder cannot be written.
        """
        rows = trimmed(table)
        try:
            curves_folder.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(curves_folder / self.curves_file, compression="zstd", index=False)
        except OSError as error:
            raise InputError(f"{curves_folder}: cannot be written ({error.strerror})") from error
        # Judged on what was written, so that whoever reads the file finds the same.
        judged = self.judge(self.curves(curves_folder))
        found = {"datasets": sorted(map(str, rows["dataset"].unique())), self.evidence.name: judged}
        return write_results(self.evidence, rows, found, results_folder, self.tell)


def write_results(
    evidence: ResultsFile,
    rows: pd.DataFrame,
    found: dict[str, Any],
    folder: Path,
    tell: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Write results as the JSON file that the product reads, and give all that is in it.

    Args:
        evidence: what is written.
        rows: the curves that the results were computed from.
        found: the results as plain JSON data.
        folder: where the file goes; made if missing.
        tell: prints the results; what it prints is stored with them.

    Raises:
        InputError: the folder cannot be written.
    """
    whole = {"format": evidence.version, **origin(rows, evidence.command, "torch"), **found}
    if tell is not None:
        with contextlib.redirect_stdout(io.StringIO()) as told:
            tell(whole)
        whole["words"] = told.getvalue().rstrip().split("\n")
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / evidence.file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    return whole


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
    return [finding.to_dict() for finding in judge_findings(curves)]


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
        Recording(FINDINGS, "signs.parquet", _findings, _findings_told, print_findings),
        Recording(STRATEGIES, "strategies.parquet", _strategies, _strategies_told, print_strategies),
    )
}
"""By the name of the evidence."""
