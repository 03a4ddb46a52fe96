"""What an editor shows above definitions: that they run in workers, and from how many places they are sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spawnsafe.model import Module, Scope
from spawnsafe.source import Span


@dataclass(frozen=True, slots=True)
class Lens:
    """A line of text above what stands at `span`, and the places in files to which it leads."""

    span: Span
    title: str
    places: tuple[tuple[Path, Span], ...]


def lenses(module: Module) -> Iterator[Lens]:
    """Yield a lens for each function and class of a module that is sent to workers."""
    for scope in module.scopes:
        if scope.facts is None or not (scope.is_function or scope.is_class) or scope.name == "<lambda>":
            continue
        if places := tuple(dict.fromkeys(_places(module, scope))):
            title = f"{'runs in' if scope.is_function else 'sent to'} workers · {len(places)} send"
            span = module.span(scope.block, scope.facts.name_at)
            yield Lens(span, title + "s" * (len(places) > 1), places)


def _places(module: Module, scope: Scope) -> Iterator[tuple[Path, Span]]:
    """Yield where a definition is sent."""
    for sender in (module, *module.senders):
        yield from ((sender.path, sender.span_of(send)) for send in sender.sends_of(scope))
