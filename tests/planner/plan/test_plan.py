import copy

import numpy as np
import pytest

from planner.plan import Plan, load_plan, parse_plan, paths, template
from simulations.errors import InputError


def test_a_plan_with_nothing_in_it_holds_the_documented_defaults():
    plan = parse_plan("")
    assert plan.task.target is not None
    assert plan.task.target.median == 0.90
    assert plan.task.pool_size.median == 100_000
    assert plan.vendors[0].price_usd.text == "0.01 to 0.014"
    assert plan.vendors[0].platform_fee_usd_per_item.median == 0
    assert plan.vendors[0].delivered_error_rate is not None
    assert plan.calendar.cost_of_delay_usd_per_week.median == 700
    assert plan.task.budget_usd is None


def test_a_budget_without_a_target_leaves_the_target_absent():
    assert parse_plan("[task]\nbudget_usd = 20_000").task.target is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[task", "not a TOML file"),
        ("[task]\ntraget = 0.9", "[task] traget: unknown key; did you mean 'target'?"),
        ("[tsk]\na = 1", "[tsk]: unknown table; did you mean 'task'?"),
        ("[task]\ntarget = 1.2", "[task] target: found 1.2; allowed: a fraction above 0 and below 1"),
        ("[task]\npool_size = 500", "[task] pool_size: found 500; allowed: more than the 1,000 initial labels"),
        ("[[vendors]]\nvotes_per_item = 0", "votes_per_item: found 0; allowed: a whole number from 1 to 51"),
        ('[[vendors]]\nname = "a"\n[[vendors]]\nname = "a"', "allowed: a different name for each vendor"),
        ("vendors = []", "allowed: 1 to 1,000 quotes"),
        ("task = 3", "[task]: found 3; allowed: a table of keys"),
        ('[strategy]\nnames = ["random"]', "without random itself"),
        ('[strategy]\nnames = "margin"', "a list of names"),
        (
            '[strategy]\nnames = ["margin", "coreset"]\nstream_share = 0.1',
            "names: found 'coreset' beside stream_share; allowed: least_confidence, margin, entropy, which judge",
        ),
        ("[strategy]\nstream_share = 0", "stream_share: found 0; allowed: a share above 0"),
        (
            "[strategy]\nstream_share = 0.1\n[compute]\npool_share_scored = 0.5",
            "[compute] pool_share_scored: found beside [strategy] stream_share; allowed: where batches are chosen from",
        ),
        (
            '[strategy]\nnames = ["entropy"]\nquery_price_factor = 2',
            "names: found 'entropy' beside query_price_factor; allowed: margin, which asks on the bound",
        ),
        ("[strategy]\nquery_price_factor = 0", "query_price_factor: found 0; allowed: "),
        (
            "[strategy]\nquery_price_factor = 2\nstream_share = 0.1",
            "query_price_factor: found beside stream_share; allowed: one of them",
        ),
        (
            "[strategy]\nquery_price_factor = 2\n[compute]\npool_share_scored = 0.5",
            "[compute] pool_share_scored: found beside [strategy] query_price_factor; allowed: where batches are",
        ),
        (
            '[strategy]\nquery_price_factor = 2\n[compute]\nseconds_from = "simulation"',
            "[compute] seconds_from: found beside [strategy] query_price_factor; allowed: where batches are",
        ),
        (
            "[strategy]\nquery_price_factor = 2\n[hybrid]\nmax_error_rate = 0.05",
            "[hybrid] max_error_rate: found beside [strategy] query_price_factor; allowed: where batches are",
        ),
        ('[evidence]\nproxies = "digits"', 'allowed: "auto", or a list of different data sets'),
        ('[evidence]\npilot = "p.csv"\nrandom_labels = 5', "random_labels: found 5 beside pilot; allowed: a range"),
        (
            "[evidence]\nrandom_value = 0.85",
            "[evidence]: random_value: found 0.85 without random_labels; allowed: together with the labels",
        ),
        (
            '[evidence]\nrandom_labels = 500\nrandom_value = "0.8 to 0.9"',
            'random_value: found "0.8 to 0.9"; allowed: one fraction above 0 and below 1 (0.90, not 90), and no range',
        ),
        ('[task]\nmetric = "acuracy"', '[task] metric: found "acuracy"; allowed: accuracy, if that is what is meant'),
        ('[task]\nmetric = "log_loss"', 'metric: found "log_loss", a loss; allowed: a metric of which more is better'),
        (
            "[task]\nclasses = 2\ntarget = 0.05",
            "target: found 0.05; allowed: above 0.5, the accuracy of guessing among 2 classes; an error of 0.05 is a "
            "target of 0.95",
        ),
        ("[evidence]\nrandom_labels = 500\nrandom_value = 0", "random_value: found 0; allowed: one fraction above 0"),
        ("[evidence]\nrandom_labels = 500\nrandom_value = 1", "random_value: found 1; allowed: one fraction above 0"),
        (
            "[task]\nbudget_usd = 5\n[evidence]\nrandom_labels = 500",
            "[evidence] random_labels: found without [task] target; allowed: together with target or random_value",
        ),
        ("[evidence]\nlabel_savings = 0", "[evidence] label_savings: found 0; allowed: a number above 0"),
        (
            '[evidence]\nlabel_savings = 2\nstore = "runs"',
            "label_savings: found 2 beside store, where what is",
        ),
        (
            "[evidence]\nlabel_savings = 2\nlabel_scale_sd = 0",
            "label_savings: found 2 beside label_scale_sd = 0,",
        ),
        (
            "[task]\nbudget_usd = 5\n[evidence]\nlabel_savings = 2",
            "[evidence] label_savings: found without [task] target; allowed: together with target or random_value",
        ),
        ("[evidence]\nimbalance = 0.5", "[evidence] imbalance: found 0.5; allowed: a number from 1 to 1e12"),
        ('[evidence]\npilot = "p.csv"\nlabel_scale_sd = 1', "found pilot and label_scale_sd; allowed: label_scale_sd"),
        (
            '[task]\nbudget_usd = 5\n[stopping]\nrules = ["target"]',
            "my.toml, [stopping] rules: found beside a budget that is spent whole; allowed: with a target to stop at",
        ),
    ],
)
def test_each_fault_is_one_sentence_with_place_and_what_is_allowed(text, words):
    with pytest.raises(InputError) as told:
        parse_plan(text, where="my.toml")
    assert words in str(told.value)
    assert str(told.value).startswith("my.toml")
    assert "\n" not in str(told.value)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match="labelplan init"):
        load_plan(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        load_plan(path)


def test_an_edit_keeps_comments_and_everything_else():
    edits = {"vendors.0.price_usd": "0.05 to 0.12", "task.target": 0.93, "vendors.0.vote_error_rate": "0.2"}
    plan = parse_plan(template()).replace(edits)
    (vendor,) = plan.vendors
    assert (vendor.price_usd.text, vendor.delivered_error_rate) == ("0.05 to 0.12", None)
    assert plan.task.target is not None and plan.task.target.median == 0.93
    assert "# one vote on one item" in plan.to_toml()
    assert parse_plan(plan.to_toml()) == plan


def test_an_edit_of_the_defaults_makes_the_tables_it_needs():
    plan = Plan().replace({"vendors.0.price_usd": "0.5", "strategy.names": "margin, entropy"})
    assert plan.strategy.names == ("margin", "entropy")
    assert [item.path for item in plan.inputs() if not item.default] == ["strategy.names", "vendors.0.price_usd"]


def test_an_emptied_input_returns_to_its_default():
    plan = parse_plan(template()).replace({"task.pool_size": ""})
    assert plan.input("task.pool_size").default


def test_quotes_are_put_beside_those_that_a_plan_lists_in_brackets():
    plan = parse_plan('vendors = [{name = "A", price_usd = 0.2}]\n')
    assert [quote.name for quote in plan.with_quotes([{"name": "B"}], where="a test").vendors] == ["A", "B"]


@pytest.mark.parametrize("path", ["task.nothing", "vendors.3.price_usd", "", "task"])
def test_an_edit_of_an_unknown_input_is_refused(path):
    with pytest.raises(InputError, match="there is no input"):
        Plan().replace({path: 1})


def test_draws_keep_the_range_and_depend_on_the_input_alone():
    plan = Plan()
    draws = plan.draw(2_000, seed=3)
    price = draws["vendors.0.price_usd"]
    assert np.quantile(price, [0.1, 0.9]) == pytest.approx([0.010, 0.014], rel=0.01)
    other = plan.replace({"engineering.one_off_hours": "1 to 900"}).draw(2_000, seed=3)
    assert np.array_equal(price, other["vendors.0.price_usd"])
    assert not np.array_equal(price, plan.draw(2_000, seed=4)["vendors.0.price_usd"])
    assert abs(np.corrcoef(price, draws["engineering.one_off_hours"])[0, 1]) < 0.1


def test_medians_are_one_value_each():
    medians = Plan().medians()
    assert medians["vendors.0.price_usd"].shape == (1,)
    assert medians["vendors.0.price_usd"][0] == pytest.approx(np.sqrt(0.010 * 0.014))
    assert "task.budget_usd" not in medians


def test_the_need_is_taken_from_the_plan_where_nothing_else_says_it():
    need = Plan().random_labels
    assert need is not None
    assert need.text == "1000 to 98000"
    assert Plan().input("evidence.random_labels").text == ""
    assert "evidence.random_labels" in Plan().draw(10, seed=0)


@pytest.mark.parametrize("task", ["target = 0.9", "budget_usd = 5_000"])
def test_a_value_beside_random_labels_names_them_and_needs_no_target(task):
    plan = parse_plan(f'[task]\n{task}\n[evidence]\nrandom_labels = "300 to 800"\nrandom_value = 0.85')
    need = plan.input("evidence.random_labels")
    assert (need.label, need.text) == ("Labels random would need for 85%", "300 to 800")
    assert Plan().input("evidence.random_labels").label == "Labels random would need"
    assert plan.evidence.random_value is not None and plan.evidence.random_value.median == 0.85
    assert not plan.need_assumed


@pytest.mark.parametrize("given", ['pilot = "p.csv"', "label_scale_sd = 0.5"])
def test_curves_that_say_the_need_leave_it_out_of_the_plan(given):
    plan = parse_plan(f"[evidence]\n{given}")
    assert plan.random_labels is None
    assert "evidence.random_labels" not in plan.draw(10, seed=0)


def test_test_labels_that_follow_from_a_precision_are_the_plans_own():
    by_precision = parse_plan("[task]\ntest_half_width = 0.01\n").input("task.test_labels")
    assert (by_precision.default, parse_plan("").input("task.test_labels").default) == (False, True)


def test_every_path_is_that_of_an_input():
    constants = {name: value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)}
    assert len(constants) > 40
    assert {*constants.values(), paths.vendor(0, "price_usd")} <= Plan().inputs_by_path.keys()


