"""How far a long run has come, told on a terminal and nowhere else."""

import os
import sys
import time

import click

_QUIET = 1.0
"""So many seconds pass before anything is told."""
_PERIOD = 0.1


class Progress:
    """One line on standard error that is drawn over and in the end taken away."""

    def __init__(self, total: int) -> None:
        """Begin; nothing is drawn without a terminal, on a dumb one or in CI."""
        is_wanted = sys.stderr is not None and sys.stderr.isatty()
        self._is_on = is_wanted and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"
        self._total = total
        self._done = 0
        self._due = time.monotonic() + _QUIET
        self._is_drawn = False

    def step(self, name: str) -> None:
        """Tell that the next file is begun."""
        self._done += 1
        if self._is_on and time.monotonic() >= self._due:
            import shutil  # noqa: PLC0415 - slow to import, and seldom needed

            room = shutil.get_terminal_size().columns - 1
            line = f"{self._done}/{self._total} {name}"
            line = line if len(line) <= room else f"{line[: room - 1]}…"
            click.echo(f"\r\x1b[K{line}", nl=False, err=True, color=True)
            self._due = time.monotonic() + _PERIOD
            self._is_drawn = True

    def clear(self) -> None:
        """Take the line away, since something else is to be printed."""
        if self._is_drawn:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)
            self._is_drawn = False
