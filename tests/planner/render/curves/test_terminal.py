"""What `labelplan curves` prints: narrow enough, in line, and every unknown in words."""

import numpy as np
import pandas as pd
import pytest

from planner.curves.comparisons import compare_at, compare_strategies, win_matrices
from planner.curves.curve_summary import summarise_curves
from planner.curves.forecasts import forecast_table
from planner.curves.label_savings import label_savings, pool_savings
from planner.render.curves.curve_tables import print_comparisons, print_curves, print_pooled, print_savings
from planner.render.numbers import in_points
from planner.render.terminal import print_forecasts, print_groups, print_rows
from simulations.curve_table import validate_curves

DATASETS = ("digits", "letter", "magic", "page-blocks", "satimage")
STRATEGIES = ("random", "badge", "coreset", "entropy", "margin", "typiclust")
COUNTS = (40, 80, 160, 320, 640)


def measured(datasets=DATASETS, strategies=STRATEGIES, *, seeds=5, **columns):
    """Curves that rise by a gain of the strategy's own, with noise; coreset stays low."""
    rng = np.random.default_rng(0)
    gains = dict(zip(STRATEGIES, (0.08, 0.09, 0.03, 0.085, 0.1, 0.088), strict=True))
    rows = [
        (dataset, name, seed, n, 0.4 + gains[name] * step + rng.normal(0, 0.003) * (step > 0))
        for dataset in datasets
        for name in strategies
        for seed in range(seeds)
        for step, n in enumerate(COUNTS)
    ]
    frame = pd.DataFrame(rows, columns=["dataset", "strategy", "seed", "labels", "value"])
    return validate_curves(frame.assign(**{"batch_size": 40, "initial_size": 40, **columns}))


@pytest.fixture
def printed(capsys, monkeypatch):
    """Print everything that is said of a table, at a width; returns the lines."""

    def printed(table, *, width=80, at=None):
        monkeypatch.setenv("COLUMNS", str(width))
        savings = label_savings(table, at=at)
        print_curves(summarise_curves(table, savings))
        print_savings(savings)
        print_pooled(pool_savings(savings))
        if table["strategy"].nunique() > 1:
            comparisons = compare_strategies(table)
            print_comparisons(comparisons, compare_at(table, at or []), win_matrices(comparisons))
        return capsys.readouterr().out.splitlines()

    return printed


# Values and areas once; five counts of savings and of tests in as many parts as the width asks for.
@pytest.mark.parametrize(("width", "tables"), [(80, 2 + 3 + 2), (120, 2 + 2 + 1)])
def test_five_data_sets_by_six_strategies_fit_the_terminal(printed, width, tables):
    lines = printed(measured(), width=width, at=[100, 200, 300, 400, 500])
    assert max(map(len, lines)) <= width
    for dataset in DATASETS:
        assert sum(line.startswith(f"{dataset} · yours") for line in lines) == tables


def test_one_line_a_strategy_with_random_first_and_its_figures_in_order(printed):
    lines = printed(measured(("digits",), ("random", "coreset", "margin")))
    start = lines.index("digits · yours · 40 labels, then batches of 40 · 5 seeds")
    header, random, coreset, margin = lines[start - 1], *lines[start + 1 : start + 4]
    assert header.split() == ["labels", "accuracy", "80%", "of", "seeds", "area", "saves", "80%", "range", "missed"]
    assert random.split()[:3] == ["random", "640", "71.9%"]
    assert coreset.split()[-3:] == ["never", "never", "5/5"]
    cells = margin.split()
    assert cells[-6].startswith("+") and cells[-5].startswith("×1.") and cells[-3] == "to" and cells[-1] == "0/5"


def test_savings_on_the_way_stand_beside_the_values(printed):
    lines = printed(measured(("digits",), ("random", "margin")), width=120, at=[100])
    start = next(i for i, line in enumerate(lines) if line.startswith("On the way there"))
    table = lines[start : start + 6]
    assert table[1].split() == ["at", "100"]
    assert table[3].split()[0] == "random" and table[3].split()[-2:] == ["100", "labels"]
    assert table[4].split()[0] == "margin" and table[4].split()[2].startswith("×")


