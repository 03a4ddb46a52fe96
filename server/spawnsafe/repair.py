"""Applies safe fixes, one after the other, until nothing changes."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Protocol

from spawnsafe.check import Diagnostic, Policy, check, fixes
from spawnsafe.edits import ignoring
from spawnsafe.findings import FileEdit
from spawnsafe.model import Module
from spawnsafe.source import apply_edits

SPARE_FIXES = 100
"""How many fixes a file may take beyond one for each finding; a bound against fixes that undo each other."""


class Files(Protocol):
    """The files that are repaired."""

    def module(self, path: Path) -> Module:
        """Return a file's model. Raises OSError, UnicodeDecodeError or SyntaxError if it cannot be read."""

    def policy(self, path: Path) -> Policy:
        """Return what counts in a file."""

    def overlay(self, path: Path, text: str | None) -> None:
        """Let a text stand for a file, None for what it was at first."""


@dataclass
class Repairs:
    """The fixes applied so far. Changed texts stand over the files as overlays; nothing is written.

    `may_change` says which files a fix may touch.
    """

    files: Files
    may_change: Callable[[Path], bool]
    before: dict[Path, str] = field(default_factory=dict)
    """What the changed files were before the first fix."""
    after: dict[Path, str] = field(default_factory=dict)
    fixed: Counter[Path] = field(default_factory=Counter)
    """How many findings were repaired, by the file that they were found in."""
    groups: list[set[Path]] = field(default_factory=list)
    """Files that changed together: whoever writes one must write the others."""

    def found(self, path: Path) -> list[Diagnostic]:
        """Return what is found in a file as it is now. Raises what `Files.module` raises."""
        return check(self.files.module(path), self.files.policy(path))

    def repair(self, path: Path, rule: str | None = None) -> None:
        """Apply the safe fixes of what is found in a file, or of what one rule finds, until none is left.

        Raises what `Files.module` raises.
        """
        for _ in range(len(self.found(path)) + SPARE_FIXES):
            found = (each for each in self.found(path) if rule in (None, each.rule.code))
            if not any(map(self.mend, found)):
                return

    def mend(self, diagnostic: Diagnostic) -> bool:
        """Apply the first fix of a diagnostic if that is safe, and tell whether it did its work; undo it if not."""
        path = diagnostic.path
        fix = next(iter(fixes(self.files.module(path), diagnostic)), None)
        new = self._edited(fix.edits) if fix and fix.safe else None
        if new is None:
            return False
        last = {touched: self.after.get(touched) for touched in new}
        problems, same = self._problems(new), self._same(diagnostic)
        self._overlay(new)
        if self._problems(new) > problems or self._same(diagnostic) >= same:
            self._overlay(last)
            return False
        self._link({path, *new})
        self.fixed[path] += 1
        return True

    def ignore(self, path: Path) -> None:
        """Suppress each diagnostic of a file by a comment, where one can stand. Raises what `Files.module` raises."""
        found = self._all_found(path)
        places = ((each.finding.span, each.rule.code) for each in found if not each.rule.review)
        new = self._edited(ignoring(self.files.module(path), places))
        if new:
            self._overlay(new)
            self._link({path})
            self.fixed[path] = len(found) - len(self._all_found(path))

    def _all_found(self, path: Path) -> list[Diagnostic]:
        return check(self.files.module(path), self.files.policy(path), with_followers=True)

    def undo(self, paths: set[Path]) -> None:
        """Take back all fixes of files that changed together with these."""
        for group in [group for group in self.groups if group & paths]:
            self.groups.remove(group)
            self._overlay(dict.fromkeys(group & self.after.keys()))
            for path in group:
                del self.fixed[path]

    def _edited(self, edits: Iterable[FileEdit]) -> dict[Path, str] | None:
        """Return the texts after a fix; None if it touches a file that it may not or its edits overlap."""
        new = {}
        for path, its in groupby(sorted(edits, key=_path), key=_path):
            if not self.may_change(path):
                return None
            try:
                new[path] = apply_edits(self.files.module(path).text, [each.edit for each in its])
            except ValueError:
                return None
        return new

    def _overlay(self, texts: Mapping[Path, str | None]) -> None:
        for path, text in texts.items():
            if path not in self.after:
                self.before[path] = self.files.module(path).text.string
            self.files.overlay(path, text)
            if text is None:
                self.after.pop(path, None)
            else:
                self.after[path] = text

    def _problems(self, paths: Iterable[Path]) -> int:
        """Count the parts of files that do not parse."""
        return sum(len(list(self.files.module(path).problems)) for path in paths)

    def _same(self, diagnostic: Diagnostic) -> int:
        """Count the diagnostics of a file that say the same."""
        return sum(_said(other) == _said(diagnostic) for other in self.found(diagnostic.path))

    def _link(self, paths: set[Path]) -> None:
        apart = [group for group in self.groups if not group & paths]
        touching = [group for group in self.groups if group & paths]
        self.groups = [*apart, paths.union(*touching)]


def _path(edit: FileEdit) -> Path:
    return edit.path


def _said(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.rule.code, diagnostic.finding.problem
