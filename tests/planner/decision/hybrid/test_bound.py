"""The property that hybrid labelling stands for, watched on one data set; benchmarks/hybrid_bound.py measures more."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "hybrid_bound.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hybrid_bound", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(benchmark: ModuleType) -> pd.DataFrame:
    campaigns = [benchmark.simulate("digits", 500, range(20), strategy) for strategy in ("random", "margin", "surest")]
    names = ["labelplan", "no bound (k / m)", "no bound, own cheapest round"]
    return pd.DataFrame([row for runs in campaigns for row in benchmark.measure(runs, names)])


def test_bound_is_kept_in_nine_of_ten_seeds(rows: pd.DataFrame) -> None:
    ours = rows[rows["rule"] == "labelplan"]
    assert (ours["kept"] >= 0.9 * ours["seeds"]).all()


def test_saving_is_within_ten_points_of_the_best_there_is(rows: pd.DataFrame) -> None:
    ours = rows[rows["rule"] == "labelplan"]
    assert len(ours) == 6
    assert (ours["saving"] > 35).all()
    assert (ours["points"] < 10).all()


def test_without_the_bound_it_is_not_kept(rows: pd.DataFrame) -> None:
    peer = rows[(rows["rule"] == "no bound, own cheapest round") & (rows["strategy"] == "random")]
    assert (peer["kept"] < 0.9 * peer["seeds"]).all()
