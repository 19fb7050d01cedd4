"""What people cost: by hand, with the annuity of work that several projects share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.costs.bill import sharing_divisor
from tests.planner.costs.quotes import bill, plan_of, usd

VENDOR = {"name": "V", "price_usd": 0.1}


def cost(line, n=5_200, **engineering):
    terms = {"one_off_hours": 80, "hours_per_round": 2, "hourly_rate_usd": 50, **engineering}
    return usd(bill(plan_of(VENDOR, engineering=terms), n), line)


def test_two_weeks_of_an_engineer_are_four_thousand_dollars():
    # $100,000 a year ÷ 50 weeks × 2 weeks.
    assert cost("engineering_usd", hourly_rate_usd=100_000 / 50 / 40) == pytest.approx(100_000 / 50 * 2)


def test_sharing_divides_the_one_off_work_alone():
    assert cost("engineering_usd", projects_sharing=4) == pytest.approx(80 / 4 * 50)
    assert cost("engineering_usd", projects_sharing=4, hours_per_project=10) == pytest.approx((80 / 4 + 10) * 50)


def test_every_round_is_operated():
    # 4,200 labels after the first 1,000 are six batches of 700.
    assert cost("operation_usd") == pytest.approx(6 * 2 * 50)
    assert cost("operation_usd", n=5_201) == pytest.approx(7 * 2 * 50)
    assert cost("operation_usd", n=1_000) == 0


def test_random_labelling_pays_none_of_it():
    made = bill(plan_of(VENDOR), 5_000, active=False)
    assert usd(made, "engineering_usd") == usd(made, "operation_usd") == usd(made, "scoring_usd") == 0


def shared(projects, rate, a_year=1.0):
    terms = {"projects_sharing": projects, "discount_rate": rate, "projects_per_year": a_year}
    return float(sharing_divisor(plan_of(VENDOR, engineering=terms).medians())[0])


def test_the_annuity_of_three_yearly_projects_at_ten_percent():
    assert shared(3, 0.1) == pytest.approx(1 + 1 / 1.1 + 1 / 1.21)
    # Each pays 80 × 50 ÷ 2.7355, and the three payments are worth 4,000 on the day of the work.
    paid = cost("engineering_usd", projects_sharing=3, discount_rate=0.1, projects_per_year=1)
    assert paid == pytest.approx(4_000 / 2.735537)
    assert paid + paid / 1.1 + paid / 1.21 == pytest.approx(4_000)


def test_projects_of_the_same_year_are_discounted_by_their_part_of_it():
    assert shared(4, 0.21, a_year=2) == pytest.approx(sum(1.1**-j for j in range(4)))


@given(st.integers(1, 1_000), st.sampled_from([0, 1e-12, 1e-9, 1e-3, 0.1, 0.5, 1]), st.sampled_from([0.1, 4, 1e12]))
def test_discounting_never_makes_sharing_worth_more_than_the_projects(projects, rate, a_year):
    worth = shared(projects, rate, a_year)
    assert 1 - 1e-9 <= worth <= projects * (1 + 1e-12)
    assert worth == pytest.approx(sum((1 + rate) ** (-j / a_year) for j in range(projects)), rel=1e-9)
