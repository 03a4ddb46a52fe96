"""Loops that wait for each task or process before they start the next one, though none of them needs the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, resolve, slot
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import inflow, only_workers
from spawnsafe.model.performance.mappings import is_left_early, worker_count
from spawnsafe.model.performance.sizes import count
from spawnsafe.model.sends import contents
from spawnsafe.model.terms import last_name, parts, root_name
from spawnsafe.model.values import Instance, Product, Value, Workers
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_RESULTS = {"apply_async": ("get", "wait"), "submit": ("result", "exception"), "schedule": ("result", "exception")}
"""The methods that send a task without waiting for it, with those of what they give that do wait."""

_WAITING = frozenset({".apply", ".join", *(f".{name}" for names in _RESULTS.values() for name in names)})

_READING = frozenset({"get", "recv", "poll", "empty"})
"""Methods that read what a worker has put on a queue or into a pipe."""

_HARMLESS = _READING | {"print", "str", "repr", "format", "info", "debug", "append"}
"""Calls between the start and the wait that are no work of the parent's own."""

_ENDING = frozenset({".is_alive", ".terminate", ".kill"})

_PACING = frozenset({"sleep", "input", "time", "perf_counter", "monotonic", "process_time", "accept", "timeit"})
"""Calls that tell that a loop is paced, or measures how long each turn takes."""


@dataclass(frozen=True, slots=True)
class Turn:
    """In each turn of a loop, `started` starts a task or process, and `awaited` waits for it."""

    workers: Workers
    started: Step
    awaited: Step
    loop: int

    @property
    def call(self) -> facts.Call:
        """The call that waits."""
        return _call(self.awaited)

    @property
    def start(self) -> facts.Call:
        """The call that starts."""
        return _call(self.started)

    @property
    def is_process(self) -> bool:
        """Whether it is a process that is started, rather than a task."""
        return self.workers.maker.noun == "process"

    @property
    def is_at_once(self) -> bool:
        """Whether one expression starts and waits."""
        return self.started is self.awaited or any(part is self.start for part in parts(self.call.function))

    @property
    def scope(self) -> Scope:
        """The scope whose loop it is."""
        return self.awaited.scope

    @property
    def iterable(self) -> facts.Term | None:
        """What the loop runs over."""
        region = self.scope.regions[self.loop]
        return region.subject if region.subject is not None else _drawn_from(self.scope)


def turns(module: "Module") -> Iterator[Turn]:
    """Yield the loops of a file that start one task or process at a time, the same one only once."""
    for scope in module.scopes:
        if scope.mentions.isdisjoint(_WAITING):
            continue
        for step in scope.steps:
            if isinstance(step.event, facts.Invoke) and (turn := _turn(step)) is not None and _is_needless(turn):
                yield turn


def _call(step: Step) -> facts.Call:
    assert isinstance(step.event, facts.Invoke)  # noqa: S101 - that is what it was found as
    return step.event.call


def _turn(step: Step) -> Turn | None:
    call = _call(step)
    loop = _loop(step)
    if loop is None or not isinstance(call.function, facts.Attribute):
        return None
    name, owner = call.function.name, call.function.value
    if name == "apply":
        workers = _workers(owner, step.site)
        return Turn(workers, step, step, loop) if workers is not None and workers.maker.noun == "pool" else None
    if name == "join":
        return _turn_of_process(step, owner, loop)
    started = _sent(owner, step) if any(name in waits for waits in _RESULTS.values()) else None
    if started is None or _loop(started) != loop or started.order > step.order:
        return None
    function = _call(started).function
    if not isinstance(function, facts.Attribute) or name not in _RESULTS.get(function.name, ()):
        return None
    workers = _workers(function.value, started.site)
    is_method = workers is not None and function.name in workers.maker.methods
    return Turn(workers, started, step, loop) if workers is not None and is_method else None


def _is_call(step: Step, call: facts.Call) -> bool:
    return isinstance(step.event, facts.Invoke) and step.event.call is call


def _sent(owner: facts.Term, step: Step) -> Step | None:
    """Return the call that gave what is waited for: it stands there, or its result alone was bound to the name."""
    call = owner
    if isinstance(owner, facts.Name):
        bound = resolve(owner.id, step.site) or []
        source = bound[0].event.source if len(bound) == 1 and isinstance(bound[0].event, facts.Bind) else None
        is_whole = isinstance(source, facts.Assigned) and not source.path and bound[0].scope is step.scope
        if not is_whole or not isinstance(source, facts.Assigned) or bound[0].order > step.order:
            return None
        call = source.term
    return next((each for each in step.scope.steps if isinstance(call, facts.Call) and _is_call(each, call)), None)


