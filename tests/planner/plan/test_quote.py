"""What a quote must and may not hold: each fault is one sentence with the vendor and the field."""

from datetime import date

import pytest
import tomlkit

from planner.plan import parse_plan
from planner.plan.quote import BELONGS, BILLINGS, NEEDS, Quote
from simulations.errors import InputError

# The least that each billing needs.
LEAST = {
    "per_item": {"price_usd": 0.1},
    "per_annotation": {"price_usd": 0.1},
    "per_hour": {"hourly_rate_usd": 9, "seconds_per_vote": 20},
    "per_token": {
        "tokens_in_per_vote": 500,
        "tokens_out_per_vote": 20,
        "price_usd_per_million_tokens_in": 1,
        "price_usd_per_million_tokens_out": 4,
    },
    "in_house": {"salary_usd_per_year": 50_000, "seconds_per_vote": 20},
    "platform_only": {},
}
TWO = [{"to_units": 100, "price_usd": 1}, {"from_units": 100, "price_usd": 0.5}]


def read(*vendors, **task):
    return parse_plan(tomlkit.dumps({"task": task, "vendors": list(vendors)}))


def fault(terms, **task):
    """The sentence about a second vendor called "Fault Ltd"."""
    with pytest.raises(InputError) as told:
        read({"name": "Fine Ltd", "price_usd": 0.1}, {"name": "Fault Ltd", **terms}, **task)
    message = str(told.value)
    assert "Fault Ltd" in message and "Fine Ltd" not in message
    assert "\n" not in message and "Value error" not in message
    return message


@pytest.mark.parametrize("billing", BILLINGS)
def test_the_least_quote_of_each_billing_is_enough(billing):
    vendor = read({"billing": billing, **LEAST[billing]}).vendors[0]
    assert vendor.billing == billing
    assert (vendor.throughput_per_day is None) == (billing == "in_house")


@pytest.mark.parametrize("billing", BILLINGS)
def test_every_billing_refuses_the_fields_of_another(billing):
    foreign = {key for key, owners in BELONGS.items() if billing not in owners}
    assert foreign
    for key in foreign:
        message = fault({"billing": billing, **LEAST[billing], key: 1})
        assert f'{key}: not part of billing "{billing}"' in message


@pytest.mark.parametrize(
    ("billing", "key"), [(billing, key) for billing in BILLINGS for choice in NEEDS[billing] for key in choice[:1]]
)
def test_a_quote_without_a_price_of_its_billing_is_refused(billing, key):
    left = {name: value for name, value in LEAST[billing].items() if name != key}
    if billing == "per_item":
        # The usual price stands in, unless the quote names its tiers and has none.
        assert read({"billing": billing, **left}).vendors[0].price_usd is not None
        left = {"tiers": []}
    message = fault({"billing": billing, **left})
    assert key in message and "missing" in message and f'billing "{billing}" needs it' in message


def test_a_price_and_tiers_are_one_too_many():
    assert "found both price_usd and tiers" in fault({"price_usd": 1, "tiers": TWO})
    hourly = {"billing": "per_hour", "seconds_per_vote": 9, "hourly_rate_usd": 9, "tiers": TWO}
    assert "found both hourly_rate_usd and tiers" in fault(hourly)


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ([{"from_units": 100, "price_usd": 1}, {"to_units": 100, "price_usd": 2}], ("tier 1 from_units", "allowed: 0")),
        ([{"to_units": 100, "price_usd": 1}, {"from_units": 90, "price_usd": 2}], ("tier 2", "90", "100", "overlap")),
        ([{"to_units": 100, "price_usd": 1}, {"from_units": 120, "price_usd": 2}], ("tier 2", "120", "leave a hole")),
        ([{"to_units": 100, "price_usd": 1}, {"price_usd": 2}], ("tier 2 from_units", "found 0")),
        ([{"price_usd": 1}, {"from_units": 100, "price_usd": 2}], ("tier 1 to_units", "missing", "last tier")),
        ([{"to_units": 100, "price_usd": 1}], ("tier 1 to_units", "found 100", "no end")),
        (
            [{"to_units": 9, "price_usd": 1}, {"from_units": 9, "to_units": 9, "price_usd": 2}, TWO[1]],
            ("tier 2 to_units", "above its from_units, 9"),
        ),
        ([{"to_units": "50 to 100", "price_usd": 1}, TWO[1]], ("tier 1", "range of units")),
        ([{"to_units": 0, "price_usd": 1}, TWO[1]], ("tier 1", "to_units", "found 0")),
        ([{"to_units": 100, "price_usd": 0}, TWO[1]], ("tier 1", "price_usd", "found 0")),
        ([{"to_units": 100}, TWO[1]], ("tier 1", "price_usd", "missing")),
        ([{"to_unit": 100, "price_usd": 1}, TWO[1]], ("tier 1", "to_unit", "did you mean 'to_units'")),
        ("cheap", ("tiers", "found 'cheap'", "to_units = 50_000")),
        ([1, 2], ("tier 1", "found 1")),
    ],
)
def test_tiers_out_of_order_with_a_hole_or_an_end_are_refused(tiers, words):
    message = fault({"tiers": tiers})
    for word in words:
        assert word in message


