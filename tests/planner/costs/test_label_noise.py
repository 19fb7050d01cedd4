"""Votes, their plurality, and what wrong labels are worth."""

from dataclasses import asdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs import label_noise
from planner.costs.label_noise import (
    CROWD_VOTES,
    REAL_CROWDS,
    clean_labels_per_label,
    error_after_votes,
    mean_votes,
)
from planner.plan import parse_plan
from planner.plan.quote import DYNAMIC_MOST_VOTES
from simulations.errors import InputError

RATES = st.floats(0.0, 1.0)
CLASSES = st.integers(2, 12)


@pytest.mark.parametrize(
    ("p", "votes", "classes", "accuracy"),
    [(0.8, 3, 2, 0.896), (0.8, 5, 2, 0.94208), (0.8, 3, 10, 0.92444), (0.8, 1, 7, 0.8), (0.8, 2, 2, 0.8)],
)
def test_published_figures(p, votes, classes, accuracy):
    assert error_after_votes("fixed", votes, 1 - p, classes) == pytest.approx(1 - accuracy, abs=5e-6)


def _cast_one_by_one(cast, most, dynamic):
    """Follow one sequence of votes by the rule's own words: how many are bought, and who wins (several: a tie)."""
    for bought in range(1, most + 1):
        counts = sorted((cast[:bought].count(k), k) for k in set(cast[:bought]))
        lead = counts[-1][0] - (counts[-2][0] if len(counts) > 1 else 0)
        if bought == most or (dynamic and lead >= 2):
            return bought, [k for count, k in counts if count == counts[-1][0]]
    raise AssertionError


@pytest.mark.parametrize("scheme", ["fixed", "dynamic"])
@pytest.mark.parametrize(
    ("most", "classes"), [(1, 3), (2, 3), (3, 2), (3, 4), (4, 2), (4, 4), (5, 3), (6, 2), (6, 3), (9, 2)]
)
def test_the_sum_equals_following_every_sequence_of_votes(scheme, most, classes):
    p, bought, wrong = 0.55, 0.0, 0.0
    for cast in product(range(classes), repeat=most):
        chance = np.prod([p if vote == 0 else (1 - p) / (classes - 1) for vote in cast])
        number, winners = _cast_one_by_one(cast, most, scheme == "dynamic")
        bought += chance * number
        wrong += chance * (1 - (0 in winners) / len(winners))
    assert mean_votes(scheme, most, 1 - p, classes) == pytest.approx(bought, abs=1e-12)
    assert error_after_votes(scheme, most, 1 - p, classes) == pytest.approx(wrong, abs=1e-12)


def test_votes_that_are_wrong_together_by_hand():
    # e = .2, rho = .25: beta(2.4, .6). Three err: .6 x 1.6 x 2.6 / (3 x 4 x 5); two: 3 x 2.4 x .6 x 1.6 / (3 x 4 x 5).
    assert error_after_votes("fixed", 3, 0.2, 2, 0.25) == pytest.approx((2.496 + 3 * 2.304) / 60)
    # Ten classes: two wrong votes beside a right one agree on g = .25 / (.25 + .75 x .2) = .625 of the items, and on
    # a ninth of the others by chance; where all three differ, the right one has lost in two of three cases.
    agree = 0.625 + 0.375 / 9
    one_right, none_right = 3 * 2.304 / 60, 2.496 / 60
    wrong = none_right + one_right * (agree + (1 - agree) * 2 / 3)
    assert error_after_votes("fixed", 3, 0.2, 10, 0.25) == pytest.approx(wrong)
    # Two, and a third where they differ: they agree on the right class, or both on one wrong one.
    both_wrong = 0.6 * 1.6 / 12
    bought = 3 - 2.4 * 3.4 / 12 - both_wrong * agree
    assert mean_votes("two_then_tie_break", 3, 0.2, 10, 0.25) == pytest.approx(bought)


@pytest.mark.parametrize(("classes", "measured"), REAL_CROWDS)
def test_no_more_is_promised_than_real_crowds_gave(classes, measured):
    told = parse_plan(f"[[vendors]]\nprice_usd = 1\nvote_error_rate = {1 - measured[0]:.3f}\n").vendors[0]
    for votes, share in zip(CROWD_VOTES, measured, strict=False):
        promised = 1 - error_after_votes("fixed", votes, 1 - measured[0], classes, told.vote_correlation.median)
        assert share - 0.03 < promised < share + 0.03
    independent = 1 - error_after_votes("fixed", 3, 1 - measured[0], classes)
    assert independent > measured[1] + 0.015


