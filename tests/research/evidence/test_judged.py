"""Recording curves with what is judged on them: from the command to the files."""

import pandas as pd
import pytest

from planner.evidence.results import STRATEGIES
from research.evidence.__main__ import main
from research.evidence.judged import KEPT, RECORDINGS, trimmed
from simulations.errors import InputError
from tests.research.findings.hand_made import rows


@pytest.fixture
def table():
    made = [*rows("a", "random", 20, 20, (20, 40), 0.6), *rows("a", "margin", 20, 20, (20, 40), 0.7)]
    return pd.DataFrame(made).assign(test_size=500, pool_size=900)


def test_the_command_records_both_files_and_says_how_much(table, tmp_path, capsys):
    table.assign(fit_seconds=0.1).to_csv(tmp_path / "curves.csv", index=False)
    assert main(["strategies", str(tmp_path / "curves.csv"), "--into", str(tmp_path / "new")]) == 0
    points = len(table)
    assert capsys.readouterr().out == f"1 strategies compared with random on 1 data sets, {points} measured points.\n"
    curves = RECORDINGS["strategies"].curves(tmp_path / "new")
    assert set(KEPT) == set(curves.columns) and len(curves) == points
    found = STRATEGIES.judged(tmp_path / "new" / STRATEGIES.file)
    assert (found["command"], found["rows"], found["datasets"]) == ("make evidence-strategies", points, ["a"])
    assert {"labelplan", "made_on", "machine", "versions"} <= found.keys()
    assert [one["strategy"] for one in found["strategies"]] == ["margin"]
    assert found["strategies"][0]["sets"][0]["gain"] == pytest.approx(0.1)


def test_a_table_without_what_is_judged_is_refused(table, tmp_path, capsys):
    with pytest.raises(InputError, match="the columns pool_size are missing; give a store's curves"):
        trimmed(table.drop(columns="pool_size"))
    table.drop(columns="imbalance").to_csv(tmp_path / "curves.csv", index=False)
    assert main(["findings", str(tmp_path / "curves.csv"), "--into", str(tmp_path / "new")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("labelplan: ") and "imbalance" in error and error.count("\n") == 1
    assert not (tmp_path / "new").exists()
