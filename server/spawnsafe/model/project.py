"""The modules of a project: read, found by import, kept current. The only place that reads files."""

import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

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
    package, the folder that holds the outermost package.
    """

    def __init__(self, src: Iterable[Path] = (), environment: Path | None = None) -> None:
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
            pending.extend(user for user, used in self._uses.items() if changed in used)
        for user in seen:
            self._uses.pop(user, None)

    def dependants(self, path: Path) -> set[Path]:
        """Return the files whose results hang on a file, as far as they were asked for."""
        path, found = path.absolute(), set()
        pending = [path]
        while pending:
            changed = pending.pop()
            users = {user for user, used in self._uses.items() if changed in used} - found
            found |= users
            pending.extend(users)
        return found - {path}

    # --- modules

    def module(self, path: Path) -> Module:
        """Return the model of a file.

        Raises OSError if it cannot be read, UnicodeDecodeError or SyntaxError (an unknown encoding) if it
        cannot be decoded.
        """
        path = path.absolute()
        known = self._modules.get(path)
        if known is not None:
            return known
        module = Module(self, path, self._name(path), self._document(path))
        self._modules[path] = module
        return module

    def _document(self, path: Path) -> Document:
        stamp = None if path in self._open else _stamp(path)
        old = self._documents.get(path)
        if old is not None and stamp is not None and old[0] == stamp:
            return old[1]
        text = self._open[path] if path in self._open else _decode(path.read_bytes())
        document = read(text, old[1] if old is not None else None)
        self._documents[path] = (stamp, document)
        return document

    def is_relevant(self, path: Path) -> bool:
        """Whether a file can hold a finding: it names a process API, or imports a file that can.

        Raises OSError if it cannot be read.
        """
        return self._relevant(path.absolute(), set())

    def _relevant(self, path: Path, seen: set[Path]) -> bool:
        if path in seen:
            return False
        seen.add(path)
        data = self._data(path)
        if is_relevant(data):
            return True
        return any(self._relevant(found, seen) for found in self._import_lines(path, data))

    def is_imported(self, path: Path) -> bool:
        """Whether an import line of another file in a module's folder seems to name it. Looked up once a refresh."""
        path = path.absolute()
        known = self._imported.get(path)
        if known is None:
            try:
                known = any(path in self._import_lines(other, self._data(other)) for other in self._siblings(path))
            except OSError:
                known = False
            self._imported[path] = known
        return known

    def _siblings(self, path: Path) -> list[Path]:
        others = sorted(other for other in path.parent.glob("*.py") if other != path)
        return others[:_MOST_SIBLINGS]

    def _data(self, path: Path) -> bytes:
        return self._open[path].encode(errors="replace") if path in self._open else path.read_bytes()

    def _import_lines(self, path: Path, data: bytes) -> Iterator[Path]:
        """Yield the files of the project that the import lines of a file seem to name."""
        for match in _IMPORT.finditer(data):
            dotted, brought, plain = (part.decode(errors="replace") if part else "" for part in match.groups())
            names = [name.split()[0] for name in plain.split(",") if name.split()] or [dotted]
            names += [f"{dotted}.{name}" for name in re.findall(r"\w+", brought)]
            for name in names:
                level = len(name) - len(name.lstrip("."))
                bases = [path.parents[level - 1]] if 0 < level <= len(path.parents) else self._roots(path)
                if not level and name.partition(".")[0] in _STANDARD:
                    continue
                for base in bases:
                    folder = base.joinpath(*name.strip(".").split("."))
                    candidates = (folder.with_name(f"{folder.name}.py"), folder / "__init__.py")
                    yield from (candidate for candidate in candidates if candidate.is_file())

    # --- imports

    def _name(self, path: Path) -> str:
        parts = [path.stem] if path.stem != "__init__" else []
        folder = path.parent
        while (folder / "__init__.py").is_file() and folder.name.isidentifier():
            parts.insert(0, folder.name)
            folder = folder.parent
        return ".".join(parts)

    def _roots(self, path: Path) -> Iterable[Path]:
        """Yield the folders that imports in a file start from."""
        folder = path.parent
        yield folder
        while (folder / "__init__.py").is_file():
            folder = folder.parent
        if folder != path.parent:
            yield folder
        yield from self._src

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
                return ProjectModule(found) if found is not module else ANYTHING
        return External(name)

    def submodule(self, package: Module, name: str) -> Module | None:
        """Return a module inside a package."""
        if package.path.name != "__init__.py":
            return None
        return self._find(package, package.path.parent, name)

    def _find(self, user: Module, root: Path, name: str) -> Module | None:
        folder = root.joinpath(*name.split("."))
        for candidate in (folder.with_name(f"{folder.name}.py"), folder / "__init__.py"):
            if self._is_file(user, candidate):
                return self._imported_module(user, candidate)
        return None

    def _package(self, user: Module, folder: Path) -> Module | None:
        candidate = folder / "__init__.py"
        return self._imported_module(user, candidate) if self._is_file(user, candidate) else None

    def _is_file(self, user: Module, path: Path) -> bool:
        self._uses.setdefault(user.path, set()).add(path)
        if path in self._open:
            return True
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = path.is_file()
        return known

    def _imported_module(self, user: Module, path: Path) -> Module | None:
        if path == user.path:
            return user
        try:
            return self.module(path)
        except (OSError, UnicodeDecodeError, SyntaxError):
            return None


_MOST_SIBLINGS = 200
_STANDARD = sys.stdlib_module_names
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*|[^\r\n#]*)|import[ \t]+([\w. \t,]+))", re.MULTILINE
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