def _turn_of_process(step: Step, owner: facts.Term, loop: int) -> Turn | None:
    workers = _workers(owner, step.site)
    if workers is None or workers.maker.noun != "process" or not isinstance(owner, facts.Name):
        return None
    for other in step.scope.steps:
        match other.event:
            case facts.Invoke(call=facts.Call(function=facts.Attribute(value=facts.Name(id=name), name="start"))) if (
                name == owner.id and _loop(other) == loop and other.order < step.order
            ):
                return Turn(workers, other, step, loop)
    return None


def _workers(owner: facts.Term, site: Site) -> Workers | None:
    found = only_workers(inflow(evaluate(owner, site)))
    return found[0] if len(found) == 1 else None


def _loop(step: Step) -> int | None:
    """Return the nearest loop around a step that goes through what is there, None if there is none."""
    scope = step.scope
    index = next((index for index in scope.enclosing(step.region) if scope.regions[index].flow is Flow.LOOP), None)
    if index is None or scope.regions[index].subject is not None or scope.kind is ScopeKind.COMPREHENSION:
        return index
    return index if _is_counted(scope, index) else None


def _is_counted(scope: Scope, loop: int) -> bool:
    """Whether a `while` loop goes on until a container is empty or a counter has come to its end."""
    conditions = (region.subject for region in scope.regions if region.parent == loop and region.flow is Flow.BRANCH)
    match next(conditions, None):
        case facts.Name():
            return True
        case facts.Comparison(left=facts.Name(), operator="<" | "<=" | ">" | ">=" | "!="):
            return True
        case (
            facts.Call(function=facts.Name(id="len")) | facts.Comparison(left=facts.Call(function=facts.Name(id="len")))
        ):
            return True
        case _:
            return False


def _drawn_from(scope: Scope) -> facts.Term | None:
    """Return what the last loop of a comprehension runs over."""
    sources = [step.event.source for step in scope.steps if isinstance(step.event, facts.Bind)]
    return next((source.term for source in reversed(sources) if isinstance(source, facts.Element)), None)


# --- whether it need wait ----------------------------------------------------------------------------------


def _is_needless(turn: Turn) -> bool:
    """Whether nothing that the program says stands against starting all before waiting for any."""
    return (
        (turn.is_process or not _is_made_in_loop(turn))
        and worker_count(turn.workers) != 1
        and _repeats(turn)
        and not is_left_early(turn.scope, turn.loop)
        and not _is_limited(turn)
        and not _is_fed(turn)
        and not _sets_the_scene(turn)
        and not _does_more(turn)
        and not _is_carried(turn)
        and not _differs(turn)
        and not _keeps_order(turn)
        and not _has_own_context(turn)
    )


def _steps(turn: Turn) -> list[Step]:
    start, end = turn.scope.regions[turn.loop].events
    return turn.scope.steps[start:end]


def _is_made_in_loop(turn: Turn) -> bool:
    """Whether each turn makes its own pool or process."""
    made = turn.workers.call
    return any(_is_call(step, made) for step in _steps(turn) if made is not None)


def _keeps_order(turn: Turn) -> bool:
    """Whether the loop starts processes that are there already, and that print: so their lines come in order."""
    return not _is_made_in_loop(turn) and any(
        "print" in visit.scope.mentions
        for work in turn.scope.module.works
        if turn.is_process and work.send.workers.call is turn.workers.call
        for visit in work.visits
    )


def _has_own_context(turn: Turn) -> bool:
    """Whether each turn makes its process in a context of its own, which it tries."""
    root = root_name(turn.workers.call.function) if turn.workers.call is not None else ""
    return any(isinstance(step.event, facts.Bind) and step.event.name == root for step in _steps(turn))


def _repeats(turn: Turn) -> bool:
    """Whether there is more than one turn, as far as that is known."""
    if turn.iterable is None:
        return True
    many = count(turn.iterable, turn.scope.site_before(turn.loop))
    return many is None or many > 1


def _is_limited(turn: Turn) -> bool:
    """Whether each turn has its time, after which something else happens."""
    if not turn.call.arguments or turn.started is turn.awaited:
        return False
    if turn.is_process:
        return any(name in _ENDING for name in turn.scope.mentions)
    around = [turn.scope.regions[index] for index in turn.scope.enclosing(turn.awaited.region)]
    return any(region.flow is Flow.TRY for region in around)


def _is_fed(turn: Turn) -> bool:
    """Whether the loop takes what comes in, as `iter(queue.get, None)` does, rather than what is there."""
    term = turn.iterable
    return isinstance(term, facts.Call) and last_name(term.function) == "iter" and len(term.arguments) > 1


