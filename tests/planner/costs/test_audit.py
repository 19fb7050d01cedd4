"""An audit of a language model, on small tables worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from planner.costs.audit import ErrorShare, measure_audit, read_audit
from simulations.errors import InputError


def measured(humans, answers, epsilon=0.1):
    humans, answers = np.array(humans), np.array(answers)
    return measure_audit(humans, answers, [f"human_{j}" for j in range(humans.shape[1])], epsilon=epsilon)


def test_errors_are_against_what_most_people_say():
    # Of five items people are divided on one; of the others the model has two wrong, both in class b.
    humans = [["a", "a", "b"], ["a", "a", ""], ["b", "b", "b"], ["b", "b", "a"], ["a", "b", ""]]
    found = measured(humans, [["a"], ["a"], ["a"], ["a"], ["b"]])
    assert (found.error.items, found.error.wrong, found.tied) == (4, 2, 1)
    assert {name: (share.items, share.wrong) for name, share in found.by_class.items()} == {"a": (2, 0), "b": (2, 2)}
    assert found.systematic is None and "systematic_share" not in found.quote_fields


def test_the_interval_is_that_of_jeffreys():
    low, high = ErrorShare(200, 20).interval
    assert (low, high) == pytest.approx(stats.beta(20.5, 180.5).ppf([0.1, 0.9]))


def test_errors_that_come_back_are_systematic():
    humans = [["a"]] * 10
    answers = [["b", "b"]] * 3 + [["b", "a"]] + [["a", "b"]] + [["a", "a"]] * 5
    found = measured(humans, answers)
    assert (found.error.wrong, found.systematic.items, found.systematic.wrong) == (4, 4, 3)
    assert found.systematic_by_class["a"].rate == 0.75
    low, high = found.systematic.interval
    assert found.quote_fields["systematic_share"] == f"{low:.3g} to {high:.3g}"


def test_the_test_leaves_out_one_person_after_the_other():
    # Forty items, three people. The first two always agree; the third is wrong on the last ten. The model agrees with
    # the first two, but for the first four items.
    truth = ["a"] * 40
    third = ["a"] * 30 + ["b"] * 10
    model = ["b"] * 4 + ["a"] * 36
    humans = np.array([truth, truth, third]).T
    test = measured(humans, np.array([model]).T, epsilon=0.2).test
    # Against the first: on 4 items she alone agrees with somebody. On the last ten both agree with one of two others.
    d = np.array([1.0] * 4 + [0.0] * 36)
    expected = stats.ttest_1samp(d, 0.2, alternative="less").pvalue
    assert test.p_values["human_0"] == test.p_values["human_1"] == pytest.approx(expected)
    # Against the third: the model is better on ten and worse on four.
    d = np.array([1.0] * 4 + [0.0] * 26 + [-1.0] * 10)
    assert test.p_values["human_2"] == pytest.approx(stats.ttest_1samp(d, 0.2, alternative="less").pvalue)
    assert test.advantage == pytest.approx((36 / 40 + 36 / 40 + 36 / 40) / 3)
    adjusted = stats.false_discovery_control([*test.p_values.values()], method="by")
    assert test.winning_rate == pytest.approx((adjusted < 0.05).mean()) and test.passes


def test_a_model_that_guesses_replaces_nobody():
    rng = np.random.default_rng(0)
    truth = rng.choice(["a", "b", "c"], (60, 1))
    test = measured(np.repeat(truth, 3, axis=1), rng.choice(["a", "b", "c"], (60, 1))).test
    assert test.winning_rate == 0 and not test.passes and min(test.p_values.values()) > 0.5


def test_what_always_comes_back_is_a_range_that_a_quote_takes():
    found = measured([["a"]] * 60, [["b", "b"]] * 60)
    assert found.quote_fields["systematic_share"].endswith(" to 0.999")
    assert found.quote_fields["vote_error_rate"].endswith(" to 0.999")


def test_answers_that_were_not_asked_again_tell_nothing():
    found = measured([["a"]] * 10, [["b", "b"]] * 3 + [["b", "a"]] + [["b", ""]] * 6)
    assert (found.error.wrong, found.systematic.items, found.systematic.wrong) == (10, 4, 3)


def test_two_items_prove_nothing():
    test = measured([["a", "a", "a"]] * 2, [["a"]] * 2, epsilon=0.2).test
    assert min(test.p_values.values()) == pytest.approx(0.25) and not test.passes


def test_a_sign_in_a_cell_is_no_comment(tmp_path):
    path = tmp_path / "audit.csv"
    path.write_text("# a comment\nitem,human,llm\nticket #1,C#,C#\nticket #2,C,C#\n")
    found = read_audit(path, epsilon=0.1)
    assert {name: (share.items, share.wrong) for name, share in found.by_class.items()} == {"C": (1, 1), "C#": (1, 0)}


def test_two_people_are_too_few_for_the_test():
    assert measured([["a", "a"]] * 5, [["a"]] * 5).test is None


@given(
    st.lists(st.lists(st.sampled_from("ab"), min_size=4, max_size=4), min_size=5, max_size=40),
    st.permutations(range(3)),
)
def test_the_order_of_people_changes_nothing(rows, order):
    table = np.array(rows)
    try:
        one = measured(table[:, :3], table[:, 3:])
    except InputError:
        return
    other = measured(table[:, :3][:, list(order)], table[:, 3:])
    assert one.error == other.error and one.by_class == other.by_class
    assert one.test.winning_rate == other.test.winning_rate
    assert one.test.advantage == pytest.approx(other.test.advantage)


GOOD = "item,human_1,human_2,llm\n1,a,a,a\n2,b,,a\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("llm", "model"), "found the columns item, human_1, human_2, model; allowed: item, one or more"),
        (GOOD.replace("2,b,,a", "2,b,,"), "row 3: found none; allowed: an answer under llm for each item"),
        (GOOD.replace("2,b,,a", "2,,,a"), "row 3: found none; allowed: a person's answer for each item"),
        (GOOD.replace("2,b", "1,b"), "row 3, item: found '1' again; allowed: each item once"),
        ("item,human,llm\n", "found no item"),
        ("", "found the columns ; allowed: item"),
        ("# words\n\n" + GOOD + "3,a,a,a,b\n", "row 6: found 5 cells; allowed: 4, as in the header"),
        ("# words\n" + GOOD.replace("2,b", "1,b"), "row 4, item: found '1' again"),
        ("item,human_1,human_2,llm\n1,a,b,a\n", "divided equally on every item"),
    ],
)
def test_a_wrong_audit_is_refused_in_one_sentence(tmp_path, text, words):
    path = tmp_path / "audit.csv"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_audit(path, epsilon=0.1)
    assert words in str(refused.value)
