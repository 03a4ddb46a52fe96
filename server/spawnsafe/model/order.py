"""The program's timeline: what runs at import, what only under the main guard, and what comes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import (
    Run,
    argument,
    evaluate,
    follow,
    guarded,
    holds,
    is_dunder_name,
    lineage,
    logical,
    member,
    passed_terms,
    reached,
    resolve,
    slot,
    where,
)
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import Chosen, StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.terms import parts
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    External,
    Function,
    Instance,
    Literal,
    Method,
    Parameter,
    Partial,
    Product,
    ProjectModule,
    Value,
    Workers,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


# --- calls -------------------------------------------------------------------------------------------------


def callees(call: facts.Call, site: Site) -> Iterator[tuple[Scope, int]]:
    """Yield the project's functions that a call runs, with how many parameters the receiver fills (0 or 1)."""
    for value in evaluate(call.function, site):
        yield from _runs(value)
    if isinstance(call.function, facts.Name):
        # whatever an unknown decorator makes of a function, calling it most likely runs the function
        for step in resolve(call.function.id, site) or ():
            event = step.event
            if isinstance(event, facts.Bind) and isinstance(event.source, facts.Defined):
                own = event.source.scope
                if own.decorators and own.kind is ScopeKind.FUNCTION:
                    yield step.scope.children[id(own)], 0


