"""Queues that count: what is put on them, less what `task_done` is called for; `join` waits until none is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model.calls.managed import MANAGED, arriving
from spawnsafe.model.flow import evaluate
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import (
    Channel,
    Class,
    ContextMember,
    Function,
    Instance,
    Literal,
    MakerClass,
    Method,
    Product,
    Value,
    Workers,
    WorkersMethod,
)
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_COUNTING = frozenset({f"{MANAGED}Queue", f"{MANAGED}JoinableQueue"})
_GETTING = frozenset({"get", "get_nowait"})
_PUTTING = frozenset({"put", "put_nowait"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A use of a queue: the method `term` at `site`."""

    term: facts.Attribute
    site: Site


@dataclass(frozen=True, slots=True)
class Uncounted:
    """What `get` takes from a queue is never counted, and `join` waits for that."""

    queue: Channel | Product
    get: Endpoint
    join: Endpoint
    is_only_get: bool
    """Whether nothing else takes from it."""

    @property
    def when(self) -> When:
        """When it waits for ever."""
        return When.of(StartMethods.ALL, self.queue.methods)


def uncounted(module: "Module") -> Iterator[Uncounted]:
    """Yield the queues that a file joins, and that nobody tells what is done."""
    scopes = _scopes(module) if any(".join" in scope.mentions for scope in module.scopes) else []
    seen: set[Value] = set()
    for join in _uses(module.scopes, frozenset({"join"})) if scopes else ():
        queues = _known(join, module)
        for queue in queues if len(queues) == 1 else ():
            if queue in seen or not _counts(queue):
                continue
            seen.add(queue)
            gets = [use for use in _uses(scopes, _GETTING) if queue in _known(use, module)]
            puts = any(queue in _known(use, module) for use in _uses(scopes, _PUTTING))
            if gets and puts and not _may_be_told(queue, scopes, module):
                here = next((get for get in gets if get.site.scope.module is module), gets[0])
                yield Uncounted(queue, here, join, len(gets) == 1)


def _scopes(module: "Module") -> list[Scope]:
    """Return the scopes that can know the queues of a file: its own, those of what it imports, and its workers'."""
    modules = dict.fromkeys((module, *module.imported_modules))
    found = [scope for each in modules for scope in each.scopes]
    return list(dict.fromkeys((*found, *(visit.scope for work in module.works for visit in work.visits))))


def _uses(scopes: list[Scope], names: frozenset[str]) -> Iterator[Endpoint]:
    """Yield the methods of those names that are called, or handed on as `iter(queue.get, None)` does."""
    for scope in scopes:
        if names.isdisjoint(scope.attributes):
            continue
        seen: set[facts.Term] = set()
        for step in scope.steps:
            for term in parts(step.event):
                if isinstance(term, facts.Attribute) and term.name in names and term not in seen:
                    seen.add(term)
                    yield Endpoint(term, step.site)


def _known(use: Endpoint, module: "Module") -> list[Channel | Product]:
    """Return the queues whose method a use is, none if it can be that of something else."""
    values = [value for value in arriving(evaluate(use.term.value, use.site), module) if not isinstance(value, Literal)]
    queues = [value for value in values if isinstance(value, Channel | Product)]
    return queues if len(queues) == len(values) else []


def _counts(queue: Channel | Product) -> bool:
    """Whether a queue has a `join`."""
    if isinstance(queue, Product):
        return queue.name in _COUNTING
    return last_name(queue.call.function) == "JoinableQueue"


def _may_be_told(queue: Value, scopes: list[Scope], module: "Module") -> bool:
    """Whether something calls `task_done` of a queue, or might, as whoever gets it and is not known."""
    for use in _uses(scopes, frozenset({"task_done"})):
        known = _known(use, module)
        if not known or queue in known:
            return True
    callers = [work for work in module.works if work.send.workers.maker.noun in ("pool", "executor", "process")]
    return any(work.entry is None for work in callers) or any(
        _is_handed_out(step.event.call, step.site, queue)
        for scope in scopes
        for step in scope.steps
        if isinstance(step.event, facts.Invoke)
    )


def _is_handed_out(call: facts.Call, site: Site, queue: Value) -> bool:
    """Whether a call gives a queue to something that is not known."""
    given = [inner for passed in call.arguments for inner in parts(passed.value)]
    if not any(queue in evaluate(term, site) for term in given if isinstance(term, facts.Name | facts.Attribute)):
        return False
    known = (Class, Function, Method, Instance, MakerClass, ContextMember, Workers, WorkersMethod)
    values = evaluate(call.function, site)
    return not all(isinstance(value, known) for value in values)
