"""What a job's process says of itself while it runs: trajectories by whole ones, the work by rounds."""

import json
from pathlib import Path

import pytest

from planner.app import runner
from planner.app.jobs import PAUSE, STATE, Job, JobDir, Report
from planner.app.runner import StateWriter
from planner.render.simulation_words import progress_words
from simulations.run import RunSummary


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is put forward."""
    now = [100.0]
    monkeypatch.setattr(runner.time, "monotonic", lambda: now[0])
    return now


def test_rounds_of_trajectories_in_work_move_the_bar_and_the_time_left(tmp_path: Path, clock: list[float]) -> None:
    state = StateWriter(tmp_path)
    state.count(10)
    state.progress(0, 8)
    assert (state.report.stored, state.report.left_seconds, state.report.share) == (2, None, 0.2)
    clock[0] += 10
    state.advance(2.0, 8)  # a quarter of the rounds, and no trajectory whole
    written = Report.read(tmp_path / STATE)
    assert written is not None
    assert (written.done, written.come, written.left_seconds, written.share) == (0, 2.0, 30.0, 0.4)
    clock[0] += 0.1
    state.advance(3.0, 8)
    assert Report.read(tmp_path / STATE) == written  # nobody looks that often
    state.progress(1, 8)
    assert state.report.come == 3.0  # a whole one takes nothing back
    state.advance(0.5, 8)  # a worker died
    assert (state.report.done, state.report.come) == (1, 1.0)
    state.progress(8, 8)
    assert (state.report.share, state.report.left_seconds) == (1.0, 0.0)


def test_what_was_in_work_is_lost_when_the_process_ends(tmp_path: Path) -> None:
    place = JobDir.beside(tmp_path / "store")
    place.make()
    job = Job(place, "20261121-000000000-abcdef")
    job.folder.mkdir()
    report = Report("running", 1, 0.0, 0.0, total=10, stored=2, done=1, left_seconds=5.0, come=4.0)
    report.write(job.folder / STATE)
    assert report.share == 0.6
    assert job.look().status == "stopped" and job.look().share == 0.3
    (job.folder / PAUSE).touch()
    assert job.look().status == "paused" and job.look().share == 0.3


def test_the_end_counts_what_is_stored(tmp_path: Path) -> None:
    state = StateWriter(tmp_path)
    state.count(10)
    state.progress(0, 10)
    state.advance(6.5, 10)
    state.end(RunSummary(10, 0, 4, 0, (), True, 1.0))
    read = Report.read(tmp_path / STATE)
    assert read is not None and (read.status, read.done, read.come, read.share) == ("paused", 4, 4.0, 0.4)


def test_a_trajectory_that_ended_early_is_told_though_all_are_done(tmp_path: Path) -> None:
    state = StateWriter(tmp_path)
    state.end(RunSummary(2, 0, 2, 0, (), False, 1.0, ("digits, mlp, margin, seed 1: diverged in round 3",)))
    read = Report.read(tmp_path / STATE)
    assert read is not None and (read.status, read.error) == ("done", None)
    assert len(read.faults) == 1 and "diverged in round 3" in read.faults[0]


def test_a_count_that_is_none_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / STATE
    Report("running", 1, 0.0, 0.0, total=4).write(path)
    said = json.loads(path.read_text())
    del said["come"]  # as an earlier release wrote it
    path.write_text(json.dumps(said))
    assert Report.read(path) is not None
    for come in ("much", None, []):
        path.write_text(json.dumps(said | {"come": come}))
        assert Report.read(path) is None


def test_rounds_are_told_only_where_they_say_more_than_whole_trajectories() -> None:
    assert progress_words("running", 10, 2, 0, 30.0, None, share=0.4) == (
        "2 of 10 trajectories, 40% of all rounds, about 30 seconds left."
    )
    assert progress_words("running", 10, 2, 2, None, None, share=0.4) == "4 of 10 trajectories."
    assert progress_words("starting", 0, 0, 0, None, None) == "Trajectories are being counted."
