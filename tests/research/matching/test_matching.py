"""The check of task matching as a whole: scores worked by hand, the rule that chooses, and its words."""

import json

import numpy as np
import pandas as pd
import pytest

from planner.backtest.score_tables import Estimate
from research.matching import run, run_matching, words
from research.matching.score import BETTER, UNDECIDED, WORSE, compared, finding, should_ship
from research.matching.weightings import EQUAL, MATCHED
from research.matching.words import print_matching
from tests.research.matching.made import table

TWO = (MATCHED, EQUAL)


def rows(matched, equal, labels_from, score):
    """One row a data set and weighting, with these scores."""
    about = {"real": True, "labels_from": labels_from, "score": score, "holds": 0.75, "data_sets": 3.0}
    about["never"] = None if score == "value" else 0.25
    return pd.DataFrame(
        [
            {"dataset": f"set {at}", "method": method, "crps": crps, "error": 2 * crps, **about}
            for method, every in (("matched", matched), ("equal", equal))
            for at, crps in enumerate(every)
        ]
    )


def every_score(matched, equal):
    return pd.concat(
        [
            rows(matched, equal, labels_from, score)
            for labels_from in ("proxies", "plan")
            for score in ("value", "labels", "savings")
        ]
    )


def test_differences_are_paired_by_data_set():
    part, *others = compared(every_score([0.1, 0.2, 0.3], [0.2, 0.3, 0.5]), TWO)
    assert len(others) == 5 and (part["sets"], part["labels_from"], part["score"]) == ("all", "proxies", "value")
    ours, equal = part["rows"]
    assert ours["crps"]["mean"] == pytest.approx(0.2) and ours["error"]["mean"] == pytest.approx(0.4)
    # Differences −0.1, −0.1, −0.2: mean −0.4 ÷ 3, sd 0.1 ÷ √3; t at 90% with 2 degrees of freedom is 1.8856.
    half = 1.8856 * 0.1 / np.sqrt(3) / np.sqrt(3)
    assert ours["against_equal"]["mean"] == pytest.approx(-0.4 / 3)
    assert ours["against_equal"]["q90"] == pytest.approx(-0.4 / 3 + half, rel=1e-4)
    assert ours["finding"] == BETTER and ours["against_matched"] is None
    assert equal["against_equal"] is None and equal["finding"] is None
    assert equal["against_matched"]["mean"] == pytest.approx(0.4 / 3)
    assert (ours["holds"], ours["never"], ours["proxies"]) == (0.75, None, 3.0)
    assert others[0]["rows"][0]["never"] == 0.25


def test_a_difference_is_clear_where_its_interval_is():
    assert finding(Estimate(-1, -2, -0.5)) == BETTER and finding(Estimate(1, 0.5, 2)) == WORSE
    assert finding(Estimate(1, -0.5, 2)) == UNDECIDED and finding(Estimate(0, 0, 0)) == UNDECIDED
    assert finding(Estimate(1, None, None)) == UNDECIDED and finding(None) is None


@pytest.mark.parametrize(
    ("findings", "ships"),
    [
        ({}, "matched"),
        ({("proxies", "value"): WORSE}, "equal"),
        ({("plan", "labels"): WORSE}, "equal"),
        ({("plan", "labels"): WORSE, ("proxies", "value"): BETTER}, "matched"),
        ({("plan", "labels"): BETTER}, "matched"),
        ({("plan", "savings"): WORSE}, "matched"),
    ],
)
def test_the_rule_that_chooses(findings, ships):
    parts = compared(every_score([0.2, 0.2], [0.2, 0.2]), TWO)
    for part in parts:
        part["rows"][0]["finding"] = findings.get((part["labels_from"], part["score"]), UNDECIDED)
    assert should_ship(parts) == ships
    real = [{**part, "sets": "real"} for part in parts]
    assert should_ship(real) == "matched"


@pytest.fixture(scope="module")
def found():
    """Four data sets under two weightings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "methods_for", lambda learners: TWO)
        return run_matching(table(seeds=1), "a table made by hand", n_draws=100).to_dict()


def test_it_finds_that_matching_helps_where_it_does(found):
    part = next(part for part in found["parts"] if (part["labels_from"], part["score"]) == ("proxies", "value"))
    assert part["data_sets"] == 4 and part["rows"][0]["finding"] == BETTER
    assert found["should_ship"] == "matched" and found["learners"] == ["linear"]
    assert len(found["sets"]) == 4 * 2 * 2 * 3 and found["metric"] == "accuracy"
    assert "NaN" not in json.dumps(found, allow_nan=False)


def test_it_says_so(found, capsys):
    found = {**found, "shipped": "matched"}
    print_matching(found)
    out = capsys.readouterr().out
    flat = " ".join(out.split())
    assert words.matching_headline(found) in flat and "so weights by match should ship, and do." in flat
    sentences = words.matching_findings(found)
    assert len(sentences) == 6 and all(sentence in flat for sentence in sentences)
    assert "With labels read off the proxies, in random's value matching is better than equal weights: score" in flat
    assert all(words.part_title(part) in flat for part in found["parts"]) and "nan" not in out
    other = words.matching_headline({**found, "should_ship": "equal", "shipped": "matched"})
    assert "clearly worse in none" in other and "so equal weights should ship; weights by match do." in other
