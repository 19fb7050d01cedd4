"""How a process begins and ends: standard streams that may be closed, signals that end a run, parents that are gone.

The first signal ends a run cleanly, the second in a hurry, the third at once.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_SECONDS = 0.02  # in which a callback of Python's own is over

_Hook = Callable[["sys.UnraisableHookArgs"], object]


def open_closed() -> None:
    """Open what is closed of them to nothing, lest the next file or socket get its number and what is printed there."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


def follow_parent() -> None:
    """Leave Ctrl-C, which reaches the whole process group, to the parent of this worker, and end at once if it dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class _InterruptError(KeyboardInterrupt):
    # Where KeyboardInterrupt itself passes through `exec` of text, which imports do, Python later ends the process by
    # SIGINT, whatever status was chosen.
    def __init__(self, number: int, *, first: bool) -> None:
        super().__init__()
        self.number, self.first = number, first


class Stop:
    """What SIGINT and SIGTERM have asked for so far.

    The first raises KeyboardInterrupt. The second hurries the ending, which must still get to say where the run stands.
    A third ends the process.

    Attributes:
        number: the first signal; None before there is one.
        hurried: whether there was a second.
        began: whether what is stopped has begun to run.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.hurried = False
        self.began = False
        self._hurries = False
        self._waits = False  # whether a signal is about to come again
        self._timer: threading.Timer | None = None

    @property
    def status(self) -> int:
        """The exit status of a process that this ended, by the custom of shells."""
        return 128 + (self.number or signal.SIGINT)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._waits:
            self.hurried = True  # the one that comes again is another
        elif self.number is None:
            self.number = number
            raise _InterruptError(number, first=True)
        elif self.hurried:
            os._exit(self.status)
        else:
            self.hurried = True
            if self._hurries:
                raise _InterruptError(number, first=False)

    def send_dropped_again(self, hook: _Hook) -> _Hook:
        """Return a `sys.unraisablehook` that sends a signal again whose exception Python dropped.

        Python drops what is raised in a callback of its own, as when an object goes: imports have such callbacks.
        Anything else that is dropped goes to `hook`.
        """

        def take(dropped: "sys.UnraisableHookArgs") -> None:
            error = dropped.exc_value
            if not isinstance(error, _InterruptError):
                hook(dropped)
                return
            self._waits = True  # first of all: a signal that raised here would be dropped too
            if error.first:
                self.number = None
            else:
                self.hurried = False
            # From another thread: sent at once it would be taken, and dropped, within the callback.
            self._timer = threading.Timer(_AGAIN_SECONDS, self._send, (error.number,))
            self._timer.start()

        return take

    def _send(self, number: int) -> None:
        self._waits = False
        os.kill(os.getpid(), number)

    def keep_unsent(self) -> None:
        """Send no signal again; the first that was not is `number` still, as what it was to stop has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            if self.number is None:
                (self.number,) = self._timer.args

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """Have a second signal raise KeyboardInterrupt too, to break off an ending that waits in the block."""
        self._hurries = True
        try:
            yield
        finally:
            self._hurries = False


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Take SIGINT and SIGTERM as requests to stop.

    Only a main thread can, others are left as they are; within another such block its signals are shared, and a signal
    that is ignored, as Ctrl-C is in a script's background, stays ignored.
    """
    outer = signal.getsignal(signal.SIGTERM)
    if isinstance(outer, Stop) or threading.current_thread() is not threading.main_thread():
        yield outer if isinstance(outer, Stop) else Stop()
        return
    stop = Stop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, stop)
    hook = sys.unraisablehook
    sys.unraisablehook = own_hook = stop.send_dropped_again(hook)
    try:
        try:
            yield stop
        finally:
            stop.keep_unsent()
    finally:
        if sys.unraisablehook is own_hook:
            sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
