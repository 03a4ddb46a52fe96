"""A JSON object on a line for each finding, as in the list of `json`."""

import json
from collections.abc import Iterable, Iterator

from spawnsafe.cli.reports.as_json import as_object
from spawnsafe.cli.reports.entry import Entry, Names

FOR_PEOPLE = False


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield each entry as a line."""
    for entry in entries:
        yield json.dumps(as_object(entry, names))
