"""Applies safe fixes, one after the other, until nothing changes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from spawnsafe.check import Diagnostic, check, fixes
from spawnsafe.cli.patch import Change, ChangedMeanwhileError, Original
from spawnsafe.cli.workspace import Workspace
from spawnsafe.edits import ignoring
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.source import apply_edits

MAX_ROUNDS = 100
"""How many fixes a file may take; a bound against fixes that undo each other."""


@dataclass
class Repairs:
    """The fixes applied so far. Changed texts stand in the workspace as overlays; nothing is written.

    `may_change` says which files a fix may touch.
    """

    workspace: Workspace
    read: Callable[[Path], Original]
    """Reads a file as it is before any fix."""
    may_change: Callable[[Path], bool]
    fixed: Counter[Path] = field(default_factory=Counter)
    """How many findings were repaired, by the file that they were found in."""
    texts: dict[Path, str] = field(default_factory=dict)
    originals: dict[Path, Original] = field(default_factory=dict)
    linked: list[set[Path]] = field(default_factory=list)
    """Files that changed together and must be written together."""

    def repair(self, path: Path) -> None:
        """Apply the first safe fix of each diagnostic of a file, analysing it anew after each.

        Raises what `Workspace.module` and
        `read` raise, and ChangedMeanwhileError.
        """
        for _ in range(MAX_ROUNDS):
            if not any(self._apply(path, diagnostic, fix) for diagnostic, fix in self._safe_fixes(path)):
                return
            self.fixed[path] += 1

    def ignore(self, path: Path) -> None:
        """Suppress each diagnostic of a file by a comment, where one can stand. Raises as `repair` does."""
        module, before = self.workspace.module(path), self._count(path)
        found = [each for each in check(module, self.workspace.policy(path)) if not each.rule.review]
        edits = ignoring(module, ((each.finding.span, each.rule.code) for each in found))
        new = self._edited(Fix("Ignore them", tuple(edits), safe=False))
        if edits and new:
            self._overlay(new)
            self._link({path})
            self.fixed[path] = before - self._count(path)

    def changes(self) -> list[list[Change]]:
        """Return the changed files, those together that must be written together."""
        return [
            [Change(path, self.originals[path], self.texts[path]) for path in sorted(paths & self.texts.keys())]
            for paths in self.linked
        ]

    def undo(self, paths: set[Path]) -> None:
        """Take back all fixes of files that changed together with these."""
        for group in [group for group in self.linked if group & paths]:
            self.linked.remove(group)
            for path in group:
                self._overlay({path: None})
                del self.fixed[path]

    def _safe_fixes(self, path: Path) -> Iterator[tuple[Diagnostic, Fix]]:
        module = self.workspace.module(path)
        for diagnostic in check(module, self.workspace.policy(path)):
            fix = next(iter(fixes(module, diagnostic)), None)
            if fix and fix.safe:
                yield diagnostic, fix

    def _apply(self, path: Path, diagnostic: Diagnostic, fix: Fix) -> bool:
        """Apply a fix and tell whether it did its work; undo it if not."""
        new = self._edited(fix)
        if new is None:
            return False
        before = {touched: self.texts.get(touched) for touched in new}
        problems = self._problems(new)
        same = self._same(path, diagnostic)
        self._overlay(new)
        if self._problems(new) > problems or self._same(path, diagnostic) >= same:
            self._overlay(before)
            return False
        self._link({path, *new})
        return True

    def _edited(self, fix: Fix) -> dict[Path, str] | None:
        """Return the texts after a fix; None if it touches a file that it may not or its edits overlap."""
        new = {}
        by_path = sorted(fix.edits, key=_path)
        for path, edits in groupby(by_path, key=_path):
            if not self.may_change(path):
                return None
            text = self.workspace.module(path).text
            original = self.originals.setdefault(path, self.read(path))
            if path not in self.texts and text.string != original.text:
                raise ChangedMeanwhileError(path)
            try:
                new[path] = apply_edits(text, [edit.edit for edit in edits])
            except ValueError:
                return None
        return new

    def _overlay(self, texts: Mapping[Path, str | None]) -> None:
        for path, text in texts.items():
            self.workspace.overlay(path, text)
            if text is None:
                self.texts.pop(path, None)
            else:
                self.texts[path] = text

    def _problems(self, paths: Iterable[Path]) -> int:
        """Count the parts of files that do not parse."""
        return sum(len(list(self.workspace.module(path).problems)) for path in paths)

    def _same(self, path: Path, diagnostic: Diagnostic) -> int:
        """Count the diagnostics of a file that say the same."""
        said = (diagnostic.rule.code, diagnostic.finding.problem)
        found = check(self.workspace.module(path), self.workspace.policy(path))
        return sum((other.rule.code, other.finding.problem) == said for other in found)

    def _count(self, path: Path) -> int:
        return len(check(self.workspace.module(path), self.workspace.policy(path)))

    def _link(self, paths: set[Path]) -> None:
        apart = [group for group in self.linked if not group & paths]
        touching = [group for group in self.linked if group & paths]
        self.linked = [*apart, paths.union(*touching)]


def _path(edit: FileEdit) -> Path:
    return edit.path
