"""What runs in worker processes: what a callable that is sent reaches there, and what that does.

The walk follows calls of the project's functions and methods, in whichever file, also through partials, wrapping
decorators and functions that are handed on; it does not follow calls of what is not known.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from spawnsafe.model import apis
from spawnsafe.model.exceptions import catches, is_handled, raised_by
from spawnsafe.model.flow import argument, evaluate, follow, lineage, member, resolve
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import CallSite, Start, callees, passes, start_of_call
from spawnsafe.model.pickling.pickles import Unpicklable, unpicklable, unpicklable_result
from spawnsafe.model.sends import Send, passed_to
from spawnsafe.model.terms import last_name, parts, root_name
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    External,
    Function,
    Instance,
    Known,
    Method,
    Parameter,
    Partial,
    Value,
)
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import At, Flow, ScopeKind

_MOST = 200
"""So many scopes are looked at for one callable."""

_TRANSPARENT = frozenset(
    {
        "functools.lru_cache",
        "functools.cache",
        "builtins.staticmethod",
        "builtins.classmethod",
        "typing.final",
        "typing.override",
        "abc.abstractmethod",
        "atexit.register",
        "contextlib.contextmanager",
    }
)
"""Decorators that hand calls on, and results back, as they are."""

_CALLING = frozenset(f"builtins.{name}" for name in ("map", "filter", "sorted", "min", "max")) | {"functools.reduce"}
"""Functions outside the project that call the functions they are given."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A scope runs in a worker, come to through the calls of `chain`; the first stands in the target itself.

    `is_sheltered` says that a decorator that is not known stands around it or on the way: it may catch what the
    scope raises, and change what it gives. A scope that is come to with and without shelter is visited twice.
    """

    scope: Scope
    chain: tuple[CallSite, ...] = ()
    is_sheltered: bool = False
    wrapped: Mapping[Scope, Scope] = field(default_factory=dict, repr=False)
    """The decorators on the way whose wrappers run, each with the function that it decorates."""


@dataclass(frozen=True, slots=True)
class Use:
    """A worker reads or writes the variable `name` of the module whose scope is `home`."""

    name: str
    home: Scope
    visit: Visit
    block: Block
    at: At


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker gives back: one of the values of `term`, which it returns at `site`."""

    value: Value
    term: facts.Term
    site: Site


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception leaves the worker: what `term` is at `site`, a class or an instance of one."""

    value: Class | Instance
    term: facts.Term
    site: Site
    visit: Visit


class Work:
    """What the workers do with one callable, which `send` sends them. Everything is worked out when asked for."""

    def __init__(self, send: Send) -> None:
        self.send = send

    @cached_property
    def entry(self) -> Visit | None:
        """The function of the project that the workers call, None if it is not known."""
        entered = self._entered
        return entered[0] if len(entered) == 1 else None

    @cached_property
    def _entered(self) -> list[Visit]:
        value, is_process = self.send.value, self.send.sender is apis.STARTING
        if self._is_overridden:
            return []
        entries = _methods(value, ("run",), (), {}) if is_process else _entries(value, (), {})
        return [Visit(entry.scope, (), entry.is_sheltered, entry.wrapped) for entry in entries]

    @cached_property
    def is_lazy(self) -> bool:
        """Whether calling the target only makes a generator or coroutine, so that nothing of it runs."""
        return self.lazy is not None

    @cached_property
    def lazy(self) -> Scope | None:
        """The function whose call only makes a generator or coroutine, as which the call of the target comes back."""
        if self.entry is None or self.entry.is_sheltered:
            return None
        scope = _behind_wrappers(self.entry)
        is_lazy = scope.is_generator or (scope.is_async and not self.send.workers.maker.awaits)
        return scope if is_lazy else None

    @cached_property
    def _is_overridden(self) -> bool:
        """Whether the target is a method of the object at hand, of which the class cannot be an instance here.

        It is that of an heir whose own method stands in the place of the one that sends, or a base's that is never
        made itself and whose heirs have another.
        """
        target, sending = self.send.value, self.send.site.scope
        if not isinstance(target, Method) or not isinstance(target.receiver, Instance) or not target.receiver.is_self:
            return False
        owner, method = target.function.scope.owner, sending if sending.is_function else sending.function
        sender = method.owner if method is not None else None
        if owner is None or sender is None or method is None or not sender.is_class or self.send.inner:
            return False
        if sender not in lineage(owner)[1:]:
            return bool(heirs := owner.module.heirs(owner)) and _only_as(owner, heirs, target.function.scope.name)
        nearest = next((base for base in lineage(owner) if method.name in base.bindings), sender)
        return nearest is not sender

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """The scopes that run in the workers, callers before what they call."""
        return () if self.is_lazy else tuple(_walk(self._entered, self.given))

    def given(self, value: Value) -> Values:
        """Return what the program itself sends in the place of a parameter of the target."""
        if self.entry is None or not isinstance(value, Parameter) or value.scope is not self.entry.scope:
            return ()
        return () if self.entry.wrapped else follow(passed_to(value, self.send), value.path)

    def _made(self, term: facts.Term, site: Site) -> Values:
        """Return what a term gives: of a call of something that was sent, what this gives."""
        values = evaluate(term, site)
        if not isinstance(term, facts.Call) or values != (ANYTHING,):
            return values
        sent = [inner for value in evaluate(term.function, site) for inner in self.given(value)]
        if not sent or ANYTHING in sent:
            return values
        return evaluate(facts.Call(term.at, Known(term.at, distinct(sent)), term.arguments), site)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """What the workers give back; of a display, what is in it."""
        if self.entry is None or self.entry.is_sheltered or self.is_lazy:
            return ()
        if isinstance(self.send.value, Class):
            made = Instance(self.send.value.scope, call=self.send.call, site=self.send.site)
            return (Result(made, self.send.term, self.send.site),)
        return tuple(
            Result(value, term, step.site)
            for step in self.entry.scope.steps
            if isinstance(step.event, facts.Return) and step.event.term is not None
            for term in _parts(step.event.term)
            for value in (*self._made(term, step.site), *self._caught(term, step.site))
        )

    def _caught(self, term: facts.Term, site: Site) -> Iterator[Instance]:
        """Yield the exceptions of the project that a name stands for which an `except` clause binds."""
        for handler in resolve(term.id, site) or () if isinstance(term, facts.Name) else ():
            is_caught = isinstance(handler.event, facts.Bind) and isinstance(handler.event.source, facts.Unknown)
            for step in handler.scope.steps if is_caught else ():
                for value in raised_by(step):
                    if isinstance(value, Instance) and is_handled(step.site, handler, value):
                        yield value

    @cached_property
    def refused(self) -> tuple[tuple[Result, Unpicklable], ...]:
        """What the workers give back that pickle refuses; not the object whose method they run, which came to them."""
        return tuple(
            (result, why)
            for result in self.results
            if (why := unpicklable_result(result.value, result.site))
            and not (isinstance(result.value, Instance) and result.value.is_self and not self._has_set(why))
        )

    def _has_set(self, why: Unpicklable) -> bool:
        """Whether the workers themselves set the attribute that pickle refuses."""
        return bool(why.path) and any(visit.scope is why.path[0].step.scope for visit in self.visits)

    @cached_property
    def raised(self) -> tuple[Raised, ...]:
        """The exceptions of the project's own classes that leave the workers."""
        return tuple(
            Raised(value, step.event.term, step.site, visit)
            for visit in self.visits
            if not visit.is_sheltered
            for step in visit.scope.steps
            if isinstance(step.event, facts.Raise) and step.event.term is not None
            if all(passes(step.site, call) for call in visit.chain[-1:])
            for value in raised_by(step)
            if not any(catches(site, value) for site in (step.site, *(call.site for call in reversed(visit.chain))))
        )

    @cached_property
    def refused_raised(self) -> tuple[tuple[Raised, Unpicklable], ...]:
        """The exceptions that leave the workers and that pickle refuses."""
        return tuple(
            (raised, why)
            for raised in self.raised
            if (why := unpicklable(_instance(raised.value), apis.Crossing.TASK, raised.site))
        )

    @cached_property
    def starts(self) -> tuple[tuple[Start, Visit], ...]:
        """The workers that the workers start themselves."""
        return tuple(
            (start, visit)
            for visit in self.visits
            for step in visit.scope.steps
            if isinstance(step.event, facts.Invoke) and (start := start_of_call(step.event.call, step.site)) is not None
        )

    @cached_property
    def reads(self) -> tuple[Use, ...]:
        """The modules' variables that the workers read."""
        return tuple(
            Use(name.id, home, visit, block, name.at)
            for visit in self.visits
            for name, block in visit.scope.reads
            if (home := visit.scope.home(name.id)) is not None and home.is_module
        )

    @cached_property
    def writes(self) -> tuple[Use, ...]:
        """The modules' variables that the workers bind by `global`, or store attributes or items in."""
        return tuple(
            Use(name, home, visit, step.block, step.event.at)
            for visit in self.visits
            for step in visit.scope.steps
            if (name := _written(step.event)) and (home := visit.scope.home(name)) is not None and home.is_module
        )


