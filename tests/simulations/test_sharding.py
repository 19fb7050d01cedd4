import pytest

from simulations.errors import InputError
from simulations.sharding import into_tasks, take_shard
from simulations.trajectory import Part


@pytest.fixture
def nine(small):
    return [small(name, seed) for seed in range(3) for name in ("random", "margin", "coreset")]


def test_shards_are_a_fair_partition(nine):
    parts = [take_shard(nine, f"{i}/4") for i in range(1, 5)]
    keys = [t.key for part in parts for t in part]
    assert sorted(keys) == sorted(t.key for t in nine)
    assert {len(part) for part in parts} == {2, 3}


def test_shards_do_not_depend_on_the_order_of_the_grid(nine):
    assert {t.key for t in take_shard(nine, "2/3")} == {t.key for t in take_shard(nine[::-1], "2/3")}


def test_more_shards_than_trajectories_leave_some_empty(nine):
    assert [len(take_shard(nine, f"{i}/11")) for i in (1, 9, 10, 11)] == [1, 1, 0, 0]


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "", "١/٣", "1/" + "9" * 5000])
def test_bad_shards_are_told(nine, shard):
    with pytest.raises(InputError, match=r"shard: found .*; allowed: i/n with i from 1 to n") as caught:
        take_shard(nine, shard)
    assert len(str(caught.value)) < 200


def test_tasks_hold_what_can_run_in_lockstep_and_nothing_twice(small):
    noisy = Part.of("flip", {"rate": 0.1})
    every = [small(name, seed, batch_size=b) for seed in range(5) for name in ("random", "margin") for b in (5, 10)]
    every += [small(oracle=noisy), small(learner="ridge")]
    tasks = into_tasks(every, processes=2)
    assert sorted(t.key for task in tasks for t in task) == sorted(t.key for t in every)
    for task in tasks:
        assert len({(t.batch_size, t.learner, t.oracle) for t in task}) == 1
        assert len(task) <= -(-len(every) // 6)
        assert [t.seed for t in task] == sorted(t.seed for t in task)


def test_large_pools_run_in_narrow_tasks(small):
    wide = [small(seed=s, n=100_000, classes=30, test_size=1000) for s in range(40)]
    assert {len(task) for task in into_tasks(wide, processes=1)} == {6, 4}
