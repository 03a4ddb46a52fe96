"""Workflow commands, by which GitHub Actions annotates the lines of a pull request."""

from collections.abc import Iterable, Iterator

from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry, Names

FOR_PEOPLE = False

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield each entry as a command."""
    for entry in entries:
        start, end = entry.span.start, entry.span.end
        properties = {"file": names.in_repository(entry.path), "line": start.line + 1}
        if start.line == end.line:  # GitHub takes columns for one line alone
            properties |= {"col": start.column + 1, "endColumn": end.column + 1}
        properties |= {"endLine": end.line + 1, "title": f"spawnsafe: {entry.rule}"}
        listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
        yield f"::{_COMMANDS[entry.severity]} {listed}::{_escaped(f'{entry.problem} {entry.help}')}"


def _escaped(text: str, more: str = "") -> str:
    """Return text with what has a meaning in commands as the percent codes that the runner reads."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
