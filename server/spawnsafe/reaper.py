"""Ends all processes that carry a mark: a variable of the environment, which is inherited.

`Reaper` also does so when the process that has made it is killed: `python -m spawnsafe.reaper MARK` waits for that.
"""

import contextlib
import secrets
import subprocess
import sys
from collections.abc import Collection, Iterator
from typing import Self

import psutil

_ROUNDS = 20
"""So often it is looked for processes that have just been started by those which are ended."""


class Reaper:
    """Gives a mark, and sees to it that no process with the mark outlives this one; use it in a `with` statement."""

    def __init__(self) -> None:
        self.mark = f"SPAWNSAFE_RUN_{secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        """Start a process that waits for the end of this one."""
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-P", "-m", __name__, self.mark],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes with the mark, and the one that waits."""
        end_marked(self.mark)
        self._process.kill()
        self._process.communicate()


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the processes that carry a mark."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if mark in process.environ():
                yield process


def end_marked(mark: str, others: Collection[psutil.Process] = ()) -> None:
    """End the processes that carry a mark, and others if they still run."""
    for _ in range(_ROUNDS):
        left = {*marked(mark), *filter(_runs, others)}
        if not left:
            return
        for each in left:
            with contextlib.suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(left, timeout=1)


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


if __name__ == "__main__":
    sys.stdin.read()
    end_marked(sys.argv[1])
