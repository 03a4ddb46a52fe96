"""The default context of a run: what chooses its start method, and what fixes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, chosen_methods, evaluate, slot, taken, tells_targets_apart
from spawnsafe.model.methods import EVERY_PYTHON, EVERYWHERE, Chosen, Pythons, StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import Start, start_of_call
from spawnsafe.model.terms import last_name
from spawnsafe.model.timeline import Moment, is_repeated, is_sure, is_tried
from spawnsafe.model.values import ContextMember, External, Literal, MakerClass, Product, Workers
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_FIXING = frozenset(
    {
        *("Queue", "JoinableQueue", "SimpleQueue", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"),
        *("Event", "Barrier", "Value", "Array", "get_start_method", "get_context"),
    }
)
"""Functions of `multiprocessing` that fix the default context (run, CPython 3.11 and 3.14)."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A run chooses a start method, at `moment`, when it is fixed already: since `first`, None in a worker.

    A worker has the start method of its parent before it imports main. `when` says when that fails. The workers are
    those of `start`.
    """

    moment: Moment
    first: Moment | None
    when: When
    start: Start | None = None


def repetitions(module: "Module") -> Iterator[Repetition]:
    """Yield where running a file, or importing it in a worker, chooses a start method too late."""
    if not any(scope.mentions & {"set_start_method", ".set_start_method"} for scope in module.scopes):
        return
    run = module.moments(Run.MAIN)
    first: Moment | None = None
    in_passing: Moment | None = None
    for moment in run:
        if _chooses(moment) and not _is_forced(moment):
            fixed, pythons = (first, EVERY_PYTHON) if first is not None else (in_passing, _IN_PASSING)
            failing = StartMethods.NONE if fixed is None or moment.is_tried else _repeating(moment)
            if fixed is not None and failing:
                yield Repetition(moment, fixed, When(failing).on(pythons))
            elif first is None and moment.is_sure and not moment.is_tried and is_repeated(moment):
                yield Repetition(moment, moment, EVERYWHERE)
            elif first is None and moment.step.scope.module is module:
                yield from _in_workers(module, moment, run)
        if first is None and moment.is_sure and (_chooses(moment) or _fixes(moment)):
            first = moment
        if in_passing is None and moment.is_sure and _starts_fresh(moment):
            in_passing = moment


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call that chooses or asks for a start method; `name` is the function of `multiprocessing` that it calls."""

    step: Step
    call: facts.Call
    name: str

    @property
    def chosen(self) -> Chosen:
        """The start methods that the call chooses; None for the platform's, or if it only asks."""
        return chosen_methods(self.call, self.step.site) if self.name in _CHOOSING else None


_CHOOSING = frozenset({"set_start_method", "get_context"})
_METHOD_CALLS = _CHOOSING | {"get_start_method"}
_MENTIONED = _METHOD_CALLS | {f".{name}" for name in _METHOD_CALLS}


def method_calls(module: "Module") -> Iterator[MethodCall]:
    """Yield where a file chooses a start method or asks for it."""
    for scope in module.scopes:
        for step in scope.steps if scope.mentions & _MENTIONED else ():
            call = step.event.call if isinstance(step.event, facts.Invoke) else None
            name = last_name(call.function) if call is not None else ""
            if call is None or name not in _METHOD_CALLS:
                continue
            meant = (External(f"multiprocessing.{name}"), ContextMember(None, name))
            if any(value in meant for value in evaluate(call.function, step.site)):
                yield MethodCall(step, call, name)


def forced_forks(module: "Module") -> Iterator[MethodCall]:
    """Yield where a file that asks for no platform chooses fork for sure, with nothing that catches a refusal."""
    choices = [choice for choice in method_calls(module) if choice.name in _CHOOSING]
    for choice in choices if choices and not _asks_for_platform(module) else ():
        named, site = slot(choice.call, apis.Slot(("method",), 0)), choice.step.site
        is_fork = named is not None and evaluate(named, site) == (Literal("fork"),)
        if is_fork and is_sure(choice.step, Run.MAIN) and not is_tried(choice.step):
            yield choice


def _asks_for_platform(module: "Module") -> bool:
    """Whether a condition of a file, or one that it gives a name, depends on the platform."""
    return any(tells_targets_apart(term, site) for scope in module.scopes for term, site in _conditions(scope))


def _conditions(scope: Scope) -> Iterator[tuple[facts.Term, Site]]:
    for index, region in enumerate(scope.regions):
        if region.flow is Flow.BRANCH and region.subject is not None:
            yield region.subject, scope.site_before(index)
    for step in scope.steps:
        match step.event:
            case facts.Bind(source=facts.Assigned(term=facts.Comparison() | facts.Logical() | facts.Not() as term)):
                yield term, step.site


