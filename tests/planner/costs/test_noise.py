from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import clean_labels_per_label, delivered_error_rate, plurality_accuracy


@pytest.mark.parametrize(
    ("p", "votes", "classes", "accuracy"),
    [(0.8, 3, 2, 0.896), (0.8, 5, 2, 0.94208), (0.8, 3, 10, 0.92444), (0.8, 1, 7, 0.8), (0.8, 2, 2, 0.8)],
)
def test_published_figures(p, votes, classes, accuracy):
    assert plurality_accuracy(p, votes, classes) == pytest.approx(accuracy, abs=5e-6)


@pytest.mark.parametrize(("votes", "classes"), [(1, 2), (2, 3), (3, 3), (4, 2), (4, 4), (5, 3), (6, 2)])
def test_the_sum_equals_counting_every_outcome(votes, classes):
    p, total = 0.55, 0.0
    for cast in product(range(classes), repeat=votes):
        counts = [cast.count(k) for k in range(classes)]
        chance = np.prod([p if vote == 0 else (1 - p) / (classes - 1) for vote in cast])
        if counts[0] == max(counts):
            total += chance / counts.count(max(counts))
    assert plurality_accuracy(p, votes, classes) == pytest.approx(total, abs=1e-12)


@given(st.floats(0.5, 0.99), st.integers(1, 6))
def test_for_two_classes_an_even_vote_more_adds_nothing(p, half):
    assert plurality_accuracy(p, 2 * half, 2) == pytest.approx(plurality_accuracy(p, 2 * half - 1, 2), abs=1e-12)


@given(st.floats(0.0, 1.0), st.integers(1, 9), st.integers(2, 12))
def test_it_is_a_probability(p, votes, classes):
    assert -1e-12 <= plurality_accuracy(p, votes, classes) <= 1 + 1e-12


def test_draws_are_read_off_the_exact_sum():
    rates = np.linspace(0.02, 0.3, 200)
    votes = np.where(np.arange(200) % 2, 3.0, 5.0)
    exact = [1 - plurality_accuracy(1 - rate, int(m), 4) for rate, m in zip(rates, votes, strict=True)]
    assert delivered_error_rate(rates, votes, 4) == pytest.approx(exact, abs=1e-4)


def test_what_a_noisy_label_is_worth():
    assert clean_labels_per_label(np.array([0.0, 0.1, 0.5, 0.7])) == pytest.approx([1.0, 0.64, 0.0, 0.0])
