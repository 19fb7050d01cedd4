from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from planner.decision.state import Call, Interval, SensitivityBar
from planner.decision.verdict import Verdict
from planner.render.verdict import words

Variant = Callable[..., Verdict]


USE, RANDOM = Call(9_000.0, 900.0), Call(900.0, 9_000.0)


def test_the_sentence_holds_what_is_expected_the_chance_and_the_bad_case(verdict: Verdict, variant: Variant) -> None:
    start = "At $0.50 per label and a target of 88% accuracy, "
    assert words.sentence(verdict) == (
        f"{start}active learning (margin) is expected to save $562, 5% of random labelling's bill. It stands to lose "
        "more by being the wrong choice: $2,500 on average. It is cheaper with a chance of 76%, but one time in ten it "
        "costs at least $2,580 more."
    )
    clear = variant(call=Call(4_000.0, 338.0), saving_usd=Interval(310.0, 4_456.0, 23_243.0))
    assert words.sentence(clear) == (
        f"{start}active learning (margin) is expected to save $3,660, a third of random labelling's bill. It is "
        "cheaper with a chance of 76%, and nine times in ten it saves at least $310."
    )
    # Never a negative saving: then it is the other option that saves it.
    assert words.sentence(variant(call=RANDOM, p_al_cheaper=0.24)) == (
        f"{start}random labelling is expected to save $8,100, 78% of active learning's bill. It is cheaper with a "
        "chance of 76%, but one time in ten it costs at least $23,200 more."
    )
    # What the draws cannot tell from nothing is not told as news.
    assert words.sentence(variant(call=Call(3_010.0, 3_000.0))).startswith(
        f"{start}active learning (margin) and random labelling are expected to cost about the same"
    )


def test_a_budget_is_told_in_points(variant: Variant) -> None:
    gain = Interval(-0.004, 0.011, 0.031)
    verdict = variant(call=Call(0.014, 0.002), gain=gain, target=None, budget_usd=20_000.0, p_unreachable=0.0)
    assert words.sentence(verdict) == (
        "At $0.50 per label and a budget of $20,000, active learning (margin) is expected to reach 1.2 points more "
        "accuracy than random labelling. It reaches more with a chance of 76%, but one time in ten it falls at least "
        "0.4 points short."
    )
    expected, chance, same = words.cards(verdict)
    assert expected == words.Card("Expected gain by AL", "1.2 points", "80% range −0.4 points to 3.1 points")
    assert (chance.label, chance.note) == (
        "Chance AL reaches more",
        "than random labelling, for the same budget; where both reach as much, half",
    )
    assert same.label == "For the same, random would pay" and same.value == "$4,460 more"
    shown = verdict.to_dict()
    assert shown["expected_gain"] == pytest.approx(0.012)
    assert shown["gain"] == {"q10": -0.004, "q50": 0.011, "q90": 0.031}
    assert shown["expected_saving_usd"] is shown["expected_loss_usd"] is None
    assert {"gain_low", "gain_high"} <= shown["sensitivity"][0].keys()


def test_the_same_chance_stands_everywhere(variant: Variant) -> None:
    text = "\n".join(words.verdict_lines(variant(p_al_cheaper=0.7996)))
    assert text.count("80%") == 2 + text.count("80% range")
    assert text.startswith("Too close to call\n") and "$-" not in text and "nan" not in text.lower()
    sure = variant(p_al_cheaper=0.9998, call=USE)
    assert words.cards(sure)[1].value == "more than 99%"
    assert words.headline(sure) == "Use active learning"
    assert words.headline(variant(call=RANDOM)) == "Label random"


