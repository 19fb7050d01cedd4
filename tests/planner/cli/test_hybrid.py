"""Hybrid labelling as `labelplan plan` answers it, on campaigns that are simulated here."""

from pathlib import Path

import pytest

from simulations.engine import run_lanes
from simulations.grid import parse_grid
from simulations.store import Store

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits.toml"
GRID = {
    "datasets": ["digits"],
    "strategies": ["random", "margin"],
    "batch_sizes": [40],
    "initial_size": 20,
    "rounds": 10,
    "seeds": 6,
}
CHEAP_LOOP = "\n[hybrid]\nmax_error_rate = 0.05\n"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Six seeds of random and margin on digits."""
    folder = tmp_path_factory.mktemp("hybrid")
    for record in run_lanes(parse_grid({"grid": GRID}).trajectories):
        Store(folder).put(record)
    return folder


def plan_file(folder, extra="", **changes):
    text = DIGITS.read_text().replace('names = ["margin", "entropy", "coreset"]', 'names = ["margin"]')
    for old, new in changes.items():
        text = text.replace(f"{old} = ", f"{old} = {new} # ", 1)
    path = folder / "plan.toml"
    path.write_text(text + extra)
    return path


def test_the_whole_pool_is_labelled_for_less_where_the_loop_is_cheap(run, answered, simulated, tmp_path):
    path = plan_file(tmp_path, CHEAP_LOOP, one_off_hours="0.5", hours_per_round="0")
    found = answered(run("plan", path, "--store", simulated, "--json", "--draws", "100"))["hybrid"]
    assert set(found) == {"random", "margin"}
    for one in found.values():
        assert one["use"] == "hybrid"
        assert one["error_bound"]["q90"] <= 0.05
        assert one["people_labels"]["q10"] == pytest.approx(1_797 * (1 - one["machine_share"]["q90"]))
        assert one["seeds"] == 6
    # All by people: every item of the pool at the middle price.
    assert found["margin"]["all_human_usd"] == pytest.approx(1_797 * (10 * 18) ** 0.5)
    status, out, _ = run("plan", path, "--store", simulated, "--draws", "100")
    assert status == 0
    assert "To have all 1,797 items labelled, let people label" in out
    assert "people alone" in out


def test_people_label_everything_where_the_loop_costs_more(run, answered, simulated, tmp_path):
    path = plan_file(tmp_path, CHEAP_LOOP, one_off_hours="4_000")
    found = answered(run("plan", path, "--store", simulated, "--json", "--draws", "100"))["hybrid"]
    assert {one["use"] for one in found.values()} == {"all_human"}
    assert all(one["saving_usd"]["q50"] < 0 for one in found.values())


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("\n[hybrid]\nmax_error_rate = 0.001\n", "since they label what the model does not"),
        ("\n[hybrid]\nmax_error_rate = 0.05\n", "no simulated campaigns with risk-coverage counts"),
    ],
)
def test_what_cannot_be_priced_is_a_sentence_and_the_rest_is_answered(run, answered, tmp_path, simulated, extra, words):
    store = ("--store", simulated) if "0.001" in extra else ()
    found = answered(run("plan", plan_file(tmp_path, extra), *store, "--json", "--draws", "100"))
    assert found["hybrid"] is None
    assert found["verdict"] in ("use_active_learning", "label_random", "too_close")
    assert any(words in sentence for sentence in found["warnings"])


def test_other_data_sets_say_nothing_below_three(run, answered, simulated, tmp_path):
    path = plan_file(tmp_path, CHEAP_LOOP, label_scale_sd="0.5")
    found = answered(run("plan", path, "--store", simulated, "--json", "--draws", "100"))
    assert found["hybrid"] is None
    assert any("coverage tables of 1 data sets" in sentence for sentence in found["warnings"])
