"""A terminal in which an editor runs: keys go in, and the screen is what its user sees."""

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

TIMEOUT = 60.0


T = TypeVar("T")


def wait_for(ask: Callable[[], T | None], complain: Callable[[], str] = str) -> T:
    """Ask again and again until the answer is true, and return it."""
    deadline = time.monotonic() + TIMEOUT
    while not (answer := ask()):
        assert time.monotonic() < deadline, complain()
        time.sleep(0.05)
    return answer


class Terminal:
    """A window of tmux, on a server of its own."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._name = f"spawnsafe-{uuid4().hex[:8]}"
        self._environment = environment
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "50", "-c", str(cwd), shlex.join(command))

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def see(self, pattern: str) -> None:
        """Wait until the screen shows what a regular expression asks for."""
        wait_for(lambda: self._shows(pattern), lambda: f"never shown: {pattern}\n{self.screen()}")

    def miss(self, pattern: str) -> None:
        """Wait until the screen no longer shows it."""
        wait_for(lambda: not self._shows(pattern), lambda: f"still shown: {pattern}\n{self.screen()}")

    def press(self, *keys: str) -> None:
        """Press keys by their names: `Enter`, `C-x`, `]`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text, and Enter."""
        self._tmux("send-keys", "-l", text)
        self.press("Enter")

    def ends(self) -> None:
        """Wait until the command has ended."""
        wait_for(lambda: not self._alive(), self.screen)

    def close(self) -> None:
        if self._alive():
            self._tmux("kill-server")

    def _shows(self, pattern: str) -> bool:
        return re.search(pattern, self.screen(), re.MULTILINE) is not None

    def _alive(self) -> bool:
        return self._run("has-session").returncode == 0

    def _tmux(self, *arguments: str) -> str:
        done = self._run(*arguments)
        done.check_returncode()
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["tmux", "-L", self._name, *arguments]
        return subprocess.run(command, env=self._environment, check=False, capture_output=True, encoding="utf-8")


@contextmanager
def terminal(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    opened = Terminal(command, cwd, environment)
    try:
        yield opened
    finally:
        opened.close()