def _behind_wrappers(entry: Visit) -> Scope:
    """Return the function whose call an entry gives back: itself, or the one that it wraps and calls for its result."""
    scope = entry.scope
    for _ in entry.wrapped:
        returns = [step for step in scope.steps if isinstance(step.event, facts.Return)]
        results = [step.event.term for step in returns if isinstance(step.event, facts.Return)]
        called = results[0].function if len(results) == 1 and isinstance(results[0], facts.Call) else None
        values = evaluate(called, returns[0].site) if called is not None and not scope.is_generator else ()
        match values:
            case (Parameter(scope=decorator, index=0, path=()),) if decorator in entry.wrapped:
                scope = entry.wrapped[decorator]
            case _:
                return scope
    return scope


def _only_as(base: Scope, heirs: list[Scope], name: str) -> bool:
    """Whether a file makes instances of classes with another method of that name, and none of their base."""
    if not any(name in heir.bindings for heir in heirs):
        return False
    return not any(
        isinstance(step.event, facts.Invoke) and Class(base) in evaluate(step.event.call.function, step.site)
        for scope in base.module.scopes
        if base.name in scope.mentions
        for step in scope.steps
    )


def _instance(raised: Class | Instance) -> Instance:
    return raised if isinstance(raised, Instance) else Instance(raised.scope)


