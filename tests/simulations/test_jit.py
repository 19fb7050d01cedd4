import os
import subprocess
import sys
import time

import numpy as np
import pytest

from simulations import jit
from simulations.arrays import ArrayCache
from simulations.errors import InputError
from simulations.learners import Labelled
from simulations.learners.linear import LinearLearner

FIT = """
import numpy as np
from simulations import jit
{prelude}
from simulations.learners.learner import Labelled
from simulations.learners.linear import LinearLearner
X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
fitted = LinearLearner(1.0).fit(Labelled(X, np.arange(20)[None], np.arange(20)[None] % 2, np.ones(3), 2), None)
print(jit._folder() is not None, bool(fitted.converged.all()))
"""


def _fit(prelude):
    code = FIT.format(prelude=prelude)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_without_a_folder_to_keep_them_kernels_are_compiled_all_the_same():
    assert _fit("jit._prepared = lambda folder: open('/nonexistent/x')") == ["False", "True"]


@pytest.mark.slow
def test_code_just_compiled_and_code_kept_give_the_same_bits(tmp_path):
    prelude = f"""
from pathlib import Path
from hashlib import sha256
jit._prepared = lambda folder: Path({str(tmp_path)!r})
def show(*_):
    from simulations.learners.learner import Labelled
    from simulations.learners.linear import LinearLearner
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 70)).astype(np.float32)
    rows, answers = rng.integers(300, size=(2, 130)), rng.integers(7, size=(2, 130))
    fitted = LinearLearner(1.0).fit(Labelled(X, rows, answers, np.ones(70), 7), None)
    bits = fitted.weights.tobytes() + fitted.probabilities([0, 1], X).tobytes()
    print(sha256(bits).hexdigest())
show()
"""
    fresh, kept = _fit(prelude), _fit(prelude)
    assert any(tmp_path.rglob("*.nbi"))
    assert fresh == kept


def test_a_numba_that_cannot_be_imported_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(InputError, match=r"numba cannot be imported \(.*\); pip install --upgrade numba"):
        LinearLearner(1.0).fit(Labelled(np.eye(2, dtype=np.float32), *np.array([[[0, 1]]] * 2), np.ones(2), 2), None)


def test_kernels_of_earlier_versions_are_cleared_away(tmp_path):
    for name, days in (("kernels-old", 8), ("kernels-young", 1)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - days * 86_400,) * 2)
    assert jit._prepared(tmp_path / "kernels-new").is_dir()
    assert {path.name for path in tmp_path.iterdir()} == {"kernels-new", "kernels-young"}


def test_the_number_of_threads_makes_no_other_kernels(monkeypatch):
    here = jit._folder()
    jit._folder.cache_clear()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    try:
        assert jit._folder() == here
    finally:
        jit._folder.cache_clear()


def test_kernels_are_known_to_be_kept_once_one_is(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_folder", lambda: str(tmp_path))
    assert not jit.has_kernels()
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "loss-1.py311.nbi").touch()
    assert jit.has_kernels()
    monkeypatch.setattr(jit, "_folder", lambda: None)
    assert not jit.has_kernels()


def test_values_are_kept_for_arrays_that_cannot_change():
    calls = []
    total = ArrayCache(lambda array: calls.append(1) or float(array.sum()))
    array = np.ones(3)
    assert total(array) == 3
    array *= 2
    assert total(array) == 6 and len(calls) == 2
    array.flags.writeable = False
    assert total(array) == total(array) == 6 and len(calls) == 3
    assert total(array.view()) == total(array[:]) == 6 and len(calls) == 3
    assert total(array[:2]) == 4 and len(calls) == 4
    part = np.ones(3)[:2]
    part.flags.writeable = False  # what it is a part of can still be written to
    assert total(part) == total(part) == 2 and len(calls) == 6
    del array
    assert not total._kept