def _runs(value: Value) -> Iterator[tuple[Scope, int]]:
    match value:
        case Function(scope=scope):
            yield scope, 0
        case Method(function=function):
            yield function.scope, 1
        case Partial(function=function):
            yield from _runs(function)
        case Class():
            for name in ("__init__", "__post_init__"):
                for inner in member(value, name):
                    if isinstance(inner, Function):
                        yield inner.scope, 1
        case Instance():
            for inner in member(value, "__call__"):
                if isinstance(inner, Method):
                    yield inner.function.scope, 1
        case _:
            return


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of a function of the project; `offset` parameters are filled by its receiver.

    `outer` is the call of the function around it by which it is reached, if one is meant.
    """

    call: facts.Call
    site: Site
    offset: int
    outer: "CallSite | None" = None


def calls_to(scope: Scope) -> list[CallSite]:
    """Return the calls of a function in its own file."""
    return scope.module.calls_of(scope)


def inflow(values: Values) -> Values:
    """Return values with what the file itself passes in the place of parameters."""
    found: list[Value] = []
    for value in values:
        found.append(value)
        if isinstance(value, Parameter):
            found.extend(_passed(value, frozenset()))
    return tuple(dict.fromkeys(found))


def _passed(parameter: Parameter, seen: frozenset[Parameter]) -> Iterator[Value]:
    for call in calls_to(parameter.scope):
        terms = passed_terms(call.call, parameter, call.site, call.offset)
        for value in (value for term in terms for value in follow(evaluate(term, call.site), parameter.path)):
            if not isinstance(value, Parameter):
                yield value
            elif value not in seen:
                yield from _passed(value, seen | {parameter})


def passes(site: Site, call: CallSite, run: Run = Run.MAIN) -> bool:
    """Whether a call of the function that a site stands in can reach it, as far as its arguments decide.

    The argument `__name__` counts as the literal that it is in a run; functions and classes are true and not None.
    """
    while site.scope.kind is ScopeKind.COMPREHENSION and site.scope.site is not None:
        site = site.scope.site
    scope = site.scope
    if not scope.is_function:
        return True
    around = list(scope.enclosing(site.region))
    for index, region in enumerate(scope.regions):
        if region.flow is not Flow.BRANCH or region.subject is None:
            continue
        known = decided(region.subject, scope, call, run)
        if known is None:
            continue
        is_left = region.ending is Ending.SCOPE and region.events[1] <= site.order and region.parent in around
        if (index in around and known is not region.sense) or (
            is_left and index not in around and known is region.sense
        ):
            return False
    return True


def decided(term: facts.Term, scope: Scope, call: CallSite, run: Run) -> bool | None:
    """Return what a condition on parameters comes to for a call that passes something known for them."""
    match term:
        case facts.Logical(operator=operator, left=left, right=right):
            return logical(operator, decided(left, scope, call, run), decided(right, scope, call, run))
        case facts.Not(value=inner):
            known = decided(inner, scope, call, run)
            return None if known is None else not known
        case facts.Name():
            passed, at = _passed_for(term, scope, call)
            literal = _literal(passed, at, run)
            return _is_defined(passed, at) or None if literal is None else bool(literal.value)
        case facts.Comparison(operator=operator, left=left, right=facts.Constant(value=value)):
            passed, at = _passed_for(left, scope, call)
            literal = _literal(passed, at, run)
            if literal is None and value is None and _is_defined(passed, at):
                return {"is": False, "==": False, "is not": True, "!=": True}.get(operator)
            return None if literal is None else holds(operator, literal.value, value)
        case _:
            return None


def _passed_for(term: facts.Term, scope: Scope, call: CallSite) -> tuple[facts.Term | None, Site]:
    """Return what a call passes for a parameter that the function never binds anew, and where that is written.

    What the function around the call only hands on was passed to it by the call outside.
    """
    if not isinstance(term, facts.Name) or len(scope.bindings.get(term.id, ())) != 1:
        return None, call.site
    for index, parameter in enumerate(scope.parameters):
        if parameter.name == term.id and not parameter.stars:
            if any(argument.stars for argument in call.call.arguments):
                return None, call.site
            passed = argument(call.call, scope, index, call.offset)
            if passed is None:
                return parameter.default, call.site
            handed = (None, call.site) if call.outer is None else _passed_for(passed, call.site.scope, call.outer)
            return (passed, call.site) if handed[0] is None else handed
    return None, call.site


def _literal(passed: facts.Term | None, site: Site, run: Run) -> facts.Constant | None:
    if isinstance(passed, facts.Name) and is_dunder_name(passed, site):
        return facts.Constant(passed.at, run.value)
    return passed if isinstance(passed, facts.Constant) else None


def _is_defined(passed: facts.Term | None, site: Site) -> bool:
    """Whether something is a function or class for sure."""
    if passed is None or isinstance(passed, facts.Constant):
        return False
    return all(isinstance(value, (Function, Class, Method)) for value in evaluate(passed, site))


# --- starts ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Workers come into being: by `call` at `site`, which a run reaches through the calls of `chain`."""

    maker: apis.Maker
    name: str
    methods: Chosen
    call: facts.Call
    site: Site
    chain: tuple[CallSite, ...] = ()

    @property
    def entry_call(self) -> facts.Call:
        """The call that the run comes to first."""
        return self.chain[0].call if self.chain else self.call

    @property
    def entry_site(self) -> Site:
        """Where that call stands."""
        return self.chain[0].site if self.chain else self.site

    @property
    def label(self) -> str:
        """What a message calls it: `Pool`, `process.start()`, `main()`."""
        function = self.entry_call.function
        if not self.chain and self.maker.start is apis.Start.MADE:
            return self.name
        shorter = function.name if isinstance(function, facts.Attribute) else self.name
        code = self.entry_site.scope.module.label(self.entry_site.block, function.at) or shorter
        return f"{code}()" if self.chain else code

    def when(self, bites: StartMethods) -> When:
        """Return when something that bites under `bites` does so for these workers."""
        targets = reduce(and_, (where(call.site) for call in self.chain), where(self.site))
        return When.of(bites, self.site.scope.module.methods_of(self.methods)).within(targets)


_LONGEST = 12


@dataclass(slots=True)
class _Way:
    """The scopes that are being gone through, each with its depth, and the outermost that was come back to.

    What is found with such a gap is remembered only for that outermost scope; -1 says that it got too deep.
    """

    scopes: dict[Scope, int]
    lowest: int


def starts_in(scope: Scope, way: _Way | None = None) -> tuple[Start, ...]:
    """Return the starts that running a scope from its beginning reaches, when its file is imported."""
    known = scope.module.starts.get(scope)
    if known is not None:
        return known
    way = way or _Way({}, _LONGEST)
    depth = len(way.scopes)
    if scope in way.scopes or depth > _LONGEST:
        way.lowest = min(way.lowest, way.scopes.get(scope, -1))
        return ()
    before, way.lowest = way.lowest, depth
    way.scopes[scope] = depth
    found = tuple(_starts_in(scope, way))[:_LONGEST]
    del way.scopes[scope]
    if way.lowest == depth or not way.scopes:
        scope.module.starts[scope] = found
        way.lowest = before
    else:
        way.lowest = min(before, way.lowest)
    return found


