"""What a project or an editor asks for: the same names in pyproject.toml, spawnsafe.toml and editors.

All go through `parse_settings`, so a wrong name or value is told in the same words everywhere.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pathspec import GitIgnoreSpec

from spawnsafe.check import Policy, Severity
from spawnsafe.hints import HINTS
from spawnsafe.model import StartMethods, Survey, Target, environment_in, own_sender, supported_targets
from spawnsafe.patterns import patterns_of
from spawnsafe.rules import codes, families

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

    from spawnsafe.model import Project

SOURCES = ("spawnsafe.toml", "pyproject.toml", "setup.cfg", "setup.py")
"""The files of a folder that settings follow from."""
DEFAULT_EXCLUDE = (
    ".venv",
    "venv",
    "node_modules",
    "build",
    "dist",
    ".git",
    ".ipynb_checkpoints",
    ".virtual_documents",
)
OWN_FILE = "spawnsafe.toml"
FILES = (OWN_FILE, "pyproject.toml")
"""The files that may have settings; of those in one folder the first wins."""
PICKLERS = ("pickle", "cloudpickle", "dill")

Parameter: TypeAlias = str | int
"""A parameter of a function: its name or its 0-based position."""

_T = TypeVar("_T")


class SettingsError(ValueError):
    """Wrong settings; the message is one line that says where, what, and the nearest right name."""


@dataclass(frozen=True, slots=True)
class SenderRow:
    """A function of the project that hands a parameter of its own to a worker process."""

    function: str
    """Its dotted name, such as `jobs.run_all`."""
    callable: Parameter
    """The parameter that the worker calls."""
    pickles: tuple[Parameter, ...] = ()
    """The other parameters that cross to the worker."""
    pickler: str = "pickle"
    """What writes them: one of `PICKLERS`."""


@dataclass(frozen=True)
class Settings:
    """What a project asks for. Patterns are written as in .gitignore and hold below `folder`."""

    folder: Path
    """The folder to which patterns and `src` are relative, absolute."""
    select: frozenset[str] = frozenset()
    """The rules and families that run; empty for all."""
    ignore: frozenset[str] = frozenset()
    targets: tuple[Target, ...] = field(default_factory=supported_targets)
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    src: tuple[Path, ...] = ()
    """The folders from which the project's modules are imported, as they are written."""
    per_file_ignores: Mapping[str, frozenset[str]] = field(default_factory=dict)
    severity: Mapping[str, Severity | None] = field(default_factory=dict)
    """What a rule's findings count as, by its code; None switches it off."""
    senders: tuple[SenderRow, ...] = ()
    inlay_hints: frozenset[str] = frozenset(HINTS)
    """What an editor shows of what calls use that do not say it."""
    code_lens: bool = True
    """Whether an editor shows which functions run in workers."""

    def policy(self, path: Path, methods: StartMethods = StartMethods.NONE) -> Policy:
        """Return what counts in a file; `methods`, if not empty, replace the default of every target."""
        ignored = (names for spec, names in self._ignores if _matches(spec, self.folder, path))
        return Policy(self.select, self.ignore.union(*ignored), self.severity, self.targets, methods)

    def excludes(self, path: Path, *, is_folder: bool = False) -> bool:
        """Whether `exclude` names a file or folder, or a folder around it."""
        return _matches(self._excluded, self.folder, path, is_folder=is_folder)

    def survey(self, environment: Path | None = None) -> Survey:
        """Return what is known of the files of a project with these settings before anything is parsed.

        `environment` is a virtual environment or its interpreter; by default, the one that lies in the folder.
        """
        src = [self.folder / folder for folder in self.src]
        return Survey(src, environment or environment_in(self.folder), [row.function for row in self._plain_senders])

    def project(self, environment: Path | None = None, survey: Survey | None = None) -> "Project":
        """Return a project with these settings, upon a survey of its files; upon one of its own, if none is given."""
        from spawnsafe.model import Project  # noqa: PLC0415 - much is imported with it, and most files need none

        senders = {row.function: own_sender(row.callable, row.pickles) for row in self._plain_senders}
        return Project(senders=senders, survey=survey or self.survey(environment))

    @property
    def _plain_senders(self) -> list[SenderRow]:
        return [row for row in self.senders if row.pickler == "pickle"]

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        return patterns_of(self.exclude)

    @cached_property
    def _ignores(self) -> list[tuple[GitIgnoreSpec, frozenset[str]]]:
        items = self.per_file_ignores.items()
        return [(patterns_of([pattern]), names) for pattern, names in items]


