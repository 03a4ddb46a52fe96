"""What forked workers wait for in vain: what a thread of their parent would do, or a lock that it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, evaluate, slot
from spawnsafe.model.methods import Pythons, StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.start.threads import Fork, Threads, forks, is_first_time, lock_of, targets
from spawnsafe.model.terms import last_name
from spawnsafe.model.timeline import Moment
from spawnsafe.model.values import Literal, Product
from spawnsafe.model.workers import Visit, Work
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class Lack(Enum):
    """What forked workers have not."""

    POOL = "the threads of a pool"
    SERVER = "the thread that fills a queue"
    RELEASE = "somebody who releases a lock"


@dataclass(frozen=True, slots=True)
class Stall:
    """The workers of `work` wait in vain by `term` at `site` for what they lack; the main program has it at `origin`.

    They are forks of that process, or of the forkserver, for which there is a second one.
    """

    work: Work
    visit: Visit
    term: facts.Term
    site: Site
    lack: Lack
    origin: Moment
    fork: Fork
    when: When

    @property
    def is_lazy(self) -> bool:
        """Whether the program starts the threads where it needs them first, in the main process or in a worker."""
        return is_first_time(self.origin.step.site)

    @property
    def code(self) -> str:
        """What the workers wait by, or for which lock: `threads.map`, `lock`."""
        term = self.term.function if isinstance(self.term, facts.Call) else self.term
        code = self.site.scope.module.code(self.site.block, term.at)
        return code if code.replace(".", "").replace("_", "").isalnum() else last_name(term)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Workers come into being at `fork` while the threads of `threads` run."""

    fork: Fork
    threads: Threads
    when: When


_WARNS = Pythons(first=(3, 12))
"""Python warns of forks while threads run."""
_PRELOADS = Pythons(first=(3, 14))
"""The forkserver imports main, and its workers are forks of it (from 3.13.8)."""


def overlaps(module: "Module") -> Iterator[Overlap]:
    """Yield where a file forks workers while threads run, once for each that runs."""
    told: set[facts.Call | None] = set()
    for fork in forks(module):
        when = fork.start.when(StartMethods.FORK).on(_WARNS)
        new = [each for each in fork.threads if each.made.call not in told] if when else []
        if new:
            told.update(each.made.call for each in new)
            yield Overlap(fork, new[0], when)


def stalls(module: "Module") -> Iterator[Stall]:
    """Yield what the forked workers of a file wait for in vain."""
    forked = [fork for fork in forks(module) if fork.threads or fork.held]
    imported = {moment.step for moment in module.moments(Run.IMPORTED)} if forked else set()
    for work in module.works if forked else ():
        fork = next((each for each in forked if work.send.origin.workers.call in each.makers), None)
        scopes = {visit.scope for each in module.works if _is_same(each, work) for visit in each.visits}
        if fork is None:
            continue
        for visit in work.visits:
            for term, site, lack, origin in _waits(visit, fork, scopes):
                whens = [work.send.when(StartMethods.FORK)]
                if lack is not Lack.RELEASE and origin.step in imported and not module.runs_by_name_only:
                    whens.append(work.send.when(StartMethods.FORKSERVER).on(_PRELOADS))
                yield from (Stall(work, visit, term, site, lack, origin, fork, when) for when in whens if when)


def _is_same(one: Work, other: Work) -> bool:
    """Whether it is the same workers that do two works."""
    return one.send.origin.workers.call is other.send.origin.workers.call


_Wait = tuple[facts.Term, Site, Lack, Moment]


