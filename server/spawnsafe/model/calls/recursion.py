"""Tasks that give tasks to the executor that runs them.

A worker that forks while the parent submits has the executor as it was in that moment: its lock is held, and the
threads that would pass a task on are not there (run under fork, CPython 3.8 to 3.14).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, evaluate, reached
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Site, Step
from spawnsafe.model.order import passes
from spawnsafe.model.sends import Send
from spawnsafe.model.values import Literal, ProjectModule, Workers
from spawnsafe.model.workers import Visit
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


@dataclass(frozen=True, slots=True)
class Circle:
    """A worker that runs what `send` sends it submits more to the same executor: by the method `term` at `site`."""

    send: Send
    term: facts.Attribute
    site: Site
    visit: Visit

    @property
    def when(self) -> When:
        """When the worker has the parent's executor."""
        return self.send.when(StartMethods.FORK)


def circles(module: "Module") -> Iterator[Circle]:
    """Yield where tasks of executors come back to these, which forked workers know by a variable."""
    running = {visit.scope for work in module.told_works for visit in work.visits}
    for work in module.told_works:
        workers = work.send.workers
        is_theirs = workers.site is None or workers.site.scope in running  # each task has one of its own
        if workers.maker is not apis.EXECUTOR or not work.send.is_task or is_theirs:
            continue
        for visit in work.visits:
            for step in visit.scope.steps:
                term = _submits(step, workers)
                comes = reached(step.site, Run.IMPORTED) and all(passes(step.site, call) for call in visit.chain[-1:])
                circle = Circle(work.send, term, step.site, visit) if term is not None and comes else None
                if circle is not None and module.tells(circle, work.send):
                    yield circle


def _submits(step: Step, workers: Workers) -> facts.Attribute | None:
    """Return the method by which a step gives a task to workers that a variable of a module stands for."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name) as function)):
            values = [value for value in evaluate(owner, step.site) if not isinstance(value, Literal)]
            is_same = all(isinstance(value, Workers) and value.call is workers.call for value in values)
            return (
                function if name in workers.maker.methods and values and is_same and _is_global(owner, step) else None
            )
        case _:
            return None


def _is_global(owner: facts.Term, step: Step) -> bool:
    match owner:
        case facts.Name(id=name):
            home = step.scope.home(name)
            return home is not None and home.is_module
        case facts.Attribute(value=whole):
            return any(isinstance(value, ProjectModule) for value in evaluate(whole, step.site))
        case _:
            return False
