import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.disagreement import disagreement
from simulations.strategies.uncertainty import entropy
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


def test_no_consensus_outweighs_a_vote():
    # Item 0: all sure but one of seven sure of another class; item 1: all agree and nobody knows.
    P = np.stack([_committee([[0]] * 6 + [[1]], sure=0.999)[:, 0], _committee([[0]] * 7, sure=0.334)[:, 0]], axis=1)
    assert entropy(P.mean(axis=0))[0] < entropy(P.mean(axis=0))[1]
    assert QBC.select(_view(P), 1, example_streams(1))[0].tolist() == [0]


def test_the_tie_break_cannot_swap_two_splits_of_a_dozen_votes():
    def splits(left, most):
        yield from (
            [[]] if left == 0 else ([i, *rest] for i in range(min(left, most), 0, -1) for rest in splits(left - i, i))
        )

    for members in range(2, 13):
        values = sorted(
            {round(float(-sum(v / members * np.log(v / members) for v in s)), 12) for s in splits(members, members)}
        )
        # Far above what 1e-6 times the entropy of a thousand classes can add.
        assert min(b - a for a, b in pairwise(values)) > 100 * 1e-6 * np.log(1000)


def test_disagreement_reads_both_precisions_and_layouts_alike():
    P = np.random.default_rng(0).dirichlet(np.ones(4), size=(7, 50))
    apart = np.ascontiguousarray(P.transpose(0, 2, 1)).transpose(0, 2, 1)
    assert (disagreement(P) == disagreement(apart)).all()
    np.testing.assert_allclose(disagreement(P.astype(np.float32)), disagreement(P), atol=1e-12)


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


def test_undeclared_reading_is_refused_through_select():
    hungry = dataclasses.replace(QBC, needs=frozenset({"probabilities"}), committee_size=0)
    with pytest.raises(CannotSelectError, match="does not declare that it needs one"):
        hungry.select(example_view(hungry), 3, example_streams())


def test_a_committee_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        example_view(QBC).committee(0)[0, 0, 0] = 1
