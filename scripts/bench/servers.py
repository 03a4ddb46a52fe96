"""Times language servers side by side: from their start to the first findings, and from an edit to fresh ones."""

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from client import Client, ServerError

TIMEOUT = 120.0
"""Seconds until a server counts as one that gave no answer."""


EDITS = {"in a comment": " ", "of a name": "s"}
"""What is typed, and deleted again: behind a comment, and at the end of a name that a function returns."""
HEAD = ("server", "ms to `initialize`", "ms to first findings", *(f"ms for an edit {what}" for what in EDITS), "MB")


@dataclass
class Times:
    """What was measured of one server on one file, round by round: milliseconds and MB."""

    initialized: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    edits: dict[str, list[float]] = field(default_factory=dict)
    """By what is edited, as in `EDITS`."""
    memory: list[float] = field(default_factory=list)
    failed: str = ""

    def row(self) -> Iterator[str]:
        """Yield the cells of a table."""
        if self.failed or not self.edits:
            yield from (self.failed or "nothing measured", *[""] * (len(HEAD) - 2))
            return
        for values in (self.initialized, self.ready):
            yield number(statistics.median(values))
        for values in self.edits.values():
            yield f"{number(statistics.median(values))} / {number(sorted(values)[int(len(values) * 0.95)])}"
        yield number(max(self.memory))


def number(value: float) -> str:
    """Return a number with no more digits than it deserves."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"  # noqa: PLR2004


def measure(servers: Mapping[str, Sequence[str]], path: Path, *, rounds: int, edits: int) -> dict[str, Times]:
    """Time servers, each by its command, on a file; they take turns, so that a busy moment hits all of them."""
    times = {name: Times() for name in servers}
    for _ in range(rounds):
        for name, command in servers.items():
            try:
                _round(command, path, edits, times[name])
            except ServerError as error:
                times[name].failed = str(error)
    return times


def _round(command: Sequence[str], path: Path, edits: int, times: Times) -> None:
    text = path.read_text()
    line, column = place(text)
    comment = f"  # {text.splitlines()[line].strip()}"
    with Client(command, path.parent, TIMEOUT) as client:
        times.initialized.append(1000 * (client.initialize() - client.began))
        times.ready.append(1000 * (client.open(path) - client.began))
        client.replace(path, line, (column, column), comment, awaited=path)
        for (what, typed), at in zip(EDITS.items(), (column + len(comment), column), strict=True):
            for number in range(edits):
                columns, new = ((at, at), typed) if number % 2 == 0 else ((at, at + 1), "")
                taken = client.replace(path, line, columns, new, awaited=path)
                times.edits.setdefault(what, []).append(1000 * taken)
        times.memory.append(client.memory())


def place(text: str) -> tuple[int, int]:
    """Return where a name that is returned ends, in the middle of a program: 0-based line, column in code points."""
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines) if re.fullmatch(r" +return [a-z_]+", line)]
    middle = min(found, key=lambda number: abs(number - len(lines) // 2))
    return middle, len(lines[middle])
