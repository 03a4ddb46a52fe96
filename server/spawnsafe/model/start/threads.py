"""The threads of the main program, and which of them run when it starts workers.

A forked worker inherits the memory of its parent and none of its threads; a lock that is held stays so for ever.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, bases, evaluate, lineage, member, slot, taken, truth
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.order import Start, callees, inflow, only_workers, start_of_call
from spawnsafe.model.timeline import Moment
from spawnsafe.model.values import ANYTHING, External, Function, Instance, Literal, Method, Product, Value, Workers
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the methods of something that has threads are for: bringing them, or, if none does, the making; ending them.

    `lasts` says that the threads run until they are ended.
    """

    starts: tuple[str, ...]
    ends: tuple[str, ...]
    lasts: bool = True


_THREAD = _Kind(("start",), ("join",), lasts=False)
_EXECUTOR = _Kind(("submit", "map"), ("shutdown",))
_POOL = _Kind((), ("join", "terminate"))

_KINDS = {
    "threading.Thread": _THREAD,
    "threading.Timer": _Kind(("start",), ("join", "cancel")),
    "multiprocessing.dummy.Process": _THREAD,
    "logging.handlers.QueueListener": _Kind(("start",), ("stop",)),
    "concurrent.futures.ThreadPoolExecutor": _EXECUTOR,
    "concurrent.futures.thread.ThreadPoolExecutor": _EXECUTOR,
    "multiprocessing.pool.ThreadPool": _POOL,
    "multiprocessing.dummy.Pool": _POOL,
}
_WORDS = re.compile(r"[Tt]hread|Timer|QueueListener|multiprocessing\.dummy|Semaphore")
"""A file that has none of these, and imports none that has, has no threads or locks of its own."""

_LOCKS = frozenset(f"threading.{name}" for name in ("Lock", "Semaphore", "BoundedSemaphore"))
"""Locks that whoever takes them waits for if they are held; a `Condition` or `RLock` is its owner's again in a fork."""


@dataclass(frozen=True, slots=True)
class Threads:
    """A thread, or what has threads, as `made` shows; the main program brings them into being at `started`."""

    made: Product | Instance
    kind: _Kind
    started: Moment

    @property
    def is_pool(self) -> bool:
        """Whether they wait for tasks."""
        return self.kind in (_EXECUTOR, _POOL)

    @property
    def is_executor(self) -> bool:
        """Whether they come one by one, as tasks do, up to a number."""
        return self.kind is _EXECUTOR

    @property
    def is_listener(self) -> bool:
        """Whether it hands on what is logged."""
        return isinstance(self.made, Product) and self.made.name == "logging.handlers.QueueListener"


@dataclass(frozen=True, slots=True)
class Fork:
    """The main program starts workers, which `makers` make, while threads run and locks are held."""

    start: Start
    moment: Moment
    makers: tuple[facts.Call, ...]
    threads: tuple[Threads, ...]
    held: tuple[Product, ...]


def may_have_threads(text: str) -> bool:
    """Whether a text has a word without which there are no threads and no locks."""
    return _WORDS.search(text) is not None


def forks(module: "Module") -> Iterator[Fork]:
    """Yield each start of workers that running a file comes to; nothing if it can have neither threads nor locks."""
    if not any(may_have_threads(each.document.text) for each in (module, *module.imported_modules)):
        return
    run = module.moments(Run.MAIN)
    running: dict[facts.Call, Threads] = {}
    held: dict[facts.Call, Product] = {}
    forked: set[facts.Call] = set()
    for index, moment in enumerate(run):
        if not isinstance(moment.step.event, facts.Invoke):
            continue
        call, site = moment.step.event.call, moment.step.site
        start = start_of_call(call, site)
        if start is not None:
            made_by = tuple(makers(start))
            if start.maker.start is not apis.Start.FIRST_TASK or not forked.issuperset(made_by):
                rest = run[index + 1 :]
                here = tuple(each for each in running.values() if _runs(each, moment, rest, module))
                yield Fork(start, moment, made_by, here, (*held.values(), *_entered(moment)))
            forked.update(made_by)
        for made, kind in _brought(call, site):
            running.setdefault(made.call or call, Threads(made, kind, moment))
        _end(call, site, running)
        _hold(moment, held)


