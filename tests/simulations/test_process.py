import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from simulations.process import Stop, stoppable

ROOT = Path(__file__).parents[2]
OPEN = """
import os, sys
from simulations.process import open_closed
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


BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", BOTH)
def test_the_first_signal_interrupts_and_the_second_hurries(number):
    before = [signal.getsignal(each) for each in BOTH]
    with stoppable() as stop:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert (stop.number, stop.hurried) == (number, False)
        signal.raise_signal(signal.SIGINT)
        assert (stop.number, stop.hurried) == (number, True)
    assert stop.status == 128 + number
    assert [signal.getsignal(each) for each in BOTH] == before


def test_the_second_signal_breaks_off_what_waits():
    with stoppable() as stop, stop.hurrying():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    assert stop.hurried


class Thing:
    pass


def drop(act):
    """Act where Python drops what is raised."""
    thing = Thing()
    callback = weakref.ref(thing, lambda _: act())
    del thing
    assert callback() is None


def raise_where_python_drops_it(number):
    drop(lambda: signal.raise_signal(number))


def wait_for_the_signal():
    time.sleep(30)
    raise AssertionError("no signal came")


@pytest.mark.parametrize("number", BOTH)
def test_a_signal_in_a_callback_whose_exceptions_python_drops_comes_again(number, capsys):
    before = sys.unraisablehook
    with stoppable() as stop:
        with pytest.raises(KeyboardInterrupt):
            raise_where_python_drops_it(number)
            wait_for_the_signal()
        assert (stop.number, stop.hurried) == (number, False)
        with stop.hurrying(), pytest.raises(KeyboardInterrupt):
            raise_where_python_drops_it(signal.SIGINT)
            wait_for_the_signal()
        assert (stop.number, stop.hurried) == (number, True)
    assert sys.unraisablehook is before
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="blocks signals")
def test_of_two_signals_at_once_one_stops_although_python_drops_it(capsys):
    def first_raises():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:  # before Python tells of the first
            signal.raise_signal(signal.SIGTERM)

    def both_wait():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})

    for both in (first_raises, both_wait):
        with stoppable() as stop:
            with pytest.raises(KeyboardInterrupt):
                drop(both)
                wait_for_the_signal()
            time.sleep(0.1)  # a second hurries, and raises nothing
            assert stop.number is not None
    assert capsys.readouterr().err == ""


def test_a_signal_dropped_as_its_block_ends_ends_nothing_later():
    received = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        with stoppable() as stop:
            raise_where_python_drops_it(signal.SIGTERM)
        assert stop.number == signal.SIGTERM
        time.sleep(0.1)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not received


def test_other_exceptions_that_python_drops_are_told_as_before(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(str(dropped.exc_value)))

    def fail(_):
        raise ValueError("lost")

    with stoppable():
        thing = Thing()
        callback = weakref.ref(thing, fail)
        del thing
    assert callback() is None and told == ["lost"]


def test_a_block_within_shares_the_signals_of_the_one_around():
    with stoppable() as outer:
        with stoppable() as inner:
            assert inner is outer
        assert signal.getsignal(signal.SIGTERM) is outer
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_leave_signals_alone():
    seen = []

    def inside():
        with stoppable() as stop:
            seen.append((stop, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    ((stop, handler),) = seen
    assert isinstance(stop, Stop) and not isinstance(handler, Stop)


THIRD = """
import signal
from contextlib import suppress
from simulations.process import stoppable
with stoppable():
    with suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    print("hurried", flush=True)
    signal.raise_signal(signal.SIGINT)
    print("still here", flush=True)
"""


def test_the_third_signal_ends_the_process():
    done = subprocess.run(
        [sys.executable, "-c", THIRD], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "hurried\n", "")


WITHIN_EXEC = """
import signal, sys
from simulations.process import stoppable
with stoppable() as stop:
    try:
        exec("signal.raise_signal(signal.SIGTERM)")
    except KeyboardInterrupt:
        sys.exit(stop.status)
"""


def test_the_status_is_kept_where_the_signal_came_in_the_middle_of_an_import(tmp_path):
    (tmp_path / "within.py").write_text(WITHIN_EXEC)
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "within"], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (143, "")
