"""`python -m research.backtest` from end to end."""

import json

import numpy as np
import pandas as pd
import pytest

from research.backtest.__main__ import main
from simulations.cache.catalogue import RESOURCES
from simulations.cache.fetch import origin_of
from simulations.cache.stored import store_folder

LABELS = np.round(20 * np.sqrt(2.0) ** np.arange(14)).astype(int)
QUICK = ("--draws", "100", "--peers", "last_value,pow3")


@pytest.fixture
def table(tmp_path):
    """A curve table of three data sets, one of them reserved, with two learners, 4 seeds."""
    rng = np.random.default_rng(2)
    rows = []
    for dataset, openml in (("one", 3), ("two", 44), ("three", 15)):
        for seed in range(4):
            for learner, power in (("ridge", 0.4), ("forest", 0.5)):
                values = 0.95 - 0.4 * (LABELS / 20) ** -power + rng.normal(0, 0.004, LABELS.size)
                rows += [(dataset, openml, learner, seed, n, v) for n, v in zip(LABELS, values, strict=True)]
    path = tmp_path / "curves.csv"
    pd.DataFrame(rows, columns=["dataset", "openml_id", "learner", "seed", "labels", "value"]).to_csv(path, index=False)
    return path


@pytest.fixture
def answer(capsys):
    """Type the command: its JSON."""

    def answer(*arguments):
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return answer


def test_reserved_data_sets_are_looked_at_only_when_asked(answer, table):
    plain = answer(table, *QUICK)
    assert (plain["data_sets"], plain["curves"]) == (2, 4)
    found = answer(table, *QUICK, "--reserved")
    assert (found["data_sets"], found["curves"]) == (1, 2)
    assert found["overall"]["methods"][0]["absolute_error"]["q10"] is None


def test_lcdb_comes_from_the_cache_or_says_how_to_get_it(answer, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path / "cache"))
    assert main(["--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.splitlines()[-1].endswith("fetch it once with: labelplan data get lcdb")
    rows = [
        (openml, "svm", n, 100, 0.9 - 0.4 * (n / 20) ** -0.4 + 0.001 * k)
        for openml in (3, 15)
        for n in LABELS
        for k in range(3)
    ]
    names = ["openmlid", "learner", "size_train", "size_test", "score_test"]
    with store_folder("lcdb", origin_of(RESOURCES["lcdb"])) as folder:
        pd.DataFrame(rows, columns=names).to_csv(folder / "database-accuracy.csv", index=False)
    found = answer(*QUICK)
    assert (found["source"], found["data_sets"]) == ("LCDB 1.0", 1)
    path = tmp_path / "cache" / "lcdb" / "database-accuracy.csv"
    path.write_text(path.read_text() + "\n")
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "missing or damaged" in captured.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "nowhere.csv: there is no such file"),
        (["{short}", "--reserved"], "none of the data sets carries a reserved OpenML id"),
        (["{short}"], "no curve gives a forecast to score"),
        (["{table}", "--chart", "c.pdf"], "--chart: found 'c.pdf'"),
    ],
)
def test_bad_input_is_one_sentence(table, tmp_path, capsys, arguments, sentence):
    short = tmp_path / "short.csv"
    short.write_text("labels,value\n10,0.5\n20,0.6\n30,0.7\n")
    assert main([part.format(table=table, short=short) for part in arguments]) == 2
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("labelplan:")]
    assert captured.out == "" and len(lines) == 1 and sentence in lines[0]