def _matches(spec: GitIgnoreSpec, folder: Path, path: Path, *, is_folder: bool = False) -> bool:
    if path == folder or not path.is_relative_to(folder):
        return False
    return spec.match_file(path.relative_to(folder).as_posix() + "/" * is_folder)


def load_settings(folder: Path) -> Settings:
    """Return the settings that hold in a folder.

    They are those of the nearest spawnsafe.toml, or pyproject.toml with a table `[tool.spawnsafe]`, in the folder or
    above it up to the folder with `.git`; their defaults if there is none. Targets that are not set follow from the
    nearest `requires-python`, or `python_requires` of setup.cfg or setup.py. Raises SettingsError for wrong
    settings and files that cannot be read.
    """
    folder = folder.absolute()
    found = list(_files(folder))
    required = _required(folder, found)
    base = Settings(found[0].path.parent if found else folder, targets=required[1] if required else supported_targets())
    file = _holding(found)
    return parse_settings(file.table or {}, replace(base, folder=file.path.parent), file.where) if file else base


def origins(folder: Path) -> dict[str, str]:
    """Return where each setting stands that is not its default in a folder. Raises as `load_settings`."""
    folder = folder.absolute()
    found = list(_files(folder))
    required, file = _required(folder, found), _holding(found)
    given = file.table or {} if file else {}
    told = {name: str(file.path) for name, value in given.items() if file and (value or name not in _EMPTY_IS_UNSET)}
    return {"targets": required[0]} | told if required else told


def settings_table(settings: Settings) -> dict[str, object]:
    """Return settings as a table that `parse_settings` reads."""
    return {
        "select": sorted(settings.select),
        "ignore": sorted(settings.ignore),
        "targets": [str(target) for target in settings.targets],
        "exclude": list(settings.exclude),
        "src": [folder.as_posix() for folder in settings.src],
        "per-file-ignores": {pattern: sorted(names) for pattern, names in settings.per_file_ignores.items()},
        "severity": {code: level.value if level else "off" for code, level in settings.severity.items()},
        "inlay-hints": sorted(settings.inlay_hints),
        "code-lens": settings.code_lens,
        "senders": [{**asdict(row), "pickles": list(row.pickles)} for row in settings.senders],
    }


def parse_settings(table: Mapping[str, object], base: Settings, where: str) -> Settings:
    """Return `base`, changed by a table of settings under their kebab-case names.

    `where` stands before the name of a setting in messages, such as `spawnsafe.` for those of an editor.
    Empty `targets` and `exclude` count as not set. Raises SettingsError for a wrong name or value.
    """
    changes: dict[str, object] = {}
    for name, value in table.items():
        if name not in SETTINGS:
            raise SettingsError(f"{where}{name}: {_unknown('setting', name, SETTINGS)}")
        read = SETTINGS[name].read(value, f"{where}{name}")
        if read or name not in _EMPTY_IS_UNSET:
            changes[name.replace("-", "_")] = read
    return replace(base, **changes)  # type: ignore[arg-type]  # each reader returns what its field holds


def parse_rule_names(value: object, where: str) -> frozenset[str]:
    """Return a list of rule codes and families as a set. Raises SettingsError for an unknown one."""
    known = [*codes(), *families()]
    for name in (names := _strings(value, where)):
        if name not in known:
            raise SettingsError(f"{where}: {_unknown('rule or family', name, known)}")
    return frozenset(names)


