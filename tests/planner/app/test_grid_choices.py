"""From what is chosen to a grid file, what it takes, and the curves it gives."""

import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.app.grid_choices import Choices, curves_so_far, dataset_names, families_of, grid_of, preview
from planner.app.runner import simulate_grid
from planner.curves.replicates import seed_quantiles
from planner.plan import Plan
from planner.render.curves.charts import simulated_chart
from planner.render.simulation_words import run_cost_sentence
from simulations.datasets import DATASETS
from simulations.errors import InputError
from simulations.tasks.task import CLASSIFICATION
from tests.planner.app.conftest import QUICK

USUAL = Choices(["digits"], [], ["linear"], ["random", "margin"], "20", "20", "25", "10")


def test_the_text_is_a_grid_file() -> None:
    text = replace(USUAL, batch_sizes="20, 50,", seeds="0, 7").toml()
    assert tomllib.loads(text)["grid"] == {
        "datasets": ["digits"],
        "learners": ["linear"],
        "strategies": ["random", "margin"],
        "batch_sizes": [20, 50],
        "initial_size": 20,
        "rounds": 25,
        "seeds": [0, 7],
    }
    assert len(grid_of(text)) == 8 and len(grid_of(USUAL.toml())) == 20


def test_whatever_is_offered_is_known_to_the_simulator() -> None:
    names = [name for name in dataset_names() if name.startswith("synthetic") and DATASETS[name].task == CLASSIFICATION]
    grid = grid_of(replace(USUAL, datasets=names, rounds="2", seeds="1").toml())
    assert len({t.dataset for t in grid.trajectories}) == len(names) > 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"datasets": []}, "datasets: the list is empty"),
        ({"initial_size": "5"}, "initial_size: found 5; allowed: at least 10, one item of each class of digits"),
        ({"rounds": "100"}, "allowed: at most 1297"),
        ({"rounds": ""}, "rounds: found ''; allowed: a whole number"),
        ({"seeds": "ten"}, "seeds: found 'ten'; allowed: a whole number"),
        ({"seeds": "9" * 5000}, "seeds: found"),
        ({"batch_sizes": "2.5"}, "batch_sizes: found '2.5'"),
        ({"datasets": ["r8"]}, "r8"),
        ({"datasets": ["synthetic-tags"]}, "is for classification, and synthetic-tags is tagging"),
    ],
)
def test_the_impossible_is_refused_in_the_simulators_words(
    change: dict[str, object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELPLAN_CACHE", str(tmp_path))
    text = replace(USUAL, **change).toml()  # type: ignore[arg-type]
    with pytest.raises(InputError) as error:
        grid_of(text)
    assert str(error.value).startswith(("The choices", "r8")) and told in str(error.value)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_typed_makes_a_grid_or_a_sentence(seeds: str, batches: str) -> None:
    text = replace(USUAL, seeds=seeds, batch_sizes=batches).toml()
    tomllib.loads(text)
    try:
        grid_of(text)
    except InputError as error:
        assert str(error)


def test_what_a_run_takes_is_told_before_it(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    before, processes = preview(QUICK, store)
    assert (before.trajectories, before.stored, before.to_run) == (4, 0, 4)
    assert before.seconds > 0 and 1 <= processes <= 4
    assert not store.exists()

    grid = tmp_path / "grid.toml"
    grid.write_text(QUICK)
    simulate_grid(grid, store, processes=1)
    after, _ = preview(QUICK, store)
    assert (after.stored, after.to_run, after.seconds) == (4, 0, 0.0)

    ((name, family),) = families_of(QUICK).items()
    assert {t.seed for t in family} == {0, 1} and name.endswith("ridge, batches of 5")
    curves = curves_so_far(family, store, "accuracy")
    assert len(curves) == 4 * 5
    summary = seed_quantiles(curves)
    assert set(summary["seeds"]) == {2} and len(summary) == 2 * 5
    assert (summary["q10"] <= summary["q50"]).all() and (summary["q50"] <= summary["q90"]).all()
    chart = simulated_chart(summary, "accuracy", 3)
    assert "Accuracy at 30 labels" in str(chart.title) and "middle of 2 of 3 seeds so far" in str(chart.title)
    assert "80% bands over seeds" in chart.description
    chart.to_dict()


def test_curves_of_nothing_are_empty(tmp_path: Path) -> None:
    (family,) = families_of(QUICK).values()
    assert seed_quantiles(curves_so_far(family, tmp_path / "none", "accuracy")).empty
    assert families_of("[grid") == {} and families_of("") == {}


def test_quantiles_over_seeds_by_hand() -> None:
    rows = pd.DataFrame(
        [("random", seed, 10, value) for seed, value in enumerate((0.1, 0.2, 0.3))] + [("margin", 0, 20, 0.5)],
        columns=["strategy", "seed", "labels", "value"],
    )
    random, margin = seed_quantiles(rows).to_dict("records")
    assert [random[name] for name in ("q10", "q50", "q90", "seeds")] == pytest.approx([0.12, 0.2, 0.28, 3])
    assert [margin[name] for name in ("q10", "q50", "q90", "seeds")] == [0.5, 0.5, 0.5, 1]


def test_an_hour_of_the_machine_costs_its_price() -> None:
    hour = SimpleNamespace(seconds=7_200, rough=False)
    ranged = Plan().replace({"compute.machine_usd_per_hour": "1 to 4"})
    assert "Cost: $2.00 ($1.00 to $4.00) at the plan's" in run_cost_sentence(hour, 2, ranged)
    assert "Cost: $0.60 at the plan's" in run_cost_sentence(hour, 4, Plan())
