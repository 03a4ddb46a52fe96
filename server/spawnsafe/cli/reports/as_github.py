"""Workflow commands, by which GitHub Actions annotates the lines of a pull request."""

from collections.abc import Iterable, Iterator

from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry, Names

FOR_PEOPLE = False

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield each entry as a command."""
    for entry in entries:
        lines, has_columns = entry.in_file(entry.path, entry.span)
        properties = {"file": names.in_repository(entry.path), "line": lines.start + 1}
        if has_columns and len(lines) == 1:  # GitHub takes columns for one line alone
            properties |= {"col": entry.span.start.column + 1, "endColumn": entry.span.end.column + 1}
        properties |= {"endLine": lines.stop, "title": f"spawnsafe: {entry.rule}"}
        listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items())
        yield f"::{_COMMANDS[entry.severity]} {listed}::{_escaped(f'{entry.problem} {entry.help}')}"


def _escaped(text: str, more: str = "") -> str:
    """Return text with what has a meaning in commands as the percent codes that the runner reads."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
