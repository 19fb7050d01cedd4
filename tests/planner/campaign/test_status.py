"""Past forecasts, and the bins of the backtest."""

import numpy as np
import pandas as pd
import pytest

from planner.backtest.hindsight import PastForecast
from planner.campaign.status import MOST_STAGES, REACHED, REACHES, backtest_bin, past_forecasts, record_of


def test_every_chance_has_its_answers():
    for table in (REACHED, REACHES):
        assert [one.low for one in table[1:]] == [one.high for one in table[:-1]]
        assert table[0].low == 0 and table[-1].high == 1
        for one in table:
            assert one.low <= one.said <= one.high and 0 <= one.happened <= 1 and one.answers > 0
            assert backtest_bin(table, one.said) is one is backtest_bin(table, one.high)
    assert backtest_bin(REACHED, 0.0) is REACHED[0]


def one(rounds, labels, low, middle, high, measured):
    return PastForecast("margin", rounds, 100.0 * rounds, labels, low, middle, high, measured)


def test_the_record_is_counted_by_hand():
    found = (
        one(4, 500.0, 0.70, 0.75, 0.80, 0.76),  # next round, inside, off by 1
        one(4, 600.0, 0.70, 0.76, 0.81, 0.82),  # later, outside, off by 6
        one(5, 600.0, 0.76, 0.77, 0.80, 0.82),  # next round, outside, off by 5
    )
    record = record_of(found)
    assert (record.forecasts, record.inside, record.next_forecasts, record.next_inside) == (3, 1, 2, 1)
    assert record.mean_absolute_error == pytest.approx(0.04)
    assert record_of(()) is None


def curve(rng, counts, level=0.0, test=2_000):
    counts = np.asarray(counts)
    truth = 1 - 1.5 * counts ** -(0.4 + level)
    return pd.DataFrame({"labels": counts, "value": rng.binomial(test, truth) / test, "test_size": test})


def test_every_stage_from_four_counts_on_forecasts_every_later_round():
    rows = curve(np.random.default_rng(0), [100, 200, 300, 400, 500, 600])
    found = past_forecasts(rows, "margin", classes=10, seed=0)
    assert [(f.rounds, f.labels) for f in found] == [(4, 500), (4, 600), (5, 600)]
    assert all(f.q10 < f.q50 < f.q90 for f in found)
    assert [f.measured for f in found] == rows["value"].iloc[[4, 5, 5]].tolist()
    assert past_forecasts(rows.head(4), "margin", classes=10, seed=0) == ()
    assert past_forecasts(rows, "margin", classes=10, seed=0) == found


def test_what_comes_later_does_not_change_an_earlier_forecast():
    rng = np.random.default_rng(1)
    rows = curve(rng, range(100, 900, 100))
    early = past_forecasts(rows.head(6), "margin", classes=10, seed=0)
    late = past_forecasts(rows, "margin", classes=10, seed=0)
    assert {(f.rounds, f.labels, f.q50) for f in early} <= {(f.rounds, f.labels, f.q50) for f in late}


def test_rounds_too_far_ahead_are_not_forecast():
    # four counts over less than two octaves are forecast no further than twice the last
    rows = curve(np.random.default_rng(2), [100, 150, 200, 250, 450, 800])
    found = past_forecasts(rows, "margin", classes=10, seed=0)
    assert [(f.rounds, f.labels) for f in found] == [(4, 450), (5, 800)]


def test_long_logs_are_looked_back_on_at_some_stages():
    rows = curve(np.random.default_rng(3), range(100, 5_100, 100))
    found = past_forecasts(rows, "margin", classes=10, seed=0)
    assert len({f.rounds for f in found}) == MOST_STAGES


def test_the_intervals_hold_what_they_promise_on_curves_of_known_shape():
    rng = np.random.default_rng(4)
    inside = [
        f.inside
        for level in rng.uniform(-0.1, 0.1, 15)
        for f in past_forecasts(curve(rng, [100, 150, 220, 330, 480, 700], level), "m", classes=10, seed=0)
    ]
    assert 0.7 <= np.mean(inside) <= 0.97
