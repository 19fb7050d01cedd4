"""Hypothesis profiles, one thread a process, and kernels that are compiled once for all tests.

`make test` and `make test-all` try the same cases each time; `make hostile` looks for new ones.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Processes run side by side, and small matrices are multiplied slower by several threads that wait for one another.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# No test fails for its time, which is that of the machine and of whatever else it does.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("same", max_examples=25, derandomize=True, **PATIENT)
settings.register_profile("all", max_examples=100, derandomize=True, **PATIENT)
settings.register_profile("search", max_examples=300, derandomize=False, **PATIENT)
settings.load_profile("same")

COMPILING = pytest.StashKey[subprocess.Popen[bytes]]()


def pytest_configure(config: pytest.Config) -> None:
    """Compile the engine's kernels while processes collect their tests; else the first test of each would."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[COMPILING] = subprocess.Popen([sys.executable, "-m", "tests.compile_kernels"], cwd=config.rootpath)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process behind, and no kernel that could not be compiled without a word."""
    if COMPILING in config.stash and (status := config.stash[COMPILING].wait()):
        raise pytest.UsageError(f"compiling the kernels ended with status {status}; see above why")


@pytest.fixture(scope="module", autouse=True)
def thaw() -> Iterator[None]:
    """Thaw what a file's pages have frozen: hypothesis looks for what refers to its generator, but not among that."""
    yield
    gc.unfreeze()
