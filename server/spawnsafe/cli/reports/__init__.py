"""The formats of reports: each module `as_x` here is the format `x`.

A format is a function `write(entries, names)` that yields lines, and whether it is `FOR_PEOPLE`, who get a summary as
well. It streams if it yields lines while it takes entries, and tells all at once if it takes all entries first.
"""

import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from spawnsafe.cli.reports.entry import Entry, Names

_PREFIX = "as_"


@dataclass(frozen=True, slots=True)
class Format:
    """How a report is written."""

    name: str
    write: Callable[[Iterable[Entry], Names], Iterator[str]]
    is_for_people: bool


@cache
def format_names() -> tuple[str, ...]:
    """Return what the formats are called."""
    stems = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(stem.removeprefix(_PREFIX).replace("_", "-") for stem in stems if stem.startswith(_PREFIX))


@cache
def format_named(name: str) -> Format:
    """Return the format of that name, one of `format_names`."""
    module = import_module(f"{__name__}.{_PREFIX}{name.replace('-', '_')}")
    return Format(name, module.write, module.FOR_PEOPLE)
