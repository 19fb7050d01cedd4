"""Sums of products: what a bill is made of."""

import numpy as np

from planner.costs.terms import ONE, Factor, Line, Term, drop_ones, money, share


def factor(*values, **kind):
    return Factor(np.array(values, dtype=float), "things", **kind)


def test_a_term_multiplies_and_divides_in_order():
    term = Term((factor(12), factor(5), factor(4, divides=True), money(np.array([0.5]), "a thing")))
    assert term.amount[0] == 7.5
    assert term.times(factor(3), share(np.array([0.5]), "of it")).amount[0] == 11.25
    assert (term.amount[0], ONE[0]) == (7.5, 1)


def test_a_line_adds_terms_and_the_empty_one_is_nothing():
    line = Line.of(factor(2), factor(3)).plus(Term((factor(10),)), Term((money(np.array([-4.0]), "back"),)))
    assert line.amount[0] == 12
    assert Line().amount[0] == 0
    assert Term(()).amount[0] == 1


def test_draws_plans_and_prices_broadcast():
    plans, draws = factor(*range(1, 4)).value[:, None], np.array([1.0, 10.0])
    line = Line.of(Factor(plans, "items"), money(draws, "an item"))
    assert line.amount.tolist() == [[1, 10], [2, 20], [3, 30]]


def test_a_sum_can_be_one_number_of_a_product():
    inner = Line.of(factor(2), factor(3)).plus(Term((factor(4),)))
    whole = Factor.total(inner, "items")
    assert whole.value[0] == 10
    assert whole.made_of is inner


def test_only_ones_in_every_draw_are_left_out():
    kept = drop_ones(factor(1), factor(2), factor(1, 1), factor(0))
    assert [one.value.tolist() for one in kept] == [[2], [1, 1], [0]]
