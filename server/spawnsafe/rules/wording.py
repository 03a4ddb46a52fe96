"""Sentences and notes that several rules share."""

from collections.abc import Iterator

from spawnsafe.findings import Note
from spawnsafe.model import Module, Scope, Send, captured


def move_help(scope: Scope) -> str:
    """Return what to do with a local definition: move it, and how its captured names then reach it."""
    subject = "Move it to a function at module level" if scope.name == "<lambda>" else "Move it to module level"
    names = [f"`{name}`" for name in captured(scope)]
    if not names or scope.is_class:
        return f"{subject}."
    return f"{subject} and pass {_listed(names)} with `functools.partial`."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def place_notes(module: Module, send: Send, scope: Scope, message: str) -> Iterator[Note]:
    """Yield a note at a definition, unless the send shows it itself."""
    home = scope.module
    if scope.facts is None:
        return
    span = home.span(scope.block, scope.facts.name_at)
    if home is not module or span not in module.span_of(send):
        yield Note(message, home.path, span)


def way_notes(send: Send) -> Iterator[Note]:
    """Yield a note for each wrapper function that hands a value on, up to the one that sends it."""
    for inner in send.inner:
        home = inner.site.scope.module
        code = home.code(inner.site.block, inner.term.at)
        done = f"sent by `{inner.api}`" if not inner.inner else "handed on"
        yield Note(f"`{code}` is {done} here.", home.path, home.span_of(inner))
