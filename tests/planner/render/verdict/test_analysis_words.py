"""The decision beyond the verdict in words, from plans whose numbers are known and from answers made by hand."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.decision import labels_required as needs_of_plans
from planner.decision.analysis import BestRounds
from planner.decision.break_even import PaysWhere
from planner.decision.decide_plan import decide
from planner.decision.first_order import FirstOrder
from planner.decision.pilot.value import BestSize
from planner.decision.sensitivity import Flip
from planner.decision.state import Call
from planner.plan import parse_plan
from planner.render.verdict import analysis_words as words
from planner.render.verdict.figure_tables import information_rows
from planner.render.verdict.words import settle_sentence
from tests.planner.decision.hand_made import SIMPLE
from tests.planner.decision.on_curves import fixed_curves

NEVER = np.inf
D = 100
TESTED = SIMPLE.replace("test_labels = 0", "test_labels = 200")
NEVER_GIVES_UP = '[stopping]\ngive_up = "never"\n'
SPREAD = np.linspace(1_500, 6_000, D)
FACTOR = np.random.default_rng(1).permutation(np.linspace(0.7, 3.0, D))


DECIDED = {}


@pytest.fixture
def told(monkeypatch):
    """Decide a plan whose strategies need these labels."""

    def told(text, random=SPREAD, margin=SPREAD / FACTOR, **more):
        needs = {"random": random, "margin": margin, **more}
        table = np.column_stack([np.broadcast_to(need, D) for need in needs.values()])
        key = (text, *needs, table.tobytes())
        if key not in DECIDED:
            curves = fixed_curves(tuple(needs), table)
            monkeypatch.setattr(needs_of_plans, "task_curves", lambda *args, **kwargs: curves)
            DECIDED[key] = decide(parse_plan(text), n_draws=D)
        return DECIDED[key]

    return told


@pytest.fixture
def usual(told):
    return told(TESTED)


def flip(path="task.pool_size", label="Pool size", unit="items", **changes):
    plain = {"planned": 10_000.0, "value": 3_124.6, "side": "below", "until": None, "said": 3_100.0}
    there = {"state": "label_random", "p_al_better": 0.1, "p_unreachable": 0.0}
    return Flip(path, label, unit, **{**plain, **there, **changes})


def flips_told(verdict, *flips):
    return words.flip_sentences(verdict, replace(verdict.analysis, flips=flips))


SIGNS = {"USD": "$", "EUR": "€", "CHF": "CHF\N{NO-BREAK SPACE}"}
RAW = re.compile(
    r"\bnan\b|\binf\b|None(?! of)|[a-z]_[a-z]|vendors\.|\d\.\d{5}|(?<!\.)\b1 (round|order|label|day|item)s\b|\bUSD\b"
)


@pytest.mark.parametrize(
    ("currency", "aim", "random", "margin"),
    [
        ("EUR", "target = 0.9", SPREAD, SPREAD / FACTOR),
        ("CHF", "budget_usd = 3_000", SPREAD, SPREAD / FACTOR),
        ("EUR", "budget_usd = 0.5", SPREAD, SPREAD / FACTOR),
        ("CHF", "target = 0.9", NEVER, NEVER),
        ("USD", "target = 0.9\nfailure_usd = 0", NEVER, SPREAD),
        ("EUR", "target = 0.9", 3_000.0, 400.0),
        ("USD", "target = 0.9", np.where(np.arange(D) < 55, NEVER, SPREAD), SPREAD / FACTOR),
    ],
)
def test_every_sentence_is_in_words_and_in_the_plans_own_currency(told, currency, aim, random, margin):
    text = TESTED.replace("target = 0.9", f'{aim}\ncurrency = "{currency}"')
    text += NEVER_GIVES_UP if "target" in aim else ""
    verdict = told(text.replace("[[vendors]]\nprice_usd = 1", '[[vendors]]\nprice_usd = "0.5 to 2"'), random, margin)
    rows = [
        *words.break_even_rows(verdict),
        *information_rows(verdict),
        *words.pilot_rows(verdict),
        *words.frontier_rows(verdict),
    ]
    cells = [cell for row in rows for cell in (*row, *row.values())]
    lines = words.decision_lines(verdict)
    assert lines
    for line in (*lines, *cells):
        # The only raw names are of fields that a reader may put into the plan.
        bare = line.replace("failure_usd", "")
        assert not RAW.search(bare), line
        assert currency == "USD" or "$" not in line
    assert all(line[0].isupper() or not line[0].isalpha() for line in lines)
    assert all(line.endswith(".") and ".." not in line for line in lines)
    assert any(SIGNS[currency] in cell for cell in cells)


def test_nothing_is_said_beyond_a_verdict_that_was_not_analysed(variant):
    alone = variant(analysis=None)
    assert words.decision_lines(alone) == []
    for tabulate in (words.break_even_rows, information_rows, words.pilot_rows, words.frontier_rows):
        with pytest.raises(ValueError, match="it has no analysis"):
            tabulate(alone)


def test_a_target_that_nobody_reaches_still_ranks_the_plans_by_value(told):
    # With all 9,800 labels: random one point below the target, margin half a point; and no plan is below random there.
    verdict = told(TESTED + NEVER_GIVES_UP, 19_600.0, 14_000.0, entropy=39_200.0)
    line = words.value_sentence(verdict)
    assert line.startswith("The target is reached in no future")
    assert line.endswith("margin 89.5%, random 89%, entropy 89%.")
    assert line in words.decision_lines(verdict)
    # One that hardly anybody reaches is ranked too, and one that most reach is not.
    rarely = np.where(np.arange(D) < 20, 2_000, 19_600)
    assert "reached in 20% of futures only" in words.value_sentence(told(TESTED, rarely, rarely))
    assert words.value_sentence(told(TESTED)) is None


TARGET, HOURS = ("task.target", "Target", "fraction"), ("x.hours", "Engineering, one-off", "hours")


@pytest.mark.parametrize(
    ("found", "condition"),
    [
        (flip(), "pool size 3,100 items or less (now 10,000)"),
        (flip(*TARGET, planned=0.9, said=0.915, side="above"), "target 91.5% or more (now 90%)"),
        (flip(*TARGET, planned=0.9, said=0.97, side="above", p_unreachable=0.62),
         "target 97% or more (now 90%; neither plan gets there in 62% of futures)"),
        (flip("x.rate", "Hourly rate", "USD", planned=50.0, said=12.5), "hourly rate €12.50 or less (now €50)"),
        (flip("x.delay", "Cost of delay", "USD per week", planned=700.0, said=340.0),
         "cost of delay €340 per week or less (now €700)"),
        (flip("x.turnaround", "Turnaround", "days", planned=2.0, said=1.0), "turnaround 1 day or less (now 2)"),
        (flip("x.seconds", "Training time", "s per item and epoch", planned=0.1, said=1.0),
         "training time 1 s per item and epoch or less (now 0.1)"),
        # It keeps the digits that make it true.
        (flip(*HOURS, planned=50.0, said=50.03, side="above"), "engineering, one-off 50.03 hours or more (now 50)"),
        (flip("x.labels", "Labels random would need", "items", planned=6_324.6, side="at"),
         "labels random would need, if known for sure to be 6,320 items"),
    ],
)  # fmt: skip
def test_a_condition_says_the_value_its_unit_and_what_it_is_now(usual, found, condition):
    (line,) = flips_told(replace(usual, currency="EUR"), found)
    assert line == f"It would be “label random” with one of these alone: {condition}."


def test_each_other_verdict_has_its_sentence_and_only_so_many_conditions(usual):
    many = [flip(said=1_000.0 * i) for i in range(1, 8)] + [
        flip(state="use_active_learning", side="above", said=20_000.0)
    ]
    use, label = flips_told(usual, *many)
    assert "“use active learning”" in use
    assert label.count("(now") == words.MOST_FLIPS
    (none,) = flips_told(usual)
    assert none.startswith("None of the inputs that matter most")


def test_what_settles_a_verdict_is_named_from_the_conditions_that_are_told(usual):
    more = [flip(), flip("engineering.one_off_hours", "Engineering, one-off", "hours", state="use_active_learning")]
    found = replace(usual, call=Call(1.0, 1.0), analysis=replace(usual.analysis, flips=tuple(more)))
    assert settle_sentence(found) == "What would settle it: pool size or engineering, one-off."
    none = replace(found, analysis=replace(usual.analysis, flips=()))
    assert settle_sentence(none) == (
        "None of the inputs that matter most settles it alone, from a tenth to ten times what it is: several would "
        "have to be known better at once."
    )
    assert not any(line.startswith("None of the inputs") for line in words.decision_lines(none))


def rounds_told(verdict, **changes):
    sizes = pd.DataFrame(
        {"batch_size": [100.0, 400.0], "total_usd": [3_000.0, 2_000.0], "rounds": [9.0, 1.0], "days": [20.0, 1.0],
         "p_al_better": [verdict.p_al_cheaper, 0.93]}
    )  # fmt: skip
    plain = {"planned": 100.0, "best": 400.0, "saved_usd": 1_000.0, "by_size": sizes}
    return words.rounds_sentence(verdict, replace(verdict.analysis, rounds=BestRounds(**{**plain, **changes})))


def test_a_better_number_of_labels_a_round_is_told_with_what_it_saves(usual):
    low = replace(usual, p_al_cheaper=0.41)
    assert rounds_told(low) == (
        "Margin with 400 labels a round (usually 1 round, 1 day), the cheapest of those tried, from a quarter of the "
        "initial set to twice it, would cost $1,000 less on average than with 100."
    )
    # Next to nothing is no news.
    assert "is cheapest as planned" in rounds_told(low, saved_usd=3.0)
    assert rounds_told(low, best=100.0, saved_usd=0.0) == (
        "Margin is cheapest as planned, with 100 labels a round, of those tried, from a quarter of the initial set to "
        "twice it."
    )
    assert words.rounds_sentence(low, replace(low.analysis, rounds=None)) is None
    assert rounds_told(usual, by_size=usual.analysis.rounds.by_size.head(1)) is None


def test_labels_a_round_that_were_found_are_told_as_found(told):
    verdict = told(TESTED.replace("batch_size = 100\n", "").replace("hours_per_round = 0", "hours_per_round = 2"))
    line = words.rounds_sentence(verdict, verdict.analysis)
    assert re.fullmatch(
        r"Margin is priced with 200 labels a round \(usually [\d.]+ rounds, [\d.]+ days\), the cheapest .*", line
    )
    assert "of those tried, from a quarter of the initial set to twice it" in line
    # Should a rule make another size the better, the sentence must not say the opposite.
    assert "less on average than with 100." in rounds_told(verdict)
    watched = replace(verdict.plans["random"], batch_size=50.0)
    also = replace(verdict, plans={**verdict.plans, "random": watched})
    assert words.rounds_sentence(also, also.analysis).endswith("; random labelling, watched in rounds too, with 50.")


def test_what_is_worth_knowing_is_named_as_people_name_it(told):
    verdict = told(TESTED.replace("one_off_hours = 20", 'one_off_hours = "5 to 80"'))
    line = words.information_sentence(verdict, verdict.analysis)
    assert line.startswith("Knowing everything before choosing would be worth $")
    assert "± $" in line
    assert "engineering, one-off ($" in line
    assert any(row["Learning"] == "engineering, one-off" for row in information_rows(verdict))


def test_where_one_plan_is_the_cheapest_in_every_future_nothing_is_worth_knowing(told):
    sure = told(TESTED, 8_000.0, 950.0)
    assert words.information_sentence(sure, sure.analysis) == (
        "Nothing is worth finding out first: margin costs the least in every future looked at."
    )


def test_a_pilot_that_pays_is_told_with_its_size_worth_and_cost(usual):
    best = BestSize(800, 5_400.0, 1_400.0, 4_000.0, 120.0, 600, 1_100)
    pilots = {kind: replace(one, best=best, p_changes_at_best=0.31) for kind, one in usual.analysis.pilots.items()}
    told_of = {
        "random": "a pilot of 800 random labels",
        "paired": "a pilot of random and margin beside each other, 800 labels each",
    }
    for kind, words_of_it in told_of.items():
        said = (
            f"Measure first: {words_of_it} (600 to 1,100 are as good) is worth $5,400 and costs $1,400 beyond what you "
            "would spend anyway: $4,000 net (± $120). It would change the choice in 31% of futures."
        )
        small = (
            " Pilots so small were worth less where they were simulated in full: this is the most that it may bring."
        )
        for largest, more in ((1_601, small), (1_600, "")):
            one = replace(pilots[kind], sizes=(*pilots[kind].sizes[:-1], largest))
            line = words.pilot_sentence(usual, replace(usual.analysis, pilots={kind: one}))
            assert line == said + more
    assert words.pilot_sentence(usual, replace(usual.analysis, pilots={})) is None


def test_a_pilot_that_does_not_pay_says_what_it_would_bring(told, usual):
    line = words.pilot_sentence(usual, usual.analysis)
    assert line.startswith("No pilot pays: the one that tells most, a pilot of random and margin beside each other, ")
    assert " is worth $" in line
    sure = told(TESTED, 8_000.0, 950.0)
    assert words.pilot_sentence(sure, sure.analysis) == (
        "No pilot pays: none that was tried tells enough to change the choice."
    )


def test_a_pilot_that_few_draws_speak_for_says_so(usual):
    best = BestSize(810, 5_432.0, 1_380.0, 4_052.0, 123.0, 604, 1_090)
    paired = replace(usual.analysis.pilots["paired"], best=best, p_changes_at_best=0.31)
    few = replace(paired, effective_draws=tuple(23.4 for _ in paired.sizes), evsi_usd=tuple(9.0 for _ in paired.sizes))
    line = words.pilot_sentence(usual, replace(usual.analysis, pilots={"paired": few}))
    assert "810 labels each (600 to 1,100 are as good) is worth $5,400 and costs $1,400" in line
    assert line.endswith(
        "Only some 20 draws speak for what such a pilot would show: its worth may be a tenth off, more often too low, "
        "and more draws tell it better."
    )
    many = replace(few, effective_draws=tuple(51.0 for _ in paired.sizes))
    assert "draws speak" not in words.pilot_sentence(usual, replace(usual.analysis, pilots={"paired": many}))
    without = replace(usual.analysis, pilots={}, no_pilot="pilot: the 501 items leave no room for one")
    assert words.pilot_sentence(usual, without) == "No pilot was valued: the 501 items leave no room for one."


def first_told(verdict, **changes):
    plain = {"labels": 2_000, "orders": (2_000, 1_500), "expected_usd": 3_000.0, "p_enough": 0.4, "p_reached": 1.0,
             "mean_orders": 2.4, "as_good": (1_500, 2_600), "median_labels": 2_500, "median_usd": 3_100.0,
             "rounds_usd": 4_000.0}  # fmt: skip
    return words.first_order_sentence(verdict, replace(verdict.analysis, first=FirstOrder(**{**plain, **changes})))


def test_the_first_order_its_chance_and_the_orders_after_it(usual):
    assert first_told(usual) == (
        "If you label at random, order about 2,000 first (1,500 to 2,600 cost within 5% of that): enough with a chance "
        "of 40%; then order on as needed, 2.4 orders in all on average."
    )
    assert first_told(usual, mean_orders=1.0).endswith("1 order in all on average.")
    assert first_told(usual, mean_orders=1.96).endswith("2 orders in all on average.")
    assert first_told(usual, orders=(2_000,), p_enough=1.0, as_good=(2_000, 2_000)) == (
        "If you label at random, order about 2,000 first: enough with a chance of 100%."
    )
    assert first_told(usual, labels=0) is None
    # No order is advised for a target out of reach.
    assert first_told(usual, p_reached=0.0) is None
    assert words.first_order_sentence(usual, replace(usual.analysis, first=None)) is None


@pytest.mark.parametrize(
    ("pays", "state", "text"),
    [
        ((), "never", "never"),
        (((None, None),), "always", "always"),
        (((0.25, None),), "roots", "from $0.25"),
        (((None, 0.5),), "roots", "up to $0.50"),
        (((0.25, 0.5), (2.0, None)), "roots", "$0.25 to $0.50, from $2.00"),
    ],
)
def test_where_it_pays_is_written_stretch_by_stretch(usual, pays, state, text):
    where = PaysWhere(state, tuple(end for ends in pays for end in ends if end is not None), pays)
    price = replace(usual.analysis.break_evens["price"], p80=where)
    changed = replace(usual, analysis=replace(usual.analysis, break_evens={"price": price}))
    (row,) = words.break_even_rows(changed)
    assert row["80% sure"] == text
    assert row["Planned"] == "$1.00"
    # What is small is not rounded to nothing.
    # Nobody has measured a pool of hundreds of times the plan's.
    pool = replace(usual.analysis.break_evens["pool"], planned=10_000.0)
    wild = PaysWhere("roots", (5e3, 4e8, 5e8, 6e8), ((5e3, 4e8), (5e8, 6e8)))
    changed = replace(usual, analysis=replace(usual.analysis, break_evens={"pool": replace(pool, p80=wild)}))
    assert words.break_even_rows(changed)[0]["80% sure"] == "5,000 to more than 100,000, from more than 100,000"
    hours = replace(usual.analysis.break_evens["hours"], p50=PaysWhere("roots", (0.42,), ((None, 0.42),)))
    changed = replace(usual, analysis=replace(usual.analysis, break_evens={"hours": hours}))
    assert words.break_even_rows(changed)[0]["Even odds"] == "up to 0.42"


def test_frontier_rows_are_the_efficient_options_and_points_have_a_price(usual):
    rows = words.frontier_rows(usual)
    frame = usual.analysis.frontier
    assert len(rows) == (frame["state"] == "efficient").sum()
    assert rows[0]["For each point more"] == ""
    assert all(row["For each point more"].startswith("$") for row in rows[1:])