def _starts_in(scope: Scope, way: _Way) -> Iterator[Start]:
    inline = [
        child
        for child in scope.children.values()
        if child.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION) and child.site is not None
    ]
    inline.sort(key=lambda child: child.site.order if child.site else 0)
    for step in scope.steps:
        while inline and inline[0].site and inline[0].site.order <= step.order:
            child = inline.pop(0)
            if child.site and reached(child.site, Run.IMPORTED) and not _is_lazy(child):
                yield from starts_in(child, way)
        if isinstance(step.event, facts.Invoke) and reached(step.site, Run.IMPORTED):
            yield from starts_of_call(step.event.call, step.site, way)
        elif isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Defined):
            yield from _starts_of_decorators(step, way)
        if scope.module.properties and reached(step.site, Run.IMPORTED):
            yield from _starts_of_properties(step, way)
    for child in inline:
        if child.site and reached(child.site, Run.IMPORTED) and not _is_lazy(child):
            yield from starts_in(child, way)


def _is_lazy(comprehension: Scope) -> bool:
    """Whether a scope is that of a generator expression that is just bound to a name."""
    return comprehension.parent is not None and any(
        isinstance(step.event, facts.Bind)
        and isinstance(step.event.source, facts.Assigned)
        and isinstance(step.event.source.term, facts.Comprehension)
        and step.event.source.term.scope is comprehension.facts
        and step.event.source.term.kind == "generator"
        for step in comprehension.parent.steps
    )


def _starts_of_decorators(step: Step, way: _Way) -> Iterator[Start]:
    """Yield the starts of a definition itself: of its decorators, and of `__init_subclass__` of its bases."""
    assert isinstance(step.event, facts.Bind)  # noqa: S101 - the caller looked
    assert isinstance(step.event.source, facts.Defined)  # noqa: S101
    own = step.event.source.scope
    if not reached(step.site, Run.IMPORTED):
        return
    defined = step.scope.children[id(own)]
    for decorator in own.decorators:
        call = facts.Call(decorator.at, decorator, ())
        for value in evaluate(decorator, step.site):
            for scope, offset in _runs(value):
                for start in starts_in(scope, way):
                    yield _through(start, CallSite(call, step.site, offset))
                if offset in _called_parameters(scope):
                    for start in starts_in(defined, way):
                        yield _through(start, CallSite(call, step.site, offset))
    for base in lineage(defined)[1:] if defined.is_class else ():
        for child in base.children.values():
            if child.name == "__init_subclass__":
                call = facts.Call(own.name_at, facts.Name(own.name_at, own.name), ())
                for start in starts_in(child, way):
                    yield _through(start, CallSite(call, step.site, 1))


def _starts_of_properties(step: Step, way: _Way) -> Iterator[Start]:
    """Yield the starts of the properties that a step reads."""
    for term in parts(step.event) if not isinstance(step.event, facts.Invoke) else ():
        if isinstance(term, facts.Attribute) and term.name in step.scope.module.properties:
            for owner in evaluate(term.value, step.site):
                for getter in step.scope.module.properties[term.name]:
                    if isinstance(owner, Instance) and getter.owner in lineage(owner.cls):
                        for start in starts_in(getter, way):
                            yield _through(start, CallSite(facts.Call(term.at, term, ()), step.site, 1))


def _called_parameters(scope: Scope) -> frozenset[int]:
    """Return the indices of the parameters that a function calls itself."""
    known = scope.module.called.get(scope)
    if known is None:
        known = scope.module.called[scope] = _parameters_it_calls(scope)
    return known


def _parameters_it_calls(scope: Scope) -> frozenset[int]:
    return frozenset(
        value.index
        for step in scope.steps
        if isinstance(step.event, facts.Invoke)
        and isinstance(step.event.call.function, facts.Name)
        and reached(step.site, Run.IMPORTED)
        for value in evaluate(step.event.call.function, step.site)
        if isinstance(value, Parameter) and value.scope is scope and not value.path
    )


