"""`labelplan backtest --matching` from end to end."""

from functools import cache

import pandas as pd
import pytest

from planner.backtest import matching
from planner.backtest.matching import run as running
from planner.backtest.matching import run_matching
from planner.backtest.matching.weightings import methods_for
from planner.report.words_matching import matching_findings
from tests.planner.backtest.matching.made import EASY, HARD, table

SETS = {"two-a": (2, EASY), "two-b": (2, EASY), "fifty-a": (50, HARD)}


@pytest.fixture
def brief(monkeypatch):
    """Matching, equal weights and the task's own learner, forecast once for both ways of showing it."""
    chosen = ("matched", "equal", "own learner only")
    monkeypatch.setattr(
        running, "methods_for", lambda learners: tuple(one for one in methods_for(learners) if one.name in chosen)
    )
    once = cache(lambda learner: run_matching(table_of_both(), "made.csv", learner=learner, n_draws=100))

    def asked(table, source, *, learner, n_draws, **others):
        pd.testing.assert_frame_equal(table[table_of_both().columns], table_of_both())
        assert (source, n_draws, others["metric"], others["seed"], others["jobs"]) == ("made.csv", 100, None, 0, 1)
        others["progress"](3, 3)
        return once(learner)

    monkeypatch.setattr(matching, "run_matching", asked)


def table_of_both():
    return pd.concat([table(SETS, seeds=1), table(SETS, seeds=1, learner="forest")], ignore_index=True)


@pytest.fixture(scope="module")
def curves(tmp_path_factory):
    path = tmp_path_factory.mktemp("curves") / "made.csv"
    table_of_both().to_csv(path, index=False)
    return path


@pytest.mark.usefixtures("brief")
def test_it_compares_weightings_on_a_curve_table_of_two_learners(run, answered, curves):
    command = ("backtest", str(curves), "--matching", "--learner", "forest", "--draws", "100")
    said = answered(run(*command, "--json"))
    assert (said["protocol"], said["learner"], said["learners"]) == ("matching", "forest", ["forest", "linear"])
    assert said["data_sets"] == 3 and said["draws"] == 100
    assert [one["method"] for one in said["methods"]] == ["matched", "equal", "own learner only"]
    status, out, _ = run(*command)
    flat = " ".join(out.split())
    assert status == 0 and "nan" not in out
    assert all(sentence in flat for sentence in matching_findings(said))
    assert "own learner only: as matched, from curves of the task's learner alone." in flat


def test_it_goes_with_no_other_test_and_a_learner_goes_with_it(run, curves):
    for more, named in ((["--verdicts"], "--verdicts"), (["--pairs"], "--pairs"), (["--sample", "2"], "--sample")):
        status, _, err = run("backtest", str(curves), "--matching", *more)
        assert status == 2
        assert err == (
            f"labelplan: --matching: does not go with {named}; allowed: with a curve table, --learner and --metric\n"
        )
    status, _, err = run("backtest", str(curves), "--learner", "forest")
    assert status == 2 and err == (
        "labelplan: --learner: found 'forest' without --matching; allowed: together with it\n"
    )
    status, _, err = run("backtest", "--findings", "--learner", "forest")
    assert status == 2 and "--findings: does not go with --learner" in err
    status, _, err = run("backtest", "--findings", "--matching")
    assert status == 2 and "--findings: does not go with --matching" in err
    status, _, err = run("backtest", "recorded", "--matching", "--learner", "tagger")
    assert status == 2 and "has 0 data sets with random and margin (learner tagger)" in err and "Traceback" not in err
