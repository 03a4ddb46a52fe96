"""Exceptions: what raises them, what catches them, and whether pickle can rebuild them.

An exception pickles as its class and its `args`, and is rebuilt by calling the class with these. `args` are the
positional arguments of the call that made it, until `BaseException.__init__` is called, which sets them anew.
"""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.model.flow import bases, dataclass_call, evaluate, flag, follow, lineage, member, passed_terms
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.terms import evaluated
from spawnsafe.model.values import Class, External, Function, Instance, Items, Literal, Method, Parameter, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

_BUILTINS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}


# --- raised and caught -------------------------------------------------------------------------------------


def raised_by(step: Step) -> Iterator[Class | Instance]:
    """Yield the classes of the project, and the instances of such, that a `raise` raises."""
    term = step.event.term if isinstance(step.event, facts.Raise) else None
    for value in evaluate(term, step.site) if term is not None else ():
        if isinstance(value, Class) or (isinstance(value, Instance) and not value.is_self):
            yield value


def is_handled(site: Site, handler: Step, value: Class | Instance) -> bool:
    """Whether an exception that is raised at a site comes to the `except` clause that begins with a step."""
    kinds = _Kinds.of(value)
    for index in site.scope.enclosing(site.region) if handler.scope is site.scope else ():
        found = _handler(site.scope, index, kinds) if site.scope.regions[index].flow is Flow.TRY else None
        if found is not None:
            return found == handler.region
    return False


def catches(site: Site, value: Class | Instance | External) -> bool:
    """Whether something around a site in its own function catches an exception, for all that is known."""
    return _is_caught_at(site, _Kinds.of(value))


def _is_caught_at(site: Site, kinds: "_Kinds") -> bool:
    while True:
        scope = site.scope
        if any(_is_caught(scope, index, kinds) for index in scope.enclosing(site.region)):
            return True
        if scope.kind is not ScopeKind.COMPREHENSION or scope.site is None:
            return False
        site = scope.site


@dataclass(frozen=True, slots=True)
class _Kinds:
    """What an exception is an instance of: classes of the project, builtin classes."""

    own: tuple[Scope, ...]
    builtin: tuple[type, ...]

    @classmethod
    def of(cls, value: Class | Instance | External) -> "_Kinds":
        if isinstance(value, External):
            return cls((), (_BUILTINS[value.name.removeprefix("builtins.")],))
        scope = value.scope if isinstance(value, Class) else value.cls
        return cls(tuple(lineage(scope)), tuple(_builtin_bases(scope)))


def _is_caught(scope: Scope, index: int, kinds: _Kinds) -> bool:
    region = scope.regions[index]
    if region.flow is Flow.ALWAYS and region.subject is not None:
        return _suppresses(region.subject, _site(scope, index), kinds)
    handler = _handler(scope, index, kinds) if region.flow is Flow.TRY else None
    return handler is not None and not _raises_again(scope, handler)


def _handler(scope: Scope, index: int, kinds: _Kinds) -> int | None:
    """Return the `except` clause to which an exception comes from the body of a `try`, for all that is known."""
    region = scope.regions[index]
    for handler, other in enumerate(scope.regions):
        if other.flow is not Flow.HANDLER or (other.group, other.parent) != (region.group, region.parent):
            continue
        if other.subject is None or _names(evaluate(other.subject, _site(scope, handler)), kinds):
            return handler
    return None


def _site(scope: Scope, region: int) -> Site:
    data = scope.regions[region]
    return Site(scope, data.events[0], data.parent, scope.region_blocks[region])


def _suppresses(manager: facts.Term, site: Site, kinds: _Kinds) -> bool:
    """Whether a context manager catches what is raised under its `with`."""
    called = evaluate(manager.function, site) if isinstance(manager, facts.Call) else ()
    if any(isinstance(manager, facts.Call) and _suppresses_as(value, manager, site, kinds) for value in called):
        return True
    return any(_exit_gives_truth(value) for value in evaluate(manager, site) if isinstance(value, Instance))


def _suppresses_as(called: Value, call: facts.Call, site: Site, kinds: _Kinds) -> bool:
    match called:
        case External(name="contextlib.suppress"):
            return any(_names(evaluate(passed.value, site), kinds) for passed in call.arguments)
        case Function(scope=scope) | Method(function=Function(scope=scope)) if scope.is_generator:
            return any(_is_caught_at(step.site, kinds) for step in scope.steps if isinstance(step.event, facts.Yield))
        case _:
            return False


