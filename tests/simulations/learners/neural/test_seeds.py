"""Where training starts, and in what order it goes on, drawn apart from each other and from what is selected."""

import numpy as np
import pytest

from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.learners import LEARNERS
from simulations.learners.learner import SEEDS, ApartStreams, selection_key, training_streams, without_seeds
from simulations.learners.neural.network import NetworkShape, chances_of, initial_weights
from simulations.metrics import METRICS
from simulations.trajectory import LazyStreams, Part, stream

torch = pytest.importorskip("torch")

CONTENT = ({"name": "digits"}, "random", 20)
APART = {"order_seed": 3, "start_seed": 8}
# The step is too small to change what a network says: what is seen is where it started.
STANDING = {"epochs": 1, "hidden": "12", "learning_rate": 1e-9, "weight_decay": 0.0}
SHORT = {"epochs": 6, "hidden": "12"}


def _grid(*learners, **changed):
    fields = {
        "datasets": [{"name": "synthetic", "n": 300, "d": 16, "classes": 3, "test_size": 100}],
        "batch_sizes": [10],
        "initial_size": 12,
        "rounds": 2,
        "seeds": 2,
        "strategies": ["margin"],
    }
    return parse_grid({"grid": {**fields, "learners": list(learners), **changed}}).trajectories


def _curves(*learners, **changed):
    """The curves of each learner, of all seeds and strategies."""
    return [
        [[r.series[name] for name in METRICS] for r in run_lanes(_grid(learner, **changed))] for learner in learners
    ]


def _network(**seeds):
    return Part.of("mlp", {**LEARNERS["mlp"].defaults, **seeds})


def _first(streams):
    return [rng.integers(2**62) for rng in (streams[lane] for lane in range(len(streams)))]


def test_without_seeds_of_its_own_a_training_draws_what_it_drew_before_there_were_any():
    network = _network()
    streams = training_streams(network, CONTENT, [4, 9], 2)
    path = CONTENT[0], network.as_json(), *CONTENT[1:]
    assert _first(streams) == [stream(*path, seed, "train", 2).integers(2**62) for seed in (4, 9)]
    assert not isinstance(streams, ApartStreams)


def test_each_seed_moves_its_own_draws_and_nothing_else():
    def firsts(**seeds):
        streams = training_streams(_network(**seeds), CONTENT, [4], 0)
        assert isinstance(streams, ApartStreams)
        return _first(streams), _first(streams.order)

    plain = _first(training_streams(_network(), CONTENT, [4], 0))
    (start, order), (own_start, own_order) = firsts(order_seed=5), firsts(start_seed=5)
    assert start == own_order == plain
    assert firsts(order_seed=5, start_seed=5) == (own_start, order)
    assert len({*map(tuple, (order, own_start, plain))}) == 3
    assert firsts(order_seed=6)[1] != order


def test_the_order_is_the_same_wherever_training_starts():
    shape = NetworkShape(5, (4,), 3)

    def drawn(streams):
        chances = chances_of(streams, 2)
        weights = chances.begin(lambda own: initial_weights(shape, own))
        return torch.cat([W.flatten() for W in weights]).numpy(), [
            rng.permutation(20).tolist() for rng in chances.order
        ]

    own, other = LazyStreams([("own", 0), ("own", 1)]), LazyStreams([("other", 0), ("other", 1)])
    (weights, order), (moved, same_order), (same, reordered) = map(
        drawn, (own, ApartStreams(other, own), ApartStreams(own, other))
    )
    assert order == same_order != reordered
    assert np.array_equal(weights, same) and not np.array_equal(weights, moved)
    assert np.array_equal(moved, drawn(other)[0])


@pytest.mark.parametrize("name", ["mlp", "cnn", "ensemble"])
def test_a_network_that_stands_still_is_moved_by_its_start_alone(name):
    learner = {"name": name, **STANDING, **({"channels": "2"} if name == "cnn" else {})}
    plain, ordered, started, both = _curves(
        learner, {**learner, "order_seed": 3}, {**learner, "start_seed": 8}, {**learner, **APART}
    )
    assert plain == ordered != started == both


@pytest.mark.parametrize("name", ["mlp", "ensemble"])
def test_the_order_moves_a_network_that_learns(name):
    learner = {"name": name, **SHORT}
    plain, ordered = _curves(learner, {**learner, "order_seed": 3})
    assert plain != ordered


def test_lanes_with_draws_apart_give_the_same_curve_alone_or_packed():
    lanes = _grid({"name": "mlp", **SHORT, **APART}, strategies=["random", "margin"])
    packed, alone = run_lanes(lanes), [run_lanes([t])[0] for t in lanes]
    assert [[r.series[m] for m in METRICS] for r in packed] == [[r.series[m] for m in METRICS] for r in alone]


def test_items_drawn_at_random_do_not_move():
    """Badge draws: what it is drawn by is that of the learner without seeds of its own."""
    plain, apart = _grid("mlp", {"name": "mlp", **APART})[::2]
    assert plain.key != apart.key and selection_key(apart) == selection_key(plain) == plain.key
    assert without_seeds(apart.learner) == plain.learner
    chosen = _grid("linear", choosers=[{"name": "mlp", "order_seed": 1}])[0]
    assert selection_key(chosen) == _grid("linear", choosers=["mlp"])[0].key


def test_the_seeds_are_content_only_where_they_are_given():
    plain, zero = _grid("mlp"), _grid({"name": "mlp", "order_seed": 0, "start_seed": 0})
    assert [t.key for t in plain] == [t.key for t in zero]
    assert {name for name, _ in _grid({"name": "mlp", "order_seed": 2})[0].learner.settings} == {
        *LEARNERS["mlp"].defaults,
        "order_seed",
    }


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["mlp", "cnn", "ensemble"])
def test_a_seed_below_0_is_refused(name, seed):
    with pytest.raises(InputError, match=rf"^learner {name}, {seed}: found -1; allowed: a whole number from 0"):
        _grid({"name": name, seed: -1})
