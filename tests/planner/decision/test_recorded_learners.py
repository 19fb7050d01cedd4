"""Which learners' recorded curves a plan draws on, from the plan file to the verdict."""

import pandas as pd
import pytest

from planner import evidence
from planner.campaign import forecasting
from planner.decision.load_curves import evidence_curves, with_measured_seconds
from planner.plan import parse_plan

STAND_IN = "No curve is recorded with the learner '{}': those with linear stand in for it."


@pytest.fixture
def library(monkeypatch):
    """The recorded linear curves, and one data set again under a forest's name with a tenth of the error."""
    kept = evidence.recorded_table, evidence._learners, evidence._learner_curves
    table = evidence.recorded_curves()
    table = table[table["dataset"].isin(["digits", "penbased", "letter"])]
    digits = table[table["dataset"] == "digits"]
    forest = digits.assign(
        learner="forest",
        value=1 - (1 - digits["value"]) / 10,
        fit_seconds=digits["fit_seconds"] * 1_000 + 1,
        trajectory="f" + digits["trajectory"].str.slice(1),
    )
    monkeypatch.setattr(evidence, "recorded_table", lambda: pd.concat([table, forest], ignore_index=True))
    for one in kept[1:]:
        one.cache_clear()
    yield table
    for one in kept[1:]:
        one.cache_clear()


def plan(learner, more=""):
    said = "" if learner is None else f'learner = "{learner}"\n'
    return parse_plan(f'[task]\nclasses = 10\n[strategy]\nnames = ["margin"]\n[evidence]\n{said}{more}')


@pytest.mark.parametrize(
    ("learner", "learners", "told"),
    [
        ("linear", ["linear"], None),
        ("forest", ["forest", "linear"], None),
        ("mlp", ["linear"], STAND_IN.format("mlp")),
        ("my own network", ["linear"], STAND_IN.format("my own network")),
        (None, ["linear"], None),
    ],
)
def test_a_plan_draws_on_the_linear_curves_and_those_of_its_learner(library, learner, learners, told):
    table, sentence = evidence_curves(plan(learner), None)
    assert sorted(table["learner"].unique()) == learners
    assert sentence == told
    linear = table[table["learner"] == "linear"].reset_index(drop=True)
    pd.testing.assert_frame_equal(linear, library.reset_index(drop=True))


def test_a_forest_that_is_not_recorded_on_the_data_sets_named_is_told(library):
    table, sentence = evidence_curves(plan("forest", 'proxies = ["letter", "penbased"]\n'), None)
    assert set(table["learner"]) == {"linear"}
    assert sentence == (
        "No curve of letter, penbased is recorded with the learner 'forest': those with linear stand in for it."
    )


def test_all_curves_of_a_plans_own_store_speak(library):
    both = pd.concat([library, library.assign(learner="mlp")])
    table, sentence = evidence_curves(plan("forest"), both)
    assert table is both and sentence is None


def test_a_plan_file_with_a_learner_has_a_verdict_that_says_whose_curves_spoke(run, answered, tmp_path, library):
    found = {}
    for learner in ("linear", "forest", "boosting"):
        path = tmp_path / f"{learner}.toml"
        path.write_text(plan(learner, "label_scale_sd = 0.5\n").to_toml())
        found[learner] = answered(run("plan", path, "--draws", "300", "--json"))
    weights = {name: {(one["dataset"], one["why"].split(",")[0]) for one in v["evidence"]} for name, v in found.items()}
    linear = {("digits", "learner linear"), ("letter", "learner linear"), ("penbased", "learner linear")}
    assert weights == {"linear": linear, "forest": {*linear, ("digits", "learner forest")}, "boosting": linear}
    digits = [one for one in found["forest"]["evidence"] if one["dataset"] == "digits"]
    mine = {one["why"].split(",")[0]: one["weight"] for one in digits}
    assert mine["learner forest"] == pytest.approx(2 * mine["learner linear"])
    told = {name: STAND_IN.format(name) in v["warnings"] for name, v in found.items()}
    assert told == {"linear": False, "forest": False, "boosting": True}
    needs = {name: verdict["plans"]["random"]["labels"] for name, verdict in found.items()}
    assert needs["boosting"] == needs["linear"] != needs["forest"]


def test_seconds_are_those_of_the_learner_where_it_is_recorded(library):
    asked = '[compute]\nseconds_from = "simulation"\n'
    forest, sentence = with_measured_seconds(plan("forest", asked), None)
    assert sentence is not None and "on 100 simulated campaigns with forest," in sentence
    linear, sentence = with_measured_seconds(plan("boosting", asked), None)
    assert sentence is not None and "on 300 simulated campaigns with linear," in sentence
    assert forest.compute.train_seconds_per_item.low > 100 * linear.compute.train_seconds_per_item.high


def test_a_campaign_under_way_draws_on_the_same_curves(library, tmp_path):
    from planner.campaign.log import read_log

    log = tmp_path / "log.csv"
    log.write_text("labels,value,test_size\n100,0.7,500\n200,0.8,500\n400,0.86,500\n800,0.9,500\n")
    told = {}
    for learner in ("forest", "boosting"):
        asked = plan(learner)
        outlook = forecasting.forecast_campaign(
            asked, read_log(log, asked), 0.95, n_draws=200, seed=0, base=tmp_path, simulated=None
        )
        told[learner] = STAND_IN.format(learner) in outlook.warnings
    assert told == {"forest": False, "boosting": True}
