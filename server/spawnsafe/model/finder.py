"""Where Python would find the modules that files import: looked up in listings of folders, each read once."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spawnsafe.model.environment import Environment


@dataclass(frozen=True, slots=True)
class Location:
    """The file that an import names, None if there is none, and the keys of the places that were asked about.

    For a folder without `__init__.py`, the file is where that would be.
    """

    file: Path | None
    asked: tuple[str, ...]

    def after(self, asked: Iterable[str]) -> "Location":
        """Return the same location, which depends on other places as well."""
        return Location(self.file, (*asked, *self.asked))


@dataclass(frozen=True, slots=True)
class _Listing:
    """The names of the files and of the folders in a folder."""

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    modified: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The names of both."""
        return self.files | self.folders

    @property
    def has_modules(self) -> bool:
        """Whether there are Python files among them."""
        return any(name.endswith(".py") for name in self.files)

    @property
    def names_that_count(self) -> list[str]:
        """The names that decide what imports mean."""
        files = (name for name in self.files if name.endswith(".py") or name in _PROJECT_FILES)
        folders = (name for name in self.folders if name.isidentifier() or name == ".git")
        return sorted((*files, *(name for name in folders if name != "__pycache__")))


def key(place: str) -> str:
    """Return what stands for a module, whether it is a file, a package or a folder."""
    return place.removesuffix(".py").removesuffix(f"{os.sep}__init__")


def files_of(module: str) -> tuple[Path, ...]:
    """Return the files for which a key may stand."""
    return Path(module), Path(f"{module}.py"), Path(module, "__init__.py")


