"""What other packages add to labelplan: the example of `examples/plugin`, and packages that are broken."""

import importlib.machinery
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from simulations.compatibility import check_installed, find_other_version
from simulations.datasets import DATASETS, load_dataset, pool_size
from simulations.engine import run_lanes
from simulations.errors import InputError
from simulations.grid import load_grid, parse_grid
from simulations.learners import LEARNERS
from simulations.record import Record
from simulations.store import Store, StoreWarning
from simulations.strategies import STRATEGIES
from simulations.testing import check_learner, check_strategy
from simulations.trajectory import Part

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "plugin"
PROJECT = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GRID = EXAMPLE / "grid.toml"
COST = ["cost", "examples/back-of-envelope.toml", "--labels", "random=12000", "--labels", "margin=6000"]
MARGIN = "from simulations.strategies import STRATEGIES\nfrom dataclasses import replace\n"
MARGIN += "MINE = replace(STRATEGIES['margin'], name='mine', version=3{})\n"

Install = Callable[..., Path]


def _write_package(site: Path, name: str, points: Mapping[str, Mapping[str, str]]) -> None:
    """Write what an installer leaves of a package beside its modules."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in points.items()]
    (info / "entry_points.txt").write_text("\n".join(groups))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages that the registries look into, as they were before in the end."""

    def forget() -> None:
        for registry in (STRATEGIES, LEARNERS, DATASETS):
            registry.__dict__.pop("_plugins", None)
            registry._loaded.clear()

    folder, before = tmp_path / "site", set(sys.modules)
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    forget()
    yield folder
    forget()
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def example(site):
    shutil.copytree(EXAMPLE / "labelplan_example", site / "labelplan_example")
    _write_package(site, PROJECT["name"], PROJECT["entry-points"])
    return site


@pytest.fixture
def broken(site) -> Install:
    """Install a package of one module with one strategy, `mine`, or another name."""

    def install(code: str, name: str = "mine", package: str = "acme-al", point: str = "acme:MINE") -> Path:
        (site / "acme.py").write_text(code)
        _write_package(site, package, {"labelplan.strategies": {name: point}})
        return site

    return install


