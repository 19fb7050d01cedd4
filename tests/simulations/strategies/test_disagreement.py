import dataclasses
import weakref

import numpy as np
import pytest

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.shared import on_embeddings
from simulations.strategies.uncertainty import disagreement, mutual_information, predictive_entropy, variation_ratio
from simulations.testing import example_streams, example_view

QBC = STRATEGIES["qbc"]


def _committee(votes, classes=3, sure=0.9):
    """Members (B, n, C) who give their class of `votes` (B, n) the probability `sure`."""
    votes = np.asarray(votes)
    P = np.full((*votes.shape, classes), (1 - sure) / (classes - 1))
    np.put_along_axis(P, votes[..., None], sure, axis=2)
    return P


def _view(committee, labelled=()):
    items = committee.shape[1]
    answers = np.full((1, items), -1)
    answers[0, list(labelled)] = 0
    return RoundView([np.zeros((items, 1))], answers, None, lambda lane: committee)


def test_vote_entropy_by_hand():
    # Columns are items: three votes agreed, split 2 to 1, and split three ways.
    votes = [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    split = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    np.testing.assert_allclose(disagreement(_committee(votes)), [0, split, np.log(3)], atol=2e-6)
    view = _view(_committee(votes))
    assert QBC.select(view, 3, example_streams(1))[0].tolist() == [2, 1, 0]


def test_ties_in_votes_go_to_the_less_sure_consensus_and_then_to_the_lower_row():
    # All agree on every item; how sure they are differs, but not between the last two.
    P = np.stack([_committee([[0], [0], [0]], sure=s)[:, 0] for s in (0.9, 0.5, 0.7, 0.7)], axis=1)
    assert QBC.select(_view(P), 4, example_streams(1))[0].tolist() == [1, 2, 3, 0]


def test_each_lane_is_asked_for_its_own_committee_once():
    asked = []

    def committee(lane):
        asked.append(lane)
        return _committee([[0, 0], [0, 1 - lane], [0, 1]] if lane == 0 else [[0, 0], [1, 0], [1, 0]])

    view = RoundView([np.zeros((2, 1))] * 2, np.full((2, 2), -1), None, committee)
    assert QBC.select(view, 1, example_streams(2)).tolist() == [[1], [0]]
    assert asked == [0, 1]
    assert QBC.select(view.lane(1), 1, example_streams(1)).tolist() == [[0]]
    assert asked == [0, 1, 1]


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"qbc"}))
def test_a_committee_that_is_not_declared_is_not_had(name):
    assert STRATEGIES[name].committee_size == 0
    with pytest.raises(CannotSelectError, match="does not declare that it needs one"):
        example_view(STRATEGIES[name]).committee(0)


def test_a_committee_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        example_view(QBC).committee(0)[0, 0, 0] = 1


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
    for name in ("badge", "coreset_deep", "margin_kmeans", "egl_last_layer"):
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
