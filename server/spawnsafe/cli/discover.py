"""Which files are meant: those named, and the Python files of named folders that nothing excludes."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import click
from pathspec import GitIgnoreSpec

from spawnsafe.cli.trouble import Troubles
from spawnsafe.settings import Settings, is_repository

SUFFIXES = (".py", ".pyw")


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
    return ((folder, GitIgnoreSpec.from_lines(filter(_is_pattern, lines))),)


def _is_pattern(line: str) -> bool:
    """Whether a line of a .gitignore file is one that git takes, and not ignores as broken."""
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def find_files(argument: str, settings_of: Callable[[Path], Settings], troubles: Troubles) -> Iterator[str]:
    """Yield the files that an argument means, each as the argument spells it.

    A file is meant in any case. A folder is walked in the order of its names, without symbolic links, and
    without what git or `exclude` ignores; if the folder itself is ignored, only the .gitignore files in it
    count. Folders that cannot be read are told to `troubles`. Raises click.ClickException for an argument
    that does not exist.
    """
    path = Path(os.path.abspath(argument))  # noqa: PTH100 - resolve() would follow links
    if os.path.isdir(path):  # noqa: PTH112 - is_dir() may raise
        yield from _walk(argument, path, settings_of, troubles)
    elif os.path.isfile(path):  # noqa: PTH113 - the same
        yield argument
    else:
        raise click.ClickException(
            f"{argument} {'is no file or folder' if os.path.lexists(path) else 'does not exist'}"
        )


def _walk(argument: str, top: Path, settings_of: Callable[[Path], Settings], troubles: Troubles) -> Iterator[str]:
    ignore = GitIgnore.above(top)
    is_named_anyway = ignore.covers(top, is_folder=True) if ignore.rows else False
    is_excluded = settings_of(top).excludes(top, is_folder=True)
    pending = [(top, GitIgnore() if is_named_anyway else ignore)]
    while pending:
        folder, ignore = pending.pop()
        ignore, settings = ignore.within(folder), settings_of(folder)
        folders = []
        for path, is_folder in _entries(folder, troubles):
            if ignore.covers(path, is_folder=is_folder):
                continue
            if not is_excluded and settings.excludes(path, is_folder=is_folder):
                continue
            if is_folder:
                folders.append((path, ignore))
            else:
                yield _spelled(argument, top, path)
        pending.extend(reversed(folders))


def _entries(folder: Path, troubles: Troubles) -> list[tuple[Path, bool]]:
    """Return the Python files and the folders in a folder, by name; True marks the folders."""
    found = []
    with troubles.guarding(str(folder)), os.scandir(folder) as entries:
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder or (entry.name.endswith(SUFFIXES) and entry.is_file(follow_symlinks=False)):
                found.append((Path(entry.path), is_folder))
    return sorted(found)


def _spelled(argument: str, top: Path, path: Path) -> str:
    relative = os.path.relpath(path, top)
    return relative if argument == "." else os.path.join(argument, relative)  # noqa: PTH118 - keeps `./`


def belongs(path: Path, settings: Settings) -> bool:
    """Whether a file that was not named is the project's own: in its folder, and ignored by nothing."""
    ignore = GitIgnore.above(path.parent).within(path.parent)
    is_ignored = ignore.covers(path, is_folder=False) or settings.excludes(path)
    return path.is_relative_to(settings.folder) and not is_ignored
