"""The campaigns of the library: their schedules, the data sets set aside, and the command that simulates them."""

from pathlib import Path

import pandas as pd
import pytest

from research import evidence
from research.evidence.__main__ import main
from research.evidence.campaigns import (
    DATA_SETS,
    FROZEN_COUNT,
    GENERATED,
    PARTS,
    SEEN,
    as_recorded,
    blocks,
    frozen_sources,
    library_grid,
    schedule,
    source_of,
)
from simulations.errors import InputError


def test_schedules_begin_with_a_label_a_class_and_end_at_two_fifths_of_the_pool():
    assert schedule(2, 1_000, 1, 30) == (10, 30)
    assert schedule(2, 1_000, 4, 30) == (40, 9)  # 40 + 9 × 40 = 400 of 1,000
    assert schedule(2, 1_000, 16, 30) is None  # two rounds are no curve
    assert schedule(26, 16_000, 16, 30) == (416, 14)


def test_a_data_set_has_its_schedules_at_random_starts():
    found = list(blocks(PARTS["linear"], ["letter"]))
    assert [block["initial_size"] for block in found] == [26, 104, 416]
    assert all(block["initial_set"] == "random" and block["batch_sizes"] == [block["initial_size"]] for block in found)
    assert found[0]["seeds"] == 5  # 26 classes
    assert not list(blocks(PARTS["forest"], ["digits"]))  # an image
    grid = library_grid(["digits"], ["linear"])
    assert len(grid) == 2 * 5 * 10 and {t.initial_set for t in grid.trajectories} == {"random"}


@pytest.mark.parametrize(
    ("names", "parts", "said"),
    [(["digit"], ["linear"], "data set 'digit'"), (["digits"], ["lineer"], "learner 'lineer'")],
)
def test_what_is_not_in_the_library_is_refused(names, parts, said):
    with pytest.raises(InputError, match=said):
        library_grid(names, parts)


def test_fifteen_sources_are_set_aside():
    """The list is fixed by names alone: another one would be another test."""
    assert frozen_sources() == (
        "caravan",
        "rated-sentiment",
        "contraceptive",
        "attack-techniques",
        "diamonds",
        "stop-and-frisk",
        "health-insurance",
        "vietnam-insurance",
        "fishing",
        "marketing",
        "snips",
        "mortgage-denial",
        "credit-default",
        "unemployment-benefits",
        "free-light-chain",
    )
    assert len(frozen_sources()) == FROZEN_COUNT and not SEEN & set(frozen_sources())
    assert {source_of(name) for name in ("r8", "r52")} == {"reuters"} <= SEEN and source_of("digits") == "digits"
    assert {"wine-red", "tweets", "digits"} <= set(DATA_SETS) and "optdigits" not in DATA_SETS


def test_what_is_kept_are_campaigns_of_the_library():
    """Of each data set's schedules; the figures are those of the documentation."""
    table = pd.read_parquet(Path(evidence.__file__).parent / "campaigns.parquet")
    about = table.groupby("dataset")[["kind", "classes", "imbalance", "pool_size", "test_size"]].first()
    real = about[~about.index.isin(GENERATED)]
    assert set(about.index) <= set(DATA_SETS) and set(table["learner"]) == {"linear"}
    assert (table["trajectory"].nunique(), len(about), len(real)) == (8_490, 70, 67)
    assert real["kind"].value_counts().to_dict() == {"tabular": 54, "text": 12, "image": 1}
    items = real["pool_size"] + real["test_size"]
    counted = [real["imbalance"] >= 10, real["classes"] == 2, real["classes"] >= 20, items > 20_000]
    assert [int(part.sum()) for part in counted] == [24, 30, 7, 10]
    steps = table["initial_size"] / table["classes"].clip(lower=10)
    assert set(steps.unique()) <= {1.0, 4.0, 16.0}


def test_settings_that_all_share_are_no_part_of_a_name():
    table = pd.DataFrame({"dataset": ["digits [initial_set=random]"], "learner": ["linear [tune=l2: 0.1, 1]"]})
    assert as_recorded(table).iloc[0].tolist() == ["digits", "linear"]


def test_the_command_simulates_them_and_goes_on(tmp_path, monkeypatch, capsys):
    small = PARTS["linear"].__class__("linear", ("margin",), 1, rounds=6, steps=(1,))
    monkeypatch.setitem(PARTS, "linear", small)
    for told in (
        "2 campaigns simulated, 0 were there, 0 are left.\n",
        "0 campaigns simulated, 2 were there, 0 are left.\n",
    ):
        assert main(["campaigns", str(tmp_path), "--only", "linear", "--data", "digits"]) == 0
        assert capsys.readouterr().out == told
    assert main(["campaigns", str(tmp_path), "--data", "digit"]) == 2
