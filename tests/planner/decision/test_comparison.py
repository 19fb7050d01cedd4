"""Random against active learning on a handful of draws, worked by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.decision.break_even import break_evens, chance_by_price, lowest_price_usd
from planner.decision.comparison import Order, compare, concat, most_within, serious_vendors
from planner.decision.labels_required import BY_FORMULA, LabelsRequired
from planner.decision.state import Call, Interval
from planner.plan import parse_plan
from simulations.errors import InputError
from tests.planner.decision.hand_made import AS_DELIVERED, SIMPLE, case_of, spread

PLAN = parse_plan(SIMPLE)
NEVER = np.inf


def values_of(plan, n_draws):
    return plan.draw(n_draws, seed=0)


def price_random(plan, values, need, worth):
    return Order(LabelsRequired(plan, None, values, None, {"random": np.array([need])}, worth), "random", None).price(0)


def compared(random, margin, plan=PLAN, **more):
    needs = {"random": np.array(random, dtype=float), "margin": np.array(margin, dtype=float), **more}
    return compare(LabelsRequired(plan, 0.9, values_of(plan, len(random)), None, needs, AS_DELIVERED))


def test_a_vendor_that_is_only_a_try_is_not_taken():
    """By hand: the cheap vendor reaches the target in one future of four, the two others in three and in all."""
    quotes = "".join(f'[[vendors]]\nname = "{name}"\nprice_usd = 1\n' for name in "ABC")
    plan = parse_plan("[task]\npool_size = 100_000\ntarget = 0.9\n" + quotes)
    reached = ([1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1])
    offers = [SimpleNamespace(reached=np.array(one, dtype=float)) for one in reached]
    assert serious_vendors(plan, offers) == [1, 2]
    offers[0].reached = np.array([1.0, 1.0, 0.0, 0.0])
    assert serious_vendors(plan, offers) == [0, 1, 2]
    none = [SimpleNamespace(reached=np.zeros(4))] * 3
    assert serious_vendors(plan, none) == [0, 1, 2]


def test_savings_and_the_better_plan_draw_by_draw():
    done = compared([5_000, 2_000, 1_500], [2_000, 1_500, 500])
    assert done.saving_usd == pytest.approx([2_000, -500, 0])
    assert done.al_better == pytest.approx([1, 0, 0.5])
    assert done.p_al_cheaper == 0.5


def test_a_plan_that_misses_the_target_pays_for_its_pool_and_loses_to_one_that_does_not():
    done = compared([NEVER, 200, NEVER, 10_001], [9_900, NEVER, NEVER, 9_950])
    assert list(done.plans["random"].reached) == [False, True, False, False]
    assert done.plans["random"].bill.labels[[0, 2]] == pytest.approx([10_000, 10_000])
    # Only active learning reaches; only random; neither; a need just above the pool is out of reach too.
    assert done.al_better == pytest.approx([1, 0, 0.5, 1])
    assert done.p_unreachable == 0.25
    assert np.isfinite(done.saving_usd).all()


def test_active_learning_buys_whole_batches_and_at_least_its_initial_set():
    done = compared([90.2, 150, 9_999], [3, 101, 9_950])
    assert done.plans["margin"].bill.labels == pytest.approx([100, 200, 10_000])
    assert done.plans["random"].bill.labels == pytest.approx([100, 200, 10_000])
    # Orders that double what is owned: 100, 200, ..., 6,400 and the rest.
    assert done.plans["random"].bill.rounds == pytest.approx([0, 1, 7])


def test_random_labels_that_are_watched_come_in_whole_batches_too():
    watched = parse_plan(SIMPLE.replace("batch_size = 100\n", "batch_size = 100\nmonitor_random = true\n"))
    done = compared([90.2, 150, 9_999], [3, 101, 9_950], watched)
    assert done.plans["random"].bill.labels == pytest.approx([100, 200, 10_000])
    # Half of the pool is bought in rounds, and the rest at once.
    assert done.plans["random"].bill.rounds == pytest.approx([0, 1, 50])


@pytest.mark.parametrize(("delay_usd", "size"), [(0, 25.0), (7_000, 200.0)])
def test_watched_random_labels_take_a_batch_size_of_their_own_by_labels_and_days(delay_usd, size):
    text = SIMPLE.replace("batch_size = 100\n", "monitor_random = true\n")
    text = text.replace("retrain_days = 0", "retrain_days = 1").replace("per_week = 0", f"per_week = {delay_usd}")
    done = compared([955], [455], parse_plan(text))
    random = done.plans["random"]
    # A day a training at $1,000: five of 200 labels in place of 35 of 25, for 145 labels that are not needed.
    assert random.batch_size == size
    assert random.bill.labels == pytest.approx([100 + size * np.ceil(855 / size)])
    assert random.bill.lines["delay_usd"] == pytest.approx([0])
    trainings = 1 + np.ceil(855 / size)  # of a day each, and 4,000 labels a day
    assert random.bill.days == pytest.approx(trainings + random.bill.labels / 4_000)


def test_before_its_first_query_active_learning_is_random_labelling():
    done = compared([5_000, 100, 50], [3, 3, 3])
    assert done.plans["margin"].bill.rounds == pytest.approx([1, 0, 0])


def test_a_pool_labelled_whole_gives_the_same_model_whoever_chose_the_order():
    done = compared([5_000, NEVER], [NEVER, NEVER])
    assert list(done.plans["margin"].reached) == [True, False]
    assert done.plans["margin"].bill.labels == pytest.approx([10_000, 10_000])


def test_the_strategy_is_chosen_by_its_mean_not_in_each_draw():
    done = compared([5_000] * 2, [1_000, 3_000], entropy=np.array([3_000.0, 1_100.0]))
    assert done.al_plan == "margin"
    assert done.saving_usd == pytest.approx([3_000, 1_000])


def test_noisy_labels_are_bought_in_proportion_to_what_they_are_worth():
    noisy = parse_plan(SIMPLE.replace("delivered_error_rate = 0", "delivered_error_rate = 0.1"))
    values = values_of(noisy, 1)
    bought = price_random(noisy, values, 640.0, BY_FORMULA)
    assert bought.bill.labels == pytest.approx([1_000])
    as_they_are = price_random(noisy, values, 640.0, AS_DELIVERED)
    assert as_they_are.bill.labels == pytest.approx([700])  # whole batches


def test_votes_that_carry_no_information_never_reach():
    useless = parse_plan(SIMPLE.replace("delivered_error_rate = 0", "vote_error_rate = 0.6"))
    bought = price_random(useless, values_of(useless, 1), 5.0, BY_FORMULA)
    assert not bought.reached[0]


@pytest.mark.parametrize(
    ("budget", "labels", "reached"), [(6_000, 4_000, True), (3_000, 2_000, False), (50, 100, False)]
)
def test_a_budget_caps_what_a_plan_can_buy(budget, labels, reached):
    capped = parse_plan(SIMPLE.replace("[task]", f"[task]\nbudget_usd = {budget}"))
    needs = {"random": np.array([8_000.0]), "margin": np.array([4_000.0])}
    found = LabelsRequired(capped, None, values_of(capped, 1), None, needs, AS_DELIVERED)
    bought = Order(found, "margin", None).price(0)
    assert bought.bill.labels == pytest.approx([labels])
    assert bought.reached[0] == reached


needs = st.lists(st.tuples(st.integers(1, 12_000), st.integers(1, 12_000)), min_size=1, max_size=20)


def lowest(case):
    found = break_evens(case, ("price",))["price"]
    return lowest_price_usd(found.p50), lowest_price_usd(found.p80)


def test_no_price_pays_where_active_learning_needs_more_and_every_price_where_it_costs_nothing():
    assert lowest(case_of(np.full(4, 2_000.0), np.full(4, 3_000.0))) == (None, None)
    free = SIMPLE.replace("one_off_hours = 20", "one_off_hours = 0")
    # Nothing is bought for nothing: at $0 the two are equal, which is half each.
    assert lowest(case_of(np.full(4, 3_000.0), np.full(4, 2_000.0), free))[0] == 0


def test_the_chance_is_traced_a_decade_beyond_its_marks():
    case = case_of(np.full(4, 3_000.0), np.full(4, 2_000.0))
    traced = chance_by_price(case, [0.5, 3.0])
    assert traced["price_usd"].min() <= 0.05
    assert traced["price_usd"].max() >= 30
    assert traced["price_usd"].is_monotonic_increasing
    # 1,000 labels saved pay for $1,000 from $1 on.
    assert traced["p_al_cheaper"].tolist() == [0.5 * (1 + np.sign(round(usd - 1, 9))) for usd in traced["price_usd"]]


def test_prices_lie_closer_where_the_chance_jumps_and_end_where_no_plan_can_begin():
    steep = chance_by_price(case_of(np.full(4, 3_000.0), np.full(4, 2_000.0)), [1.0])["price_usd"]
    ratios = np.diff(np.log10(steep))
    at = np.searchsorted(steep, 1.0)
    assert ratios[at - 2 : at + 1].min() == pytest.approx(1 / 12 / 8, rel=1e-6)
    assert ratios.max() == pytest.approx(1 / 12)
    capped = case_of(np.full(4, 2_000.0), np.full(4, 500.0), SIMPLE.replace("[task]", "[task]\nbudget_usd = 6_000"))
    # $6,000 pay for 500 labels beside the engineering up to $10, and 2,000 alone up to $3.
    traced = chance_by_price(capped, [1.0, 5.0])
    assert 9 < traced["price_usd"].max() <= 10
    assert traced["p_al_cheaper"].iloc[-1] == 1
    poor = case_of(np.full(4, 9_000.0), np.full(4, 9_000.0), SIMPLE.replace("[task]", "[task]\nbudget_usd = 60"))
    assert len(chance_by_price(poor, [1.0])) > 20  # nothing to tell at the price paid, and so nothing to leave out


@pytest.mark.parametrize(
    ("ahead", "behind", "state"),
    [(9, 0, "use_active_learning"), (6, 3, "use_active_learning"), (6, 3.1, "too_close"), (3.1, 6, "too_close"),
     (3, 6, "label_random"), (0, 9, "label_random"), (0, 0, "too_close")],
)  # fmt: skip
def test_three_states(ahead, behind, state):
    assert Call(ahead, behind).state == state
    assert Call(ahead, behind, p_unreachable=0.6).state == "too_close"


def test_the_call_goes_by_the_mean_and_not_by_the_chance():
    # $7,000 saved in one future of four, and $500 lost in three.
    done = compared([9_000, 2_000, 2_000, 2_000], [1_000, 1_500, 1_500, 1_500])
    assert done.saving_usd == pytest.approx([7_000, -500, -500, -500])
    assert (done.call.expected, done.call.expected_loss) == pytest.approx((1_375, 375))
    assert (done.p_al_cheaper, done.call.state) == (0.25, "use_active_learning")
    # Where both cost the same nothing is called.
    assert compared([1_500], [500]).call.state == "too_close"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_a_call_is_made_where_it_saves_more_than_it_may_lose(savings):
    saved = np.array(savings)
    call = Call(float(np.maximum(saved, 0).mean()), float(np.maximum(-saved, 0).mean()))
    assert call.expected == pytest.approx(saved.mean(), abs=1e-6)
    # Knowing each future saves what the better option of each does, beyond the better one on average.
    knowing = np.maximum(saved, 0).mean() - max(saved.mean(), 0)
    assert call.expected_loss == pytest.approx(knowing, abs=1e-6)
    if abs(call.expected_loss - abs(call.expected)) > 1e-6:
        assert (call.state != "too_close") == (call.expected_loss < abs(call.expected))


def test_an_interval_says_never_where_the_draws_do():
    draws = np.arange(10.0)
    assert Interval.of(draws) == Interval(1.0, 5.0, 9.0)
    reached = np.arange(10) < 6
    assert Interval.of(draws, reached=reached) == Interval(1.0, 5.0, None)
    rarely = np.arange(10) < 4
    assert Interval.of(draws, reached=rarely) == Interval(None, None, None)


def test_an_open_batch_size_is_the_one_with_the_lowest_mean():
    # Each round costs 10 hours at $50; labels beyond the need cost $1 each. The need is 100 labels or 300 more.
    text = SIMPLE.replace("hours_per_round = 0", "hours_per_round = 10").replace("batch_size = 100\n", "")
    open_to_all = parse_plan(text)
    done = compared([5_000, 5_000], [200, 400], plan=open_to_all)
    found = done.plans["margin"]
    totals = {}
    for size in (25, 35, 50, 71, 100, 140, 200):
        fixed = parse_plan(text.replace("initial_labels = 100", f"initial_labels = 100\nbatch_size = {size}"))
        totals[size] = compared([5_000, 5_000], [200, 400], plan=fixed).plans["margin"].mean_usd
    assert found.batch_size == min(totals, key=totals.__getitem__) == 200
    # Either 300 labels after one round or 500 after two.
    assert found.mean_usd == pytest.approx(totals[200]) == pytest.approx(1_000 + 400 + 750)


def test_stratified_labelling_is_ordered_as_random_is_without_engineering_and_never_the_active_plan():
    named = parse_plan(SIMPLE.replace("[strategy]", '[strategy]\nnames = ["stratified_random", "margin"]'))
    done = compared([5_000], [4_900], plan=named, stratified_random=np.array([1_000.0]))
    assert done.al_plan == "margin"
    assert done.plans["stratified_random"].bill.total_usd == pytest.approx([1_000])
    assert done.plans["stratified_random"].bill.rounds == pytest.approx([4])
    with pytest.raises(InputError, match="allowed: beside it a strategy that chooses by a model"):
        parse_plan('[strategy]\nnames = ["stratified_random"]')


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=8),
    st.floats(0.001, 1_000),
    st.floats(0, 5_000),
    st.integers(1, 900),
    st.sampled_from([np.floor, np.ceil]),
)
def test_the_most_labels_within_a_budget_are_found_on_bills_with_steps(lasts, slope, jump, every, rounds):
    most = np.array(lasts, dtype=float)

    def bill(n):  # rounds make it a staircase
        return slope * n + jump * rounds(n / every)

    over = lambda n: bill(n) - bill(most)  # noqa: E731
    found = most_within(over, np.zeros(len(most)), np.full(len(most), 20_000.0))
    assert found == pytest.approx(most)
    assert most_within(over, np.zeros(len(most)), most / 2) == pytest.approx(most / 2)
    for high in (np.full(len(most), 20_000.0), most, most + every):
        assert most_within(over, np.zeros(len(most)), high, np.array([every])) == pytest.approx(most)


def test_an_input_that_counts_between_the_ends_alone_gets_its_own_answers():
    least = np.array([[10.0], [400.0]])  # settings of a least order, which costs nothing at either end

    def over(n):
        inside = np.any((n > 0) & (n < 1_000))
        return (np.maximum(n, least) if inside else n) - np.full(3, 300.0)

    found = most_within(over, np.zeros(1), np.full(1, 1_000.0))
    assert found == pytest.approx(np.array([[300.0] * 3, [0.0] * 3]))


def test_counting_whole_rounds_first_asks_for_fewer_bills():
    budgets, batch, asked = np.linspace(1_000, 60_000, 300), np.full(1, 500.0), []

    def over(n):  # a round of 500 labels begins with $400
        asked.append(n)
        return n + 400 * np.ceil(n / 500) - budgets

    plain = most_within(over, np.zeros(1), np.full(1, 97_000.0))
    without = len(asked)
    assert most_within(over, np.zeros(1), np.full(1, 97_000.0), batch) == pytest.approx(plain)
    assert len(asked) - without <= 0.75 * without, (without, len(asked))


HOURS = "engineering.one_off_hours"


def test_parts_in_any_order_are_the_whole():
    case = spread(30)
    x = np.array([[5.0], [20.0], [80.0]])
    whole = case.at({HOURS: x})
    parts = [([2, 0], case.at({HOURS: x[[2, 0]]})), ([1], case.at({HOURS: x[1]}))]
    found = concat(parts, 3)
    assert found.saving_usd == pytest.approx(whole.saving_usd)
    assert found.al_better == pytest.approx(whole.al_better)
    assert found.p_unreachable == whole.p_unreachable
    for name, priced in found.plans.items():
        assert np.broadcast_to(priced.bill.days, (3, 30)) == pytest.approx(
            np.broadcast_to(whole.plans[name].bill.days, (3, 30))
        )
        assert priced.bill.lines["engineering_usd"].shape[0] == 3
        assert priced.reached.dtype == bool
