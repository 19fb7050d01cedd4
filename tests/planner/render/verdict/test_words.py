from collections.abc import Callable
from dataclasses import replace

from planner.decision.state import Interval
from planner.decision.verdict import Verdict
from planner.render.verdict import words

Variant = Callable[..., Verdict]


def test_the_sentence_holds_one_chance_and_the_money(verdict: Verdict) -> None:
    assert words.sentence(verdict) == (
        "At $0.50 per label and a target of 88% accuracy, active learning (margin) is better than random labelling "
        "with a chance of 76%; the usual saving is $4,460 (80% range −$2,580 to $23,200)."
    )


def test_the_same_chance_stands_everywhere(variant: Variant) -> None:
    text = "\n".join(words.verdict_lines(variant(p_al_cheaper=0.7996)))
    assert text.count("79%") == 2
    assert "80%" not in text.replace("80% range", "").replace("80% sure from", "")
    assert text.startswith("Too close to call\n") and "$-" not in text and "nan" not in text.lower()
    sure = variant(p_al_cheaper=0.9998, state="use_active_learning")
    assert words.cards(sure)[0].value == "more than 99%"
    assert words.headline(sure) == "Use active learning"
    assert words.headline(variant(state="label_random")) == "Label random"


def test_cards(verdict: Verdict) -> None:
    alone = "reaching the target alone wins; neither does in 8% of futures (counted half)"
    assert words.cards(verdict) == (
        words.Card("Chance AL is better", "76%", alone),
        words.Card("Usual saving", "$4,460", "80% range −$2,580 to $23,200"),
        words.Card("Break-even price per label", "$0.237", "80% sure from $0.61; you pay $0.50"),
    )


def test_no_price_or_every_price_makes_it_pay(variant: Variant, verdict: Verdict) -> None:
    never = verdict.chance_by_price.assign(p_al_cheaper=0.1)
    hopeless = variant(break_even_p50_usd=None, break_even_p80_usd=None, chance_by_price=never)
    assert words.cards(hopeless)[2].value == "none"
    assert words.cards(hopeless)[2].note == "no price makes it pay; you pay $0.50"
    assert words.break_even_finding(hopeless) == "No price per label makes active learning pay"
    sure = variant(break_even_p50_usd=0.0, break_even_p80_usd=None, votes_per_item=3.0)
    assert words.cards(sure)[2].value == "any price" and words.cards(sure)[2].label == "Break-even price per vote"
    assert "even at $0 per vote" in words.break_even_finding(sure)
    assert words.cards(variant(break_even_p80_usd=None))[2].note.startswith("never 80% sure; you pay")


def test_what_would_settle_it(verdict: Verdict, variant: Variant) -> None:
    assert words.settle_sentence(verdict) == "What would settle it: target or price per vote."
    assert words.settle_sentence(variant(state="label_random")).startswith("What could change the verdict: target")
    assert words.settle_title(verdict) == "What would settle it"
    assert words.settle_title(variant(state="label_random")) == "What could change it"
    calm = tuple(replace(bar, flips=False) for bar in verdict.sensitivity)
    assert words.settle_sentence(variant(sensitivity=calm)).startswith("No single input settles it")
    assert words.settle_sentence(variant(sensitivity=calm, state="label_random")).startswith("No single input changes")
    bars = [replace(verdict.sensitivity[0], label=name) for name in ("A, a", "B (x)", "C", "D")]
    assert words.settle_sentence(variant(sensitivity=tuple(bars))) == "What would settle it: a, a; b; c or d."
    more = [*bars, *(replace(bars[0], label=name) for name in "EFGH")]
    assert words.settle_sentence(variant(sensitivity=tuple(more))) == "What would settle it: a, a; b; c or 5 others."
    assert [words.bar_words(bar, "EUR") for bar in verdict.sensitivity] == [
        "Target: 85% to 91% · assumed, flips",
        "Price per vote (EUR): 0.05 to 1 · flips",
        "Engineering, one-off (hours): 20 to 400 · assumed",
    ]