def _parts(term: facts.Term) -> Iterator[facts.Term]:
    """Yield what a display holds, or either arm of a condition gives; else the term itself."""
    match term:
        case facts.Display(items=items) if items:
            parts = items
        case facts.Conditional(body=body, orelse=orelse):
            parts = (body, orelse)
        case _:
            if not isinstance(term, facts.Starred):  # what is in it is given back, not itself
                yield term
            return
    for part in parts:
        yield from _parts(part)


def works(sends: Iterable[Send]) -> Iterator[Work]:
    """Yield what the workers do with each callable that is sent."""
    for send in sends:
        if send.is_called and not isinstance(send.value, Parameter):
            yield Work(send)


def _written(event: facts.Event) -> str:
    """Return the variable that an event binds or stores into, empty if it does neither."""
    if isinstance(event, facts.Bind):
        return event.name
    return root_name(event.target) if isinstance(event, facts.Store) else ""


# --- what is called ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """A function that a call runs; its receiver fills `offset` parameters."""

    scope: Scope
    offset: int
    is_sheltered: bool
    wrapped: Mapping[Scope, Scope]


def _entries(
    value: Value, chain: tuple[CallSite, ...], wrapped: Mapping[Scope, Scope], offset: int = 0
) -> Iterator[_Entry]:
    """Yield what calling a value runs, in a scope that is come to through the calls of `chain`."""
    match value:
        case Function(scope=scope):
            yield _before_decorators(scope, wrapped, offset)
        case Method(function=function):
            yield from _entries(function, chain, wrapped, 1)
        case Partial(function=function):
            yield from _entries(function, chain, wrapped)
        case Class():
            yield from _methods(value, ("__init__", "__post_init__"), chain, wrapped)
        case Instance():
            yield from _methods(value, ("__call__",), chain, wrapped)
        case Parameter(scope=scope, index=0) if scope in wrapped:
            yield _Entry(wrapped[scope], 0, is_sheltered=False, wrapped=wrapped)
        case Parameter(scope=scope, index=index) if chain:
            passed = argument(chain[-1].call, scope, index, chain[-1].offset)
            values = evaluate(passed, chain[-1].site) if passed is not None else ()
            for inner in follow(values, value.path):
                yield from _entries(inner, chain[:-1], wrapped)
        case _:
            return


