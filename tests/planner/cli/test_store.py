"""From a grid over a store to curves, forecasts and a verdict."""

import json

TINY_GRID = """
[grid]
datasets = ["digits"]
learners = ["linear"]
strategies = ["random", "margin"]
batch_sizes = [20]
initial_size = 20
rounds = 4
seeds = 3
"""


def test_simulate_then_curves_then_plan_from_the_store(run, answered, tmp_path):
    grid, store = tmp_path / "grid.toml", tmp_path / "runs"
    grid.write_text(TINY_GRID)
    preview = answered(run("simulate", grid, "--store", store, "--dry-run", "--json"))
    assert (preview["trajectories"], preview["to_run"]) == (6, 6)
    first = answered(run("simulate", grid, "--store", store, "--json"))
    assert (first["done"], first["stored"], first["remaining"]) == (6, 0, 0)
    again = answered(run("simulate", grid, "--store", store, "--json"))
    assert (again["done"], again["stored"]) == (0, 6)

    table = tmp_path / "out" / "curves.csv"
    summary = answered(run("curves", store, "--out", table, "--json"))["summary"]
    assert {row["strategy"] for row in summary} == {"random", "margin"}
    assert {row["seeds"] for row in summary} == {3}
    forecasts = answered(run("forecast", table, "--target", 0.9, "--at", "150,300,100000", "--json"))
    assert len(forecasts) == 6
    for curve in forecasts:
        near, _, far = curve["forecast"]
        assert near["q05"] <= near["q10"] <= near["q50"] <= near["q90"] <= near["q95"]
        assert far["q50"] is None
        assert curve["warnings"]
        assert 0 <= curve["p_unreachable"] <= 1

    plan = tmp_path / "plan.toml"
    own = '[evidence]\nproxies = ["digits"]\nstore = "runs"\nlabel_scale_sd = 0\n'
    plan.write_text(f"[task]\nclasses = 10\n[[vendors]]\nprice_usd = 0.012\n{own}")
    verdict = answered(run("plan", plan, "--json", "--draws", 100))
    assert verdict["evidence"][0]["dataset"] == "digits"

    # A damaged trajectory is told, and costs only itself.
    next(store.glob("??/*.json")).write_text("{")
    status, out, err = run("curves", store, "--json")
    assert status == 0
    assert "not used" in err
    assert [row["seeds"] for row in json.loads(out)["summary"]] in ([2, 3], [3, 2])
