from dataclasses import replace

import pandas as pd
import pytest

from planner.backtest.hindsight import PastForecast
from planner.campaign.actions import SideArm
from planner.campaign.status import (
    REACHED,
    REACHES,
    ActionOutcome,
    CampaignStatus,
    NextRound,
    SunkCosts,
    backtest_bin,
    record_of,
)
from planner.decision.state import Interval
from planner.render import campaign_words as words
from planner.render.campaign_words import print_status
from planner.render.numbers import share

PAST = (
    PastForecast("margin", 4, 400.0, 500.0, 0.80, 0.82, 0.84, 0.83),
    PastForecast("margin", 4, 400.0, 600.0, 0.80, 0.83, 0.86, 0.87),
    PastForecast("margin", 5, 500.0, 600.0, 0.82, 0.84, 0.86, 0.87),
)
ARM = SideArm("random", (400, 600), (300, 500), (20.0, 30.0), (1.0, 1.0), (250.0, 400.0), (-230.0, -370.0), 0)


def outcome(strategy, usd, labels=(100.0, 300.0, None), reaches=0.85, best=0.6, net=None):
    ends = Interval(*labels)
    return ActionOutcome(
        strategy, ends, usd, Interval(usd, usd, usd), usd, {"labels_usd": usd}, Interval(2, 5, None), reaches, best, net
    )


@pytest.fixture
def status():
    return CampaignStatus(
        action="continue", reason="cheapest", why_rule=None, rule_stops=None, strategy="margin", labels=600.0,
        value=0.87, rounds=6, p_reached=0.12,
        actions={
            "continue": outcome("margin", 900.0),
            "switch_to_random": outcome("random", 1_500.0, best=0.13),
            "stop": outcome(None, 0.0, (None, None, None), 0.12, 0.27),
        },
        side_arm=ARM, no_side_arm=None, evpi_usd=80.0, evpi_se_usd=3.0,
        next_round=NextRound(100.0, 0.0042, 250.0, None),
        sunk=SunkCosts(4_321.0, True, True),
        past=PAST, record=record_of(PAST), basis="one curve", curves=pd.DataFrame(), evidence=pd.DataFrame(),
        vendor="A", warnings=("Mind the gap.",), task_name="t", metric="accuracy", target=0.9, currency="USD",
        n_draws=100, seed=0, version="0",
    )  # fmt: skip


def said(status):
    return " ".join(words.sentences(status))


def test_going_on_is_said_with_its_money_and_what_is_left_out(status):
    assert words.headline(status) == "Go on with margin"
    text = said(status)
    assert "Margin: 600 labels in hand, measured at 6 label counts, the last 87% accuracy; the target is 90%" in text
    assert "it costs $900 more on average, against $1,500 by random" in text
    assert "the best thing to do with a chance of 60%" in text
    assert "In 15% of futures no way reaches it" in text
    assert "The next 100 labels are expected to add 0.42 points for $250." in text
    assert "No pilot pays: measuring random on 300 labels of its own" in text
    assert "is worth $20 and costs about $250; even knowing every curve exactly would be worth $80 (± $3.00)" in text
    assert "Spent and not counted: $4,321 by the log; active learning is built" in text


@pytest.mark.parametrize(
    ("changes", "title", "text"),
    [
        ({"action": "stop", "reason": "reached"}, "Stop", "likely to be reached already"),
        ({"action": "stop", "reason": "unreachable"}, "Stop", "with a chance of 85%"),
        ({"action": "stop", "reason": "nothing left", "next_round": None}, "Stop", "Nothing is left to buy"),
        ({"action": "stop", "reason": "rule", "why_rule": "enough is enough"}, "Stop", "says stop: enough is enough."),
        ({"action": "stop", "reason": "not worth it"}, "Stop", "Neither the way to the target nor the next round"),
        ({"action": "pilot", "reason": "pilot pays"}, "Measure random first", "Which way is the cheaper one is open"),
        ({"action": "switch_to_random"}, "Switch to random", "it costs $1,500 more on average, against $900 by margin"),
    ],
)  # fmt: skip
def test_each_advice_has_its_reason(status, changes, title, text):
    changed = replace(status, **changes)
    assert words.headline(changed) == title
    assert text in said(changed)


def test_the_worth_of_the_next_round_and_of_a_pilot_that_pays(status):
    pays = replace(status, next_round=NextRound(100.0, 0.0042, 250.0, 420.0))
    assert "for $250, and are worth $420: by itself the next round is worth it." in said(pays)
    arm = replace(status.side_arm, evsi_usd=(500.0, 520.0), net_usd=(250.0, 120.0))
    text = said(replace(status, action="pilot", reason="pilot pays", side_arm=arm, currency="EUR"))
    assert "Measuring random on 300 labels of its own, from the first set on, is worth €500" in text
    loses = replace(status, next_round=NextRound(100.0, 0.0042, 250.0, 42.0))
    assert "are worth $42: by itself the next round is not worth its price." in said(loses)


def test_rows_say_never_in_words(status):
    rows = words.action_rows(status)
    assert [row["From now on"] for row in rows] == ["Go on with margin", "Switch to random", "Stop"]
    assert rows[0]["Labels still needed"] == "300 (100 or more)"
    assert rows[2]["Labels still needed"] == "" and rows[2]["Money still to pay"] == "$0"
    rare = replace(status, actions={"continue": outcome("margin", 900.0, (None, None, None))})
    assert words.action_rows(rare)[0]["Labels still needed"] == "rarely reached"
    worth = replace(status, actions={"continue": outcome("margin", 900.0, net=-12.0)})
    assert words.action_rows(worth)[0]["Worth less cost"] == "−$12"


def test_past_forecasts_are_counted_and_called_few(status):
    text = words.past_sentence(status)
    assert "1 of 3 later measurements lay in their 80% range" in text
    assert "off by 2.7 points on average; of the 2 forecasts of the very next round, 1 held" in text
    assert "These are few, and they overlap" in text
    rows = words.past_rows(status)  # one a stage
    assert [row["Known"] for row in rows] == ["margin, 4 to 400 labels", "margin, 5 to 500 labels"]
    assert rows[0]["Next round"] == "500 labels" and rows[0]["Measured"] == "83%"
    assert rows[0]["Later rounds in range"] == "1 of 2" and rows[1]["Measured"] == "87% (outside)"
    assert "not to be said yet" in words.past_sentence(replace(status, past=(), record=None))
    many = tuple(replace(PAST[0], rounds=r) for r in range(4, 20))
    assert "few" not in words.past_sentence(replace(status, past=many, record=record_of(many)))


def test_the_terminal_prints_all_of_it(status, capsys):
    print_status(status)
    out = capsys.readouterr().out
    assert out.startswith("Go on with margin\n")
    for text in ("From now on", "Switch to random", "How past forecasts did", "Known", "Warning: Mind the gap."):
        assert text in out


def test_chances_come_with_how_often_such_ones_held(status):
    reached, reaches = backtest_bin(REACHED, 0.12), backtest_bin(REACHES, 0.85)
    text = said(status)
    assert f"in {share(reached.happened)} of {reached.answers:,} answers that gave this 5 to 20%" in text
    assert f"in {share(reaches.happened)} of {reaches.answers:,} that gave that 80 to 95%" in text
    assert status.to_dict()["backtest"]["p_reaches"]["happened"] == reaches.happened
