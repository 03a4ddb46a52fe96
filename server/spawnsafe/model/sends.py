"""Boundary calls: which value crosses to a worker, in which role, by which API and under which start methods."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import (
    Run,
    argument,
    as_row,
    columns,
    decorated,
    elements,
    evaluate,
    follow,
    lineage,
    passed_terms,
    resolve,
    slot,
    unstarred,
    values_of_dict,
    where,
)
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.methods import EVERY_TARGET, Chosen, StartMethods, Targets, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import CallSite, arrival, callees, decided, definition, inflow, only_workers, passes
from spawnsafe.model.terms import last_name, root_name
from spawnsafe.model.values import (
    ANYTHING,
    Channel,
    Class,
    External,
    Function,
    Instance,
    Items,
    Known,
    Literal,
    MadeInstance,
    MakerClass,
    Many,
    Method,
    Parameter,
    Partial,
    Product,
    Row,
    Value,
    Workers,
    WorkersMethod,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class Role(Enum):
    """What a value that crosses is there for."""

    CALLABLE = "callable"
    INITIALIZER = "initializer"
    ARGUMENT = "argument"


@dataclass(frozen=True, slots=True)
class Send:
    """A value crosses: `value`, written as `term` at `site`, is sent by `api`.

    `inner` are the sends inside wrapper functions through which it goes, nearest first; the first has the API.
    `is_called` says that the workers call the value, rather than being given it.
    """

    value: Value
    role: Role
    api: str
    sender: apis.Sender
    workers: Workers
    methods: Chosen
    term: facts.Term
    site: Site
    call: facts.Call
    is_called: bool = False
    inner: "tuple[Send, ...]" = ()
    offset: int = 0
    """How many parameters of the wrapper that `call` calls are filled by its receiver."""

    @property
    def origin(self) -> "Send":
        """The send at the API itself; this one, unless it goes through a wrapper."""
        return self.inner[-1] if self.inner else self

    @property
    def decorates(self) -> bool:
        """Whether it is a decorator that sends what it decorates; `term` then is the name of that."""
        own = self.value.scope.facts if isinstance(self.value, (Function, Class)) else None
        return bool(self.inner) and own is not None and self.term.at == own.name_at

    @property
    def label(self) -> str:
        """The text of what is sent if it is a dotted name that is short enough for a message, else nothing."""
        return self.site.scope.module.label(self.site.block, self.term.at)

    @property
    def receiver(self) -> str:
        """What a message calls the workers: their name in backticks, or `the pool`."""
        function = self.origin.call.function
        if isinstance(function, facts.Attribute) and self.sender is not self.workers.maker.making:
            owner = function.value
            if self.sender is apis.IN_EXECUTOR:
                owner = self.origin.call.arguments[0].value
            label = self.origin.site.scope.module.label(self.origin.site.block, owner.at)
            if label:
                return f"`{label}`"
        return f"the {self.workers.maker.noun}"

    @property
    def is_whole(self) -> bool:
        """Whether the value is all that its term stands for, not something inside it."""
        return self.value in evaluate(self.term, self.site)

    def when(self, bites: StartMethods) -> When:
        """Return when something that bites under `bites` does so here."""
        return When.of(bites, self.methods).within(self.targets)

    @property
    def targets(self) -> Targets:
        """The targets on which it is done."""
        made = self.workers.site
        return reduce(and_, (where(send.site) for send in (self, *self.inner)), where(made) if made else EVERY_TARGET)

    @property
    def is_task(self) -> bool:
        """Whether it goes to workers that are there, or to a queue, rather than being handed over when they start."""
        return self.sender.crossing is apis.Crossing.TASK

    @property
    def is_put(self) -> bool:
        """Whether it is put on a queue, for whoever gets it."""
        return self.workers.maker is apis.CHANNEL

    @property
    def when_pickled(self) -> When:
        """When the value is pickled."""
        return self.when(StartMethods.ALL if self.is_task else StartMethods.FRESH)


def passed_to(parameter: Parameter, send: Send) -> Values:
    """Return what the call that sends a callable sends for a parameter of it; empty if that is not known."""
    place = parameter.index - isinstance(send.value, Method)
    bound = _bound_to(parameter, send)
    if bound is not None:
        return bound
    if send.sender.items is None or not _says_what_it_passes(parameter, send):
        passed = term_passed(parameter, send)
        return evaluate(passed, send.site) if passed is not None else ()
    return _item_passed(unstarred(send.call, send.site), send.sender, place, send)


def _bound_to(parameter: Parameter, send: Send) -> Values | None:
    """Return what a `functools.partial` that is sent binds to a parameter of its function, None if it does not."""
    target = slot(unstarred(send.call, send.site), send.sender.callable) if not send.inner else None
    for value in evaluate(target, send.site) if target is not None else ():
        if isinstance(value, Partial) and value.function == send.value:
            call = unstarred(facts.Call(value.call.at, value.call.function, value.call.arguments[1:]), value.site)
            found = argument(call, parameter.scope, parameter.index, isinstance(send.value, Method))
            return evaluate(found, value.site) if found is not None else None
    return None


def _says_what_it_passes(parameter: Parameter, send: Send) -> bool:
    target = slot(unstarred(send.call, send.site), send.sender.callable)
    if send.inner or target is None or send.value not in evaluate(target, send.site):
        return False
    is_receiver = parameter.index < isinstance(send.value, Method)
    return not parameter.scope.parameters[parameter.index].stars and not is_receiver


def term_passed(parameter: Parameter, send: Send) -> facts.Term | None:
    """Return the argument that a call sends for a parameter of a callable; None if it sends items, or is not known."""
    call, sender, offset = unstarred(send.call, send.site), send.sender, isinstance(send.value, Method)
    target = slot(call, sender.callable)
    if target is None or sender.items is not None or not _says_what_it_passes(parameter, send):
        return None
    terms = slot(call, sender.arguments) if sender.arguments is not None else None
    given = [facts.Argument(_of_its_row(terms, target, send), None, 1)] if terms is not None else []
    if sender.rest is not None:
        given += [each for each in call.arguments if each.keyword is None][sender.rest :]
        given += [each for each in call.arguments if each.keyword]
    keywords = slot(call, sender.keywords) if sender.keywords is not None else None
    given += [facts.Argument(keywords, None, 2)] if keywords is not None else []
    made = unstarred(facts.Call(call.at, target, tuple(given)), send.site)
    return argument(made, parameter.scope, parameter.index, offset)


def _of_its_row(terms: facts.Term, target: facts.Term, send: Send) -> facts.Term:
    """Return the arguments of a callable, if a loop takes both from the rows of a table those that stand beside it."""
    one, other = _column(target, send.site), _column(terms, send.site)
    if one is None or other is None or one[0] is not other[0]:
        return terms
    rows = [columns(row) for row in elements(evaluate(one[0], one[2]))]
    known = [row for row in rows if row is not None and max(one[1], other[1]) < len(row)]
    beside = distinct(value for row in known if send.value in row[one[1]] for value in row[other[1]])
    return Known(terms.at, beside) if beside and len(known) == len(rows) else terms


def _column(term: facts.Term, site: Site) -> tuple[facts.Term, int, Site] | None:
    """Return what a loop runs over, and which column of its rows a name is, with the site of that iterable."""
    steps = resolve(term.id, site) or [] if isinstance(term, facts.Name) else []
    match steps:
        case [Step(event=facts.Bind(source=facts.Element(term=table, path=(index,)))) as step]:
            own = step.scope
            return table, index, own.site if own.kind is ScopeKind.COMPREHENSION and own.site else step.site
        case _:
            return None


def _item_passed(call: facts.Call, sender: apis.Sender, place: int, send: Send) -> Values:
    """Return what is sent, of the items of one or several iterables, as the argument at a position."""
    items = slot(call, sender.items) if sender.items is not None else None
    if items is None:
        return ()
    if sender.unpacks:
        rows = elements(evaluate(items, send.site))
        return follow(rows, (f"[{place}]",)) if all(columns(row) for row in rows) else ()
    if place and sender.more_items and sender.items is not None and sender.items.position is not None:
        rest = [each.value for each in call.arguments if each.keyword is None][sender.items.position :]
        return elements(evaluate(rest[place], send.site)) if place < len(rest) else ()
    return elements(evaluate(items, send.site)) if not place else ()


def definitions(value: Value) -> Iterator[Scope]:
    """Yield the definitions that a worker looks up by name to load a value."""
    match value:
        case Function(scope=scope) | Class(scope=scope):
            yield scope
        case Instance(cls=scope) | Method(receiver=Instance(cls=scope)) if not reduces(scope):
            yield scope
        case Method(receiver=Class(scope=scope)):
            yield scope
        case _:
            return


def unimported(module: "Module") -> "Iterator[tuple[Send, Scope]]":
    """Yield what fresh workers do not find since they never import the file: the send, and the definition there."""
    if not module.runs_by_name_only or module.imports_itself:
        return
    for send in module.sends:
        for scope in definitions(send.value) if send.when(StartMethods.FRESH) else ():
            if scope.module is module and not scope.is_local and scope.name != "<lambda>":
                yield send, scope


def reduces(cls: Scope) -> bool:
    """Whether a class says itself what its instances pickle as, which need not name the class."""
    return any(name in base.bindings for base in lineage(cls) for name in ("__reduce__", "__reduce_ex__"))


def unfinished_class(send: Send, scope: Scope) -> Scope | None:
    """Return the class in whose body `scope` is defined and the send is run: it has no name until its body ends."""
    if send.decorates or send.site.function is not None or scope.is_local:
        return None
    sending = set(_classes_around(send.site.scope))
    return next((each for each in _classes_around(scope.owner) if each in sending), None)


def _classes_around(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None and not scope.is_module:
        if scope.is_class:
            yield scope
        scope = scope.owner


def forked_before(send: Send, scope: Scope) -> bool:
    """Whether the workers of a send fork before the main program comes to the end of the definition of `scope`."""
    if unfinished_class(send, scope):
        return False  # it cannot be sent at all
    step = definition(scope)
    if step is None or send.decorates or send.sender.crossing is not apis.Crossing.TASK:
        return False
    if step.order < scope.module.first_activity:
        return False  # nothing that could fork runs before it is defined
    forked = fork_order(send, scope.module)
    return forked is not None and forked <= step.order


def fork_order(send: Send, module: "Module") -> int | None:
    """Return the order of the first step of a module that leads to the fork of the workers of a send."""
    made = send.origin.workers.site
    if made is None:
        return None
    if _function_of(made) is not None and _function_of(made) is _function_of(send.origin.site):
        forks = [send.site]  # each call makes workers of its own
    else:
        forks = [made] if send.workers.maker.start is apis.Start.MADE else _first_tasks(send)
    orders = [order for site in forks if (order := arrival(site, module)) is not None]
    return min(orders, default=None)


def _function_of(site: Site) -> Scope | None:
    return site.function


def _first_tasks(send: Send) -> list[Site]:
    """Return where tasks are given to the workers of a send."""
    return [
        other.site
        for other in send.site.scope.module.sends
        if other.workers.call is send.workers.call and other.sender.is_start
    ]


def direct_sends(scope: Scope) -> Iterator[Send]:
    """Yield what the calls of the APIs in one scope send."""
    for step in scope.steps:
        match step.event:
            case facts.Invoke(call=call):
                yield from _sends_of_call(call, step.site)
            case facts.Store(target=facts.Subscript(value=owner), source=facts.Assigned(term=item, path=())):
                yield from _sends_of_item(step, owner, item)


def _sends_of_item(step: Step, owner: facts.Term, item: facts.Term) -> Iterator[Send]:
    """Yield what `shared[key] = item` sends to the process of a manager."""
    for workers in _proxies(evaluate(owner, step.site)):
        if workers.maker is not apis.PROXY:
            continue
        call = facts.Call(step.event.at, owner, (facts.Argument(item),))
        code = step.scope.module.code(step.block, owner.at)
        api = f"{code}[...] =" if code.isidentifier() else "the assignment"
        yield from _sent(call, step.site, workers, workers.maker.methods["[]="], api)


def _proxies(values: Iterable[Value]) -> Iterator[Workers]:
    """Yield what stands for the process behind each list, dict or queue of a manager, and behind a pipe."""
    for value in values:
        if isinstance(value, Product) and value.name.startswith("multiprocessing.Manager()."):
            yield Workers(apis.PROXY, value.methods, value.call, value.site)
        elif isinstance(value, Product) and value.name == apis.ENDS:
            yield Workers(apis.CONNECTION, value.methods, value.call, value.site)


def _sends_of_call(call: facts.Call, site: Site) -> Iterator[Send]:
    function = call.function
    if site.scope.module.project.senders:
        yield from _sends_of_own(call, site)
    if isinstance(function, facts.Attribute):
        if function.name == "run_in_executor" and call.arguments:
            for workers in only_workers(inflow(evaluate(call.arguments[0].value, site))):
                if workers.maker is apis.EXECUTOR:
                    yield from _sent(call, site, workers, apis.IN_EXECUTOR, _written(function, site, "loop"))
            return
        if function.name == "__init__":
            yield from _sends_of_super(call, function, site)
            return
        if function.name == "start":
            yield from _sends_of_start(call, function, site)
            return
        if function.name in apis.PROXY.methods or function.name in apis.CONNECTION.methods:
            yield from _sends_of_put(call, function, site)
            return
        if function.name in _METHODS:
            for workers in only_workers(inflow(evaluate(function.value, site))):
                sender = workers.maker.methods.get(function.name)
                if sender is not None:
                    api = _written(function, site, workers.maker.noun)
                    yield from _sent(call, site, workers, sender, api)
            return
    if isinstance(function, facts.Name) and function.id in site.scope.module.plain_names:
        return
    yield from _sends_of_method(call, site)
    if not _may_be_maker(function) or not any(
        isinstance(value, (MakerClass, Class)) for value in evaluate(function, site)
    ):
        return
    for value in evaluate(call, site):
        if isinstance(value, Workers) and value.call is call and value.maker.making is not None:
            if value.cls is not None and any("__init__" in base.bindings for base in lineage(value.cls)):
                continue  # its own constructor decides what is sent
            name = value.cls.name if value.cls else value.maker.name
            yield from _sent(call, site, value, value.maker.making, name)


def _sends_of_own(call: facts.Call, site: Site) -> Iterator[Send]:
    """Yield what a call of a function sends that the settings name as a sender."""
    senders = site.scope.module.project.senders
    for value in evaluate(call.function, site):
        match value:
            case External(name=name) if name in senders:
                sender = senders[name]
            case Function(scope=scope) if (name := f"{scope.module.name}.{scope.qualname}") in senders:
                sender = _positioned(senders[name], scope)
            case _:
                continue
        yield from _sent(call, site, Workers(apis.OWN, None, None, None), sender, last_name(call.function))


def _positioned(sender: apis.Sender, scope: Scope) -> apis.Sender:
    """Return the row of a function of the project with the positions of the parameters that it names."""
    names = [parameter.name for parameter in scope.parameters if not parameter.stars and not parameter.keyword_only]

    def placed(slot: apis.Slot) -> apis.Slot:
        position = next((names.index(name) for name in slot.names if name in names), slot.position)
        return replace(slot, position=position)

    return replace(sender, callable=placed(sender.callable), others=tuple(map(placed, sender.others)))


def _sends_of_put(call: facts.Call, function: facts.Attribute, site: Site) -> Iterator[Send]:
    """Yield what is put on a queue between processes, or into what a manager shares."""
    values = inflow(evaluate(function.value, site))
    for workers in _proxies(values):
        if function.name in workers.maker.methods:
            api = _written(function, site, workers.maker.noun)
            yield from _sent(call, site, workers, workers.maker.methods[function.name], api)
    if any(not isinstance(value, (Channel, Literal, Parameter)) for value in values):
        return
    for value in values:
        if isinstance(value, Channel) and function.name in apis.CHANNEL.methods:
            workers = Workers(apis.CHANNEL, value.methods, value.call, value.site)
            sender = apis.CHANNEL.methods[function.name]
            yield from _sent(call, site, workers, sender, _written(function, site, workers.maker.noun))


def _sends_of_method(call: facts.Call, site: Site) -> Iterator[Send]:
    """Yield what a call of `mapper` sends after `mapper = pool.map`, perhaps with the built-in `map` instead."""
    function = call.function
    is_found = isinstance(function, facts.Call) and last_name(function.function) == "getattr"
    values = evaluate(function, site) if is_found or isinstance(function, facts.Name) else ()
    methods = [value for value in values if isinstance(value, WorkersMethod)]
    if all(isinstance(value, (WorkersMethod, Literal, Parameter)) or value == _MAP for value in values):
        for method in methods:
            sender = method.workers.maker.methods[method.name]
            yield from _sent(call, site, method.workers, sender, f"{method.workers.maker.noun}.{method.name}")


_MAP = External("builtins.map")


def _sends_of_super(call: facts.Call, function: facts.Attribute, site: Site) -> Iterator[Send]:
    """Yield what `super().__init__(target=…)` in a subclass of a maker sends."""
    owner = function.value
    method = site.scope
    if not (isinstance(owner, facts.Call) and isinstance(owner.function, facts.Name) and owner.function.id == "super"):
        return
    if not method.parameters or method.owner is None or not method.owner.is_class:
        return
    if any("__init__" in base.bindings for base in lineage(method.owner)[1:]):
        return  # a constructor of the project's own is called
    for value in evaluate(facts.Name(method.parameters[0].at, method.parameters[0].name), site):
        if isinstance(value, Workers) and value.cls is not None and value.maker.making is not None:
            yield from _sent(call, site, value, value.maker.making, value.cls.name)


def _sends_of_start(call: facts.Call, function: facts.Attribute, site: Site) -> Iterator[Send]:
    """Yield what `start()` sends: the process itself, where it is more than a plain one."""
    for workers in only_workers(evaluate(function.value, site)):
        if workers.maker is not apis.PROCESS or (workers.cls is None and not _may_hold(site.scope)):
            continue
        methods = site.scope.module.methods_of(workers.methods)
        api = _written(function, site, workers.maker.noun)
        is_own = workers.cls is not None
        value = workers if workers.cls is None else Instance(workers.cls, call=workers.call, site=workers.site)
        sent = (value, Role.CALLABLE, api, apis.STARTING, workers, methods, function.value, site, call)
        yield Send(*sent, is_called=is_own)


def _may_hold(scope: Scope) -> bool:
    """Whether a scope sets attributes that a process does not have by itself."""
    return any(name[0] == "." and name[-1] == "=" for name in scope.mentions - {".daemon=", ".name=", ".authkey="})


SENDING = frozenset({".start", ".__init__", ".run_in_executor"}) | {
    f".{name}" for maker in (*apis.MAKERS.values(), apis.PROXY, apis.CONNECTION) for name in maker.methods
}
"""The method calls that can send, as `mentions` spells them."""

_METHODS = frozenset(name for maker in (*apis.MAKERS.values(),) for name in maker.methods)


def _may_be_maker(function: facts.Term) -> bool:
    if isinstance(function, facts.Name):
        return True
    return isinstance(function, facts.Attribute) and (not function.name.islower() or function.name in _MAKING)


_MAKING = frozenset(maker.name for maker in apis.FUNCTIONS)


def _sent(call: facts.Call, site: Site, workers: Workers, sender: apis.Sender, api: str) -> Iterator[Send]:
    call = unstarred(call, site)
    methods = site.scope.module.methods_of(workers.methods)
    is_making = sender is workers.maker.making and sender.callable.names[0] == "initializer"

    def crossing(role: Role, sent: Iterable[tuple[facts.Term, Value]], called: facts.Term | None) -> Iterator[Send]:
        for term, value in sent:
            is_called = called is not None and _is_called(term, value, called, site)
            yield Send(value, role, api, sender, workers, methods, term, site, call, is_called)

    target = slot(call, sender.callable)
    if target is not None:
        called = target if workers.maker is not apis.CHANNEL else None
        yield from crossing(Role.INITIALIZER if is_making else Role.CALLABLE, spread(target, site), called)
    for term in _arguments(call, sender):
        yield from crossing(Role.INITIALIZER if is_making else Role.ARGUMENT, spread(term, site), None)
    for container in _containers(call, sender):
        if not isinstance(container, facts.Display):
            yield from crossing(
                Role.INITIALIZER if is_making else Role.ARGUMENT,
                ((container, value) for value in contents(elements(evaluate(container, site)))),
                None,
            )
    keywords = slot(call, sender.keywords) if sender.keywords is not None else None
    if keywords is not None and not isinstance(keywords, facts.Display):
        values = (value for value in evaluate(keywords, site) if value != ANYTHING)
        yield from crossing(Role.ARGUMENT, ((keywords, inner) for value in values for inner in _held(value)), None)


def _held(value: Value) -> Iterator[Value]:
    """Yield what a dict of keyword arguments holds."""
    if isinstance(value, Parameter):
        yield value
    elif isinstance(value, Items) and value.kind == "dict":
        yield from contents(inner for item in value.items for inner in evaluate(item, value.site))


def _is_called(term: facts.Term, value: Value, called: facts.Term, site: Site) -> bool:
    """Whether what a term brings is called, rather than passed along in a partial."""
    match called:
        case facts.Conditional(body=body, orelse=orelse):
            return _is_called(term, value, body, site) or _is_called(term, value, orelse, site)
        case facts.Logical(operator="or", left=left, right=right):
            return _is_called(term, value, left, site) or _is_called(term, value, right, site)
    found = evaluate(called, site)
    if any(isinstance(made, Partial) and made.call is called for made in found) and isinstance(called, facts.Call):
        return _is_called(term, value, called.arguments[0].value, site)
    return term is called and any(value in (made, _function(made)) for made in contents(found))


def _function(value: Value) -> Value:
    """Return what a partial calls in the end."""
    while isinstance(value, Partial):
        value = value.function
    return value


def _arguments(call: facts.Call, sender: apis.Sender) -> Iterator[facts.Term]:
    """Yield the terms that a call sends beside its callable, as far as they stand there."""
    if sender.rest is not None:
        positional = [passed.value for passed in call.arguments if passed.keyword is None and not passed.stars]
        yield from positional[sender.rest :]
        is_rest = [passed.stars > 1 and isinstance(passed.value, Known) for passed in call.arguments]
        yield from (each.value for each, rest in zip(call.arguments, is_rest, strict=True) if rest or each.keyword)
    keywords = slot(call, sender.keywords) if sender.keywords is not None else None
    if isinstance(keywords, facts.Display) and keywords.kind == "dict":
        yield from keywords.items
    yield from (term for wanted in sender.others if (term := slot(call, wanted)) is not None)
    for term in _containers(call, sender):
        if isinstance(term, facts.Display) and term.kind != "dict":
            yield from (item for item in term.items if not isinstance(item, facts.Starred))


def _containers(call: facts.Call, sender: apis.Sender) -> Iterator[facts.Term]:
    """Yield the tuples and iterables whose items a call sends."""
    yield from (term for wanted in (sender.arguments, sender.items) if wanted and (term := slot(call, wanted)))
    if sender.more_items and sender.items is not None and sender.items.position is not None:
        positional = [passed.value for passed in call.arguments if passed.keyword is None and not passed.stars]
        yield from positional[sender.items.position + 1 :]


def contents(values: Iterable[Value], depth: int = 0) -> Iterator[Value]:
    """Yield values, and instead of each container what is in it; a generator or view has nothing in it to send."""
    for value in values:
        is_closed = isinstance(value, Items) and value.kind in ("generator", "view")
        if isinstance(value, MadeInstance) and (row := as_row(value)) is not None:
            yield value
            yield from contents((row,), depth + 1)
        elif is_closed or depth >= _DEEPEST or not isinstance(value, (Items, Row, Many)):
            yield value
        else:
            inner = elements((value,))
            if isinstance(value, Items) and value.kind == "dict":
                inner += values_of_dict(value)
            yield from value.sources if isinstance(value, Many) else ()
            yield from contents(inner, depth + 1)


def spread(term: facts.Term, site: Site) -> Iterator[tuple[facts.Term, Value]]:
    """Yield each value that a term sends, with the innermost term that stands for it.

    A conditional expression sends either arm, a partial its function and its arguments.
    """
    match term:
        case facts.Display(items=items, keys=keys):
            for item in (*(key for key in keys if key is not None), *items):
                yield from spread(item.value if isinstance(item, facts.Starred) else item, site)
        case facts.Conditional(body=body, orelse=orelse):
            yield from spread(body, site)
            yield from spread(orelse, site)
        case facts.Logical(operator="or", left=left, right=right):
            yield from spread(left, site)
            yield from spread(right, site)
        case facts.Call():
            for value in evaluate(term, site):
                if isinstance(value, Partial) and value.call is term:
                    for passed in term.arguments:
                        yield from spread(passed.value, site)
                    return
                yield from ((term, inner) for inner in _inside(value))
                yield from _handed_on(value, term, site)
        case _:
            for value in contents(evaluate(term, site)):
                yield from ((term, inner) for inner in (*_inside(value), *_handed_once(value)))


def _inside(value: Value, depth: int = 0) -> Iterator[Value]:
    """Yield a value; of a partial, what it holds."""
    if not isinstance(value, Partial) or depth > _DEEPEST:
        yield value
        return
    yield from _inside(value.function, depth + 1)
    for passed in value.call.arguments[1:]:
        for inner in contents(evaluate(passed.value, value.site)):
            if not isinstance(inner, Parameter):
                yield from _inside(inner, depth + 1)


def _handed_on(value: Value, call: facts.Call, site: Site) -> Iterator[tuple[facts.Term, Value]]:
    """Yield what a call passes to a function and that function to the partial which it returns."""
    for parameter in _parameters_held(value):
        for term in passed_terms(call, parameter, site, 0):
            yield from spread(term, site)


def _handed_once(value: Value) -> Iterator[Value]:
    """Yield what the only call of a function passes to it, and that function to the partial which it returns."""
    for parameter in _parameters_held(value):
        calls = parameter.scope.module.calls_of(parameter.scope)
        for call in calls if len(calls) == 1 else ():
            for term in passed_terms(call.call, parameter, call.site, call.offset):
                yield from (inner for _, inner in spread(term, call.site))


def _parameters_held(value: Value) -> Iterator[Parameter]:
    """Yield the parameters of the function around it that a partial holds."""
    if not isinstance(value, Partial):
        return
    for passed in value.call.arguments[1:]:
        for inner in evaluate(passed.value, value.site):
            if isinstance(inner, Parameter) and inner.scope is value.site.function and not inner.path:
                yield inner


_DEEPEST = 8


def forwarded_sends(calls: list[CallSite], scope: Scope, sends: list[Send]) -> Iterator[Send]:
    """Yield what calls of a wrapper function send, given what the wrapper sends of its parameters."""
    for send in sends:
        if not isinstance(send.value, Parameter) or send.value.scope is not scope:
            continue
        for call in calls:
            if len(send.inner) > _DEEPEST or not _gets_through(send, call):
                continue
            for term in passed_terms(call.call, send.value, call.site, call.offset):
                for inner, value in _followed(term, call.site, send.value.path):
                    yield replace(
                        send,
                        is_called=send.is_called and _is_called(inner, value, term, call.site),
                        value=value,
                        term=inner,
                        site=call.site,
                        call=call.call,
                        inner=(send, *send.inner),
                        offset=call.offset,
                    )


def _gets_through(send: Send, call: CallSite) -> bool:
    """Whether a call of a wrapper reaches the API itself, past the conditions of each wrapper on the way."""
    for each in (send, *send.inner):
        is_own = isinstance(each.value, Parameter) and each.value.scope is each.site.function
        if is_own and not (passes(each.site, call) and _comes_to_workers(each.call.function, each.site, call)):
            return False
        call = CallSite(each.call, each.site, each.offset, call)
    return True


def _comes_to_workers(term: facts.Term, site: Site, call: CallSite) -> bool:
    """Whether what is called can be more than the built-in `map` in a call of the function around it.

    That is how `mapper = pool.map if pool else map` comes out where no pool is passed.
    """
    match term:
        case facts.Conditional(test=test, body=body, orelse=orelse):
            known = decided(test, site.scope, call, Run.MAIN)
            arms = (body, orelse) if known is None else (body if known else orelse,)
            return any(_comes_to_workers(arm, site, call) for arm in arms)
        case facts.Name() if (chosen := _assigned_here(term, site)) is not None:
            return any(passes(at, call) and _comes_to_workers(arm, at, call) for arm, at in chosen)
        case facts.Name():
            return evaluate(term, site) != (_MAP,)
        case _:
            return True


def _assigned_here(name: facts.Name, site: Site) -> list[tuple[facts.Term, Site]] | None:
    """Return what the function around a site assigns to a name and where; None if anything else binds it."""
    found = []
    for step in resolve(name.id, site) or []:
        match step.event:
            case facts.Bind(source=facts.Assigned(term=term, path=())) if step.scope is site.function:
                found.append((term, step.site))
            case _:
                return None
    return found or None


def _followed(term: facts.Term, site: Site, path: tuple[str, ...]) -> Iterator[tuple[facts.Term, Value]]:
    """Yield what a path leads to in a term, as `spread` does."""
    if not path:
        yield from spread(term, site)
    elif path[0] == "[]" and isinstance(term, facts.Display) and not term.keys:
        for item in term.items:
            yield from _followed(item, site, path[1:])
    else:
        for value in contents(follow(evaluate(term, site), path)):
            yield from ((term, inner) for inner in _inside(value))


def wrapper_calls(scope: Scope, names: frozenset[str], roots: frozenset[str]) -> Iterator[tuple[Scope, CallSite]]:
    """Yield the calls of project functions whose names end with one of `names` or begin with one of `roots`.

    A call of a class is one of its fields, too, and a decorator a call with what it decorates.
    """
    if roots or any(name.lstrip(".") in names for name in scope.mentions):
        for step in scope.steps:
            if isinstance(step.event, facts.Invoke) and _is_named(step.event.call.function, names, roots):
                call = step.event.call
                for function, offset in dict.fromkeys((*callees(call, step.site), *_filled(call, step.site))):
                    yield function, CallSite(call, step.site, offset)
    for step in scope.decorated:
        yield from _calls_of_decorators(step, names, roots)


def _is_named(function: facts.Term, names: frozenset[str], roots: frozenset[str]) -> bool:
    while isinstance(function, facts.Call):
        function = function.function
    return last_name(function) in names or root_name(function) in roots


def _filled(call: facts.Call, site: Site) -> Iterator[tuple[Scope, int]]:
    """Yield the classes whose fields a call fills."""
    for value in evaluate(call.function, site):
        if isinstance(value, Class) and value.scope.parameters:
            yield value.scope, 0


def _calls_of_decorators(step: Step, names: frozenset[str], roots: frozenset[str]) -> Iterator[tuple[Scope, CallSite]]:
    """Yield the calls that the decorators of a definition are."""
    source = step.event.source if isinstance(step.event, facts.Bind) else None
    if not isinstance(source, facts.Defined):
        return
    own = step.scope.children[id(source.scope)]
    for number, decorator in enumerate(source.scope.decorators):
        if _is_named(decorator, names, roots):
            target = Known(source.scope.name_at, decorated(own, step.site, source.scope.decorators[number + 1 :]))
            call = facts.Call(decorator.at, decorator, (facts.Argument(target),))
            for function, offset in dict.fromkeys(callees(call, step.site)):
                yield function, CallSite(call, step.site, offset)


def _written(function: facts.Attribute, site: Site, noun: str) -> str:
    """Return how a method call is written, such as `self.pool.map`; shortened to what it is if it is long."""
    return site.scope.module.label(site.block, function.at) or f"{noun}.{function.name}"