def test_an_edit_and_a_copy_with_another_table_have_inputs_of_their_own():
    plan = parse_plan("[[vendors]]\nprice_usd = 0.05\n[strategy]\nmonitor_random = false\n")
    assert plan.inputs()[0] is plan.inputs()[0]  # they are listed once
    edited = plan.replace({"vendors.0.price_usd": 0.07})
    copied = plan.model_copy(update={"strategy": plan.strategy.model_copy(update={"monitor_random": True})})
    texts = [[each.input(path).text for path in ("vendors.0.price_usd", "strategy.monitor_random")]
             for each in (plan, edited, copied)]  # fmt: skip
    assert texts == [["0.05", "false"], ["0.07", "false"], ["0.05", "true"]]


def test_what_is_remembered_makes_no_difference_between_plans():
    asked, fresh = parse_plan(template()), parse_plan(template())
    asked.inputs()
    assert asked == fresh
    assert asked.model_dump() == fresh.model_dump()
    assert copy.deepcopy(asked).inputs() == fresh.inputs()


@pytest.mark.parametrize(
    ("evidence", "sd"),
    [
        ("", 0.4),
        ('learner = "linear"', 0.0),
        ('learner = "boosting"', 0.5),
        ('learner = "my own network"', 0.4),
        ('learner = "boosting"\nsavings_sd = 0.1', 0.1),
    ],
)
def test_how_far_savings_may_lie_from_those_recorded_goes_by_the_learner_unless_told(evidence, sd):
    assert parse_plan(f"[evidence]\n{evidence}\n").evidence.savings_sd.median == sd


def test_a_learner_that_is_no_text_is_one_sentence():
    with pytest.raises(InputError, match="learner"):
        parse_plan('[evidence]\nlearner = ["linear"]\n')


def test_a_mark_of_windows_editors_is_accepted(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text("[task]\ntarget = 0.93\n", encoding="utf-8-sig")
    plan = load_plan(path)
    assert plan.to_toml() == "[task]\ntarget = 0.93\n"
    assert plan.replace({"task.target": "0.94"}).task.target.median == pytest.approx(0.94)
