"""A JSON list of all findings, in ASCII."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from spawnsafe.cli.reports.entry import Entry, Names
from spawnsafe.findings import Fix
from spawnsafe.source import Point, Span

FOR_PEOPLE = False


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield the list."""
    yield json.dumps([as_object(entry, names) for entry in entries], indent=2)


def as_object(entry: Entry, names: Names) -> dict[str, object]:
    """Return an entry as what JSON can hold."""
    return {
        "rule": entry.rule,
        "severity": entry.severity.value,
        **_place(entry, entry.path, entry.span, names),
        "problem": entry.problem,
        "help": entry.help,
        "start_methods": list(entry.troubles),
        "troubles": {method: trouble.value for method, trouble in entry.troubles.items()},
        "targets": list(entry.targets),
        "notes": [{**_place(entry, note.path, note.span, names), "message": note.message} for note in entry.notes],
        "fixes": [
            {
                "title": fix.title,
                "safe": fix.safe,
                "edits": list(_edits(entry, fix, names)),
            }
            for fix in entry.fixes
        ],
        "url": entry.url,
    }


def _edits(entry: Entry, fix: Fix, names: Names) -> Iterator[dict[str, object]]:
    notebook = entry.file.notebook if entry.file else None
    for edit in fix.edits:
        if not notebook or edit.path != entry.path:
            yield {"path": names[edit.path], "range": _range(edit.edit.span), "text": edit.edit.text}
    for cell, change in (
        notebook.changes(edit.edit for edit in fix.edits if edit.path == entry.path) if notebook else ()
    ):
        yield {"path": names[entry.path], "cell": cell.index, "range": _range(change.span), "text": change.text}


def _place(entry: Entry, path: Path, span: Span, names: Names) -> dict[str, object]:
    """Return where something is; in a notebook by the 0-based number of the cell, and the lines in that."""
    cell, inside = entry.locate(path, span)
    number = {"cell": cell.index} if cell else {}
    return {"path": names[path], **number, "range": _range(inside)}


def _range(span: Span) -> dict[str, dict[str, int]]:
    return {"start": _point(span.start), "end": _point(span.end)}


def _point(point: Point) -> dict[str, int]:
    return {"line": point.line + 1, "column": point.column + 1}
