"""What was found once and is to be let pass: a file of findings that survives shifted lines.

A finding is known by its path, rule and problem, which name no lines, and by how many of the same there are.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import click

from spawnsafe.cli.outputs import write_whole
from spawnsafe.cli.reports.entry import Entry

_VERSION = 1


class Known(NamedTuple):
    """What findings of a baseline agree in; the path is relative to the folder of the baseline, with slashes."""

    path: str
    rule: str
    problem: str


@dataclass
class Baseline:
    """A baseline beside what a run finds."""

    path: Path
    known: Counter[Known] = field(default_factory=Counter)
    found: Counter[Known] = field(default_factory=Counter)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a baseline. Raises click.ClickException."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != _VERSION:
                raise click.ClickException(f"{path}: version {document['version']!r} is not known; update spawnsafe")
            known = Counter(
                {Known(row["path"], row["rule"], row["problem"]): row["count"] for row in document["findings"]}
            )
        except OSError as error:
            hint = "; --update-baseline makes it" if isinstance(error, FileNotFoundError) else ""
            raise click.ClickException(f"{path}: {error.strerror}{hint}") from None
        except (ValueError, TypeError, KeyError):
            raise click.ClickException(f"{path}: this is no baseline; --update-baseline makes one") from None
        return cls(path, known)

    @classmethod
    def read_if_there(cls, path: Path) -> Self:
        """Read a baseline that may not be there yet. Raises click.ClickException."""
        return cls.read(path) if path.exists() else cls(path)

    def new(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those entries that the baseline does not know; of more of the same than it knows, the last."""
        new = []
        for entry in entries:
            identity = self._identity(entry)
            self.found[identity] += 1
            if self.found[identity] > self.known[identity]:
                new.append(entry)
        return new

    def stale(self, is_checked: Callable[[Path, str], bool]) -> Counter[Known]:
        """Return what is known and not found any more, where a file was checked for a rule."""
        return self.known - self.found - self._unchecked(is_checked)

    def update(self, is_checked: Callable[[Path, str], bool]) -> int:
        """Write what is found, and what is known of that was not checked; return how much that is. Raises OSError."""
        rows = self.found | self._unchecked(is_checked)
        findings = [{**known._asdict(), "count": count} for known, count in sorted(rows.items()) if count > 0]
        write_whole(self.path, json.dumps({"version": _VERSION, "findings": findings}, indent=2) + "\n")
        return rows.total()

    def _unchecked(self, is_checked: Callable[[Path, str], bool]) -> Counter[Known]:
        return Counter(
            {known: count for known, count in self.known.items() if not is_checked(self._absolute(known), known.rule)}
        )

    def _identity(self, entry: Entry) -> Known:
        return Known(Path(os.path.relpath(entry.path, self.path.parent)).as_posix(), entry.rule, entry.problem)

    def _absolute(self, known: Known) -> Path:
        return Path(os.path.normpath(self.path.parent / known.path))