def test_cards(verdict: Verdict, variant: Variant) -> None:
    note = "what a miss of the target costs is in the bills; neither reaches it in 8% of futures (counted half)"
    assert words.cards(verdict) == (
        words.Card("Expected saving by AL", "$562", "5% of random labelling's bill; 80% range −$2,580 to $23,200"),
        words.Card("Chance AL is cheaper", "76%", note),
        words.Card("Break-even price per label", "$0.412", "the mean bills are equal there; you pay $0.50"),
    )
    saving = words.cards(variant(call=RANDOM))[0]
    assert (saving.label, saving.value) == ("Expected saving by random", "$8,100")
    assert saving.note.endswith("80% range −$23,200 to $2,580")


def test_no_price_or_every_price_makes_it_pay(variant: Variant, verdict: Verdict) -> None:
    hopeless = variant(break_even_mean_usd=None)
    assert words.cards(hopeless)[2].value == "none"
    assert words.cards(hopeless)[2].note == "no price makes it pay on average; you pay $0.50"
    assert words.break_even_finding(hopeless) == "No price per label makes active learning pay on average"
    sure = variant(break_even_mean_usd=0.0, votes_per_item=3.0)
    assert words.cards(sure)[2].value == "any price" and words.cards(sure)[2].label == "Break-even price per vote"
    assert words.break_even_finding(sure) == "Active learning is cheaper on average at any price per vote"
    assert "too rarely to tell" in words.break_even_finding(replace(verdict, p_unreachable=0.9))
    quiet = "Left out are 2 of 9 recorded curves."
    assert words.warnings_by_weight(replace(verdict, warnings=("Loud.", quiet))) == (["Loud."], [quiet])
    assert words.break_even_finding(verdict) == "The mean bills are equal at $0.412 per label"


def test_what_would_settle_it(verdict: Verdict, variant: Variant) -> None:
    told = "What would settle it, within the range shown here: target or price per vote."
    assert words.settle_sentence(verdict) == told
    assert words.settle_sentence(variant(call=RANDOM)).startswith("What could change the verdict, within the range")
    assert words.settle_title(verdict) == "What would settle it"
    assert words.settle_title(variant(call=RANDOM)) == "What could change it"
    calm = tuple(replace(bar, flips=False) for bar in verdict.sensitivity)
    assert words.settle_sentence(variant(sensitivity=calm)).startswith("No input settles it")
    assert words.settle_sentence(variant(sensitivity=calm, call=RANDOM)).startswith("No input changes")
    bars = [replace(verdict.sensitivity[0], label=name) for name in ("A, a", "B (x)", "C", "D")]
    assert (
        words.settle_sentence(variant(sensitivity=tuple(bars)))
        == "What would settle it, within the range shown here: a, a; b; c or d."
    )
    more = [*bars, *(replace(bars[0], label=name) for name in "EFGH")]
    assert (
        words.settle_sentence(variant(sensitivity=tuple(more)))
        == "What would settle it, within the range shown here: a, a; b; c or 5 others."
    )
    assert [words.bar_words(bar, "EUR") for bar in verdict.sensitivity] == [
        "Target: 85% to 91% · assumed, flips",
        "Price per vote (EUR): 0.05 to 1 · flips",
        "Engineering, one-off (hours): 20 to 400 · assumed",
    ]


def test_plan_rows_say_never(verdict: Verdict) -> None:
    random, margin = words.plan_rows(verdict)
    assert random["Labels"] == "20,000 (9,000 or more)"
    assert random["Never reaches"] == "12%"
    assert margin["Never reaches"] == "less than 1%"
    assert margin["Cost"] == "$8,040 ($5,500 to $18,000)"
    hopeless = replace(verdict.plans["random"], labels=Interval(None, None, None), p_unreachable=1.0)
    never = replace(verdict, plans={**verdict.plans, "random": hopeless}, p_unreachable=0.0)
    text = "\n".join(words.verdict_lines(never))
    assert "random  Vendor A  never " in text and "100%" in text
    assert "one option reaches it in every future" in text


