"""Curve tables and logs that are in memory read like the same files on disk."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.campaign.log import parse_log, read_log
from planner.plan import Plan
from simulations.curve_table import parse_curves, read_curves
from simulations.errors import InputError

TEXT = b"labels,value,strategy\n1000,0.80,margin\n2000,0.85,margin\n"


def test_bytes_read_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(TEXT)
    pd.testing.assert_frame_equal(parse_curves(TEXT, where="log.csv"), read_curves(path))
    ours, theirs = parse_log(TEXT, Plan(), where="log.csv"), read_log(path, Plan())
    pd.testing.assert_frame_equal(ours.rows, theirs.rows)
    assert (ours.labels, ours.value, ours.strategy) == (2_000, 0.85, "margin")


def test_rows_of_parquet_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = BytesIO()
    pd.DataFrame({"labels": np.full(6_000_000, 100), "value": np.full(6_000_000, 0.5)}).to_parquet(data)
    assert data.tell() < 200_000
    monkeypatch.setattr(pd, "read_parquet", None)
    with pytest.raises(InputError, match=r"pilot\.parquet: found 6,000,000 rows; allowed: up to 5,000,000"):
        parse_curves(data.getvalue(), where="pilot.parquet")


def test_the_name_says_whether_it_is_parquet() -> None:
    data = BytesIO()
    pd.DataFrame({"labels": [100, 200], "value": [0.5, 0.6]}).to_parquet(data)
    assert len(parse_curves(data.getvalue(), where="pilot.parquet")) == 2
    with pytest.raises(InputError, match=r"pilot\.csv: cannot be read as a curve table"):
        parse_curves(data.getvalue(), where="pilot.csv")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be read"),
        (b"labels,value\n1,2,3\n", "more cells than the header"),
        (b"labels,labels,value\n1,2,0.3\n", "column 'labels' comes twice"),
    ],
)
def test_a_fault_names_the_upload(data: bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as fault:
        parse_curves(data, where="mine.csv")
    assert str(fault.value).startswith("mine.csv")
