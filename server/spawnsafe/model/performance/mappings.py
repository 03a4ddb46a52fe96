"""Tasks: how many a call makes of its items, how many workers share them, and how much a task has to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, slot, unstarred
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.performance.sizes import count, number
from spawnsafe.model.sends import Role, Send
from spawnsafe.model.terms import last_name, parts, root_name
from spawnsafe.model.values import External, Function, Instance, Literal, Method, Partial, Product, Value, Workers
from spawnsafe.model.workers import Work
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import At, Ending, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

CHUNKS_PER_WORKER = 4
"""`Pool.map` divides its items into so many chunks for each worker, or a few less."""


def chunk_of(items: int, workers: int) -> int:
    """Return how many items `Pool.map` sends as one task (`Pool._map_async` of CPython 3.8 to 3.15)."""
    chunk, extra = divmod(items, CHUNKS_PER_WORKER * workers)
    return chunk + bool(extra)


@dataclass(frozen=True)
class Mapping:
    """A call that sends items one after the other to workers, which call `send`'s value with each."""

    send: Send

    @property
    def sender(self) -> apis.Sender:
        """What the API does with its arguments."""
        return self.send.sender

    @cached_property
    def call(self) -> facts.Call:
        """The call, with what is known of arguments with stars."""
        return unstarred(self.send.call, self.send.site)

    @cached_property
    def iterables(self) -> tuple[facts.Term, ...]:
        """What the items are drawn from; of several, each task gets one of each."""
        first = self.sender.items
        if first is None or (found := slot(self.call, first)) is None:
            return ()
        if not self.sender.more_items or first.position is None:
            return (found,)
        positional = [each.value for each in self.call.arguments if each.keyword is None]
        return tuple(positional[first.position :])

    @cached_property
    def count(self) -> int | None:
        """How many items there are, None if that is not known."""
        if not self.iterables or any(each.stars for each in self.call.arguments):
            return None
        zipped = facts.Call(self.call.at, _ZIP, tuple(map(facts.Argument, self.iterables)))
        return count(zipped if len(self.iterables) > 1 else self.iterables[0], self.send.site)

    @cached_property
    def chunksize(self) -> facts.Term | None:
        """What the call says itself how many items make a task."""
        return slot(self.call, self.sender.chunksize) if self.sender.chunksize is not None else None

    @cached_property
    def workers(self) -> int | None:
        """How many workers there are, None if that is not written down."""
        return worker_count(self.send.workers)

    @property
    def is_one_by_one(self) -> bool:
        """Whether each item becomes a task of its own, because the call says so, or nothing else."""
        if self.chunksize is not None:
            return number(self.chunksize, self.send.site) == 1 and self.labour is Labour.LIGHT
        return self.sender.chunksize is not None and not self.sender.is_chunked

    @property
    def is_direct(self) -> bool:
        """Whether the call is written as one of a method, not of a variable that stands for it."""
        return isinstance(self.send.call.function, facts.Attribute)

    @property
    def name_at(self) -> At:
        """Where the name of the method stands."""
        function = self.send.call.function
        return function.name_at if isinstance(function, facts.Attribute) else function.at

    @property
    def is_untold(self) -> bool:
        """Whether the call has a parameter for the chunksize, and is not given it."""
        is_plain = not any(each.stars for each in self.send.call.arguments)
        return self.sender.chunksize is not None and self.chunksize is None and is_plain and bool(self.iterables)

    @property
    def is_buffered(self) -> bool:
        """Whether the call limits how many items it draws ahead."""
        return any(each.keyword == "buffersize" for each in self.call.arguments)

    @cached_property
    def is_taken_whole(self) -> bool:
        """Whether nothing looks at the results one by one, to stop at some or to go on after an exception."""
        call, site = self.send.call, self.send.site
        if asks_singly(call, site) or hands_over(call, site):
            return False
        return not any(is_left_early(*loop) for loop in loops_over(call, site))

    @property
    def is_streamable(self) -> bool:
        """Whether it is the `map` of a pool, and a loop straight over it does the same if each result comes by itself.

        Its items are drawn while the loop runs then, so that must not change them, nor use the pool.
        """
        call, site = self.send.call, self.send.site
        if self.send.api.rpartition(".")[2] != "map" or not (self.sender.is_chunked and self.is_direct):
            return False
        loops = [(scope, loop) for scope, loop in loops_over(call, site) if _runs_over(scope.regions[loop], call)]
        terms = [part for term in (call.function, *self.iterables) for part in parts(term)]
        used = {term.id for term in terms if isinstance(term, facts.Name)}
        return bool(loops) and self.is_taken_whole and not any(_touches(*loop, used) for loop in loops)

    @cached_property
    def labour(self) -> "Labour":
        """How much a task has to do."""
        return labour(Work(self.send))

    @cached_property
    def advised_chunk(self) -> int:
        """How many items make a good task: as many as `Pool.map` takes; a hundredth if the workers are not known."""
        many = self.count or 0
        return chunk_of(many, self.workers) if self.workers else -(-many // _PARTS)

    @cached_property
    def is_for_each_cpu(self) -> bool:
        """Whether there are as many workers as CPUs."""
        return asks_for_cpus(self.send.workers)

    @cached_property
    def chunk(self) -> int | None:
        """How many items make a task, None if that is not known."""
        if self.chunksize is not None:
            return number(self.chunksize, self.send.site)
        if not self.sender.is_chunked:
            return 1
        return chunk_of(self.count, self.workers) if self.count is not None and self.workers else None

    @property
    def reckoning(self) -> str:
        """How the chunksize comes about, as the rest of a sentence that begins with the name of the call."""
        if self.chunksize is not None:
            return "is told how many items make a task"
        if not self.sender.is_chunked:
            return "makes a task of each item unless it is told otherwise"
        items = f"{self.count:,} items" if self.count is not None else "its items"
        times = "four times the number of workers"
        parts = f"{CHUNKS_PER_WORKER * self.workers}, {times}," if self.workers else times
        return f"divides {items} by {parts} and rounds up"

    @cached_property
    def tasks(self) -> int | None:
        """How many tasks are sent."""
        if self.count is None or not self.chunk or self.chunk < 0:
            return None
        return -(-self.count // self.chunk)


_PARTS = 100

_ZIP = facts.Name((0, 0), "zip")


def mappings(module: "Module") -> Iterator[Mapping]:
    """Yield each call of a file that maps workers over items, once."""
    seen: set[int] = set()
    for send in module.sends:
        is_mapping = send.sender.items is not None and send.role is Role.CALLABLE and not send.inner
        if is_mapping and id(send.call) not in seen:
            seen.add(id(send.call))
            yield Mapping(send)


def worker_count(workers: Workers) -> int | None:
    """Return how many workers a call asks for, None if that is not written down, or left to the number of CPUs."""
    if workers.call is None or workers.site is None or workers.maker.size is None or workers.cls is not None:
        return None
    passed = slot(unstarred(workers.call, workers.site), workers.maker.size)
    found = number(passed, workers.site) if passed is not None else None
    return found if found and found > 0 else None


def asks_for_cpus(workers: Workers) -> bool:
    """Whether a call makes as many workers as there are CPUs: it says `cpu_count()`, None or nothing."""
    if workers.call is None or workers.site is None or workers.maker.size is None or workers.cls is not None:
        return False
    call = unstarred(workers.call, workers.site)
    if any(each.stars for each in call.arguments):
        return False
    passed = slot(call, workers.maker.size)
    if passed is None:
        return True
    values = evaluate(passed, workers.site)
    return bool(values) and all(
        value == Literal(None) or (isinstance(value, Product) and value.name in _CPUS) for value in values
    )


_CPUS = frozenset({"os.cpu_count", "multiprocessing.cpu_count", "os.process_cpu_count"})


# --- what is done with the results -------------------------------------------------------------------------


def loops_over(call: facts.Call, site: Site) -> Iterator[tuple[Scope, int]]:
    """Yield the loops, as scope and region, that run over what a call gives, by its name too."""
    scope = site.scope
    for index, region in enumerate(scope.regions):
        if region.flow is Flow.LOOP and region.subject is not None:
            before = scope.site_before(index)
            if any(_stands_for(part, call, before) for part in parts(region.subject)):
                yield scope, index


def _stands_for(term: facts.Term, call: facts.Call, site: Site) -> bool:
    if term.at == call.at and isinstance(term, facts.Call):
        return True
    return isinstance(term, facts.Name) and any(getattr(value, "call", None) is call for value in evaluate(term, site))


def _runs_over(loop: facts.Region, call: facts.Call) -> bool:
    return loop.subject is not None and loop.subject.at == call.at


def _touches(scope: Scope, loop: int, names: set[str]) -> bool:
    """Whether the body of a loop may change what names stand for: binds them, or hands them or their methods on."""
    start, end = scope.regions[loop].events
    for step in scope.steps[start:end]:
        match step.event:
            case facts.Bind(name=name) if name in names:
                return True
            case facts.Store(target=target) if root_name(target) in names:
                return True
            case facts.Invoke(call=facts.Call(function=function, arguments=arguments) as call):
                is_foreign = all(isinstance(value, External) for value in evaluate(function, step.site))
                given = [] if is_foreign else [each.value for each in arguments]
                owner = [function] if isinstance(function, facts.Attribute) else []
                if not _runs_over(scope.regions[loop], call) and {root_name(term) for term in owner + given} & names:
                    return True
    return False


def asks_singly(call: facts.Call, site: Site) -> bool:
    """Whether `next` asks for what a call gives one by one, so that it may stop, or go on after an exception."""
    for step in site.scope.steps:
        match step.event:
            case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="next"))):
                asked = owner
            case facts.Invoke(call=facts.Call(function=facts.Name(id="next"), arguments=(first, *_))):
                asked = first.value
            case _:
                continue
        if _stands_for(asked, call, step.site):
            return True
    return False