def test_bill_rows_leave_out_what_nobody_pays_and_sum(verdict: Verdict) -> None:
    rows = words.bill_rows(verdict)
    names = ["labels", "test labels", "engineering", "training", "scoring", "delay", "total"]
    assert [row["Mean bill"] for row in rows] == names
    assert rows[-1]["random"] == "$11,005"
    assert rows[3] == {"Mean bill": "training", "random": "$5", "margin": "$12"}


def test_cheaper_is_said_only_where_money_alone_decides(verdict: Verdict, variant: Variant) -> None:
    sure = {name: replace(plan, p_unreachable=0.0) for name, plan in verdict.plans.items()}
    certain = variant(plans=sure, p_unreachable=0.0)
    assert "It is cheaper with a chance of 76%" in words.sentence(certain)
    assert words.cards(certain)[1].label == "Chance AL is cheaper"
    assert words.cards(certain)[1].note == "both plans reach the target in every future"


def test_the_price_that_is_moved_names_its_vendor_where_the_other_option_has_another(
    verdict: Verdict, variant: Variant
) -> None:
    assert "Crowd" not in words.sentence(verdict) and words.price_unit(verdict) == "label"
    plans = {
        name: replace(plan, vendor="Crowd" if name == "random" else "Experts") for name, plan in verdict.plans.items()
    }
    apart = variant(plans=plans)
    assert words.sentence(apart).startswith("At $0.50 per label by Crowd ")
    assert words.cards(apart)[2].label == "Break-even price per label by Crowd"
    assert "per label by Crowd" in words.break_even_finding(apart)


def test_labels_saved_say_how_many_and_how_surely(verdict: Verdict, variant: Variant) -> None:
    assert words.labels_saved(verdict) == (
        "Labels saved by margin, at the target: random needs 1.4 times as many (0.9 to 2.2); it needs fewer labels "
        "than random in 82% of futures."
    )
    one = verdict.advantages["margin"]
    beyond = replace(one, at_target=(1.0, 3.0, None))
    assert "3 times as many (1.0 to no end)" in words.labels_saved(variant(advantages={"margin": beyond}))
    alone = replace(one, at_target=(None, None, None))
    assert "random alone rarely reaches" in words.labels_saved(variant(advantages={"margin": alone}))
    never = replace(one, at_target=(0.0, 0.0, 1.3))
    assert "usually none, as it rarely reaches the target" in words.labels_saved(variant(advantages={"margin": never}))
    neither = replace(alone, p_neither=0.6)
    assert "neither reaches the target in 60% of futures" in words.labels_saved(variant(advantages={"margin": neither}))


def test_a_budget_that_pays_for_no_plan_has_no_saving_and_no_chance_to_go_by(
    verdict: Verdict, variant: Variant
) -> None:
    none = Interval(None, None, None)
    plans = {name: replace(plan, value=none, labels=none, p_unreachable=1.0) for name, plan in verdict.plans.items()}
    for target in (None, 0.88):
        poor = variant(plans=plans, target=target, budget_usd=1.0, p_unreachable=1.0, p_al_cheaper=0.5)
        poor = replace(poor, break_even_mean_usd=None)
        assert words.nothing_bought(poor)
        assert words.sentence(poor) == (
            "At $0.50 per label and a budget of $1.00, there is nothing to choose: it does not pay for the smallest "
            "plan, with or without active learning."
        )
        saving, chance, even = words.cards(poor)
        assert chance.note == "a coin's toss, as neither plan can begin"
        assert (saving.value, saving.note) == ("none", "the budget pays for no plan")
        assert (even.value, even.note) == ("none", "the budget pays for no plan; you pay $0.50")
        assert words.settle_sentence(poor).startswith("A larger budget comes first")
        text = "\n".join(words.verdict_lines(poor))
        assert "times as many" not in text
        assert "is expected to" not in text
    assert not words.nothing_bought(verdict)


def test_a_target_that_neither_reaches_leaves_nothing_to_choose(variant: Variant) -> None:
    missed = variant(p_unreachable=1.0, p_al_cheaper=0.5)
    assert words.sentence(missed).endswith(
        "there is nothing to choose: neither random labelling nor active learning (margin) gets there in any future."
    )
    assert words.cards(missed)[0].note == "neither option reaches the target in 100% of futures"