@given(
    st.sampled_from(["fixed", "dynamic"]),
    st.integers(1, DYNAMIC_MOST_VOTES),
    st.floats(0.0, 0.5),
    CLASSES,
    st.lists(st.floats(0.0, 0.999), min_size=2, max_size=2),
)
def test_the_more_votes_agree_in_their_errors_the_more_is_left(scheme, votes, rate, classes, correlations):
    less, more = error_after_votes(scheme, votes, rate, classes, np.sort(correlations))
    assert less <= more + 1e-9
    assert less >= -1e-12 and more <= rate + 1e-9


@given(RATES, CLASSES)
def test_both_short_schemes_are_cases_of_the_dynamic_one(rate, classes):
    for ask in (mean_votes, error_after_votes):
        assert ask("dynamic", 1, rate, classes) == pytest.approx(ask("fixed", 1, rate, classes), abs=1e-12)
        assert ask("dynamic", 3, rate, classes) == pytest.approx(ask("two_then_tie_break", 1, rate, classes), abs=1e-12)


@given(RATES, st.integers(1, DYNAMIC_MOST_VOTES), CLASSES, st.sampled_from(["fixed", "dynamic"]))
def test_errors_are_probabilities_and_votes_are_between_their_bounds(rate, votes, classes, scheme):
    assert -1e-12 <= error_after_votes(scheme, votes, rate, classes) <= 1 + 1e-12
    bought = float(mean_votes(scheme, votes, rate, classes))
    assert min(votes, 2) - 1e-9 <= bought <= votes + 1e-9
    assert scheme == "dynamic" or bought == pytest.approx(votes)


@given(st.floats(0.01, 0.5), st.integers(1, 6))
def test_for_two_classes_an_even_vote_more_adds_nothing(rate, half):
    for scheme in ("fixed", "dynamic"):
        odd, even = (error_after_votes(scheme, m, rate, 2) for m in (2 * half - 1, 2 * half))
        assert even == pytest.approx(odd, abs=1e-12)


@given(st.floats(0.0, 0.5), CLASSES, st.integers(1, DYNAMIC_MOST_VOTES - 1))
def test_more_votes_never_err_more_while_a_voter_is_right_as_often_as_not(rate, classes, votes):
    for scheme in ("fixed", "dynamic"):
        few, many = (error_after_votes(scheme, m, rate, classes) for m in (votes, votes + 1))
        assert many <= few + 1e-12


def test_draws_broadcast_and_each_is_its_own_sum():
    rates, votes = np.linspace(0.02, 0.6, 20), np.arange(1, 6)[:, None]
    for scheme in ("fixed", "two_then_tie_break", "dynamic"):
        for ask in (mean_votes, error_after_votes):
            table = ask(scheme, votes, rates, 4)
            assert table.shape == (5, 20)
            assert table[2, 7] == ask(scheme, 3, rates[7], 4)
    assert error_after_votes("fixed", np.array([3.0]), rates, 4).shape == (20,)


def test_many_votes_and_many_classes_stay_numbers():
    # Once two right votes have met, nobody else agrees: with a million classes only 0 or 1 right vote can lose.
    exact = 0.4**99 + 99 * 0.6 * 0.4**98
    assert error_after_votes("fixed", 99, 0.4, 1_000_000) == pytest.approx(exact, abs=1e-9)
    # For two classes it is the lower half of a binomial.
    from scipy import stats

    assert error_after_votes("fixed", 99, 0.4, 2) == pytest.approx(stats.binom.cdf(49, 99, 0.6), rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("most", 3, 0.2, 2), "vote_scheme: found 'most'; allowed: fixed, two_then_tie_break, dynamic"),
        (("fixed", 3, 20, 2), r"vote_error_rate: found 20; allowed: 0 to 1, a fraction \(0.2, not 20\)"),
        (("fixed", 3, np.nan, 2), "vote_error_rate: found nan"),
        (("fixed", 0, 0.2, 2), "votes_per_item: found 0; allowed: a whole number from 1 to 99"),
        (("fixed", 2.5, 0.2, 2), "votes_per_item: found 2.5"),
        (("dynamic", 16, 0.2, 2), "votes_per_item: found 16; allowed: a whole number from 1 to 15"),
        (("fixed", 3, 0.2, 1), "classes: found 1; allowed: at least 2"),
        (("fixed", 3, 0.2, 2, 1), "vote_correlation: found 1; allowed: from 0 to below 1"),
    ],
)
def test_what_is_out_of_range_is_told(arguments, said):
    for ask in (mean_votes, error_after_votes):
        with pytest.raises(InputError, match=said):
            ask(*arguments)