def parse_targets(value: object, where: str) -> tuple[Target, ...]:
    """Return a list of targets such as `linux-3.14`. Raises SettingsError for anything else."""
    return tuple(parse_target(text, where) for text in dict.fromkeys(_strings(value, where)))


def parse_target(text: str, where: str) -> Target:
    """Return a target such as `linux-3.14`. Raises SettingsError for anything else."""
    try:
        return Target.parse(text)
    except ValueError as error:
        close = get_close_matches(text.lower(), list(map(str, supported_targets())), n=99, cutoff=0.8)
        close.sort(key=lambda each: sorted(each) != sorted(text.lower()))  # swapped digits come first
        told = f"{text!r} is not a target; did you mean {close[0]!r}?" if close else error
        raise SettingsError(f"{where}: {told}") from None


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return what is said of a name that is not known: the one most like it, or all if none is."""
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
    return f"unknown {what} {name!r}; {advice}"


def is_repository(folder: Path) -> bool:
    """Whether a folder is the outermost of a git repository or worktree, above which no settings count."""
    return os.path.exists(folder / ".git")  # noqa: PTH110 - exists() may raise


def file_to_change(folder: Path) -> Path | None:
    """Return the settings file that holds in a folder, else the nearest pyproject.toml. Raises as `load_settings`."""
    found = list(_files(folder.absolute()))
    file = _holding(found) or next(iter(found), None)
    return file.path if file else None


@dataclass(frozen=True, slots=True)
class _File:
    """A file that may have settings: those of a file of our own stand at its top level."""

    path: Path
    document: Mapping[str, object]

    @property
    def table(self) -> Mapping[str, object] | None:
        """The settings; None if the file has none. Raises SettingsError."""
        if self.path.name == OWN_FILE:
            return self.document
        tool = self.document.get("tool")
        if not isinstance(tool, dict) or "spawnsafe" not in tool:
            return None
        return _expect(dict, tool["spawnsafe"], "a table", f"{self.path}: tool.spawnsafe")

    @property
    def where(self) -> str:
        """What stands before the names of its settings in messages."""
        return f"{self.path}: " if self.path.name == OWN_FILE else f"{self.path}: tool.spawnsafe."


def _files(folder: Path) -> Iterator[_File]:
    """Yield the files that may have settings for a folder, the nearest first."""
    for parent in _around(folder):
        for name in FILES:
            if _is_file(path := parent / name):
                yield _File(path, _read_toml(path))


def _holding(found: Iterable[_File]) -> _File | None:
    """Return the first file with settings."""
    return next((file for file in found if file.table is not None), None)


def _around(folder: Path) -> Iterator[Path]:
    for parent in (folder, *folder.parents):
        yield parent
        if is_repository(parent):
            return


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 - is_file() may raise


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None


def _read_toml(path: Path) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        return tomllib.loads(_read(path))
    except RecursionError:
        raise SettingsError(f"{path}: too deeply nested to be read") from None
    except ValueError as error:  # a number of thousands of digits is one, too
        raise SettingsError(f"{path}: {error}") from None


def _required(folder: Path, found: Iterable[_File]) -> tuple[str, tuple[Target, ...]] | None:
    """Return where the nearest demand for a Python stands, and the supported targets that it admits; all if none."""
    documents = {file.path: file.document for file in found}
    for parent in _around(folder):
        for where, requires in _requirements(parent, documents.get(parent / "pyproject.toml", {})):
            from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - slow to import, and seldom needed

            try:
                versions = SpecifierSet(requires)  # type: ignore[arg-type]  # what it makes of others is caught
            except (InvalidSpecifier, AttributeError, TypeError):
                raise SettingsError(f"{where}: {requires!r} is no version") from None
            admitted = tuple(target for target in supported_targets() if _admits(versions, target))
            return where, admitted or supported_targets()
    return None


def _requirements(folder: Path, pyproject: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield which Pythons a folder demands, each with where it does so; the first counts."""
    project = pyproject.get("project")
    if isinstance(project, dict) and project.get("requires-python"):
        yield f"{folder / 'pyproject.toml'}: project.requires-python", project["requires-python"]
    if _is_file(path := folder / "setup.cfg"):
        from configparser import Error, RawConfigParser  # noqa: PLC0415 - slow to import, and seldom needed

        parser = RawConfigParser(strict=False)
        try:
            parser.read_string(_read(path))
        except Error as error:
            raise SettingsError(f"{path}: {error.message.splitlines()[0]}") from None
        if requires := parser.get("options", "python_requires", fallback=""):
            yield f"{path}: options.python_requires", requires
    if _is_file(path := folder / "setup.py") and (literal := _PYTHON_REQUIRES.search(_read(path))):
        yield f"{path}: python_requires", literal["versions"]


