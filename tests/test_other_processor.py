"""Running as another processor: what is switched off, and that numpy, OpenBLAS and our kernels obey."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("other_processor", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_processor_with_avx_512_is_cut_to_avx2(script: Any) -> None:
    name, variables = script.other_processor("x86_64", "+avx2,+avx512f,+avx512bw,-amx-tile", ["X86_V3", "X86_V4"])
    assert name == "AVX2 without AVX-512"
    assert variables["OPENBLAS_CORETYPE"] == "Haswell"
    assert variables["NUMBA_CPU_FEATURES"] == "+avx2,-avx512f,-avx512bw,-amx-tile"
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "X86_V4"


def test_numpys_older_names_are_known(script: Any) -> None:
    _, variables = script.other_processor("x86_64", "+avx512f", ["AVX2", "AVX512F", "AVX512_SKX"])
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "AVX512F,AVX512_SKX"


@pytest.mark.parametrize(
    ("machine", "compiled_for", "core"),
    [("x86_64", "+avx2,-avx512f", "Nehalem"), ("AMD64", "+avx2", "Nehalem"), ("arm64", "+neon", "ARMV8")],
)
def test_any_other_is_cut_to_the_plainest_of_its_kind(script: Any, machine: str, compiled_for: str, core: str) -> None:
    name, variables = script.other_processor(machine, compiled_for, ["A", "B"])
    assert name.startswith("the plainest ")
    assert (variables["OPENBLAS_CORETYPE"], variables["NUMBA_CPU_NAME"]) == (core, "generic")
    assert variables["NPY_DISABLE_CPU_FEATURES"] == "A,B"


def test_an_architecture_of_another_kind_keeps_its_own_openblas(script: Any) -> None:
    name, variables = script.other_processor("riscv64", "", [])
    assert name == "the plainest riscv64" and "OPENBLAS_CORETYPE" not in variables


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