def _methods(
    owner: Value, names: tuple[str, ...], chain: tuple[CallSite, ...], wrapped: Mapping[Scope, Scope]
) -> Iterator[_Entry]:
    for name in names:
        for value in member(owner, name):
            if isinstance(value, (Function, Method)):
                yield from _entries(value, chain, wrapped, 1)


def _before_decorators(scope: Scope, wrapped: Mapping[Scope, Scope], offset: int) -> _Entry:
    """Return the wrapper that a decorator puts before a function, or else the function itself."""
    decorators = scope.facts.decorators if scope.facts else ()
    unknown = [values for term in decorators if not _is_transparent(values := _decorator(term, scope))]
    if not unknown:
        return _Entry(scope, offset, is_sheltered=False, wrapped=wrapped)
    match unknown:
        case [(Function(scope=decorator),)] if decorator not in wrapped:
            given = _given_back(decorator)
            if isinstance(given, Scope):
                return _Entry(given, 0, is_sheltered=False, wrapped={**wrapped, decorator: scope})
            if given is not None:
                return _Entry(scope, offset, is_sheltered=False, wrapped=wrapped)
    return _Entry(scope, offset, is_sheltered=True, wrapped=wrapped)


def _given_back(decorator: Scope) -> Scope | Parameter | None:
    """Return the wrapper that a decorator returns, or its parameter if it returns that; None if it is not known."""
    returns = [step for step in decorator.steps if isinstance(step.event, facts.Return)]
    term = returns[0].event.term if len(returns) == 1 and isinstance(returns[0].event, facts.Return) else None
    steps = resolve(term.id, returns[0].site) or [] if isinstance(term, facts.Name) else []
    source = steps[0].event.source if len(steps) == 1 and isinstance(steps[0].event, facts.Bind) else None
    match source:
        case facts.Defined(scope=own) if own.kind is ScopeKind.FUNCTION and steps[0].scope is decorator:
            return decorator.children[id(own)]
        case facts.Given(index=0) if steps[0].scope is decorator:
            return Parameter(decorator, 0)
        case _:
            return None


def _decorator(term: facts.Term, scope: Scope) -> Values:
    return evaluate(term, scope.site) if scope.site is not None else ()


def _is_transparent(decorator: Values) -> bool:
    return all(isinstance(value, External) and value.name in _TRANSPARENT for value in decorator)


_MILD = ("builtins.print", "logging.", "time.", "os.getpid")
"""Calls of which no exception is to be feared; by the beginnings of their names."""

_MILD_METHODS = frozenset(("put", "put_nowait", "debug", "info", "warning", "error", "exception", "critical", "log"))
"""The same of whatever has such methods outside the project: queues, by which a worker tells itself, and loggers."""


def lets_nothing_out(value: Value) -> bool:
    """Whether what a value runs handles all that is raised in it, or does nothing, for all that is known."""
    entries = list(_entries(value, (), {}))
    return value == ANYTHING or (bool(entries) and all(_handles_all(entry.scope) for entry in entries))


