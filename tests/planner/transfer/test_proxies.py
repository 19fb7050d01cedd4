import numpy as np
import pandas as pd
import pytest

from planner.transfer.from_proxies import curves_from_proxies, find_proxies
from planner.transfer.savings_fit import ProxyEvidence
from planner.transfer.task_curves import TaskDescription
from simulations.errors import InputError
from tests.planner.transfer.synthetic import DATASETS, recorded

STRATEGIES = ("random", "margin", "entropy")
TABLE = recorded(strategies=STRATEGIES)
TASK = TaskDescription("accuracy", classes=10, kind="image", learner="linear")


def curves(table=TABLE, task=TASK, strategies=STRATEGIES, **settings):
    return curves_from_proxies(ProxyEvidence(table), task, strategies, **{"n_draws": 1_000, "seed": 0, **settings})


PLAIN = curves()


def spread(draws):
    low, high = np.quantile(np.log(draws), (0.1, 0.9), method="inverted_cdf")
    return high - low


def savings(joint, target):
    reach = joint.labels_to_reach(target)
    both = np.isfinite(reach[:, :2]).all(axis=1)
    return reach[both, 0] / reach[both, 1]


def test_shapes_names_and_no_number_that_is_not_one():
    reach = PLAIN.labels_to_reach(0.85)
    assert reach.shape == (1_000, 3) and PLAIN.strategies == STRATEGIES and PLAIN.n_draws == 1_000
    assert PLAIN.clean_labels and PLAIN.metric == "accuracy"
    assert not np.isnan(reach).any() and (reach >= 1).all()
    assert (np.diff(PLAIN.best, axis=2) >= 0).all() and (np.diff(PLAIN.log_labels, axis=2) >= 0).all()


def test_the_recorded_savings_come_back():
    exact = curves(savings_sd=0.0, label_scale_sd=0.0)
    factor = np.median(savings(exact, 0.85))
    assert 1.4 < factor < 2.0  # 1.8 on the data set that matches, 1.5 and 1.2 on the others
    reach = np.median(exact.labels_to_reach(0.85), axis=0)
    assert reach[1] < reach[2] < reach[0]


def test_a_proxy_of_the_same_task_gives_its_own_labels():
    only = curves(recorded({"letters": DATASETS["letters"]}), strategies=("random", "margin"), label_scale_sd=0.0)
    truth = 50 * (0.13 / 0.40) ** (-1 / 0.6)  # labels at value 0.85 on that curve
    assert np.median(only.labels_to_reach(0.85)[:, 0]) == pytest.approx(truth, rel=0.1)


def test_more_classes_need_proportionally_more_labels():
    table = recorded({"letters": DATASETS["letters"]})
    base, triple = (
        curves(table, TaskDescription("accuracy", classes, "image"), ("random", "margin")) for classes in (10, 30)
    )
    ratio = triple.labels_to_reach(0.85)[:, 0] / base.labels_to_reach(0.85)[:, 0]
    np.testing.assert_allclose(ratio, 3.0)


def test_both_sds_widen_what_they_are_about():
    narrow = curves(savings_sd=0.0, label_scale_sd=0.0)
    assert spread(curves(savings_sd=0.0).labels_to_reach(0.85)[:, 0]) > spread(narrow.labels_to_reach(0.85)[:, 0])
    assert spread(savings(curves(label_scale_sd=0.0), 0.85)) > spread(savings(narrow, 0.85))


def test_a_run_is_deterministic_and_a_strategy_more_changes_no_other():
    again, fewer = curves(), curves(strategies=STRATEGIES[:2])
    np.testing.assert_array_equal(again.best, PLAIN.best)
    np.testing.assert_array_equal(again.log_labels, PLAIN.log_labels)
    np.testing.assert_array_equal(fewer.labels_to_reach(0.85), PLAIN.labels_to_reach(0.85)[:, :2])
    shuffled = curves(TABLE.sample(frac=1.0, random_state=3))
    np.testing.assert_array_equal(shuffled.best, PLAIN.best)


def test_draws_are_not_ordered_by_proxy():
    labels = np.log(PLAIN.labels_to_reach(0.8)[:, 0])
    assert abs(np.corrcoef(labels[1:], labels[:-1])[0, 1]) < 0.15


def test_data_sets_weigh_the_same_and_the_best_match_comes_first():
    evidence = PLAIN.evidence
    assert evidence["dataset"].tolist() == ["letters", "tickets", "sensors"]
    np.testing.assert_allclose(evidence["weight"], 1 / 3)
    assert "same kind (image), 10 classes" in evidence["why"][0]


