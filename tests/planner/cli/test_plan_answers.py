"""Every answer of a decision, from a plan file to the JSON and the words of `labelplan plan`."""

import pytest

DRAWS = ("--draws", 100)
PLAN = """
[task]
target = 0.9
pool_size = 40_000
classes = 10
test_labels = 1_000
value_per_point_usd = 500
[strategy]
names = ["margin", "entropy"]
initial_labels = 400
[[vendors]]
name = "one"
price_usd = "0.3 to 0.8"
votes_per_item = 1
delivered_error_rate = 0
[[vendors]]
name = "two"
price_usd = "0.2 to 1.2"
votes_per_item = 1
delivered_error_rate = 0
[evidence]
proxies = ["digits", "penbased"]
random_labels = "4_000 to 30_000"
"""
AT_TARGET = {
    "rounds": {"planned", "best", "saved_usd", "by_size"},
    "first_order": {"labels", "as_good", "p_enough", "mean_orders", "expected_usd", "rounds_usd"},
}


@pytest.fixture
def plan(tmp_path):
    """Write a plan file, with some texts in it changed."""

    def plan(*edits):
        text = PLAN
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "plan.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return plan


def rows(found, *columns):
    assert found and all(set(columns) <= row.keys() for row in found)
    return found


@pytest.mark.parametrize("edits", [(), (("target = 0.9\n", "budget_usd = 9_000\n"), ('random_labels = "4_000', '# "'))])
def test_the_json_carries_every_answer(run, answered, plan, edits):
    told = answered(run("plan", plan(*edits), "--json", *DRAWS, "--sweep", "vote_price_usd"))
    at_target = not edits
    # The verdict: three states, the conditions under which it would flip, and what a reader must see.
    assert told["verdict"] in ("use_active_learning", "label_random", "too_close")
    for flip in told["flips"]:
        assert {"input", "planned", "value", "side", "said", "state", "p_al_better"} <= flip.keys()
        assert flip["state"] != told["verdict"]
    assert all(isinstance(sentence, str) for sentence in told["warnings"])
    # Solve for: cost and labels at the target, value at the budget, and break-evens with all roots and states.
    assert told["solve_for"] == ("cost_at_target" if at_target else "value_at_budget")
    for one in told["plans"].values():
        assert one["vendor"] in ("one", "two")
        assert all(one[name].keys() == {"q10", "q50", "q90"} for name in ("labels", "total_usd", "value", "days"))
    # An assumed need lies between initial set and pool, so that another pool would be another assumption.
    asked = {"price", "hours", "projects"} | ({"pool", "factor"} if at_target else set())
    assert asked <= told["break_even"].keys()
    for found in told["break_even"].values():
        for criterion in ("p50", "p80", "mean"):
            assert found[criterion]["state"] in ("never", "always", "roots")
            assert (found[criterion]["state"] == "roots") == bool(found[criterion]["roots"])
    # Plans compared: strategies, batch sizes and vendors; frontier, acceptability, expected loss.
    assert set(told["plans"]) == {"random", "margin", "entropy"}
    for name, keys in AT_TARGET.items():
        assert (told[name] is not None) == at_target
        assert told[name] is None or keys <= told[name].keys()
    assert {"efficient"} <= {row["state"] for row in rows(told["frontier"], "plan", "labels", "value", "usd_per_point")}
    for axis, name in (("price", "price_usd"), ("value_per_point", "value_per_point_usd")):
        rows(told["acceptability"][axis], name, "plan", "p_best", "expected_loss_usd", "best_on_average")
    assert any(row["value_per_point_usd"] == 500 for row in told["acceptability"]["value_per_point"])
    assert min(told["expected_loss_by_plan_usd"].values()) == pytest.approx(told["evpi_usd"])
    # Sensitivity: tornado, map with lines, sweeps.
    ends = ("saving_low_usd", "saving_high_usd") if at_target else ("gain_low", "gain_high")
    rows(told["sensitivity"], "input", "low", "high", *ends, "flips", "assumed")
    rows(told["map"]["grid"], "x", "y", "p_al_better", "expected", "state")
    assert isinstance(told["map"]["lines"], list)
    rows(told["sweeps"]["vote_price_usd"], "value", "p_al_better", "expected", "saving_q50", "state")
    # Value of information: all, each input with its error, and pilots by size.
    for one in rows(told["evppi"], "name", "evppi_usd", "se_usd", "bias_usd"):
        assert 0 <= one["evppi_usd"] <= told["evpi_usd"] + 1e-6
    assert told["evpi_se_usd"] >= 0
    assert (told["pilot"] is not None) == at_target
    for kind in ("random", "paired") if at_target else ():
        pilot = told["pilot"][kind]
        sizes = len(pilot["sizes"])
        for name in ("evsi_usd", "evsi_se_usd", "cost_usd", "net_usd", "p_changes", "effective_draws", "labels"):
            assert len(pilot[name]) == sizes
        assert pilot["evsi_usd"] == sorted(pilot["evsi_usd"])
        assert pilot["evsi_usd"][-1] <= told["evpi_usd"] + 1e-6
        assert {"size", "low", "high", "net_usd", "net_se_usd"} <= pilot["best"].keys()


