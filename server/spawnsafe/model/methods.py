"""Start methods, targets, and when something bites.

Sources: `Lib/multiprocessing/context.py` (the default of each platform), "What's new in Python 3.8" (macOS:
spawn) and "What's new in Python 3.14" (Linux: forkserver).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, Flag
from functools import reduce
from operator import or_
from typing import Self, TypeAlias


def _join(words: list[str]) -> str:
    return "".join(words) if len(words) <= 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class StartMethods(Flag):
    """A set of the ways in which worker processes come into being; prints itself as a phrase."""

    FORK = 1
    SPAWN = 2
    FORKSERVER = 4
    NONE = 0
    ALL = FORK | SPAWN | FORKSERVER
    FRESH = SPAWN | FORKSERVER
    """Those whose workers do not inherit the parent's memory."""

    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return the method of that name as `multiprocessing` spells it, None if there is none."""
        return {"fork": cls.FORK, "spawn": cls.SPAWN, "forkserver": cls.FORKSERVER}.get(name)

    @property
    def names(self) -> list[str]:
        """The names in the order fork, spawn, forkserver."""
        return list(self.by_name)

    @property
    def by_name(self) -> "dict[str, StartMethods]":
        """The methods of the set by their names, in the same order."""
        return {method.name.lower(): method for method in type(self) if method in self and method.name}

    def __str__(self) -> str:
        """As a phrase: `under spawn and forkserver`, `under every start method`."""
        return "under every start method" if self == type(self).ALL else f"under {_join(self.names)}"

    @property
    def places(self) -> str:
        """Where one of these is the default, as a phrase: `on macOS and Windows`; empty for the empty set."""
        return str(Targets.where(lambda target: bool(target.default & self)))


class Platform(Enum):
    """An operating system family, by the name that settings use."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"


Version: TypeAlias = tuple[int, int]

SUPPORTED_PYTHONS: tuple[Version, ...] = ((3, 11), (3, 12), (3, 13), (3, 14), (3, 15))
"""The Python versions not at their end of life, as devguide.python.org/versions had them in November 2026."""

