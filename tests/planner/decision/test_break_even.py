"""Break-evens worked by hand, and what holds of all of them."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.decision.break_even import UNKNOWNS, Crossings, PaysWhere, answers, break_evens, pays
from planner.decision.solve_inputs import solve_input
from tests.planner.decision.hand_made import SIMPLE, case_of, spread

NEVER = np.inf

IN_ROUNDS = SIMPLE + '[stopping]\ngive_up = "never"\n'


def solved(case, unknown):
    return break_evens(case, (unknown,))[unknown]


def test_the_back_of_an_envelope():
    case = case_of([9_000.0] * 9, [4_000.0] * 9, IN_ROUNDS)
    # 5,000 labels saved must pay for 20 hours at $50.
    for where in (solved(case, "price").p50, solved(case, "price").p80, solved(case, "price").mean):
        assert where.state == "roots"
        assert where.roots == pytest.approx([0.2])
        assert where.pays == ((pytest.approx(0.2), None),)
    hours = solved(case, "hours")
    assert hours.p50.roots == pytest.approx([100])  # $5,000 ÷ $50; at $5,000 exactly neither is cheaper
    assert hours.p50.pays == ((None, pytest.approx(100)),)
    assert hours.planned == 20
    assert solved(case, "projects").p50.state == "always"
    factor = solved(case, "factor")
    assert factor.planned == 2.25
    # 9,000 ÷ f in whole hundreds has to be 8,000 at most: P counts a tie half, and a mean of 0 is no saving.
    assert factor.p50.roots == pytest.approx([9_000 / 8_000])
    assert factor.p80.roots == pytest.approx([9_000 / 7_900])
    assert factor.mean.roots == pytest.approx([9_000 / 7_900])


def test_sharing_pays_from_a_whole_number_of_projects_on():
    case = case_of([9_000.0] * 9, [8_700.0] * 9, IN_ROUNDS)
    # $300 of labels against $1,000 ÷ projects.
    projects = solved(case, "projects")
    assert projects.p50.roots == (4,)
    assert projects.p50.pays == ((4, None),)


def test_certainty_takes_a_dearer_label():
    saved = np.arange(1, 11) * 500.0
    case = case_of(5_000 + saved, np.full(10, 5_000.0))
    price = solved(case, "price")
    # The draw that saves 3,000 labels is the fifth best, the one that saves 1,500 the eighth; the mean is 2,750.
    assert price.p50.roots == pytest.approx([1_000 / 3_000])
    assert price.p80.roots == pytest.approx([1_000 / 1_500])
    assert price.mean.roots == pytest.approx([1_000 / 2_750])


def test_a_pool_may_be_too_small_and_too_large():
    scored = SIMPLE.replace(
        "machine_usd_per_hour = 0",
        "machine_usd_per_hour = 3.6\nscore_seconds_per_item = 0.001\ntrain_seconds_per_item = 0",
    )
    case = case_of([9_000.0] * 9, [4_000.0] * 9, scored)
    pool = solved(case, "pool").p50
    # Below 4,000 items neither reaches; 4,000 are all labelled. From there on random needs more than there is, up to
    # 9,000. Then $4,000 are left for 39 scorings at $0.000001 an item, less what is labelled by then:
    # 39 × (pool − 100) − 100 × (0 + … + 38) = 4,000 ÷ 0.000001.
    upper = (4_000 / 1e-6 + 100 * 38 * 39 / 2) / 39 + 100
    assert pool.roots == pytest.approx([4_000, upper], rel=1e-6)
    assert pool.pays == (pool.roots,)


def test_never_and_always_are_states():
    more = case_of([2_000.0] * 5, [2_000.0] * 5)
    for unknown in ("price", "hours", "projects"):
        assert solved(more, unknown).p80 == PaysWhere("never", (), ())
    free = case_of([9_000.0] * 5, [100.0] * 5, SIMPLE.replace("one_off_hours = 20", "one_off_hours = 0"))
    assert json.loads(json.dumps(asdict(solved(free, "price").p50))) == {
        "state": "always",
        "roots": [],
        "pays": [[None, None]],
    }
    assert solved(free, "price").mean == PaysWhere("always", (), ((None, None),))
    assert solved(free, "projects").mean.state == "always"


def test_where_most_futures_are_undecided_nothing_pays():
    nobody = case_of([NEVER] * 3 + [5_000.0] * 2, [NEVER] * 3 + [1_000.0] * 2)
    assert nobody.chosen.p_al_cheaper == pytest.approx(0.7)
    for unknown in ("price", "hours", "projects", "factor"):
        assert solved(nobody, unknown).p50.state == "never"


def test_a_price_beyond_the_budget_breaks_nothing_even():
    capped = SIMPLE.replace("[task]", "[task]\nbudget_usd = 6_000")
    price = solved(case_of([2_000.0] * 4, [900.0] * 4, capped), "price")
    # From $1,000 ÷ 1,100 labels on; up to (6,000 − 1,000) ÷ 900, as then active learning reaches no more either.
    assert price.p50.roots == pytest.approx([1_000 / 1_100, 5_000 / 900])
    assert price.p50.pays == (pytest.approx(price.p50.roots),)


def test_stretches_pair_roots():
    assert PaysWhere.of(Crossings(False, (1.0, 2.0, 3.0))).pays == ((1, 2), (3, None))
    assert PaysWhere.of(Crossings(True, (1.0, 2.0))).pays == ((None, 1), (2, None))


def any_case(seed, hours):
    return spread(400, SIMPLE.replace("one_off_hours = 20", f"one_off_hours = {hours}"), seed)


SEEDS, HOURS = st.integers(0, 1_000), st.sampled_from([10, 20, 100])


@settings(max_examples=8)
@given(SEEDS, HOURS, st.sampled_from(UNKNOWNS[:4]))
def test_states_and_stretches_agree_with_asking(seed, hours, unknown):
    case = any_case(seed, hours)
    one = solved(case, unknown)
    path = {"price": "vote_price_usd"}.get(unknown, one.path)
    found = solve_input(case, path)
    low, high = one.tried
    x = found.inside(np.geomspace(max(low, high * 1e-10), high, 40))
    there = answers(lambda column: case.at(found.changes(column)), x, case.n_draws)
    for where, row, level in zip((one.p50, one.p80, one.mean), pays(there) >= 0, (0.5, 0.8, None), strict=True):
        inside = np.zeros(len(x), dtype=bool)
        for begin, end in where.pays:
            inside |= (x >= (low if begin is None else begin)) & (x <= (high if end is None else end))
        # On a few hundred draws a chance near its level goes to and fro from one count to the next.
        clear = np.ones(len(x), dtype=bool) if level is None else abs(there.p_al_better - level) > 0.04
        assert (inside == row)[clear].all()
        assert {"always": inside.all(), "never": not inside.any(), "roots": bool(where.roots)}[where.state]
