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
    import threadpoolctl

    monkeypatch.setattr(threads, "_BRINGING", ("numpy", "made_up"))
    threads._controller.cache_clear()
    made = []
    real = threadpoolctl.ThreadpoolController

    def counted():
        made.append(1)
        return real()

    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", counted)
    for _ in range(3):
        with one_blas_thread():
            pass
    assert len(made) == 1
    monkeypatch.setitem(threads.sys.modules, "made_up", object())
    with one_blas_thread():
        pass
    threads._controller.cache_clear()
    assert len(made) == 2
