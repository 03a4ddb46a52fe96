"""Queues between processes: what workers put on them, and when the parent reads it.

A process that has put something on a queue ends only when that has been written to a pipe, which holds 64 KiB: until
the parent reads, no more goes in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, passed_terms
from spawnsafe.model.lifecycle.pools import method_of, outer, outer_site
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import CallSite, inflow
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import Channel, Literal, Parameter, Value, Workers
from spawnsafe.model.workers import Visit, Work
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

_GETTING = frozenset({"get", "get_nowait"})
_PUTTING = frozenset({"put", "put_nowait"})
_PIPE = 1 << 16


@dataclass(frozen=True, slots=True)
class Drain:
    """A process is joined at `join`, and what it puts on a queue at `put` is read later, at `read`."""

    queue: Channel
    join: Step
    read: Step
    put: Step
    is_large: bool
    """Whether more is put than a pipe holds."""


def drains(works: Iterable[Work], scopes: list[Scope]) -> Iterator[Drain]:
    """Yield each process of a file that is joined before what it puts on a queue is read."""
    filled: dict[int, list[tuple[Channel, Step]]] = {}
    taken: set[Channel] = set()
    for work in works:
        if work.send.workers.maker.noun == "process":
            puts, gets = _traffic(work)
            filled.setdefault(id(work.send.workers.call), []).extend(puts)
            taken |= gets
    for scope in scopes if filled else ():
        if scope is outer(scope) and ".join" in scope.mentions:
            yield from _drains_in(scope, filled, taken)


def _traffic(work: Work) -> tuple[list[tuple[Channel, Step]], set[Channel]]:
    """Return what a worker puts on queues, and the queues from which it gets something."""
    puts: list[tuple[Channel, Step]] = []
    gets: set[Channel] = set()
    for visit in work.visits:
        for step in visit.scope.steps:
            name = method_of(step)
            if name not in _PUTTING and name not in _GETTING:
                continue
            for queue in _queues(_receivers(step, visit, work)):
                if name in _PUTTING:
                    puts.append((queue, step))
                else:
                    gets.add(queue)
    return puts, gets


def _receivers(step: Step, visit: Visit, work: Work) -> Values:
    """Return what a method is called on in a worker, with what the program sends in the place of parameters."""
    return tuple(_resolved(evaluate(_receiver(step), step.site), visit.chain, work))


def _resolved(values: Values, chain: tuple[CallSite, ...], work: Work) -> Iterator[Value]:
    """Yield values with what is passed in the place of parameters by the calls that lead to a scope."""
    for value in inflow(values):
        yield value
        if isinstance(value, Parameter) and chain:
            call = chain[-1]
            for term in passed_terms(call.call, value, call.site, call.offset) if not value.path else ():
                yield from _resolved(evaluate(term, call.site), chain[:-1], work)
        else:
            yield from inflow(work.given(value))


def _queues(values: Values) -> Iterator[Channel]:
    return (value for value in values if isinstance(value, Channel))


def _drains_in(scope: Scope, filled: dict[int, list[tuple[Channel, Step]]], taken: set[Channel]) -> Iterator[Drain]:
    """Yield the joins in a function that come before it first reads a queue."""
    steps = sorted(_within(scope), key=lambda step: outer_site(step.site).order)
    reads: dict[Channel, Step] = {}
    for step in steps:
        for queue in _read_by(step):
            reads.setdefault(queue, step)
    unstarted = {id(process.call) for step in steps for process in _processes(step, "start")}
    for step in steps:
        unstarted.difference_update(id(process.call) for process in _processes(step, "start"))
        waiting = {key: puts for key, puts in filled.items() if key not in unstarted}
        for queue, put in _put_before(step, waiting):
            read = None if _is_small(queue, put) else reads.get(queue)
            if read is not None and queue not in taken and outer_site(step.site).order < outer_site(read.site).order:
                yield Drain(queue, step, read, put, _is_large(put))
                break


def _within(scope: Scope) -> Iterator[Step]:
    """Yield the steps of a scope and of the comprehensions in it."""
    for inner in scope.walk():
        if outer(inner) is scope:
            yield from inner.steps


def _put_before(step: Step, filled: dict[int, list[tuple[Channel, Step]]]) -> Iterator[tuple[Channel, Step]]:
    """Yield what the process puts on queues that a step waits for, without an end to its patience."""
    if isinstance(step.event, facts.Invoke) and not step.event.call.arguments:
        for process in _processes(step, "join"):
            yield from filled.get(id(process.call), ())


def _processes(step: Step, method: str) -> Iterator[Workers]:
    """Yield the processes on which a step calls a method."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name == method:
            for value in evaluate(owner, step.site):
                if isinstance(value, Workers) and value.maker is apis.PROCESS:
                    yield value


def _read_by(step: Step) -> Iterator[Channel]:
    """Yield the queues that a step reads, or hands to something that can."""
    if not isinstance(step.event, facts.Invoke):
        return
    for term in parts(step.event):
        if isinstance(term, facts.Attribute) and term.name in _GETTING:
            yield from _queues(evaluate(term.value, step.site))


def _is_small(queue: Channel, put: Step) -> bool:
    """Whether a step puts a constant, or on a simple queue anything not large, and only once."""
    assert isinstance(put.event, facts.Invoke)  # noqa: S101 - that is what puts
    regions = (put.scope.regions[index] for index in put.scope.enclosing(put.region))
    arguments = put.event.call.arguments
    is_once = not any(region.flow is Flow.LOOP for region in regions)
    if last_name(queue.call.function) == "SimpleQueue":  # it writes without a thread, which ends at once
        return is_once and not _is_large(put)
    return is_once and bool(arguments) and all(_is_constant(value) for value in evaluate(arguments[0].value, put.site))


