"""What workers change that the parent reads afterwards: a worker changes its own copy, and nobody ever sees that.

A change is lost whether the worker is a fork or fresh, if what it changes is a plain object or variable that the parent
has as well. It matters where the parent reads it later on, and has not bound or changed it itself meanwhile.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, argument, bound, elements, evaluate, follow, lineage, reached, sourced, stores
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.objects import CHANGERS, TAKING
from spawnsafe.model.order import CallSite, excludes, passes
from spawnsafe.model.sends import Role, Send, passed_to, term_passed
from spawnsafe.model.start.globals import CONTAINERS, calls_known_to, starts_of
from spawnsafe.model.terms import last_name, nested_parts, parts
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    ContextMember,
    External,
    Instance,
    Items,
    Literal,
    MadeInstance,
    MakerClass,
    Many,
    Method,
    Parameter,
    Partial,
    Product,
    ProjectModule,
    Value,
    Workers,
)
from spawnsafe.model.workers import Visit, Work
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_ARRAYS = frozenset(
    f"numpy.{name}" for name in ("array", "arange", "empty", "full", "ones", "zeros", "empty_like", "zeros_like")
)
_PLAIN = CONTAINERS | _ARRAYS | {"pandas.DataFrame"}
_CONSUMING = TAKING | {"clear", "discard", "remove", "reverse", "sort"}
_PASSING_ON = frozenset({"put", "put_nowait", "send", "dump", "write"})
_OF_PROCESSES = frozenset({"name", "daemon", "authkey", "exitcode", "pid"})
"""Attributes that each process has for itself."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Workers of `work` change what `term` is at `site`; the parent reads it at `read` and finds it as it was."""

    work: Work
    visit: Visit
    term: facts.Term
    site: Site
    read: "Read"

    @property
    def name(self) -> str:
        """How the program writes what is changed, such as `self.total`; without the key of an item."""
        term = self.term.value if isinstance(self.term, facts.Subscript) else self.term
        return self.site.scope.module.code(self.site.block, term.at)


@dataclass(frozen=True, slots=True)
class Read:
    """The parent reads something: `term` at `site`."""

    term: facts.Term
    site: Site


@dataclass(frozen=True, slots=True)
class _Change:
    """A worker changes one of `owners` in its part `part`, or the variable `name` of `home`.

    A part is the name of an attribute behind a dot, or a key; None for any. `is_inside` says that the object changes
    that the variable stands for, and not the variable.
    """

    visit: Visit
    step: Step
    term: facts.Term
    owners: Values = ()
    part: object = None
    name: str = ""
    home: Scope | None = None
    is_inside: bool = False


def lost(module: "Module") -> Iterator[Lost]:
    """Yield what workers change for themselves alone, as far as it is told in a file."""
    for sender in (module, *module.senders):
        yield from (each for each in _lost(sender) if module.tells(each, each.work.send))


def _lost(module: "Module") -> Iterator[Lost]:
    running = {scope for work in module.works for visit in work.visits for scope in visit.scope.walk()}
    for work in module.works:
        if not _runs_a_task(work.send):
            continue
        ways = [way for site in _sent_at(work.send, module) for way in _ways(site, module)]
        for change in _changes(work, running) if ways else ():
            view = _View(module, change, running, ways)
            read = None if _is_handed_on(change, work) else view.read()
            if read is not None:
                yield Lost(work, change.visit, change.term, change.step.site, read)


def _runs_a_task(send: Send) -> bool:
    """Whether workers do something for the parent: an initializer prepares themselves."""
    return send.role is not Role.INITIALIZER and send.workers.maker.noun in ("pool", "executor", "process")


# --- changes -----------------------------------------------------------------------------------------------


def _changes(work: Work, running: set[Scope]) -> Iterator[_Change]:
    """Yield what the workers change that the parent has as well."""
    for visit in work.visits:
        for step in visit.scope.steps:
            if not reached(step.site, Run.IMPORTED) or not all(passes(step.site, call) for call in visit.chain[-1:]):
                continue
            change = _bound(step, visit) or _changed(step, visit, work)
            owners = change.owners if change is not None else ()
            if change is None or change.home in running or not all(_is_parents(each, running) for each in owners):
                continue
            if _is_lazy(change):
                continue
            if _continues(change) or all(map(_is_data, _parents_own(change, running))):
                yield change


