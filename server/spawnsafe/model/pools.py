"""The life of a pool: where it is made, what is asked of it, how it ends."""

from dataclasses import dataclass
from enum import Enum

from spawnsafe.model.flow import evaluate
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.values import Workers
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow


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
                if isinstance(value, Workers) and value.call is call:
                    made[id(call)] = (value, step)
            if isinstance(call.function, facts.Attribute):
                for value in evaluate(call.function.value, step.site):
                    if isinstance(value, Workers) and value.call is not None:
                        uses.setdefault(id(value.call), []).append(step)
    return [
        Life(workers, step, tuple(uses.get(key, ())), _end(workers, uses.get(key, [])))
        for key, (workers, step) in made.items()
    ]


def _end(workers: Workers, uses: list[Step]) -> End:
    site, call = workers.site, workers.call
    if site is not None and _entered(call, site.scope):
        return End.WITH
    closing = [step for step in uses if _method(step) in _CLOSERS]
    if any(_surely(step) for step in closing):
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


def _surely(step: Step) -> bool:
    """Whether a step runs whenever its scope does: on the only path, in a `with` or a `finally`."""
    regions = step.scope.regions
    return all(regions[index].flow in (Flow.ALWAYS, Flow.BODY) for index in step.scope.enclosing(step.region))
