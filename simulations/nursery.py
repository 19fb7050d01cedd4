"""A process that loads what every worker needs, once, and then forks workers that have it already.

Started as `python -m simulations.nursery STORE TRAJECTORIES`, with a Unix socket as standard input. Every file
descriptor sent over that socket is one end of another socket, for which a worker is forked. A number sent over it is
that of a worker to be ended: the answer repeats it and gives the worker's exit status, negative for a signal. When the
socket is closed, because the parent is done or dead, the workers are killed and the nursery ends.

Importing and loading kernels takes seconds, so doing it once and not in every worker makes a cold start of
`examples/grid.toml` on two busy cores a third shorter (10.4 processor seconds became 6.4). Workers share the memory of
what was loaded here, and one that died is replaced in milliseconds. `multiprocessing`'s own fork server does the same,
but imports the caller's main module again, which then needs a guard, takes its environment from the caller's, and talks
in pickles.

A fork keeps the locks of threads and not the threads, so the nursery has one thread when it forks. Where what it loads
has started others, which cannot be ended, it starts itself anew and loads nothing; then each worker does.

`python -m simulations.nursery STORE TRAJECTORIES alone` is a single worker, over standard input and output, for systems
that cannot fork.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from simulations.descriptors import open_closed


def main() -> None:
    """Fork workers, or be one, until standard input is closed."""
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    open_closed()
    directory, expected, *how = sys.argv[1:]
    if how == ["alone"]:
        sink = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # what a library prints must not mix with the answers
        _work(directory, sys.stdin, sink, expected)
        return
    os.dup2(2, 1)  # what a library prints must not mix with what the parent prints
    control = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    if how != ["bare"]:
        _preload(expected)
        if len([*Path("/proc/self/task").iterdir()]) > 1:
            os.dup2(control.fileno(), 0)
            os.execv(sys.executable, [sys.executable, "-P", "-m", "simulations.nursery", directory, expected, "bare"])
    gc.freeze()  # a collection in a worker would touch, and so copy, the memory it shares
    _tend(control, directory)


def _preload(expected: str) -> None:
    with suppress(Exception):  # a worker meets it again, and tells
        from simulations.worker import preload

        preload(expected)


def _tend(control: socket.socket, directory: str) -> None:
    """Fork workers and end them, as the parent asks, and all that are left when it is gone."""
    workers: set[int] = set()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 100, 1)
        if descriptors:
            workers |= _fork(control, descriptors[0], directory)
        elif message:
            # Waited for only now, so that a number that the parent may kill is never another process's.
            number = int(message)
            workers.remove(number)
            status = _end(number)
            with suppress(OSError):  # the parent has died meanwhile
                control.send(f"{number} {status}".encode())
        else:
            break
    for number in workers:
        os.kill(number, signal.SIGKILL)
    for number in workers:
        os.waitpid(number, 0)


def _end(number: int) -> int:
    os.kill(number, signal.SIGKILL)  # changes nothing for one that has ended already
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _fork(control: socket.socket, descriptor: int, directory: str) -> set[int]:
    """Fork a worker for a socket, which is told when that cannot be."""
    line = socket.socket(fileno=descriptor)
    try:
        worker = os.fork()
    except OSError as error:
        with line, suppress(OSError):
            line.sendall(_error(error))
        return set()
    if worker:
        line.close()
        return {worker}
    with suppress(BaseException):
        control.close()
        _work(directory, line.makefile("r", encoding="utf-8"), line.makefile("w", encoding="utf-8"))
    os._exit(1)


def _work(directory: str, source: TextIO, sink: TextIO, expected: str | None = None) -> None:
    """Be a worker, or tell why that cannot be."""
    try:
        from simulations.worker import preload, serve
    except Exception as error:
        sink.write(_error(error).decode())
        sink.flush()
        return
    if expected is not None:
        preload(expected)
    serve(Path(directory), source, sink)


def _error(error: Exception) -> bytes:
    said = str(error).strip().split("\n", 1)[0]
    return json.dumps({"error": f"{type(error).__name__}: {said}"}).encode() + b"\n"


if __name__ == "__main__":
    main()