def test_learners_of_one_data_set_share_its_weight():
    both = pd.concat([TABLE, recorded({"letters": DATASETS["letters"]}, strategies=STRATEGIES, learner="mlp")])
    proxies, _ = find_proxies(both, TASK, STRATEGIES)
    weights = {(p.dataset, p.learner): p.weight for p in proxies}
    assert weights["letters", "linear"] == pytest.approx(2 * weights["letters", "mlp"])
    alone = PLAIN.evidence.set_index("dataset")["weight"]["letters"]
    assert weights["letters", "linear"] + weights["letters", "mlp"] == pytest.approx(alone)


def test_where_nothing_matches_the_answer_is_wide_and_says_so():
    foreign = curves(task=TaskDescription("accuracy", classes=500, kind="sequence"))
    assert any("Nothing recorded resembles this task (sequence, 500 classes)" in text for text in foreign.warnings)
    assert spread(foreign.labels_to_reach(0.8)[:, 0]) > 1.2 * spread(PLAIN.labels_to_reach(0.8)[:, 0])
    assert not any("Nothing recorded" in text for text in PLAIN.warnings)


def test_another_metric_stands_in_with_a_warning():
    other = curves(task=TaskDescription("f1_macro", classes=10, kind="image"))
    assert other.metric == "accuracy" and any("No curve is recorded in f1_macro" in text for text in other.warnings)


def test_a_strategy_not_recorded_and_a_target_without_any_error_are_refused():
    with pytest.raises(InputError, match="a target of 1"):
        curves(random_labels=(1.0, np.ones(1_000)))
    with pytest.raises(InputError, match=r"found 'badge', of which no curve is recorded; allowed: entropy, margin$"):
        curves(strategies=("random", "badge"))


def test_a_data_set_without_a_strategy_is_left_out_by_name():
    table = TABLE[~((TABLE["dataset"] == "letters") & (TABLE["strategy"] == "entropy"))]
    left = curves(table)
    assert "letters" not in set(left.evidence["dataset"])
    assert any("letters (linear)" in text for text in left.warnings)
    with pytest.raises(InputError, match="no data set has all of random, margin, entropy"):
        curves(pd.concat([table[table["dataset"] == "letters"], table[table["strategy"] == "entropy"].head(2)]))


@pytest.mark.parametrize("target", [0.85, 0.999])
def test_the_users_own_estimate_of_random_is_met_in_every_draw(target):
    estimate = np.exp(np.random.default_rng(0).normal(np.log(8_000), 0.3, 1_000))
    joint = curves(random_labels=(target, estimate))
    np.testing.assert_allclose(joint.labels_to_reach(target)[:, 0], estimate, rtol=1e-6)
    stands_in = any(f"does random reach {target:g}" in text for text in joint.warnings)
    assert stands_in == (target == 0.999)
    assert np.median(savings(joint, target)) > 1.0


def test_an_estimate_leaves_the_savings_as_recorded():
    joint = curves(random_labels=(0.85, np.full(1_000, 8_000.0)), savings_sd=0.0)
    assert np.median(savings(joint, 0.85)) == pytest.approx(np.median(savings(curves(savings_sd=0.0), 0.85)), rel=0.1)


def test_summary_rises_is_ordered_and_marks_what_is_extrapolated():
    table = PLAIN.summary([100, 1_000, 10_000, 100_000])
    assert table.columns.tolist() == ["strategy", "labels", "q10", "q50", "q90", "extrapolated"]
    assert len(table) == 12 and not table.isna().any().any()
    assert ((table["q10"] <= table["q50"]) & (table["q50"] <= table["q90"])).all()
    for _, rows in table.groupby("strategy"):
        assert (rows["q50"].diff().dropna() >= 0).all()
        assert rows["extrapolated"].tolist()[-2:] == [True, True]


def test_curves_simulated_with_wrong_answers_are_not_used_as_if_they_were_clean():
    noisy = TABLE.assign(dataset=TABLE["dataset"] + " [flip rate=0.2]", label_error_rate=0.2)
    noisy["value"] *= 0.8
    joint = curves(pd.concat([TABLE, noisy]).fillna({"label_error_rate": 0.0}))
    assert (joint.best == PLAIN.best).all() and (joint.log_labels == PLAIN.log_labels).all()
    (said,) = set(joint.warnings) - set(PLAIN.warnings)
    assert "simulated with wrong answers: letters [flip rate=0.2]" in said
    with pytest.raises(InputError, match="found only curves simulated with wrong answers"):
        curves(noisy)


def test_no_task_is_harder_than_guessing():
    two, many = (curves(task=TaskDescription("accuracy", k, "image")).end.tilt.most for k in (2, 1_000))
    assert (two <= np.log(0.5)).all() and (two <= many).all() and (two < many).any()
