import logging
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import pandas as pd
import pytest

from simulations import distributed as ours
from simulations import workers
from simulations.errors import InputError
from simulations.grid import Grid
from simulations.run import run_grid
from simulations.store import Store
from simulations.termination import NoCurveError
from simulations.workers import as_text

pytest.importorskip("distributed", reason="runs on a Dask cluster; install the extra 'cluster'")
TIMINGS = ["fit_seconds", "score_seconds", "select_seconds"]


@pytest.fixture
def grid(small):
    return Grid(tuple(small(name, s, rounds=20) for s in range(8) for name in ("random", "margin", "coreset")))


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with LocalCluster(**options, silence_logs=50) as cluster:
        yield cluster


def test_what_a_task_cannot_do_is_told(small):
    records, (reason, is_input) = ours.compute(ours._VERSION, as_text([small(initial_size=2)]))
    assert records == [] and is_input and "initial_size: found 2" in reason
    missing = "strategy nonesuch: is not installed on a worker of the cluster"
    assert ours.compute(ours._VERSION, as_text([small("nonesuch")])) == ([], (missing, True))
    # What another version sends is not even read.
    assert ours.compute((0, 0), "?") == ([], ("a worker of the cluster has another version of labelplan", True))


def test_a_worker_killed_in_mid_task_loses_nothing(grid, tmp_path, cluster):
    store, killed = Store(tmp_path / "cluster"), []

    def kill_one():
        deadline = time.monotonic() + 30
        while not killed and time.monotonic() < deadline:
            for each in cluster.scheduler.workers.values():
                if each.processing and not killed:
                    os.kill(cluster.workers[each.name].pid, signal.SIGKILL)
                    killed.append(each.name)
            time.sleep(0.005)

    killer = threading.Thread(target=kill_one)
    killer.start()
    summary = run_grid(grid, store, scheduler=cluster.scheduler_address)
    killer.join()
    assert killed
    assert (summary.done, summary.failed, summary.remaining) == (24, (), 0)
    assert store.missing(grid.trajectories) == []
    local = Store(tmp_path / "local")
    run_grid(grid, local, processes=1)
    tables = [each.frame().drop(columns=TIMINGS) for each in (store, local)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert run_grid(grid, store, scheduler=cluster.scheduler_address).stored == 24


def test_an_interrupt_cancels_what_is_left(grid, tmp_path, cluster):
    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    store = Store(tmp_path)
    summary = run_grid(grid, store, scheduler=cluster.scheduler_address, progress=interrupt)
    assert summary.interrupted and 3 <= summary.done < 24
    assert len(store.paths()) == summary.done
    deadline = time.monotonic() + 20
    while cluster.scheduler.tasks and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not cluster.scheduler.tasks


def test_a_second_signal_breaks_off_what_waits_for_the_scheduler(grid, tmp_path, cluster, monkeypatch):
    from distributed import Client

    def never_answers(self, futures):
        assert isinstance(futures, list) and futures  # it looks into no other kind of collection
        signal.raise_signal(signal.SIGINT)
        pytest.fail("it still waits")

    def interrupt(done, total):
        if done == 1:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Client, "cancel", never_answers)
    summary = run_grid(grid, Store(tmp_path), scheduler=cluster.scheduler_address, progress=interrupt)
    assert summary.interrupted and 1 <= summary.done < 24


def test_endings_on_the_cluster_are_kept_and_told(small, tmp_path, cluster):
    t, store = small("margin", batch_size=100), Store(tmp_path)
    summary = run_grid(Grid((t,)), store, scheduler=cluster.scheduler_address)
    assert summary.done == len(summary.ended) == 1 and summary.failed == ()
    assert store.get(t.key).ended == summary.ended[0].partition("seed 0: ")[2]


def test_a_record_that_cannot_be_used_costs_its_task_alone(small, tmp_path):
    done = SimpleNamespace(status="finished", result=lambda: (["{}"], None))
    (failed,) = ours.Cluster("tcp://nobody:1", Store(tmp_path))._collect(done, [small("random")])
    assert failed.task == [small("random")] and failed.reason.startswith("a worker's record cannot be used (")


def test_of_a_task_with_lanes_without_a_curve_the_others_are_kept(small, tmp_path, monkeypatch):
    def run_lanes(lanes, watch):
        raise NoCurveError([(lanes[0], "it diverged")], whole)

    lanes = [small("random"), small("margin")]
    whole = workers.run_lanes(lanes[1:])
    monkeypatch.setattr(workers, "run_lanes", run_lanes)
    answer = ours.compute(ours._VERSION, as_text(lanes))
    assert all(type(record) is str for record in answer[0])
    store = Store(tmp_path)
    done = SimpleNamespace(status="finished", result=lambda: answer)
    kept, failed = ours.Cluster("tcp://nobody:1", store)._collect(done, lanes)
    assert kept.trajectory == lanes[1] and store.get(lanes[1].key) == whole[0]
    assert failed.task == [lanes[0]] and not failed.is_input
    assert failed.reason.endswith("no curve, as its first training failed: it diverged")


def test_a_client_that_loses_its_scheduler_logs_no_traceback(tmp_path, cluster):
    log = logging.getLogger("distributed.client")
    before = log.level
    with ours.Cluster(cluster.scheduler_address, Store(tmp_path)):
        assert not log.isEnabledFor(logging.ERROR)
    assert log.level == before


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "", "tcp://127.0.0.1:99999999"])
def test_a_scheduler_that_does_not_answer_is_told(grid, tmp_path, monkeypatch, address):
    monkeypatch.setattr(ours, "_CONNECT_SECONDS", 0.3)
    with pytest.raises(InputError, match=r"scheduler: nothing answers at .*; allowed: the address of a"):
        run_grid(grid, Store(tmp_path), scheduler=address)


def test_a_cluster_without_workers_is_told(grid, tmp_path, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(ours, "_CONNECT_SECONDS", 0.3)
    with (
        LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(InputError, match="has no workers; start some"),
    ):
        run_grid(grid, Store(tmp_path), scheduler=empty.scheduler_address)


def test_a_missing_extra_is_told(grid, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="install labelplan with its extra 'cluster'"):
        run_grid(grid, Store(tmp_path), scheduler="tcp://127.0.0.1:8786")
