import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from simulations import threads
from simulations.threads import one_blas_thread


def _threads():
    np.ones((2, 2)) @ np.ones((2, 2))
    return {pool["num_threads"] for pool in threadpool_info()}


def test_one_thread_within_and_as_before_after():
    with threadpool_limits(limits=2):
        before = _threads()
        with one_blas_thread():
            assert _threads() == {1}
        assert _threads() == before and before != {1}


def test_libraries_are_looked_for_once_for_as_long_as_none_is_imported(monkeypatch):
    monkeypatch.setattr(threads, "_BRINGING", ("numpy", "made_up"))
    threads._controller.cache_clear()
    for module, looked in ((None, 1), (None, 1), ("made_up", 2)):
        if module is not None:
            monkeypatch.setitem(threads.sys.modules, module, object())
        with one_blas_thread():
            assert threads._controller.cache_info().misses == looked
    threads._controller.cache_clear()
