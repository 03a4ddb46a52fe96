"""Sentences and notes that several rules share."""

from collections.abc import Iterable, Iterator

from spawnsafe.edits import HoistPlan, Refusal
from spawnsafe.findings import Note
from spawnsafe.model import Module, Scope, Send, Visit


def passing(names: Iterable[str]) -> str:
    """Return how borrowed names then reach a definition that was moved; empty if there are none."""
    listed = quoted(names)
    return f" and pass {listed} with `functools.partial`" if listed else ""


def quoted(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    code = [f"`{name}`" for name in names]
    return code[0] if len(code) == 1 else " and ".join(filter(None, (", ".join(code[:-1]), *code[-1:])))


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


def call_notes(visit: Visit) -> Iterator[Note]:
    """Yield a note for each call that leads, in the worker, from what was sent to a scope."""
    for call in visit.chain:
        home = call.site.scope.module
        code = home.code(call.site.block, call.call.function.at)
        name = f"{code}()" if "\n" not in code else "…()"
        yield Note(f"The worker calls `{name}` here.", home.path, home.span(call.site.block, call.call.at))


def way_notes(send: Send) -> Iterator[Note]:
    """Yield a note for each wrapper function that hands a value on, up to the one that sends it."""
    for inner in send.inner:
        home = inner.site.scope.module
        code = home.code(inner.site.block, inner.term.at)
        done = f"sent by `{inner.api}`" if not inner.inner else "handed on"
        yield Note(f"`{code}` is {done} here.", home.path, home.span_of(inner))