def _waits(visit: Visit, fork: Fork, scopes: set[Scope]) -> Iterator[_Wait]:
    """Yield the terms by which workers wait, where they stand, for what, and when the parent comes by that."""
    scope = visit.scope
    for step in scope.steps:
        if isinstance(step.event, facts.Invoke) and isinstance(function := step.event.call.function, facts.Attribute):
            call, site = step.event.call, step.site
            for threads in fork.threads:
                if not _are_started_anew(threads, scopes):
                    if _asks(call, site, threads):
                        yield call, site, Lack.POOL, threads.started
                    elif _takes(call, site, threads, scopes):
                        yield call, site, Lack.SERVER, threads.started
            if function.name == "acquire" and not call.arguments:
                yield from _for_lock(function.value, site, fork)
    for index, region in enumerate(scope.regions):
        if region.flow is Flow.ALWAYS and region.subject is not None:
            site = Site(scope, region.events[0], index, scope.region_blocks[index])
            yield from _for_lock(region.subject, site, fork)


def _for_lock(term: facts.Term, site: Site, fork: Fork) -> Iterator[_Wait]:
    lock = lock_of(term, site)
    if lock is not None and lock in fork.held:
        yield term, site, Lack.RELEASE, fork.moment


def _are_started_anew(threads: Threads, scopes: set[Scope]) -> bool:
    """Whether the workers start the threads themselves, and not only if there are none yet."""
    sites = [threads.started.step.site, *((threads.made.site,) if threads.made.site else ())]
    return any(site.scope in scopes and not is_first_time(site) for site in sites if site.scope.is_function)


def _asks(call: facts.Call, site: Site, threads: Threads) -> bool:
    """Whether a call gives a task to a pool of threads that surely has none left."""
    assert isinstance(call.function, facts.Attribute)  # noqa: S101 - the caller looked
    if not threads.is_pool or call.function.name not in _TASKS or not _is(call.function.value, site, threads):
        return False
    return not threads.is_executor or _has_one(threads) or _is_awaited(call, site)


_TASKS = frozenset(
    {"submit", "map", "starmap", "apply", "imap", "imap_unordered", "apply_async", "map_async", "starmap_async"}
)


def _is(term: facts.Term, site: Site, threads: Threads) -> bool:
    values = [value for value in evaluate(term, site) if value != Literal(None)]
    return len(values) == 1 and getattr(values[0], "call", None) is threads.made.call


def _has_one(threads: Threads) -> bool:
    """Whether an executor has one thread, which it has started."""
    made = threads.made
    count = slot(made.call, apis.Slot(("max_workers",), 0)) if made.call is not None else None
    return count is not None and made.site is not None and evaluate(count, made.site) == (Literal(1),)


def _is_awaited(call: facts.Call, site: Site) -> bool:
    """Whether the result of a task is waited for before another is given: a thread that seems idle gets it."""
    return any(
        isinstance(step.event, facts.Invoke)
        and isinstance(step.event.call.function, facts.Attribute)
        and step.event.call.function.name == "result"
        and step.event.call.function.value is call
        and not step.event.call.arguments
        for step in site.scope.steps
    )


_QUEUES = frozenset(f"queue.{name}" for name in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"))


def _takes(call: facts.Call, site: Site, threads: Threads, scopes: set[Scope]) -> bool:
    """Whether a call waits for an item of a queue that only a thread puts items on."""
    assert isinstance(call.function, facts.Attribute)  # noqa: S101 - the caller looked
    if call.function.name != "get" or call.arguments:
        return False
    match evaluate(call.function.value, site):
        case (Product(name=name) as queue,) if name in _QUEUES:
            puts = list(_puts(queue, site.scope.module))
            inside = set(targets(threads))
            return bool(puts) and all(step.scope in inside and step.scope not in scopes for step in puts)
        case _:
            return False


def _puts(queue: Product, module: "Module") -> Iterator[Step]:
    """Yield the steps that put items on a queue."""
    for scope in module.scopes:
        for step in scope.steps if scope.mentions & {".put", ".put_nowait"} else ():
            match step.event:
                case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="put" | "put_nowait"))):
                    values = evaluate(owner, step.site)
                    if not all(isinstance(value, Product) and value.call is not queue.call for value in values):
                        yield step
