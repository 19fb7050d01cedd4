import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPEN = """
import os, sys
from simulations.descriptors import open_closed
open_closed()
for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
    assert stream.fileno() == number and os.get_inheritable(number)
taken = os.open(os.devnull, os.O_RDONLY)
assert taken > 2, taken
print("to nobody", file=sys.stderr)
print("to nobody")
sys.exit(7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors as a POSIX shell does")
@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-", ""])
def test_closed_descriptors_are_opened_to_nothing(closed):
    command = f'"$0" -c "$1" {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, OPEN],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 7
    assert done.stdout == ("" if "1>&-" in closed else "to nobody\n")
    assert done.stderr == ("" if "2>&-" in closed else "to nobody\n")
