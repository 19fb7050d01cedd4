"""Running as another processor: what is switched off, and that numpy, OpenBLAS and our kernels obey."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.other_processor import other_processor

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "other_processor.py"
OBEYED = """
import json, os
import numpy as np
from threadpoolctl import threadpool_info
from simulations.learners.kernels.tiles import MOST_ROWS
print(json.dumps({
    "asked": os.environ["OPENBLAS_CORETYPE"],
    "cores": [one["architecture"] for one in threadpool_info() if one["internal_api"] == "openblas"],
    "disabled": os.environ["NPY_DISABLE_CPU_FEATURES"].split(","),
    "found": np.show_config(mode="dicts")["SIMD Extensions"].get("found", []),
    "rows": MOST_ROWS,
}))
"""


def test_a_processor_with_avx_512_is_cut_to_avx2() -> None:
    name, variables = other_processor("x86_64", "+avx2,+avx512f,+avx512bw,-amx-tile", ["X86_V3", "X86_V4"])
    assert name == "AVX2 without AVX-512"
    assert variables["OPENBLAS_CORETYPE"] == "Haswell"
    assert variables["NUMBA_CPU_FEATURES"] == "+avx2,-avx512f,-avx512bw,-amx-tile"
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "X86_V4"
    # numpy's older names are known.
    _, variables = other_processor("x86_64", "+avx512f", ["AVX2", "AVX512F", "AVX512_SKX"])
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "AVX512F,AVX512_SKX"


@pytest.mark.parametrize(
    ("machine", "compiled_for", "core"),
    # An architecture of another kind keeps its own OpenBLAS.
    [("x86_64", "+avx2,-avx512f", "Nehalem"), ("AMD64", "", "Nehalem"), ("arm64", "", "ARMV8"), ("riscv64", "", None)],
)
def test_any_other_is_cut_to_the_plainest_of_its_kind(machine: str, compiled_for: str, core: str | None) -> None:
    name, variables = other_processor(machine, compiled_for, ["A", "B"])
    assert name.startswith("the plainest ")
    assert (variables.get("OPENBLAS_CORETYPE"), variables["NUMBA_CPU_NAME"]) == (core, "generic")
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "A,B"


def test_numpy_openblas_and_our_kernels_obey() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "-W", "error", "-c", OBEYED], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    name, told = done.stdout.splitlines()
    obeyed = json.loads(told)
    assert name.startswith("As another processor: ")
    assert not set(obeyed["found"]) & set(obeyed["disabled"])
    assert obeyed["rows"] == 6
    assert set(obeyed["cores"]) <= {obeyed["asked"]}
