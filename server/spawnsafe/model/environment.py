"""The packages of the selected environment, found by looking on disk.

No interpreter is started, and of `.pth` files only the lines that name folders count. What is compiled is not known.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_SITE_PACKAGES = (
    "lib/{python}/site-packages",
    "lib64/{python}/site-packages",
    "Lib/site-packages",
    "local/lib/{python}/dist-packages",
    "lib/python3/dist-packages",
)
"""Where packages lie in the folder of a virtual environment, of conda, of an installation, or of Debian's."""

_MOST_CHARACTERS = 100_000
_NUMBERED = re.compile(r"(?:python|pypy)3\.(\d+)")
_SETTING = re.compile(r"^[ \t]*([\w-]+)[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_LOG = logging.getLogger(__name__)
_MEMBER = re.compile(r"(.+?)\.((?=[A-Z]|\w+\()(\w+)\b.+)")


@dataclass(frozen=True, slots=True)
class Definition:
    """Where something is defined: a Python file, and the dotted name in it."""

    path: Path
    name: str


class Environment:
    """A virtual environment, one of conda, or an installation, given by its folder or by the interpreter in it."""

    def __init__(self, selected: Path) -> None:
        self.selected = selected.absolute()
        self._held: dict[str, bool] = {}
        self._endless: set[str] = set()
        """The packages in which looking for a name took too long."""
        self._stamp = self._look()

    @property
    def state(self) -> tuple[str, tuple[int, ...]]:
        """What tells it from another one, or from itself with other packages."""
        return str(self.selected), self._stamp

    def has_changed(self) -> bool:
        """Whether packages came or went since this was made."""
        return self._stamp != self._look()

    def _look(self) -> tuple[int, ...]:
        return tuple(_modified(folder) for folder in (self.selected, *self.search_path))

    @cached_property
    def search_path(self) -> tuple[Path, ...]:
        """The folders in which imports look for packages, in order."""
        found = list(_site_packages(self.selected))
        if not found and _is_file(self.selected):  # a link to an interpreter, outside of its environment
            found = list(_site_packages(_resolved(self.selected)))
        return tuple(dict.fromkeys(folder for site in found for folder in (site, *_linked(site))))

    def holds(self, name: str) -> bool:
        """Whether there is a package or a module of a top-level name."""
        if name not in self._held:
            files = (site / file for site in self.search_path for file in (f"{name}/__init__.py", f"{name}.py"))
            self._held[name] = any(map(_is_file, files))
        return self._held[name]

    def find(self, name: str) -> Definition | None:
        """Return where what a dotted name means is defined, None if that is not known.

        `()` stands for what calling something gives: `flask.Flask().route`.
        """
        top = name.partition(".")[0]
        if top in self._endless or not any(
            (site / top).is_dir() or _is_file(site / f"{top}.py") for site in self.search_path
        ):
            return None
        from spawnsafe.model.libraries import definition  # noqa: PLC0415 - jedi takes long to import

        member = _MEMBER.fullmatch(name)
        module, _, last = name.rpartition(".")
        if member:
            line = f"from {member[1]} import {member[3]}; {member[2]}"
        elif module:
            line = f"from {module} import {last}"
        else:
            return None
        try:
            return definition(line, self.search_path)
        except TimeoutError:
            self._endless.add(top)
            _LOG.warning("looking into an installed package took too long; what comes from it is not known")
            return None


def environment_in(folder: Path) -> Path | None:
    """Return the virtual environment that lies in a project's folder."""
    return next((folder / name for name in (".venv", "venv") if _is_file(folder / name / "pyvenv.cfg")), None)


def _site_packages(selected: Path) -> Iterator[Path]:
    """Yield the folders with the packages of an environment, given by its folder or its interpreter."""
    folder = selected
    if _is_file(selected):
        folder = selected.parent.parent if selected.parent.name in ("bin", "Scripts") else selected.parent
    settings = dict(_SETTING.findall(_read(folder / "pyvenv.cfg")))
    version = settings.get("version") or settings.get("version_info") or ""
    python = _python(folder, version or f"{selected.name} {_resolved(selected).name}")
    yield from _site_packages_of(folder, python)
    if settings.get("include-system-site-packages", "").lower() == "true" and "home" in settings:
        home = Path(settings["home"])
        base = home.parent if home.name in ("bin", "Scripts") else home
        yield from _site_packages_of(base, _python(base, version))


def _site_packages_of(folder: Path, python: str) -> Iterator[Path]:
    for pattern in _SITE_PACKAGES:
        site = folder / pattern.format(python=python)
        if _is_folder(site):
            yield site


def _python(folder: Path, told: str) -> str:
    """Return the name of the folder in `lib` of the Python that a version or a name tells; of the newest, if none."""
    try:
        found = [(int(match[1]), each.name) for each in (folder / "lib").iterdir() if (match := _match(each))]
    except (OSError, ValueError):
        return ""
    wanted = re.search(r"3\.(\d+)", told)
    chosen = [name for minor, name in found if wanted and minor == int(wanted[1])]
    return chosen[0] if chosen else max(found, default=(0, ""))[1]


def _match(folder: Path) -> re.Match[str] | None:
    return _NUMBERED.fullmatch(folder.name)


def _linked(site: Path) -> Iterator[Path]:
    """Yield the folders that `.pth` files add, such as those of editable installs. Lines of code are left alone."""
    try:
        files = sorted(each for each in site.iterdir() if each.suffix == ".pth")
    except (OSError, ValueError):
        return
    for file in files:
        for line in _read(file).splitlines():
            if line.strip() and not line.startswith(("#", "import ", "import\t")) and _is_folder(site / line.strip()):
                yield site / line.strip()


def _read(path: Path) -> str:
    """Return the text of a small file, empty if it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_CHARACTERS)
    except (OSError, ValueError):
        return ""


def _resolved(path: Path) -> Path:
    """Return a path with its links followed, as far as they can be."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
