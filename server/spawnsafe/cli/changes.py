"""Which lines have changed since a git revision, as git tells."""

import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

import click

from spawnsafe.cli.reports.entry import Entry

_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


class Changes:
    """The lines changed since a revision, in whichever repositories files lie. Methods raise click.ClickException."""

    def __init__(self, revision: str) -> None:
        """Begin without any repository read."""
        if revision.startswith("-"):
            raise click.BadParameter(f"{revision!r} is no revision", param_hint="--since")
        self._repository = cache(lambda folder: _Repository.around(folder, revision))
        self._lines = cache(self._lines_of)

    def touched(self, entries: list[Entry]) -> list[Entry]:
        """Return those entries of which a line changed, that of a note included."""
        return [each for each in entries if self._is_touched(each)]

    def _is_touched(self, entry: Entry) -> bool:
        places = [(entry.path, entry.span), *((note.path, note.span) for note in entry.notes)]
        return any(_overlap(entry.in_file(*place)[0], lines) for place in places for lines in self._lines(place[0]))

    def _lines_of(self, path: Path) -> list[range]:
        path = path.resolve()
        return self._repository(path.parent).changed(path)


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


_ALL = [range(2**63)]


@dataclass(frozen=True)
class _Repository:
    """A repository, and the commit from which its changes count."""

    top: Path
    base: str
    olds: dict[Path, Path] = field(default_factory=dict)
    """The names that changed files had, by their names now."""
    untracked: frozenset[Path] = frozenset()

    @classmethod
    def around(cls, folder: Path, revision: str) -> Self:
        """Ask git about the repository around a folder."""
        top = Path(_text(_git(folder, "rev-parse", "--show-toplevel", trouble=f"{folder} is in no git repository")))
        trouble = f"git knows no revision {revision!r} in {top} (in CI, fetch the whole history)"
        commit = _text(_git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", trouble=trouble))
        trouble = f"git finds no commit that {revision!r} and HEAD have in common (in CI, fetch the whole history)"
        base = _text(_git(top, "merge-base", commit, "HEAD", trouble=trouble))
        names = iter(_git(top, "diff", *_PLAIN, "--name-status", "-z", "-M", base).split(b"\0")[:-1])
        olds = {}
        for status in names:
            old = new = _path(top, next(names))
            if status[:1] in b"RC":
                new = _path(top, next(names))
            olds[new] = old
        untracked = _git(top, "ls-files", "--others", "-z").split(b"\0")[:-1]
        return cls(top, base, olds, frozenset(_path(top, name) for name in untracked))

    def changed(self, path: Path) -> list[range]:
        """Return the 0-based lines of a file that changed."""
        if path in self.untracked:
            return _ALL
        if path not in self.olds:
            return []
        old = self.olds[path]
        told = _git(self.top, "diff", *_PLAIN, "--unified=0", "-M", self.base, "--", str(old), str(path))
        return [_lines(match) for match in _HUNK.finditer(told)]


_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv")
"""Nothing that the repository's own configuration names is run, and nothing decorates the output."""


def _lines(match: re.Match[bytes]) -> range:
    start, count = int(match[1]) - 1, int(match[2] or 1)
    return range(start, start + count)


def _path(top: Path, name: bytes) -> Path:
    return top / name.decode("utf-8", "surrogateescape")


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape").removesuffix("\n")


def _git(folder: Path, *arguments: str, trouble: str = "") -> bytes:
    """Run git in a folder and return what it prints. Raises click.ClickException, which says `trouble` if git fails."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - git
    except OSError as error:
        raise click.ClickException(f"--since: git cannot be run: {error.strerror}") from None
    if done.returncode:
        lines = _text(done.stderr).splitlines()
        raise click.ClickException(f"--since: {trouble or (lines[-1] if lines else 'git fails')}")
    return done.stdout
