"""`labelplan simulate` as a user types it: previews, options, and what goes wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.app import runner
from planner.cli import output
from planner.render import simulation_words
from simulations import workers
from simulations.run import RunSummary
from simulations.work_estimate import WorkEstimate

ROOT = Path(__file__).resolve().parents[3]
GRID = """
[grid]
datasets = [{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}]
strategies = ["random", "margin"]
batch_sizes = [5]
initial_size = 10
rounds = 4
seeds = 2
"""


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(GRID)
    return path


def test_a_preview_says_how_it_knows(run, answered, grid, tmp_path):
    store = tmp_path / "runs"
    status, out, _ = run("simulate", grid, "--store", store, "--dry-run")
    assert status == 0 and out.splitlines()[:2] == [
        "4 trajectories, 0 stored, 4 to run",
        "20 trainings; processor time: a second or less (roughly, by the size of the data alone)",
    ]
    (caution,) = out.splitlines()[2:]
    assert caution.startswith("Warning: few labels a class after the first batches (synthetic 8.3): below 10, unc")
    assert not store.exists()
    assert answered(run("simulate", grid, "--store", store, "--dry-run", "--json"))["rough"] is True
    answered(run("simulate", grid, "--store", store, "--shard", "1/2", "--json"))
    out = run("simulate", grid, "--store", store, "--dry-run")[1]
    assert out.startswith("4 trajectories, 2 stored, 2 to run\n10 trainings; processor time: ")
    answered(run("simulate", grid, "--store", store, "--json"))
    out = run("simulate", grid, "--store", store, "--dry-run")[1]
    assert out.startswith("4 trajectories, 4 stored, 0 to run\n0 trainings; processor time: none\nWarning: few")


def test_a_stream_is_simulated_and_what_ran_out_is_told(run, answered, grid, tmp_path):
    grid.write_text(GRID.replace("seeds = 2", 'seeds = 2\nscenario = "stream"\nstream_share = 0.05'))
    status, out, err = run("simulate", grid, "--store", tmp_path / "runs")
    assert status == 0 and "4 of 4 trajectories simulated" in out
    assert "ended before their last round" in out + err
    assert "synthetic, linear, random, seed 0: its stream of 240 items is over with " in out + err
    status, out, _ = run("curves", tmp_path / "runs")
    assert status == 0 and "[stream share=0.05]" in out and "margin" in out
    grid.write_text(grid.read_text().replace('"margin"', '"coreset"'))
    status, _, err = run("simulate", grid, "--store", tmp_path / "runs")
    assert status == 2 and "strategy coreset: cannot judge the items of a stream one by one; allowed: random, " in err


def test_queries_are_simulated_and_a_plan_rests_on_them(run, answered, grid, tmp_path):
    made_up = '{name = "synthetic-halfspace", n = 400, d = 3, test_size = 150}'
    text = GRID.replace('{name = "synthetic", n = 400, d = 6, classes = 3, test_size = 150}', made_up)
    grid.write_text(text.replace("seeds = 2", 'seeds = 3\nscenario = "queries"'))
    status, out, _ = run("simulate", grid, "--store", tmp_path / "runs")
    assert status == 0 and "6 of 6 trajectories simulated" in out
    status, out, _ = run("curves", tmp_path / "runs")
    assert status == 0 and "synthetic-halfspace [d=3, n=400, test_size=150] [queries]" in out and "margin" in out
    plan = tmp_path / "plan.toml"
    plan.write_text("[task]\nclasses = 2\n[strategy]\nquery_price_factor = 2\n[[vendors]]\nprice_usd = 0.1\n")
    stand_in = "No curve of made-up queries is at hand: those whose items were chosen from a pool stand in"
    assert any(warning.startswith(stand_in) for warning in answered(run("plan", plan, "--json"))["warnings"])
    told = answered(run("plan", plan, "--store", tmp_path / "runs", "--json"))
    assert not any("stand in" in warning for warning in told["warnings"])
    grid.write_text(grid.read_text().replace('"margin"', '"entropy"'))
    status, _, err = run("simulate", grid, "--store", tmp_path / "runs")
    assert status == 2 and "strategy entropy: cannot make up items; allowed: random, margin" in err


def test_durations_are_told_in_a_unit_that_fits(capsys):
    simulation_words.print_preview(WorkEstimate(2, 0, 10, 3 * 3600, rough=False))
    assert "processor time: about 3 hours (judged by those that are stored)" in capsys.readouterr().out


def test_progress_in_a_log_file_is_a_line_now_and_then(run, grid, tmp_path, monkeypatch):
    monkeypatch.setattr("planner.cli.output.LINE_SECONDS", 0.0)
    _, _, err = run("simulate", grid, "--store", tmp_path / "runs", "--processes", 1)
    lines = [line for line in err.splitlines() if line.startswith("Simulating grid.toml: ")]
    assert [line.split(",")[0] for line in lines] == [f"Simulating grid.toml: {n} of 4" for n in (1, 2, 3, 4)]


def test_other_long_work_tells_a_log_file_too(capsys, monkeypatch):
    monkeypatch.setattr("planner.cli.output.LINE_SECONDS", 0.0)
    with output.show_progress("Encoding texts", in_percent=True) as progress:
        for done in (0, 250, 1_000):
            progress(done, 1_000)
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("Encoding texts: 250 of 1,000") and last == "Encoding texts: 1,000 of 1,000"


def test_what_fails_is_told_and_gives_status_1(run, grid, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "ATTEMPTS", 1)
    monkeypatch.setattr(workers._Worker, "give", lambda self, task: self.process.terminate())
    status, out, _ = run("simulate", grid, "--store", tmp_path / "runs", "--processes", 1)
    assert status == 1
    words = "tried 1 times; the worker was killed by signal 15 (SIGTERM)"
    assert f"Warning: synthetic, linear, 2 trajectories from seed 0 on: {words}" in out
    way = "mend what the warnings tell of and run the same command again to go on"
    assert out.endswith(f"4 are still missing; {way}\n")


BAD = {
    "a time limit of 0": (["--time-limit", "0"], GRID, "time limit: found 0; allowed: seconds above 0"),
    "a scheduler and processes": (["--scheduler", "tcp://h:1", "--processes", "2"], GRID, "beside a scheduler"),
    "too many trajectories": ([], GRID.replace("seeds = 2", "seeds = 1_000_000_000_000"), "2,000,000,000,000"),
    "a seed of 400 digits": ([], GRID.replace("seeds = 2", f"seeds = [{'9' * 400}]"), "too many digits"),
    "a list too deep": ([], "a = " + "[" * 50_000, "nested too deep"),
    "a name twice": ([], GRID.replace('"random"', '"margin"'), "found margin 2 times; allowed: each once"),
    "votes out of range": ([], GRID + 'oracle = {name = "votes", votes = 0}', "found 0; allowed: 1 to 99"),
    "a store that is a file": (["--store", "grid.toml"], GRID, "grid.toml: is a file; a store is a directory"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_status_2(refused, tmp_path, monkeypatch, case):
    options, text, words = BAD[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.toml").write_text(text)
    assert len(refused(words, "simulate", "grid.toml", "--store", "runs", *options)) < 500
    assert not (tmp_path / "runs").exists()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_may_not_be_written_is_told(run, grid, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    status, _, err = run("simulate", grid, "--store", tmp_path / "closed" / "runs")
    assert status == 2 and "cannot be written (Permission denied)" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("turned", [None, ImportError("initialization failed")])
def test_a_signal_before_anything_ran_is_told_even_if_an_import_turns_it_into_an_error(
    run, grid, tmp_path, monkeypatch, number, turned
):
    def load_grid(path):
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt as interrupt:
            raise turned or interrupt from None

    monkeypatch.setattr(runner, "load_grid", load_grid)
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended = run("simulate", grid, "--store", tmp_path / "runs")
        signal.raise_signal(number)  # changes nothing any more
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert ended == (128 + number, "", "labelplan: stopped before anything ran\n")
    assert not (tmp_path / "runs").exists()


COMMAND = [sys.executable, "-m", "planner.cli", "simulate"]
linux = pytest.mark.skipif(sys.platform != "linux", reason="uses devices and /proc")


def _fork_server(process):
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    (number,) = (child for child in children if "forkserver" in Path(f"/proc/{child}/cmdline").read_text())
    return int(number)


@linux
@pytest.mark.slow
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_hurries_the_end_which_still_says_where_the_store_stands(tmp_path, first):
    path, store = tmp_path / "grid.toml", tmp_path / "runs"
    path.write_text(GRID.replace("n = 400", "n = 4000").replace("seeds = 2", "seeds = 4000"))
    command, pipe = [*COMMAND, path, "--store", store, "--processes", "1"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=pipe, stderr=pipe) as process:
        while not [*store.glob("*/*.json")]:
            time.sleep(0.05)
        fork_server = _fork_server(process)
        os.kill(fork_server, signal.SIGSTOP)  # it is waited for, since it alone can tell that a worker has ended
        process.send_signal(first)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = []
        for line in process.stdout:
            said.append(line)
            if "are still missing; run the same command again" in line:
                break
        os.kill(fork_server, signal.SIGCONT)
        _, err = process.communicate(timeout=45)
    assert process.returncode == 128 + first
    done, missing = (int(line.split()[0]) for line in said if line[0].isdigit())
    assert done + missing == 8000
    assert "Traceback" not in err and done <= len([*store.glob("*/*.json")]) <= done + 100


@linux
@pytest.mark.slow
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_with_standard_streams_closed_it_runs_all_the_same(grid, tmp_path, closed):
    store = tmp_path / "runs"
    command = f'"$@" {closed}'
    asked = ["sh", "-c", command, "sh", *COMMAND, grid, "--store", store, "--processes", "1"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done
    assert len([*store.glob("*/*.json")]) == 4
    assert done.stdout.startswith("4 of 4 trajectories") == (closed == "2>&-")


def test_a_byte_order_mark_is_no_fault(run, answered, grid, tmp_path):
    grid.write_text(GRID, encoding="utf-8-sig")
    assert answered(run("simulate", grid, "--store", tmp_path / "runs", "--dry-run", "--json"))["to_run"] == 4


def test_what_ended_early_is_counted_and_named_and_is_no_failure(run, answered, grid, tmp_path, monkeypatch):
    ended = tuple(f"digits, mlp, margin, seed {seed}: it diverged" for seed in range(7))
    told = RunSummary(9, 2, 7, 0, (), False, 1.0, ended)
    monkeypatch.setattr(runner, "run_grid", lambda *_, **__: told)
    status, out, _ = run("simulate", grid, "--store", tmp_path / "s")
    assert status == 0 and "Warning: 7 trajectories ended before their last round, and their curves with it" in out
    assert out.count("it diverged") == 5 and out.rstrip().endswith("; and 2 more")
    assert answered(run("simulate", grid, "--store", tmp_path / "s", "--json"))["ended"] == list(ended)


def test_a_start_on_few_labels_a_class_is_told_with_the_results_too(run, answered, grid, tmp_path):
    (found,) = answered(run("simulate", grid, "--store", tmp_path / "s", "--json"))["low_budgets"]
    # 10 labels and three batches of 5 on 3 classes.
    assert found["per_class"] == pytest.approx(25 / 3) and found["strategies"] == ["margin"]
    grid.write_text(GRID.replace("initial_size = 10", "initial_size = 15"))
    assert answered(run("simulate", grid, "--store", tmp_path / "s", "--dry-run", "--json"))["low_budgets"] == []
    grid.write_text(GRID.replace('"random", "margin"', '"random", "typiclust"'))
    assert answered(run("simulate", grid, "--store", tmp_path / "s", "--dry-run", "--json"))["low_budgets"] == []
