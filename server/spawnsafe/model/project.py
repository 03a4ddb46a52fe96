"""The modules of a project: read, found by import, kept current. The only place that reads files."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path

from spawnsafe.model.apis import Sender
from spawnsafe.model.environment import Definition
from spawnsafe.model.exports import Exports
from spawnsafe.model.finder import key
from spawnsafe.model.flow import member
from spawnsafe.model.glances import SMALL
from spawnsafe.model.memory import Progress
from spawnsafe.model.module import Module
from spawnsafe.model.survey import NOTEBOOK, Stamp, Survey
from spawnsafe.model.values import ANYTHING, Anything, Class, External, Function, ProjectModule, Value
from spawnsafe.source import decode
from spawnsafe.syntax import NOTHING, Document, Notebook, excerpt, facts, read


class Project:
    """Modules by path, with the texts of open editors over those on disk. To be used by one thread.

    `survey` says which files there are and which import which; without one it is made for `src`, where imports start
    as well, and `environment`, where the packages are: a virtual environment, or an interpreter. `senders` are
    functions that send, by dotted name.
    """

    def __init__(
        self,
        src: Iterable[Path] = (),
        environment: Path | None = None,
        senders: Mapping[str, Sender] | None = None,
        survey: Survey | None = None,
    ) -> None:
        self.senders = dict(senders or {})
        self.survey = survey or Survey(src, environment, self.senders)
        self.progress = Progress()
        self._outside: dict[str, Value | None] = {}
        self._cells: dict[Path, Notebook] = {}
        """What the texts that are put over notebooks were before their edits."""
        self._documents: dict[Path, tuple[Stamp | None, Document]] = {}
        self._modules: dict[Path, Module] = {}
        self._imported: dict[Path, bool] = {}
        self._exports = Exports(self.survey, lambda path: self._imported_module(path).exports)
        self._senders: dict[Path, list[Module]] = {}
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
        opened = self.survey.opened
        if opened.get(path) != text:
            is_new = path not in opened and not self.survey.finder.is_file(path)
            opened[path] = text
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
        if self.survey.opened.pop(path, None) is not None:
            self._forget({key(str(path))})
            if not path.is_file():
                self._look_at_folders_again()

    def refresh(self) -> None:
        """Look at the disk again: files may have changed, come or gone, and packages been installed."""
        environment = self.survey.environment
        self._imported.clear()
        self._senders.clear()
        self._look_at_folders_again()
        if self.survey.environment is not environment:
            self._outside.clear()
            self._modules.clear()
        opened = self.survey.opened
        self._forget({key(str(path)) for path in self._modules if path not in opened and self._is_outdated(path)})

    def _is_outdated(self, path: Path) -> bool:
        return (self._documents[path][0] if path in self._documents else None) != Stamp.of(path)

    def _look_at_folders_again(self) -> None:
        self._exports.forget()
        self._forget(self.survey.refresh())

    def _forget(self, changed: set[str]) -> None:
        """Drop what was made of modules, by their keys, and of files that asked about them."""
        self._changes += 1
        forgotten = set(self.survey.forget(changed))
        for path in forgotten:
            self._modules.pop(path, None)
        self._exports.forget(forgotten)
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
            known = self._modules[path] = Module(self, path, self.survey.name(path), lambda: document)
        return known

    def _imported_module(self, path: Path) -> Module:
        """Return the model of a file that an import names; nothing of it is read before it is asked."""
        known = self._modules.get(path)
        if known is None:
            known = self._modules[path] = Module(
                self, path, self.survey.name(path), lambda: self._document_or_none(path)
            )
        return known

    def _document_or_none(self, path: Path) -> Document:
        try:
            return self._document(path) if self._is_followed(path) else NOTHING
        except (OSError, UnicodeDecodeError, SyntaxError):
            return NOTHING

    def _is_followed(self, path: Path) -> bool:
        """Whether what another file imports from a file is worth parsing it: it is small, or names a process API."""
        return self.survey.glance(path).is_followed

    def _document(self, path: Path) -> Document:
        stamp = None if path in self.survey.opened else Stamp.of(path)
        old = self._documents.get(path)
        if old is not None and stamp is not None and old[0] == stamp:
            return old[1]
        source = self.survey.opened[path] if path in self.survey.opened else self._on_disk(path)
        document = read(source, old[1] if old is not None else None)
        self._documents[path] = (stamp, document)
        return document

    def _on_disk(self, path: Path) -> str | Notebook:
        """Return what a file says. Raises as `module` does."""
        return self.survey.notebook(path) if path.suffix == NOTEBOOK else decode(self.survey.on_disk(path))[0]

    def _base(self, path: Path) -> Notebook:
        """Return the notebook of which a text has become another one; an empty one if it cannot be read."""
        try:
            return self._cells.get(path) or self.survey.notebook(path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            return Notebook(())

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
        return self._exports.reaches_workers(path.absolute())

    def senders_to(self, path: Path) -> list[Module]:
        """Return the modules whose workers run functions of a file, of those that import it, directly or not.

        They are looked for beside it and in the folders of its packages, and a few of them only.
        """
        path = path.absolute()
        known = self._senders.get(path)
        if known is None:
            users = islice(filter(self._reaches_workers_if_read, self.survey.importers(path)), _MOST_SENDERS)
            modules = map(self._imported_module, users)
            known = self._senders[path] = [module for module in modules if path in module.running]
        return known

    def users_of(self, path: Path) -> list[Module]:
        """Return the modules around a file that reach workers and import it, directly or not; a few of them only."""
        users = islice(filter(self._reaches_workers_if_read, self.survey.importers(path.absolute())), _MOST_SENDERS)
        return [self._imported_module(user) for user in users]

    def _reaches_workers_if_read(self, path: Path) -> bool:
        try:
            return self.reaches_workers(path)
        except OSError:
            return False

    def exports(self, path: Path) -> frozenset[str]:
        """Return the names of a file through which others reach worker processes."""
        return self._exports.of(path)

    def is_imported(self, path: Path) -> bool:
        """Whether an import line of another file in a module's folder seems to name it. Looked up once a refresh."""
        path = path.absolute()
        known = self._imported.get(path)
        if known is None:
            known = self._imported[path] = self.survey.is_imported(path)
        return known

    # --- what imports bring

    def imported(self, module: Module, name: str, level: int) -> ProjectModule | External | Anything:
        """Return what an import in a module brings: a module of the project, or one outside it."""
        found = self.survey.locate(module.path, name, level)
        if found is not None:
            return ProjectModule(self._imported_module(found)) if found != module.path else ANYTHING
        return ANYTHING if level else External(name)

    def submodule(self, package: Module, name: str) -> Module | None:
        """Return a module inside a package."""
        if package.path.name != "__init__.py":
            return None
        found = self.survey.submodule(package.path, name)
        return self._imported_module(found) if found is not None else None

    def own_submodule(self, package: Module, source: facts.Imported) -> Module | None:
        """Return the module that a package's `__init__.py` imports from the package itself: `from . import module`."""
        is_own = not source.module if source.level == 1 else source.level == 0 and source.module == package.name
        return self.submodule(package, source.name) if is_own and source.name else None

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
            if self.survey.environment is None or top == "builtins" or top in sys.stdlib_module_names:
                return None
            place = self.survey.environment.find(name)
            found = self._library.value(place) if place is not None else None
            if not isinstance(found, External):
                return found
            name = found.name
        return None

    @cached_property
    def _library(self) -> "_Library":
        return _Library(self)


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
        module = Module(self, place.path, self.survey.name(place.path), lambda: document)
        found = member(ProjectModule(module), first)
        for attribute in attributes:
            found = tuple(inner for value in found for inner in member(value, attribute))
        return found[0] if len(found) == 1 and isinstance(found[0], (Function, Class, External)) else None

    def _excerpt(self, place: Definition) -> Document:
        try:
            data = place.path.read_bytes() if place.path.stat().st_size <= _HUGE else b""
            document = read(excerpt(decode(data)[0], place.name, SMALL))
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


_MOST_SENDERS = 10
_MOST_HOPS = 8
_HUGE = 2_000_000
"""Bytes; of a larger file of a package nothing is read."""
