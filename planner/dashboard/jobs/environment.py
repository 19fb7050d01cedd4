"""The environment of a process that this package starts: where the package is, and what to open with."""

import os
from pathlib import Path

import planner


def environment(plan_path: Path | None, store_path: Path | None) -> dict[str, str]:
    """Give a process's environment: where the package is, and what to open with."""
    # Streamlit puts the script's own folder on the path, not the package's parent.
    home = str(Path(planner.__file__).resolve().parents[1])
    paths = [home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    for name, path in (("LABELPLAN_PLAN", plan_path), ("LABELPLAN_STORE", store_path)):
        env.pop(name, None)
        if path is not None:
            env[name] = str(path.resolve())
    return env
