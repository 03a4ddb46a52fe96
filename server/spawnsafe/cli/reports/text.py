"""How a place is shown to people: its line as far as it matters, the span underlined."""

import shutil
import sys
import unicodedata
from pathlib import Path

from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry, Names
from spawnsafe.source import Span, Text

COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
MAX_WIDTH = 160
"""How many characters of a source line are shown; of a longer one, those around the span."""
TAB = "    "


def place(entry: Entry, path: Path, span: Span, names: Names) -> str:
    """Return a place that an entry tells of as terminals and editors make links of it."""
    cell, inside = entry.locate(path, span)
    parts = [names[path], *([cell.label] if cell else []), str(inside.start.line + 1), str(inside.start.column + 1)]
    return ":".join(parts)


def excerpt(text: Text, span: Span) -> tuple[str, str, str]:
    """Return a span's first line as it is shown, the blanks before the span, and the marks below it."""
    line = text.line(span.start.line)
    is_cut = span.end.line > span.start.line
    start, end = span.start.column, len(line) if is_cut else span.end.column
    room = _room(len(str(span.start.line + 1)))
    left = max(0, min(start - room // 4, len(line) - room))
    right = left + room
    head = "…" if left else ""
    before, marked, after = (
        _shown(part) for part in (line[left:start], line[start : min(end, right)], line[end:right])
    )
    tail = "…" if right < len(line) else ""
    marks = "^" * max(1, _width(marked)) + (f" to line {span.end.line + 1}" if is_cut else "")
    return f"{head}{before}{marked}{after}{tail}", " " * _width(head + before), marks


def _room(digits: int) -> int:
    """Return how many characters of a line are shown beside its number, on a terminal no more than fit."""
    if not sys.stdout.isatty():
        return MAX_WIDTH
    return max(20, min(MAX_WIDTH, shutil.get_terminal_size().columns - digits - len(" | ……")))


def _shown(text: str) -> str:
    """Return text as a terminal can show it: tabs as blanks, control characters as pictures of them."""
    return text.replace("\t", TAB).translate(_PICTURES)


_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), "�")


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
