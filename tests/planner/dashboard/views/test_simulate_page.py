"""The Simulate page, run by Streamlit's own test runner; jobs are real processes or written down as they leave them."""

import os
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from planner.app import jobs
from planner.app.jobs import GRID, LOG, STATE, JobDir, Report, Status, jobs_of
from planner.app.runner import simulate_grid
from tests.planner.app.conftest import PATIENCE_SECONDS
from tests.planner.dashboard.pages import charts, opened, words

TINY = {
    "simulate.datasets": "synthetic-balanced",
    "simulate.learners": "ridge",
    "simulate.initial": "12",
    "simulate.batches": "10",
    "simulate.rounds": "2",
    "simulate.seeds": "2",
}
GRID_TEXT = """
[grid]
datasets = ["synthetic-balanced"]
learners = ["ridge"]
strategies = ["random", "margin"]
batch_sizes = [10]
initial_size = 12
rounds = 2
seeds = 2
"""
HOSTILE = ("<script>alert(1)</script>", "-1", "$$\\frac{1}{0}$$ \u202e", "9" * 5_000)


@pytest.fixture(autouse=True)
def elsewhere(place: JobDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own, beside which the place is."""
    monkeypatch.chdir(tmp_path)


def buttons(at: AppTest) -> dict[str, bool]:
    return {button.label: not button.disabled for button in at.button}


def left_behind(place: JobDir, status: Status, *, mark: str = "aaaaaa", **said: object) -> None:
    """Write down a job as a process that is gone leaves it."""
    place.make()
    folder = place.folder / f"20261121-000000000-{mark}"
    folder.mkdir()
    (folder / GRID).write_text(GRID_TEXT)
    trace = 'Traceback (most recent call last):\n  File "engine.py", line 3, in run\n    broken()\nValueError: torn\n'
    (folder / LOG).write_text(f"begins\n{trace}")
    Report(status, 1, 1.0, 2.0, **said).write(folder / STATE)  # type: ignore[arg-type]


def test_it_opens_with_something_to_simulate() -> None:
    at = opened("simulate")
    assert not at.exception and not at.error and not at.warning
    shown = words(at)
    assert "20 trajectories: 0 stored already, 20 to run" in shown
    assert "Processor time: " in shown and "at the plan's $1.20 per hour of machine" in shown
    assert "Nothing has been simulated yet" in shown
    assert "This dashboard was started without a store, so its own is used" in shown
    assert buttons(at)["Simulate 20 trajectories"]
    assert at.query_params == {} and not at.toggle
    assert 'strategies = ["random", "margin"]' in at.code[0].value


def test_the_address_holds_the_choices() -> None:
    at = opened("simulate", **TINY)
    assert "4 trajectories: 0 stored already, 4 to run" in words(at)
    at.text_input(key="simulate.seeds").set_value("0, 3, 5").run()
    at.multiselect(key="simulate.strategies").set_value(["random"]).run()
    assert "3 trajectories: 0 stored already, 3 to run" in words(at)
    assert not at.exception and not at.error
    again = opened("simulate", **{**TINY, "simulate.seeds": "0, 3, 5", "simulate.strategies": ["random"]})
    assert again.code[0].value == at.code[0].value


def test_the_impossible_is_one_sentence_and_cannot_be_started() -> None:
    at = opened("simulate", **{"simulate.initial": "5"})
    assert not at.exception
    (error,) = at.error
    assert error.value.replace("\\", "") == (
        "The choices, initial_size: found 5; allowed: at least 10, one item of each class of digits."
    )
    assert not buttons(at)["Simulate"]


@pytest.mark.parametrize(("text", "number"), [HOSTILE[:2], HOSTILE[2:]])
def test_a_hostile_address_is_sentences(text: str, number: str, place: JobDir) -> None:
    names = ("datasets", "own", "learners", "strategies", "run", "curves", "metric", "use", "x")
    numbers = ("batches", "initial", "rounds", "seeds")
    at = opened(
        "simulate", **{f"simulate.{key}": text for key in names} | {f"simulate.{key}": number for key in numbers}
    )
    assert not at.exception
    assert at.title[0].value == "Simulate"
    assert at.warning and at.error
    assert "The address names what cannot be simulated, and it is ignored" in words(at)
    assert "The address asks for the curves simulated here, and there are none yet" in words(at)
    assert not place.store.exists() and not place.folder.exists()


def test_a_run_from_the_click_to_its_curves(place: JobDir) -> None:
    at = opened("simulate", **TINY)
    at.button(key="simulate_start").click().run()
    assert not at.exception and not at.error
    assert [label for label in ("Pause", "Use these curves") if label in buttons(at)]
    assert len(jobs_of(place)) == 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "All 4 trajectories are stored." not in words(at):
        assert time.monotonic() < deadline, words(at)
        time.sleep(0.3)
        at.run()
        assert not at.exception
    assert "Done" in words(at) and "there is nothing to run" in words(at)
    assert not buttons(at)["Simulate"] and "Pause" not in buttons(at) and "Resume" not in buttons(at)
    assert len(charts(at)) == 1 and "Accuracy at 32 labels: " in words(at)

    at.selectbox(key="simulate.metric").set_value("f1_macro").run()
    assert "Macro F1 at 32 labels" in words(at)
    second = opened("simulate")  # another browser
    assert "All 4 trajectories are stored." in words(second) and not second.toggle[0].value
    second.button(key="simulate_use").click().run()
    assert second.toggle[0].value and "Use these curves" not in buttons(second)
    assert second.session_state["opened"].start.store == place.store
    third = opened("simulate", **{"simulate.use": "true"})
    assert third.session_state["opened"].start.store == place.store
    third.toggle[0].set_value(False).run()
    assert third.session_state["opened"].start.store is None


@pytest.mark.parametrize(
    ("status", "said", "heading", "told"),
    [
        ("running", {"total": 4, "done": 1}, "Stopped unexpectedly", "1 of 4 trajectories are stored. Resume goes on"),
        ("starting", {}, "Stopped unexpectedly", "its process is gone. Resume goes on"),
        ("paused", {"total": 4, "done": 2}, "Paused", "2 of 4 trajectories are stored"),
        ("failed", {"error": "digits: $x$ is <b>torn</b>"}, "Failed", "digits: $x$ is <b>torn</b>."),
        ("failed", {"total": 4, "error": "4 of 4 gave up", "faults": ("a: <i>", "b")}, "Failed", "- a: <i>"),
    ],
)
def test_a_job_that_is_gone_says_why_and_can_be_resumed(
    status: Status, said: dict[str, object], heading: str, told: str, place: JobDir
) -> None:
    left_behind(place, status, **said)
    at = opened("simulate")
    assert not at.exception
    assert heading in words(at) and told in words(at)
    assert buttons(at)["Resume"] and "Pause" not in buttons(at)
    log = next(code.value for code in at.code if "begins" in code.value)
    assert log == "begins\nValueError: torn"


def test_another_run_is_chosen_by_the_address(place: JobDir) -> None:
    left_behind(place, "paused", total=4, done=1)
    left_behind(place, "done", mark="bbbbbb", total=4, done=4)
    at = opened("simulate")
    assert "All 4 trajectories are stored." in words(at)
    assert at.selectbox(key="simulate.run").options == [
        "2026-11-21 00:00:00 UTC, bbbbbb",
        "2026-11-21 00:00:00 UTC, aaaaaa",
    ]
    older = opened("simulate", **{"simulate.run": "2026-11-21 00:00:00 UTC, aaaaaa"})
    assert "Paused" in words(older) and buttons(older)["Resume"]


def test_a_second_start_is_refused_in_a_sentence(place: JobDir) -> None:
    at = opened("simulate", **TINY)
    left_behind(place, "paused", total=4, done=1)
    held = jobs.take_lock(place.lock, "20261121-000000000-cccccc")  # as another browser's job does
    try:
        at.button(key="simulate_start").click().run()
        assert not at.exception
        assert "a simulation into this store is running already; allowed: one at a time" in words(at)
        at.button(key="simulate_play_arrow").click().run()
        assert "a simulation into this store is running already" in words(at)
    finally:
        os.close(held)


def test_a_run_that_lacks_a_strategy_of_the_plan_or_its_grid_file_says_so(place: JobDir) -> None:
    left_behind(place, "done", total=4, done=4)
    assert "verdict also needs" not in words(opened("simulate"))
    at = opened("simulate", **{"strategy.names": "margin, badge"})
    assert "The plan's verdict also needs curves of badge, which this run has none of." in words(at)
    (jobs_of(place)[0].folder / GRID).unlink()
    at = opened("simulate")
    assert not at.exception
    assert "The grid file of this run cannot be read any more" in words(at)


def test_own_data_are_added_and_chosen(place: JobDir) -> None:
    at = opened("simulate", **TINY)
    content = "x,y,queue\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(80))
    at.file_uploader(key="simulate_data.file").upload("mine $.csv", content.encode()).run()
    assert at.selectbox(key="simulate_label").options == ["x", "y", "queue"]
    assert not buttons(at)["Check and add"]
    at.selectbox(key="simulate_label").set_value("queue").run()
    at.button(key="simulate_add").click().run()
    assert not at.exception and not at.error
    (title,) = at.multiselect(key="simulate.own").value
    assert title.startswith("mine $.csv [label=queue, ")
    assert "64 items to label" in words(at) and "2 classes" in words(at)
    assert "8 trajectories: 0 stored already, 8 to run" in words(at)
    assert 'label = "queue"' in at.code[0].value
    again = opened("simulate", **{**TINY, "simulate.own": title})
    assert "8 trajectories" in words(again)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("mine.parquet", b"no", "is not a readable Parquet file"),
        ("mine.csv", b"a,b\n" + b"1,2\n" * 300_000, "allowed: up to 1,048,576"),
    ],
)
def test_a_bad_upload_is_one_sentence(
    name: str, content: bytes, told: str, place: JobDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.dashboard.views.simulate.most_megabytes", lambda: 1)
    at = opened("simulate")
    at.file_uploader(key="simulate_data.file").upload(name, content).run()
    assert not at.exception
    (error,) = at.error
    assert told in error.value.replace("\\", "")
    assert not list(place.uploads.glob("*"))


def test_a_file_that_turns_out_to_be_none_when_it_is_checked_is_refused(place: JobDir) -> None:
    at = opened("simulate")
    at.file_uploader(key="simulate_data.file").upload("mine.npz", b"PK torn").run()
    at.button(key="simulate_add").click().run()
    assert not at.exception
    assert "not a readable .npz file" in at.error[0].value
    assert not list(place.uploads.glob("*"))


def test_a_store_that_was_named_is_filled_and_needs_no_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "runs"
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID_TEXT)
    simulate_grid(grid, store, processes=1)
    monkeypatch.setenv("LABELPLAN_STORE", str(store))
    left_behind(JobDir.beside(store), "done", total=4, done=4)
    at = opened("simulate", **TINY, **{"simulate.use": "true"})
    assert not at.exception
    assert f"Curves are kept in the store: {store}" in words(at)
    assert "4 trajectories: 4 stored already, 0 to run" in words(at)
    assert len(charts(at)) == 1
    assert not at.toggle and "Use these curves" not in buttons(at)
    assert at.session_state["opened"].start.store == store
