import pandas as pd
import pytest

from research.paired_calls import MIXTURES, compare_calls, main
from research.verdicts import asked, world
from research.verdicts.judge import PLANNER
from tests.research.verdicts.made import table


def answers(*, says_al, misses_alone=0.0):
    """Answer two questions on a, where active learning costs $20 more of $100, and one on b, where it saves $10."""
    saving = [-20.0, -20.0, 10.0]
    given = {"dataset": ["a", "a", "b"], "saving_usd": saving, "random_usd": 100.0, "misses_alone": misses_alone}
    return pd.DataFrame(given | {PLANNER: says_al})


def test_regret_is_a_mean_over_data_sets_of_what_the_wrong_calls_lose():
    found = compare_calls(
        {
            "right": answers(says_al=[False, False, True]),
            "wrong": answers(says_al=[True, False, False], misses_alone=0.5),
        }
    )
    # On a one of two questions loses 20%, on b the only one 10%; only the first by a call for active learning.
    assert found["regret"].tolist() == pytest.approx([0.0, 10.0])
    assert found["for_al"].tolist() == pytest.approx([0.0, 5.0])
    assert found["misses_alone"].tolist() == pytest.approx([0.0, 50.0])
    assert found["worse_sets"].tolist() == [0, 2]
    assert found["more"].tolist() == pytest.approx([0.0, 10.0])
    # Both data sets lose 10% more, so that the interval has no width.
    assert found["more_q10"].iloc[1] == pytest.approx(10.0) == found["more_q90"].iloc[1]


def test_the_command_judges_all_mixtures_and_refuses_one_data_set(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(asked, "PILOT_LABELS", (200,))
    monkeypatch.setattr(world, "SHARES", (1.0,))
    path, one = tmp_path / "two.csv", tmp_path / "one.csv"
    table({"much": 3.0, "none": 1.0}).to_csv(path, index=False)
    assert main([str(path), "--campaigns", "1", "--draws", "50"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{name} " in printed for name in MIXTURES)
    table({"much": 3.0}).to_csv(one, index=False)
    assert main([str(one)]) == 2
    assert "allowed: at least 2" in capsys.readouterr().err
