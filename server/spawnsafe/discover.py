"""Which files belong to a project: the Python files and notebooks in its folders that nothing excludes."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

from pathspec import GitIgnoreSpec

from spawnsafe.patterns import patterns_of
from spawnsafe.settings import Settings, is_repository

SUFFIXES = (".py", ".pyw", ".ipynb")

Guard: TypeAlias = Callable[[str], AbstractContextManager[None]]
"""Gives what is to be entered while a folder of that name is read, and deals with what goes wrong there."""


@dataclass(frozen=True, slots=True)
class GitIgnore:
    """The patterns of the .gitignore files that hold in a folder, outermost first, each with its folder."""

    rows: tuple[tuple[Path, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, folder: Path) -> Self:
        """Return what holds in a folder by the files above it in its repository, its own not included."""
        parents = list(folder.parents)
        top = next((parent for parent in (folder, *parents) if is_repository(parent)), folder)
        ignore = cls(_patterns(top, top / ".git" / "info" / "exclude"))
        for parent in reversed(parents[: parents.index(top) + 1] if top in parents else []):
            ignore = ignore.within(parent)
        return ignore

    def within(self, folder: Path) -> Self:
        """Return what holds in a folder, given what holds above it."""
        return type(self)((*self.rows, *_patterns(folder, folder / ".gitignore")))

    def covers(self, path: Path, *, is_folder: bool) -> bool:
        """Whether git ignores a file or folder; the innermost pattern that says anything about it decides."""
        for folder, spec in reversed(self.rows):
            verdict = spec.check_file(path.relative_to(folder).as_posix() + "/" * is_folder).include
            if verdict is not None:
                return verdict
        return False


def _patterns(folder: Path, file: Path) -> tuple[tuple[Path, GitIgnoreSpec], ...]:
    """Return the patterns of a file that hold below a folder, as a row; no row if it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return ((folder, patterns_of(filter(_is_pattern, lines))),)


def _is_pattern(line: str) -> bool:
    """Whether a line of a .gitignore file is one that git takes, and not ignores as broken."""
    try:
        patterns_of([line])
    except ValueError:
        return False
    return True


def find_files(top: Path, settings_of: Callable[[Path], Settings], guard: Guard) -> Iterator[Path]:
    """Yield the files in a folder, in the order of their names.

    It is walked without symbolic links, and without what git or `exclude` ignores; if the folder itself is ignored,
    only the .gitignore files in it count. Raises SettingsError for wrong settings.
    """
    ignore = GitIgnore.above(top)
    is_named_anyway = ignore.covers(top, is_folder=True) if ignore.rows else False
    is_excluded = settings_of(top).excludes(top, is_folder=True)
    pending = [(top, GitIgnore() if is_named_anyway else ignore)]
    while pending:
        folder, ignore = pending.pop()
        ignore, settings = ignore.within(folder), settings_of(folder)
        folders = []
        for path, is_folder in _entries(folder, guard):
            if ignore.covers(path, is_folder=is_folder):
                continue
            if not is_excluded and settings.excludes(path, is_folder=is_folder):
                continue
            if is_folder:
                folders.append((path, ignore))
            else:
                yield path
        pending.extend(reversed(folders))


def _entries(folder: Path, guard: Guard) -> list[tuple[Path, bool]]:
    """Return the Python files and the folders in a folder, by name; True marks the folders."""
    found = []
    with guard(str(folder)), os.scandir(folder) as entries:
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder or (entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)):
                found.append((Path(entry.path), is_folder))
    return sorted(found)


def belongs(path: Path, settings: Settings) -> bool:
    """Whether a file that was not named is the project's own: in its folder, and ignored by nothing."""
    ignore = GitIgnore.above(path.parent).within(path.parent)
    is_ignored = ignore.covers(path, is_folder=False) or settings.excludes(path)
    return path.is_relative_to(settings.folder) and not is_ignored
