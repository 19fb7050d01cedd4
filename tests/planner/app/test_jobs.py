"""Jobs as they are: processes of their own that are started, paused, killed and found again."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.app import jobs, runner
from planner.app.jobs import (
    LOG,
    PAUSE,
    STATE,
    Job,
    JobDir,
    Report,
    holds_curves,
    jobs_of,
    running_job,
    start_job,
)
from simulations.errors import InputError
from simulations.store import Store
from tests.planner.app.conftest import MIXED, QUICK, ended, held, wait


def files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in Store(folder).paths()}


def test_a_job_is_killed_resumed_paused_and_resumed_and_found_by_others(
    place: JobDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start_job(place, MIXED)
    report = wait(job, lambda seen: "trajectories" in job.log)
    os.kill(report.pid, signal.SIGKILL)
    seen = wait(job, ended)
    assert seen.status == "stopped" and seen.left_seconds is None
    assert running_job(place) is None and jobs_of(place) == [job]
    job.pause()  # changes nothing any more
    assert job.look().status == "stopped"

    job.resume()
    with held(job):
        seen = job.look()
        assert seen.status == "running"
        assert seen.total == 8 and 0 < seen.share < 1
        assert seen.left_seconds is not None and seen.left_seconds >= 0
        # Another browser sees the same by looking at the folder, and cannot start a second one.
        monkeypatch.setattr(jobs, "_LOCK_SECONDS", 0.1)
        other = JobDir.beside(place.store)
        assert jobs_of(other) == [job] and running_job(other) == job
        with pytest.raises(InputError, match="running already; allowed: one at a time"):
            start_job(other, QUICK)
        with pytest.raises(InputError, match="running already"):
            job.resume()
        assert jobs_of(other) == [job]
        jobs_of(other)[0].pause()
        assert job.look().status == "pausing"
    assert wait(job, ended).status == "paused"
    wait(job, lambda _: jobs.lock_holder(place.lock) is None)
    kept = files(place.store)
    assert 0 < len(kept) < 8

    job.resume()
    assert job.look().share == len(kept) / 8  # what is stored is known before the process has said it
    assert wait(job, ended).status == "done"
    report = job.look()
    assert (report.stored, report.done, report.total) == (len(kept), 8 - len(kept), 8)
    after = files(place.store)
    assert len(after) == 8
    assert {name: after[name] for name in kept} == kept  # not one of them was simulated again


def test_a_job_outlives_the_server_that_started_it(place: JobDir) -> None:
    program = (
        "import sys; from pathlib import Path; from planner.app.jobs import start_job; "
        "from planner.app.jobs import JobDir; "
        "print(start_job(JobDir.beside(Path(sys.argv[1])), sys.argv[2]).name)"
    )
    server = subprocess.run(
        [sys.executable, "-c", program, str(place.store), QUICK], capture_output=True, text=True, check=True
    )
    (job,) = jobs_of(place)
    assert server.stdout.strip() == job.name
    seen = wait(job, ended)
    assert seen.status == "done" and seen.share == 1.0
    assert holds_curves(place.store)
    assert (place.folder.parent / ".gitignore").read_text() == "*\n"
    # Nothing is left in the folder but what the place describes.
    assert {path.name for path in place.folder.iterdir()} == {"lock", "uploads", job.name}
    assert {path.name for path in job.folder.iterdir()} == {"grid.toml", "log.txt", "state.json"}


@pytest.fixture
def folder(place: JobDir) -> Path:
    place.make()
    folder = place.folder / "20261121-000000000-abcdef"
    folder.mkdir()
    return folder


def broken(error: BaseException) -> Callable[..., None]:
    def run_grid(*arguments: object, **options: object) -> None:
        raise error

    return run_grid


@pytest.mark.parametrize(
    ("error", "grid", "status", "said"),
    [
        (RuntimeError("torn\napart"), QUICK, "failed", "the simulator broke off: RuntimeError: torn"),
        (MemoryError(), QUICK, "failed", "the simulator broke off: MemoryError"),
        (KeyboardInterrupt(), QUICK, "paused", None),
        (None, "[grid]\ncolour = 1", "failed", "grid.toml"),
        (None, None, "paused", None),  # asked to pause before anything ran
    ],
)
def test_what_ends_the_simulator_is_a_sentence(
    error: BaseException | None,
    grid: str | None,
    status: str,
    said: str | None,
    folder: Path,
    place: JobDir,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if error is not None:
        monkeypatch.setattr(runner, "run_grid", broken(error))
    (folder / PAUSE if grid is None else folder / "grid.toml").write_text(grid or "")
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    descriptor = jobs.take_lock(place.lock, folder.name)
    try:
        assert Job(place, folder.name).look().status == ("pausing" if grid is None else "starting")
        runner.main(folder, place.store, descriptor)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(descriptor)
    (folder / LOG).write_text("".join(capfd.readouterr()))
    job = Job(place, folder.name)
    seen = job.look()
    assert seen.status == status
    assert (seen.error is None) == (said is None)
    assert (said or "") in (seen.error or "") and "\n" not in (seen.error or "")
    assert "Traceback" not in job.log and 'File "' not in job.log


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"status": "done"}', b"\xff", b'{"status": 3}'])
def test_a_state_that_cannot_be_read_is_a_job_that_stopped(content: bytes, folder: Path, place: JobDir) -> None:
    (folder / STATE).write_bytes(content)
    seen = Job(place, folder.name).look()
    assert (seen.status, seen.total, seen.share) == ("stopped", 0, 0.0)


def test_a_job_that_was_asked_to_pause_and_is_gone_is_paused(folder: Path, place: JobDir) -> None:
    Report("running", 1, 0.0, 0.0, total=4, done=1).write(folder / STATE)
    job = Job(place, folder.name)
    assert job.look().status == "stopped"
    (folder / PAUSE).touch()
    assert job.look().status == "paused"


def test_a_number_that_another_process_took_over_is_not_the_job(folder: Path, place: JobDir) -> None:
    Report("running", os.getpid(), 0.0, 0.0).write(folder / STATE)
    job = Job(place, folder.name)
    assert job.look().status == "stopped"
    job.pause()  # would end this very process


def test_only_jobs_are_listed(folder: Path, place: JobDir) -> None:
    for name in ("20261122-000000000-000000", "notes", "20261122-000000000-XXXXXX"):
        (place.folder / name).mkdir()
    assert [job.name for job in jobs_of(place)] == ["20261122-000000000-000000", folder.name]
    assert jobs_of(JobDir.beside(place.store / "none")) == []


def test_stores_do_not_share_their_jobs(tmp_path: Path) -> None:
    stores = [tmp_path / "dashboard", tmp_path / ".labelplan" / "dashboard", tmp_path / "b", tmp_path / "c" / "b"]
    folders = [JobDir.beside(store).folder for store in stores]
    assert len(set(folders)) == 4
    assert folders[0].parent == folders[1].parent == tmp_path / ".labelplan" / "jobs"
    assert all(re.fullmatch(r"\w+-[0-9a-f]{8}", folder.name) for folder in folders)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".labelplan").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be written .*start the dashboard where it can be"):
        start_job(JobDir.beside(tmp_path / "runs"), QUICK)
