"""The program's timeline: what runs at import, what only under the main guard, and what comes first.

Two runs of a file are told apart: as the main program, and imported, which is what a spawned worker does with
it (under the name `__mp_main__`) and what any other module does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import (
    argument,
    evaluate,
    follow,
    lineage,
    member,
    passed_terms,
    resolve,
)
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
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


class Run(Enum):
    """How a file comes to run."""

    MAIN = "__main__"
    IMPORTED = "__mp_main__"


# --- conditions --------------------------------------------------------------------------------------------


def truth(term: facts.Term, site: Site, run: Run) -> bool | None:
    """Return what a condition comes to in a run, None if that is not known."""
    match term:
        case facts.Constant(value=value):
            return bool(value)
        case facts.Not(value=inner):
            known = truth(inner, site, run)
            return None if known is None else not known
        case facts.Logical(operator=operator, left=left, right=right):
            return _logical(operator, truth(left, site, run), truth(right, site, run))
        case facts.Conditional(test=test, body=body, orelse=orelse):
            known = truth(test, site, run)
            return None if known is None else truth(body if known else orelse, site, run)
        case facts.Comparison():
            return _compared(term, site, run)
        case facts.Name(id=name):
            return _named(name, site, run)
        case facts.Attribute(name="TYPE_CHECKING"):
            return False
        case facts.Call(function=facts.Attribute(value=owner, name=method), arguments=(first, *_)):
            return _called(owner, method, first.value, run)
        case facts.Call(function=facts.Name() | facts.Attribute(), arguments=()):
            return _answered(term, site, run)
        case facts.Walrus(value=value):
            return truth(value, site, run)
        case _:
            return None


def _logical(operator: str, left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - truth values
    decisive = operator == "or"
    if decisive in (left, right):
        return decisive
    return None if None in (left, right) else not decisive


def _compared(term: facts.Comparison, site: Site, run: Run) -> bool | None:
    left, right = term.left, term.right
    if isinstance(right, facts.Constant) and _is_never_main(left):
        return _holds(term.operator, _NOT_MAIN, right.value) if right.value == Run.MAIN.value else None
    if _is_dunder_name(right, site) and term.operator in ("in", "not in"):
        inside = isinstance(left, facts.Constant) and isinstance(left.value, str) and left.value in run.value
        return inside == (term.operator == "in") if isinstance(left, facts.Constant) else None
    if _is_dunder_name(right, site):
        left, right = right, left
    if _is_dunder_name(left, site):
        return _compared_name(term.operator, right, run)
    if (text := _text_of_name(left, site, run)) is not None and isinstance(right, facts.Constant):
        return _holds(term.operator, text, right.value)
    if run is Run.IMPORTED and _tells_main_process(left, right, site):
        return {"==": False, "is": False, "!=": True, "is not": True}.get(term.operator)
    return None


def _text_of_name(term: facts.Term, site: Site, run: Run) -> str | None:
    """Return what `__name__.strip("_")` and the like come to in a run."""
    match term:
        case facts.Call(function=facts.Attribute(value=owner, name=name), arguments=arguments) if name in _TEXT_METHODS:
            text = run.value if _is_dunder_name(owner, site) else _text_of_name(owner, site, run)
            passed = [each.value.value for each in arguments if isinstance(each.value, facts.Constant)]
            if text is None or len(passed) < len(arguments) or not all(isinstance(each, str) for each in passed):
                return None
            try:
                return str(getattr(text, name)(*passed))
            except TypeError:  # a call that Python would refuse as well
                return None
        case _:
            return None


_TEXT_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "replace", "removeprefix"})

_NOT_MAIN = ""


def _is_never_main(term: facts.Term) -> bool:
    """Whether a term is the path of the file, or the name in quotes, which somebody took for `__name__`."""
    if isinstance(term, facts.Name):
        return term.id == "__file__"
    return isinstance(term, facts.Constant) and term.value == "__name__"


def _compared_name(operator: str, other: facts.Term, run: Run) -> bool | None:
    names: list[facts.Term]
    match other:
        case facts.Constant(value=str(text)) if operator in ("==", "!=", "is", "is not"):
            equal = run.value == text
            return equal if operator in ("==", "is") else not equal
        case facts.Constant(value=str(text)):
            inside = run.value in text
        case facts.Display(items=items):
            names = list(items)
            inside = any(isinstance(item, facts.Constant) and item.value == run.value for item in names)
        case _:
            return None
    return {"in": inside, "not in": not inside}.get(operator)


def _is_dunder_name(term: facts.Term, site: Site) -> bool:
    if isinstance(term, facts.Name) and term.id != "__name__":
        steps = resolve(term.id, site) or []
        return len(steps) == 1 and any(
            isinstance(step.event, facts.Bind)
            and isinstance(step.event.source, facts.Assigned)
            and isinstance(step.event.source.term, facts.Name)
            and step.event.source.term.id == "__name__"
            for step in steps
        )
    if isinstance(term, facts.Attribute):
        return term.name == "__module__"
    return isinstance(term, facts.Name) and term.id == "__name__"


def _tells_main_process(left: facts.Term, right: facts.Term, site: Site) -> bool:
    """Whether a comparison is with the name that only the main process has.

    That it has no parent process tells nothing: a worker learns of its parent after it has imported main.
    """
    if isinstance(left, facts.Constant):
        left, right = right, left
    if not isinstance(right, facts.Constant):
        return False
    if right.value == "MainProcess" and isinstance(left, facts.Attribute) and left.name == "name":
        return isinstance(left.value, facts.Call) and _calls(left.value, site) == "multiprocessing.current_process"
    return False


def _calls(term: facts.Call, site: Site) -> str:
    names = [value.name for value in evaluate(term.function, site) if isinstance(value, External)]
    return names[0] if names else ""


def _named(name: str, site: Site, run: Run) -> bool | None:
    if name == "TYPE_CHECKING":
        return False
    steps = resolve(name, site)
    if not steps or len(steps) != 1:
        return None
    event = steps[0].event
    if isinstance(event, facts.Bind) and isinstance(event.source, facts.Assigned) and not event.source.path:
        if isinstance(event.source.term, facts.Constant) and not steps[0].scope.is_module:
            return None
        return truth(event.source.term, steps[0].site, run)
    return None


def _called(owner: facts.Term, method: str, argument: facts.Term, run: Run) -> bool | None:
    if not (isinstance(owner, facts.Name) and owner.id == "__name__" and isinstance(argument, facts.Constant)):
        return None
    if not isinstance(argument.value, str):
        return None
    match method:
        case "__eq__":
            return run.value == argument.value
        case "startswith":
            return run.value.startswith(argument.value)
        case "endswith":
            return run.value.endswith(argument.value)
        case _:
            return None


def _answered(term: facts.Call, site: Site, run: Run) -> bool | None:
    """Return the truth of a call of a function that tests `__name__` and does no more."""
    for value in evaluate(term.function, site):
        if isinstance(value, Function) and not value.scope.parameters:
            returns = [step for step in value.scope.steps if isinstance(step.event, facts.Return)]
            if len(returns) == 1 and isinstance(returns[0].event, facts.Return) and returns[0].event.term:
                return truth(returns[0].event.term, returns[0].site, run)
    return None


def reached(site: Site, run: Run) -> bool:
    """Whether a site can be reached in a run, as far as the conditions in its own scope tell."""
    scope, around = site.scope, list(site.scope.enclosing(site.region))
    leaves = (_leaves(scope, index, site, around, run) for index in range(1, len(scope.regions)))
    return _entered(site, run) and not any(leaves)


def _entered(site: Site, run: Run) -> bool:
    """Whether a run comes into the branches and loops around a site, as far as their conditions tell."""
    scope = site.scope
    for index in scope.enclosing(site.region):
        region = scope.regions[index]
        if region.flow is Flow.BRANCH and taken(scope, index, run) is False:
            return False
        if region.flow is Flow.LOOP and region.subject is not None and _is_empty(region.subject, site, run):
            return False
    return True


def taken(scope: Scope, region: int, run: Run) -> bool | None:
    """Return whether a run takes a branch when it comes to it, None if that is not known."""
    data = scope.regions[region]
    known = truth(data.subject, _before(scope, region), run) if data.subject is not None else None
    return None if known is None else known is data.sense


def is_sure(step: Step, run: Run) -> bool:
    """Whether a run that comes to a scope comes to a step of it in any case, where nothing catches what it raises."""
    scope = step.scope
    return all(
        scope.regions[index].flow in (Flow.BODY, Flow.ALWAYS)
        or (scope.regions[index].flow is Flow.BRANCH and taken(scope, index, run))
        for index in scope.enclosing(step.region)
    )


def _is_empty(term: facts.Term, site: Site, run: Run) -> bool:
    """Whether an iterable has no items in a run: `[]`, or such an arm of a conditional expression."""
    if isinstance(term, facts.Conditional):
        known = truth(term.test, site, run)
        return known is not None and _is_empty(term.body if known else term.orelse, site, run)
    return isinstance(term, facts.Display) and not term.items


def _before(scope: Scope, region: int) -> Site:
    data = scope.regions[region]
    return Site(scope, data.events[0], data.parent, scope.region_blocks[region])


def _leaves(scope: Scope, index: int, site: Site, around: list[int], run: Run) -> bool:
    """Whether a branch before a site surely runs and surely leaves the scope."""
    region = scope.regions[index]
    if region.ending is not Ending.SCOPE or region.flow is not Flow.BRANCH or region.subject is None:
        return False
    if region.events[1] > site.order or region.parent not in around or index in around:
        return False
    return taken(scope, index, run) is True


def guarded(step: Step) -> bool:
    """Whether a step of a module runs in the main program only.

    What stands behind a line that leaves the module in any other run is not guarded: that line fails the worker.
    """
    return not _entered(step.site, Run.IMPORTED) and reached(step.site, Run.MAIN)


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
        known = _decided(region.subject, scope, call, run)
        if known is None:
            continue
        is_left = region.ending is Ending.SCOPE and region.events[1] <= site.order and region.parent in around
        if (index in around and known is not region.sense) or (
            is_left and index not in around and known is region.sense
        ):
            return False
    return True


def _decided(term: facts.Term, scope: Scope, call: CallSite, run: Run) -> bool | None:
    """Return what a condition on parameters comes to for a call that passes something known for them."""
    match term:
        case facts.Logical(operator=operator, left=left, right=right):
            return _logical(operator, _decided(left, scope, call, run), _decided(right, scope, call, run))
        case facts.Not(value=inner):
            known = _decided(inner, scope, call, run)
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
            return None if literal is None else _holds(operator, literal.value, value)
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
    if isinstance(passed, facts.Name) and _is_dunder_name(passed, site):
        return facts.Constant(passed.at, run.value)
    return passed if isinstance(passed, facts.Constant) else None


def _is_defined(passed: facts.Term | None, site: Site) -> bool:
    """Whether something is a function or class for sure."""
    if passed is None or isinstance(passed, facts.Constant):
        return False
    return all(isinstance(value, (Function, Class, Method)) for value in evaluate(passed, site))


def _holds(operator: str, left: facts.Scalar, right: facts.Scalar) -> bool | None:
    if operator in ("==", "is"):
        return left == right
    if operator in ("!=", "is not"):
        return left != right
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return None
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}.get(operator)


# --- starts ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Workers come into being: by `call` at `site`, which a run reaches through the calls of `chain`."""

    maker: apis.Maker
    name: str
    methods: StartMethods | None
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
        module = self.site.scope.module
        return When.of(bites, self.methods if self.methods is not None else module.chosen_methods)


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


def when_run(site: Site, seen: frozenset[Scope] = frozenset()) -> int | None:
    """Return the order of the first step of the module that brings the main program to a site.

    None if nothing in the file does.
    """
    scope = site.scope
    if scope.is_module:
        return site.order
    if scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
        return when_run(scope.site, seen) if scope.site else None
    if scope in seen:
        return None
    orders = [
        order
        for call in calls_to(scope)
        if reached(call.site, Run.MAIN) and (order := when_run(call.site, seen | {scope})) is not None
    ]
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
    event = step.event
    if not (isinstance(event, facts.Bind) and isinstance(event.source, facts.Imported)):
        return
    names = [event.source.submodule or event.source.module]
    if event.source.name:
        names.append(f"{event.source.module}.{event.source.name}".lstrip("."))
    for name in names:
        value = user.project.imported(user, name, event.source.level)
        if isinstance(value, ProjectModule) and value.module not in seen:
            yield value.module
            for inner in value.module.scope.steps:
                yield from _imports(inner, value.module, seen | {value.module, user})
