"""SARIF 2.1.0, which GitHub code scanning and many other services read."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from spawnsafe import __version__
from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry, Names, fingerprinted
from spawnsafe.cli.reports.text import place
from spawnsafe.findings import FileEdit, Fix, Note
from spawnsafe.pages import read_page
from spawnsafe.rules import find_rule
from spawnsafe.source import Span

FOR_PEOPLE = False

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield the log."""
    found = list(fingerprinted(entries, names))
    codes = sorted({entry.rule for entry, _ in found})
    driver = {"name": "spawnsafe", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(entry, fingerprint, codes, names) for entry, fingerprint in found],
    }
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, object]:
    """Return what is said of a rule: its page, which viewers show beside its results."""
    rule = find_rule(code)
    if rule is None:
        return {"id": code, "shortDescription": {"text": "A part of a file does not parse."}}
    page = read_page(rule.page)
    return {
        "id": code,
        "shortDescription": {"text": rule.summary},
        "help": {"text": page.intro.strip() or rule.summary, "markdown": page.text},
        "properties": {"tags": [rule.family, rule.kind.value]},
    }


def _result(entry: Entry, fingerprint: str, codes: Sequence[str], names: Names) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": entry.rule,
        "ruleIndex": codes.index(entry.rule),
        "level": _LEVELS[entry.severity],
        "message": {"text": f"{entry.problem} {entry.help}"},
        "locations": [_location(entry, entry.path, entry.span, names)],
        "partialFingerprints": {"spawnsafe/v1": fingerprint},
    }
    if entry.notes:
        result["relatedLocations"] = [_related(entry, number, note, names) for number, note in enumerate(entry.notes)]
    if entry.fixes and not entry.file:  # replacements are of the file's text, which is that of no cell
        result["fixes"] = [_fix(fix, names) for fix in entry.fixes]
    return result


def _related(entry: Entry, number: int, note: Note, names: Names) -> dict[str, object]:
    return {"id": number, "message": {"text": note.message}} | _location(entry, note.path, note.span, names)


def _location(entry: Entry, path: Path, span: Span, names: Names) -> dict[str, object]:
    lines, has_columns = entry.in_file(path, span)
    region = _region(span) if has_columns else {"startLine": lines.start + 1, "endLine": lines.stop}
    location: dict[str, object] = {"physicalLocation": {"artifactLocation": _artifact(path, names), "region": region}}
    if not has_columns:
        location["logicalLocations"] = [{"fullyQualifiedName": place(entry, path, span, names)}]
    return location


def _fix(fix: Fix, names: Names) -> dict[str, object]:
    """Return a fix; those that are not safe say so."""
    by_path = groupby(sorted(fix.edits, key=_path), key=_path)
    changes = [
        {"artifactLocation": _artifact(path, names), "replacements": [_replacement(each) for each in edits]}
        for path, edits in by_path
    ]
    title = fix.title if fix.safe else f"{fix.title} (to be looked over)"
    return {"description": {"text": title}, "artifactChanges": changes}


def _path(edit: FileEdit) -> Path:
    return edit.path


def _replacement(edit: FileEdit) -> dict[str, object]:
    return {"deletedRegion": _region(edit.edit.span), "insertedContent": {"text": edit.edit.text}}


def _artifact(path: Path, names: Names) -> Mapping[str, str]:
    name = names.in_repository(path)
    return {"uri": path.as_uri()} if Path(name).is_absolute() else {"uri": quote(name)}


def _region(span: Span) -> Mapping[str, int]:
    return {
        "startLine": span.start.line + 1,
        "startColumn": span.start.column + 1,
        "endLine": span.end.line + 1,
        "endColumn": span.end.column + 1,
    }