def _continues(change: _Change) -> bool:
    """Whether a change goes on from what was there, instead of putting something else in its place."""
    source = getattr(change.step.event, "source", None)
    if not isinstance(source, facts.Assigned) or isinstance(source, facts.Augmented) or change.is_inside:
        return True
    code = _code(change.term, change.step)
    return any(_code(part, change.step) == code for part in parts(source.term))


def _is_lazy(change: _Change) -> bool:
    """Whether something is put where a condition asks for it: each worker then makes its own, or is handed one."""
    if change.is_inside or _continues(change):
        return False
    name = change.name or str(change.part).removeprefix(".")
    sites = (change.step.site, *(call.site for call in change.visit.chain))
    regions = (site.scope.regions[index] for site in sites for index in site.scope.enclosing(site.region))
    subjects = (region.subject for region in regions if region.flow is Flow.BRANCH and region.subject is not None)
    return any(last_name(part) == name for subject in subjects for part in parts(subject))


def _parents_own(change: _Change, running: set[Scope]) -> Iterator[Value]:
    """Yield what the parent itself binds a variable or an attribute to."""
    name = change.name or str(change.part).removeprefix(".")
    bindings: list[tuple[Step, facts.Source]] = []
    if change.home is not None:
        elsewhere = change.home.module.globals_bound_in_functions.get(name, [])
        bindings = [(step, facts.Unknown()) for step in (*change.home.bindings.get(name, ()), *elsewhere)]
    elif isinstance(change.part, str) and change.part.startswith("."):
        classes = [base for cls in map(_class_of, change.owners) if cls is not None for base in lineage(cls)]
        bindings = [each for base in classes for each in stores(base).get(name, ())]
    for step, source in bindings:
        if step.scope not in running:
            yield from bound(step) if isinstance(step.event, facts.Bind) else sourced(source, step.site)


def _class_of(owner: Value) -> Scope | None:
    return getattr(owner, "cls", None) or getattr(owner, "scope", None)


def _is_data(value: Value) -> bool:
    """Whether a value is one that a program counts, collects or remembers, rather than something to work with."""
    is_member = isinstance(value, MadeInstance | Instance) and value.call is None
    return (
        is_member or isinstance(value, Literal | Items | Many) or (isinstance(value, Product) and value.name in _PLAIN)
    )


def _bound(step: Step, visit: Visit) -> _Change | None:
    """Return the binding of a module's variable by `global`, or as an attribute of the module."""
    match step.event:
        case facts.Bind(name=name, source=facts.Assigned(term=term)) if name in step.scope.declared_global:
            home = step.scope.home(name)
            if home is None or all(isinstance(value, Parameter) for value in evaluate(term, step.site)):
                return None  # what it is handed
            return _Change(visit, step, facts.Name(step.event.at, name), name=name, home=home)
        case facts.Store(target=facts.Attribute(value=owner, name=name) as target):
            for value in evaluate(owner, step.site):
                if isinstance(value, ProjectModule):
                    return _Change(visit, step, target, name=name, home=value.module.scope)
    return None


def _changed(step: Step, visit: Visit, work: Work) -> _Change | None:
    """Return the change of an object from inside."""
    part: object = None
    term: facts.Term
    match step.event:
        case facts.Store(target=facts.Attribute(value=owner, name=name) as term):
            part = f".{name}"
            if name in _OF_PROCESSES:
                return None
        case facts.Store(target=facts.Subscript(value=owner, index=index) as term):
            part = index.value if isinstance(index, facts.Constant) else None
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name in CHANGERS:
            term = owner
            if name in _CONSUMING and any(isinstance(value, Parameter) for value in evaluate(owner, step.site)):
                return None  # a worker does with what it is handed as it likes
        case _:
            return None
    meant = _meant(evaluate(owner, step.site), visit, work)
    while isinstance(owner, facts.Subscript) and all(map(_is_content, meant)):
        owner, part = owner.value, None
        meant = _meant(evaluate(owner, step.site), visit, work)
    owners = tuple(value for value in meant if not _is_content(value))
    if owners:
        return _Change(visit, step, term, owners, part)
    return _inside_variable(step, visit, term, owner, work) if any(isinstance(value, Many) for value in meant) else None


