"""Amounts that are passed to the APIs: how many workers, how many items make a task."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.calls.numbers import CPUS, ITEMS, Number, is_tested, number
from spawnsafe.model.calls.passing import misfits
from spawnsafe.model.flow import evaluate, passed_terms, slot, unstarred
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import Platform, StartMethods, Targets, When
from spawnsafe.model.names import Site
from spawnsafe.model.order import calls_to
from spawnsafe.model.performance import sizes
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import Items, Literal, Many, Parameter, Product, Row
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class Defect(Enum):
    """What is wrong with an amount."""

    KIND = "kind"
    """It is no number."""
    FLOAT = "float"
    SMALL = "small"
    """It is less than 1."""
    MULTIPLE = "multiple"
    """It is a multiple of the CPUs."""
    SMALL_AT_TIMES = "small at times"
    """It is less than 1 on small machines, or for few items."""
    MANY = "many"
    """It is more than Windows can wait for."""


@dataclass(frozen=True, slots=True)
class Amount:
    """`term` is passed to `call` at `site`; `most` is the greatest count for which it is small, if it is at times."""

    term: facts.Term
    call: facts.Call
    site: Site
    api: str
    defect: Defect
    when: When
    most: int = 0
    send: Send | None = None
    """The send whose items are divided so; None for a number of workers."""
    is_default: bool = False
    """Whether it is so unless the command line, or a caller, says another."""


MOST_ON_WINDOWS = 61
"""So many workers an executor can have there (`_MAX_WINDOWS_WORKERS` in `Lib/concurrent/futures/process.py`)."""

_THREADS = {"multiprocessing.pool.ThreadPool": "ThreadPool", "multiprocessing.dummy.Pool": "Pool"}
_PROCESSES = apis.Slot(("processes",), 0)


def worker_counts(module: "Module") -> Iterator[Amount]:
    """Yield the numbers of workers for which a file asks and which cannot be."""
    for call, site, wanted, api, when in _makings(module):
        term = slot(call, wanted)
        found = _defect(term, site) if term is not None else None
        if term is not None and found is not None:
            if found.of in ("", CPUS) and not (found.defect is Defect.MULTIPLE and api not in _OF_PROCESSES):
                yield Amount(term, call, site, api, found.defect, when, found.most, is_default=found.is_default)
        elif term is not None and api == apis.EXECUTOR.name and _is_more(MOST_ON_WINDOWS, term, site):
            yield Amount(term, call, site, api, Defect.MANY, when.within(Targets.on(Platform.WINDOWS)))


_OF_PROCESSES = ("Pool", "ProcessPoolExecutor")

_Making = tuple[facts.Call, Site, apis.Slot, str, When]


def _makings(module: "Module") -> Iterator[_Making]:
    """Yield the calls that make workers, be they threads, with the parameter that says how many."""
    for life in module.lives:
        workers = life.workers
        if workers.call is None or workers.site is None or workers.maker.size is None or workers.cls is not None:
            continue
        chosen = module.methods_of(workers.methods)
        call = unstarred(workers.call, workers.site)
        yield call, workers.site, workers.maker.size, workers.maker.name, When.of(StartMethods.ALL, chosen)
    for scope in module.scopes:
        for step in scope.steps if not scope.mentions.isdisjoint(_MENTIONS) else ():
            made = step.event.call if isinstance(step.event, facts.Invoke) else None
            if made is None or last_name(made.function) not in _NAMES:
                continue
            values = evaluate(made, step.site)
            if len(values) == 1 and isinstance(values[0], Product) and values[0].name in _THREADS:
                yield made, step.site, _PROCESSES, _THREADS[values[0].name], When()


_NAMES = frozenset(_THREADS.values())
_MENTIONS = _NAMES | {f".{name}" for name in _NAMES}


def chunk_sizes(module: "Module") -> Iterator[Amount]:
    """Yield the sizes of chunks that a file asks for and that cannot be."""
    seconds = {misfit.second for misfit in misfits(module)} - {None}
    seen: set[int] = set()
    for send in module.sends:
        wanted = send.sender.chunksize
        term = slot(send.call, wanted) if wanted is not None and not send.inner else None
        if term is None or term in seconds or id(send.call) in seen:
            continue
        seen.add(id(send.call))
        found = _defect(term, send.site)
        if found is None and not send.sender.is_chunked and evaluate(term, send.site) == (Literal(None),):
            found = _Flaw(Defect.KIND)
        if found is not None and found.defect is not Defect.MULTIPLE and not _is_one(term, send):
            when = send.when(StartMethods.ALL)
            yield Amount(term, send.call, send.site, send.api, found.defect, when, found.most, send, found.is_default)


def _is_one(term: facts.Term, send: Send) -> bool:
    """Whether an amount is `1.0`, with which `imap` sends each item alone."""
    return send.sender.is_lazy and evaluate(term, send.site) == (Literal(1.0),)


_USUAL = 8
"""So many CPUs a machine has, to tell what is more."""


@dataclass(frozen=True, slots=True)
class _Flaw:
    """What is wrong with an amount, up to which count, what is counted, and whether that is so by default."""

    defect: Defect
    most: int = 0
    of: str = ""
    is_default: bool = False


def _defect(term: facts.Term, site: Site) -> _Flaw | None:
    """Return what is wrong with an amount."""
    if _is_no_number(evaluate(term, site)):
        return _Flaw(Defect.KIND)
    amount = number(term, site) or _default(term, site)
    if amount is None:
        return None
    if amount.is_float:
        return _Flaw(Defect.FLOAT, 0, amount.of, amount.is_default)
    if amount.of == CPUS and amount.at(_USUAL) >= 2 * _USUAL:
        return _Flaw(Defect.MULTIPLE, 0, CPUS)
    most = amount.below(1)
    is_open = bool(amount.of) or amount.is_default
    if most is None or (is_open and (is_tested(term, site) or _is_known_to_suffice(term, site, amount))):
        return None
    return _Flaw(Defect.SMALL_AT_TIMES if amount.of else Defect.SMALL, most, amount.of, amount.is_default)


def _is_more(limit: int, term: facts.Term, site: Site) -> bool:
    """Whether an amount is more than a limit, on whatever machine."""
    amount = number(term, site)
    return amount is not None and not amount.of and amount.at(1) > limit


def _default(term: facts.Term, site: Site) -> Number | None:
    """Return the default of a parameter that a call in the file leaves as it is."""
    given, *defaults = evaluate(term, site) or (None,)
    if not isinstance(given, Parameter) or given.path or len(defaults) != 1 or not isinstance(defaults[0], Literal):
        return None
    if all(passed_terms(call.call, given, call.site, call.offset) for call in calls_to(given.scope)):
        return None
    amount = number(facts.Constant(term.at, defaults[0].value), site)
    return amount and replace(amount, is_default=True)


def _is_no_number(values: Values) -> bool:
    return bool(values) and all(
        isinstance(value, Items | Many | Row) or (isinstance(value, Literal) and isinstance(value.value, str | bytes))
        for value in values
    )


def _is_known_to_suffice(term: facts.Term, site: Site, amount: Number) -> bool:
    """Whether there are as many items as it takes, as far as they are known."""
    known = sizes.number(term, site)
    return amount.of == ITEMS and known is not None and known >= 1