class Finder:
    """Finds modules by the folder of the file that imports them; what it saw of the disk counts until `refresh`.

    Imports start where Python would look: from the folder of a script, from that which holds the outermost package
    of a module in one, and from `src`; then from the folders around, and the `src` in each, up to the one that holds
    a `pyproject.toml`, `setup.py`, `setup.cfg` or `.git`. The files of `opened` are there whatever the disk says.
    """

    def __init__(self, src: Iterable[Path], environment: Environment | None, opened: Collection[Path]) -> None:
        """Begin without any folder read."""
        self.environment = environment
        self._src = tuple(map(str, src))
        self._opened = opened
        self._listings: dict[str, _Listing] = {}
        self._holding: dict[str, bool] = {}
        self._roots: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._is_top: dict[str, bool] = {}
        """Whether a folder is one that shows that a project begins in it."""
        self._located: dict[str, dict[tuple[str, int], Location]] = {}
        self._paths: dict[str, Path] = {}

    def refresh(self) -> set[str]:
        """Look at the disk again, and return the keys of what came, went, or became a package or ceased to be one."""
        listings, holding, roots = self._listings, self._holding, self._roots
        self._listings, self._holding, self._roots = {}, {}, {}
        self._is_top.clear()
        self._located.clear()
        changed = {
            key(_join(folder, name))
            for folder, old in listings.items()
            for name in old.names ^ self._listing(folder).names
        }
        changed.update(folder for folder, held in holding.items() if held != self._holds_modules(folder))
        return changed.union(here for here, known in roots.items() if known != self._roots_of(here))

    def listed(self) -> dict[str, tuple[int, list[str]]]:
        """Return when each folder on which an answer depends was modified, and the names in it that count."""
        return {each: (listing.modified, listing.names_that_count) for each, listing in self._listings.items()}

    def tops(self) -> dict[str, bool]:
        """Return which of the folders that were asked about show that a project begins in them."""
        return dict(self._is_top)

    def is_top(self, folder: str) -> bool:
        """Whether a folder shows that a project begins in it."""
        if folder not in self._is_top:
            self._is_top[folder] = any(self._exists(_join(folder, name)) for name in _PROJECT_FILES)
        return self._is_top[folder]

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder that decide what imports mean."""
        return self._listing(folder).names_that_count

    def files_in(self, folder: Path) -> frozenset[str]:
        """Return the names of the files in a folder."""
        return self._listing(str(folder)).files

    def is_file(self, path: Path) -> bool:
        """Whether a file is there."""
        return path.name in self.files_in(path.parent)

    def is_package(self, folder: Path) -> bool:
        """Whether a folder has an `__init__.py`."""
        return self._is_package(str(folder))

    def package(self, folder: Path) -> tuple[list[str], Location]:
        """Return the names of the packages that a folder lies in, the outermost first."""
        names: list[str] = []
        asked = [str(folder)]
        while self._is_package(asked[-1]) and folder.name.isidentifier():
            names.insert(0, folder.name)
            folder = folder.parent
            asked.append(str(folder))
        return names, Location(None, tuple(asked))

    def locate(self, folder: Path, name: str, level: int) -> Location:
        """Return the file that an import in a file of a folder names, by its dotted name without the leading dots."""
        here = str(folder)
        known = self._located.setdefault(here, {})
        found = known.get((name, level))
        if found is None:
            found = known[name, level] = self._locate(folder, here, name, level)
        return found

    def submodule(self, folder: Path, name: str) -> Location:
        """Return the file of a module in a package."""
        return self._inside([str(folder)], [name])

    def _locate(self, folder: Path, here: str, name: str, level: int) -> Location:
        if level:
            if level > len(folder.parents) + 1:
                return Location(None, ())
            start = str((folder, *folder.parents)[level - 1])
            return self._inside([start], name.split(".")) if name else self._there(_join(start, "__init__.py"))
        roots, asked = self._roots_of(here)
        top, _, rest = name.partition(".")
        if rest and self.locate(folder, top, 0).file is None:
            return self.locate(folder, top, 0)
        is_installed = self.environment is not None and self.environment.holds(top)
        starts = _search_path(folder, roots, top)
        return self._inside(starts, name.split("."), is_installed=is_installed).after(asked)

    def _inside(self, folders: Sequence[str], names: Sequence[str], *, is_installed: bool = False) -> Location:
        """Return the file of a dotted name that begins in one of these folders.

        In each, a package comes before a module; the folders of that name that are neither make one package if
        there is nothing else, and no installed one hides them.
        """
        first, *rest = names
        module = f"{first}.py"
        inner, asked = [], []
        for folder in folders:
            listing, package = self._listing(folder), _join(folder, first)
            asked.append(package)
            if first in listing.folders:
                if self._is_package(package):
                    found = self._inside([package], rest) if rest else self._there(_join(package, "__init__.py"))
                    return found.after(asked)
                inner.append(package)
            if module in listing.files:
                return Location(None if rest else self._path(_join(folder, module)), tuple(asked))
        portions = [] if is_installed else [folder for folder in inner if self._holds_modules(folder)]
        if not portions:
            return Location(None, tuple(asked))
        found = self._inside(portions, rest) if rest else self._there(_join(portions[0], "__init__.py"))
        return found.after(asked)

    def _there(self, file: str) -> Location:
        return Location(self._path(file), ())

    def _path(self, file: str) -> Path:
        """Return the path of a file, one object for each: the first hash of a path is slow."""
        known = self._paths.get(file)
        if known is None:
            known = self._paths[file] = Path(file)
        return known

    def _roots_of(self, here: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the folders that imports in a folder start from, the first first, and what was asked to know them."""
        known = self._roots.get(here)
        if known is None:
            asked = [here]
            while self._is_package(asked[-1]) and (outer := os.path.dirname(asked[-1])) != asked[-1]:  # noqa: PTH120
                asked.append(outer)
            top = asked[-1]
            inner = (each for folder in self._around(top) for each in (folder, _join(folder, "src")))
            # a file in a package may be run as a script all the same
            roots = tuple(dict.fromkeys((top, *self._src, *inner, here)))
            known = self._roots[here] = roots, tuple(asked)
        return known

    def _around(self, folder: str) -> list[str]:
        """Return a folder and those around it up to the project's; it alone, if none shows that it is a project's."""
        found = []
        for outer in (folder, *map(str, Path(folder).parents)):
            found.append(outer)
            if self.is_top(outer):
                return found
        return [folder]

    def _exists(self, file: str) -> bool:
        return Path(file) in self._opened or os.path.exists(file)  # noqa: PTH110 - half the time of Path.exists

    def _is_package(self, folder: str) -> bool:
        return "__init__.py" in self._listing(folder).files

    def _holds_modules(self, folder: str) -> bool:
        """Whether there are Python files in a folder, or in one of its folders."""
        known = self._holding.get(folder)
        if known is None:
            listing = self._listing(folder)
            known = self._holding[folder] = listing.has_modules or any(
                self._listing(_join(folder, name)).has_modules for name in listing.folders
            )
        return known

    def _listing(self, folder: str) -> _Listing:
        known = self._listings.get(folder)
        if known is None:
            known = self._listings[folder] = self._read(folder)
        return known

    def _read(self, folder: str) -> _Listing:
        files, folders, modified = set(), set(), 0
        with suppress(OSError):
            modified = os.stat(folder).st_mtime_ns  # noqa: PTH116 - for a string
        with suppress(OSError), os.scandir(folder) as entries:  # what is no file, such as a pipe, is never read
            for entry in entries:
                with suppress(OSError):  # a link in a circle
                    if entry.is_file():
                        files.add(entry.name)
                    elif entry.is_dir():
                        folders.add(entry.name)
        for path in self._opened:
            if path.is_relative_to(folder) and path != Path(folder):
                name, *inner = path.relative_to(folder).parts
                (folders if inner else files).add(name)
        return _Listing(frozenset(files), frozenset(folders), modified)


def _search_path(folder: Path, roots: Sequence[str], name: str) -> Sequence[str]:
    """Return the folders in which the import of a top-level name begins, in a file of a folder with these roots."""
    if name in _NEVER_HIDDEN:
        return ()
    if name in sys.stdlib_module_names:
        return roots[:1]  # what comes before the standard library
    if name not in folder.parts:
        return roots
    named = (str(outer.parent) for outer in (folder, *folder.parents) if outer.name == name)
    return tuple(dict.fromkeys((roots[0], *named, *roots[1:])))


def _join(folder: str, name: str) -> str:
    return f"{folder}{name}" if folder.endswith(os.sep) else f"{folder}{os.sep}{name}"


_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
_NEVER_HIDDEN = frozenset(sys.builtin_module_names) | {
    *("abc", "codecs", "encodings", "errno", "genericpath", "io", "linecache", "ntpath", "os", "posixpath"),
    *("site", "stat", "zipimport"),
    *("multiprocessing", "concurrent"),
}
"""What no file hides: what an interpreter has imported before any program; and what a program that runs must mean."""
