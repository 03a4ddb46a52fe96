"""A terminal in which an editor runs: keys go in, and the screen is what its user sees."""

import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

TIMEOUT = 40.0


class Terminal:
    """A window of tmux, on a server of its own."""

    def __init__(self, command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self._name = f"spawnsafe-{uuid4().hex[:8]}"
        self._environment = environment
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "50", "-c", str(cwd), shlex.join(command))

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def see(self, pattern: str) -> str:
        """Wait until the screen shows what a regular expression asks for, and return that."""
        return self._wait(pattern, shown=True)

    def miss(self, pattern: str) -> None:
        """Wait until the screen no longer shows it."""
        self._wait(pattern, shown=False)

    def press(self, *keys: str) -> None:
        """Press keys by their names: `Enter`, `C-x`, `]`."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text, and Enter."""
        self._tmux("send-keys", "-l", text)
        self.press("Enter")

    def ends(self) -> None:
        """Wait until the command has ended."""
        deadline = time.monotonic() + TIMEOUT
        while self._alive():
            assert time.monotonic() < deadline, f"does not end:\n{self.screen()}"
            time.sleep(0.05)

    def close(self) -> None:
        if self._alive():
            self._tmux("kill-server")

    def _alive(self) -> bool:
        return self._run("has-session").returncode == 0

    def _wait(self, pattern: str, *, shown: bool) -> str:
        deadline = time.monotonic() + TIMEOUT
        while True:
            screen = self.screen()
            found = re.search(pattern, screen, re.MULTILINE)
            if (found is not None) is shown:
                return found[0] if found else ""
            assert time.monotonic() < deadline, f"{'never' if shown else 'still'} shown: {pattern}\n{screen}"
            time.sleep(0.05)

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
