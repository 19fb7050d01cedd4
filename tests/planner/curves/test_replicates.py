import pandas as pd
import pytest

from planner.curves.replicates import Replicates, censoring_warnings, check_covered, families
from simulations.curve_table import validate_curves
from simulations.errors import InputError

FAMILY = {"dataset": "d", "learner": "linear", "batch_size": 5}


def of(**curves):
    """Each seed's points, given as `s0={10: 0.5, 20: 0.6}`."""
    rows = [(int(seed[1:]), n, value) for seed, points in curves.items() for n, value in points.items()]
    return Replicates.from_rows("margin", pd.DataFrame(rows, columns=["seed", "labels", "value"]))


def test_seeds_measured_apart_are_read_between_their_own_rounds():
    both = of(s0={10: 0.5, 30: 0.7}, s1={20: 0.6, 40: 0.8})
    assert both.ends == (20, 30)
    assert both.at(25) == {0: pytest.approx(0.65), 1: pytest.approx(0.65)}
    counts, values = both.grid()
    assert counts.tolist() == [20, 30]
    assert values.tolist() == [[pytest.approx(0.6), 0.7], [0.6, pytest.approx(0.7)]]


def test_seeds_that_never_meet_have_no_ends():
    assert of(s0={10: 0.5, 20: 0.6}, s1={30: 0.6, 40: 0.8}).ends is None
    assert Replicates("margin", {}).ends is None


def test_rows_in_any_order_give_rising_labels_and_repeats_are_averaged_and_told():
    rows = pd.DataFrame({"seed": [3, 3, 3], "labels": [20, 10, 20], "value": [0.6, 0.5, 0.8]})
    made = Replicates.from_rows("margin", rows)
    labels, values = made.curves[3]
    assert (labels.tolist(), values.tolist()) == ([10, 20], [0.5, pytest.approx(0.7)])
    assert made.repeated and not of(s0={10: 0.5}).repeated


def test_a_family_is_told_apart_by_initial_size_and_needs_none():
    frame = pd.DataFrame({"labels": [10, 20], "value": [0.5, 0.6]})
    ((identity, curves),) = families(validate_curves(frame))
    assert identity["initial_size"] is None and list(curves) == ["random"]
    found = [identity["initial_size"] for identity, _ in families(validate_curves(frame.assign(initial_size=[5, 10])))]
    assert found == [5, 10] and all(type(size) is int for size in found)


@pytest.mark.parametrize("count", [19, 31])
def test_a_count_outside_the_range_is_refused_with_the_range(count):
    both = of(s0={10: 0.5, 30: 0.7}, s1={20: 0.6, 40: 0.8})
    check_covered([20, 25, 30], both, FAMILY)
    with pytest.raises(
        InputError, match=f"found {count}; allowed: 20 to 30, as far as d, linear, margin, batch size 5"
    ):
        check_covered([25, count], both, FAMILY)


def test_without_a_shared_range_no_count_is_covered():
    with pytest.raises(InputError, match="found 15, but no label count is covered by all seeds of d, linear, margin"):
        check_covered([15], of(s0={10: 0.5}, s1={20: 0.6}), FAMILY)


def table(ends):
    rows = [
        {"dataset": "d", "strategy": name, "seed": seed, "labels": labels, "value": 0.5, "batch_size": 10}
        for (name, seed), end in ends.items()
        for labels in range(10, end + 1, 10)
    ]
    return validate_curves(pd.DataFrame(rows))


def test_curves_that_end_alike_need_no_word():
    assert censoring_warnings(table({("random", 0): 40, ("random", 1): 40, ("margin", 0): 30})) == []


def test_seeds_that_end_early_are_counted_and_named():
    (said,) = censoring_warnings(table({("random", 0): 40, ("random", 1): 40, ("margin", 0): 20, ("margin", 1): 40}))
    assert said == (
        "Some seeds end before others, and a curve is read only as far as all of them go: "
        "d, yours, margin: 1 of 2 seeds by 20 labels, the others at 40."
    )


def test_of_many_the_first_are_named():
    ends = {(f"s{number}", seed): 20 + 10 * seed for number in range(7) for seed in range(2)}
    (said,) = censoring_warnings(table(ends))
    assert said.count("1 of 2 seeds") == 5 and said.endswith("; and 2 more curves.")
