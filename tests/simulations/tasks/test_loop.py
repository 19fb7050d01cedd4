"""The loop of tasks beyond classification, on toy tasks: followed by hand, and how trajectories end early."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from research.stopped import curves_with_agreement
from simulations.arrays import Ints
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.learners.learner import DivergedError
from simulations.record import Record, spent_of
from simulations.store import Store, coverage_table, curve_table
from simulations.strategies import STRATEGIES
from simulations.strategies.shared import lowest_k
from simulations.strategies.view import Need, RoundView, Strategy
from simulations.tasks.loop import first_items, open_replicate
from simulations.tasks.task import TaskData
from simulations.termination import NoCurveError
from simulations.trajectory import Part
from tests.simulations.tasks.toy_task import (
    HELD_OUT,
    ITEMS,
    Nearest,
    NearestLearner,
    campaign,
    numbers,
    toy_task,
    words,
)

__all__ = ["toy_task"]

pytestmark = pytest.mark.usefixtures("toy_task")


def _shown(monkeypatch: pytest.MonkeyPatch, needs: frozenset[Need]) -> list[RoundView]:
    """Register a strategy that takes the first items and keeps what it is shown."""
    views: list[RoundView] = []

    def choose(view: RoundView, k: int, streams: object) -> np.ndarray:
        views.append(view)
        return lowest_k(np.arange(view.pool_size, dtype=float)[None], view, k)

    spy = Strategy("spy", "toy", "none", needs, "Spies.", choose)
    monkeypatch.setitem(STRATEGIES, "spy", spy)  # type: ignore[misc]
    return views


def test_a_trajectory_gives_the_same_curve_alone_and_beside_others():
    asked = [campaign("toy-words", strategy, seed) for strategy in ("random", "coreset") for seed in (0, 1)]
    together = run_lanes(asked)
    for t, record in zip(asked, together, strict=True):
        alone = run_lanes([t])[0]
        assert (alone.series["accuracy"], alone.spent) == (record.series["accuracy"], record.spent)


def test_round_0_is_one_training_for_all_strategies_of_a_seed():
    first, second = run_lanes([campaign("toy-words"), campaign("toy-words", "coreset")])
    assert first.series["accuracy"][0] == second.series["accuracy"][0]
    assert first.spent["tokens"][0] == second.spent["tokens"][0]


def test_random_picks_are_the_same_for_every_batch_size():
    small, large = (run_lanes([campaign("toy-words", batch_size=size)])[0] for size in (3, 6))
    assert small.spent["tokens"][2::2] == large.spent["tokens"][1:3]


def test_order_and_start_have_draws_of_their_own():
    def accuracies(**settings: int) -> tuple[float, ...]:
        return run_lanes([campaign("toy-words", **settings)])[0].series["accuracy"]

    as_usual, order, start, both = (
        accuracies(),
        accuracies(order_seed=1),
        accuracies(start_seed=1),
        accuracies(order_seed=1, start_seed=1),
    )
    assert len({as_usual, order, start, both}) == 4
    # The draws of order and start are added up, so what one changes does not depend on the other.
    changed_alone = np.subtract(order, as_usual)
    assert np.subtract(both, start) == pytest.approx(changed_alone)


def test_held_out_items_are_never_in_the_pool_and_the_seed_divides_anew():
    first, second = (open_replicate(Part.of("toy-words"), seed) for seed in (0, 1))
    assert sorted([*first.rows, *first.test_rows]) == list(range(ITEMS))
    assert first.test_rows.size == HELD_OUT
    assert (first.test_rows != second.test_rows).any()


def test_a_strategy_is_shown_what_it_needs_and_no_answer_but_those_labelled(monkeypatch: pytest.MonkeyPatch):
    views = _shown(monkeypatch, frozenset({"values", "costs"}))
    t = campaign("toy-numbers", "spy")
    run_lanes([t])
    replicate = open_replicate(t.dataset, 0)
    truth = np.array(replicate.data.answers)[replicate.rows]
    for view in views:
        labelled = view.labelled[0]
        assert (view.values.known[0, labelled] == truth[labelled]).all()
        assert (view.values.known[0, ~labelled] == 0).all()
        assert view.costs.tolist() == [[1.0] * replicate.rows.size]
        assert not view.features[0].size
    assert [int(view.labelled.sum()) for view in views] == [4, 7, 10, 13]


def test_costs_are_the_lengths_expected_beforehand(monkeypatch: pytest.MonkeyPatch):
    views = _shown(monkeypatch, frozenset({"sequences", "embeddings", "costs"}))
    expected = np.full(ITEMS, 9)
    expecting = replace(words(), expected_lengths=expected)
    monkeypatch.setattr("simulations.tasks.loop.load_task", lambda _: expecting)
    run_lanes([campaign("toy-words", "spy")])
    assert {cost for view in views for cost in view.costs[0]} == {9.0}
    assert views[0].embedded().features[0].shape == (ITEMS - HELD_OUT, 2)


def test_tokens_are_what_the_labelled_answers_hold():
    t = campaign("toy-words", "coreset")
    record = run_lanes([t])[0]
    replicate = open_replicate(t.dataset, 0)
    first = replicate.rows[first_items(t, replicate)]
    assert record.spent["tokens"][0] == replicate.data.lengths[first].sum()
    assert run_lanes([campaign("toy-numbers")])[0].spent == {}


def test_diverse_initial_sets_spread_out():
    t = replace(campaign("toy-numbers"), initial_set="diverse")
    x = open_replicate(t.dataset, 0).features[first_items(t, open_replicate(t.dataset, 0)), 0]
    assert np.diff(np.sort(x)).min() > 0.12


def test_records_are_kept_and_read_back(tmp_path: Path):
    store = Store(tmp_path / "store")
    records = run_lanes([campaign("toy-words"), campaign("toy-words", "coreset")])
    for record in records:
        store.put(record)
        assert Record.from_json(json.loads(json.dumps(record.as_json()))) == record
    table = store.frame()
    assert set(table["metric"]) == {"accuracy", "f1_macro", "sentence_accuracy"}
    assert len(table) == 2 * 5 * 3
    assert coverage_table(records).empty
    assert curve_table(run_lanes([campaign("toy-numbers")]))["classes"].unique().tolist() == [1]


def test_what_does_not_go_together_is_refused_in_a_sentence():
    words = campaign("toy-words")
    for wrong, sentence in (
        (
            replace(words, learner=Part.of("linear", {"c": 1.0})),
            r"learner linear: is for classification, and toy-words is tagging; allowed: .*toy-words-learner",
        ),
        (replace(words, oracle=Part.of("flip", {"rate": 0.1})), r"oracle flip: gives classes, .*allowed: perfect"),
        (replace(words, initial_set="stratified"), r"initial_set: found 'stratified'.*allowed: random, diverse"),
        (campaign("toy-words", "margin"), r"strategy margin: needs probabilities of classes; .*classification"),
        (campaign("toy-words", "qbc"), r"strategy qbc: needs a committee .*classification"),
    ):
        with pytest.raises(InputError, match=sentence):
            run_lanes([wrong])
    with pytest.raises(InputError, match="agreement: is between predicted classes, and tagging has none"):
        curves_with_agreement([words])


def test_a_data_set_with_a_feature_that_is_no_number_is_refused():
    data = numbers()
    features = data.features.copy()
    features[3, 0] = np.nan
    with pytest.raises(InputError, match="row 4: a feature is NaN"):
        replace(data, features=features)
    with pytest.raises(InputError, match=r"found \[39, 40\] items"):
        TaskData(
            "tagging", "sequence", words().items[1:], *([words().answers, words().features, words().lengths, 2, 5])
        )


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

    def evaluate(self: Nearest, rows: Ints) -> Mapping[str, float]:
        return {**sound(self, rows), **({"accuracy": float("nan")} if self.rows.size == 13 else {})}

    monkeypatch.setattr(Nearest, "evaluate", evaluate)
    (record,) = run_lanes([campaign("toy-words", "random")])
    assert record.labels == (4, 7, 10) and record.ended == "learner toy-words-learner: its accuracy is no finite number"


@pytest.mark.parametrize("strategy", ["random", "mnlp"])
def test_a_pool_with_less_than_a_batch_left_ends_the_trajectory(strategy: str) -> None:
    (record,) = run_lanes([campaign("toy-words", strategy, batch_size=10)])
    assert record.labels == (4, 14, 24)
    assert record.ended == "its pool of 30 items has 6 left, fewer than a batch of 10"