def starts_of_call(call: facts.Call, site: Site, way: _Way | None = None) -> Iterator[Start]:
    """Yield the starts that a call reaches, in a file that is imported."""
    own = start_of_call(call, site)
    if own is not None:
        yield own
        return
    for scope, offset in dict.fromkeys(callees(call, site)):
        if scope.facts is not None and (scope.facts.is_generator or scope.facts.is_async) and _is_kept(call, site):
            continue
        through = CallSite(call, site, offset)
        for start in starts_in(scope, way):
            if passes(start.entry_site, through, Run.IMPORTED):
                yield _through(start, through)
        for index in _called_parameters(scope):
            passed = argument(call, scope, index, offset)
            for value in evaluate(passed, site) if passed is not None else ():
                for inner, _ in _runs(value):
                    for start in starts_in(inner, way):
                        yield _through(start, CallSite(call, site, offset))
    yield from _starts_of_entering(call, site, way)
    for value in _called_outside(call, site):
        for scope, offset in _runs(value):
            for start in starts_in(scope, way):
                yield _through(start, CallSite(call, site, offset))


def _called_outside(call: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a call of something outside the project calls: the target of a thread that it starts."""
    match call.function:
        case facts.Attribute(value=owner, name="start" | "run"):
            for value in evaluate(owner, site):
                if isinstance(value, Product) and value.name == "threading.Thread":
                    target = slot(value.call, apis.Slot(("target",), 1))
                    yield from evaluate(target, value.site) if target is not None else ()


def _is_kept(call: facts.Call, site: Site) -> bool:
    """Whether what a call gives is just bound to a name: a generator or coroutine that nothing has run yet."""
    step = site.scope.steps[site.order + 1 : site.order + 2]
    event = step[0].event if step else None
    return isinstance(event, facts.Bind) and isinstance(event.source, facts.Assigned) and event.source.term is call


def _starts_of_entering(call: facts.Call, site: Site, way: _Way | None) -> Iterator[Start]:
    """Yield the starts of `__enter__`, if the call makes the context manager of a `with`."""
    if not any(region.subject is call for region in site.scope.regions if region.flow is Flow.ALWAYS):
        return
    for value in evaluate(call, site):
        if isinstance(value, Instance):
            for method in member(value, "__enter__"):
                if isinstance(method, Method):
                    for start in starts_in(method.function.scope, way):
                        yield _through(start, CallSite(call, site, 1))


def _through(start: Start, call: CallSite) -> Start:
    return Start(start.maker, start.name, start.methods, start.call, start.site, (call, *start.chain))


def start_of_call(call: facts.Call, site: Site) -> Start | None:
    """Return the start that a call itself is."""
    for value in evaluate(call, site) if _may_make(call) else ():
        if isinstance(value, Workers) and value.call is call and value.maker.start is apis.Start.MADE:
            name = value.cls.name if value.cls else value.maker.name
            return Start(value.maker, name, value.methods, call, site)
    if not isinstance(call.function, facts.Attribute):
        return None
    method = call.function.name
    if method == "run_in_executor" and call.arguments:
        owners = inflow(evaluate(call.arguments[0].value, site))
    elif method in _STARTERS:
        owners = inflow(evaluate(call.function.value, site))
    else:
        return None
    workers = only_workers(owners)
    for value in workers:
        if method in value.maker.starters or method == "run_in_executor":
            return Start(value.maker, value.maker.name, value.methods, call, site)
    return None


_STARTERS = {"start", "submit", "map", "schedule", "__enter__"}


def _may_make(call: facts.Call) -> bool:
    return isinstance(call.function, (facts.Name, facts.Attribute))


def only_workers(values: Values) -> list[Workers]:
    """Return the workers among values, none if something else is among them that may be meant instead.

    None and what a parameter brings from outside do not count: a program that makes a pool itself means it.
    """
    workers = [value for value in values if isinstance(value, Workers)]
    others = [value for value in values if not isinstance(value, (Workers, Literal, Parameter))]
    return [] if others else workers


# --- what comes first --------------------------------------------------------------------------------------


def when_run(site: Site) -> int | None:
    """Return the order of the first step of the module that brings the main program to a site.

    None if nothing in the file does.
    """
    orders, pending, seen = [], [site], set[Scope]()
    while pending:
        each = pending.pop()
        scope = each.scope
        if scope.is_module:
            orders.append(each.order)
        elif scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
            pending += [scope.site] if scope.site else []
        elif scope not in seen:
            seen.add(scope)
            pending += [call.site for call in calls_to(scope) if reached(call.site, Run.MAIN)]
    return min(orders, default=None)


def first_activity(module: Scope) -> int:
    """Return the order of the first step of a module that calls the project's code or makes workers.

    Class bodies and comprehensions count as the step that they stand at. Past the last step if there is none.
    """
    orders = [step.order for step in module.steps if _is_active(step)]
    for child in module.children.values():
        if child.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION) and child.site is not None:
            inner = [scope for scope in child.walk() if scope.function is None and not scope.is_function]
            if any(_is_active(step) for scope in inner for step in scope.steps):
                orders.append(child.site.order)
    return min(orders, default=len(module.steps))


def _is_active(step: Step) -> bool:
    event = step.event
    if isinstance(event, facts.Bind) and isinstance(event.source, facts.Imported):
        value = step.scope.module.project.imported(step.scope.module, event.source.module, event.source.level)
        return isinstance(value, ProjectModule)
    return isinstance(event, facts.Invoke) and any(
        not isinstance(value, (External, Literal, Product)) and value != ANYTHING
        for value in evaluate(event.call.function, step.site)
    )


def definition(scope: Scope) -> Step | None:
    """Return the module's step that defines a function or class, or what it stands in; None for a module."""
    while scope.owner is not None and not scope.owner.is_module:
        scope = scope.owner
    if scope.owner is None or scope.facts is None:
        return None
    return next(
        (
            step
            for step in scope.owner.bindings.get(scope.name, ())
            if isinstance(step.event, facts.Bind)
            and isinstance(step.event.source, facts.Defined)
            and step.event.source.scope is scope.facts
        ),
        None,
    )


def only_in_main(scope: Scope) -> bool:
    """Whether a function or class is defined by the main program alone, so that no fresh worker has it."""
    outer = scope.owner
    if outer is not None and outer.is_function and scope.name in outer.declared_global:
        return called_in_main_only(outer)
    step = definition(scope)
    if step is None or not guarded(step):
        return False
    name = scope.name if scope.owner is step.scope else ""
    others = step.scope.bindings.get(name, ()) if name else ()
    return all(guarded(other) for other in others)


def called_in_main_only(function: Scope, seen: frozenset[Scope] = frozenset()) -> bool:
    """Whether a function is called, and always from under the guard."""
    calls = calls_to(function)
    return (
        bool(calls)
        and function not in seen
        and all(
            not reached(call.site, Run.IMPORTED)
            or (call.site.scope.is_function and called_in_main_only(call.site.scope, seen | {function}))
            for call in calls
        )
    )


def arrival(site: Site, user: "Module") -> int | None:
    """Return the order of the step of a module that first brings the main program to a site, in whatever file.

    A site in another file is come to when the module imports that file, if importing it runs the site.
    """
    home = site.scope.module
    order = when_run(site)
    if home is not user and site.scope.function is None and not site.scope.is_function and order is not None:
        return _import_order(home, user)
    if home is user:
        return order
    function = site.function
    calls = user.calls_of_imported.get(function, []) if function is not None else []
    return min((found for call in calls if (found := when_run(call.site)) is not None), default=None)


def _import_order(home: "Module", user: "Module") -> int | None:
    return next((step.order for step in user.scope.steps if home in _imports(step, user, frozenset())), None)


def _imports(step: Step, user: "Module", seen: "frozenset[Module]") -> "Iterator[Module]":
    """Yield the project's modules that a step of a module imports, and those that they do."""
    for module in imports(step):
        if module not in seen:
            yield module
            for inner in module.scope.steps:
                yield from _imports(inner, module, seen | {module, user})


def imports(step: Step) -> "Iterator[Module]":
    """Yield the project's modules that a step imports by name."""
    event, user = step.event, step.scope.module
    if not (isinstance(event, facts.Bind) and isinstance(event.source, facts.Imported)):
        return
    names = [event.source.submodule or event.source.module]
    if event.source.name:
        names.append(f"{event.source.module}.{event.source.name}".lstrip("."))
    for name in names:
        value = user.project.imported(user, name, event.source.level)
        if isinstance(value, ProjectModule):
            yield value.module


def excludes(earlier: Site, later: Site) -> bool:
    """Whether a scope that comes to one site does not come to the other: in another branch, or past a `return`."""
    regions, around = earlier.scope.regions, set(later.scope.enclosing(later.region))
    groups = {(regions[index].group, regions[index].parent) for index in around if regions[index].flow is Flow.BRANCH}
    return any(
        regions[index].ending is Ending.SCOPE
        or (regions[index].flow is Flow.BRANCH and (regions[index].group, regions[index].parent) in groups)
        for index in earlier.scope.enclosing(earlier.region)
        if index and index not in around
    )
