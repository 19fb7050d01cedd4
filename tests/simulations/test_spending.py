from dataclasses import replace

import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.metrics import METRICS
from simulations.oracles.registry import make_oracle
from simulations.oracles.timing import ItemTimes
from simulations.record import seconds_spent, spent_of
from simulations.store import Store, dataset_label, spending_table
from simulations.trajectory import Part

TIMED = make_oracle("perfect", {"seconds": 12}, "grid")


def test_seconds_add_up_in_the_order_of_labelling():
    times = ItemTimes(np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.ones(5))
    spent = seconds_spent(times, np.array([4, 0, 2, 1]), [2, 3, 4])
    assert spent == {"annotation_seconds": (17.0, 21.0, 23.0)}
    assert seconds_spent(None, np.array([4]), [1]) == {}


def test_time_changes_no_curve_and_all_strategies_pay_the_same_for_the_same_items(small):
    plain = run_lanes([small(name) for name in ("random", "margin")])
    timed = run_lanes([small(name, oracle=TIMED) for name in ("random", "margin")])
    for one, other in zip(plain, timed, strict=True):
        assert [one.series[m] for m in METRICS] == [other.series[m] for m in METRICS]
    first = {record.spent["annotation_seconds"][0] for record in timed}
    assert len(first) == 1 and all(record.spent == {} for record in plain)
    whole = [small(name, oracle=TIMED, initial_size=50, batch_size=100, rounds=2) for name in ("random", "margin")]
    ends = [record.spent["annotation_seconds"][-1] for record in run_lanes(whole)]
    assert ends[0] == pytest.approx(ends[1], abs=0.002)


def test_votes_follow_from_the_oracle(small):
    (one, three) = (
        run_lanes([small(oracle=oracle)])[0] for oracle in (TIMED, Part.of("votes", {"rate": 0.2, "votes": 3}))
    )
    assert spent_of(one)["votes"] == (10, 15, 20, 25, 30)
    assert spent_of(three) == {"votes": (30, 45, 60, 75, 90)}


def test_three_votes_take_about_three_times_as_long(small):
    votes = make_oracle("votes", {"votes": 3, "seconds": 12, "seconds_spread": 0.0}, "grid")
    single = make_oracle("perfect", {"seconds": 12, "seconds_spread": 0.0}, "grid")
    (three,), (one,) = (run_lanes([small("random", oracle=oracle)]) for oracle in (votes, single))
    assert three.spent["annotation_seconds"] == pytest.approx(3 * np.array(one.spent["annotation_seconds"]), abs=0.01)


def test_the_table_has_a_row_for_each_round_and_unit_and_stands_in_the_store(small, tmp_path):
    records = run_lanes([small(oracle=TIMED), small("random", oracle=TIMED)]) + run_lanes([small()])
    table = spending_table(records)
    assert tuple(table.columns) == ("trajectory", "round", "unit", "spent") and len(table) == 2 * 5 * 2 + 5
    assert (table.groupby(["trajectory", "unit"])["spent"].diff().dropna() > 0).all()
    store = Store(tmp_path)
    for record in records:
        store.put(record)
    assert store.spending().equals(table) and store.spending().equals(table)


def test_an_oracle_that_tells_time_is_in_the_name_of_the_data_set(small):
    assert dataset_label(small(oracle=TIMED)).endswith("[perfect seconds=12.0]")
    assert "perfect" not in dataset_label(small())


def grid(**changed):
    block = {"datasets": ["digits"], "strategies": ["margin_per_cost"], "batch_sizes": [10], "initial_size": 20}
    return parse_grid({"grid": {**block, "rounds": 2, "seeds": 1, **changed}})


def test_costs_that_nobody_tells_are_refused(small):
    with pytest.raises(InputError, match=r"strategy margin_per_cost: needs what items are expected to cost.*12"):
        grid()
    with pytest.raises(InputError, match=r"^strategy margin_per_cost: needs what items are expected to cost"):
        run_lanes([small("margin_per_cost")])
    assert len(grid(oracle={"name": "perfect", "seconds": 12})) == 1


def test_seconds_of_a_task_without_hardness_are_refused():
    with pytest.raises(InputError, match=r"seconds: found 12; allowed: 0, as diabetes is regression"):
        grid(
            datasets=["diabetes"],
            learners=["ridge_regression"],
            strategies=["random"],
            oracle={"name": "perfect", "seconds": 12},
        )


def test_keys_of_stored_trajectories_are_what_they_were(small):
    # Computed before oracles had settings of time.
    assert small().key == KEYS[0]
    assert small(oracle=Part.of("votes", {"rate": 0.2, "votes": 3})).key == KEYS[1]
    assert replace(small(), oracle=make_oracle("votes", {"seconds": 0}, "grid")).key == KEYS[1]


KEYS = (
    "07ec433604b80807d6b050c61e9fb9ec6199ecba35bc33b7a41802630e66d935",
    "73df91babeaf0b88ddb921f27e306e99778f24237e6b3c732e1144883a7d1ea3",
)