def _in_workers(module: "Module", moment: Moment, run: Sequence[Moment]) -> Iterator[Repetition]:
    """Yield the repetition that workers make when they import a file that chooses a start method on the way."""
    if module.runs_by_name_only:
        return
    again = next((each for each in module.moments(Run.IMPORTED) if each.step is moment.step), None)
    if again is None or not again.is_sure or again.is_tried:
        return
    call = moment.step.event.call if isinstance(moment.step.event, facts.Invoke) else None
    chosen = chosen_methods(call, moment.step.site) if call is not None else None
    started = {start.methods: start for each in reversed(run) for start in _started(each)}
    starts = {(chosen if methods is None else methods): start for methods, start in started.items()}
    if StartMethods.SPAWN in starts:
        yield Repetition(moment, None, EVERYWHERE, starts[StartMethods.SPAWN])
    elif StartMethods.FORKSERVER in starts:
        yield Repetition(moment, None, EVERYWHERE.on(_IN_EACH_WORKER), starts[StartMethods.FORKSERVER])


def _repeating(moment: Moment) -> StartMethods:
    """Return the default start methods with which a run surely comes to a step: conditions may ask for them."""
    if moment.is_sure:
        return StartMethods.ALL
    found, scope = StartMethods.ALL, moment.step.scope
    for index in scope.enclosing(moment.step.region):
        region = scope.regions[index]
        if region.flow is Flow.BRANCH and not taken(scope, index, Run.MAIN):
            found &= _taken_with(region, scope.site_before(index))
        elif region.flow in (Flow.HANDLER, Flow.LOOP):
            return StartMethods.NONE
    calls = (call.site.scope.steps[call.site.order] for call in moment.chain)
    return found if all(is_sure(step, Run.MAIN) for step in calls) else StartMethods.NONE


def _taken_with(region: facts.Region, site: Site) -> StartMethods:
    """Return the default start methods with which a branch is taken, if it asks for no more than these."""
    match region.subject:
        case facts.Comparison(operator="==" | "!=" as operator, left=left, right=facts.Constant(value=str(name))) if (
            _is_start_method(left, site)
        ):
            named = StartMethods.named(name) or StartMethods.NONE
            return named if (operator == "==") is region.sense else StartMethods.ALL & ~named
        case facts.Name() | facts.Call() as term if region.sense and _is_start_method(term, site):
            return StartMethods.ALL
        case _:
            return StartMethods.NONE


def _is_start_method(term: facts.Term, site: Site) -> bool:
    """Whether a term is what `get_start_method()` gives."""
    match evaluate(term, site):
        case (Product(name="multiprocessing.get_start_method", call=facts.Call(arguments=())),):
            return True
        case _:
            return False


_IN_EACH_WORKER = Pythons(last=(3, 13))
"""From then on the forkserver imports main once, before it has a start method."""


def _started(moment: Moment) -> Iterator[Start]:
    event = moment.step.event
    start = start_of_call(event.call, moment.step.site) if isinstance(event, facts.Invoke) else None
    if start is not None:
        yield start


def _chooses(moment: Moment) -> bool:
    event = moment.step.event
    if not isinstance(event, facts.Invoke) or last_name(event.call.function) != "set_start_method":
        return False
    named = slot(event.call, apis.Slot(("method",), 0))
    is_none = named is None or Literal(None) in evaluate(named, moment.step.site)
    return not is_none and any(
        value in (External("multiprocessing.set_start_method"), ContextMember(None, "set_start_method"))
        for value in evaluate(event.call.function, moment.step.site)
    )


def _is_forced(moment: Moment) -> bool:
    assert isinstance(moment.step.event, facts.Invoke)  # noqa: S101 - the caller looked
    call = moment.step.event.call
    return slot(call, apis.Slot(("force",), 1)) is not None or any(passed.stars for passed in call.arguments)


def _fixes(moment: Moment) -> bool:
    """Whether a call needs the default context, and so fixes it."""
    event, site = moment.step.event, moment.step.site
    if not isinstance(event, facts.Invoke):
        return False
    call = event.call
    for callee in evaluate(call.function, site):
        name = callee.name if isinstance(callee, External | ContextMember) else ""
        plain = name.removeprefix("multiprocessing.")
        if isinstance(callee, ContextMember) and callee.methods is not None:
            return False
        if plain in _FIXING and (isinstance(callee, ContextMember) or name != plain):
            return not call.arguments or plain not in ("get_start_method", "get_context")
        if isinstance(callee, MakerClass):
            made = [value for value in evaluate(call, site) if isinstance(value, Workers) and value.call is call]
            return callee.maker in _FIXING_MAKERS and bool(made) and all(value.methods is None for value in made)
    start = start_of_call(call, site)
    return start is not None and start.methods is None


_IN_PASSING = Pythons(last=(3, 13))
"""Up to then, what starts fresh workers of a context tells them the default start method, and so fixes it."""


def _starts_fresh(moment: Moment) -> bool:
    """Whether a call starts workers of a context that never forks."""
    chosen = [start.methods for start in _started(moment)]
    return any(isinstance(methods, StartMethods) and not methods & StartMethods.FORK for methods in chosen)


_FIXING_MAKERS = (apis.POOL, apis.EXECUTOR, apis.MANAGER)
