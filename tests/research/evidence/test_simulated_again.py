"""A random sample of the library's campaigns, simulated anew: what ships is what the code of today gives."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from planner.evidence import recorded_table
from research.evidence.campaigns import DATA_SETS, as_recorded, library_grid
from simulations.datasets.fetched import FETCHED
from simulations.run import run_grid
from simulations.store import Store
from tests.research.evidence.alike import ITEM_SHARE

SAMPLE_SEED = 20_261_122
SIZES = {"linear": 3, "forest": 1, "boosting": 1, "mlp": 1}  # one that is fine-tuned takes minutes, and an encoder
SHIPPED = sorted(set(DATA_SETS) - {entry.name for entry in FETCHED})
MOST_LABELS = {"linear": 1_300, "forest": 900, "boosting": 700, "mlp": 500}

# A query may turn on a last digit, and the campaign then takes another way. Of 96 campaigns of queries, simulated with
# AVX-512 and with AVX2 alone, nine in ten stayed within 0.005 of the recorded curve in the mean of their rounds, where
# one in a hundred of another seed does; the farthest went 0.028.
FOLLOWED, FOLLOWED_SHARE = 0.005, 2 / 3
ASTRAY = 0.06  # on kr-vs-k, whose rarest classes have few items to be right about

pytestmark = pytest.mark.numbers


def sampled(table: pd.DataFrame, learner: str) -> set[str]:
    """Draw campaigns of a learner, each on another data set."""
    longest = table.groupby("trajectory")["labels"].transform("max")
    able = table[(table["learner"] == learner) & (longest <= MOST_LABELS[learner]) & table["dataset"].isin(SHIPPED)]
    campaigns = able.drop_duplicates("trajectory").sort_values("trajectory")
    shuffled = campaigns.sample(frac=1.0, random_state=np.random.default_rng(SAMPLE_SEED))
    return set(shuffled.drop_duplicates("dataset")["trajectory"].head(SIZES[learner]))


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The sample of every learner that is installed, simulated in one run, as starting one costs seconds."""
    table, grid = recorded_table(), library_grid(SHIPPED, list(SIZES))
    chosen = set().union(*(sampled(table, name) for name in SIZES if name != "mlp" or find_spec("torch")))
    store = Store(tmp_path_factory.mktemp("again"))
    run = run_grid(type(grid)(tuple(t for t in grid.trajectories if t.key in chosen)), store, processes=1)
    assert run.done == len(chosen) and not run.failed
    return as_recorded(store.frame())


@pytest.mark.parametrize("learner", SIZES)
def test_a_sample_of_the_recorded_campaigns_is_simulated_again(again, learner):
    if learner == "mlp" and not find_spec("torch"):
        pytest.skip("curves of mlp are simulated with torch, which is not installed")
    table = recorded_table()
    chosen = sampled(table, learner)
    assert len(chosen) == SIZES[learner]
    mine = table[table["trajectory"].isin(chosen)]
    both = mine.merge(again, on=["trajectory", "round", "metric"], validate="one_to_one")
    assert len(both) == len(mine) == again["trajectory"].isin(chosen).sum()
    for name in ("dataset", "learner", "strategy", "labels", "test_size", "pool_size", "kind", "classes"):
        assert (both[f"{name}_x"] == both[f"{name}_y"]).all(), name
    apart = (both["value_x"] - both["value_y"]).abs()
    drawn = (both["strategy_x"] == "random") | (both["round"] == 0)
    assert apart[drawn & (both["metric"] == "accuracy")].max() <= ITEM_SHARE
    curves = apart.groupby([both["strategy_x"], both["trajectory"], both["metric"]]).mean()
    assert curves.max() <= ASTRAY
    queried = curves.drop("random", errors="ignore").groupby("trajectory").max()
    assert (queried <= FOLLOWED).sum() >= FOLLOWED_SHARE * len(queried), queried