def _labelplan(site: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, site)))}
    command = [sys.executable, "-m", "planner.cli", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def _grid(strategy: object = "mine", **changed: object):
    block = {"datasets": ["digits"], "batch_sizes": [5], "initial_size": 10, "rounds": 1, "seeds": 1}
    return parse_grid({"grid": {"strategies": [strategy], **block, **changed}}, where="here").trajectories


def test_the_example_keeps_the_contracts(example):
    assert check_strategy(STRATEGIES["unsure_half"])
    assert check_learner(LEARNERS["naive_bayes"])
    part = Part.of("rings", DATASETS["rings"].defaults, DATASETS.version_of("rings"))
    data = load_dataset(part)
    assert (len(data.observed) - data.test_size, data.classes) == pool_size(part) == (600, 3)


def test_the_example_is_built_by_an_installer(tmp_path):
    for tool in ("pip", "setuptools"):
        if importlib.machinery.PathFinder.find_spec(tool) is None:  # setuptools' own hook may warn
            pytest.skip(f"{tool} is not installed")
    shutil.copytree(EXAMPLE, tmp_path / "source")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", tmp_path / "site", tmp_path / "source"]
    subprocess.run(command, check=True, capture_output=True)
    rows = json.loads(_labelplan(tmp_path / "site", "list", "strategies", "--json").stdout)
    assert [row["package"] for row in rows if row["name"] == "unsure_half"] == ["labelplan-example"]


@pytest.mark.parametrize(
    ("what", "name"), [("strategies", "unsure_half"), ("learners", "naive_bayes"), ("datasets", "rings")]
)
def test_plug_ins_are_listed_with_their_package(example, what, name):
    rows = json.loads(_labelplan(example, "list", what, "--json").stdout)
    assert rows[-1]["name"] == name and rows[-1]["package"] == "labelplan-example"
    assert {row["package"] for row in rows[:-1]} == {"labelplan"}
    done = _labelplan(example, "list", what)
    assert done.stdout.splitlines()[-1] == f"From other packages: {name} (labelplan-example)." and not done.stderr


def test_plug_ins_run_in_processes_in_shards_and_resumed(example, tmp_path):
    store = tmp_path / "store"
    first, whole, again = (
        json.loads(_labelplan(example, "simulate", GRID, "--store", store, "--json", *options).stdout)
        for options in (["--shard", "1/2", "--processes", 2], ["--processes", 2], [])
    )
    assert [(s["total"], s["stored"], s["done"]) for s in (first, whole, again)] == [(8, 0, 8), (16, 8, 8), (16, 16, 0)]
    t = next(t for t in load_grid(GRID).trajectories if t.learner.name == "naive_bayes" and t.strategy.name != "random")
    assert [part.version for part in (t.dataset, t.learner, t.strategy)] == ["labelplan-example 1"] * 3
    (alone,), kept = run_lanes([t]), Store(store).get(t.key)
    assert isinstance(kept, Record)
    assert (kept.series["accuracy"], kept.coverage) == (alone.series["accuracy"], alone.coverage)


def test_another_version_is_another_trajectory_and_older_curves_are_left_aside(example, tmp_path, monkeypatch):
    t = next(t for t in load_grid(GRID).trajectories if t.strategy.name == "unsure_half")
    store = Store(tmp_path / "store")
    (record,) = run_lanes([t])
    store.put(record)
    for registry, part in ((STRATEGIES, t.strategy), (LEARNERS, t.learner), (DATASETS, t.dataset)):
        with monkeypatch.context() as patch:
            patch.setitem(registry._loaded, part.name, replace(registry[part.name], version=2))
            assert t.key not in {other.key for other in load_grid(GRID).trajectories}
            old = store.get(t.key)
            assert isinstance(old, StoreWarning) and old.outdated
            assert f"{part.name} was that of another version of package labelplan-example" in old.reason
            with pytest.raises(InputError, match=f"a worker of the cluster differs: its {registry.what} {part.name}"):
                check_installed([t])
    assert t.key in {other.key for other in load_grid(GRID).trajectories} and isinstance(store.get(t.key), Record)
    check_installed([t])


def test_curves_of_a_package_that_is_gone_can_be_read(example, tmp_path):
    store = Store(tmp_path / "store")
    trajectories = [t for t in load_grid(GRID).trajectories if t.strategy.name == "unsure_half" and t.seed == 0]
    for t in trajectories:
        store.put(run_lanes([t])[0])
    shutil.rmtree(example / "labelplan_example")
    for registry in (STRATEGIES, LEARNERS, DATASETS):
        registry._loaded.clear()
    for module in [name for name in sys.modules if name.startswith("labelplan_example")]:
        del sys.modules[module]
    assert STRATEGIES.find("unsure_half") is None
    assert all(find_other_version(t) is None for t in trajectories)
    assert set(store.frame()["strategy"]) == {"unsure_half"}
    with pytest.raises(InputError, match="data set rings: is not installed on a worker"):
        check_installed(trajectories)


def test_the_nearest_name_may_be_a_plug_ins(example):
    with pytest.raises(
        InputError, match=r"here: unknown strategy 'unsure_haf'; did you mean 'unsure_half'\? allowed: "
    ):
        _grid("unsure_haf")


def test_a_plug_ins_settings_are_checked(example):
    with pytest.raises(InputError, match="unknown setting 'smooth'; did you mean 'smoothing'"):
        _grid("random", learners=[{"name": "naive_bayes", "smooth": 1.0}])


FAULTS = {
    "import": ("import nothing_of_that_name", "cannot be imported (ModuleNotFoundError: No module named"),
    "syntax": ("MINE = (\n", "cannot be imported (SyntaxError: "),
    "attribute": ("YOURS = 1", "cannot be imported (AttributeError: "),
    "type": ("MINE = 'margin'", "is of type str; allowed: simulations.strategies.view.Strategy"),
    "name": (MARGIN.replace("'mine'", "'other'").format(""), "has the name 'other'; allowed: 'mine'"),
    "version": (MARGIN.replace(", version=3", "").format(""), "states no version; allowed: a whole number"),
    "no number": (MARGIN.replace("=3", "='3'").format(""), "states no version; allowed: a whole number"),
    "field": (MARGIN.format(", needs='probabilities'"), "needs: found str; allowed: frozenset"),
    "text": (MARGIN.format(", summary=None"), "summary: found NoneType; allowed: str"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_plug_in_is_one_sentence_where_it_is_used(broken, fault):
    code, words = FAULTS[fault]
    broken(code)
    (sentence,) = STRATEGIES.faults()
    assert sentence.startswith("strategy 'mine' of package acme-al: acme:MINE") and words in sentence
    assert "allowed: " in sentence and "\n" not in sentence
    with pytest.raises(InputError) as caught:
        _grid()
    assert str(caught.value) == f"here: {sentence}"
    assert "mine" not in STRATEGIES.usable() and len(STRATEGIES.usable()) == len(STRATEGIES)
    assert _grid("margin")


def test_a_sound_one_is_used(broken):
    broken(MARGIN.format(""))
    assert STRATEGIES.faults() == [] and _grid()[0].strategy == Part("mine", version="acme-al 3")


def test_a_name_that_is_taken_is_refused_and_ours_stays(broken):
    broken(MARGIN.format("").replace("'mine'", "'margin'"), name="margin")
    taken = "strategy 'margin' of package acme-al: labelplan has one of that name; allowed: one strategy a name, "
    assert [fault.startswith(taken) for fault in STRATEGIES.faults()] == [True]
    assert STRATEGIES["margin"].version == 1 and STRATEGIES.package_of("margin") == "labelplan"
    with pytest.raises(InputError, match=f"here: {taken}"):
        _grid("margin")
    assert _grid("entropy")


def test_a_name_that_two_packages_claim_is_refused(broken):
    broken(MARGIN.format(""))
    broken(MARGIN.format(""), package="bmce")
    with pytest.raises(InputError, match="here: strategy 'mine' of package acme-al and bmce: the name is claimed more"):
        _grid()


def test_what_fails_inside_a_plug_in_while_a_grid_is_read_is_one_sentence(example):
    learner = (example / "labelplan_example" / "learner.py").read_text()
    (example / "labelplan_example" / "learner.py").write_text(learner.replace("from sklearn.naive", "from skl.naive"))
    with pytest.raises(InputError, match=r"^learner 'naive_bayes' of package labelplan-example failed: ModuleNotFound"):
        _grid("random", learners=["naive_bayes"])
    data = (example / "labelplan_example" / "dataset.py").read_text()
    (example / "labelplan_example" / "dataset.py").write_text(data.replace("settings: (settings", "settings: (odd"))
    with pytest.raises(InputError, match=r"^data set 'rings' of package labelplan-example failed: NameError: "):
        _grid("random", datasets=["rings"])


def test_a_data_set_that_loads_as_something_else_is_refused(example):
    data = (example / "labelplan_example" / "dataset.py").read_text()
    (example / "labelplan_example" / "dataset.py").write_text(data.replace("load=load,", "load=lambda **settings: 1,"))
    with pytest.raises(InputError, match="data set rings: loads as int; allowed: "):
        load_dataset(_grid("random", datasets=["rings"])[0].dataset)


def test_commands_do_not_stop_at_a_plug_in_that_they_do_not_use(broken, tmp_path):
    site = broken("print('imported')\nraise RuntimeError('two\\nlines')\n")
    listed = _labelplan(site, "list", "strategies", "--json")
    names = {row["name"] for row in json.loads(listed.stdout)}
    assert listed.returncode == 0 and "margin" in names and "mine" not in names
    printed, line = listed.stderr.splitlines()
    assert line.startswith("labelplan: warning: strategy 'mine' of package acme-al: ") and "two lines" in line
    assert printed == "imported"
    grid = tmp_path / "grid.toml"
    grid.write_text(
        '[grid]\ndatasets = ["digits"]\nstrategies = ["mine"]\nbatch_sizes = [5]\ninitial_size = 10\n'
        "rounds = 1\nseeds = 1\n"
    )
    refused = _labelplan(site, "simulate", grid, "--store", tmp_path / "store")
    assert refused.returncode == 2 and refused.stdout == ""
    assert refused.stderr.splitlines()[1:] == [line.replace("warning: ", f"{grid}: ")]
    for words in (["--help"], COST, ["plan", "examples/back-of-envelope.toml"], ["list", "learners"]):
        done = _labelplan(site, *words)
        assert done.returncode == 0 and "imported" not in done.stderr + done.stdout


@pytest.mark.parametrize("words", [["--help"], ["simulate", "--help"], COST])
def test_entry_points_are_looked_up_by_no_command_that_needs_none(words):
    script = (
        "import importlib.metadata, sys\n"
        "look_up = importlib.metadata.entry_points\n"
        "def entry_points(group):\n"
        "    assert not group.startswith('labelplan'), group\n"
        "    return look_up(group=group)\n"
        "importlib.metadata.entry_points = entry_points\n"
        f"sys.argv = ['labelplan', *{words!r}]\n"
        "from planner.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
