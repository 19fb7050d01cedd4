import pandas as pd
import pytest

from research.backtest.score_tables import reach_report, with_brier
from research.backtest.targets import TargetRow


def row(group, curve, chance, reached, *, cut="10", closes=0.1, method="ours"):
    return TargetRow(group, curve, cut, 5, 0.2, method, closes, chance, reached, float("nan"))


def report(*rows):
    return reach_report(with_brier(pd.DataFrame(rows)), "ours")


def test_brier_and_base_rate_by_hand():
    found = report(row("A", "a", 0.8, True), row("B", "b", 0.4, False))
    assert found["brier"]["mean"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert found["base_rate"] == 0.5
    assert found["base_rate_brier"] == 0.25
    assert found["targets"] == 2


def test_data_sets_weigh_the_same_however_many_curves_they_have():
    many = [row("A", f"a{i}", 0.9, True) for i in range(9)]
    found = report(*many, row("B", "b", 0.2, False))
    assert found["base_rate"] == pytest.approx(0.5)
    assert found["brier"]["mean"] == pytest.approx((0.1**2 + 0.2**2) / 2)
    said = {(part["from"], part["to"]): part for part in found["reliability"]}
    assert said[(0.7, 0.9)]["targets"] == 9
    assert said[(0.7, 0.9)]["said"] == pytest.approx(0.9)
    assert said[(0.1, 0.3)]["happened"] == 0.0


def test_tasks_and_targets_within_a_curve_share_its_weight():
    rows = [row("A", "a", 1.0, True, closes=c) for c in (0.1, 0.25, 0.5)]
    found = report(*rows, row("A", "a", 0.0, False, cut="20"), row("A", "a2", 0.0, False))
    # Curve a: half of its two tasks reached; curve a2: none.
    assert found["base_rate"] == pytest.approx(0.25)


def test_rates_by_kind_know_more():
    rows = [row(g, g, 0.5, True, closes=0.1) for g in "AB"] + [row(g, g, 0.5, False, closes=0.5) for g in "AB"]
    found = report(*rows)
    assert found["base_rate_brier"] == 0.25
    assert found["base_rate_brier_by_kind"] == pytest.approx(0.0)


def test_an_empty_bin_is_null_and_no_targets_are_nothing():
    found = report(row("A", "a", 0.0, False), row("A", "a", 1.0, True, closes=0.5))
    assert found["reliability"][2] == {"from": 0.3, "to": 0.5, "targets": 0, "said": None, "happened": None}
    assert [part["targets"] for part in found["reliability"]] == [1, 0, 0, 0, 0, 1]
    assert reach_report(pd.DataFrame(), "ours") is None