def _inside_variable(step: Step, visit: Visit, term: facts.Term, owner: facts.Term, work: Work) -> _Change | None:
    """Return the change of a list of which only the variable is known, such as one that `[None] * count` makes."""
    scope = step.scope
    for value in evaluate(owner, step.site):
        if isinstance(value, Parameter) and not visit.chain and not value.path and not visit.wrapped:
            passed, scope = term_passed(value, work.send), work.send.site.scope
            owner = passed if passed is not None else owner
    home = scope.home(owner.id) if isinstance(owner, facts.Name) else None
    if home is None or not isinstance(owner, facts.Name) or (home is step.scope):
        return None
    return _Change(visit, step, term, name=owner.id, home=home, is_inside=True)


def _is_content(value: Value) -> bool:
    """Whether a value only says what is in a container, or that there is none."""
    return isinstance(value, Many) or value == Literal(None)


def _meant(values: Iterable[Value], visit: Visit, work: Work) -> Values:
    """Return what values in a worker are in the parent: what it sends for parameters, whose method it sends."""
    return distinct(inner for value in values for inner in _meant_by(value, visit.chain, visit, work))


def _meant_by(value: Value, chain: tuple[CallSite, ...], visit: Visit, work: Work) -> Iterator[Value]:
    is_receiver = isinstance(value, Instance) and value.is_self
    is_receiver |= isinstance(value, Workers) and value.call is None
    if not is_receiver and not isinstance(value, Parameter):
        yield value
    elif not chain:
        yield from _received(value, work) if is_receiver else _passed(value, visit, work)
    elif is_receiver:
        function = chain[-1].call.function
        owners = evaluate(function.value, chain[-1].site) if isinstance(function, facts.Attribute) else (ANYTHING,)
        for owner in owners:
            yield from _meant_by(owner, chain[:-1], visit, work)
    elif isinstance(value, Parameter):
        call = chain[-1]
        passed = argument(call.call, value.scope, value.index, call.offset)
        for inner in follow(evaluate(passed, call.site), value.path) if passed is not None else (ANYTHING,):
            yield from _meant_by(inner, chain[:-1], visit, work)


def _received(value: Value, work: Work) -> Iterator[Value]:
    """Yield whose method, or which process, the workers are sent."""
    target = work.send.value
    while isinstance(target, Partial):
        target = target.function
    match target:
        case Method(receiver=receiver):
            yield receiver
        case Instance() if isinstance(value, Workers):
            yield work.send.workers
        case Instance():
            yield target
        case _:
            yield ANYTHING


def _passed(value: Value, visit: Visit, work: Work) -> Iterator[Value]:
    if isinstance(value, Parameter) and work.entry is not None and value.scope is work.entry.scope:
        passed = () if visit.wrapped else passed_to(value, work.send)
        yield from follow(passed, value.path) or (ANYTHING,)
    else:
        yield ANYTHING


def _is_parents(value: Value, running: set[Scope]) -> bool:
    """Whether a value is a plain object of the parent, of which a worker has a copy."""
    match value:
        case Items(kind="list" | "dict" | "set", site=site):
            return site.scope not in running
        case Product(name=name, site=site):
            return name in _PLAIN and site.scope not in running
        case Instance(site=None) | Class():
            return True
        case Instance(site=Site(scope=scope)):
            return scope not in running
        case Workers(maker=apis.PROCESS, cls=Scope()):
            return True
        case _:
            return False


def _is_handed_on(change: _Change, work: Work) -> bool:
    """Whether a worker gives back what it changes, or puts it where the parent finds it."""
    code = _code(change.term, change.step)
    whole = change.term.value if isinstance(change.term, facts.Attribute | facts.Subscript) else change.term
    codes = {code, _code(whole, change.step)}
    for visit in work.visits:
        for step in (step for step in visit.scope.steps if step is not change.step):
            for term in _given(step, is_awaited=not _is_discarded(work.send)):
                if any(_code(part, step) in codes for part in parts(term)):
                    return True
    return False


def _given(step: Step, *, is_awaited: bool) -> Iterator[facts.Term]:
    """Yield what a step of a worker gives to somebody."""
    match step.event:
        case facts.Return(term=facts.Term() as term) | facts.Yield(term=facts.Term() as term) if is_awaited:
            yield term
        case facts.Invoke(call=facts.Call(function=facts.Attribute(name=name), arguments=arguments)):
            if name in _PASSING_ON:
                yield from (passed.value for passed in arguments)
        case facts.Store(target=facts.Subscript(value=owner), source=facts.Assigned(term=term)):
            if not any(isinstance(value, Items) for value in evaluate(owner, step.site)):
                yield term