def _handles_all(scope: Scope) -> bool:
    steps = [step for step in scope.steps if isinstance(step.event, facts.Invoke | facts.Raise)]
    return all(map(_is_handled, steps)) if steps else all(map(_is_harmless, scope.steps))


def _is_handled(step: Step) -> bool:
    """Whether what a step raises does not leave its function."""
    regions = (step.scope.regions[index] for index in step.scope.enclosing(step.region))
    if catches(step.site, External("builtins.Exception")):
        return True
    if not isinstance(step.event, facts.Invoke):
        return False
    called = evaluate(step.event.call.function, step.site)
    is_mild = all(isinstance(value, External) and value.name.startswith(_MILD) for value in called)
    is_mild |= last_name(step.event.call.function) in _MILD_METHODS and not any(callees(step.event.call, step.site))
    return is_mild or any(region.flow is Flow.HANDLER for region in regions)


def _is_harmless(step: Step) -> bool:
    """Whether a step does nothing that could raise."""
    return all(isinstance(term, facts.Constant | facts.Name | facts.Display) for term in parts(step.event))


# --- the walk ----------------------------------------------------------------------------------------------


def _walk(entered: Iterable[Visit], given: Callable[[Value], Values]) -> Iterator[Visit]:
    """Yield what is visited from the entries; `given` says what is sent in the place of their parameters."""
    pending = deque(entered)
    seen: set[tuple[Scope, bool, bool]] = set()
    while pending and len(seen) < _MOST:
        visit = pending.popleft()
        key = (visit.scope, visit.is_sheltered, any(_is_tried(call.site) for call in visit.chain))
        if key in seen:
            continue
        seen.add(key)
        yield visit
        for child in visit.scope.children.values():
            if child.kind in (ScopeKind.COMPREHENSION, ScopeKind.CLASS):
                pending.append(replace(visit, scope=child))
        for step in visit.scope.steps:
            if isinstance(step.event, facts.Invoke):
                pending.extend(_called_by(step.event.call, step.site, visit, given))


def _called_by(call: facts.Call, site: Site, visit: Visit, given: Callable[[Value], Values]) -> Iterator[Visit]:
    called = list(evaluate(call.function, site))
    called += [inner for value in called if not visit.chain for inner in given(value)]
    if any(isinstance(value, External) and value.name in _CALLING for value in called):
        called += [value for passed in call.arguments for value in evaluate(passed.value, site)]
    called += _decorated(call.function, site) if ANYTHING in called else []
    for value in called:
        for entry in _entries(value, visit.chain, visit.wrapped):
            chain = (*visit.chain, CallSite(call, site, entry.offset))
            yield Visit(entry.scope, chain, visit.is_sheltered or entry.is_sheltered, entry.wrapped)
    if any(region.subject is call for region in site.scope.regions if region.flow is Flow.ALWAYS):
        for value in evaluate(call, site):
            for entry in _methods(value, ("__enter__",), visit.chain, visit.wrapped):
                yield Visit(entry.scope, (*visit.chain, CallSite(call, site, 1)), visit.is_sheltered, entry.wrapped)


def _decorated(term: facts.Term, site: Site) -> Iterator[Value]:
    """Yield the functions that a name is defined as, of which decorators may make something unknown."""
    for step in resolve(term.id, site) or () if isinstance(term, facts.Name) else ():
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        if isinstance(source, facts.Defined) and source.scope.kind is ScopeKind.FUNCTION:
            yield Function(step.scope.children[id(source.scope)])


def _is_tried(site: Site) -> bool:
    """Whether a site stands where something may catch exceptions."""
    regions = [site.scope.regions[index] for index in site.scope.enclosing(site.region)]
    return any(
        region.flow is Flow.TRY or region.subject is not None for region in regions if region.flow is not Flow.BRANCH
    )
