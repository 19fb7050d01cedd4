"""What can be set, and how far the plan file lets it go."""

import numpy as np
import pytest

from planner.decision.case import STRUCTURAL
from planner.decision.solve_inputs import VOTE_PRICE, solve_input
from simulations.errors import InputError
from tests.planner.decision.hand_made import SIMPLE, case_of, spread
from tests.planner.decision.on_curves import on_curves

QUOTE = """
price_usd = 1
fee_rate = 0.2
"""


@pytest.fixture
def case():
    return spread(
        50, SIMPLE.replace("\nprice_usd = 1", QUOTE).replace("delivered_error_rate = 0", "vote_error_rate = 0.1")
    )


def test_every_number_may_go_as_far_as_the_plan_file_allows(case):
    """Both ends can be written into the plan file, and a little more than them cannot."""
    for item in case.plan.inputs():
        if item.quantity is None or not item.shown or item.path in STRUCTURAL:
            continue
        found = solve_input(case, item.path)
        assert found.least <= found.planned <= found.most
        for end in (found.least, found.most):
            case.plan.replace({item.path: end})
        for beyond in (found.least - 1 if found.least < 1 else found.least * 0.99, found.most * 1.01 + 1):
            with pytest.raises(InputError):
                case.plan.replace({item.path: beyond})


def test_a_single_number_is_spread_in_ratio_and_a_fraction_in_odds(case):
    price = solve_input(case, "vendors.0.price_usd")
    assert price.about(3) == pytest.approx((1 / 3, 3))
    assert price.spread(0.01, 1, 3) == pytest.approx([0.01, 0.1, 1])
    target = solve_input(case, "task.target")
    assert target.about(3) == pytest.approx((0.75, 27 / 28))
    assert target.spread(0.5, 0.9, 3) == pytest.approx([0.5, 0.75, 0.9])
    assert solve_input(case, "engineering.projects_sharing").about(3) == (1, 3)


def test_places_between_values_are_even_in_what_the_values_are_even_in(case):
    at = np.array([0.0, 0.5, 2.0])
    price, target = solve_input(case, VOTE_PRICE), solve_input(case, "task.target")
    assert price.between(np.array([1.0, 4.0, 16.0]), at) == pytest.approx([1, 2, 16])
    assert price.between(np.array([0.0, 4.0, 16.0]), at) == pytest.approx([0, 2, 16])
    assert target.between(np.array([0.5, 0.9, 0.95]), at) == pytest.approx([0.5, 0.75, 0.95])


def test_numbers_are_rounded_to_the_side_that_is_asked_for(case):
    price, target, pool = (solve_input(case, path) for path in (VOTE_PRICE, "task.target", "task.pool_size"))
    assert price.rounded(0.1234, 2, up=True) == 0.13
    assert price.rounded(0.1234, 2, up=False) == 0.12
    assert price.rounded(0.12, 2, up=True) == 0.12
    assert target.rounded(0.92888, 2, up=True) == pytest.approx(0.929)
    assert target.rounded(0.92888, 2, up=False) == pytest.approx(0.928)
    assert pool.rounded(27_360, 2, up=False) == 27_000


def test_the_price_of_a_vote_changes_the_vendors_of_both_plans():
    two = SIMPLE.replace("[[vendors]]", '[[vendors]]\nname = "B"\nprice_usd = 2\n[[vendors]]\nname = "A"')
    case = case_of([5_000.0] * 3, [2_000.0] * 3, two)
    column = np.array([[3.0]])
    assert solve_input(case, VOTE_PRICE).planned == 1
    assert set(solve_input(case, VOTE_PRICE).changes(column)) == {"vendors.1.vote_usd"}


def test_votes_that_cost_nothing_have_prices_to_try_all_the_same():
    free = solve_input(
        case_of([5_000.0] * 3, [2_000.0] * 3, SIMPLE.replace("\nprice_usd = 1", "\nprice_usd = 0")), VOTE_PRICE
    )
    assert free.planned == 0
    assert free.range == (0.001, 0.1)


def test_what_cannot_be_set_is_told_in_a_sentence(case):
    for path, said in [
        ("task.metric", "not a number"),
        ("task.size", "there is no input 'task.size'"),
        ("task.poolsize", "there is no input 'task.poolsize'; did you mean 'task.pool_size'?"),
        ("task.budget_usd", "not a number in this plan"),
    ]:
        with pytest.raises(InputError, match=said):
            solve_input(case, path)
    found_size = spread(50, SIMPLE.replace("batch_size = 100\n", ""))
    with pytest.raises(InputError, match="found by labelplan"):
        solve_input(found_size, "strategy.batch_size")


@pytest.mark.parametrize("path", ["task.classes", "evidence.savings_sd"])
def test_what_prices_nothing_is_no_lever(case, path):
    with pytest.raises(InputError, match="prices nothing"):
        solve_input(case, path)


def test_an_unknown_input_names_the_nearest_and_not_all_of_them(case):
    with pytest.raises(InputError) as told:
        solve_input(case, "foo")
    assert str(told.value).count(",") == 2
    assert len(str(told.value)) < 160
    with pytest.raises(InputError, match=r"'pool'; did you mean 'task\.pool_size'\?|nearest are task\.pool_size"):
        solve_input(case, "pool")


def test_a_number_that_the_file_takes_no_other_value_of_is_refused_with_the_files_reason(case):
    with pytest.raises(InputError, match=r"efficiency: cannot be another number in this plan file \(.*not part of"):
        solve_input(case, "vendors.0.efficiency")
    tiers = "tiers = [{to_units = 500, price_usd = 2}, {from_units = 500, price_usd = 1}]"
    tiered = spread(20, SIMPLE.replace("\nprice_usd = 1", "\n" + tiers))
    with pytest.raises(InputError, match="where tier 1 ends"):
        solve_input(tiered, "vendors.0.tiers.1.from_units")
    assert solve_input(tiered, "vendors.0.tiers.1.price_usd").planned == 1


def test_a_target_that_any_need_is_assumed_for_is_no_lever():
    assumed = spread(20, SIMPLE.replace("label_scale_sd = 0.5", ""))
    with pytest.raises(InputError, match="random_labels, a pilot or label_scale_sd in"):
        solve_input(assumed, "task.target")


def test_a_pool_holds_what_a_pilot_took():
    pilot = on_curves([5_000.0] * 3, [2_000.0] * 3, SIMPLE.replace("label_scale_sd = 0.5", 'pilot = "own.csv"'))
    assert solve_input(pilot, "task.pool_size").least == 1e7  # where these curves were measured to
    assert solve_input(case_of([5_000.0] * 3, [2_000.0] * 3), "task.pool_size").least == 101