def test_plan_rows_say_never(verdict: Verdict) -> None:
    random, margin = words.plan_rows(verdict)
    assert random["Labels"] == "20,000 (9,000 to never)"
    assert random["Never reaches"] == "12%"
    assert margin["Never reaches"] == "less than 1%"
    assert margin["Cost"] == "$8,040 ($5,500 to $18,000)"
    hopeless = replace(verdict.plans["random"], labels=Interval(None, None, None), p_unreachable=1.0)
    never = replace(verdict, plans={**verdict.plans, "random": hopeless}, p_unreachable=0.0)
    text = "\n".join(words.verdict_lines(never))
    assert "random  Vendor A  never " in text and "100%" in text
    assert "one of the two does in every future" in text


def test_bill_rows_leave_out_what_nobody_pays_and_sum(verdict: Verdict) -> None:
    rows = words.bill_rows(verdict)
    names = ["labels", "test labels", "engineering", "training", "scoring", "delay", "total"]
    assert [row["Mean bill"] for row in rows] == names
    assert rows[-1]["random"] == "$11,005"
    assert rows[3] == {"Mean bill": "training", "random": "$5", "margin": "$12"}


def test_cheaper_is_said_only_where_money_alone_decides(verdict: Verdict, variant: Variant) -> None:
    sure = {name: replace(plan, p_unreachable=0.0) for name, plan in verdict.plans.items()}
    certain = variant(plans=sure, p_unreachable=0.0)
    assert "is cheaper than random labelling" in words.sentence(certain)
    assert words.cards(certain)[0].label == "Chance AL is cheaper"
    assert words.cards(certain)[0].note == "both plans reach the target in every future"


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
    neither = replace(alone, p_neither=0.6)
    assert "neither reaches the target in 60% of futures" in words.labels_saved(variant(advantages={"margin": neither}))


def test_a_budget_that_pays_for_no_plan_has_no_saving_and_no_chance_to_go_by(
    verdict: Verdict, variant: Variant
) -> None:
    none = Interval(None, None, None)
    plans = {name: replace(plan, value=none, labels=none, p_unreachable=1.0) for name, plan in verdict.plans.items()}
    for target in (None, 0.88):
        poor = variant(plans=plans, target=target, budget_usd=1.0, p_unreachable=1.0, p_al_cheaper=0.5)
        poor = replace(poor, break_even_p50_usd=None, break_even_p80_usd=None)
        assert words.nothing_bought(poor)
        assert words.sentence(poor) == (
            "At $0.50 per label and a budget of $1.00, there is nothing to choose: it does not pay for the smallest "
            "plan, with or without active learning."
        )
        chance, saving, even = words.cards(poor)
        assert chance.note == "a coin's toss, as neither plan can begin"
        assert (saving.value, saving.note) == ("none", "the budget pays for no plan")
        assert (even.value, even.note) == ("none", "the budget pays for no plan; you pay $0.50")
        assert words.settle_sentence(poor).startswith("A larger budget comes first")
        text = "\n".join(words.verdict_lines(poor))
        assert "times as many" not in text
        assert "The saving is" not in text
        assert "usual saving is" not in text
    assert not words.nothing_bought(verdict)


def test_a_target_that_neither_reaches_leaves_nothing_to_choose(variant: Variant) -> None:
    missed = variant(p_unreachable=1.0, p_al_cheaper=0.5)
    assert words.sentence(missed).endswith(
        "there is nothing to choose: neither random labelling nor active learning (margin) gets there in any future."
    )
    assert words.cards(missed)[1].note.endswith("of money spent without reaching the target")


def with_rule(verdict: Verdict) -> Verdict:
    """Margin stops by a rule: it buys a number of labels, and misses the target by stopping short of it."""
    margin = replace(verdict.plans["margin"], by_rule=True, p_unreachable=0.3)
    return replace(verdict, plans={**verdict.plans, "margin": margin})


def test_who_stopped_short_is_named_and_the_column_says_misses(verdict: Verdict) -> None:
    rows = words.plan_rows(with_rule(verdict))
    assert all("Never reaches" not in row for row in rows) and rows[1]["Misses the target"] == "30%"
    told = words.never_reached(with_rule(verdict))
    assert told.startswith("Futures that miss the target: random in")
    assert "What stops by the plan's rule (margin) stopped short of it there, and pays for what it bought." in told
    told = words.never_reached(verdict)
    assert "random in 12%, margin in less than 1%; random and margin both in 8%. They pay for all that they" in told
    always = {name: replace(plan, p_unreachable=0.0) for name, plan in verdict.plans.items()}
    assert words.never_reached(replace(verdict, plans=always)) is None
    assert words.never_reached(replace(verdict, target=None)) is None