_PYTHON_REQUIRES = re.compile(
    r"""^[^#\n]*\bpython_requires\s*=\s*(?P<quote>["'])(?P<versions>[^"'{%]+)(?P=quote)\s*[,)]""", re.MULTILINE
)
"""A literal in a call of `setup`; what is put together by `format` or `+` is not read."""


def _admits(versions: "SpecifierSet", target: Target) -> bool:
    """Whether any patch release of a target's Python will do."""
    major, minor = target.python
    return any(versions.contains(f"{major}.{minor}.{patch}") for patch in range(100))


def _expect(kind: type[_T], value: object, what: str, where: str) -> _T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise SettingsError(f"{where}: expected {what}, not {value!r}")
    return value


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{where}: expected true or false, not {value!r}")
    return value


def _hints(value: object, where: str) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset(HINTS) if value else frozenset()
    _expect(list, value, "true, false or a list", where)
    for name in (names := _strings(value, where)):
        if name not in HINTS:
            raise SettingsError(f"{where}: {_unknown('hint', name, HINTS)}")
    return frozenset(names)


def _strings(value: object, where: str) -> tuple[str, ...]:
    items = _expect(list, value, "a list of strings", where)
    return tuple(_expect(str, item, "a string", f"{where}[{index}]") for index, item in enumerate(items))


def _patterns(value: object, where: str) -> tuple[str, ...]:
    patterns = _strings(value, where)
    for pattern in patterns:
        try:
            patterns_of([pattern])
        except ValueError:
            raise SettingsError(f"{where}: {pattern!r} is no pattern as .gitignore has them") from None
    return patterns


def _folders(value: object, where: str) -> tuple[Path, ...]:
    return tuple(map(Path, _strings(value, where)))


def _per_file_ignores(value: object, where: str) -> dict[str, frozenset[str]]:
    table = _expect(dict, value, "a table of patterns and rules", where)
    _patterns(list(table), where)
    return {pattern: parse_rule_names(names, f"{where}.{pattern!r}") for pattern, names in table.items()}


def _severities(value: object, where: str) -> dict[str, Severity | None]:
    levels: dict[str, Severity | None] = {level.value: level for level in Severity} | {"off": None}
    known = codes()
    read = {}
    for code, name in _expect(dict, value, "a table of rules and severities", where).items():
        if code not in known:
            raise SettingsError(f"{where}: {_unknown('rule', code, known)}")
        if _expect(str, name, "a string", f"{where}.{code}") not in levels:
            raise SettingsError(f"{where}.{code}: {_unknown('severity', name, levels)}")
        read[code] = levels[name]
    return read


def _senders(value: object, where: str) -> tuple[SenderRow, ...]:
    rows = _expect(list, value, "a list of tables", where)
    return tuple(_sender(row, f"{where}[{index}]") for index, row in enumerate(rows))


