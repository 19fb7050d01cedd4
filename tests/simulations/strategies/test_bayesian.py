import dataclasses
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.disagreement import mutual_information, predictive_entropy, variation_ratio
from simulations.strategies.shared import on_embeddings
from simulations.testing import example_streams, example_view

READERS = sorted(name for name, strategy in STRATEGIES.items() if strategy.needs_members)

# Four members, five items: of one mind and sure; of one mind and unsure; two against two, each sure; one against three,
# each sure; two against two, each unsure.
P = np.array(
    [
        [[1, 0], [0.5, 0.5], [1, 0], [1, 0], [0.6, 0.4]],
        [[1, 0], [0.5, 0.5], [1, 0], [1, 0], [0.6, 0.4]],
        [[1, 0], [0.5, 0.5], [0, 1], [1, 0], [0.4, 0.6]],
        [[1, 0], [0.5, 0.5], [0, 1], [0, 1], [0.4, 0.6]],
    ]
)


def _binary(p):
    return -p * np.log(p) - (1 - p) * np.log(1 - p)


def test_measures_are_those_worked_by_hand():
    assert predictive_entropy(P) == pytest.approx([0, np.log(2), np.log(2), _binary(0.25), np.log(2)])
    told = [0, 0, np.log(2), _binary(0.25), np.log(2) - _binary(0.6)]
    assert mutual_information(P) == pytest.approx(told, abs=1e-12)
    assert variation_ratio(P) == pytest.approx([0, 0, 0.5, 0.25, 0.5], abs=2e-6)


def test_what_ties_in_votes_goes_by_the_entropy_of_the_mean():
    ratio = variation_ratio(P)
    assert ratio[0] < ratio[1] < ratio[3] < ratio[2] == ratio[4]


@given(st.integers(2, 12), st.integers(2, 5), st.integers(0, 2**32))
def test_measures_stay_in_their_bounds(members, classes, seed):
    own = np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), size=(members, 20)).astype(np.float32)
    told, entropy, ratio = mutual_information(own), predictive_entropy(own), variation_ratio(own)
    assert (told >= 0).all() and (told <= entropy + 1e-6).all() and (entropy <= np.log(classes) + 1e-5).all()
    assert (ratio >= 0).all() and (ratio <= 1 - 1 / min(members, classes) + 2e-6 * np.log(classes)).all()
    # Members of one mind tell nothing that an answer could settle.
    assert mutual_information(np.repeat(own[:1], members, axis=0)) == pytest.approx(np.zeros(20), abs=1e-5)


CHOICES = {"bald": [2, 3], "variation_ratio": [2, 4], "ensemble": [2, 4], "entropy_mc": [1, 2]}


@pytest.mark.parametrize("name", CHOICES)
def test_what_measures_highest_is_chosen(name):
    pieces = [(slice(0, 2), P[:, :2]), (slice(2, 5), P[:, 2:])]
    asked = []

    def members(lane):
        asked.append(lane)
        return iter(pieces)

    view = RoundView([np.zeros((5, 1))] * 2, np.full((2, 5), -1), members=members)
    assert STRATEGIES[name].select(view, 2, example_streams(2)).tolist() == [CHOICES[name]] * 2
    assert asked == [0, 1]
    assert STRATEGIES[name].select(view.lane(1), 1, example_streams(1)).tolist() == [CHOICES[name][:1]]
    assert asked == [0, 1, 1]


def test_members_that_are_not_declared_are_not_had():
    assert set(CHOICES) == set(READERS)
    for name in sorted(set(STRATEGIES) - set(READERS)):
        with pytest.raises(CannotSelectError, match="reads members but does not declare that it needs them"):
            next(example_view(STRATEGIES[name]).members(0))


def test_members_cannot_be_written_to():
    _, own = next(example_view(STRATEGIES["bald"]).members(0))
    with pytest.raises(ValueError, match="read-only"):
        own[0, 0, 0] = 1


def _embedded_view(strategy, turn):
    view = example_view(strategy)
    own = view._probabilities
    return RoundView(view.features, view.answers, own, None, lambda lane: view.features[lane] @ turn)


def test_embeddings_take_the_place_of_features():
    stretch = np.diag([10.0, 1, 1, 1, 1]).astype(np.float32)
    for name in ("badge", "coreset_deep", "margin_kmeans", "egl"):
        strategy = STRATEGIES[name]
        chosen = strategy.select(_embedded_view(strategy, stretch), 7, example_streams())
        plain = example_view(strategy)
        stretched = RoundView([X @ stretch for X in plain.features], plain.answers, plain._probabilities)
        assert (chosen == strategy.select(stretched, 7, example_streams())).all()
        assert (chosen != strategy.select(plain, 7, example_streams())).any()


def test_one_lane_is_embedded_at_a_time():
    view, kept = example_view(STRATEGIES["coreset"]), []

    def embeddings(lane):
        assert all(own() is None for own in kept)
        own = view.features[lane].copy()
        kept.append(weakref.ref(own))
        return own

    deep = RoundView(view.features, view.answers, embeddings=embeddings)
    chosen = STRATEGIES["coreset_deep"].select(deep, 5, example_streams())
    assert len(kept) == 3 and (chosen == STRATEGIES["coreset"].select(view, 5, example_streams())).all()


def test_what_changes_with_the_model_is_no_sequence():
    assert STRATEGIES["coreset"].sequence and not on_embeddings(STRATEGIES["coreset"]).sequence
    assert on_embeddings(STRATEGIES["coreset"]).needs == {"embeddings"}


def test_a_view_without_embeddings_is_itself():
    view = example_view(STRATEGIES["badge"])
    assert view.embedded() is view and not view.has_embeddings
    assert dataclasses.replace(STRATEGIES["badge"], needs=frozenset({"probabilities"})).needs_features is False
