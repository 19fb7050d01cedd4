"""How far learners lie apart in what strategies save: shift and spread, planted and found again."""

import numpy as np
import pandas as pd
import pytest

from planner.transfer.savings_fit import RecordedSavings
from planner.transfer.savings_shape import KNOTS
from research.learner_transfer import differences, main, summarise

K = len(KNOTS)


def finding(dataset, learner, level, information=1e4):
    return RecordedSavings(
        "margin", "accuracy", dataset, f"{dataset}, {learner}", learner, "text", 5.0, 1.0, 50.0, -2.0,
        np.full(K, level) * information, np.eye(K) * information,
    )  # fmt: skip


def test_shift_and_spread_are_those_of_the_differences_over_data_sets():
    gaps = [0.1, 0.5, 0.3]
    linear = [finding(f"set-{j}", "linear", 0.4) for j in range(3)]
    other = [finding(f"set-{j}", "forest", 0.4 + gap) for j, gap in enumerate(gaps)]
    apart = [finding("alone", "forest", 9.0)]  # no linear curve beside it
    (row,) = summarise(differences([*linear, *other, *apart], "linear"))
    assert (row["learner"], row["data_sets"]) == ("forest", 3)
    assert row["shift"] == pytest.approx(0.3, abs=0.01)
    assert row["spread"] == pytest.approx(np.std(gaps, ddof=1), abs=0.02)


def test_noise_of_seeds_is_no_spread():
    rng, rows = np.random.default_rng(0), []
    for j in range(400):
        rows += [finding(f"s{j}", name, rng.normal(0, 0.2), information=25.0) for name in ("linear", "forest")]
    (row,) = summarise(differences(rows, "linear"))
    assert row["spread"] < 0.12 < 0.2 < float(pd.Series(differences(rows, "linear")["difference"]).std())


def test_what_is_hardly_known_is_not_compared():
    assert differences([finding("a", name, 0.4, information=1.0) for name in ("linear", "mlp")], "linear").empty


def test_the_command_prints_a_row_a_learner(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "forest" in out and "boosting" in out and "nan" not in out
