"""Changes of `os.environ` that come when the forkserver is there: it keeps what it was started with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model.flow import Run, evaluate
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Site, Step
from spawnsafe.model.order import Start, inflow, start_of_call
from spawnsafe.model.start.threads import makers
from spawnsafe.model.terms import parts
from spawnsafe.model.timeline import Moment, is_repeated
from spawnsafe.model.values import External, Items, Literal
from spawnsafe.model.workers import Work
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_ENVIRON = External("os.environ")


@dataclass(frozen=True, slots=True)
class Stale:
    """The variable `name` of the environment is set at `moment`, after the forkserver came with `first`.

    The workers of `start` read it.
    """

    name: str
    moment: Moment
    first: Moment
    start: Start
    when: When


def stale(module: "Module") -> Iterator[Stale]:
    """Yield the changes that workers read and do not see."""
    read = {id(work.send.origin.workers.call): set[str]() for work in module.works}
    for work in module.works:
        read[id(work.send.origin.workers.call)] |= set(_read(work))
    for work in module.works:
        read[id(work.send.origin.workers.call)] -= {name for visit in work.visits for name in _set(visit.scope.steps)}
    if not any(read.values()):
        return
    run = module.moments(Run.MAIN)
    starts = [(index, start) for index, moment in enumerate(run) if (start := _start(moment)) is not None]
    for index, moment in enumerate(run):
        names = set(_set([moment.step]))
        for place, start in starts if names else ():
            seen = {name for call in makers(start) for name in read.get(id(call), ())} & names
            first = run[starts[0][0]]
            is_later = starts[0][0] < index or (is_repeated(moment) and is_repeated(run[place]))
            if place > index and is_later and seen:
                yield Stale(min(seen), moment, first, start, start.when(StartMethods.FORKSERVER))
                break


def _start(moment: Moment) -> Start | None:
    event = moment.step.event
    start = start_of_call(event.call, moment.step.site) if isinstance(event, facts.Invoke) else None
    return start if start is not None and start.when(StartMethods.FORKSERVER) else None


def _read(work: Work) -> Iterator[str]:
    """Yield the variables of the environment that workers read."""
    for visit in work.visits:
        for step in visit.scope.steps:
            for term in parts(step.event):
                match term:
                    case facts.Subscript(value=owner, index=key) if not isinstance(step.event, facts.Store):
                        yield from _names(key, step.site) if _ENVIRON in evaluate(owner, step.site) else ()
                    case facts.Call(function=function, arguments=(first, *_)):
                        if _is_reading(function, step.site):
                            yield from _names(first.value, step.site)


def _is_reading(function: facts.Term, site: Site) -> bool:
    if isinstance(function, facts.Attribute) and function.name == "get":
        return _ENVIRON in evaluate(function.value, site)
    return External("os.getenv") in evaluate(function, site)


def _set(steps: list[Step]) -> Iterator[str]:
    """Yield the variables of the environment that steps set."""
    for step in steps:
        match step.event:
            case facts.Store(target=facts.Subscript(value=owner, index=key)):
                yield from _names(key, step.site) if _ENVIRON in evaluate(owner, step.site) else ()
            case facts.Invoke(
                call=facts.Call(function=facts.Attribute(value=owner, name="update"), arguments=(passed, *_))
            ) if _ENVIRON in evaluate(owner, step.site):
                if passed.keyword:
                    yield passed.keyword
                for value in inflow(evaluate(passed.value, step.site)):
                    if isinstance(value, Items):
                        yield from (
                            name for each in value.keys if each is not None for name in _names(each, value.site)
                        )


def _names(term: facts.Term, site: Site) -> Iterator[str]:
    match evaluate(term, site):
        case (Literal(value=str(name)),):
            yield name
