from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs.label_noise import clean_labels_per_label, votes_or_items
from simulations.errors import InputError


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


def test_even_votes_add_cost_and_nothing_else_for_two_classes_only():
    assert useless_votes(votes_or_items(0.3, 1.0, 2)) == (2, 4, 6, 8)
    assert useless_votes(votes_or_items(0.3, 1.0, 2, scheme="dynamic")) == (2, 4, 6, 8)
    assert useless_votes(votes_or_items(0.3, 1.0, 5)) == (2,)


@given(st.floats(0.01, 0.45), st.floats(0.0, 5.0), st.integers(2, 8))
def test_an_even_number_is_never_best_for_two_classes_and_a_dearer_item_never_means_fewer_votes(rate, fee, classes):
    assert votes_or_items(rate, 1.0, 2, usd_per_item=fee).best % 2
    cheap, dear = (votes_or_items(rate, 1.0, classes, usd_per_item=usd).best for usd in (fee, fee + 3))
    assert dear >= cheap


def test_a_surcharge_from_some_number_of_votes_is_priced():
    surcharge = np.where(np.arange(1, 10) >= 5, 1.4, 1.2)[:, None]
    with_it, without = (votes_or_items(0.3, usd, 4, usd_per_item=8.0) for usd in (surcharge, 1.2))
    assert without.choices[4].usd_per_label == pytest.approx(14) and with_it.choices[4].usd_per_label == pytest.approx(
        15
    )
    assert with_it.choices[3] == without.choices[3] or with_it.choices[3].p_cheapest >= without.choices[3].p_cheapest


def test_votes_that_stop_early_are_paid_as_bought():
    dynamic = votes_or_items(0.2, 1.0, 2, scheme="dynamic", most=3)
    assert dynamic.choices[2].usd_per_label == pytest.approx(2.32) == dynamic.choices[2].mean_votes


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


def test_an_error_rate_out_of_range_is_told():
    with pytest.raises(InputError, match=r"vote_error_rate: found 1\.5"):
        votes_or_items(1.5, 1.0, 2)