def with_rule(verdict: Verdict) -> Verdict:
    """Margin stops by a rule: it buys a number of labels, and misses the target by stopping short of it."""
    margin = replace(verdict.plans["margin"], by_rule=True, p_unreachable=0.3)
    return replace(verdict, plans={**verdict.plans, "margin": margin})


def test_who_stopped_short_is_named_and_the_column_says_misses(verdict: Verdict) -> None:
    rows = words.plan_rows(with_rule(verdict))
    assert all("Never reaches" not in row for row in rows) and rows[1]["Misses the target"] == "30%"
    assert (
        rows[1]["Reaches"] == words.value_range(verdict.plans["margin"])
        and "Reaches" not in words.plan_rows(verdict)[1]
    )
    told = words.at_the_stop(with_rule(verdict))
    assert f"margin {rows[1]['Reaches']} for {rows[1]['Cost'].split(' (')[0]}" in told and told in words.verdict_lines(
        with_rule(verdict)
    )
    assert words.at_the_stop(verdict) is None
    told = words.never_reached(with_rule(verdict))
    assert told.startswith("Futures that miss the target: random in")
    assert "In those, what stops by the plan's rule (margin) pays for what it bought until then." in told
    told = words.never_reached(verdict)
    assert "random in 12%, margin in less than 1%; random and margin both in 8%. They pay for all that they" in told
    always = {name: replace(plan, p_unreachable=0.0) for name, plan in verdict.plans.items()}
    assert words.never_reached(replace(verdict, plans=always)) is None
    assert words.never_reached(replace(verdict, target=None)) is None


def test_what_is_assumed_is_told_by_its_weight_and_the_task_in_any_case(verdict: Verdict, variant: Variant) -> None:
    def bar(path: str, high_usd: float) -> SensitivityBar:
        return SensitivityBar(path, path, 1.0, 2.0, 0.0, high_usd, flips=False, assumed=True)

    rows = [
        ("task.target", "Target", "fraction", "0.9", True),
        ("task.pool_size", "Pool size", "items", "5000", False),
        ("vendors.0.votes_per_item", "Votes per item", "votes", "3", True),
        ("vendors.1.votes_per_item", "Votes per item", "votes", "3", True),
        ("engineering.one_off_hours", "Engineering, one-off", "hours", "60 to 100", True),
        ("calendar.cost_of_delay_usd_per_week", "Cost of delay", "USD per week", "700", True),
        ("compute.epochs", "Epochs", "epochs", "20", True),
    ]
    bars = (bar("calendar.cost_of_delay_usd_per_week", 900.0), bar("engineering.one_off_hours", 2_000.0))
    columns = ["path", "label", "unit", "value", "default"]
    told = variant(
        assumptions=pd.DataFrame(rows, columns=columns), sensitivity=(*bars, bar("compute.epochs", 1.0)), currency="EUR"
    )
    assert words.assumed_sentence(told) == (
        "Assumed, as the plan does not say: engineering, one-off 60 to 100 hours; cost of delay €700 per week; "
        "target 90%; votes per item 3."
    )
    assert words.assumed_sentence(told) in words.assumption_lines(told)
    assert [row["path"] for row in told.to_dict()["assumed"]] == [path for path, *_, default in rows if default]
    assert words.assumed_sentence(variant(assumptions=pd.DataFrame([], columns=columns))) is None
    many = [(f"engineering.{i}", f"Hours {i}", "hours", "1", True) for i in range(8)]
    bars = tuple(bar(path, 100.0) for path, *_ in many)
    told = variant(assumptions=pd.DataFrame(many, columns=columns), sensitivity=bars)
    assert words.assumed_sentence(told).endswith("hours 5 1; and 2 that weigh less.")