def test_a_sweep_of_the_price_and_where_it_pays_are_printed(run, plan):
    # In about one future in three nothing is saved, and engineering is paid in all of them.
    wide = 'random_labels = "4_000 to 30_000"\nsavings_sd = 1.5'
    _, out, _ = run("plan", plan(('random_labels = "4_000 to 30_000"', wide)), *DRAWS, "--sweep", "vote_price_usd")
    assert "Along vote_price_usd" in out
    (row,) = [line for line in out.splitlines() if line.strip().startswith("Price of a vote")]
    assert "never" in row


def test_a_budget_that_pays_for_nothing_is_told_and_saves_nothing(run, plan):
    path = plan(("target = 0.9\n", "budget_usd = 1\n"), ('random_labels = "4_000 to 30_000"', ""))
    status, out, _ = run("plan", path, *DRAWS)
    assert status == 0
    assert "there is nothing to choose: it does not pay for the smallest plan" in out
    assert "is expected to" not in out and "Measure first" not in out


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ((('"margin", ', '"margn", '),), "found 'margn'"),
        (
            (
                ("target = 0.9\n", "budget_usd = 9\n"),
                ("random_labels", "#"),
                ("[evidence]", '[stopping]\nrules=["target"]\n[evidence]'),
            ),
            "[stopping] rules: found beside a budget that is spent whole; allowed: with a target to stop at",
        ),
        ((("[evidence]", '[evidence]\npilot = "p.csv"'), ('"4_000 to 30_000"', "4_000")), "allowed: a range"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(refused, plan, edits, told):
    err = refused(told, "plan", plan(*edits), *DRAWS)
    assert "random" not in err.partition("allowed: ")[2].split(";")[0].split(", ") or "margn" not in err


def test_a_pilot_keeps_the_range_that_was_believed_before_it(run, answered, plan, tmp_path):
    (tmp_path / "pilot.csv").write_text("labels,value\n100,0.60\n200,0.68\n400,0.75\n800,0.80\n1600,0.84\n")
    both = plan(("random_labels", 'pilot = "pilot.csv"\nrandom_labels'), ("4_000 to 30_000", "5_000 to 7_000"))
    verdict = answered(run("plan", both, "--json", *DRAWS))
    assert verdict["evidence"][0]["dataset"] == "pilot"
    assert any("not applied again" in sentence for sentence in verdict["warnings"])
    needed = verdict["plans"]["random"]["labels"]
    assert 4_500 < needed["q10"] < needed["q50"] < needed["q90"] < 8_000  # alone, the pilot says 2,000 to never