def _is_constant(value: Value) -> bool:
    return isinstance(value, Literal) and not (isinstance(value.value, str | bytes) and len(value.value) > _SHORT)


_SHORT = 1000
"""So long a text does not fill a pipe, not even if some dozen workers put it."""


def _is_large(put: Step) -> bool:
    """Whether a step surely puts more than a pipe holds: something repeated that often."""
    assert isinstance(put.event, facts.Invoke)  # noqa: S101 - that is what puts
    arguments = put.event.call.arguments
    return bool(arguments) and any(_length(term, put) > _PIPE for term in parts(arguments[0].value))


def _length(term: facts.Term, put: Step) -> int:
    """Return how many items a repetition has, such as `"x" * 100_000`, or a list of a `range`; 0 if it is not known."""
    match term:
        case facts.Combined(parts=(left, right), operator="*"):
            return max(_number(left, put), _number(right, put))
        case facts.Call(
            function=facts.Name(id="range" | "bytes" | "bytearray"), arguments=(facts.Argument(value=stop),)
        ):
            return _number(stop, put)
        case _:
            return 0


def _number(term: facts.Term, put: Step) -> int:
    match evaluate(term, put.site):
        case (Literal(value=int(number)),):
            return number
        case _:
            return 0


# --- loops that ask whether a queue is empty ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Poll:
    """A loop that reads a queue until it looks empty, at `step`, while other processes use it, too.

    `work` is what a worker runs that has the loop, None if the parent has it.
    """

    queue: Channel
    step: Step
    work: Work | None


def polls(works: Iterable[Work], scopes: list[Scope]) -> Iterator[Poll]:
    """Yield the loops of a file that end when a queue between processes looks empty."""
    producers: dict[Channel, set[int]] = {}
    seen: set[Step] = set()
    for work in works:
        if work.send.workers.maker.noun == "process":
            for queue, _ in _traffic(work)[0]:
                producers.setdefault(queue, set()).add(id(work.send.workers.call))
            for visit in work.visits:
                for step in _endings(visit.scope):
                    for queue in _queues(_receivers(step, visit, work)):
                        if step not in seen:
                            seen.add(step)
                            yield Poll(queue, step, work)
    for scope in scopes if producers else ():
        for step in _endings(scope):
            for queue in _queues(evaluate(_receiver(step), step.site)):
                if step not in seen and not producers.get(queue, set()).isdisjoint(_running_at(step)):
                    seen.add(step)
                    yield Poll(queue, step, None)


def _running_at(step: Step) -> set[int]:
    """Return the processes that a function has started and not joined when a step is come to."""
    running: set[int] = set()
    for earlier in sorted(_within(outer(step.scope)), key=lambda each: outer_site(each.site).order):
        if outer_site(earlier.site).order >= step.order:
            break
        running.update(id(process.call) for process in _processes(earlier, "start"))
        running.difference_update(id(process.call) for process in _processes(earlier, "join"))
    return running


def _endings(scope: Scope) -> Iterator[Step]:
    """Yield the steps that ask whether a queue is empty, by which a loop that reads it ends."""
    if scope.mentions.isdisjoint((".empty", ".qsize")):
        return
    for step in scope.steps:
        if method_of(step) in ("empty", "qsize") and any(
            _ends_loop(scope, index, step) and _is_read_in(_loop_around(scope, index), step)
            for index, region in enumerate(scope.regions)
            if region.flow is Flow.BRANCH and region.subject is not None and _asks(region.subject, step)
        ):
            yield step


def _asks(condition: facts.Term, step: Step) -> bool:
    """Whether a condition is that a queue is empty, or is not, and nothing else."""
    call = step.event.call if isinstance(step.event, facts.Invoke) else None
    match condition:
        case facts.Not(value=inner):
            return inner is call
        case facts.Comparison(left=left, right=facts.Constant()):
            return left is call
        case _:
            return condition is call


def _ends_loop(scope: Scope, index: int, step: Step) -> bool:
    """Whether a loop ends when a branch is taken, or is not taken for a `while`."""
    region = scope.regions[index]
    if scope.regions[region.parent].flow is Flow.LOOP and step.region == region.parent and _is_test(scope, index):
        return True
    return region.ending in (Ending.SCOPE, Ending.BREAK)


def _is_test(scope: Scope, index: int) -> bool:
    """Whether the condition of a branch is that of the `while` around it."""
    region = scope.regions[index]
    return scope.regions[region.parent].subject is None and scope.regions[region.parent].at == region.at


def _loop_around(scope: Scope, index: int) -> facts.Region | None:
    around = (scope.regions[each] for each in scope.enclosing(index))
    return next((region for region in around if region.flow is Flow.LOOP), None)


def _is_read_in(loop: facts.Region | None, step: Step) -> bool:
    """Whether a loop gets something from what a step asks."""
    asked = evaluate(_receiver(step), step.site)
    return loop is not None and any(
        method_of(each) in _GETTING and evaluate(_receiver(each), each.site) == asked
        for each in step.scope.steps[slice(*loop.events)]
    )


def _receiver(step: Step) -> facts.Term:
    """Return what a step calls a method on."""
    assert isinstance(step.event, facts.Invoke)  # noqa: S101 - that is what calls a method
    function = step.event.call.function
    assert isinstance(function, facts.Attribute)  # noqa: S101 - likewise
    return function.value