def _is_discarded(send: Send) -> bool:
    """Whether nobody asks for the results of a call."""
    return any(
        isinstance(step.event, facts.Invoke)
        and step.block is send.site.block
        and step.event.call.at == send.call.at == step.event.statement
        for step in send.site.scope.steps
    )


def _code(term: facts.Term, step: Step) -> str:
    return step.scope.module.code(step.block, term.at)


# --- time --------------------------------------------------------------------------------------------------

_Way = tuple[Site, ...]
"""How the main program comes to a site: through which calls from a scope on that nothing in the files calls."""

_DEEPEST = 12


def _sent_at(send: Send, user: "Module") -> list[Site]:
    if send.decorates:
        return []
    if send.is_task or send.sender is apis.STARTING:
        return [send.site]
    return list(starts_of(send.workers, send, user)) or [send.site]


def _ways(site: Site, user: "Module", seen: frozenset[Scope] = frozenset()) -> Iterator[_Way]:
    scope = site.scope
    if scope.is_module:
        if reached(site, Run.MAIN):
            yield (site,)
        return
    if scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
        outer = _ways(scope.site, user, seen) if scope.site is not None else ()
        yield from ((*way, site) for way in outer)
        return
    if scope in seen or len(seen) > _DEEPEST:
        return
    calls = [call for call in calls_known_to(scope, user) if reached(call.site, Run.MAIN)]
    if not calls:
        yield (site,)
    for call in calls:
        for way in _ways(call.site, user, seen | {scope}):
            yield (*way, site)


def _follows(later: _Way, earlier: _Way) -> bool:
    """Whether the main program can come to one place after it has been at the other."""
    for one, other in zip(later, earlier, strict=False):
        if one.scope is not other.scope:
            return False
        if one.order != other.order:
            if one.order < other.order:
                return _is_brought_round(one, other)
            return not excludes(other, one) or _is_brought_round(one, other)
    return False


def _is_brought_round(one: Site, other: Site) -> bool:
    """Whether a loop leads from one site to another that stands before it."""
    shared = set(one.scope.enclosing(one.region)) & set(other.scope.enclosing(other.region))
    return any(one.scope.regions[index].flow is Flow.LOOP for index in shared)


# --- reads -------------------------------------------------------------------------------------------------


