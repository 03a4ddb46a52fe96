"""Sentences and notes that several rules share."""

from collections.abc import Iterable, Iterator

from spawnsafe.edits import HoistPlan, Refusal
from spawnsafe.findings import Note
from spawnsafe.model import Module, Scope, Send


def passing(names: Iterable[str]) -> str:
    """Return how borrowed names then reach a definition that was moved; empty if there are none."""
    quoted = [f"`{name}`" for name in names]
    if not quoted:
        return ""
    listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    return f" and pass {listed} with `functools.partial`"


def move_help(scope: Scope, plan: HoistPlan | Refusal) -> str:
    """Return what to do with a local definition."""
    subject = "Move it to a function at module level" if scope.name == "<lambda>" else "Move it to module level"
    return f"{subject}{passing(plan.variables) if isinstance(plan, HoistPlan) else ''}."


def refusal_notes(module: Module, send: Send, refusal: object) -> Iterator[Note]:
    """Yield why there is no quick fix, if there is none."""
    if isinstance(refusal, Refusal):
        yield Note(f"No quick fix: {refusal.reason}.", module.path, module.span_of(send))


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
