import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.strategies import STRATEGIES, CannotSelectError, RoundView
from simulations.strategies.regression import expected_change, greedy, in_answers, in_both
from simulations.strategies.view import UNLABELLED, Values

SPREAD = ("committee_variance", "model_change")


def _view(X, labelled, predicted, known=None, members=None):
    """One lane; `known` are the answers of labelled items, 0 elsewhere."""
    X, predicted = np.array(X, dtype=float), np.array(predicted, dtype=float)[None]
    answers = np.full((1, len(X)), UNLABELLED)
    answers[0, labelled] = 0
    known = np.zeros((1, len(X))) if known is None else np.array(known, dtype=float)[None]
    members = predicted[:, None] if members is None else np.array(members, dtype=float)[None]
    return RoundView([X], answers, values=Values(predicted, members, known))


def _select(name, view, k):
    return STRATEGIES[name].select(view, k, [None])[0].tolist()


def test_worked_by_hand():
    # Item 0 is labelled 10; the model predicts 99 for it, which must not count.
    X, predicted = [[0], [1], [2], [5]], [99, 16, 13, 11]
    view = _view(X, [0], predicted, known=[10, 0, 0, 0])
    # Answers are 6, 3 and 1 away from 10. Once 16 is chosen, 13 is 3 away from both, 11 is 1 from 10.
    assert _select("gsy", view, 3) == [1, 2, 3]
    # Products are 1·6, 2·3 and 5·1: a tie, to the lowest. To item 1 they are then 1·3 and 4·5: minima 3 and 5.
    assert _select("igs", view, 3) == [1, 3, 2]


def test_within_a_batch_the_answer_of_what_was_chosen_is_its_prediction():
    # Items 1 and 2 are alike, so that one of them says all of both; item 3 comes before the second.
    view = _view([[0], [9], [9], [1]], [0], [0, 9, 9, 1], known=[0, 0, 0, 0])
    assert _select("igs", view, 3) == [1, 3, 2] == _select("gsy", view, 3)


def test_with_nothing_labelled_the_middle_comes_first():
    view = _view([[0], [4], [9], [10]], [], [1, 1, 1, 3])
    assert _select("igs", view, 2)[0] == 1


def _by_definition(X, y, labelled, k, both):
    """Greedy sampling written out: minima over all pairs, anew for every pick."""
    known, chosen = list(np.flatnonzero(labelled)), []
    for _ in range(k):
        scores = {}
        for i in (i for i in range(len(y)) if i not in known):
            pairs = [(np.linalg.norm(X[i] - X[j]) if both else 1.0) * abs(y[i] - y[j]) for j in known]
            scores[i] = min(pairs)
        best = max(scores.values())
        pick = min(i for i, score in scores.items() if score == best)
        known.append(pick)
        chosen.append(pick)
    return chosen


@given(st.integers(0, 999), st.booleans())
def test_greedy_sampling_is_its_definition(seed, both):
    rng = np.random.default_rng(seed)
    # Whole numbers on a line make ties, and distances that are exact.
    X, y = rng.integers(0, 6, (14, 1)).astype(float), rng.integers(0, 6, 14).astype(float)
    labelled = np.arange(14) < rng.integers(1, 5)
    picked = greedy(X, labelled, 6, (in_both if both else in_answers)(X, y))
    assert picked.tolist() == _by_definition(X, y, labelled, 6, both)


@pytest.mark.parametrize("far", [0.0, 1e6])
def test_products_of_features_give_the_picks_that_differences_give(far):
    # Far from the origin products round small distances away; twins must not look apart, nor neighbours alike.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 20)) + far, rng.normal(size=120)
    X[60:] = X[:60] + np.where(np.arange(60) % 2 == 0, 0.0, 1e-3)[:, None]
    labelled = np.arange(120) % 60 < 35
    assert greedy(X, labelled, 30, in_both(X, y)).tolist() == _by_definition(X, y, labelled, 30, True)


def test_the_committee_is_asked_where_it_differs_most():
    members = [[0, 0, 1, 5, 9], [0, 4, 1, 5, 9], [0, 8, 2, 5, 9]]
    view = _view(np.zeros((5, 1)), [0], np.mean(members, axis=0), members=members)
    assert _select("committee_variance", view, 4) == [1, 2, 3, 4]


def test_the_model_moves_most_where_it_is_unsure_and_features_are_long():
    # Mean distances from the prediction 1, 1, 2 and lengths 1, √10, √2: products 1, 3.16 and 2.83.
    view = _view([[0], [3], [1]], [], [0, 0, 0], members=[[1, 1, 2], [-1, -1, -2]])
    assert _select("model_change", view, 3) == [1, 2, 0]


@given(st.integers(0, 999))
def test_the_expected_change_is_the_mean_gradient_of_the_squared_loss_written_out(seed):
    rng = np.random.default_rng(seed)
    w, x, members = rng.normal(size=4), np.append(rng.normal(size=3), 1.0), rng.normal(size=5)
    written_out = np.mean([np.linalg.norm((w @ x - y) * x) for y in members])
    change = expected_change(np.array([[w @ x]]), members[None, :, None])
    assert change[0, 0] * np.linalg.norm(x) == pytest.approx(written_out)


@pytest.mark.parametrize("name", SPREAD)
def test_one_member_is_no_committee(name):
    with pytest.raises(CannotSelectError, match=f"strategy {name}: found a model of 1 members; allowed: at least 2"):
        _select(name, _view(np.zeros((3, 1)), [0], [0, 1, 2]), 1)


@pytest.mark.parametrize("name", SPREAD)
def test_members_that_agree_leave_it_to_the_lowest_rows(name):
    view = _view(np.ones((5, 2)), [1], np.arange(5.0), members=[np.arange(5.0)] * 3)
    assert _select(name, view, 3) == [0, 2, 3]


@pytest.mark.parametrize("name", ["gsy", "igs"])
def test_items_that_are_all_alike_leave_it_to_the_lowest_rows(name):
    view = _view(np.ones((5, 2)), [1], np.ones(5), known=[0, 1, 0, 0, 0])
    assert _select(name, view, 3) == [0, 2, 3]
