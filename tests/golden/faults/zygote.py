"""Run pytest in forked children of a process that has the big libraries imported: importing them takes longer than most tests.

One request a line on standard input, JSON: {"args": [...], "log": path}. The answer is a line with the child's process id,
and one with its exit status when it has ended. A child is a session of its own. Nothing of the project is imported here.
"""


def child(request):
    import os
    import sys

    os.setsid()
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", buffering=1), open(2, "w", buffering=1)
    sys.argv = ["pytest", *request["args"]]
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    status = 3
    try:
        import pytest

        status = int(pytest.main(request["args"]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main():
    import importlib
    import json
    import os
    import sys

    # Not pytest's plugins (hypothesis, xdist): pytest rewrites their assertions when it imports them.
    for name in (
        "numpy", "pandas", "scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.special", "pyarrow.parquet", "pydantic",
        "tomlkit", "typer", "rich.console", "rich.progress", "altair", "numba", "sklearn.linear_model", "sklearn.ensemble",
        "sklearn.cluster",
    ):  # fmt: skip
        importlib.import_module(name)
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(request)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