def votes_or_items(*given, usd_per_item=0.0, scheme="fixed", worth=clean_labels_per_label, most=9):
    return label_noise.votes_or_items(*given, usd_per_item=usd_per_item, scheme=scheme, worth=worth, most=most)


def useless_votes(found):
    return tuple(choice.votes for choice in found.choices if choice.adds_nothing)


def test_what_a_noisy_label_is_worth():
    assert clean_labels_per_label(np.array([0.0, 0.1, 0.5, 0.7])) == pytest.approx([1.0, 0.64, 0.0, 0.0])


def test_items_or_votes_by_hand():
    # A vote at $0.10 that errs in 20%: 0.1/.36 = .2778; three give .104: 0.3/.792² = .4783. One vote is best.
    plain = votes_or_items(0.2, 0.10, 2, most=3)
    assert [choice.usd_per_effective_label for choice in plain.choices] == pytest.approx(
        [0.277778, 0.555556, 0.478268], abs=1e-6
    )
    assert plain.best == 1 and useless_votes(plain) == (2,)
    # With $1 paid for each item whoever votes: 1.1/.36 = 3.0556 and 1.3/.627264 = 2.0725. Three votes are.
    fee = votes_or_items(0.2, 0.10, 2, usd_per_item=1.0, most=3)
    assert [choice.usd_per_effective_label for choice in fee.choices] == pytest.approx(
        [3.055556, 3.333333, 2.072493], abs=1e-6
    )
    assert fee.best == 3 and [choice.p_cheapest for choice in fee.choices] == [0, 0, 1]


def test_a_surcharge_from_some_number_of_votes_is_priced():
    surcharge = np.where(np.arange(1, 10) >= 5, 1.4, 1.2)[:, None]
    with_it, without = (votes_or_items(0.3, usd, 4, usd_per_item=8.0) for usd in (surcharge, 1.2))
    assert [found.choices[4].usd_per_label for found in (without, with_it)] == pytest.approx([14, 15])
    assert with_it.choices[3] == without.choices[3] or with_it.choices[3].p_cheapest >= without.choices[3].p_cheapest


def test_draws_in_which_labels_carry_nothing_are_states_not_numbers():
    never = votes_or_items(np.array([0.5, 0.5]), 1.0, 2)
    assert never.best is None and {choice.usd_per_effective_label for choice in never.choices} == {None}
    assert sum(choice.p_cheapest for choice in never.choices) == 0
    half = votes_or_items(np.array([0.1, 0.2, 0.55]), np.array([1.0, 1.0, 1.0]), 2)
    assert half.best == 1 and sum(choice.p_cheapest for choice in half.choices) == pytest.approx(2 / 3)
    assert half.choices[0].usd_per_effective_label == pytest.approx(1 / 0.36)


def test_a_measured_worth_takes_the_textbook_factors_place():
    harsh = votes_or_items(0.2, 1.0, 2, worth=lambda eta: np.where(eta < 0.15, 1 - eta, 0.01))
    assert harsh.best == 3
    assert asdict(harsh)["choices"][2]["clean_labels"] == pytest.approx(1 - 0.104)


@pytest.mark.parametrize(("classes", "votes"), [(2, 2.32), (10, 2 + 1 - 0.64 - 0.04 / 9)])
def test_two_votes_then_a_tie_break_by_hand(classes, votes):
    bought, wrong = (f("two_then_tie_break", 3, 0.2, classes) for f in (mean_votes, error_after_votes))
    assert bought == pytest.approx(votes, abs=1e-12)
    assert wrong == pytest.approx(error_after_votes("fixed", 3, 0.2, classes), abs=1e-12)
