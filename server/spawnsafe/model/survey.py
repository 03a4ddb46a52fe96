"""Which files of a project import which: known from a look at each, before anything is parsed or much is imported."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.model.environment import Environment
from spawnsafe.model.finder import Finder, Location, files_of, key
from spawnsafe.model.glances import Glance, aliases, glance

if TYPE_CHECKING:
    from spawnsafe.syntax import Notebook

NOTEBOOK = ".ipynb"
_MOST_SIBLINGS = 200
_MOST_CONTENTS = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one version of a file from another."""

    modified: int
    size: int

    @classmethod
    def of(cls, path: Path) -> "Stamp | None":
        """Return the stamp of a file on disk; None if there is none."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_mtime_ns, status.st_size)


class Survey:
    """Files by path, the texts of open editors over those on disk: what they show, and where their imports lead.

    `environment` is where the packages are that they import, `senders` are the dotted names of functions that send.
    """

    def __init__(self, src: Iterable[Path], environment: Path | None, senders: Collection[str]) -> None:
        """Begin without any file read."""
        self.environment = Environment(environment) if environment else None
        self.opened: dict[Path, str | Notebook] = {}
        """The texts of open editors. Whoever changes them says so to `forget`."""
        self.finder = Finder((path.absolute() for path in src), self.environment, self.opened)
        self._senders = senders
        self._notebooks: dict[Path, tuple[Stamp | None, Notebook]] = {}
        self._glances: dict[Path, tuple[Stamp | str | Notebook | None, Glance]] = {}
        self._users: dict[Location, set[Path]] = {}
        """The files that asked what an import means, found or not."""
        self._links: dict[Path, tuple[tuple[Path, frozenset[str]], ...]] = {}
        self._listed: dict[Path, list[Path]] = {}
        """The Python files in a folder."""
        self._importing: dict[Path, dict[Path, list[Path]]] = {}
        """Which of the files around a folder import a file."""
        self._contents: dict[Path, tuple[Stamp | None, bytes]] = {}
        """What was read last, the latest at the end: a file is looked over, asked for names, and parsed in turn."""
        self._leading: dict[Path, bool] = {}
        """Whether imports lead from a file to one that names a process API."""
        self._lively: dict[Path, bool] = {}

    def refresh(self) -> set[str]:
        """Look at the disk again, and return the keys of what came or went."""
        if self.environment is not None and self.environment.has_changed():
            self.environment = self.finder.environment = Environment(self.environment.selected)
        self._listed.clear()
        self._links.clear()
        return self.finder.refresh()

    def forget(self, changed: set[str]) -> Iterator[Path]:
        """Drop what was seen of modules, by their keys, and yield their files and those that asked about them."""
        self._importing.clear()
        self._leading.clear()
        self._lively.clear()
        seen = set[str]()
        while changed:
            seen |= changed
            users = (users for location, users in self._users.items() if not changed.isdisjoint(location.asked))
            changed = {key(str(user)) for user in set().union(*users)} - seen
        for path in (path for each in seen for path in files_of(each)):
            self._links.pop(path, None)
            yield path

    # --- what files show

    def glance(self, path: Path) -> Glance:
        """Look over a file, once for each version of it. Raises OSError if it cannot be read."""
        version = self.opened[path] if path in self.opened else Stamp.of(path)
        known = self._glances.get(path)
        if known is not None and version is not None and known[0] == version:
            return known[1]
        found = glance(self.content(path), self._senders)
        self._glances[path] = (version, found)
        return found

    def names_for(self, imported: Path, user: Path) -> frozenset[str]:
        """Return the names that a file which imports another one whole may have for it. Raises as `content`."""
        module = imported.parent if imported.name == "__init__.py" else imported
        return aliases(self.content(user)) | {module.stem}

    def content(self, path: Path) -> bytes:
        """Return the bytes of a file, of a notebook those of its code. Raises OSError, of a notebook as `notebook`."""
        source = self.opened.get(path)
        if source is None and path.suffix != NOTEBOOK:
            return self.on_disk(path)
        source = source or self.notebook(path)
        return (source if isinstance(source, str) else source.code).encode(errors="replace")

    def on_disk(self, path: Path) -> bytes:
        """Return the bytes of a file on disk, of the latest ones without reading it again. Raises OSError."""
        stamp, known = Stamp.of(path), self._contents.pop(path, None)
        if known is None or stamp is None or known[0] != stamp:
            known = stamp, path.read_bytes()
        self._contents[path] = known
        if len(self._contents) > _MOST_CONTENTS:
            del self._contents[next(iter(self._contents))]
        return known[1]

    def notebook(self, path: Path) -> "Notebook":
        """Return what a notebook's file says, read once for each version of it.

        Raises OSError if it cannot be read, UnicodeDecodeError or SyntaxError if it is no notebook.
        """
        from spawnsafe.syntax.notebook import NotebookFile  # noqa: PLC0415 - few projects have notebooks

        stamp = Stamp.of(path)
        known = self._notebooks.get(path)
        if known is None or stamp is None or known[0] != stamp:
            known = self._notebooks[path] = stamp, NotebookFile.parse(path.read_bytes().decode()).notebook
        return known[1]

    def stamps(self) -> Iterator[tuple[Path, Stamp, int]]:
        """Yield the files that were looked at and are not open, each with its stamp and checksum."""
        for path, (stamp, shown) in self._glances.items():
            if isinstance(stamp, Stamp):
                yield path, stamp, shown.checksum

    def edges(self) -> Iterator[tuple[Path, set[Path]]]:
        """Yield the files whose imports were followed, each with the files that these name."""
        found: dict[Path, set[Path]] = {}
        for location, users in self._users.items():
            if location.file is not None:
                for user in users:
                    found.setdefault(user, set()).add(location.file)
        yield from found.items()

    def may_matter(self, path: Path) -> bool:
        """Whether imports lead from a file, or from one around it that imports it, to one that names a process API.

        Where they do not, nothing can be found in the file. Raises as `glance` and `notebook`.
        """
        self.glance(path)
        return self._leads_to_api(path) or (
            self._is_lively(path.parent) and any(map(self._leads_to_api, self.importers(path)))
        )

    def _is_lively(self, folder: Path) -> bool:
        """Whether imports lead from any file around a folder to one that names a process API."""
        if folder not in self._lively:
            self._lively[folder] = any(map(self._leads_to_api, self._around(folder)))
        return self._lively[folder]

    def _leads_to_api(self, path: Path) -> bool:
        known = self._leading.get(path)
        if known is not None:
            return known
        pending, seen = [path], {path}
        while pending:
            each = pending.pop()
            if self._leading.get(each) or self.names_api(each):
                self._leading[path] = True
                return True
            unseen = {imported for imported in self.imports(each) if self._leading.get(imported) is not False} - seen
            seen |= unseen
            pending += unseen
        self._leading.update(dict.fromkeys(seen, False))
        return False

    def names_api(self, path: Path) -> bool:
        """Whether a file can be read and names a process API or a sender."""
        try:
            shown = self.glance(path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            return False
        return shown.names_api or shown.names_sender

    # --- where imports lead

    def locate(self, user: Path, name: str, level: int) -> Path | None:
        """Return the file that an import in a file names; for a folder without `__init__.py`, where that would be."""
        found = self.finder.locate(user.parent, name, level)
        self._users.setdefault(found, set()).add(user)
        return found.file

    def submodule(self, package: Path, name: str) -> Path | None:
        """Return the file of a module in a package, given by its `__init__.py`."""
        found = self.finder.submodule(package.parent, name)
        self._users.setdefault(found, set()).add(package)
        return found.file

    def name(self, path: Path) -> str:
        """Return the dotted name by which Python would import a file."""
        packages, asked = self.finder.package(path.parent)
        self._users.setdefault(asked, set()).add(path)
        return ".".join((*packages, path.stem) if path.stem != "__init__" else packages)

    def imports(self, path: Path) -> Iterator[Path]:
        """Yield the files of the project that a file seems to import."""
        with suppress(OSError, UnicodeDecodeError, SyntaxError):
            yield from (imported for imported, _ in self.imported_files(path))

    def imported_files(self, path: Path) -> tuple[tuple[Path, frozenset[str]], ...]:
        """Return the files of the project that the import lines of a file seem to name, with the names they take.

        No names stand for the module itself; a star for all of them. Raises as `glance` and `notebook`.
        """
        known = self._links.get(path)
        if known is None:
            known = self._links[path] = tuple(self._links_of(path))
        return known

    def _links_of(self, path: Path) -> Iterator[tuple[Path, frozenset[str]]]:
        for dotted, taken in self.glance(path).imports:
            level = len(dotted) - len(dotted.lstrip("."))
            name = dotted[level:]
            found = self.locate(path, name, level)
            if found is not None and found != path:
                yield found, taken
            if found is None or found.name != "__init__.py":
                continue  # there is no module in it
            for inner in sorted(taken - {"*"}):
                found = self.locate(path, f"{name}.{inner}" if name else inner, level)
                if found is not None and found != path:
                    yield found, frozenset()

    def is_imported(self, path: Path) -> bool:
        """Whether an import line of another file in a file's folder seems to name it."""
        return any(path in self.imports(other) for other in self._files_in(path.parent) if other != path)

    def importers(self, path: Path) -> Iterator[Path]:
        """Yield the files around a file that seem to import it or each other, those that name it first."""
        importing = self._importing_around(path)
        pending, seen = deque([path]), {path}
        while pending:
            for other in importing.get(pending.popleft(), ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
                    yield other

    def _importing_around(self, path: Path) -> dict[Path, list[Path]]:
        known = self._importing.get(path.parent)
        if known is None:
            known = self._importing[path.parent] = {}
            for other in self._around(path.parent):
                for imported in dict.fromkeys(self.imports(other)):
                    known.setdefault(imported, []).append(other)
        return known

    def _around(self, folder: Path) -> list[Path]:
        """Return the files in a folder, and in those around it up to that of the outermost package."""
        found = list(self._files_in(folder))
        while self.finder.is_package(folder):
            folder = folder.parent
            found += self._files_in(folder)
        return found

    def _files_in(self, folder: Path) -> list[Path]:
        if folder not in self._listed:
            names = sorted(name for name in self.finder.files_in(folder) if name.endswith(".py"))
            self._listed[folder] = [folder / name for name in names[:_MOST_SIBLINGS]]
        return self._listed[folder]
