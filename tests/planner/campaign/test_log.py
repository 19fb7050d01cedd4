import numpy as np
import pytest

from planner.campaign.log import read_log
from simulations.errors import InputError


def test_the_last_row_says_where_the_campaign_stands(plan_of, write_log):
    path = write_log(
        "labels,value,strategy,spent_usd,days,agreement,vendor\n"
        "100,0.6,random,300,1.5,,A\n100,0.6,margin,300,1.5,,A\n200,0.7,margin,550,3,0.8,A\n300,0.75,margin,800,4.5,0.9,A\n"
    )
    log = read_log(path, plan_of())
    assert (log.strategy, log.labels, log.value, log.spent_usd, log.days, log.vendor) == (
        "margin", 300.0, 0.75, 800.0, 4.5, "A",
    )  # fmt: skip
    assert log.active
    assert log.counts("margin") == 3 and log.counts("random") == 1 and log.counts("entropy") == 0
    assert log.agreement.tolist() == [0.8, 0.9]
    assert log.test_size == 500  # the plan's test labels


def test_two_columns_are_enough_and_mean_random(plan_of, write_log):
    log = read_log(write_log("labels,value\n100,0.6\n200,0.7\n"), plan_of())
    assert (log.strategy, log.active, log.spent_usd, log.days, log.vendor, log.agreement) == (
        "random", False, None, None, None, None,
    )  # fmt: skip


def test_a_missing_agreement_in_the_middle_is_no_agreement(plan_of, write_log):
    log = read_log(write_log("labels,value,agreement\n100,0.6,\n200,0.7,\n300,0.8,0.9\n"), plan_of())
    assert log.agreement is None


def test_arms_side_by_side_may_each_start_low(plan_of, write_log):
    log = read_log(
        write_log("labels,value,strategy\n100,0.6,random\n900,0.7,random\n100,0.6,margin\n400,0.7,margin\n"), plan_of()
    )
    assert (log.strategy, log.labels) == ("margin", 400)
    assert np.array_equal(log.of("random")["labels"], [100, 900])


@pytest.mark.parametrize(
    ("rows", "paid"),
    [
        ("100,0.6,random\n300,0.7,random\n100,0.6,margin\n400,0.7,margin\n", 400 + 200),  # one first set, two arms
        ("50,0.6,random\n300,0.7,random\n100,0.6,margin\n400,0.7,margin\n", 400 + 300),  # nothing in common
        ("100,0.6,random\n300,0.7,random\n300,0.7,margin\n400,0.7,margin\n", 400),  # one after the other
        ("100,0.6,margin\n400,0.7,margin\n", 400),
    ],
)
def test_labels_of_arms_side_by_side_are_all_paid(plan_of, write_log, rows, paid):
    assert read_log(write_log("labels,value,strategy\n" + rows), plan_of()).paid == paid


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("labels,value\n100,0.6\n300,0.7\n200,0.8\n", "row 3, column 'labels': found 200 after 300"),
        ("labels,value\n100,0.6\n2001,0.7\n", "row 2, column 'labels': found 2,001; allowed: up to 2,000"),
        ("labels,value\n100,1.2\n", "row 1, column 'value': found 1.2; allowed: a fraction"),
        ("labels,value\n100,-0.1\n", "column 'value'"),
        ("labels,value\n100,nan\n", "column 'value'"),
        ("labels,value,strategy\n100,0.6,entropy\n", "row 1, column 'strategy': the plan has no strategy 'entropy'"),
        ("labels,value,strategy\n100,0.6,margn\n", "did you mean 'margin'"),
        ("labels,value,vendor\n100,0.6,B\n", "the plan has no vendor 'B'"),
        ("labels,strategy\n100,random\n", "column 'value' is missing"),
        ("value\n0.6\n", "column 'labels' is missing"),
        ("labels,value\n", "no rows"),
        ("", "cannot be read"),
        ("labels,value,metric\n100,0.6,f1_macro\n", "column 'metric': found f1_macro; allowed: accuracy"),
        ("labels,value,spent_usd\n100,0.6,500\n200,0.7,300\n", "column 'spent_usd': found 300 after 500"),
        ("labels,value,spent_usd\n100,0.6,much\n", "column 'spent_usd': found 'much'"),
        ("labels,value,days\n100,0.6,-1\n", "column 'days'"),
        ("labels,value,agreement\n100,0.6,\n200,0.6,high\n", "column 'agreement': found 'high'"),
    ],
)
def test_faults_are_told_in_one_sentence(plan_of, write_log, text, told):
    with pytest.raises(InputError) as caught:
        read_log(write_log(text), plan_of())
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(plan_of, tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_log(tmp_path / "none.csv", plan_of())
