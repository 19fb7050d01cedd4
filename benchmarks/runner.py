"""Runs measurements as separate processes, each pinned to its threads before anything is imported."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from job import Answer, Job
from pools import ROOT

PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_OWN = ("labelplan", "labelplan_grid", "gemm")


class ArmError(RuntimeError):
    """An arm did not finish."""


def measure(job: Job, *, threads: int | None = 1) -> Answer:
    """Run one job in the environment of its arm.

    Args:
        job: what to do.
        threads: threads for BLAS and OpenMP; None leaves the libraries to their own default.
    """
    env = {name: value for name, value in os.environ.items() if name not in _THREADS}
    if threads is not None:
        env |= dict.fromkeys(_THREADS, str(threads))
    own = job.arm in _OWN
    if own:
        env["PYTHONPATH"] = str(ROOT)
    elif not PEER_PYTHON.exists():
        raise ArmError("the peers' environment is missing; make it with: sh scripts/install-bench.sh .venv-bench")
    python = sys.executable if own else str(PEER_PYTHON)
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "job.json", Path(folder) / "answer.json"
        job.write(question)
        command = [python, "-W", "ignore", str(Path(__file__).parent / "arm.py"), str(question), str(answer)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0 or not answer.exists():
            raise ArmError(f"{job.arm} failed:\n{done.stderr[-2000:]}")
        return Answer(**json.loads(answer.read_text(encoding="utf-8")))