class _View:
    """What the parent sees of what workers change."""

    def __init__(self, module: "Module", change: _Change, running: set[Scope], sent: list[_Way]) -> None:
        self._module = module
        self._change = change
        self._sent = sent
        homes = [change.home.module] if change.home is not None else []
        modules = dict.fromkeys((module, change.step.scope.module, *homes))
        self._steps = [
            step for each in modules for scope in each.scopes if scope not in running for step in scope.steps
        ]

    def read(self) -> Read | None:
        """Return where the parent first reads it after the send, None if it does not, or has changed it itself."""
        first = next((read for read in self._reads() if self._comes_after(read.site)), None)
        own = (step for step in self._steps if self._is_changed_by(step))
        return None if first is None or any(self._comes_after(step.site) for step in own) else first

    def _comes_after(self, site: Site) -> bool:
        return any(_follows(way, sent) for way in _ways(site, self._module) for sent in self._sent)

    def _reads(self) -> Iterator[Read]:
        for step in self._steps:
            for term, around, site in _terms(step.event, step.site):
                is_target = isinstance(step.event, facts.Store) and step.event.target in (term, *around[:1])
                if not is_target and self._is_read(term, around, site, step) and not self._is_sent(term, step):
                    yield Read(term, site)

    def _is_read(self, term: facts.Term, around: tuple[facts.Term, ...], site: Site, step: Step) -> bool:
        part = self._change.part
        if self._change.home is not None:
            return self._names_variable(term, site) and (not self._change.is_inside or self._is_used(around, step))
        if isinstance(part, str) and part.startswith("."):
            return isinstance(term, facts.Attribute) and f".{term.name}" == part and self._is_it(term.value, site)
        if not isinstance(term, facts.Name | facts.Attribute | facts.Subscript) or not self._is_used(around, step):
            return False
        return self._is_it(term, site) or (_is_shown(around, step) and self._holds_it(term, site))

    def _names_variable(self, term: facts.Term, site: Site) -> bool:
        change = self._change
        match term:
            case facts.Name(id=name):
                return name == change.name and site.scope.home(name) is change.home
            case facts.Attribute(value=owner, name=name) if name == change.name:
                modules = [value.module for value in evaluate(owner, site) if isinstance(value, ProjectModule)]
                return any(module.scope is change.home for module in modules)
            case _:
                return False

    def _is_it(self, term: facts.Term, site: Site) -> bool:
        return any(_is_same(value, owner) for value in evaluate(term, site) for owner in self._change.owners)

    def _holds_it(self, term: facts.Term, site: Site) -> bool:
        held = elements(evaluate(term, site))
        return any(_is_same(value, owner) for value in held for owner in self._change.owners)

    def _is_used(self, around: tuple[facts.Term, ...], step: Step) -> bool:
        """Whether the program looks into what stands inside terms, where the change would be seen."""
        key = self._change.part
        for outer in around:
            match outer:
                case facts.Attribute(name=name):
                    return name not in CHANGERS - TAKING and (key is None or name in _LOOKING)
                case facts.Subscript(index=facts.Constant(value=index)):
                    return key is None or index == key
                case facts.Call(function=function):
                    return not any(isinstance(each, _TAKERS) for each in evaluate(function, step.site)) and (
                        key is None or _is_shown(around, step)
                    )
                case facts.Display() | facts.Conditional() | facts.Starred() | facts.Walrus() | facts.Awaited():
                    continue
                case _:
                    return True
        is_iterated = isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Element)
        return is_iterated or isinstance(step.event, facts.Evaluate | (facts.Return if key is None else facts.Evaluate))

    def _is_sent(self, term: facts.Term, step: Step) -> bool:
        """Whether a term stands in a call that sends it to workers."""
        return any(
            send.site.scope is step.scope
            and send.site.block is step.block
            and send.call.at[0] <= term.at[0]
            and term.at[1] <= send.call.at[1]
            for send in step.scope.module.sends
        )

    def _is_changed_by(self, step: Step) -> bool:
        """Whether the parent binds or changes the same itself."""
        change = self._change
        match step.event:
            case facts.Bind(name=name):
                return name == change.name and step.scope.home(name) is change.home is not None
            case facts.Store(target=facts.Attribute(value=owner, name=name) as target):
                if change.home is not None:
                    return self._names_variable(target, step.site)
                return f".{name}" == change.part and self._is_it(owner, step.site)
            case facts.Store(target=facts.Subscript(value=owner)):
                return self._is_it(owner, step.site) or (change.is_inside and self._names_variable(owner, step.site))
            case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name in CHANGERS:
                is_it = self._is_it(owner, step.site) or (change.is_inside and self._names_variable(owner, step.site))
                return is_it and name not in TAKING
            case _:
                return False


def _terms(event: facts.Event, site: Site) -> Iterator[tuple[facts.Term, tuple[facts.Term, ...], Site]]:
    """Yield the terms of an event, and those that comprehensions in it give, with the terms around them."""
    for term, around in nested_parts(event):
        yield term, around, site
        if isinstance(term, facts.Comprehension) and id(term.scope) in site.scope.children:
            inner = site.scope.children[id(term.scope)].end
            for element in term.elements:
                for part, outer in nested_parts(element):
                    yield part, outer, inner


_LOOKING = frozenset({"items", "values", "keys", "get", "copy"})
_SHOWING = frozenset({"print", "str", "repr", "len", "sum", "list", "dict", "sorted", "any", "all", "max", "min"})
_TAKERS = (Class, MakerClass, ContextMember, Workers)


def _is_shown(around: tuple[facts.Term, ...], step: Step) -> bool:
    """Whether what stands inside terms goes into a builtin, or into text."""
    for outer in around:
        match outer:
            case facts.Call(function=function):
                names = {value.name for value in evaluate(function, step.site) if isinstance(value, External)}
                return any(name.removeprefix("builtins.") in _SHOWING for name in names)
            case facts.Display() | facts.Starred():
                continue
            case _:
                return type(outer) is facts.Opaque
    return False


def _is_same(value: Value, owner: Value) -> bool:
    """Whether a value in the parent can be the object that a worker has a copy of."""
    match owner:
        case Instance(cls=cls) if isinstance(value, Instance):
            is_kin = value.cls in lineage(cls) or cls in lineage(value.cls)
            return is_kin and (value.call is owner.call or value.call is None or owner.call is None)
        case Workers(cls=cls) if isinstance(value, Workers):
            return value.cls is cls and (value.call is owner.call or value.call is None or owner.call is None)
        case Class(scope=cls) if isinstance(value, Instance):
            return cls in lineage(value.cls)
        case _:
            return value == owner
