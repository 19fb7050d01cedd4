"""Who labels the test set: its price, its days, and what its wrong labels hide."""

import pytest

from planner.costs.label_noise import measured_accuracy, precision_factor
from planner.decision import decide
from planner.plan import parse_plan
from simulations.errors import InputError
from tests.planner.costs.quotes import bill, plan_of, usd

CROWD = {"name": "Crowd", "price_usd": 0.1, "votes_per_item": 1, "turnaround_days": 0, "delivered_error_rate": 0.01}
EXPERT = {**CROWD, "name": "Expert", "kind": "expert", "price_usd": 2, "delivered_error_rate": 0.03}
TOKENS = dict.fromkeys(("tokens_in_per_vote", "tokens_out_per_vote"), 100)
PRICES = dict.fromkeys(("price_usd_per_million_tokens_in", "price_usd_per_million_tokens_out"), 1)
MODEL = {"name": "Model", "billing": "per_token", **TOKENS, **PRICES, "delivered_error_rate": 0.001}
TASK = {"pool_size": 100_000, "test_labels": 500, "classes": 4}


def judge(*vendors, **task):
    plan = plan_of(*vendors, task={**TASK, **task})
    return plan.vendors[plan.test_vendor].name


def test_experts_are_trusted_before_crowds_and_crowds_before_language_models():
    assert judge(CROWD, EXPERT, MODEL) == "Expert"
    assert judge(MODEL, CROWD) == "Crowd"
    assert judge({**CROWD, "name": "Worse", "delivered_error_rate": 0.2}, CROWD) == "Crowd"
    assert judge(MODEL) == "Model"
    assert judge(CROWD, EXPERT, MODEL, test_vendor="Model") == "Model"


def test_the_test_set_is_an_order_of_its_own_at_the_trusted_price():
    plan = plan_of(CROWD, EXPERT, task=TASK)
    made = bill(plan, 4_000)  # from the crowd
    assert usd(made, "labels_usd") == pytest.approx(400) and usd(made, "test_labels_usd") == pytest.approx(500 * 2)
    own = bill(plan_of(CROWD, EXPERT, task={**TASK, "test_vendor": "Crowd"}), 4_000)
    assert usd(own, "test_labels_usd") == pytest.approx(500 * 0.1)


def test_a_late_test_set_is_waited_for():
    tables = {"task": {**TASK, "test_labels": 1_000}, "calendar": {"retrain_days": 0}}
    quick = {**CROWD, "throughput_per_day": 1_000}
    slow = {**EXPERT, "turnaround_days": 10, "throughput_per_day": 100}
    # The crowd takes 2 days for 2,000 items; the expert 10 days and 10 more for 1,000.
    assert bill(plan_of(quick, slow, **tables), 2_000, active=False).days == pytest.approx([20])


def test_labels_of_another_vendor_do_not_test_themselves():
    plan = plan_of(CROWD, EXPERT, task=TASK)
    made = bill(plan, 4_000, active=False, at_once=False)
    assert usd(made, "test_labels_usd") == pytest.approx(1_000)
    alone = bill(plan_of(CROWD, task=TASK), 4_000, active=False, at_once=False)
    assert usd(alone, "test_labels_usd") == 0
    told = plan_of(CROWD, EXPERT, task={**TASK, "random_evaluation": "cross_validation"})
    assert usd(bill(told, 4_000, active=False, at_once=False), "test_labels_usd") == 0


def test_wrong_test_labels_hide_accuracy_and_cost_items():
    # Of 90 right answers 36 in 1,000 are told wrong; of 10 wrong ones a third of 4% is told right.
    assert measured_accuracy(0.9, 0.04, 4) == pytest.approx(0.9 * 0.96 + 0.1 * 0.04 / 3)
    assert precision_factor(0.04, 4) == pytest.approx(1 / (1 - 0.04 * 4 / 3) ** 2)
    assert measured_accuracy(0.9, 0, 4) == 0.9 and precision_factor(0, 4) == 1


def test_the_answer_says_who_judges_and_what_that_hides():
    text = '[task]\ntarget = 0.9\nclasses = 4\n[evidence]\nrandom_labels = "2_000 to 8_000"\n'
    model = "\n".join(f"{key} = {value!r}" for key, value in {**MODEL, "delivered_error_rate": 0.05}.items())
    alone = decide(parse_plan(f"{text}[[vendors]]\n{model}"), n_draws=200, questions=None).warnings
    assert any(sentence.startswith("Model labels the test set too, and so judges itself") for sentence in alone)
    assert any("labelled by Model, 5.0% of it wrongly: a model that is right in 90.0% seems" in one for one in alone)
    crowd = '[[vendors]]\nname = "Crowd"\nprice_usd = 0.1\n'
    both = decide(parse_plan(f"{text}[[vendors]]\n{model}\n{crowd}"), n_draws=200, questions=None).warnings
    assert not any("judges itself" in sentence for sentence in both)


def test_an_unknown_test_vendor_is_refused():
    with pytest.raises(InputError, match="test_vendor: found Crwd; allowed: the name of a vendor, Crowd or Expert"):
        plan_of(CROWD, EXPERT, task={**TASK, "test_vendor": "Crwd"})
