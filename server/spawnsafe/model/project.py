"""The modules of a project: read, found by import, kept current. The only place that reads files."""

import io
import sys
import tokenize
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from spawnsafe.model.apis import Sender
from spawnsafe.model.environment import Definition, Environment
from spawnsafe.model.finder import Finder, Location, files_of, key
from spawnsafe.model.flow import member
from spawnsafe.model.glances import SMALL, Glance, glance
from spawnsafe.model.memory import Progress
from spawnsafe.model.module import Module
from spawnsafe.model.values import ANYTHING, Anything, Class, External, Function, ProjectModule, Value
from spawnsafe.syntax import NOTHING, Document, Notebook, excerpt, read
from spawnsafe.syntax.notebook import SUFFIX as NOTEBOOK
from spawnsafe.syntax.notebook import NotebookFile


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells one version of a file from another."""

    modified: int
    size: int


class Project:
    """Modules by path, with the texts of open editors over those on disk. To be used by one thread.

    Imports start where a `Finder` says, and in `src`. `environment` is where the packages are that it imports: a
    virtual environment, or an interpreter. `senders` are functions that send, by dotted name.
    """

    def __init__(
        self,
        src: Iterable[Path] = (),
        environment: Path | None = None,
        senders: Mapping[str, Sender] | None = None,
    ) -> None:
        self.senders = dict(senders or {})
        self.progress = Progress()
        self._environment = Environment(environment) if environment else None
        self._outside: dict[str, Value | None] = {}
        self._open: dict[Path, str | Notebook] = {}
        self._finder = Finder((path.absolute() for path in src), self._environment, self._open)
        self._cells: dict[Path, Notebook] = {}
        """What the texts that are put over notebooks were before their edits."""
        self._notebooks: dict[Path, tuple[_Stamp | None, Notebook]] = {}
        self._documents: dict[Path, tuple[_Stamp | None, Document]] = {}
        self._glances: dict[Path, tuple[_Stamp | str | Notebook | None, Glance]] = {}
        self._modules: dict[Path, Module] = {}
        self._users: dict[Location, set[Path]] = {}
        """The files that asked what an import means, found or not."""
        self._links: dict[Path, tuple[tuple[Path, frozenset[str]], ...]] = {}
        """The files of the project that the import lines of a file seem to name, with the names they take."""
        self._imported: dict[Path, bool] = {}
        self._exports: dict[Path, frozenset[str]] = {}
        self._visited: list[Path] = []
        self._reaching: dict[Path, bool] = {}
        self._senders: dict[Path, list[Module]] = {}
        self._listed: dict[Path, list[Path]] = {}
        """The Python files in a folder."""
        self._importing: dict[Path, dict[Path, list[Path]]] = {}
        """Which of the files around a folder import a file."""
        self._changes = 0
        self._own_changes: Counter[Path] = Counter()

    # --- texts

    def open(self, path: Path, text: str | Notebook) -> None:
        """Put a text over the file on disk, until `close`; that of a notebook is what its cells have become."""
        path = path.absolute()
        if isinstance(text, Notebook):
            self._cells[path] = text
        elif path.suffix == NOTEBOOK:
            text = self._base(path).with_text(text)
        if self._open.get(path) != text:
            is_new = path not in self._open and not self._finder.is_file(path)
            self._open[path] = text
            self._forget({key(str(path))})
            self._own_changes[path] += 1
            if is_new:
                self._look_at_folders_again()

    def changes_around(self, path: Path) -> int:
        """Return a number that is another one if anything but this file may have changed since."""
        return self._changes - self._own_changes[path]

    def close(self, path: Path) -> None:
        """Take the text of the file on disk again."""
        path = path.absolute()
        self._cells.pop(path, None)
        if self._open.pop(path, None) is not None:
            self._forget({key(str(path))})
            if not path.is_file():
                self._look_at_folders_again()

    def refresh(self) -> None:
        """Look at the disk again: files may have changed, come or gone, and packages been installed."""
        if self._environment is not None and self._environment.has_changed():
            self._environment = self._finder.environment = Environment(self._environment.selected)
            self._outside.clear()
            self._modules.clear()
        self._imported.clear()
        self._exports.clear()
        self._reaching.clear()
        self._senders.clear()
        self._look_at_folders_again()
        changed = set()
        for path in list(self._modules):
            stamp = self._documents[path][0] if path in self._documents else None
            if path not in self._open and stamp != _stamp(path):
                changed.add(path)
        self._forget({key(str(path)) for path in changed})

    def _look_at_folders_again(self) -> None:
        self._listed.clear()
        self._links.clear()
        self._exports.clear()
        self._forget(self._finder.refresh())

    def _forget(self, changed: set[str]) -> None:
        """Drop what was made of modules, by their keys, and of files that asked about them."""
        self._changes += 1
        seen = set[str]()
        while changed:
            seen |= changed
            users = (users for location, users in self._users.items() if not changed.isdisjoint(location.asked))
            changed = {key(str(user)) for user in set().union(*users)} - seen
        for path in (path for each in seen for path in files_of(each)):
            for known in (self._modules, self._links, self._exports):
                known.pop(path, None)
        self._importing.clear()
        self._reaching.clear()
        self._senders.clear()

    # --- modules

    def module(self, path: Path) -> Module:
        """Return the model of a file.

        Raises OSError if it cannot be read, UnicodeDecodeError or SyntaxError (an unknown encoding, or what is no
        notebook) if it cannot be decoded.
        """
        path = path.absolute()
        document = self._document(path)
        known = self._modules.get(path)
        if known is None or known.document is not document:
            known = self._modules[path] = Module(self, path, self._name(path), lambda: document)
        return known

    def _imported_module(self, path: Path) -> Module:
        """Return the model of a file that an import names; nothing of it is read before it is asked."""
        known = self._modules.get(path)
        if known is None:
            known = self._modules[path] = Module(self, path, self._name(path), lambda: self._document_or_none(path))
        return known

    def _document_or_none(self, path: Path) -> Document:
        try:
            return self._document(path) if self._is_followed(path) else NOTHING
        except (OSError, UnicodeDecodeError, SyntaxError):
            return NOTHING

    def _is_followed(self, path: Path) -> bool:
        """Whether what another file imports from a file is worth parsing it: it is small, or names a process API."""
        return self._glance(path).is_followed

    def _document(self, path: Path) -> Document:
        stamp = None if path in self._open else _stamp(path)
        old = self._documents.get(path)
        if old is not None and stamp is not None and old[0] == stamp:
            return old[1]
        source = self._open[path] if path in self._open else self._on_disk(path)
        document = read(source, old[1] if old is not None else None)
        self._documents[path] = (stamp, document)
        return document

    def _on_disk(self, path: Path) -> str | Notebook:
        """Return what a file says. Raises as `module` does."""
        return self._notebook(path) if path.suffix == NOTEBOOK else _decode(path.read_bytes())

    def _notebook(self, path: Path) -> Notebook:
        """Return what a notebook's file says, read once for each version of it. Raises as `module` does."""
        stamp = _stamp(path)
        known = self._notebooks.get(path)
        if known is None or stamp is None or known[0] != stamp:
            known = self._notebooks[path] = stamp, NotebookFile.parse(path.read_bytes().decode()).notebook
        return known[1]

    def _base(self, path: Path) -> Notebook:
        """Return the notebook of which a text has become another one; an empty one if it cannot be read."""
        try:
            return self._cells.get(path) or self._notebook(path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            return Notebook(())

    def _glance(self, path: Path) -> Glance:
        """Look over a file, once for each version of it. Raises OSError if it cannot be read."""
        version = self._open[path] if path in self._open else _stamp(path)
        known = self._glances.get(path)
        if known is not None and version is not None and known[0] == version:
            return known[1]
        found = glance(self._bytes(path), self.senders)
        self._glances[path] = (version, found)
        return found

    def _bytes(self, path: Path) -> bytes:
        source = self._open.get(path)
        if source is None and path.suffix != NOTEBOOK:
            return path.read_bytes()
        source = source or self._notebook(path)
        return (source if isinstance(source, str) else source.code).encode(errors="replace")

    # --- which files matter

    def is_relevant(self, path: Path) -> bool:
        """Whether a file can hold a finding: it reaches workers, or runs in those of other files.

        Raises OSError if it cannot be read.
        """
        return self.reaches_workers(path) or bool(self.senders_to(path))

    def reaches_workers(self, path: Path) -> bool:
        """Whether a file names a process API, or imports what starts workers or sends.

        Raises OSError if it cannot be read; of a notebook as `module` does.
        """
        path = path.absolute()
        shown = self._glance(path)
        if shown.names_sender or shown.names_api:
            return True
        known = self._reaching.get(path)
        if known is None:
            known = self._imports_exports(path)
            if not self._visited:  # else it is not known yet what files that import each other export
                self._reaching[path] = known
        return known

    def senders_to(self, path: Path) -> list[Module]:
        """Return the modules whose workers run functions of a file, of those that import it, directly or not.

        They are looked for beside it and in the folders of its packages, and a few of them only.
        """
        path = path.absolute()
        known = self._senders.get(path)
        if known is None:
            users = islice(filter(self._reaches_workers_if_read, self._importers(path)), _MOST_SENDERS)
            modules = map(self._imported_module, users)
            known = self._senders[path] = [module for module in modules if path in module.running]
        return known

    def users_of(self, path: Path) -> list[Module]:
        """Return the modules around a file that reach workers and import it, directly or not; a few of them only."""
        users = islice(filter(self._reaches_workers_if_read, self._importers(path.absolute())), _MOST_SENDERS)
        return [self._imported_module(user) for user in users]

    def _reaches_workers_if_read(self, path: Path) -> bool:
        try:
            return self.reaches_workers(path)
        except OSError:
            return False

    def _importers(self, path: Path) -> Iterator[Path]:
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
        """Return which of the files around a file import each file."""
        known = self._importing.get(path.parent)
        if known is None:
            known = self._importing[path.parent] = {}
            for other in self._around_packages(path):
                for imported in dict.fromkeys(self._imports(other)):
                    known.setdefault(imported, []).append(other)
        return known

    def _imports_exports(self, path: Path) -> bool:
        return any(
            not names or "*" in names or exported & names
            for imported, names in self._imported_files(path)
            if (exported := self.exports(imported))
        )

    def exports(self, path: Path) -> frozenset[str]:
        """Return the names of a file through which others reach worker processes."""
        if path not in self._exports:
            pending = [self._visit(path)]
            while pending:  # no recursion: files import each other hundreds deep
                each, imports = pending[-1]
                unseen = next((imported for imported in imports if imported not in self._exports), None)
                if unseen is None:
                    self._exports[each] = self._own_exports(each)
                    pending.pop()
                    self._visited.remove(each)
                else:
                    pending.append(self._visit(unseen))
        return self._exports[path]

    def _visit(self, path: Path) -> tuple[Path, Iterator[Path]]:
        """Return a file with those that it imports, and mark it as one that is being looked at."""
        self._exports[path] = frozenset()  # what files that import each other see of each other
        self._visited.append(path)
        return path, self._imports(path)

    def _imports(self, path: Path) -> Iterator[Path]:
        with suppress(OSError):
            yield from (imported for imported, _ in self._imported_files(path))

    def _own_exports(self, path: Path) -> frozenset[str]:
        try:
            return self._imported_module(path).exports if self.reaches_workers(path) else frozenset()
        except OSError:
            return frozenset()

    def is_imported(self, path: Path) -> bool:
        """Whether an import line of another file in a module's folder seems to name it. Looked up once a refresh."""
        path = path.absolute()
        known = self._imported.get(path)
        if known is None:
            try:
                known = any(path in self._imports(other) for other in self._siblings(path))
            except OSError:
                known = False
            self._imported[path] = known
        return known

    def _siblings(self, path: Path) -> list[Path]:
        return [other for other in self._files_in(path.parent) if other != path]

    def _around_packages(self, path: Path) -> list[Path]:
        """Return the files in a file's folder, and in those around it up to that of the outermost package."""
        folder = path.parent
        found = list(self._files_in(folder))
        while self._finder.is_package(folder):
            folder = folder.parent
            found += self._files_in(folder)
        return found

    def _files_in(self, folder: Path) -> list[Path]:
        if folder not in self._listed:
            names = sorted(name for name in self._finder.files_in(folder) if name.endswith(".py"))
            self._listed[folder] = [folder / name for name in names[:_MOST_SIBLINGS]]
        return self._listed[folder]

    def _imported_files(self, path: Path) -> tuple[tuple[Path, frozenset[str]], ...]:
        """Return the files of the project that the import lines of a file seem to name, with the names they take.

        No names stand for the module itself; a star for all of them. Raises OSError if it cannot be read.
        """
        known = self._links.get(path)
        if known is None:
            known = self._links[path] = tuple(self._links_of(path))
        return known

    def _links_of(self, path: Path) -> Iterator[tuple[Path, frozenset[str]]]:
        for dotted, taken in self._glance(path).imports:
            level = len(dotted) - len(dotted.lstrip("."))
            name = dotted[level:]
            found = self._located(path, name, level)
            if found is not None and found != path:
                yield found, taken
            if found is None or found.name != "__init__.py":
                continue  # there is no module in it
            for inner in taken - {"*"}:
                found = self._located(path, f"{name}.{inner}" if name else inner, level)
                if found is not None and found != path:
                    yield found, frozenset()

    # --- what imports bring

    def _name(self, path: Path) -> str:
        packages, asked = self._finder.package(path.parent)
        self._users.setdefault(asked, set()).add(path)
        return ".".join((*packages, path.stem) if path.stem != "__init__" else packages)

    def imported(self, module: Module, name: str, level: int) -> ProjectModule | External | Anything:
        """Return what an import in a module brings: a module of the project, or one outside it."""
        found = self._located(module.path, name, level)
        if found is not None:
            return ProjectModule(self._imported_module(found)) if found != module.path else ANYTHING
        return ANYTHING if level else External(name)

    def submodule(self, package: Module, name: str) -> Module | None:
        """Return a module inside a package."""
        if package.path.name != "__init__.py":
            return None
        found = self._finder.submodule(package.path.parent, name)
        self._users.setdefault(found, set()).add(package.path)
        return self._imported_module(found.file) if found.file is not None else None

    def outside(self, name: str) -> Value | None:
        """Return the function or class that a dotted name outside the project means; None if it is not known.

        It is read from the sources of the environment, and good for questions about it alone: what it sends or
        starts is nothing that the project does.
        """
        if name not in self._outside:
            self._outside[name] = self._look_outside(name)
        return self._outside[name]

    def _look_outside(self, name: str) -> Value | None:
        for _ in range(_MOST_HOPS):
            top = name.partition(".")[0]
            if self._environment is None or top == "builtins" or top in sys.stdlib_module_names:
                return None
            place = self._environment.find(name)
            found = self._library.value(place) if place is not None else None
            if not isinstance(found, External):
                return found
            name = found.name
        return None

    @cached_property
    def _library(self) -> "_Library":
        return _Library(self)

    def _located(self, user: Path, name: str, level: int) -> Path | None:
        """Return the file that an import in a file names; for a folder without `__init__.py`, where that would be."""
        found = self._finder.locate(user.parent, name, level)
        self._users.setdefault(found, set()).add(user)
        return found.file


class _Library(Project):
    """The files of an environment, each read as far as one name in it needs; any other is known by name alone."""

    def __init__(self, user: Project) -> None:
        super().__init__()
        self.progress = user.progress
        self.outside = user.outside  # type: ignore[method-assign]  # there is one environment

    def value(self, place: Definition) -> Value | None:
        """Return the function or class that is defined in a place, or the dotted name of what it stands for."""
        first, *attributes = place.name.split(".")
        document = self._excerpt(place)
        module = Module(self, place.path, self._name(place.path), lambda: document)
        found = member(ProjectModule(module), first)
        for attribute in attributes:
            found = tuple(inner for value in found for inner in member(value, attribute))
        return found[0] if len(found) == 1 and isinstance(found[0], (Function, Class, External)) else None

    def _excerpt(self, place: Definition) -> Document:
        try:
            data = place.path.read_bytes() if place.path.stat().st_size <= _HUGE else b""
            document = read(excerpt(_decode(data), place.name, SMALL))
        except (OSError, UnicodeDecodeError, SyntaxError):
            return NOTHING
        return NOTHING if any(document.problems) else document

    def imported(self, module: Module, name: str, level: int) -> External:
        """Return the dotted name of what an import in a module brings."""
        package = module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]
        for _ in range(level - 1):
            package = package.rpartition(".")[0]
        return External(".".join(filter(None, (package, name))) if level else name)

    def submodule(self, package: Module, name: str) -> None:
        """No module of a package is looked for: the name that stands for it is dotted."""


_MOST_SIBLINGS = 200
_MOST_SENDERS = 10
_MOST_HOPS = 8
_HUGE = 2_000_000
"""Bytes; of a larger file of a package nothing is read."""


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _Stamp(status.st_mtime_ns, status.st_size)


def _decode(data: bytes) -> str:
    """Decode a Python file by its byte order mark or coding line; a mark stays, as U+FEFF."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if encoding == "utf-8-sig":
        return "\ufeff" + data.decode("utf-8-sig")
    return data.decode(encoding)
