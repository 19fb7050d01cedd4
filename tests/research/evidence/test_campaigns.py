"""The campaigns of the library: their schedules, the data sets set aside, and the command that simulates them."""

import re
from pathlib import Path

import pandas as pd
import pytest

from planner.evidence import recorded_table
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
from simulations.datasets.fetched import FETCHED
from simulations.errors import InputError
from simulations.grid import parse_grid
from tests.research.evidence.conftest import catalogued_size


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


def test_what_is_recorded_of_a_data_set_and_learner_are_all_its_campaigns(nothing_fetched):
    recorded = recorded_table().groupby(["learner", "dataset"])["trajectory"].unique()
    for learner, part in PARTS.items():
        names = [name for name in DATA_SETS if (learner, name) in recorded.index]
        if not names:
            continue
        asked = {}
        for t in parse_grid({"grid": list(blocks(part, names))}, where="library").trajectories:
            asked.setdefault(t.dataset.name, set()).add(t.key)
        assert asked == {name: set(recorded[learner, name]) for name in names}
    assert set(recorded.index.get_level_values("learner")) <= set(PARTS)


def test_the_library_holds_what_was_asked_of_it():
    """Sixty real data sets and more of each sort; the figures are those of the documentation."""
    table = recorded_table()
    about = table.groupby("dataset")[["kind", "classes", "imbalance", "pool_size", "test_size"]].first()
    real = about[~about.index.isin(GENERATED)]
    assert set(about.index) <= set(DATA_SETS)
    assert (len(about), len(real)) == (73, 70)
    assert real["kind"].value_counts().to_dict() == {"tabular": 53, "text": 14, "image": 3}
    items = real["pool_size"] + real["test_size"]
    counted = [real["imbalance"] >= 10, real["classes"] == 2, real["classes"] >= 20, items > 20_000]
    assert [int(part.sum()) for part in counted] == [24, 30, 8, 9]
    steps = table["initial_size"] / table["classes"].clip(lower=10)
    assert set(steps.unique()) <= {1.0, 4.0, 16.0}
    assert set(about.index) == set(table.loc[table["learner"] == "linear", "dataset"])


def test_fetched_data_were_recorded_at_the_size_that_the_catalogue_states():
    table = recorded_table()
    fetched = table[table["dataset"].isin([entry.name for entry in FETCHED])]
    for name, rows in fetched.groupby("dataset"):
        items, test_size, classes = catalogued_size(name)
        assert set(rows["pool_size"]) == {items - test_size}
        assert set(rows["test_size"]) == {test_size}
        assert set(rows["classes"]) == {classes}


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


def test_what_is_fetched_first_is_named_for_make_evidence(capsys):
    assert main(["fetched"]) == 0
    names = capsys.readouterr().out.split()
    shipped = {"digits", "letter", "nursery", *GENERATED}
    assert set(names) == {entry.name for entry in FETCHED} & set(DATA_SETS) and not shipped & set(names)
    with pytest.raises(SystemExit, match="2"):
        main(["campaigns"])
    assert "CURVES is missing" in capsys.readouterr().err


def test_make_evidence_asks_for_kinds_that_there_are():
    lines = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8").splitlines()
    kinds = {word for line in lines for word in re.findall(r"research\.evidence (\w+)", line)}
    assert kinds == {"fetched", "campaigns", "library", "findings", "strategies"}
