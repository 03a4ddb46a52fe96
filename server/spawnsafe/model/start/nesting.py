"""Workers that start workers, and executors that ask of fork what it cannot do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, evaluate, slot, stores, unstarred
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import Start
from spawnsafe.model.sends import Send
from spawnsafe.model.timeline import is_sure, is_tried
from spawnsafe.model.values import Literal, Workers
from spawnsafe.model.workers import Visit
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_DAEMON = apis.Slot(("daemon",), None)
_MOST_TASKS = apis.Slot(("max_tasks_per_child",), None)


@dataclass(frozen=True, slots=True)
class Nested:
    """A daemonic worker, which runs what `send` sends it, surely comes to `start` by `visit`."""

    send: Send
    start: Start
    visit: Visit


def nested(module: "Module") -> Iterator[Nested]:
    """Yield what daemonic workers of a file start, which no daemon can."""
    for work in module.works:
        if not _are_daemons(module, work.send.workers):
            continue
        for start, visit in work.starts:
            if start.site.scope is work.send.origin.site.scope:
                continue  # what a wrapper sends is what it wraps, which does not come to the wrapper again
            sites = [start.site, *(call.site for call in visit.chain)]
            if not visit.is_sheltered and all(map(_is_surely_reached, sites)):
                yield Nested(work.send, start, visit)


def _are_daemons(module: "Module", workers: Workers) -> bool:
    """Whether workers are daemons: those of a pool are, a process can be made one.

    A pool class of the project, or a context that is passed to a pool, can have processes that refuse to be.
    """
    if workers.maker is apis.POOL:
        return workers.cls is None and not (workers.call and slot(workers.call, apis.Slot(("context",), None)))
    if workers.maker is not apis.PROCESS or workers.call is None or workers.site is None:
        return False
    passed = slot(workers.call, _DAEMON)
    if passed is not None:
        return evaluate(passed, workers.site) == (Literal(value=True),)
    if workers.cls is not None and any(_is_true(source, step.site) for step, source in _set_by(workers.cls)):
        return True
    return any(
        _is_true(source, step.site)
        and any(isinstance(value, Workers) and value.call is workers.call for value in evaluate(owner, step.site))
        for step, owner, source in module.set_attributes.get("daemon", ())
    )


def _set_by(cls: Scope) -> list[tuple[Step, facts.Source]]:
    """Return what a class makes `daemon` of its instances when they are made."""
    return [(step, source) for step, source in stores(cls).get("daemon", ()) if step.scope.name == "__init__"]


def _is_true(source: facts.Source, site: Site) -> bool:
    return isinstance(source, facts.Assigned) and evaluate(source.term, site) == (Literal(value=True),)


def _is_surely_reached(site: Site) -> bool:
    step = site.scope.steps[site.order]
    return is_sure(step, Run.IMPORTED, are_loops_run=True) and not is_tried(step)


@dataclass(frozen=True, slots=True)
class Exhaustible:
    """An executor is to replace its workers after so many tasks, in a context that is, or can be, that of fork."""

    workers: Workers
    call: facts.Call
    site: Site
    context: facts.Term
    when: When

    @property
    def method(self) -> facts.Constant | None:
        """Where the context is chosen, if that is in the call itself."""
        match self.context:
            case facts.Call(arguments=(facts.Argument(value=facts.Constant(value="fork") as chosen), *_)):
                return chosen
            case _:
                return None


def exhaustible(module: "Module") -> Iterator[Exhaustible]:
    """Yield the executors of a file that count the tasks of forked workers."""
    for workers in (life.workers for life in module.lives):
        call, site = workers.call, workers.site
        if workers.maker is not apis.EXECUTOR or call is None or site is None or workers.maker.context is None:
            continue
        passed = unstarred(call, site)
        count, context = slot(passed, _MOST_TASKS), slot(passed, workers.maker.context)
        if count is None or context is None:
            continue
        if Literal(None) in (*evaluate(count, site), *evaluate(context, site)):
            continue
        methods = module.methods_of(workers.methods)
        when = When.of(StartMethods.FORK, methods)
        if when and (not isinstance(methods, StartMethods) or methods == StartMethods.FORK):
            yield Exhaustible(workers, call, site, context, when)