def targets(threads: Threads) -> Iterator[Scope]:
    """Yield the functions that a thread runs, with those that they call."""
    made = threads.made
    if isinstance(made, Instance):
        values = member(made, "run")
    else:
        passed = slot(made.call, apis.Slot(("target", "function"), 1))
        values = evaluate(passed, made.site) if passed is not None else ()
    pending = [
        value.function.scope if isinstance(value, Method) else value.scope
        for value in values
        if isinstance(value, Method | Function)
    ]
    seen: set[Scope] = set()
    while pending:
        scope = pending.pop()
        if scope not in seen:
            seen.add(scope)
            yield scope
            for step in scope.steps:
                if isinstance(step.event, facts.Invoke):
                    pending += [inner for inner, _ in callees(step.event.call, step.site)]


def is_first_time(site: Site) -> bool:
    """Whether a site stands under the condition that something is not there yet, and under no other."""
    conditions = [
        region
        for region in map(site.scope.regions.__getitem__, site.scope.enclosing(site.region))
        if region.flow in (Flow.BRANCH, Flow.HANDLER)
    ]
    return bool(conditions) and all(_is_first_time(region) for region in conditions)


# --- threads -----------------------------------------------------------------------------------------------


def kind_of(value: Value) -> _Kind | None:
    """Return what the threads of a value are; None if it has none, or is not known to."""
    match value:
        case Product(name=name):
            return _KINDS.get(name)
        case Instance(cls=cls) if value.call is not None:
            names = [base.name for each in lineage(cls) for base in bases(each) if isinstance(base, External)]
            return next((_KINDS[name] for name in names if name in _KINDS), None)
        case _:
            return None


def _brought(call: facts.Call, site: Site) -> Iterator[tuple[Product | Instance, _Kind]]:
    """Yield what has threads that a call brings into being."""
    for made in evaluate(call, site):
        kind = kind_of(made)
        if isinstance(made, Product) and made.call is call and kind is not None and not kind.starts:
            yield made, kind
    match call.function:
        case facts.Attribute(value=owner, name=name) if name in _STARTING:
            for value in inflow(evaluate(owner, site)):
                kind = kind_of(value)
                if kind is not None and name in kind.starts and isinstance(value, Product | Instance):
                    yield value, kind


_STARTING = frozenset(name for kind in _KINDS.values() for name in kind.starts)
_ENDING = frozenset(name for kind in _KINDS.values() for name in kind.ends)


def _end(call: facts.Call, site: Site, running: dict[facts.Call, Threads]) -> None:
    """Forget the threads that a call ends, or that it can end for all that is known."""
    for each in [each for each in running.values() if _ends(call, site, each)]:
        del running[each.made.call or call]


def _ends(call: facts.Call, site: Site, threads: Threads) -> bool:
    match call.function:
        case facts.Attribute(value=owner, name=name) if name in threads.kind.ends and not _has_text(call):
            values = inflow(evaluate(owner, site))
            return ANYTHING in values or any(getattr(value, "call", None) is threads.made.call for value in values)
        case _:
            return False


def _has_text(call: facts.Call) -> bool:
    """Whether a call is the `join` of a string or of paths, and not that of a thread."""
    return any(not passed.keyword and not isinstance(passed.value, facts.Constant) for passed in call.arguments)


def _runs(threads: Threads, moment: Moment, rest: Sequence[Moment], module: "Module") -> bool:
    """Whether threads surely run at a moment, before the rest of the run."""
    if not _conditions(threads.started, module) <= _conditions(moment, module) or _is_left(threads, moment):
        return False
    if threads.is_pool and not _is_kept(threads.made, moment):
        return False
    return threads.kind.lasts or _is_endless(threads, module) or _is_ended_later(threads, rest)


def _conditions(moment: Moment, module: "Module") -> set[tuple[Scope, int]]:
    """Return the conditions under which a run comes to a moment and that are not known to hold."""
    found = set()
    for site in _path(moment):
        run = Run.MAIN if site.scope.module is module else Run.IMPORTED
        for index in site.scope.enclosing(site.region):
            region = site.scope.regions[index]
            is_open = region.flow is Flow.BRANCH and not taken(site.scope, index, run) and not _is_first_time(region)
            if is_open or region.flow is Flow.HANDLER:
                found.add((site.scope, index))
    return found


def _path(moment: Moment) -> Iterator[Site]:
    yield moment.step.site
    yield from (call.site for call in moment.chain)


def _is_first_time(region: facts.Region) -> bool:
    match region.subject:
        case facts.Comparison(operator="is", left=facts.Name() | facts.Attribute(), right=facts.Constant(value=None)):
            return region.sense
        case facts.Not(value=facts.Name() | facts.Attribute()):
            return region.sense
        case _:
            return False


