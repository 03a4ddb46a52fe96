"""Calls that stand where a function is to be sent: they run in the parent, and give nothing that can be called."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis, objects
from spawnsafe.model.flow import evaluate, resolve, slot
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.sends import Send
from spawnsafe.model.values import External, Function, Items, Literal, Many, Method, Partial, Product, Row, Value
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_DEEPEST = 6
_CHANNELS = (apis.CHANNEL, apis.PROXY, apis.CONNECTION)


@dataclass(frozen=True, slots=True)
class Called:
    """What `call` gives is sent to be called. `gives_none` says that this is None in any case."""

    send: Send
    call: facts.Call
    gives_none: bool


def called(module: "Module") -> Iterator[Called]:
    """Yield the calls of which a file sends the result to be called, which it cannot be."""
    for send in module.sends:
        if not isinstance(send.term, facts.Call) or send.workers.maker in _CHANNELS or not _is_target(send):
            continue
        results = [each for function in evaluate(send.term.function, send.site) for each in _results(function)]
        if results and all(_is_plain(term, site) for term, site in results):
            nothing = all(_is_none(term, site) for term, site in results)
            yield Called(send, send.term, nothing)


def _is_target(send: Send) -> bool:
    """Whether what a send sends is called, or is what something else is in that should be called."""
    return send.is_called or (not send.inner and send.term is slot(send.call, send.sender.callable))


_Result = tuple[facts.Term | None, Site | None]


def _results(function: Value) -> list[_Result]:
    """Return what a call of a function gives: terms and where they stand, None for None; nothing if it is not known."""
    match function:
        case Function(scope=scope) | Method(function=Function(scope=scope)) if _is_simple(scope):
            returned = [step for step in scope.steps if isinstance(step.event, facts.Return)]
            return [(step.event.term, step.site) for step in returned if isinstance(step.event, facts.Return)] or _NONE
        case Partial(function=inner):
            return _results(inner)
        case External(name=name) if name in objects.GIVING_NONE:
            return _NONE
        case _:
            return [(facts.Opaque((0, 0)), None)]


_NONE: list[_Result] = [(None, None)]


def _is_simple(scope: Scope) -> bool:
    """Whether a call of a function runs it and gives what it returns."""
    return scope.facts is not None and not scope.facts.decorators and not scope.is_generator and not scope.is_async


def _is_none(term: facts.Term | None, site: Site | None) -> bool:
    return term is None or (site is not None and evaluate(term, site) == (Literal(None),))


def _is_plain(term: facts.Term | None, site: Site | None, depth: int = 0) -> bool:
    """Whether a term is something that cannot be called: None, a number, a text, a container."""
    match term:
        case None | facts.Combined() | facts.Formatted() | facts.Comparison() | facts.Not() | facts.Constant():
            return True
        case facts.Display() | facts.Comprehension():
            return True
        case facts.Conditional(body=body, orelse=orelse):
            return _is_plain(body, site, depth) and _is_plain(orelse, site, depth)
        case facts.Logical(left=left, right=right):
            return _is_plain(left, site, depth) and _is_plain(right, site, depth)
    values = evaluate(term, site) if site is not None else ()
    if values and all(map(_is_plain_value, values)):
        return True
    if not isinstance(term, facts.Name) or site is None or depth > _DEEPEST:
        return False
    steps = resolve(term.id, site) or ()
    return bool(steps) and all(
        isinstance(step.event, facts.Bind)
        and isinstance(step.event.source, facts.Assigned)
        and not step.event.source.path
        and _is_plain(step.event.source.term, step.site, depth + 1)
        for step in steps
    )


def _is_plain_value(value: Value) -> bool:
    if isinstance(value, Product):
        return value.name in objects.PLAIN or value.name in objects.GIVING_NONE
    return isinstance(value, Literal | Items | Row | Many)