def _exit_gives_truth(manager: Instance) -> bool:
    methods = [value for value in member(manager, "__exit__") if isinstance(value, Method)]
    return any(
        isinstance(step.event, facts.Return)
        and step.event.term is not None
        and not all(isinstance(value, Literal) and not value.value for value in evaluate(step.event.term, step.site))
        for method in methods
        for step in method.function.scope.steps
    )


def _names(classes: Values, kinds: _Kinds) -> bool:
    """Whether what an `except` clause names is, or may be, what an exception is an instance of."""
    return any(_is_named(value, kinds) for value in classes)


def _is_named(value: Value, kinds: _Kinds) -> bool:
    match value:
        case Items(items=items, site=site):
            return any(_names(evaluate(item, site), kinds) for item in items)
        case Class(scope=scope):
            return scope in kinds.own
        case External(name=name):
            caught = _BUILTINS.get(name.removeprefix("builtins."))
            return caught is None or any(issubclass(base, caught) for base in kinds.builtin)
        case _:
            return True


def _raises_again(scope: Scope, handler: int) -> bool:
    """Whether the body of an `except` clause ends by raising again what it caught."""
    region = scope.regions[handler]
    steps = scope.steps[slice(*region.events)]
    caught = {step.event.name for step in steps[:1] if isinstance(step.event, facts.Bind)}
    return any(
        step.region == handler
        and isinstance(step.event, facts.Raise)
        and (step.event.term is None or (isinstance(step.event.term, facts.Name) and step.event.term.id in caught))
        for step in steps
    )


# --- classes -----------------------------------------------------------------------------------------------


def is_exception(cls: Scope) -> bool:
    """Whether a class is that of an exception, and all its bases are known."""
    found = _external_bases(cls)
    return bool(found) and found <= _BUILTINS.keys()


def _external_bases(cls: Scope) -> frozenset[str]:
    """Return the names of the bases that are not the project's, without `builtins.`; empty ones are not known."""
    return frozenset(
        value.name.removeprefix("builtins.") if isinstance(value, External) else ""
        for scope in lineage(cls)
        for value in bases(scope)
        if not isinstance(value, Class)
    )


def _builtin_bases(cls: Scope) -> list[type]:
    return [_BUILTINS[name] for name in _external_bases(cls) if name in _BUILTINS]


def kept_args(value: Instance) -> Iterator[Value]:
    """Yield what an exception keeps in its `args`, as far as that is known."""
    owner = next((base for base in lineage(value.cls) if "__init__" in base.bindings or _writes_init(base)), None)
    init = constructor(owner) if owner is not None else None
    found = _args(init, value.cls, 0) if init is not None else []
    if value.call is None or value.site is None or len(found) > 1 or (owner is not None and not found):
        return
    if found and isinstance(found[0], _Terms):
        inner = [each for term in found[0].terms if found[0].init for each in evaluate(term, found[0].init.end)]
    else:
        inner = [each for passed in value.call.arguments for each in evaluate(passed.value, value.site)]
    for each in inner:
        if isinstance(each, Parameter) and init is not None and each.scope is init:
            for term in passed_terms(value.call, each, value.site, 1):
                yield from follow(evaluate(term, value.site), each.path)
        else:
            yield each


