"""Figures and intervals against hand calculation."""

import pandas as pd
import pytest

from research.findings import Figure, NotRecordedError
from research.findings.estimates import height_gap, mean_over_seeds, mean_over_sets, share_of_sets

POINTS, SETS = Figure("what", "points"), Figure("what", "sets")


def table(values, labels):
    return pd.DataFrame(values, columns=labels)


def test_a_gap_is_the_mean_over_log_labels_of_shared_counts_and_seeds():
    first = table([[0.5, 0.6, 0.9, 0.9], [0.5, 0.6, 0.9, 0.9], [0.0, 0.0, 0.0, 0.0]], [10, 20, 40, 50])
    second = table([[0.5, 0.5, 0.6], [0.4, 0.4, 0.4]], [10, 20, 40])
    # Gaps 0, 0.1, 0.3 and 0.1, 0.2, 0.5 on three counts a doubling apart: (0.05 + 0.2) / 2 and (0.15 + 0.35) / 2.
    assert height_gap(first, second).tolist() == pytest.approx([0.125, 0.25])
    assert height_gap(first, second, 20, 20).tolist() == pytest.approx([0.1, 0.2])


def test_a_gap_without_a_shared_count_is_not_recorded():
    with pytest.raises(NotRecordedError, match="seeds and label counts that both curves"):
        height_gap(table([[0.5]], [10]), table([[0.5]], [20]))


def test_seeds_average_over_data_sets_first():
    figures = {"a": pd.Series([0.0, 0.2, 0.4]), "b": pd.Series([0.2, 0.2, 0.2, 0.9])}
    found = mean_over_seeds(POINTS, figures)
    # Seeds 0.1, 0.2, 0.3: sd 0.1, and t of 2 degrees of freedom at 90% is 1.8856; the fourth seed has no pair.
    assert found.figure == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.2 - 1.8856 * 0.1 / 3**0.5, 0.2 + 1.8856 * 0.1 / 3**0.5), abs=1e-4)
    assert dict(found.by_dataset) == pytest.approx({"a": 0.2, "b": 0.375})


def test_data_sets_are_the_replicates_where_a_claim_is_of_most():
    figures = {"a": pd.Series([0.0, 0.2]), "b": pd.Series([0.3, 0.3])}
    found = mean_over_sets(POINTS, figures)
    half = 3.0777 * 0.1  # t of one degree of freedom; sd 0.1414 ÷ √2
    assert found.figure == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.2 - half, 0.2 + half), abs=1e-4)
    assert mean_over_sets(POINTS, {"a": pd.Series([0.1])}).interval is None


def test_a_share_has_wilsons_interval():
    found = share_of_sets(SETS, {"a": True, "b": False, "c": True, "d": True})
    # z = 1.28155: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) ÷ (1 + z²/n) for 3 of 4.
    assert found.figure == 0.75
    assert found.interval == pytest.approx((0.4325, 0.9219), abs=1e-3)


def test_generated_data_sets_count_once_together():
    figures = {"a": [0.0, 0.2], "synthetic-x": [0.4, 0.4], "synthetic-y": [0.2, 0.6], "synthetic-z": [0.3, 0.5]}
    series = {name: pd.Series(values) for name, values in figures.items()}
    # The generated ones are 0.3 and 0.5 together; with a, seeds are 0.15 and 0.35.
    found = mean_over_seeds(POINTS, series)
    assert found.figure == pytest.approx(0.25)
    assert found.interval == pytest.approx((0.25 - 3.0777 * 0.1, 0.25 + 3.0777 * 0.1), abs=1e-4)
    assert mean_over_sets(POINTS, series).figure == pytest.approx((0.1 + 0.4) / 2)
    assert len(found.by_dataset) == 4


@pytest.mark.parametrize(("held", "share"), [((True, True, False), 1.0), ((True, False, False), 0.5)])
def test_something_holds_of_the_generated_data_sets_where_it_holds_of_most(held, share):
    each = {f"synthetic-{i}": one for i, one in enumerate(held)}
    assert share_of_sets(SETS, {"a": True, **each}).figure == share