def _sets_the_scene(turn: Turn) -> bool:
    """Whether each turn changes something before it starts that the others would see: the environment, an object."""
    before = [step for step in _steps(turn) if step.order < turn.started.order]
    own = {step.event.name for step in before if isinstance(step.event, facts.Bind)}
    stored = (root_name(step.event.target) for step in before if isinstance(step.event, facts.Store))
    return not own.issuperset(stored) or (turn.is_process and any(map(_is_shared, _values_passed(turn))))


def _values_passed(turn: Turn) -> Iterator[Value]:
    """Yield what each process is given."""
    call, site = turn.workers.call, turn.workers.site
    passed = slot(call, apis.Slot(("args",), 3)) if call is not None else None
    if isinstance(passed, facts.Display) and site is not None:
        for term in passed.items:
            yield from contents(evaluate(term, site))


def _is_shared(value: Value) -> bool:
    """Whether what one process does to a value is seen by the next one, which can rely on it."""
    if isinstance(value, Instance) and value.call is not None and value.site is not None:
        held = (inner for each in value.call.arguments for inner in evaluate(each.value, value.site))
        return any(isinstance(inner, Product) and _is_shared(inner) for inner in held)
    return isinstance(value, Product) and value.name.startswith(
        ("multiprocessing.Manager().", "multiprocessing.Value", "multiprocessing.Array")
    )


def _does_more(turn: Turn) -> bool:
    """Whether the parent does something of its own in the meantime, or takes its time in each turn."""
    for step in _steps(turn):
        if not isinstance(step.event, facts.Invoke) or step is turn.started or step is turn.awaited:
            continue
        name = last_name(step.event.call.function)
        if name in _PACING:
            return True
        if turn.started.order < step.order < turn.awaited.order and name not in _HARMLESS:
            return True
    return False


def _is_carried(turn: Turn) -> bool:
    """Whether what a turn starts depends on what an earlier turn has found out, or may."""
    written = {path for step in _steps(turn) if step.order > turn.started.order for path in _written(step)}
    return any(_touches(path, each) for path in _read(turn) for each in written)


def _written(step: Step) -> Iterator[tuple[str, ...]]:
    """Yield the variables and attributes that a step binds, stores into or calls a method of."""
    match step.event:
        case facts.Bind(source=facts.Augmented(term=facts.Combined(parts=(_, facts.Constant())))):
            return  # a counter
        case facts.Bind(name=name, source=source) if not isinstance(source, facts.Element):
            yield (name,)
        case facts.Store(target=target):
            yield _path(target)
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name not in _READING:
            yield _path(owner)


def _read(turn: Turn) -> Iterator[tuple[str, ...]]:
    """Yield the variables and attributes that what is started is made of."""
    calls = [turn.start] if not turn.is_process else [turn.workers.call] if turn.workers.call is not None else []
    own = {passed.value for call in calls for passed in call.arguments}
    for term in own:
        paths = {path for part in parts(term) if (path := _path(part))}
        yield from (path for path in paths if not any(path != other and other[: len(path)] == path for other in paths))


def _path(term: facts.Term | None) -> tuple[str, ...]:
    """Return a variable with the attributes that are taken of it; items do not count."""
    match term:
        case facts.Name(id=name):
            return (name,)
        case facts.Attribute(value=owner, name=name):
            path = _path(owner)
            return (*path, name) if path else ()
        case facts.Subscript(value=owner):
            return _path(owner)
        case _:
            return ()


def _touches(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two paths are the same, or one leads into the other."""
    shorter = min(len(one), len(other))
    return shorter > 0 and one[:shorter] == other[:shorter]


def _differs(turn: Turn) -> bool:
    """Whether each turn runs another callable: these can be stages that need the earlier ones."""
    call = turn.workers.call if turn.is_process else turn.start
    if call is None or turn.workers.site is None:
        return False
    wanted = apis.Slot(("target",), 1) if turn.is_process else apis.Slot(("func",), 0)
    named = next((each.value for each in call.arguments if each.keyword in wanted.names), None)
    placed = [each.value for each in call.arguments if each.keyword is None]
    target = named or (placed[wanted.position or 0] if len(placed) > (wanted.position or 0) else None)
    if turn.is_process and turn.workers.cls is not None:
        target = call.function  # a class of its own has its target in `run`
    site = turn.workers.site if turn.is_process else turn.started.site
    names = [part.id for part in parts(target) if isinstance(part, facts.Name)] if target is not None else []
    return any(
        isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Element)
        for name in names
        for step in resolve(name, site) or ()
    )
