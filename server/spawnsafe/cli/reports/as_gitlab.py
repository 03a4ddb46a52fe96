"""The Code Quality report that GitLab shows in merge requests."""

import json
from collections.abc import Iterable, Iterator

from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry, Names, fingerprinted

FOR_PEOPLE = False

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFORMATION: "info"}


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield the report."""
    issues = [
        {
            "description": f"{entry.problem} {entry.help}",
            "check_name": entry.rule,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[entry.severity],
            "location": {
                "path": names.in_repository(entry.path),
                "lines": _lines(entry),
            },
        }
        for entry, fingerprint in fingerprinted(entries, names)
    ]
    yield json.dumps(issues, indent=2)


def _lines(entry: Entry) -> dict[str, int]:
    lines, _ = entry.in_file(entry.path, entry.span)
    return {"begin": lines.start + 1, "end": lines.stop}