# --- rebuilding --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loss:
    """Why pickle cannot rebuild an exception of the class `cls`.

    `args` lack what the parameters named `lacking` require; or there are `too_many` of them; or `misread` is what
    `__init__` reads of a parameter that is given a text instead (the parameter, the attribute); or the class is a
    frozen dataclass, whose attributes cannot be set again. `init` is the `__init__` that is called, None for one
    that `dataclass` writes.
    """

    cls: Scope
    init: Scope | None
    lacking: tuple[str, ...] = ()
    too_many: bool = False
    misread: tuple[str, str] | None = None
    is_frozen: bool = False

    @property
    def owner(self) -> Scope:
        """The class whose `__init__` is called."""
        return (self.init.owner if self.init is not None else None) or self.cls


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of an `__init__` beside the receiver."""

    name: str
    is_required: bool
    is_keyword: bool


def loss(value: Value) -> Loss | None:
    """Return why pickle cannot rebuild an exception, or one that raising a class makes; None if nothing is known."""
    if not isinstance(value, Class | Instance):
        return None
    cls = value.scope if isinstance(value, Class) else value.cls
    if not is_exception(cls) or _says_how(cls):
        return None
    owner = next((base for base in lineage(cls) if "__init__" in base.bindings or _writes_init(base)), None)
    if owner is None:
        return None
    given, decorator = _count_given(value), _writes_init(owner)
    if "__init__" not in owner.bindings and decorator is not None:
        if flag(decorator, "frozen") and slots(owner):
            return Loss(cls, None, is_frozen=True)
        return _shortage(cls, None, slots(owner), _Given(), given)
    init = constructor(owner)
    if init is None:
        return None
    losses = [_shortage(cls, init, slots(owner), args, given) for args in _args(init, cls, 0)]
    return losses[0] if losses and all(losses) else None


def slots(owner: Scope) -> list[Slot]:
    """Return the parameters of the `__init__` of a class that has one, or of the one that `dataclass` writes."""
    init = constructor(owner)
    parameters = owner.parameters if init is None else init.parameters[1:]
    return [
        Slot(parameter.name, parameter.default is None, parameter.keyword_only)
        for parameter in parameters
        if not parameter.stars
    ]


def constructor(cls: Scope) -> Scope | None:
    """Return the one `__init__` that a class defines itself, without decorators."""
    found = [child for child in cls.children.values() if child.is_function and child.name == "__init__"]
    if len(found) != 1 or len(cls.bindings["__init__"]) != 1 or not found[0].parameters:
        return None
    return None if found[0].facts is None or found[0].facts.decorators else found[0]


def _writes_init(cls: Scope) -> facts.Term | None:
    """Return the `dataclass` that writes the `__init__` of a class; attrs gives its exceptions whole `args`."""
    decorator = dataclass_call(cls)
    maker = decorator.function if isinstance(decorator, facts.Call) else decorator
    if maker is None or cls.site is None or External("dataclasses.dataclass") not in evaluate(maker, cls.site):
        return None
    return decorator if flag(decorator, "init") is not False else None


_REDUCERS = ("__reduce__", "__reduce_ex__", "__new__")


def _says_how(cls: Scope) -> bool:
    """Whether a class says itself how it pickles or is made, or something that is not known does."""
    return any(
        any(name in base.bindings for name in _REDUCERS)
        or any(passed.keyword for passed in (base.facts.bases if base.facts else ()))
        or (bool(base.facts and base.facts.decorators) and _writes_init(base) is None)
        for base in lineage(cls)
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """`args` are what the call that makes the exception gives by position."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """`args` are some terms, in the scope of an `__init__`."""

    terms: tuple[facts.Term, ...]
    init: Scope | None


def _args(init: Scope, cls: Scope, depth: int) -> list[_Given | _Terms]:
    """Return what `args` can be when an `__init__` has run for an instance of a class; empty if that is not known."""
    found: list[_Given | _Terms] = []
    is_sure = False
    for step in init.steps:
        made = _assigned_args(step, init) or _passed_up(step, init, cls, depth)
        if made is None:
            continue
        if not made:
            return []
        is_sure = step.is_unconditional()
        found = made if is_sure else found + made
    if not is_sure:
        is_os = any(issubclass(base, OSError) for base in _builtin_bases(cls))
        found.append(_Terms((), None) if is_os else _Given())
    return found


def _assigned_args(step: Step, init: Scope) -> list[_Given | _Terms] | None:
    """Return what `self.args = (…)` makes of `args`, None if a step is something else."""
    event = step.event
    match event:
        case facts.Store(target=facts.Attribute(value=facts.Name(id=owner), name="args"), source=source):
            if owner != init.parameters[0].name:
                return None
            term = source.term if isinstance(source, facts.Assigned) and not source.path else None
            if isinstance(term, facts.Display) and term.kind == "tuple" and _is_counted(term.items):
                return [_Terms(term.items, init)]
            return []
        case _:
            return None


def _is_counted(terms: tuple[facts.Term, ...]) -> bool:
    return not any(isinstance(term, facts.Starred) for term in terms)


def _passed_up(step: Step, init: Scope, cls: Scope, depth: int) -> list[_Given | _Terms] | None:
    """Return what a call of an inherited `__init__` makes of `args`, None if a step is something else."""
    call = step.event.call if isinstance(step.event, facts.Invoke) else None
    if call is None or not isinstance(call.function, facts.Attribute) or call.function.name != "__init__":
        return None
    above = _above(call.function.value, step.site, init, cls)
    if above is None or depth > len(lineage(cls)):
        return []
    classes, is_bound = above
    inherited = next((base for base in classes if "__init__" in base.bindings), None)
    if inherited is not None:
        found = constructor(inherited)
        return _args(found, cls, depth + 1) if found is not None else []
    if any(_writes_init(base) for base in classes):
        return [_Given()]
    passed = [each for each in call.arguments if each.keyword is None]
    if any(each.stars for each in call.arguments):
        return []
    return [_Terms(tuple(each.value for each in passed[0 if is_bound else 1 :]), init)]


def _above(term: facts.Term, site: Site, init: Scope, cls: Scope) -> tuple[list[Scope], bool] | None:
    """Return the classes in which `super()`, or a class by its name, looks for `__init__`; and whether it is bound."""
    line = lineage(cls)
    match term:
        case facts.Call(function=facts.Name(id="super"), arguments=()):
            after = init.owner
        case facts.Call(function=facts.Name(id="super"), arguments=(first, _)):
            named = [value.scope for value in evaluate(first.value, site) if isinstance(value, Class)]
            after = named[0] if len(named) == 1 else None
        case _:
            values = evaluate(term, site)
            if len(values) != 1:
                return None
            if isinstance(values[0], Class):
                return lineage(values[0].scope), False
            return ([], False) if isinstance(values[0], External) else None
    return (line[line.index(after) + 1 :], True) if after in line else None


def _shortage(
    cls: Scope, init: Scope | None, wanted: list[Slot], args: _Given | _Terms, given: int | None
) -> Loss | None:
    """Return what is lost when a class is called with `args`."""
    count = len(args.terms) if isinstance(args, _Terms) else given
    if count is None:
        return None
    positional = [slot for slot in wanted if not slot.is_keyword]
    lacking = [
        slot.name for slot in (*positional[count:], *wanted) if slot.is_required and slot not in positional[:count]
    ]
    if lacking:
        return Loss(cls, init, lacking=tuple(dict.fromkeys(lacking)))
    if count > len(positional) and not (init and any(parameter.stars == 1 for parameter in init.parameters)):
        return Loss(cls, init, too_many=True)
    misread = _misread(init, positional, args) if init is not None and isinstance(args, _Terms) else None
    return Loss(cls, init, misread=misread) if misread else None


def _count_given(value: Class | Instance) -> int | None:
    """Return how many arguments the call that makes an exception gives by position, None if it is not known."""
    if isinstance(value, Class):
        return 0
    if value.call is None or any(passed.stars for passed in value.call.arguments):
        return None
    return sum(passed.keyword is None for passed in value.call.arguments)


def _misread(init: Scope, positional: list[Slot], args: _Terms) -> tuple[str, str] | None:
    """Return a parameter that is given a text, and what `__init__` reads of it that texts do not have."""
    if args.init is not init:
        return None
    texts = {
        slot.name
        for slot, term in zip(positional, args.terms, strict=False)
        if _is_text(term, init) and len(init.bindings.get(slot.name, ())) == 1
    }
    for step in init.steps:
        for read in evaluated(step.event) if step.is_unconditional() and texts else ():
            match read:
                case facts.Attribute(value=facts.Name(id=name), name=attribute) if name in texts:
                    if not hasattr(str, attribute):
                        return name, attribute
    return None


def _is_text(term: facts.Term, init: Scope) -> bool:
    """Whether a term surely is a text: a literal, an f-string, one that is formatted."""
    match term:
        case facts.Constant(value=value):
            return isinstance(value, str)
        case facts.Opaque():
            code = init.module.code(init.block, term.at)
            return code[:2].lower() in ('f"', "f'", "rf", "fr") or _is_formatted(term)
        case facts.Call(function=facts.Name(id="str")):
            return True
        case facts.Call(function=facts.Attribute(value=facts.Constant(value=str()), name="format" | "join")):
            return True
        case _:
            return False


def _is_formatted(term: facts.Opaque) -> bool:
    first = term.parts[0] if term.parts else None
    return isinstance(first, facts.Constant) and isinstance(first.value, str)
