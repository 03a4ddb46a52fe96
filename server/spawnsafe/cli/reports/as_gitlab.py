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
                "lines": {"begin": entry.span.start.line + 1, "end": entry.span.end.line + 1},
            },
        }
        for entry, fingerprint in fingerprinted(entries, names)
    ]
    yield json.dumps(issues, indent=2)