_TARGET = re.compile(r"(linux|macos|windows)-3\.(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Target:
    """A platform and a Python version, on which a program is meant to run."""

    platform: Platform
    python: Version

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `linux-3.14`. Raises ValueError, which says what is expected, for anything else."""
        match = _TARGET.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a target; write a platform and a Python, such as linux-3.14")
        if not _FIRST <= int(match[2]) <= _LAST:
            versions = f"from {_MAJOR}.{_FIRST} to {_MAJOR}.{_LAST}"
            raise ValueError(f"{text!r} is not a target; write a Python {versions}, such as linux-3.14")
        return cls(Platform(match[1]), (3, int(match[2])))

    def __str__(self) -> str:
        """As settings spell it: `linux-3.14`."""
        return f"{self.platform.value}-{self.python[0]}.{self.python[1]}"

    @property
    def default(self) -> StartMethods:
        """The start method that this platform and version use unless a program says otherwise."""
        match self.platform:
            case Platform.WINDOWS:
                return StartMethods.SPAWN
            case Platform.MACOS:
                return StartMethods.SPAWN if self.python >= (3, 8) else StartMethods.FORK
            case Platform.LINUX:
                return StartMethods.FORKSERVER if self.python >= (3, 14) else StartMethods.FORK


_FIRST, _LAST = 6, 20
"""The minor versions of Python 3 that are told apart; those beyond, which no setting names, count as the nearest."""


@dataclass(frozen=True, slots=True)
class Targets:
    """A set of targets, of all that can be told apart; prints itself as a phrase."""

    bits: int

    @classmethod
    def of(cls, *targets: Target) -> Self:
        """Return the set of some targets."""
        return cls(reduce(or_, map(_bit, targets), 0))

    @classmethod
    def where(cls, holds: Callable[[Target], object]) -> Self:
        """Return the set of the targets of which something holds."""
        return cls.of(*filter(holds, _TOLD_APART))

    @classmethod
    def on(cls, *platforms: Platform) -> Self:
        """Return the set of all targets on some platforms."""
        return cls.where(lambda target: target.platform in platforms)

    def __contains__(self, target: Target) -> bool:
        return bool(self.bits & _bit(target))

    def __iter__(self) -> Iterator[Target]:
        return (target for target in _TOLD_APART if target in self)

    def __bool__(self) -> bool:
        return bool(self.bits)

    def __and__(self, other: Self) -> Self:
        return replace(self, bits=self.bits & other.bits)

    def __or__(self, other: Self) -> Self:
        return replace(self, bits=self.bits | other.bits)

    def __sub__(self, other: Self) -> Self:
        return replace(self, bits=self.bits & ~other.bits)

    def __str__(self) -> str:
        """As a phrase: `on macOS, Windows and, from Python 3.14, Linux`; empty for the empty set."""
        groups: dict[str, list[str]] = {}
        for platform, name in _NAMES.items():
            minors = [target.python[1] for target in self if target.platform is platform and target.python >= _OLDEST]
            if minors:
                groups.setdefault(_span(minors), []).append(name)
        return _places(groups)


def _bit(target: Target) -> int:
    major, minor = target.python
    place = min(max(minor, _FIRST), _LAST) if major == _MAJOR else _FIRST
    return 1 << (_PLATFORMS.index(target.platform) * (_LAST + 1 - _FIRST) + place - _FIRST)


_MAJOR = 3
_OLDEST: Version = (3, 8)
"""Phrases speak of no older Python: from this one on macOS spawns."""
_PLATFORMS = tuple(Platform)
_NAMES = {Platform.MACOS: "macOS", Platform.WINDOWS: "Windows", Platform.LINUX: "Linux"}
_TOLD_APART = tuple(Target(platform, (_MAJOR, minor)) for platform in Platform for minor in range(_FIRST, _LAST + 1))


def _span(minors: list[int]) -> str:
    """Return versions in their order as a phrase: `from Python 3.14`; empty for all."""
    first, last = minors[0], minors[-1]
    if len(minors) <= last - first:
        return f"with Python {_join([f'{_MAJOR}.{minor}' for minor in minors])}"
    if last == _LAST:
        return f"from Python {_MAJOR}.{first}" if first > _OLDEST[1] else ""
    if first == _OLDEST[1]:
        return f"up to Python {_MAJOR}.{last}"
    return f"with Python {_MAJOR}.{first}" + (f" to {_MAJOR}.{last}" if last > first else "")


def _places(groups: dict[str, list[str]]) -> str:
    """Return platforms, grouped by their versions, as a phrase."""
    if list(map(len, groups.values())) == [len(_NAMES)]:
        return f"on every platform {next(iter(groups))}".rstrip()
    whole, *rest = ([groups.get("", [])], *((versions, names) for versions, names in groups.items() if versions))
    if whole[0] and len(rest) == 1:
        ((versions, names),) = rest
        return f"on {', '.join(whole[0])} and, {versions}, {_join(names)}"
    parts = [f"on {_join(whole[0])}"] if whole[0] else []
    return _join([*parts, *(f"on {_join(names)} {versions}" for versions, names in rest)]) if groups else ""


EVERY_TARGET = Targets.of(*_TOLD_APART)
NO_TARGET = Targets(0)


def supported_targets() -> tuple[Target, ...]:
    """Return every supported Python on every platform, ordered by platform."""
    return tuple(Target(platform, python) for platform in Platform for python in SUPPORTED_PYTHONS)


@dataclass(frozen=True, slots=True)
class Pythons:
    """A range of Python versions, both ends included; None leaves an end open."""

    first: Version | None = None
    last: Version | None = None

    def __contains__(self, version: Version) -> bool:
        return (self.first is None or self.first <= version) and (self.last is None or version <= self.last)

    def __str__(self) -> str:
        """As the end of a sentence: ` from Python 3.14`; empty for every version."""
        first = f" from Python {_dotted(self.first)}" if self.first else ""
        return f"{first} up to Python {_dotted(self.last)}" if self.last else first


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


EVERY_PYTHON = Pythons()


@dataclass(frozen=True, slots=True)
class Choice:
    """The start methods that a program chooses, where that depends on the target.

    No two rows have targets in common. No row for a target, or None, leaves it to the platform.
    """

    rows: "tuple[tuple[Targets, StartMethods | None], ...]"

    @property
    def methods(self) -> StartMethods:
        """All that it chooses anywhere."""
        return _united(methods for _, methods in self.rows if methods is not None)

    def __str__(self) -> str:
        """As a phrase: `under spawn on Windows and under fork on macOS and Linux`."""
        return _join([f"{methods} {targets}" for targets, methods in self.rows if methods not in _SILENT])


_SILENT = (None, StartMethods.NONE, StartMethods.ALL)

Chosen: TypeAlias = StartMethods | Choice | None
"""The start methods that a program chooses: None if it leaves that to the platform, all if that is not known.

None at all (`StartMethods.NONE`) says that no worker processes are started.
"""


def choice(rows: Iterable[tuple[Targets, Chosen]]) -> Chosen:
    """Return what is chosen where several rows may have targets in common, and then any of these is.

    Where one of these leaves it to the platform, that is what counts.
    """
    parts: list[tuple[Targets, list[StartMethods | None]]] = []
    for targets, methods in (flat for row in rows for flat in _flat(*row)):
        left, before, parts = targets, parts, []
        for known, found in before:
            parts += [(known - targets, found), (known & targets, [*found, methods])]
            left -= known
        parts.append((left, [methods]))
    united: dict[StartMethods | None, Targets] = {}
    for targets, several in parts:
        if targets:
            one = None if None in several else _united(each for each in several if each is not None)
            united[one] = united.get(one, NO_TARGET) | targets
    return next(iter(united), None) if len(united) <= 1 else Choice(tuple((on, one) for one, on in united.items()))


def default(chosen: Chosen, otherwise: Chosen) -> Chosen:
    """Return a choice that follows another one where it leaves it to the platform."""
    if not isinstance(chosen, Choice):
        return otherwise if chosen is None else chosen
    made = [(targets, methods) for targets, methods in chosen.rows if methods is not None]
    left = EVERY_TARGET - reduce(or_, (targets for targets, _ in made), NO_TARGET)
    return choice([*made, (left, otherwise)])


def effective(chosen: Chosen, targets: Iterable[Target]) -> StartMethods:
    """Return the start methods by which workers start on targets, given what the program chooses."""
    rows = list(_flat(EVERY_TARGET, chosen))
    return _united(
        next((methods for on, methods in rows if target in on and methods is not None), target.default)
        for target in targets
    )


def _flat(targets: Targets, chosen: Chosen) -> Iterator[tuple[Targets, StartMethods | None]]:
    rows = chosen.rows if isinstance(chosen, Choice) else ((EVERY_TARGET, chosen),)
    yield from ((targets & inner, methods) for inner, methods in rows)


def _united(methods: Iterable[StartMethods]) -> StartMethods:
    return reduce(or_, methods, StartMethods.NONE)


@dataclass(frozen=True, slots=True)
class When:
    """The circumstances in which something bites.

    `methods` are the start methods that a platform may give this program and under which it then bites. Where
    the program chooses a method itself (`get_context("spawn")`) that choice wins over the platform, so
    `methods` is all or none of them, and `chosen` names the choice. If it does so on some targets only, it bites on
    `always` whatever the platform gives. It bites on none but `targets`.
    """

    methods: StartMethods = StartMethods.ALL
    chosen: StartMethods | None = None
    pythons: Pythons = EVERY_PYTHON
    targets: Targets = EVERY_TARGET
    always: Targets = NO_TARGET

    @classmethod
    def of(cls, bites: StartMethods, context: Chosen) -> Self:
        """Return when something that bites under `bites` does so in a context (None: the platform's).

        A context of every method is one that is not known: only what bites under all of them then does.
        """
        if isinstance(context, Choice):
            return cls._of_choice(bites, context)
        if context is None:
            return cls(bites)
        return cls(StartMethods.ALL if _bites(bites, context) else StartMethods.NONE, _told(context))

    @classmethod
    def _of_choice(cls, bites: StartMethods, context: Choice) -> Self:
        biting = [(targets, methods) for targets, methods in context.rows if methods and _bites(bites, methods)]
        always = reduce(or_, (targets for targets, _ in biting), NO_TARGET)
        free = EVERY_TARGET - reduce(or_, (targets for targets, methods in context.rows if methods is not None))
        if free:
            return cls(bites, targets=free | always, always=always)
        chosen = _united(methods for _, methods in biting)
        return cls(StartMethods.ALL if biting else StartMethods.NONE, _told(chosen), targets=always)

    def __bool__(self) -> bool:
        """Whether it bites at all."""
        return bool(self.methods) and bool(self.targets)

    def __str__(self) -> str:
        """As the end of a sentence: `under spawn and forkserver`."""
        if self.chosen is None:
            return f"{self.methods}{self.pythons}"
        return f"{self.chosen}, which this program chooses,{self.pythons}".removesuffix(",")

    def on(self, pythons: Pythons) -> Self:
        """Return the same on some versions of Python only."""
        return replace(self, pythons=pythons)

    def within(self, targets: Targets) -> Self:
        """Return the same on some targets only."""
        return replace(self, targets=self.targets & targets)

    def or_on(self, other: Self) -> Self:
        """Return the same on the targets of another as well, if that differs in nothing else."""
        if replace(other, targets=self.targets, always=self.always) != self:
            return self
        return replace(self, targets=self.targets | other.targets, always=self.always | other.always)

    @property
    def is_told(self) -> bool:
        """Whether the phrase that it prints as tells in itself where it bites."""
        return self.methods == StartMethods.ALL and self.targets == EVERY_TARGET

    @property
    def places(self) -> str:
        """Where it bites, as a phrase: `on macOS, Windows and, from Python 3.14, Linux`."""
        return str(Targets.where(self.bites_on))

    def bites_on(self, target: Target, method: StartMethods | None = None) -> bool:
        """Whether it bites on a target, under its default start method or the one given instead."""
        if target.python not in self.pythons or target not in self.targets:
            return False
        return target in self.always or bool((method or target.default) & self.methods)


def _told(chosen: StartMethods) -> StartMethods | None:
    """Return a choice as a message tells it: not at all if it is not known."""
    return None if chosen == StartMethods.ALL else chosen


def _bites(bites: StartMethods, chosen: StartMethods) -> bool:
    return bites == StartMethods.ALL if chosen == StartMethods.ALL else bool(chosen & bites)


EVERYWHERE = When()
"""Under every start method."""