def hands_over(call: facts.Call, site: Site) -> bool:
    """Whether what a call gives is returned, kept or passed on, so that others decide what becomes of it."""
    for step in site.scope.steps:
        match step.event:
            case facts.Return(term=facts.Term() as given) | facts.Yield(term=facts.Term() as given):
                handed: tuple[facts.Term, ...] = (given,)
            case facts.Store(source=facts.Assigned(term=given)):
                handed = (given,)
            case facts.Invoke(call=taking) if not all(
                isinstance(value, External) for value in evaluate(taking.function, step.site)
            ):
                handed = tuple(each.value for each in taking.arguments)
            case _:
                continue
        if any(_stands_for(each, call, step.site) for each in handed):
            return True
    return False


def is_left_early(scope: Scope, loop: int) -> bool:
    """Whether a loop can end before what it runs over does."""
    return any(
        (region.ending is Ending.SCOPE and loop in scope.enclosing(index))
        or (region.ending is Ending.BREAK and _nearest_loop(scope, index) == loop)
        for index, region in enumerate(scope.regions)
    )


def _nearest_loop(scope: Scope, region: int) -> int | None:
    return next((index for index in scope.enclosing(region) if scope.regions[index].flow is Flow.LOOP), None)


# --- how much there is to do -------------------------------------------------------------------------------


