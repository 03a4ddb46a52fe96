"""The one thread on which everything is analysed."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

_STACK = 64 * 1024 * 1024
"""Bytes. Deeply nested programs make for deep recursion; memory is taken only as far as it is used."""

T = TypeVar("T")


class Worker:
    """Runs jobs one after another, in the order in which they came. Its thread never holds up the exit."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=self._run, name="analysis", daemon=True).start()
        finally:
            threading.stack_size(before)

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job; it never starts if its future is cancelled by then."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001  # whoever waits for the job is told
                future.set_exception(error)

        self._jobs.put(run)
        return future

    def _run(self) -> None:
        while True:
            self._jobs.get()()