def test_over_data_sets_a_bound_and_what_it_is_not_are_said(printed):
    lines = printed(measured(("digits", "letter")))
    words = " ".join(lines)
    assert "it is no forecast for a new task" in words
    (pooled,) = (line for line in lines if "(2 never)" in line and line.split()[0] == "coreset")
    assert pooled.split()[-3].startswith("≤×")
    assert "no forecast for a new task" not in " ".join(printed(measured(("digits",))))


def test_what_is_unknown_is_said_once_in_words(printed):
    lines = printed(measured(("digits",), ("badge", "margin")))
    words = "\n".join(lines)
    assert words.count("Warning: digits, yours, margin: no curve of random stands beside it") == 1
    assert "nan" not in words.lower() and "None" not in words
    # Seeds that never meet have an unknown value.
    table = measured(("digits",), ("random",), seeds=2)
    (line,) = (
        line for line in printed(table.assign(labels=table["labels"] + 900 * table["seed"])) if "unknown" in line
    )
    assert line.split() == ["random", "unknown", "unknown"]


def test_other_initial_sizes_have_titles_of_their_own(printed):
    names = ("digits",), ("random", "margin")
    words = "\n".join(printed(pd.concat([measured(*names), measured(*names, initial_size=20)])))
    for size in (20, 40):
        assert words.count(f"digits · yours · {size} labels, then batches of 40 · 5 seeds") == 1
        assert f"\nyours · {size} labels, then batches of 40 · 1 data set\n" in words


def test_forecasts_name_the_schedule_where_curves_differ_in_it(capsys):
    one = measured(("digits",), ("random",))
    for table, names in ((one, []), (pd.concat([one, one.assign(initial_size=20)]), ["initial"])):
        print_forecasts(forecast_table(table, at=[640], n_draws=50), None)
        header = capsys.readouterr().out.split("─")[0].split()
        told = ["data", "set", "learner", "strategy", "metric", *names]
        assert header == [*told, "labels", "forecast", "80%", "range", "distance"]
    # Light and check stand under a name that tells curves apart.
    one = one.assign(metric="accuracy")
    table = pd.concat([one, one.assign(metric="f1_macro")])
    print_forecasts(forecast_table(table, at=[640, 1e9], n_draws=50, check=True), 0.9)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines if " 640 " in line] == ["green"] * 2
    for name in ("digits, random, accuracy", "digits, random, f1_macro"):
        assert sum(line.startswith(f"{name}: the fit is ") for line in lines) == 1
        assert any(line.startswith(f"Warning: {name}: No forecast: 1,000,000,000 labels") for line in lines)


def test_a_name_cannot_draw_on_the_terminal(printed, capsys):
    table = measured(("digits",), ("random", "margin")).replace({"dataset": {"digits": "\x1b[31mred"}})
    assert all("\x1b" not in line for line in printed(table))
    print_rows([{"name": "[red]Co[/red] <b>\x1b[31m"}])
    assert "[red]Co[/red] <b> [31m" in capsys.readouterr().out


def test_columns_line_up_over_groups(capsys):
    print_groups(["", "n"], [("a", [["  x", "1"]]), ("b", [["  longer", "100"]])])
    assert (in_points(0.0123), in_points(-0.005), in_points(-0.00001)) == ("+1.23", "−0.50", "0.00")
    assert capsys.readouterr().out == "            n\na\n  x         1\nb\n  longer  100\n\n"


def test_columns_without_room_come_below(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    print_groups(["", "one", "two", "three"], [("a", [["  x", "1.0 to 2.0", "3", "4"]])])
    first = "            one  two\na\n  x  1.0 to 2.0    3\n"
    assert capsys.readouterr().out == f"{first}\n     three\na\n  x      4\n\n"


def test_long_names_fit_80_columns(printed):
    long = {"entropy": "least_confidence", "badge": "stratified_random", "margin": "margin_kmeans"}
    lines = printed(measured(("digits", "letter")).replace({"strategy": long}))
    # Two such names in one cell leave no room for their test.
    tests = {line for line in lines if " − " in line or line.split()[:2] == ["pairs", "area"]}
    assert max(len(line) for line in lines if line not in tests) <= 80
