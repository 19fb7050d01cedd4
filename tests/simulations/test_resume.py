import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from simulations.grid import parse_grid
from simulations.run import run_grid
from simulations.store import Store

ROOT = Path(__file__).parents[2]
BLOCK = {
    "datasets": [{"name": "synthetic", "n": 1500, "d": 10, "classes": 4, "test_size": 500}],
    "strategies": ["random", "margin", "coreset"],
    "batch_sizes": [10],
    "initial_size": 20,
    "rounds": 15,
    "seeds": 40,
}
RUN = """
import json, sys
from simulations.grid import parse_grid
from simulations.run import run_grid
from simulations.store import Store
tell = lambda done, total: print(done, flush=True)
run_grid(parse_grid({"grid": json.loads(sys.argv[1])}), Store(sys.argv[2]), processes=2, progress=tell)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills process groups, which are not there")
def test_killed_ten_times_at_random_moments_and_resumed_gives_the_same_table(tmp_path):
    chance = random.Random(20)
    store = Store(tmp_path / "killed")
    for attempt in range(10):
        command = [sys.executable, "-c", RUN, json.dumps(BLOCK), str(store.directory)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True) as process:
            if attempt % 3:
                time.sleep(chance.uniform(0.3, 1.5))  # while it starts, counts or has just begun
            else:
                for _ in range(1 + chance.randrange(9)):
                    assert process.stdout.readline().strip().isdecimal(), "it ended before it could be killed"
            # Now and then the whole group at once, as when a machine fails; else workers outlive their parent a moment.
            if attempt % 2:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        assert process.returncode == -signal.SIGKILL
    grid = parse_grid({"grid": BLOCK})
    left = len(store.missing(grid.trajectories))
    assert 0 < left < len(grid)
    summary = run_grid(grid, store, processes=2)
    assert summary.failed == () and summary.remaining == 0 and summary.done <= left
    whole = Store(tmp_path / "whole")
    run_grid(grid, whole, processes=1)
    timings = ["fit_seconds", "score_seconds", "select_seconds"]
    killed, undisturbed = (each.frame().drop(columns=timings) for each in (store, whole))
    pd.testing.assert_frame_equal(killed, undisturbed, check_exact=True)
    pd.testing.assert_frame_equal(store.coverage(), whole.coverage())
