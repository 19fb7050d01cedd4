"""How trajectories of tasks beyond classification end early, on toy tasks."""

from collections.abc import Mapping

import pytest

from simulations.arrays import IntArray
from simulations.engine import run_lanes
from simulations.learners.learner import DivergedError
from simulations.record import Record, spent_of
from simulations.tasks.loop import first_items, open_replicate
from simulations.termination import NoCurveError
from tests.simulations.tasks.toy_task import Nearest, NearestLearner, campaign, toy_task

__all__ = ["toy_task"]

pytestmark = pytest.mark.usefixtures("toy_task")


def _first(seed: int) -> int:
    t = campaign("toy-words", "random", seed)
    replicate = open_replicate(t.dataset, seed)
    return int(replicate.rows[first_items(t, replicate)[0]])


def _training_fails(monkeypatch: pytest.MonkeyPatch, item: int, labels: int) -> None:
    """Let training diverge on so many labels, of sets with an item."""
    sound = NearestLearner.fit

    def fit(self: NearestLearner, data, rows, warm, chances):  # type: ignore[no-untyped-def]
        if rows.size >= labels and item in rows:
            raise DivergedError(f"learner toy: training on {rows.size} labels diverged")
        return sound(self, data, rows, warm, chances)

    monkeypatch.setattr(NearestLearner, "fit", fit)


def test_a_lane_that_diverges_ends_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    lanes = [campaign("toy-words", "random", seed) for seed in range(3)]
    whole = run_lanes(lanes)
    _training_fails(monkeypatch, _first(1), 10)
    records = run_lanes(lanes)
    assert records[1].labels == (4, 7) and records[1].ended == "learner toy: training on 10 labels diverged"
    assert records[1].series["accuracy"] == whole[1].series["accuracy"][:2]
    assert spent_of(records[1])["tokens"] == spent_of(whole[1])["tokens"][:2]
    assert Record.from_json(records[1].as_json()) == records[1]
    for seed in (0, 2):
        if records[seed].ended is None:
            assert records[seed].series["accuracy"] == whole[seed].series["accuracy"]
    assert any(record.ended is None for record in records)


def test_a_first_training_that_diverges_leaves_no_curve_and_the_others_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes = [campaign("toy-words", name, seed) for seed in range(3) for name in ("random", "coreset")]
    _training_fails(monkeypatch, _first(1), 0)
    with pytest.raises(
        NoCurveError, match=r"^toy-words, toy-words-learner, .*no curve, as its first training"
    ) as caught:
        run_lanes(lanes)
    lost = {(t.seed, t.strategy.name) for t, _ in caught.value.lost}
    assert {(1, "random"), (1, "coreset")} <= lost
    assert len(lost) + len(caught.value.records) == len(lanes)


def test_a_score_that_is_no_number_ends_the_trajectory(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Nearest.evaluate

    def evaluate(self: Nearest, rows: IntArray) -> Mapping[str, float]:
        return {**sound(self, rows), **({"accuracy": float("nan")} if self.rows.size == 13 else {})}

    monkeypatch.setattr(Nearest, "evaluate", evaluate)
    (record,) = run_lanes([campaign("toy-words", "random")])
    assert record.labels == (4, 7, 10) and record.ended == "learner toy-words-learner: its accuracy is no finite number"


@pytest.mark.parametrize("strategy", ["random", "mnlp"])
def test_a_pool_with_less_than_a_batch_left_ends_the_trajectory(strategy: str) -> None:
    (record,) = run_lanes([campaign("toy-words", strategy, batch_size=10)])
    assert record.labels == (4, 14, 24)
    assert record.ended == "its pool of 30 items has 6 left, fewer than a batch of 10"
