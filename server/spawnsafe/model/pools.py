"""The life of a pool: where it is made, what is asked of it, how it ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import bound, evaluate, sourced
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import Run, is_sure
from spawnsafe.model.values import MakerClass, Workers
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import At, Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class End(Enum):
    """How a pool is given up."""

    WITH = "with"
    """A `with` leaves it."""
    CLOSED = "closed"
    """A call of `close`, `terminate` or `shutdown`, on some path at least."""
    ALWAYS_CLOSED = "always closed"
    """The same, in a `finally` or on the only path."""
    OPEN = "open"


_CLOSERS = ("close", "terminate", "shutdown")


@dataclass(frozen=True, slots=True)
class Life:
    """A pool, executor, process or manager that a call makes, with the steps that use it, in order."""

    workers: Workers
    made: Step
    uses: tuple[Step, ...]
    end: End


def lives(scopes: list[Scope]) -> list[Life]:
    """Return the lives of all workers made in these scopes, in the order of their making."""
    made: dict[int, tuple[Workers, Step]] = {}
    uses: dict[int, list[Step]] = {}
    for scope in scopes:
        for step in scope.steps:
            if not isinstance(step.event, facts.Invoke):
                continue
            call = step.event.call
            for value in evaluate(call, step.site):
                if isinstance(value, Workers) and value.call is call and value.maker not in apis.FUNCTIONS:
                    made[id(call)] = (value, step)
            if isinstance(call.function, facts.Attribute):
                for value in evaluate(call.function.value, step.site):
                    if isinstance(value, Workers) and value.call is not None:
                        uses.setdefault(id(value.call), []).append(step)
    return [
        Life(workers, step, tuple(uses.get(key, ())), _end(workers, uses.get(key, [])))
        for key, (workers, step) in made.items()
    ]


def workers_at(module: "Module", offset: int) -> Iterator[tuple[At, Block, Workers | MakerClass]]:
    """Yield the names, bindings and attributes at an absolute offset that stand for workers or make them."""
    for scope in module.scopes:
        for step in scope.steps:
            if not step.block.start <= offset <= step.block.end:
                continue
            for at, values in _mentions(step, offset):
                for value in values:
                    if isinstance(value, (Workers, MakerClass)):
                        yield at, step.block, value


def _mentions(step: Step, offset: int) -> Iterator[tuple[At, Values]]:
    """Yield the places in a step that cover an offset, with what they stand for."""

    def here(at: At) -> bool:
        start, end = step.block.place(at)
        return start <= offset <= end

    event = step.event
    if isinstance(event, facts.Bind) and here(event.at) and event.name != "*":
        yield event.at, bound(step)
    elif isinstance(event, facts.Store) and here(event.target.at):
        yield event.target.at, sourced(event.source, step.site)
    terms: tuple[facts.Term, ...] = ()
    if isinstance(event, facts.Invoke):
        function = event.call.function
        terms = (function.value, function) if isinstance(function, facts.Attribute) else (function,)
        terms += tuple(passed.value for passed in event.call.arguments if isinstance(passed.value, facts.Name))
    elif isinstance(event, facts.Evaluate):
        terms = (event.term,)
    for term in terms:
        if isinstance(term, (facts.Name, facts.Attribute)) and here(term.at):
            yield term.at, evaluate(term, step.site)


def _end(workers: Workers, uses: list[Step]) -> End:
    site, call = workers.site, workers.call
    if site is not None and _entered(call, site.scope):
        return End.WITH
    closing = [step for step in uses if _method(step) in _CLOSERS]
    if any(is_sure(step, Run.MAIN) for step in closing):
        return End.ALWAYS_CLOSED
    return End.CLOSED if closing else End.OPEN


def _entered(call: facts.Call | None, scope: Scope) -> bool:
    """Whether a `with` in the scope enters what the call makes, there or by its name."""
    for index, region in enumerate(scope.regions):
        if region.flow is not Flow.ALWAYS or region.subject is None:
            continue
        if region.subject is call:
            return True
        start = region.events[0]
        if start < len(scope.steps) and not isinstance(region.subject, facts.Call):
            site = scope.steps[start].site
            values = evaluate(region.subject, site)
            if any(isinstance(value, Workers) and value.call is call for value in values) and index:
                return True
    return False


def _method(step: Step) -> str:
    call = step.event.call if isinstance(step.event, facts.Invoke) else None
    return call.function.name if call and isinstance(call.function, facts.Attribute) else ""