def _sender(value: object, where: str) -> SenderRow:
    row = _expect(dict, value, "a table", where)
    for name in row:
        if name not in SenderRow.__slots__:
            raise SettingsError(f"{where}.{name}: {_unknown('field', name, SenderRow.__slots__)}")
    for name in ("function", "callable"):
        if name not in row:
            raise SettingsError(f"{where}: {name!r} is missing")
    function = _expect(str, row["function"], "a dotted name", f"{where}.function")
    module, _, name = function.rpartition(".")
    if not module or not all(part.isidentifier() for part in (*module.split("."), name)):
        raise SettingsError(f"{where}.function: expected a dotted name such as 'jobs.run_all', not {function!r}")
    pickles = _expect(list, row.get("pickles", []), "a list of parameters", f"{where}.pickles")
    pickler = row.get("pickler", "pickle")
    if pickler not in PICKLERS:
        raise SettingsError(f"{where}.pickler: {_unknown('pickler', str(pickler), PICKLERS)}")
    return SenderRow(
        function=function,
        callable=_parameter(row["callable"], f"{where}.callable"),
        pickles=tuple(_parameter(item, f"{where}.pickles[{index}]") for index, item in enumerate(pickles)),
        pickler=pickler,
    )


def _parameter(value: object, where: str) -> Parameter:
    if isinstance(value, str) and value.isidentifier():
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise SettingsError(f"{where}: expected a parameter's name or its position from 0, not {value!r}")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting means, how it is read, and as what JSON Schema knows its values."""

    summary: str
    read: Callable[[object, str], object]
    schema: Mapping[str, object]


def _list_of(items: Mapping[str, object]) -> dict[str, object]:
    return {"type": "array", "items": items}


def _table_of(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_STRINGS = _list_of({"type": "string"})
_NAME = "^[a-z]+(-[a-z]+)*$"
_NAMES = _list_of({"type": "string", "pattern": _NAME})
_PARAMETER = {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 0}]}
_SENDER = _table_of(
    {
        "function": {"description": "Its dotted name, such as jobs.run_all.", "type": "string"},
        "callable": {"description": "The parameter that the worker calls: its name or position.", **_PARAMETER},
        "pickles": {"description": "The other parameters that cross to the worker.", **_list_of(_PARAMETER)},
        "pickler": {"description": "What writes them.", "enum": PICKLERS},
    }
)

SETTINGS: Mapping[str, Setting] = {
    "select": Setting("The rules and families that run; empty for all.", parse_rule_names, _NAMES),
    "ignore": Setting("The rules and families that do not run.", parse_rule_names, _NAMES),
    "targets": Setting(
        "Where the code must run, such as linux-3.14; else what requires-python admits on Linux, macOS and Windows.",
        parse_targets,
        _list_of({"type": "string", "pattern": r"^(linux|macos|windows)-3\.([6-9]|1\d|20)$"}),
    ),
    "exclude": Setting("What is not checked, beside what git ignores; as in .gitignore.", _patterns, _STRINGS),
    "src": Setting("Where imports start, beside the folder of the file.", _folders, _STRINGS),
    "per-file-ignores": Setting(
        "Rules and families that do not run in some files, by patterns as in .gitignore.",
        _per_file_ignores,
        {"type": "object", "additionalProperties": _NAMES},
    ),
    "severity": Setting(
        "What the findings of a rule count as.",
        _severities,
        _table_of({}) | {"patternProperties": {_NAME: {"enum": [*(level.value for level in Severity), "off"]}}},
    ),
    "inlay-hints": Setting(
        "What editors show of what calls use and do not say; true for all, false for nothing.",
        _hints,
        {"anyOf": [{"type": "boolean"}, _list_of({"enum": HINTS})]},
    ),
    "code-lens": Setting("Whether editors show which functions run in workers.", _flag, {"type": "boolean"}),
    "senders": Setting(
        "Your own functions that send a parameter to a worker.",
        _senders,
        _list_of(_SENDER | {"required": ["function", "callable"]}),
    ),
}
_EMPTY_IS_UNSET = ("targets", "exclude")


def settings_schema() -> dict[str, object]:
    """Return the JSON Schema of the settings: of spawnsafe.toml, and of `[tool.spawnsafe]`.

    It names no rules, so that it stays as it is when there is one more.
    """
    properties = {name: {"description": each.summary, **each.schema} for name, each in SETTINGS.items()}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Settings of spawnsafe"}
    return head | _table_of(properties)
