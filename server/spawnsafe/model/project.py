"""The modules of a project: read, found by import, kept current. The only place that reads files."""

import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spawnsafe.model.apis import Sender
from spawnsafe.model.flow import Progress
from spawnsafe.model.module import Module, is_relevant
from spawnsafe.model.values import ANYTHING, Anything, External, ProjectModule
from spawnsafe.syntax import Document, read


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells one version of a file from another."""

    modified: int
    size: int


class Project:
    """Modules by path, with the texts of open editors over those on disk. To be used by one thread.

    `src` are folders that imports start from, beside the folder of the importing file and, for a file in a
    package, the folder that holds the outermost package. `senders` are functions that send, by dotted name.
    """

    def __init__(
        self,
        src: Iterable[Path] = (),
        environment: Path | None = None,
        senders: Mapping[str, Sender] | None = None,
    ) -> None:
        self.senders = dict(senders or {})
        self.progress = Progress()
        self._src = tuple(path.absolute() for path in src)
        self._environment = environment
        self._open: dict[Path, str] = {}
        self._documents: dict[Path, tuple[_Stamp | None, Document]] = {}
        self._modules: dict[Path, Module] = {}
        self._uses: dict[Path, set[Path]] = {}
        """Which files each module asked about, found or not."""
        self._files: dict[Path, bool] = {}
        self._imported: dict[Path, bool] = {}
        self._exports: dict[Path, frozenset[str]] = {}
        self._root_folders: dict[Path, tuple[Path, ...]] = {}

    # --- texts

    def open(self, path: Path, text: str) -> None:
        """Put a text over the file on disk, until `close`."""
        path = path.absolute()
        if self._open.get(path) != text:
            self._open[path] = text
            self._forget(path)

    def close(self, path: Path) -> None:
        """Take the text of the file on disk again."""
        path = path.absolute()
        if self._open.pop(path, None) is not None:
            self._forget(path)

    def refresh(self) -> None:
        """Look at the disk again: files may have changed, come or gone."""
        self._files.clear()
        self._imported.clear()
        self._exports.clear()
        self._root_folders.clear()
        for path in list(self._modules):
            stamp = self._documents[path][0] if path in self._documents else None
            if path not in self._open and stamp != _stamp(path):
                self._forget(path)

    def _forget(self, path: Path) -> None:
        """Drop what was made of a file, and of those that asked about it."""
        pending, seen = [path], set()
        while pending:
            changed = pending.pop()
            if changed in seen:
                continue
            seen.add(changed)
            self._modules.pop(changed, None)
            self._files.pop(changed, None)
            self._exports.pop(changed, None)
            pending.extend(user for user, used in self._uses.items() if changed in used)
        for user in seen:
            self._uses.pop(user, None)

    # --- modules

    def module(self, path: Path) -> Module:
        """Return the model of a file.

        Raises OSError if it cannot be read, UnicodeDecodeError or SyntaxError (an unknown encoding) if it
        cannot be decoded.
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
            return self._document(path) if self._is_followed(path) else _NOTHING
        except (OSError, UnicodeDecodeError, SyntaxError):
            return _NOTHING

    def _is_followed(self, path: Path) -> bool:
        """Whether what another file imports from a file is worth parsing it: it is small, or names a process API."""
        data = self._data(path)
        return len(data) <= _SMALL or is_relevant(data)

    def _document(self, path: Path) -> Document:
        stamp = None if path in self._open else _stamp(path)
        old = self._documents.get(path)
        if old is not None and stamp is not None and old[0] == stamp:
            return old[1]
        text = self._open[path] if path in self._open else _decode(path.read_bytes())
        document = read(text, old[1] if old is not None else None)
        self._documents[path] = (stamp, document)
        return document

    def _data(self, path: Path) -> bytes:
        return self._open[path].encode(errors="replace") if path in self._open else path.read_bytes()

    # --- which files matter

    def is_relevant(self, path: Path) -> bool:
        """Whether a file can hold a finding: it names a process API, or imports what starts workers or sends.

        Raises OSError if it cannot be read.
        """
        path = path.absolute()
        data = self._data(path)
        own = any(name.rpartition(".")[2].encode() in data for name in self.senders)
        return own or is_relevant(data) or self._imports_exports(path, data)

    def _imports_exports(self, path: Path, data: bytes) -> bool:
        return any(
            not names or "*" in names or exported & names
            for imported, names in self._import_lines(path, data)
            if (exported := self.exports(imported))
        )

    def exports(self, path: Path) -> frozenset[str]:
        """Return the names of a file through which others reach worker processes."""
        known = self._exports.get(path)
        if known is not None:
            return known
        self._exports[path] = frozenset()  # what files that import each other see of each other
        try:
            if self.is_relevant(path):
                self._exports[path] = self._imported_module(path).exports
        except OSError:
            pass
        return self._exports[path]

    def is_imported(self, path: Path) -> bool:
        """Whether an import line of another file in a module's folder seems to name it. Looked up once a refresh."""
        path = path.absolute()
        known = self._imported.get(path)
        if known is None:
            try:
                known = any(
                    path == imported
                    for other in self._siblings(path)
                    for imported, _ in self._import_lines(other, self._data(other))
                )
            except OSError:
                known = False
            self._imported[path] = known
        return known

    def _siblings(self, path: Path) -> list[Path]:
        others = sorted(other for other in path.parent.glob("*.py") if other != path)
        return others[:_MOST_SIBLINGS]

    def _import_lines(self, path: Path, data: bytes) -> Iterator[tuple[Path, frozenset[str]]]:
        """Yield the files of the project that the import lines of a file seem to name, with the names they take.

        No names stand for the module itself; a star for all of them.
        """
        for match in _IMPORT.finditer(data):
            dotted, brought, plain = (part.decode(errors="replace") if part else "" for part in match.groups())
            if plain:
                names = [name.split()[0] for name in plain.split(",") if name.split()]
                yield from ((file, frozenset()) for name in names for file in self._files_of(path, name))
                continue
            taken = frozenset(re.findall(r"(\w+|\*)(?:\s+as\s+\w+)?", brought))
            yield from ((file, taken) for file in self._files_of(path, dotted))
            for name in taken - {"*"}:
                inner = f"{dotted}{name}" if dotted.endswith(".") else f"{dotted}.{name}"
                yield from ((file, frozenset()) for file in self._files_of(path, inner))

    def _files_of(self, path: Path, dotted: str) -> Iterator[Path]:
        """Yield the files that a dotted name in an import of a file can mean, the most likely first."""
        level = len(dotted) - len(dotted.lstrip("."))
        if not level and dotted.partition(".")[0] in _STANDARD:
            return
        bases = [path.parents[level - 1]] if 0 < level <= len(path.parents) else self._roots(path)
        for base in bases:
            folder = base.joinpath(*dotted.strip(".").split("."))
            for candidate in (folder.with_name(f"{folder.name}.py"), folder / "__init__.py"):
                if self._is_file(path, candidate) and candidate != path:
                    yield candidate

    # --- what imports bring

    def _name(self, path: Path) -> str:
        parts = [path.stem] if path.stem != "__init__" else []
        folder = path.parent
        while (folder / "__init__.py").is_file() and folder.name.isidentifier():
            parts.insert(0, folder.name)
            folder = folder.parent
        return ".".join(parts)

    def _roots(self, path: Path) -> tuple[Path, ...]:
        """Return the folders that imports in a file start from."""
        known = self._root_folders.get(path.parent)
        if known is None:
            folder = path.parent
            while (folder / "__init__.py").is_file():
                folder = folder.parent
            known = tuple(dict.fromkeys((path.parent, folder, *self._src)))
            self._root_folders[path.parent] = known
        return known

    def imported(self, module: Module, name: str, level: int) -> ProjectModule | External | Anything:
        """Return what an import in a module brings: a module of the project, or one outside it."""
        if level:
            base = module.path.parent
            for _ in range(level - 1):
                base = base.parent
            found = self._find(module, base, name) if name else self._package(module, base)
            return ProjectModule(found) if found else ANYTHING
        if name.partition(".")[0] in _STANDARD:
            return External(name)
        for root in self._roots(module.path):
            found = self._find(module, root, name)
            if found is not None:
                return ProjectModule(found) if found.path != module.path else ANYTHING
        return External(name)

    def submodule(self, package: Module, name: str) -> Module | None:
        """Return a module inside a package."""
        if package.path.name != "__init__.py":
            return None
        return self._find(package, package.path.parent, name)

    def _find(self, user: Module, root: Path, name: str) -> Module | None:
        folder = root.joinpath(*name.split("."))
        for candidate in (folder.with_name(f"{folder.name}.py"), folder / "__init__.py"):
            if self._is_file(user.path, candidate):
                return self._imported_module(candidate)
        return None

    def _package(self, user: Module, folder: Path) -> Module | None:
        candidate = folder / "__init__.py"
        return self._imported_module(candidate) if self._is_file(user.path, candidate) else None

    def _is_file(self, user: Path, path: Path) -> bool:
        self._uses.setdefault(user, set()).add(path)
        if path in self._open:
            return True
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = path.is_file()
        return known


_MOST_SIBLINGS = 200
_SMALL = 16_000
"""Bytes; a larger file that names no process API is not parsed for what others import from it."""

_NOTHING = Document("", ())
_STANDARD = sys.stdlib_module_names
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*|[^\r\n#]*)|import[ \t]+([\w. \t,]+))",
    re.MULTILINE,
)


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
