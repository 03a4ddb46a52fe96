"""Start methods, targets, and when something bites.

Sources: `Lib/multiprocessing/context.py` (the default of each platform), "What's new in Python 3.8" (macOS:
spawn) and "What's new in Python 3.14" (Linux: forkserver).
"""

import re
from dataclasses import dataclass, replace
from enum import Enum, Flag
from typing import Self, TypeAlias


def _join(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


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
        return [method.name.lower() for method in type(self) if method in self and method.name]

    def __str__(self) -> str:
        """As a phrase: `under spawn and forkserver`, `under every start method`."""
        return "under every start method" if self == type(self).ALL else f"under {_join(self.names)}"

    @property
    def places(self) -> str:
        """Where one of these is the default, as a phrase: `on macOS and Windows`; empty for the empty set."""
        return _PLACES[self.value]


_PLACES = {
    0: "",
    1: "on Linux up to Python 3.13",
    2: "on macOS and Windows",
    3: "on macOS, Windows and, up to Python 3.13, Linux",
    4: "on Linux from Python 3.14",
    5: "on Linux",
    6: "on macOS, Windows and, from Python 3.14, Linux",
    7: "on every platform",
}


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
class When:
    """The circumstances in which something bites.

    `methods` are the start methods that a platform may give this program and under which it then bites. Where
    the program chooses a method itself (`get_context("spawn")`) that choice wins over the platform, so
    `methods` is all or none of them, and `chosen` names the choice.
    """

    methods: StartMethods = StartMethods.ALL
    chosen: StartMethods | None = None
    pythons: Pythons = EVERY_PYTHON

    @classmethod
    def of(cls, bites: StartMethods, context: StartMethods | None) -> Self:
        """Return when something that bites under `bites` does so in a context (None: the platform's).

        A context of every method is one that is not known: only what bites under all of them then does.
        """
        if context is None:
            return cls(bites)
        if context == StartMethods.ALL:
            return cls(bites if bites == StartMethods.ALL else StartMethods.NONE)
        return cls(StartMethods.ALL if context & bites else StartMethods.NONE, context)

    def __bool__(self) -> bool:
        """Whether it bites at all."""
        return bool(self.methods)

    def __str__(self) -> str:
        """As the end of a sentence: `under spawn and forkserver`."""
        if self.chosen is None:
            return f"{self.methods}{self.pythons}"
        return f"{self.chosen}, which this program chooses,{self.pythons}".removesuffix(",")

    def on(self, pythons: Pythons) -> Self:
        """Return the same on some versions of Python only."""
        return replace(self, pythons=pythons)

    @property
    def places(self) -> str:
        """Where it bites, as a phrase: `on macOS, Windows and, from Python 3.14, Linux`."""
        return self.methods.places

    def bites_on(self, target: Target, method: StartMethods | None = None) -> bool:
        """Whether it bites on a target, under its default start method or the one given instead."""
        return target.python in self.pythons and bool((method or target.default) & self.methods)


EVERYWHERE = When()
"""Under every start method."""
