import platform
import subprocess
import sys

import pytest

ROUNDS, ARRAYS, PAGES = 20, 6, 256  # of one megabyte each

SCRIPT = f"""
import resource
import numpy as np
from planner.forecast.forecast import keep_freed_memory
if KEEP:
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
for _ in range({ROUNDS}):
    held = [np.ones(2**17) for _ in range({ARRAYS})]
    del held
print(faults() - before)
"""


def faults(*, keep):
    told = [sys.executable, "-c", SCRIPT.replace("KEEP", str(keep))]
    return int(subprocess.run(told, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator may do as it likes")
def test_what_is_freed_is_used_again():
    anew = faults(keep=False)
    if anew < ROUNDS * ARRAYS * PAGES / 4:
        pytest.skip("this system hands out larger pages, or the allocator was told otherwise")
    assert faults(keep=True) < anew / 4
