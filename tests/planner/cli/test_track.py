"""`labelplan track` from end to end."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulations.grid import parse_grid
from simulations.run import run_grid
from simulations.store import Store

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
PLAN, LOG = EXAMPLES / "track.toml", EXAMPLES / "track-log.csv"
DRAWS = ("--draws", 100)


def test_the_example_answers_in_json_with_every_field_and_the_words_say_the_same(run, answered):
    found = answered(run("track", PLAN, LOG, "--json", *DRAWS))
    assert found["action"] in (*found["actions"], "pilot")
    assert set(found) == {
        "action", "reason", "campaign", "target", "metric", "p_target_reached", "actions", "pilot", "no_pilot",
        "evpi_usd", "next_round", "sunk", "stopping_rule", "past_forecasts", "forecast_record", "basis", "forecast",
        "evidence", "warnings", "currency", "n_draws", "seed", "version", "evpi_se_usd", "backtest", "assumed",
    }  # fmt: skip
    assert set(found["actions"]) == {"continue", "switch_to_random", "stop"}
    for action in found["actions"].values():
        assert set(action["labels_needed"]) == {"q10", "q50", "q90"}
        assert 0 <= action["p_reaches"] <= 1 and 0 <= action["p_best"] <= 1
    assert found["next_round"]["worth_usd"] > 0 and found["next_round"]["pays"] in (True, False)
    assert found["stopping_rule"] == {"stops": False, "why": None}
    assert found["sunk"]["engineering_built"] is True
    status, out, err = run("track", PLAN, LOG, *DRAWS)
    assert (status, err) == (0, "")
    titles = {"continue": "Go on with margin", "stop": "Stop", "switch_to_random": "Switch to random"}
    assert out.startswith(titles.get(found["action"], "Measure random first"))
    record = found["forecast_record"]
    flat = " ".join(out.split())
    assert f"{record['inside']} of {record['forecasts']} later measurements" in flat
    assert "Spent and not counted" in flat
    assert "nan" not in out.lower() and "inf " not in out.lower()


def test_fine_tuning_and_what_is_left_out_are_told(run, tmp_path):
    text, plan = PLAN.read_text(encoding="utf-8"), tmp_path / "plan.toml"
    assert "[strategy]\n" in text
    plan.write_text(text.replace("[strategy]\n", '[strategy]\nrestart = "fine-tune"\n'), encoding="utf-8")
    status, out, _ = run("track", plan, LOG, *DRAWS)
    assert status == 0 and "trains on each new batch alone, and forgets" in " ".join(out.split())
    assert out.splitlines()[-1].startswith("Assumed, as the plan does not say: ")


def test_a_store_beside_a_typed_saving_is_refused(refused, tmp_path):
    plan = tmp_path / "plan.toml"
    text = PLAN.read_text(encoding="utf-8")
    plan.write_text(text.replace("[evidence]\n", "[evidence]\nlabel_savings = 2\n"), encoding="utf-8")
    refused(
        "found beside [evidence] label_savings = 2; allowed: one of the two", "track", plan, LOG, "--store", tmp_path
    )


@pytest.mark.numbers
def test_the_example_log_is_the_simulated_campaign_it_says_it_is(tmp_path):
    grid = {"datasets": ["satimage"], "learners": ["linear"], "strategies": ["margin"], "seeds": 1}
    grid |= {"initial_size": 40, "batch_sizes": [40], "rounds": 9}
    store = Store(tmp_path)
    run_grid(parse_grid({"grid": [grid]}, where="example"), store, processes=1)
    curve = store.frame().query("metric == 'accuracy'").sort_values("labels")
    log = pd.read_csv(LOG)
    assert log["labels"].tolist() == curve["labels"].tolist() and set(log["strategy"]) == {"margin"}
    assert set(log["test_size"]) == set(curve["test_size"])
    np.testing.assert_allclose(
        log["value"], curve["value"], atol=0.02
    )  # a last digit may turn a query, and what follows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("labels,value\n40,0.7\n120,0.8\n80,0.8\n", "row 3, column 'labels': found 80 after 120"),
        ("labels,value\n40,0.7\n6000,0.8\n", "found 6,000; allowed: up to 5,130"),
        ("labels,value\n40,70\n", "column 'value': found 70.0; allowed: a fraction"),
        ("labels,value,strategy\n40,0.7,badge\n", "the plan has no strategy 'badge'"),
        ("", "cannot be read"),
    ],
)
def test_bad_logs_are_one_sentence_and_status_2(refused, tmp_path, text, told):
    path = tmp_path / "log.csv"
    path.write_text(text)
    refused(told, "track", PLAN, path, *DRAWS)


def test_a_missing_log_and_a_missing_plan_are_told(refused, tmp_path):
    for arguments in ((PLAN, tmp_path / "none.csv"), (tmp_path / "none.toml", LOG)):
        refused("there is no such file", "track", *arguments)


def test_too_few_rounds_say_that_nothing_can_be_forecast_yet(run, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("labels,value,strategy\n40,0.7,margin\n80,0.75,margin\n")
    status, out, _ = run("track", PLAN, path, *DRAWS)
    assert status == 0
    flat = " ".join(out.split())
    assert "needs at least 4 different label counts; there are 2" in flat
    assert "not to be said yet" in flat


def test_a_rule_that_needs_more_than_the_log_has_is_told(refused, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.read_text().replace('["target", "budget"]', '["stable"]'))
    refused("stopping rule 'stable'", "track", plan, LOG, *DRAWS)