def _is_left(threads: Threads, moment: Moment) -> bool:
    """Whether a `with` that ends the threads is over."""
    made = threads.made
    if made.site is None:
        return False
    scope = made.site.scope
    entered = [
        index
        for index, region in enumerate(scope.regions)
        if region.flow is Flow.ALWAYS
        and region.subject is not None
        and any(getattr(value, "call", None) is made.call for value in evaluate(region.subject, made.site))
    ]
    inside = {index for site in _path(moment) if site.scope is scope for index in scope.enclosing(site.region)}
    return bool(entered) and inside.isdisjoint(entered)


def _is_kept(pool: Product | Instance, moment: Moment) -> bool:
    """Whether a variable holds a pool at a moment: its threads end when nothing does."""
    scopes = {site.scope for site in _path(moment)}
    for step in pool.site.scope.steps if pool.site is not None else ():
        match step.event:
            case facts.Store(source=facts.Assigned(term=term)) if term is pool.call:
                return True
            case facts.Bind(name=name, source=facts.Assigned(term=term) | facts.Entered(term=term)) if (
                term is pool.call
            ):
                return step.scope.is_module or step.scope in scopes or name in step.scope.declared_global
    return False


def _is_endless(threads: Threads, module: "Module") -> bool:
    """Whether a thread is there to run along: it is a daemon, or loops without an end."""
    made = threads.made
    call = made.call
    passed = slot(call, apis.Slot(("daemon",), None)) if call is not None else None
    if passed is not None and made.site is not None and Literal(value=True) in evaluate(passed, made.site):
        return True
    stored = [
        step
        for step, owner, source in module.set_attributes.get("daemon", ())
        if isinstance(source, facts.Assigned)
        and Literal(value=True) in evaluate(source.term, step.site)
        and any(getattr(value, "call", None) is call for value in evaluate(owner, step.site))
    ]
    return bool(stored) or any(_loops(scope) for scope in targets(threads))


def _loops(scope: Scope) -> bool:
    return any(
        region.flow is Flow.BRANCH
        and scope.regions[region.parent].flow is Flow.LOOP
        and scope.regions[region.parent].subject is None
        and region.subject is not None
        and region.at == scope.regions[region.parent].at
        and bool(truth(region.subject, scope.end, Run.MAIN))
        for region in scope.regions
    )


def _is_ended_later(threads: Threads, rest: Sequence[Moment]) -> bool:
    return any(
        isinstance(moment.step.event, facts.Invoke) and _ends(moment.step.event.call, moment.step.site, threads)
        for moment in rest
    )


# --- workers and locks -------------------------------------------------------------------------------------


def makers(start: Start) -> Iterator[facts.Call]:
    """Yield the calls that make the workers which a start brings into being."""
    call, site = start.call, start.site
    if start.maker.start is apis.Start.MADE:
        yield call
    elif isinstance(call.function, facts.Attribute):
        is_asyncio = call.function.name == "run_in_executor"
        owner = call.arguments[0].value if is_asyncio else call.function.value
        for workers in only_workers(inflow(evaluate(owner, site))):
            if isinstance(workers, Workers) and workers.call is not None:
                yield workers.call


def lock_of(term: facts.Term, site: Site) -> Product | None:
    """Return the lock that a term surely is, one that can be taken but once."""
    match evaluate(term, site):
        case (Product(name=name, call=facts.Call(arguments=())) as lock,) if name in _LOCKS:
            return lock
        case _:
            return None


def _entered(moment: Moment) -> Iterator[Product]:
    """Yield the locks of the `with` statements around a moment."""
    for site in _path(moment):
        for index in site.scope.enclosing(site.region):
            region = site.scope.regions[index]
            lock = lock_of(region.subject, site) if region.flow is Flow.ALWAYS and region.subject is not None else None
            if lock is not None:
                yield lock


def _hold(moment: Moment, held: dict[facts.Call, Product]) -> None:
    """Note the lock that a call takes or gives back."""
    match moment.step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="acquire"), arguments=())):
            lock = lock_of(owner, moment.step.site)
            if lock is not None and moment.is_sure:
                held[lock.call] = lock
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="release"))):
            for value in evaluate(owner, moment.step.site):
                if value == ANYTHING:
                    held.clear()
                elif isinstance(value, Product):
                    held.pop(value.call, None)
