"""Vendors beside each other, on quotes that can be worked by hand."""

import pytest

from planner.decision.quotes import compare_vendors
from planner.plan import parse_plan
from simulations.errors import InputError

TWO = """
[task]
classes = 2
pool_size = 100_000
test_labels = 1_000
[[vendors]]
name = "no set-up"
price_usd = 0.10
votes_per_item = 1
delivered_error_rate = 0
[[vendors]]
name = "set-up"
price_usd = 0.05
votes_per_item = 1
set_up_usd = 500
delivered_error_rate = 0
"""


def compared(text: str, *labels: int):
    plan = parse_plan(text)
    return compare_vendors(plan, plan.draw(200, 0), labels)


def test_the_cheapest_changes_where_the_set_up_is_earned():
    # $0.05 less an item pays for $500 of set-up at 10,000 items, where the two are equal and the first of them stays.
    found = compared(TWO, 5_000)
    assert [(switch.from_labels, switch.vendor) for switch in found.switches] == [(1, "no set-up"), (10_001, "set-up")]


def test_prices_of_useful_items_and_effective_labels_by_hand():
    offer = compared(TWO.replace("delivered_error_rate = 0\n[[", "delivered_error_rate = 0.1\n[["), 1_000).offers[0]
    volume = offer.volumes[0]
    assert volume.total_usd.q50 == pytest.approx(100)
    assert volume.item_usd.q50 == pytest.approx(0.10)
    assert volume.useful_item_usd.q50 == pytest.approx(0.10 / 0.9)
    assert volume.effective_label_usd is not None
    assert volume.effective_label_usd.q50 == pytest.approx(0.10 / 0.64)  # (1 - 2 x 0.1)^2


def test_more_votes_or_more_items_weighs_fees_and_surcharges():
    quote = """
[task]
classes = 2
[[vendors]]
price_usd = 0.01
votes_per_item = 3
vote_error_rate = 0.25
platform_fee_usd_per_item = {fee}
"""
    cheap, dear = (compared(quote.format(fee=fee), 1_000).offers[0].votes_choice for fee in (0, 1))
    assert cheap is not None
    assert dear is not None
    assert cheap.best is not None
    assert dear.best is not None
    assert cheap.best < dear.best  # where each item costs a fee, its votes are the smaller part


def test_a_price_of_one_votes_error_only_is_asked_for_votes():
    assert compared(TWO, 1_000).offers[0].votes_choice is None


def test_labels_that_tell_nothing_are_worth_nothing_and_never_the_cheapest():
    # Beyond 50% errors the formula gives 0, whatever the number of classes.
    text = TWO.replace("classes = 2", "classes = 10").replace("price_usd = 0.05", "price_usd = 0.0011")
    text = text.replace("set_up_usd = 500\ndelivered_error_rate = 0", "delivered_error_rate = 0.6")
    found = compared(text, 1_000)
    assert found.offers[1].volumes[0].effective_label_usd is None
    assert [switch.vendor for switch in found.switches] == ["no set-up"]


def test_volumes_outside_the_pool_and_nothing_to_price_are_refused():
    with pytest.raises(InputError, match="from 1 to 99,000"):
        compared(TWO, 99_001)
    with pytest.raises(InputError, match="--labels"):
        compared(TWO)


def test_each_vendors_share_of_futures_is_counted_with_ties_split():
    # Equal quotes share every future; a dearer one has none, and a tool without its people is not compared.
    quote = '[[vendors]]\nname = "{}"\nprice_usd = "{}"\nvotes_per_item = 1\ndelivered_error_rate = 0\n'
    tool = '[[vendors]]\nname = "tool"\nbilling = "platform_only"\nseats = 1\nseat_usd_per_month = 1\n'
    text = "".join(quote.format(name, price) for name, price in [("a", 0.05), ("b", 0.05), ("c", 0.06)]) + tool
    assert [offer.volumes[0].p_cheapest for offer in compared(text, 1_000).offers] == [0.5, 0.5, 0.0, None]


def test_a_wide_range_is_often_but_not_on_average_the_cheapest():
    quote = '[[vendors]]\nname = "{}"\nprice_usd = "{}"\nvotes_per_item = 1\ndelivered_error_rate = 0\n'
    found = compared(quote.format("sure", 0.05) + quote.format("unsure", "0.01 to 0.2"), 1_000)
    sure, unsure = (offer.volumes[0] for offer in found.offers)
    # Its median of $0.045 is lower, so that it is the cheaper one in more than half of futures.
    assert 0.5 < unsure.p_cheapest < 0.65
    assert sure.p_cheapest + unsure.p_cheapest == 1


CLEAN_AND_WRONG = """
[task]
classes = 2
pool_size = 11_000
test_labels = 1_000
[[vendors]]
name = "clean"
price_usd = 0.50
votes_per_item = 1
delivered_error_rate = 0
[[vendors]]
name = "wrong"
price_usd = 0.10
votes_per_item = 1
delivered_error_rate = 0.1
"""


def test_a_vendor_is_cheapest_for_no_more_clean_labels_than_its_part_of_the_pool():
    # (1 - 2 x 0.1)^2 of 10,000 items are 6,400 clean labels; beyond that only the dearer vendor has enough.
    found = compared(CLEAN_AND_WRONG, 1_000)
    assert [(switch.from_labels, switch.vendor) for switch in found.switches] == [(1, "wrong"), (6_401, "clean")]
    assert found.most_labels == 10_000
    alone = compared(CLEAN_AND_WRONG.replace("delivered_error_rate = 0\n", "delivered_error_rate = 0.2\n"), 1_000)
    assert ([switch.vendor for switch in alone.switches], alone.most_labels) == (["wrong"], 6_400)


def test_no_vendor_is_the_cheapest_where_all_labels_are_worth_nothing():
    found = compared(CLEAN_AND_WRONG.replace("0.1\n", "0.45\n").replace("classes = 2", "classes = 10"), 1_000)
    assert found.switches[0].vendor == "clean"
    worthless = CLEAN_AND_WRONG.replace("classes = 2", "classes = 10").replace("rate = 0\n", "rate = 0.6\n")
    found = compared(worthless.replace("rate = 0.1\n", "rate = 0.55\n"), 1_000)
    assert (found.switches, found.most_labels) == ((), 0)


def test_labels_are_not_rounded_up_to_make_a_vendor_the_cheapest_for_two_or_three():
    # A clean label is $0.1111 with the one and $0.11 with the other, for whichever number of them.
    text = CLEAN_AND_WRONG.replace("0.50", "0.11").replace("0.10", "0.10").replace("0.1\n", "0.0257\n")
    assert len(compared(text, 1_000).switches) == 1