def test_tiers_are_read_inline_and_as_tables_alike():
    head = '[[vendors]]\nname = "V"\n'
    inline = head + "tiers = [{to_units = 50_000, price_usd = 0.035}, {from_units = 50_000, price_usd = 0.025}]"
    tables = (
        head + "[[vendors.tiers]]\nto_units = 50_000\nprice_usd = 0.035\n"
        "[[vendors.tiers]]\nfrom_units = 50_000\nprice_usd = 0.025\n"
    )
    one, two = parse_plan(inline), parse_plan(tables)
    assert one.vendors == two.vendors
    assert one.medians()["vendors.0.tiers.1.price_usd"] == 0.025
    changed = one.replace({"vendors.0.tiers.1.price_usd": "0.01 to 0.02"})
    assert changed.vendors[0].tiers[1].price_usd.text == "0.01 to 0.02"


@pytest.mark.parametrize(("key", "value"), [("tier_kind", "volume"), ("tier_reset", "monthly")])
def test_terms_of_tiers_need_tiers(key, value):
    assert f"{key}: found without tiers" in fault({key: value})


def test_another_currency_is_never_converted():
    message = fault({"currency": "EUR"})
    assert "currency: found EUR; allowed: USD" in message
    assert "nothing is converted" in message
    assert read({"currency": "EUR"}, currency="EUR").vendors[0].currency == "EUR"
    assert "found USD; allowed: EUR" in fault({"currency": "USD"}, currency="EUR")


@pytest.mark.parametrize("key", ["delivered_error_rate", "vote_error_rate"])
@pytest.mark.parametrize("value", [2, "1 to 4", -0.1])
def test_an_error_rate_is_a_fraction(key, value):
    message = fault({key: value})
    assert key in message and str(value) in message and "0.02, not 2" in message


@pytest.mark.parametrize("key", ["delivered_error_rate", "vote_error_rate"])
@pytest.mark.parametrize(
    ("rate", "classes", "refused"),
    [
        (0.5, 2, True),
        (0.49, 2, False),
        (0.749, 4, False),
        ("0.3 to 0.75", 4, True),
    ],
)
def test_an_error_rate_of_guessing_is_refused(key, rate, classes, refused):
    if refused:
        message = fault({key: rate}, classes=classes)
        assert f"{key}: found {rate}" in message and f"{1 - 1 / classes:.3g}" in message
    else:
        assert read({key: rate}, classes=classes)


def test_one_error_rate_is_enough():
    assert "found both delivered_error_rate and vote_error_rate" in fault(
        {"delivered_error_rate": 0.1, "vote_error_rate": 0.2}
    )
    assert "vote_correlation: found without vote_error_rate" in fault({"vote_correlation": 0.3})
    only = read({"vote_error_rate": 0.2}).vendors[0]
    assert only.delivered_error_rate is None


@pytest.mark.parametrize("votes", [0, -1, 1.5, 52, "0 to 3", True, "many"])
def test_votes_are_whole_and_at_least_one(votes):
    assert "votes_per_item" in fault({"votes_per_item": votes})


USD_FIELDS = sorted(key for key in Quote.model_fields if "usd" in key)


@pytest.mark.parametrize("key", USD_FIELDS)
@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf"), "-1 to 2", 1e13, "$5", True])
def test_prices_are_never_negative_or_no_number(key, value):
    billing = BELONGS.get(key, ("per_item",))[0]
    least = {name: x for name, x in LEAST[billing].items() if name != key}
    message = fault({"billing": billing, **least, key: value})
    assert message.startswith('plan, [[vendors]] no. 2 "Fault Ltd" ') and key in message and "allowed: " in message


def test_dates_are_dates_in_order():
    period = {"valid_from": date(2026, 3, 1), "valid_until": date(2026, 2, 1)}
    assert "valid_until: found 2026-02-01; allowed: from 2026-03-01" in fault(period)
    for found in ("soon", "2026-13-01", 7.5, "31.12.2026"):
        message = fault({"valid_until": found})
        assert "valid_until" in message and "a date such as" in message
    assert read({**period, "valid_until": date(2026, 3, 1)}).vendors[0].valid_until == date(2026, 3, 1)


