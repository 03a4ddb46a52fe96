"""Ends what somebody else's code does when it takes too long."""

import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc


class _CutOff(BaseException):
    """Raised in the middle of what takes too long; no `except Exception` there holds it up."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what some work gives, done on this thread. Raises TimeoutError if it takes longer than that.

    It is ended between two steps of Python; a call of something written in C is waited for.
    """
    thread = threading.get_ident()
    lock, is_done = threading.Lock(), False

    def end() -> None:
        with lock:
            if not is_done:
                _raise_in(thread, _CutOff)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    try:
        try:
            timer.start()
            return work()
        finally:
            with lock:
                is_done = True
            timer.cancel()
            _raise_in(thread, None)  # what was not raised yet is not raised later
    except _CutOff:
        raise TimeoutError from None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    _set_exception(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)
