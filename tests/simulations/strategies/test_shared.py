import dataclasses
import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies import shared as lowest_module
from simulations.strategies.shared import (
    PoolView,
    SharedRows,
    locate_pool,
    locate_scores,
    lowest_k,
    measure_items,
    neighbour_distances,
    pool_neighbour_distances,
)
from simulations.strategies.uncertainty import entropy, margin
from simulations.testing import _CountedStreams, example_streams, example_view


def _round(seed=0, lanes=2, classes=4):
    """The same round twice: with pools copied out, and as rows of what they share; and how often one was copied."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(150, 6)).astype(np.float32)
    rows = [rng.permutation(150)[:120] for _ in range(lanes)]
    answers = np.full((lanes, 120), -1)
    answers[:, :9] = rng.integers(classes, size=(lanes, 9))
    scores = np.exp(rng.normal(size=(lanes, classes, 150))).astype(np.float32)
    scores /= scores.sum(axis=1, keepdims=True)
    P = np.stack([one[:, own].T for one, own in zip(scores, rows, strict=True)])
    copied = []

    def copy(lane):
        copied.append(lane)
        return source[rows[lane]]

    apart = RoundView([source[own] for own in rows], answers, P)
    return apart, PoolView(SharedRows(source, rows, copy), answers, scores), copied


@pytest.mark.parametrize("name", ["badge", "coreset", "kmeans", "margin_kmeans", "density_margin", "margin", "entropy"])
def test_a_pool_that_is_rows_of_an_array_is_chosen_from_alike_and_not_copied(name):
    apart, shared, copied = _round()
    choose = STRATEGIES[name].select
    assert choose(shared, 11, example_streams(2)).tolist() == choose(apart, 11, example_streams(2)).tolist()
    assert copied == []


def test_whoever_asks_for_features_gets_them_read_only():
    apart, shared, copied = _round()
    assert shared.lanes == 2 and shared.pool_size == 120 and copied == []
    np.testing.assert_array_equal(shared.features[1], apart.features[1])
    assert not shared.features[0].flags.writeable and copied == [1, 0]
    assert [lane.shape for lane in shared.features] == [(120, 6)] * 2
    alone = shared.lane(1)
    np.testing.assert_array_equal(alone.features[0], apart.features[1])
    with pytest.raises(IndexError):
        shared.features[2]


def test_located_gives_the_array_and_its_rows_or_the_features_themselves():
    apart, shared, _ = _round()
    X, rows = locate_pool(shared, 1)
    np.testing.assert_array_equal(X[rows], apart.features[1])
    X, rows = locate_pool(apart, 1)
    assert rows is None and X is apart.features[1]


def test_probabilities_are_picked_when_they_are_read_and_class_major():
    apart, shared, _ = _round()
    np.testing.assert_array_equal(shared.probabilities, apart.probabilities)
    assert shared.probabilities[..., 0].strides[-1] == 4 and not shared.probabilities.flags.writeable
    assert shared.probabilities is shared.probabilities
    for alone in (shared.lane(1), shared.embedded()):
        np.testing.assert_array_equal(alone.probabilities, apart.probabilities[-alone.lanes :])
    silent = PoolView(shared.features, shared.answers)
    with pytest.raises(CannotSelectError, match="does not declare that it needs them"):
        _ = silent.probabilities


def test_a_round_that_is_over_is_let_go_of_at_once():
    """Not when the collector comes: it would hold the scores of many rounds until then."""
    _, shared, _ = _round()
    gone = weakref.ref(shared)
    STRATEGIES["margin"].select(shared, 3, example_streams(2))
    gc.disable()
    try:
        del shared
        assert gone() is None
    finally:
        gc.enable()


def test_what_is_measured_of_the_data_set_is_what_its_pools_would_give():
    apart, shared, _ = _round()
    for measure in (entropy, margin, lambda P: P.argmax(axis=-1)):
        found = measure_items(shared, measure)
        assert found.shape == (2, 120) and found.dtype == measure_items(apart, measure).dtype
        np.testing.assert_array_equal(found, measure_items(apart, measure))


def test_scored_gives_what_the_model_says_and_the_columns_of_the_pool():
    apart, shared, _ = _round()
    P, columns = locate_scores(shared, 1)
    np.testing.assert_array_equal(P[:, columns].T, apart.probabilities[1])
    P, columns = locate_scores(apart, 1)
    assert columns is None and np.array_equal(P.T, apart.probabilities[1])


@pytest.mark.parametrize("kept", [120, 30, 3])
def test_neighbours_within_a_pool_are_those_found_in_the_pool_alone(monkeypatch, kept):
    # Of 150 items 30 or 3 in the pool leave many with fewer than 20 among their nearest 40: those are searched for.
    monkeypatch.setattr(lowest_module, "_NEIGHBOURS_WITHIN", lowest_module.PoolCache(lowest_module._neighbours_within))
    rng = np.random.default_rng(1)
    source, rows = rng.normal(size=(150, 6)), rng.permutation(150)[:kept]
    shared = PoolView(SharedRows(source, [rows], lambda _: source[rows]), np.full((1, kept), -1))
    found = pool_neighbour_distances(shared, 0)
    np.testing.assert_allclose(found, neighbour_distances(source[rows]), rtol=1e-12)
    assert pool_neighbour_distances(shared, 0) is found


@given(st.data(), st.integers(1, 40), st.sampled_from([np.float32, np.float64, np.int64]))
def test_lowest_is_a_stable_sort_of_what_is_left(data, items, kind):
    # Few distinct scores, so that there are ties at the bar and below it.
    scores = np.array(data.draw(st.lists(st.integers(-2, 2), min_size=items, max_size=items)), dtype=kind)
    labelled = np.array(data.draw(st.lists(st.booleans(), min_size=items, max_size=items)))
    labelled[data.draw(st.integers(0, items - 1))] = False
    k = data.draw(st.integers(1, int((~labelled).sum())))
    view = RoundView([np.zeros((items, 1))] * 2, np.tile(np.where(labelled, 0, -1), (2, 1)))
    order = np.argsort(scores, kind="stable")
    expected = order[~labelled[order]][:k]
    assert lowest_k(np.stack([scores, scores]), view, k).tolist() == [expected.tolist()] * 2


@pytest.mark.parametrize("k", [1, 40, 700, 4_000])
@pytest.mark.parametrize("kind", ["any", "rising", "falling", "tied", "hidden"])
def test_lowest_of_many_is_a_stable_sort_too(k, kind):
    """Where a sample says roughly where the bar is, also when it says it wrongly."""
    rng = np.random.default_rng(k)
    scores = rng.normal(size=(3, 6_000)).astype(np.float32)
    if kind == "tied":
        scores = np.round(scores)
    elif kind == "hidden":
        scores[:, :: 6_000 // lowest_module._SAMPLED] = -9  # what the sample sees is lower than all the rest
    elif kind != "any":
        scores = np.sort(scores)[:, :: 1 if kind == "rising" else -1]
    answers = np.where(rng.random(scores.shape) < 0.3, 0, -1)
    found = lowest_k(scores, RoundView([np.zeros((6_000, 1))] * 3, answers), k)
    for chosen, own, labelled in zip(found, scores, answers != -1, strict=True):
        order = np.argsort(own, kind="stable")
        assert chosen.tolist() == order[~labelled[order]][:k].tolist()


def test_lowest_bears_infinite_scores_but_not_what_is_no_number():
    view = RoundView([np.zeros((4, 1))], np.array([[-1, 0, -1, -1]]))
    assert lowest_k(np.array([[np.inf, np.nan, np.inf, -np.inf]]), view, 3).tolist() == [[3, 0, 2]]
    with pytest.raises(CannotSelectError, match="score of item 2 is not a number"):
        lowest_k(np.array([[0.0, 1.0, np.nan, 0.0]]), view, 1)


def test_a_pool_too_large_is_refused_in_one_sentence():
    few = dataclasses.replace(STRATEGIES["typiclust"], most_items=50)
    message = "strategy typiclust: found a pool of 60 items; allowed: at most 50, since it compares every item"
    with pytest.raises(CannotSelectError, match=message):
        few.select(example_view(few), 3, example_streams())
    assert few.select(example_view(few, items=50), 3, example_streams()).shape == (3, 3)


@pytest.mark.parametrize("name", STRATEGIES)
def test_only_strategies_that_draw_ask_for_generators(name):
    drawing = {"random", "stratified_random", "badge", "kmeans", "margin_kmeans", "coreset_mip"}
    drawing |= {name for name in STRATEGIES if name.startswith("dal")}
    streams = _CountedStreams(3)
    STRATEGIES[name].select(example_view(STRATEGIES[name]), 5, streams)
    assert streams.asked == ([1, 1, 1] if name in drawing else [0, 0, 0])


LARGE = {"random", "stratified_random", "least_confidence", "margin", "entropy", "coreset", "badge", "kmeans"}
LARGE |= {"margin_kmeans", "coreset_deep"}
# Their memory is measured elsewhere or is the engine's: members come in pieces.
UNMEASURED = {"qbc", "coreset_mip", "bait", "egl", "egl_last_layer", "cal", "combined"}
UNMEASURED |= {"dfal", "dfal_augmented", *(name for name in STRATEGIES if name.startswith("dal"))} | {
    name for name, strategy in STRATEGIES.items() if strategy.needs_members
}
# Those of other kinds of task run on pools of thousands; what is utility per dollar is `margin` and one division.
UNMEASURED |= {name for name, strategy in STRATEGIES.items() if strategy.needs & {"values", "sequences", "costs"}}


def test_what_has_no_bound_is_what_works_on_any_pool():
    assert {name for name, strategy in STRATEGIES.items() if strategy.most_items is None} - UNMEASURED == LARGE


# Beside a pool of n items a choice may hold so many bytes an item: the features once more for those that copy out what
# is unlabelled, and a few numbers an item else. At 1,000,000 × 128 × 10 that is 0.6 GB and 0.16 GB.
@pytest.mark.parametrize("name", sorted(LARGE))
def test_memory_grows_no_faster_than_the_pool(name):
    # What compiled loops allocate by themselves is not traced, only what is given to them.
    items, features, classes = 60_000, 16, 10
    rng = np.random.default_rng(0)
    X = rng.normal(size=(items, features)).astype(np.float32)
    P = rng.dirichlet(np.ones(classes), items).astype(np.float32).T.copy()
    for array in (X, P):
        array.flags.writeable = False
    answers = np.full((1, items), -1)
    answers[0, :20] = 0
    view = RoundView([X], answers, P.T[None])
    STRATEGIES[name].select(example_view(STRATEGIES[name]), 5, example_streams())
    tracemalloc.start()
    STRATEGIES[name].select(view, 10, example_streams(1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    copies = {"kmeans": 2 * X.nbytes, "stratified_random": P.nbytes}.get(name, 0)
    assert peak < copies + 80 * items + 8_000_000
