"""Queues between processes: what workers put on them, and when the parent reads it.

A process that has put something on a queue ends only when that has been written to a pipe, which holds 64 KiB: until
the parent reads, no more goes in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from spawnsafe.model import apis, objects
from spawnsafe.model.flow import evaluate, passed_terms
from spawnsafe.model.lifecycle.courses import Passage, course
from spawnsafe.model.lifecycle.pools import method_of, outer, outer_site, receiver_of
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import CallSite, excludes, inflow
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import Channel, External, Literal, Parameter, Product, Value, Workers
from spawnsafe.model.workers import Visit, Work
from spawnsafe.source import Span
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

Queue: TypeAlias = Channel | Product
"""A queue that writes to a pipe, or one that a manager has."""

_MANAGED = frozenset({"multiprocessing.Manager().Queue", "multiprocessing.Manager().JoinableQueue"})
_GETTING = frozenset({"get", "get_nowait"})
_PUTTING = frozenset({"put", "put_nowait"})
_LOOKING = frozenset({"empty", "qsize"})
_PIPE = 1 << 16


@dataclass(frozen=True, slots=True)
class Drain:
    """A process is joined at `join`, and what it puts on a queue at `put` is read later, at `read`.

    Both can be calls of functions that do so.
    """

    queue: Channel
    join: Step
    read: Step
    put: Step
    is_large: bool
    """Whether more is put than a pipe holds."""

    @property
    def waiting(self) -> facts.Term:
        """What is called, and waits."""
        assert isinstance(self.join.event, facts.Invoke)  # noqa: S101 - that is what joins
        return self.join.event.call.function

    @property
    def name(self) -> str:
        """What the program calls the queue where it reads it, or else where it puts something."""
        return receiver_of(self.read if method_of(self.read) in _GETTING else self.put) or "queue"


def drains(works: Iterable[Work], module: "Module") -> Iterator[Drain]:
    """Yield each process of a file that is joined before what it puts on a queue is read."""
    filled: dict[int, list[tuple[Channel, Step]]] = {}
    taken: set[Queue] = set()
    for work in works:
        if work.send.workers.maker.noun == "process":
            puts, gets = _traffic(work)
            channels = [(queue, put) for queue, put in puts if isinstance(queue, Channel)]
            filled.setdefault(id(work.send.workers.call), []).extend(channels)
            taken |= gets
    seen: set[Step] = set()
    for scope in module.scopes if any(filled.values()) else ():
        for drain in _drains_in(scope, filled, taken, module) if scope is outer(scope) else ():
            if drain.join not in seen:
                seen.add(drain.join)
                yield drain


def _traffic(work: Work) -> tuple[list[tuple[Queue, Step]], set[Queue]]:
    """Return what a worker puts on queues, and the queues from which it gets something."""
    puts: list[tuple[Queue, Step]] = []
    gets: set[Queue] = set()
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


def _queues(values: Values) -> Iterator[Queue]:
    for value in values:
        if isinstance(value, Channel) or (isinstance(value, Product) and value.name in _MANAGED):
            yield value


def _drains_in(
    scope: Scope, filled: dict[int, list[tuple[Channel, Step]]], taken: set[Queue], module: "Module"
) -> Iterator[Drain]:
    """Yield the joins in a run of a function that come before it first reads a queue."""
    passages = list(course(scope))
    reads: dict[Queue, Passage] = {}
    for passage in passages:
        for queue in _read_by(passage):
            reads.setdefault(queue, passage)
    if not reads:
        return
    taken = taken.union(*map(_handed_out_by, passages))
    unstarted = {id(process.call) for passage in passages for process in _processes(passage, "start")}
    for number, passage in enumerate(passages):
        unstarted.difference_update(id(process.call) for process in _processes(passage, "start"))
        waiting = {key: puts for key, puts in filled.items() if key not in unstarted}
        for queue, put in _put_before(passage, waiting):
            read = None if queue in taken or _is_small(queue, put) else reads.get(queue)
            if read is not None and read in passages[number:] and _is_of(module, passage, read):
                yield Drain(queue, passage.top, read.top, put, _is_large(put))
                break


def _is_of(module: "Module", join: Passage, read: Passage) -> bool:
    """Whether a process can come from a join to a read, and no other function of the file holds both."""
    if join.top is not read.top:
        return not excludes(outer_site(join.top.site), outer_site(read.top.site))
    return join.called is not None and join.called.module is not module


def _put_before(passage: Passage, filled: dict[int, list[tuple[Channel, Step]]]) -> Iterator[tuple[Channel, Step]]:
    """Yield what the process puts on queues that a step waits for, without an end to its patience."""
    if isinstance(passage.step.event, facts.Invoke) and not passage.step.event.call.arguments:
        for process in _processes(passage, "join"):
            yield from filled.get(id(process.call), ())


def _processes(passage: Passage, method: str) -> Iterator[Workers]:
    """Yield the processes on which a step calls a method."""
    match passage.step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name == method:
            for value in passage.values(owner):
                if isinstance(value, Workers) and value.maker is apis.PROCESS:
                    yield value


def _read_by(passage: Passage) -> Iterator[Queue]:
    """Yield the queues that a step reads, or hands to something that can."""
    if not isinstance(passage.step.event, facts.Invoke):
        return
    for term in parts(passage.step.event):
        if isinstance(term, facts.Attribute) and term.name in _GETTING:
            yield from _queues(passage.values(term.value))


def _handed_out_by(passage: Passage) -> set[Queue]:
    """Return the queues that a step gives to something outside the project, such as a thread."""
    call = passage.step.event.call if isinstance(passage.step.event, facts.Invoke) else None
    if call is None or not any(isinstance(value, External) for value in passage.values(call.function)):
        return set()
    return {queue for passed in call.arguments for queue in _held(passed.value, passage)}


def _held(term: facts.Term, passage: Passage) -> Iterator[Queue]:
    """Yield the queues that a term is, or that stand in a display."""
    match term:
        case facts.Display(items=items):
            for item in items:
                yield from _held(item, passage)
        case facts.Name() | facts.Attribute():
            yield from _queues(passage.values(term))


def _is_small(queue: Queue, put: Step) -> bool:
    """Whether a step puts a constant or a number, or on a simple queue anything not large, and only once."""
    assert isinstance(put.event, facts.Invoke)  # noqa: S101 - that is what puts
    regions = (put.scope.regions[index] for index in put.scope.enclosing(put.region))
    arguments = put.event.call.arguments
    is_once = not any(region.flow is Flow.LOOP for region in regions)
    if last_name(queue.call.function) == "SimpleQueue":  # it writes without a thread, which ends at once
        return is_once and not _is_large(put)
    return is_once and bool(arguments) and all(map(_is_short, evaluate(arguments[0].value, put.site)))


def _is_short(value: Value) -> bool:
    """Whether a value is a constant of no great length, or a number."""
    if isinstance(value, Literal):
        return not (isinstance(value.value, str | bytes) and len(value.value) > _SHORT)
    return isinstance(value, Product) and value.name in objects.NUMBERS


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

    `place` is that step or, if that stands in another file, the call that leads to it or sends it.
    """

    queue: Queue
    step: Step
    place: Step | Send

    def span_in(self, module: "Module") -> Span:
        """Return the place of the question, or of what brings it about."""
        if isinstance(self.place, Send):
            return module.span_of(self.place)
        return module.span(self.place.block, self.place.event.at)


