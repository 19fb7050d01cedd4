"""The forecast's prior, learned from curves of a known prior."""

import json

import numpy as np
import pandas as pd
import pytest

from planner.backtest.backtest import known_data_sets
from planner.backtest.curves import choose_curves, make_tasks, name_code, read_recorded_curves
from planner.forecast.forecast import fit_forecast
from planner.forecast.prior import (
    FAMILY_NAMES,
    RHO,
    ForecastPrior,
    default_prior,
    shape_families,
    shapes_at,
)
from research.learning.predictions import flat_prior, predict_nodes
from research.learning.prior import learn_prior, main, prior_to_json

LABELS = np.round(16 * np.sqrt(2.0) ** np.arange(17))


def planted(make_curve, family, share, count=24, sd=0.004):
    """Curves of one family and one irreducible share, each its own data set."""
    rng = np.random.default_rng(5)
    shapes = np.flatnonzero(shape_families() == FAMILY_NAMES.index(family))
    phi = shapes_at(np.log(LABELS / 512))
    curves = []
    for i in range(count):
        shape = phi[rng.choice(shapes[len(shapes) // 3 :])]
        error = rng.uniform(0.05, 0.3) * (share + (1 - share) * np.minimum(shape, 3.0))
        noisy = np.clip(error + sd * rng.standard_normal(LABELS.size), 0, 1)
        curves.append(make_curve(f"{family}-{i}", labels=LABELS, sd=sd, error=noisy))
    return curves


def test_a_planted_prior_is_recovered(make_curve):
    flat = flat_prior()
    low, high = (learn_prior(planted(make_curve, "pow3", share), {}).nodes for share in (0.0, 0.93))
    mean_share = [(nodes.sum(axis=0) @ RHO) for nodes in (low, flat.nodes, high)]
    assert mean_share[0] < mean_share[1] - 0.02 and mean_share[2] > mean_share[1] + 0.02


def test_what_is_learned_forecasts_new_curves_of_the_same_kind_better(make_curve):
    curves = planted(make_curve, "exp", 0.5, count=32)
    prior = learn_prior(curves[:24], {})
    off = {"learned": [], "flat": []}
    for curve in curves[24:]:
        for task in make_tasks(curve, ("10", "20", "few")):
            for name, one in (("learned", prior), ("flat", flat_prior())):
                forecast = fit_forecast(task.points, n_draws=200, prior=one)
                median = 1.0 - forecast.quantiles(task.ahead_labels[:4], (0.5,))[:, 0]
                off[name].append(np.abs(median - task.ahead_error[:4]).mean())
    assert np.mean(off["learned"]) < 0.98 * np.mean(off["flat"])


def test_learning_is_deterministic_and_survives_the_file(make_curve):
    curves = planted(make_curve, "pow4", 0.3, count=4)
    first, again = (learn_prior(curves, {"learned_from": ["tests"]}) for _ in range(2))
    assert prior_to_json(first) == prior_to_json(again)
    read = ForecastPrior.from_json(prior_to_json(first))
    np.testing.assert_allclose(read.nodes, first.nodes, rtol=1e-4)
    assert read.about["tasks"] == 4 * 4 and read.about["data_sets"] == 4


def test_a_node_predicts_what_the_forecast_does(make_curve):
    # Averaged over nodes by likelihood and prior, the tables give the mean of the forecast's own paths.
    curve = make_curve(sd=0.002)
    found = predict_nodes([curve])
    (task,) = make_tasks(curve, ("20",))
    weight = found.likelihood[1] * flat_prior().nodes.ravel()
    mean = found.mean[1] @ weight / weight.sum()
    forecast = fit_forecast(task.points, n_draws=4000, prior=flat_prior())
    at = np.rint(np.linspace(-1, task.ahead_labels.size - 1, 5)[1:]).astype(int)
    paths = 1.0 - forecast.draws(task.ahead_labels[at])
    np.testing.assert_allclose(mean, paths.mean(axis=0), atol=0.004)


def test_the_shipped_prior_is_of_this_grid_and_names_no_reserved_data_set():
    from planner.backtest.curves import RESERVED_OPENML_IDS

    prior = default_prior()
    assert prior.nodes.sum() == pytest.approx(1.0)
    assert prior.about["tasks"] > 1000
    assert not {name_code(f"openml {number}") for number in RESERVED_OPENML_IDS} & set(prior.about["codes"])


@pytest.fixture
def archive(tmp_path):
    """A table of LCDB 1.0 of four data sets, one of them reserved."""
    rows = [
        (openml, learner, int(n), 500, 0.93 - 0.5 * (n / 16) ** -(0.3 + 0.01 * (openml % 7)), 20, 0.01)
        for openml in (3, 44, 60, 15)
        for learner in ("svm", "forest")
        for n in LABELS
    ]
    names = ["openmlid", "learner", "size_train", "size_test", "test_mean", "n", "test_std"]
    path = tmp_path / "means.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def test_the_command_writes_a_prior_with_its_provenance(archive, tmp_path, capsys):
    out = tmp_path / "prior.json"
    assert main(["--lcdb", str(archive), "--out", str(out)]) == 0
    assert "learned from" in capsys.readouterr().out
    about = json.loads(out.read_text())["about"]
    assert about["learned_from"][-1] == "the recorded curves" and len(about["learned_from"]) == 2
    assert name_code("openml 44") in about["codes"] and name_code("openml 15") not in about["codes"]
    assert ForecastPrior.from_json(out.read_text()).nodes.min() > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--lcdb", "nowhere.npz"], "nowhere.npz: there is no such file"),
        (["--lcdb", "{archive}", "--out", "{folder}/no/prior.json"], "--out: there is no folder"),
    ],
)
def test_bad_input_is_one_sentence(archive, tmp_path, capsys, arguments, sentence):
    assert main([part.format(archive=archive, folder=tmp_path) for part in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1 and sentence in captured.err


def test_each_data_set_counts_the_same(make_curve):
    curves = [make_curve("one", learner) for learner in ("a", "b", "c")] + [make_curve("two")]
    found = predict_nodes(curves)
    share = found.shares(["one", "two"])
    assert share[found.groups == "two"].sum() == pytest.approx(0.5)


def test_the_shipped_prior_knows_no_reserved_data_set_of_the_recorded_ones():
    recorded = read_recorded_curves()
    reserved = choose_curves(recorded, reserved=True).curves
    assert {curve.group for curve in reserved} == {"page-blocks"}
    assert known_data_sets(default_prior(), reserved) == 0
    assert known_data_sets(default_prior(), choose_curves(recorded).curves) == 15
