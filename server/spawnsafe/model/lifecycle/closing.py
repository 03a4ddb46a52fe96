"""Queues that are used when they have been closed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from spawnsafe.model.flow import evaluate
from spawnsafe.model.lifecycle.paths import paths
from spawnsafe.model.lifecycle.pools import method_of, outer
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.terms import last_name
from spawnsafe.model.timeline import is_tried
from spawnsafe.model.values import Channel
from spawnsafe.syntax import facts

_USING = frozenset({"put", "put_nowait", "get", "get_nowait"})


@dataclass(frozen=True, slots=True)
class Late:
    """A queue that a function has closed is used at `step`, by the method `name`."""

    queue: Channel
    step: Step
    name: str

    @property
    def when(self) -> When:
        """When that raises."""
        return When.of(StartMethods.ALL, self.queue.methods)


def late_uses(scopes: Iterable[Scope]) -> Iterator[Late]:
    """Yield what functions put on queues, or get from them, when they have surely closed them."""
    for scope in scopes:
        if scope is not outer(scope) or ".close" not in scope.mentions:
            continue
        closed = (_queue_of(step) for step in scope.steps if method_of(step) == "close")
        for queue in dict.fromkeys(queue for queue in closed if queue is not None):
            ways = paths(scope, frozenset({False}), partial(_after, queue), lambda _scope, _region, states: states)
            for step in scope.steps:
                name = method_of(step)
                is_used = name in _USING and _queue_of(step) == queue
                if is_used and ways.at(step) == {True} and not is_tried(step):
                    yield Late(queue, step, name)


def _after(queue: Channel, step: Step, states: frozenset[bool]) -> frozenset[bool]:
    """Return whether a queue is closed after a step."""
    if not isinstance(step.event, facts.Invoke):
        return states
    if step.event.call is queue.call:
        return frozenset({False})
    return frozenset({True}) if method_of(step) == "close" and _queue_of(step) == queue else states


def _queue_of(step: Step) -> Channel | None:
    """Return the one queue whose method a step calls; only those know that they are closed which have a thread."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner))):
            match evaluate(owner, step.site):
                case (Channel(call=made) as queue,) if last_name(made.function) in ("Queue", "JoinableQueue"):
                    return queue
    return None
