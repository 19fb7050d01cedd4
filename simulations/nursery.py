"""A process that loads what every worker needs, once, and then forks workers that have it already.

Started as `python -m simulations.nursery STORE TRAJECTORY`, with a Unix socket as standard input. Every file descriptor
sent over that socket is one end of another socket, for which a worker is forked. When the socket is closed, because
the parent is done or dead, the workers are killed and the nursery ends.

Importing and loading kernels takes seconds, so doing it once and not in every worker makes a cold start of
`examples/grid.toml` on two busy cores a third shorter (10.4 processor seconds became 6.4). Workers share the memory of
what was loaded here, and one that died is replaced in milliseconds. The nursery has one thread, so that nothing is lost
in a fork. `multiprocessing`'s own fork server does the same, but imports the caller's main module again, which then
needs a guard, takes its environment from the caller's, and talks in pickles.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from simulations.worker import preload, serve


def main() -> None:
    """Fork workers until standard input is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)  # what a library prints must not mix with what the parent prints
    control = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    preload(sys.argv[2])
    gc.freeze()  # a collection in a worker would touch, and so copy, the memory it shares
    workers = []
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not descriptors:
            break
        workers.append(_fork(control, descriptors[0], Path(sys.argv[1])))
    # None is waited for before this, so that a number that the parent may kill is never another process's.
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    for worker in workers:
        os.waitpid(worker, 0)


def _fork(control: socket.socket, descriptor: int, directory: Path) -> int:
    worker = os.fork()
    if worker:
        os.close(descriptor)
        return worker
    with suppress(BaseException):
        control.close()
        line = socket.socket(fileno=descriptor)
        serve(directory, line.makefile("r", encoding="utf-8"), line.makefile("w", encoding="utf-8"))
    os._exit(1)


if __name__ == "__main__":
    main()
