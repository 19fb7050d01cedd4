import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.campaign.actions import Action
from planner.campaign.status import NextRound
from planner.campaign.tracking import (
    ActionCase,
    advise,
    chances_best,
    cheapest,
    comparable_usd,
    expected_loss,
)


def move(name, usd, reached=True, more=100.0):
    usd = np.asarray(usd, float)
    nothing = np.zeros(usd.shape)
    there = np.broadcast_to(np.asarray(reached), usd.shape)
    return Action(name, np.broadcast_to(np.asarray(more), usd.shape), {"labels_usd": usd}, nothing, there, nothing)


def moves(margin, random, reached=(True, True)):
    return {"margin": move("margin", margin, reached[0]), "random": move("random", random, reached[1])}


AHEAD = NextRound(100.0, 0.01, 200.0, None)


def case(made, **changes):
    usual = {
        "there": np.zeros(made["margin"].usd.shape, bool), "net_usd": None, "next_round": AHEAD, "settled": True,
        "rule_stops": False, "pilot_pays": False,
    }  # fmt: skip
    return ActionCase(made, **{**usual, **changes})


def test_the_cheapest_way_is_taken_and_what_runs_is_kept_where_it_is_as_good():
    assert advise(case(moves([100, 300], [250, 250]))) == ("margin", "cheapest")
    assert advise(case(moves([300, 300], [250, 250]))) == ("random", "cheapest")
    assert advise(case(moves([252, 252], [250, 250]))) == ("margin", "cheapest")  # less than 1% apart


def test_a_way_that_rarely_gets_there_is_not_cheap():
    there = np.array([True, False, False, False])
    made = moves([500] * 4, [100] * 4, (True, there))
    assert cheapest(made) == "margin"


def test_futures_out_of_everybodys_reach_are_in_no_comparison():
    there = np.array([True, False])
    made = moves([100, 9_000], [200, 200], (there, there))
    assert comparable_usd(made).tolist() == [[100, 0], [200, 0]]
    assert cheapest(made) == "margin"
    assert expected_loss(made, "random")[0] == 50
    # losses of 100 and 0: a standard deviation of 70.7 over the root of two draws
    assert expected_loss(made, "random")[1] == pytest.approx(50)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"rule_stops": True}, ("stop", "rule")),
        ({"there": np.array([True] * 4 + [False])}, ("stop", "reached")),
        ({"there": np.array([True] * 3 + [False] * 2)}, ("margin", "cheapest")),
        ({"next_round": None}, ("stop", "nothing left")),
        ({"pilot_pays": True}, ("pilot", "pilot pays")),
        ({"rule_stops": True, "pilot_pays": True}, ("stop", "rule")),
    ],
)
def test_what_comes_first(changes, advice):
    assert advise(case(moves([1.0] * 5, [2.0] * 5), **changes)) == advice


def test_out_of_reach_is_believed_of_a_log_that_is_long_enough():
    rare = np.arange(20) < 2
    made = moves(np.full(20, 100.0), np.full(20, 100.0), (rare, rare))
    assert advise(case(made)) == ("stop", "unreachable")
    assert advise(case(made, settled=False)) == ("margin", "cheapest")
    often = np.arange(20) < 3
    assert advise(case(moves(np.full(20, 100.0), np.full(20, 100.0), (often, often)))) == ("margin", "cheapest")


def test_what_is_not_worth_its_price_stops_only_where_the_next_round_is_not_either():
    net = {"margin": -10.0, "random": -50.0}
    poor, rich = NextRound(100.0, 0.01, 200.0, 100.0), NextRound(100.0, 0.01, 200.0, 300.0)
    made = moves([1.0], [2.0])
    assert advise(case(made, net_usd=net, next_round=poor)) == ("stop", "not worth it")
    assert advise(case(made, net_usd=net, next_round=rich)) == ("margin", "cheapest")
    assert advise(case(made, net_usd={"margin": 1.0, "random": -50.0}, next_round=poor)) == ("margin", "cheapest")


def test_chances_to_be_the_best_by_hand():
    # reached already; margin cheaper; tie; nobody gets there
    there = np.array([True, False, False, False])
    able = np.array([True, True, True, False])
    more = np.array([0.0, 100.0, 100.0, 100.0])
    made = {
        "margin": move("margin", [0, 100, 100, 900], able, more),
        "random": move("random", [0, 200, 100, 900], able, more),
    }
    assert chances_best(made, there, None) == {"margin": 0.375, "random": 0.125, "stop": 0.5}


def test_chances_to_be_the_best_by_worth():
    made = moves([100.0, 100.0], [50.0, 200.0])
    worth = {"margin": np.array([150.0, 50.0]), "random": np.array([60.0, 100.0])}
    # net: margin 50 and -50, random 10 and -100, stopping 0
    assert chances_best(made, np.zeros(2, bool), worth) == {"margin": 0.5, "random": 0.0, "stop": 0.5}


amounts = st.lists(st.floats(0, 1e5), min_size=3, max_size=3)
flags = st.lists(st.booleans(), min_size=3, max_size=3).map(np.array)


@given(amounts, amounts, flags, flags, flags)
def test_chances_sum_to_one_and_losses_are_never_negative(margin, random, a, b, there):
    more = np.where(there, 0.0, 100.0)
    made = {"margin": move("margin", margin, a | there, more), "random": move("random", random, b | there, more)}
    assert sum(chances_best(made, there, None).values()) == pytest.approx(1.0)
    assert min(expected_loss(made, name)[0] for name in made) >= 0


@given(amounts, amounts, st.floats(0, 1e6))
def test_what_is_sunk_changes_nothing(margin, random, sunk):
    # The same money spent before either way moves no difference, and so no cheapest way.
    both = comparable_usd(moves(margin, random))
    later = comparable_usd(moves(np.array(margin) + sunk, np.array(random) + sunk))
    assert later[0] - later[1] == pytest.approx(both[0] - both[1], abs=1e-6)
