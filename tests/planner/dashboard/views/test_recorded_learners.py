"""The Curves page where a data set was recorded with several learners, and where the library cannot be read."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from planner.dashboard import plan_link
from planner.dashboard.views import curves_data
from planner.plan import parse_plan
from simulations.curve_table import validate_curves
from simulations.errors import InputError
from tests.planner.dashboard.conftest import curve_table

APP = Path(__file__).parents[4] / "app.py"
SCHEDULE = "200 labels, then batches of 200"


@pytest.fixture
def table() -> pd.DataFrame:
    linear = curve_table()
    first = linear[linear["dataset"] == "first"]
    others = [first.assign(learner=name, value=first["value"] - 0.1) for name in ("forest", "mlp")]
    return validate_curves(pd.concat([linear, *others]), where="test curves")


def opened(text: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.query_params["plan"] = plan_link.pack(parse_plan(text))
    at.query_params["curves.of"] = "Measured on data sets"
    at.query_params["curves.data"] = "first"
    return at.switch_page("planner/dashboard/views/curves.py").run()


def told(at: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*at.warning, *at.error)).replace("\\", "")


@pytest.mark.parametrize(
    ("learner", "order"),
    [
        (None, ["linear", "forest", "mlp"]),
        ("linear", ["linear", "forest", "mlp"]),
        ("mlp", ["mlp", "linear", "forest"]),
        ("boosting", ["linear", "forest", "mlp"]),
    ],
)
def test_learners_of_a_data_set_are_curves_of_their_own(
    table: pd.DataFrame, learner: str | None, order: list[str]
) -> None:
    rows = table[table["dataset"] == "first"]
    found = curves_data.families_of(rows, "recorded", metric="accuracy", plans=("random",), learner=learner)
    assert list(found) == [f"{name} · {SCHEDULE}" for name in order]
    for name, family in zip(order, found.values(), strict=True):
        assert set(family.rows["learner"]) == {name}
    assert len({family.key for family in found.values()}) == 3
    assert sum(len(family.rows) for family in found.values()) == len(rows)


def test_the_page_offers_each_learner_and_opens_with_the_plans(
    monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame
) -> None:
    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", lambda: table)
    at = opened('[evidence]\nlearner = "mlp"\n')
    assert not at.exception and not at.error
    chosen = at.selectbox(key="curves.learner")
    assert chosen.options == [f"{name} · {SCHEDULE}" for name in ("mlp", "linear", "forest")]
    assert chosen.value == chosen.options[0]


def test_a_library_that_cannot_be_read_leaves_the_store_to_be_shown(
    monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame
) -> None:
    def refused() -> pd.DataFrame:
        raise InputError("recorded curves: curves.parquet cannot be read (damaged); 'make evidence' rebuilds it")

    monkeypatch.setattr("planner.dashboard.views.curves_data.recorded_table", refused)
    at = opened("")
    assert not at.exception and not at.warning
    assert "curves.parquet cannot be read (damaged); 'make evidence' rebuilds it." in told(at)
    monkeypatch.setattr("planner.dashboard.views.curves_data.store_folder", lambda page: Path("runs"))
    monkeypatch.setattr("planner.dashboard.views.curves_data.stored_table", lambda folder, stamp: (table, ()))
    at = opened("")
    assert not at.exception and not at.error
    assert [one.options for one in at.selectbox if one.key == "curves.data"] == [["first", "second"]]
    assert "curves.parquet cannot be read (damaged)" in told(at)