def polls(works: Iterable[Work], module: "Module") -> Iterator[Poll]:
    """Yield the loops of a file that end when a queue between processes looks empty."""
    producers: dict[Queue, set[int]] = {}
    asking: list[tuple[Queue, Step, Work]] = []
    for work in works:
        if work.send.workers.maker.noun == "process":
            for queue, _ in _traffic(work)[0]:
                producers.setdefault(queue, set()).add(id(work.send.workers.call))
            for visit in work.visits:
                for step in _endings(visit.scope):
                    asking += [(queue, step, work) for queue in _queues(_receivers(step, visit, work))]
    if not producers and not asking:
        return
    seen: set[Step] = set()
    fed, found = _fed_and_polled(module, producers)
    for queue, step, work in asking:
        others = (producers.get(queue, set()) | fed.get(queue, set())) - {id(work.send.workers.call)}
        if step not in seen and (isinstance(queue, Channel) or others or id(work.send.workers.call) in fed[queue]):
            seen.add(step)
            yield Poll(queue, step, step if step.scope.module is module else work.send)
    for queue, passage in found:
        if passage.step not in seen:
            seen.add(passage.step)
            yield Poll(queue, passage.step, passage.step_in(module))


def _fed_and_polled(
    module: "Module", producers: dict[Queue, set[int]]
) -> tuple[dict[Queue, set[int]], list[tuple[Queue, Passage]]]:
    """Follow the functions of a file while processes run.

    Return which run while something is put on each queue, and the loops that read one while what fills it runs.
    """
    fed: defaultdict[Queue, set[int]] = defaultdict(set)
    found: list[tuple[Queue, Passage]] = []
    for scope in module.scopes:
        running: set[int] = set()
        for passage in course(scope) if scope is outer(scope) else ():
            running.update(id(process.call) for process in _processes(passage, "start"))
            running.difference_update(id(process.call) for process in _processes(passage, "join"))
            name = method_of(passage.step) if running else ""
            for queue in _queues(passage.values(_receiver(passage.step))) if name in _PUTTING else ():
                fed[queue] |= running
            if name in _LOOKING and passage.step in _endings(passage.step.scope):
                asked = _queues(passage.values(_receiver(passage.step)))
                found += [(queue, passage) for queue in asked if producers.get(queue, set()) & running]
    return fed, found


def _endings(scope: Scope) -> Iterator[Step]:
    """Yield the steps that ask whether a queue is empty, by which a loop that reads it ends."""
    if scope.mentions.isdisjoint((".empty", ".qsize")):
        return
    for step in scope.steps:
        if method_of(step) in _LOOKING and any(
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
