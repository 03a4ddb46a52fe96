"""Through which names of a file others reach worker processes, in whatever circles files import each other."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from spawnsafe.model.glances import mentions
from spawnsafe.model.survey import Survey

Names = frozenset[str]


class Exports:
    """The exports of files, worked out when they are asked for.

    `of_file` works out those of a file that reaches workers, and may ask for those of the files that it imports. Files
    that import each other, directly or not, are a circle, and looked at together: first those that name a process API
    or a sender, then those that take what others are found to export. So it makes no difference which of them somebody
    asks about first.
    """

    def __init__(self, survey: Survey, of_file: Callable[[Path], Names]) -> None:
        self._survey = survey
        self._of_file = of_file
        self._known: dict[Path, Names] = {}
        self._reaching: dict[Path, bool] = {}
        self._circles = 0
        """How many circles are being looked at."""

    def forget(self, paths: set[Path] | None = None) -> None:
        """Drop what is known of some files, or of all."""
        for path in tuple(self._known) if paths is None else paths:
            self._known.pop(path, None)
        self._reaching.clear()

    def of(self, path: Path) -> Names:
        """Return the names of a file through which others reach worker processes."""
        if path not in self._known:
            for circle in _circles(path, self._unknown_imports):
                self._look_at(circle)
        return self._known[path]

    def reaches_workers(self, path: Path) -> bool:
        """Whether a file names a process API or a sender, or uses what it imports to start workers or to send.

        Raises as `Survey.glance` and `Survey.notebook`.
        """
        known = self._reaching.get(path)
        if known is None:
            shown = self._survey.glance(path)
            known = shown.names_api or shown.names_sender or self._takes_exports(path) or self._uses_modules(path)
            if not self._circles:  # else it is not known yet what files that import each other export
                self._reaching[path] = known
        return known

    def _takes_exports(self, path: Path) -> bool:
        """Whether a file imports by name what reaches workers."""
        return any(
            names and ("*" in names or names & exported)
            for imported, names in self._survey.imported_files(path)
            if (exported := self.of(imported))
        )

    def _uses_modules(self, path: Path) -> bool:
        """Whether a file seems to use what reaches workers of the modules that it imports whole."""
        modules = self._modules(path)
        content = self._survey.content(path) if modules else b""
        return any(mentions(content, self._survey.names_for(each, path), self.of(each)) for each in modules)

    def _modules(self, path: Path) -> list[Path]:
        """Return the files with exports that a file imports whole."""
        imports = self._survey.imported_files(path)
        return [imported for imported, names in imports if not names and self.of(imported)]

    def _reaches_workers_if_read(self, path: Path) -> bool:
        try:
            return self.reaches_workers(path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            return False

    def _handed_on(self, path: Path) -> Names:
        """Return the names that a file may have for modules with exports, and for the packages that they are in."""
        with suppress(OSError, UnicodeDecodeError, SyntaxError):
            modules = self._modules(path)
            names = (self._survey.names_for(each, path) for each in modules)
            return frozenset(each.parent.name for each in modules).union(*names)
        return frozenset()

    def _unknown_imports(self, path: Path) -> Iterator[Path]:
        return (imported for imported in self._survey.imports(path) if imported not in self._known)

    def _look_at(self, circle: list[Path]) -> None:
        """Work out the exports of files that import each other, of which those that they import besides are known."""
        self._known.update(dict.fromkeys(circle, frozenset()))
        self._circles += 1
        try:
            users, reaching = self._users(circle), set[Path]()
            pending = deque(sorted(circle, key=lambda path: (not self._survey.names_api(path), path)))
            while pending:
                each = pending.popleft()
                if each in reaching:
                    continue
                if self._reaches_workers_if_read(each):
                    reaching.add(each)
                found = self._of_file(each) if each in reaching else self._handed_on(each)
                if found != self._known[each]:
                    self._known[each] = found
                    pending.extend(users[each])
        finally:
            self._circles -= 1

    def _users(self, circle: list[Path]) -> dict[Path, list[Path]]:
        """Return by which others each file of a circle is imported, in their order."""
        users: dict[Path, list[Path]] = {path: [] for path in circle}
        for user in sorted(circle) if len(circle) > 1 else ():
            for imported in dict.fromkeys(self._survey.imports(user)):
                if imported in users:
                    users[imported].append(user)
        return users


def _circles(start: Path, imports: Callable[[Path], Iterator[Path]]) -> Iterator[list[Path]]:
    """Yield the files to which imports lead from one, in circles; those that a circle imports come before it.

    (The strongly connected components, found as Tarjan does; no recursion: files import each other hundreds deep.)
    """
    numbers = {start: 0}
    lowest = {start: 0}
    open_files = [start]
    closed = set[Path]()
    way = [(start, imports(start))]
    while way:
        path, left = way[-1]
        for imported in left:
            if imported not in numbers:
                numbers[imported] = lowest[imported] = len(numbers)
                open_files.append(imported)
                way.append((imported, imports(imported)))
                break
            if imported not in closed:
                lowest[path] = min(lowest[path], numbers[imported])
        else:
            way.pop()
            if way:
                user = way[-1][0]
                lowest[user] = min(lowest[user], lowest[path])
            if lowest[path] == numbers[path]:
                first = open_files.index(path)
                circle = open_files[first:]
                del open_files[first:]
                closed.update(circle)
                yield circle