class Labour(Enum):
    """How much a task has to do."""

    LIGHT = "light"
    """A few operations."""
    UNKNOWN = "unknown"
    HEAVY = "heavy"
    """So much, or such a wait, that it does not matter how it comes to the worker."""


def labour(work: Work) -> Labour:
    """Return how much a task has to do, by what is known of the calls and loops of the worker."""
    value: Value = work.send.value
    while isinstance(value, Partial):
        value = value.function
    if isinstance(value, External):
        return Labour.LIGHT if _is_light(value.name) else Labour.HEAVY
    if not isinstance(value, (Function, Method, Instance)) or not work.visits:
        return Labour.UNKNOWN
    scopes = [inner for visit in work.visits for inner in _inline(visit.scope)]
    found = {each for scope in scopes for each in (*_loops(scope), *map(_labour_of_step, scope.steps))}
    return next((each for each in (Labour.HEAVY, Labour.UNKNOWN) if each in found), Labour.LIGHT)


def _inline(scope: Scope) -> Iterator[Scope]:
    """Yield a scope with the comprehensions and lambdas in it."""
    yield scope
    for child in scope.children.values():
        if child.kind in (ScopeKind.COMPREHENSION, ScopeKind.LAMBDA):
            yield from _inline(child)


def _loops(scope: Scope) -> Iterator[Labour]:
    for index, region in enumerate(scope.regions):
        if region.flow is Flow.LOOP:
            yield _of_times(_times(scope, index))