def test_a_rush_says_what_it_costs_or_how_fast_it_is():
    assert "rush: found true" in fault({"rush": True})
    assert "rush" in fault({"rush": "yes please"})
    assert "rush_price_multiplier" in fault({"rush": True, "rush_price_multiplier": 0.5})
    assert read({"rush": True, "rush_turnaround_days": 0}).vendors[0].rush


def test_schemes_of_votes():
    rate = {"vote_error_rate": 0.2}
    assert "without vote_error_rate" in fault({"vote_scheme": "dynamic"})
    two = {"vote_scheme": "two_then_tie_break", **rate}
    assert "votes_per_item: found 5; allowed: 3" in fault({**two, "votes_per_item": 5})
    assert read({**two, "votes_per_item": 3})
    dynamic = {"vote_scheme": "dynamic", **rate}
    for votes in (1, 16, "3 to 16"):
        assert "allowed: 2 to 15" in fault({**dynamic, "votes_per_item": votes})
    assert "vote_scheme" in fault({"vote_scheme": "majority"})


@pytest.mark.parametrize(
    ("key", "value", "partner", "other"),
    [
        ("fee_many_votes", 10, "fee_rate_many", 0.4),
        ("seat_usd_per_month", 50, "seats", 3),
        ("review_price_usd", 0.02, "review_share", 0.1),
    ],
)
def test_a_price_that_nothing_would_be_charged_for_was_meant_otherwise(key, value, partner, other):
    assert f"{key}: found without {partner}" in fault({key: value})
    assert f"{key}: found without {partner}" in fault({key: value} | ({partner: 0} if partner == "seats" else {}))
    assert read({key: value, partner: other})


def test_a_claim_has_no_audit():
    assert "audit_items" in fault({"error_rate_is": "claimed", "audit_items": 100})


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"billing": "per_label"}, ("billing", "per_label", "per_item")),
        ({"prise_usd": 1}, ("prise_usd", "did you mean 'price_usd'")),
        ({"efficiency": 0, **LEAST["per_hour"], "billing": "per_hour"}, ("efficiency", "0.2, not 20")),
        ({"gold_share": 1}, ("gold_share", "below 1")),
        ({"seats": 1.5}, ("seats", "whole")),
        ({"people": 0, "billing": "in_house", **LEAST["in_house"]}, ("people", "from 1")),
        ({"throughput_per_day": 0}, ("throughput_per_day", "above 0")),
        ({"rework_free": "maybe"}, ("rework_free", "true or false")),
    ],
)
def test_other_faults_name_their_field_and_what_is_allowed(terms, words):
    message = fault(terms)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[vendors]]\nfee_rate = 20", "fee_rate: found 20; allowed: 0 to 2, a fraction"),
        ('[[vendors]]\nname = " "', "name: found nothing"),
        ("[engineering]\ndiscount_rate = 8", "discount_rate: found 8; allowed: 0 to 1, a fraction"),
        # A platform's own people need their time and their rate.
        ('[[vendors]]\nbilling = "platform_only"\nhourly_rate_usd = 30', "hourly_rate_usd: found without"),
        ('[[vendors]]\nbilling = "platform_only"\nseconds_per_vote = 30', "seconds_per_vote: found without"),
    ],
)
def test_slips_that_would_price_silently_are_refused(text, told):
    with pytest.raises(InputError, match=told):
        parse_plan(text)


def test_a_model_is_asked_once_and_people_three_times_where_the_quote_names_no_votes():
    votes = {
        billing: read({"billing": billing, **LEAST[billing]}).vendors[0].votes_per_item.text for billing in BILLINGS
    }
    assert votes == dict.fromkeys(BILLINGS, "3") | {"per_token": "1"}


@pytest.mark.parametrize("kind", [{"a": 1}, [1], 3])
def test_a_kind_that_is_no_word_is_told(kind):
    with pytest.raises(InputError, match="kind"):
        parse_plan(tomlkit.dumps({"vendors": [{"price_usd": 0.1, "kind": kind}]}))


@pytest.mark.parametrize("billing", [{"a": 1}, [], 3])
def test_a_billing_that_is_no_word_is_told(billing):
    with pytest.raises(InputError, match="billing"):
        parse_plan(tomlkit.dumps({"vendors": [{"price_usd": 0.1, "billing": billing}]}))
