"""Run one measurement: python benchmarks/arm.py JOB.json ANSWER.json, in the environment of the arm."""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from job import Job


def main() -> None:
    job = Job.read(Path(sys.argv[1]))
    answer = importlib.import_module(f"arms.{job.arm}").run(job)
    Path(sys.argv[2]).write_text(json.dumps(asdict(answer)), encoding="utf-8")


if __name__ == "__main__":
    main()
