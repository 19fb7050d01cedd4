"""Run Python as another processor would: python scripts/other_processor.py -m pytest -m numbers.

Sums are added up in another order where vector registers are shorter, so the last digits of results differ from one
processor to the next. Tests of numbers must pass on all of them, and this script makes one machine behave like another.
A processor with AVX-512 works as one that ends at AVX2. Any other works without what numpy, OpenBLAS, torch and numba
use beyond the least that an architecture has.
"""

import os
import platform
import sys
from collections.abc import Sequence

import numpy as np
from numba.core.codegen import get_host_cpu_features

# As LLVM names features, and as numpy does; X86_V4 is numpy's group that begins with AVX-512.
BEYOND_AVX2 = ("avx512", "avx10", "avxvnni", "amx", "x86_v4")
AVX2 = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NUMBA_CPU_NAME": "haswell",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
PLAINEST = {"NUMBA_CPU_NAME": "generic", "ATEN_CPU_CAPABILITY": "default"}
PLAINEST_OF = {
    "x86_64": {"OPENBLAS_CORETYPE": "Nehalem", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
    "aarch64": {"OPENBLAS_CORETYPE": "ARMV8"},
}
SAME = {"amd64": "x86_64", "arm64": "aarch64"}


def other_processor(machine: str, compiled_for: str, used_by_numpy: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Name the processor to behave like, and give the environment variables that do it.

    Args:
        machine: the architecture, as Python names it.
        compiled_for: what numba compiles for here, such as `+avx2,-avx512f`.
        used_by_numpy: numpy's names of the groups of instructions that it chooses at run time and finds here.
    """
    features = compiled_for.split(",")
    if "+avx512f" in features:
        kept = [f"-{name[1:]}" if name[1:].startswith(BEYOND_AVX2) else name for name in features]
        without = [name for name in used_by_numpy if name.lower().startswith(BEYOND_AVX2)]
        name, variables = "AVX2 without AVX-512", AVX2 | {"NUMBA_CPU_FEATURES": ",".join(kept)}
    else:
        machine = SAME.get(machine.lower(), machine.lower())
        without = list(used_by_numpy)
        name, variables = f"the plainest {machine}", PLAINEST | PLAINEST_OF.get(machine, {})
    return name, variables | {"NPY_DISABLE_CPU_FEATURES": ",".join(without)}


if __name__ == "__main__":
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    name, variables = other_processor(platform.machine(), get_host_cpu_features(), found)
    print(f"As another processor: {name}", flush=True)
    os.execve(sys.executable, [sys.executable, *sys.argv[1:]], os.environ | variables)