def _times(scope: Scope, region: int) -> int | None:
    """Return how often a run of a scope comes through a loop."""
    counts: list[int | None] = []
    for index in scope.enclosing(region):
        data = scope.regions[index]
        if data.flow is Flow.LOOP:
            before = Site(scope, data.events[0], data.parent, scope.region_blocks[index])
            counts.append(count(data.subject, before) if data.subject is not None else _of_comprehension(scope))
    return prod(each for each in counts if each is not None) if None not in counts else None


def _of_comprehension(scope: Scope) -> int | None:
    """Return how often a comprehension's loop runs."""
    first = next((step.event.source for step in scope.steps if isinstance(step.event, facts.Bind)), None)
    if scope.kind is not ScopeKind.COMPREHENSION or scope.site is None or not isinstance(first, facts.Element):
        return None
    return count(first.term, scope.site)


_FEW = 1000
_MUCH = 20_000
"""A loop that runs so often takes a millisecond or more, of which a task's own cost is a small part."""


def _of_times(times: int | None) -> Labour:
    if times is None:
        return Labour.UNKNOWN
    return Labour.LIGHT if times <= _FEW else Labour.HEAVY if times >= _MUCH else Labour.UNKNOWN


def _labour_of_step(step: Step) -> Labour:
    if not isinstance(step.event, facts.Invoke):
        return Labour.LIGHT
    call = step.event.call
    values = evaluate(call.function, step.site)
    names = [value.name for value in values if isinstance(value, External)]
    if len(names) == len(values) and names:
        if not all(map(_is_light, names)):
            return Labour.HEAVY
        items = [count(each.value, step.site) for each in call.arguments if not each.stars]
        return _of_times(max((each for each in items if each is not None), default=0))
    if all(isinstance(value, (Function, Method)) for value in values):
        return Labour.LIGHT  # it is visited itself
    if isinstance(call.function, facts.Attribute) and call.function.name in _LIGHT_METHODS:
        return Labour.LIGHT
    return Labour.HEAVY if last_name(call.function) in _WAITING else Labour.UNKNOWN


_LIGHT_MODULES = frozenset({"math", "operator", "cmath", "string", "itertools", "functools", "collections", "random"})
_HEAVY_BUILTINS = frozenset({"open", "input", "exec", "eval", "compile", "__import__"})
_LIGHT_METHODS = frozenset(
    {
        *("append", "add", "extend", "update", "get", "items", "keys", "values", "pop", "setdefault", "insert"),
        *("lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "join", "replace", "startswith"),
        *("endswith", "format", "title", "capitalize", "count", "find", "index", "encode", "decode", "isdigit"),
        *("isalpha", "partition", "rpartition", "zfill", "swapcase", "casefold", "bit_length", "hexdigest", "copy"),
    }
)
_WAITING = frozenset({"sleep", "wait", "recv", "read", "execute", "urlopen", "run", "check_output", "fit", "predict"})
_LIGHT_NAMES = frozenset(
    {"os.getpid", "multiprocessing.current_process", "time.time", "time.perf_counter", "time.monotonic", "os.path.join"}
)


def _is_light(name: str) -> bool:
    module, _, member = name.partition(".")
    if module == "builtins":
        return member not in _HEAVY_BUILTINS
    return module in _LIGHT_MODULES or name in _LIGHT_NAMES
