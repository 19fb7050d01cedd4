import pandas as pd

from planner.curves.replicates import censoring_warnings
from simulations.curve_table import validate_curves


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
