"""Items that pass by once: the bar and the budget by hand, then streams in the engine, in grids and in stores."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.plan import tables
from simulations.curve_table import scenario_curves
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.metrics import METRICS
from simulations.record import Record
from simulations.run import run_grid
from simulations.store import Store, curve_table
from simulations.stream import STREAM_STRATEGIES, SURENESS, ItemStream
from simulations.trajectory import Part, Trajectory
from simulations.workers import as_text, from_text

RNG = np.random.default_rng(0)
BAYES = Part.of("estimator", {"of": "sklearn.naive_bayes.GaussianNB", "parameters": "", "tune": ""})


@pytest.fixture
def passing(small):
    """A quick trajectory in which the 240 items that are not in the initial set pass by."""
    return lambda name="margin", seed=0, share=0.2, **more: replace(small(name, seed, **more), stream_share=share)


def _curve(record):
    kept = {name: record.series[name] for name in METRICS}
    return kept | {"labels": record.labels, "spent": record.spent, "ended": record.ended}


def test_the_bar_by_hand():
    # 0.995 < 1 is bought, 0.985 < 0.99 too; 0.985 is not below 0.9801, and so passes; it is below 0.9801 × 1.01.
    items = ItemStream(np.array([4, 2, 0, 1, 3]), 1.0)
    sureness = np.array([0.985, 0.985, 0.985, 0.0, 0.995])
    assert items.buy(3, sureness, RNG).tolist() == [4, 2, 1] and items.passed == 4
    assert items.buy(3, sureness, RNG).tolist() == [3] and items.passed == 5
    assert items.buy(3, sureness, RNG).size == 0


def test_the_budget_by_hand():
    # 0 and 1 of 100 are below 1.5, and 1 × 0.99 + 1 is not: 1.99 × 0.99^28 = 1.502 ≥ 1.5 > 1.99 × 0.99^29.
    bought = ItemStream(np.arange(32), 0.015).buy(3, np.zeros(32), RNG)
    assert bought.tolist() == [0, 1, 31]


def test_while_there_is_no_room_the_bar_rests():
    # 1 × 0.99 twice over 100 items; no item is below 0.9801 afterwards, whatever passed while nothing could be bought.
    sureness = np.where(np.arange(32) < 2, 0.0, 0.985)
    assert ItemStream(np.arange(32), 0.015).buy(3, sureness, RNG).tolist() == [0, 1]


def test_random_buys_the_share():
    items = ItemStream(np.arange(100_000), 0.1)
    bought = items.buy(5_000, None, np.random.default_rng(1))
    assert bought.size == 5_000 and items.passed == bought[-1] + 1 and abs(5_000 / items.passed - 0.1) < 0.005


def test_plans_take_the_same_strategies_for_a_stream():
    assert {"random", *tables.STREAM_STRATEGIES} == {*STREAM_STRATEGIES}


@pytest.mark.parametrize("name", SURENESS)
def test_sureness_is_from_0_to_1_and_falls_as_the_pool_strategy_asks(name, small):
    P = np.array([[[1 / 3, 1 / 3, 1 / 3], [0.4, 0.35, 0.25], [0.7, 0.2, 0.1], [1.0, 0.0, 0.0]]])
    sureness = SURENESS[name](P)[0]
    assert sureness[0] == pytest.approx(0.0, abs=1e-9) and sureness[-1] == pytest.approx(1.0)
    assert (np.diff(sureness) > 0).all()


@pytest.mark.parametrize("chooser", [None, BAYES])
def test_a_lane_gives_the_same_curve_alone_or_packed(passing, chooser):
    lanes = [replace(passing(name, seed), chooser=chooser) for name in STREAM_STRATEGIES for seed in range(2)]
    packed = run_lanes(lanes)
    assert [_curve(r) for r in packed] == [_curve(run_lanes([t])[0]) for t in lanes]
    assert len({r.series["accuracy"] for r in packed}) > 4


def test_items_pass_once_in_an_order_of_data_set_and_seed(passing, monkeypatch):
    seen = {}
    buy = ItemStream.buy

    def watched(self, k, sureness, rng):
        bought = buy(self, k, sureness, rng)
        seen.setdefault(id(self), (self, []))[1].extend(bought.tolist())
        return bought

    monkeypatch.setattr(ItemStream, "buy", watched)
    records = run_lanes([passing("random"), passing("random", 1), passing("margin")])
    streams, bought = zip(*seen.values(), strict=True)
    assert (streams[0].arrivals == streams[2].arrivals).all() and (streams[0].arrivals != streams[1].arrivals).any()
    for items, rows, record in zip(streams, bought, records, strict=True):
        assert np.unique(items.arrivals).size == 240
        places = [items.arrivals.tolist().index(row) for row in rows]
        assert places == sorted(set(places)) and len(rows) == 20 and record.labels == (10, 15, 20, 25, 30)
        assert record.spent["items_seen"] == (0.0, *(places[at] + 1.0 for at in (4, 9, 14, 19)))


def test_scoring_costs_what_passes(passing, small):
    (record,), (pool,) = run_lanes([passing(share=1.0)]), run_lanes([small()])
    assert sum(record.series["score_seconds"]) > 0 and record.series["score_seconds"][-1] == 0
    assert record.spent["items_seen"][-1] < 60 and "items_seen" not in pool.spent


def test_a_stream_that_is_over_ends_the_lane_and_says_so(passing):
    lanes = [passing("margin", share=0.01), passing("random", share=0.01), passing("random", 1, share=0.01)]
    records = run_lanes(lanes)
    assert all(r.ended is not None and 10 <= r.labels[-1] < 30 for r in records)
    assert records[0].ended.startswith("its stream of 240 items is over with ")
    assert records[0].ended.endswith(" labels of a batch of 5")
    assert [_curve(r) for r in records] == [_curve(run_lanes([t])[0]) for t in lanes]


def test_a_record_keeps_the_stream(passing, small):
    (record,) = run_lanes([passing()])
    data = json.loads(json.dumps(record.as_json()))
    assert Record.from_json(data) == record and data["trajectory"]["stream_share"] == 0.2
    t = passing()
    assert Trajectory.from_json(t.as_json()) == t and from_text(as_text([t])) == [t] and t.key != small().key
    assert "stream_share" not in small().as_json()
    data["trajectory"]["stream_share"] = 1.5
    with pytest.raises(ValueError, match="labels per item of a stream that are not above 0 and at most 1"):
        Record.from_json(data)


def test_pools_and_streams_do_not_run_together(passing, small):
    with pytest.raises(ValueError, match="must share data set"):
        run_lanes([small(), passing()])


BASE = {"datasets": ["synthetic-easy"], "strategies": [*STREAM_STRATEGIES], "batch_sizes": [10], "initial_size": 20}
BASE |= {"rounds": 3, "seeds": 2, "scenario": "stream", "stream_share": 0.2}


def _parse(**changes):
    return parse_grid({"grid": {**BASE, **changes}}, where="g.toml")


def test_a_grid_of_a_stream_is_run_resumed_and_told_apart(tmp_path):
    store, grid = Store(tmp_path), _parse()
    pool = parse_grid({"grid": {k: v for k, v in BASE.items() if k not in ("scenario", "stream_share")}})
    assert {t.key for t in _parse(scenario="pool", stream_share=None).trajectories} == {
        t.key for t in pool.trajectories
    }
    first = run_grid(replace(grid, trajectories=grid.trajectories[:3]), store, processes=1)
    again = run_grid(grid, store, processes=2)
    assert (first.done, again.stored, again.done, again.remaining) == (3, 3, 5, 0)
    run_grid(pool, store, processes=1)
    table = store.frame()
    assert set(table["dataset"]) == {"synthetic-easy", "synthetic-easy [stream share=0.2]"}
    untimed = [name for name in table.columns if not name.endswith("_seconds")]
    streams = table[table["dataset"] != "synthetic-easy"][untimed].reset_index(drop=True)
    pd.testing.assert_frame_equal(streams, curve_table(run_lanes(grid.trajectories))[untimed])
    pools, (sentence,) = scenario_curves(table, "pool")
    assert set(pools["dataset"]) == {"synthetic-easy"} and scenario_curves(pools, "pool") == (pools, [])
    assert scenario_curves(table, "stream")[0]["dataset"].nunique() == 1
    assert sentence == ("Not used as proxies, as their items passed by in a stream: synthetic-easy [stream share=0.2].")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scenario": "streem"}, "g.toml, scenario: unknown value 'streem'; did you mean 'stream'"),
        ({"scenario": 3}, "g.toml, scenario: unknown value '3'"),
        ({"scenario": ["stream"]}, "g.toml, scenario: unknown value "),
        ({"scenario": "pool"}, 'g.toml, stream_share: found 0.2; allowed: none beside scenario "pool"'),
        ({"stream_share": None}, "g.toml, stream_share: found none; allowed: labels per item, above 0 and at most 1"),
        ({"stream_share": 0}, "g.toml, stream_share: found 0; allowed: labels per item, above 0"),
        ({"stream_share": 1.01}, "g.toml, stream_share: found 1.01; allowed"),
        ({"stream_share": True}, "g.toml, stream_share: found True; allowed"),
        ({"stream_share": float("nan")}, "g.toml, stream_share: found nan; allowed"),
        ({"stream_share": "0.1"}, "g.toml, stream_share: found '0.1'; allowed"),
        (
            {"strategies": ["random", "badge"]},
            "g.toml, strategy badge: cannot judge the items of a stream one by one; allowed: random, least_confidence, "
            "margin, entropy",
        ),
        (
            {"datasets": ["diabetes"], "learners": ["ridge_regression"], "strategies": ["random"]},
            'g.toml, scenario: found "stream", and diabetes is regression; allowed: "pool", or a data set of class',
        ),
        ({"rounds": 10_000}, "g.toml: synthetic-easy has a pool of .* items, and .* labels; allowed: at most"),
    ],
)
def test_bad_streams_are_refused_when_the_grid_is_read(changes, sentence):
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        _parse(**changes)


def test_a_share_of_one_may_be_whole():
    assert {t.stream_share for t in _parse(stream_share=1).trajectories} == {1.0}


def test_the_engine_refuses_other_strategies_too(passing):
    with pytest.raises(InputError, match="strategy coreset: cannot judge the items of a stream one by one"):
        run_lanes([passing("coreset")])
