import subprocess
import sys
from pathlib import Path

import pytest

from simulations import errors
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import parse_grid
from simulations.metrics import METRICS

pytest.importorskip("torch")

SHORT = {"epochs": 15, "hidden": "16"}


def _grid(*learners, strategies=("random", "margin"), **changed):
    fields = {
        "datasets": [{"name": "synthetic", "n": 300, "d": 6, "classes": 3, "test_size": 100}],
        "batch_sizes": [10],
        "initial_size": 12,
        "rounds": 2,
        "seeds": 2,
    }
    return parse_grid({"grid": {**fields, "learners": list(learners), "strategies": list(strategies), **changed}})


def _curves(records):
    return [({name: r.series[name] for name in METRICS}, r.converged) for r in records]


BAD = {
    "mlp, hidden: found '0'; allowed: 1 to 8 whole numbers from 1 to 4096 separated": {"hidden": "0"},
    "mlp, hidden: found '12,'; allowed: 1 to 8 whole numbers": {"hidden": "12,"},
    "mlp, hidden: found 'wide'; allowed: 1 to 8 whole numbers": {"hidden": "wide"},
    "mlp, epochs: found 0; allowed: 1 to 100000": {"epochs": 0},
    "mlp, learning_rate: found 0.0; allowed: above 0 and at most 10": {"learning_rate": 0.0},
    "mlp, weight_decay: found -1.0; allowed: 0 to 100": {"weight_decay": -1.0},
    "mlp, dropout: found 1.0; allowed: 0 to 0.95": {"dropout": 1.0},
    "mlp, batch_size: found 0; allowed: 1 to 100000": {"batch_size": 0},
    "mlp, samples: found 1; allowed: 2 to 1000": {"samples": 1},
    "mlp, start: unknown start 'warmth'; did you mean 'warm'": {"start": "warmth"},
    "ensemble, networks: found 1; allowed: 2 to 100": {"name": "ensemble", "networks": 1},
    "cnn, shape: found '28'; allowed: height x width or height x width x channels": {"name": "cnn", "shape": "28"},
    "cnn, channels: found ''; allowed: 1 to 8 whole numbers": {"name": "cnn", "channels": ""},
}


@pytest.mark.parametrize("sentence", BAD)
def test_bad_settings_are_refused_when_the_grid_is_read(sentence):
    with pytest.raises(InputError, match=rf"^learner {sentence}[^\n]*$"):
        _grid({"name": "mlp", **BAD[sentence]})


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    sentence = r"^learner mlp needs torch to train networks; install with: pip install 'labelplan\[neural\]'$"
    with pytest.raises(InputError, match=sentence):
        _grid("mlp")


REFUSED = [
    ("linear", "bald", "needs members: several networks' probabilities of each item; learner linear has none"),
    (
        {"name": "mlp", "dropout": 0.0},
        "variation_ratio",
        "learner mlp with dropout 0 has none; allowed: learner mlp or",
    ),
    ("mlp", "ensemble", "needs an ensemble: networks trained apart from one another; learner mlp has none"),
]


@pytest.mark.parametrize(("learner", "strategy", "sentence"), REFUSED)
def test_what_a_learner_cannot_serve_is_refused(learner, strategy, sentence):
    with pytest.raises(InputError, match=rf"^grid, strategy {strategy}: [^\n]*{sentence}"):
        _grid(learner, strategies=["random", strategy])


def test_reading_a_grid_imports_neither_torch_nor_numba():
    script = (
        "import sys; from simulations.grid import parse_grid; "
        "parse_grid({'grid': dict(datasets=['digits'], learners=['mlp', 'cnn', 'ensemble'], strategies=['badge'], "
        "batch_sizes=[5], initial_size=10, rounds=1, seeds=1)}); print({'torch', 'numba'} & {*sys.modules})"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


LEARNERS = [{"name": "mlp", **SHORT}, {"name": "ensemble", "networks": 2, **SHORT}]
READERS = ["random", "margin", "badge", "coreset_deep", "margin_kmeans", "bald", "variation_ratio", "entropy_mc", "qbc"]


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner["name"])
def test_a_lane_gives_the_same_curve_alone_or_packed(learner):
    strategies = [*READERS, "ensemble"] if learner["name"] == "ensemble" else READERS
    lanes = _grid(learner, strategies=strategies, seeds=1).trajectories
    packed = run_lanes(lanes)
    assert _curves(packed)[::3] == _curves(run_lanes([lane])[0] for lane in lanes[::3])
    curves = {r.trajectory.strategy.name: r.series["accuracy"] for r in packed if r.trajectory.seed == 0}
    assert len({curve[0] for curve in curves.values()}) == 1 and len(set(curves.values())) > 3


@pytest.mark.parametrize("start", ["warm", "finetune"])
def test_starts_are_part_of_what_a_trajectory_is(start):
    cold, warm = (run_lanes(_grid({"name": "mlp", "start": s, **SHORT}).trajectories) for s in ("scratch", start))
    for one, other in zip(cold, warm, strict=True):
        assert one.trajectory.key != other.trajectory.key
        assert one.series["accuracy"] != other.series["accuracy"]
