"""What expressions are: names, attributes and calls followed through the program.

`evaluate` gives every value that a term can have at a site; `Anything` among them says that there may be more.
Nothing is executed: calls of the project's own functions give what their `return` statements give.
"""

import builtins
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from spawnsafe.model import apis, objects
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.methods import StartMethods
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.values import (
    ANYTHING,
    Channel,
    Class,
    Context,
    ContextMember,
    Coroutine,
    External,
    Function,
    Generator,
    Inherited,
    Instance,
    Items,
    Known,
    Literal,
    Loaded,
    MadeClass,
    MadeInstance,
    MakerClass,
    Many,
    Method,
    Namesake,
    Parameter,
    Partial,
    Product,
    ProjectModule,
    Row,
    Value,
    Workers,
    WorkersMethod,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

_UNKNOWN: Values = (ANYTHING,)
_BUILTINS = frozenset(dir(builtins))
_MOST = 20
"""No class has more bases than these."""


def evaluate(term: facts.Term, site: Site) -> Values:
    """Return what a term can be at a site, without duplicates, in the order of the text."""
    return site.scope.module.memory.answer(term, lambda: _evaluate(term, site))


def _evaluate(term: facts.Term, site: Site) -> Iterator[Value]:
    match term:
        case facts.Name():
            yield from look_up(term.id, site)
        case facts.Attribute():
            yield from _attribute(term, site)
        case facts.Call():
            yield from _call(term, site)
        case facts.Lambda():
            yield Function(site.scope.children[id(term.scope)])
        case facts.Definition(scope=own):
            inner = site.scope.children[id(own)]
            yield Class(inner) if inner.is_class else Function(inner)
        case facts.Constant():
            yield Literal(term.value)
        case facts.Display():
            yield Items(term.kind, term.items, site, term.keys)
        case facts.Comprehension():
            inner = site.scope.children[id(term.scope)]
            yield Items(term.kind, term.elements[-1:], inner.end, term.elements[:1] if term.kind == "dict" else ())
        case facts.Conditional():
            yield from evaluate(term.body, site)
            yield from evaluate(term.orelse, site)
        case facts.Logical():
            left = evaluate(term.left, site)
            if term.operator == "or":
                yield from (value for value in left if not (isinstance(value, Literal) and not value.value))
            yield from evaluate(term.right, site)
        case facts.Walrus() | facts.Starred():
            yield from evaluate(term.value, site)
        case facts.Awaited():
            yield from awaited(evaluate(term.value, site))
        case facts.Subscript(index=facts.Slice()):
            for value in evaluate(term.value, site):
                yield value if _is_sliceable(value) else Many(elements((value,)))
        case facts.Subscript():
            yield from _item(evaluate(term.value, site), evaluate(term.index, site))
        case facts.Combined(parts=(left, right), operator=operator):
            yield from _combined(operator, evaluate(left, site), evaluate(right, site))
        case Known(values=values):
            yield from values
        case _:
            yield ANYTHING


def _is_sliceable(value: Value) -> bool:
    """Whether a part of a value is of its kind."""
    return isinstance(value, Product) and value.name == "builtins.memoryview"


# --- names -------------------------------------------------------------------------------------------------


def look_up(name: str, site: Site) -> Values:
    """Return what a name can be at a site."""
    found = resolve(name, site)
    if found is None:
        builtin: Value = External(f"builtins.{name}") if name in _BUILTINS else ANYTHING
        return _star(name, site.scope.module.scope) or (builtin,)
    if len(found) > 1:
        found = _without_stand_ins(found)
    values = distinct(value for step in found for value in bound(step))
    if any(isinstance(value, (Items, Many)) for value in values):
        return distinct((*values, *_put_into_variable(name, site)))
    return values


def _without_stand_ins(found: list[Step]) -> list[Step]:
    """Return bindings without the imports of threads on some platforms, or where that of processes fails."""
    kept = [step for step in found if not _is_stand_in(step)]
    values = [value for step in kept for value in bound(step)] if len(kept) < len(found) else []
    return kept if values and all(isinstance(value, MakerClass) for value in values) else found


def _is_stand_in(step: Step) -> bool:
    if not isinstance(getattr(step.event, "source", None), facts.Imported):
        return False
    around = [step.scope.regions[index] for index in step.scope.enclosing(step.region)]
    return any(
        region.flow is Flow.HANDLER or (region.flow is Flow.BRANCH and _asks_platform(region.subject))
        for region in around
    ) and all(isinstance(value, External) and value.name in apis.THREADS for value in bound(step))


def _asks_platform(condition: facts.Term | None) -> bool:
    match condition:
        case facts.Comparison(left=left):
            return _asks_platform(left)
        case facts.Not(value=inner):
            return _asks_platform(inner)
        case facts.Call(function=facts.Attribute(value=owner, name="startswith" | "lower")):
            return _asks_platform(owner)
        case facts.Call(function=function):
            return getattr(function, "name", "") == "system"
        case (
            facts.Attribute(value=facts.Name(id="sys"), name="platform")
            | facts.Attribute(value=facts.Name(id="os"), name="name")
        ):
            return True
        case _:
            return False


def _put_into_variable(name: str, site: Site) -> Iterator[Value]:
    """Yield what the file puts, item by item, into the container that a variable is."""
    put = site.scope.module.put.get(name, ())
    home = site.scope.home(name) if put else None
    yield from _put((step, term) for step, _, term in put if step.scope.home(name) is home)


def _put(found: Iterable[tuple[Step, facts.Term]]) -> Iterator[Value]:
    """Yield containers that hold what steps put into one: by key, all that another holds, or one by one."""
    singles: list[Value] = []
    for step, term in found:
        event, site = step.event, step.site
        target = event.target if isinstance(event, facts.Store) else None
        key = target.index if isinstance(target, facts.Subscript) else None
        if isinstance(key, facts.Constant) and isinstance(key.value, str):
            yield Items("dict", (term,), site, (key,))
        elif isinstance(term, facts.Starred):
            yield from (value for value in evaluate(term, site) if isinstance(value, (Items, Many)) or _is_exec(value))
        else:
            singles.extend(evaluate(term, site))
    if singles:
        yield Many(distinct(singles))


def _is_exec(value: Value) -> bool:
    return isinstance(value, Product) and value.name == "builtins.exec"


def resolve(name: str, site: Site) -> list[Step] | None:
    """Return the bindings that a name can mean at a site; None if it is bound nowhere in the file.

    A function sees of the scopes around it what holds at their end, since it is called some time later; a
    comprehension and a class body see what holds where they stand.
    """
    scope, here = site.scope, site
    while not scope.is_module and name not in scope.declared_global:
        seen = scope is site.scope or not scope.is_class
        if seen and name in scope.bindings and name not in scope.declared_nonlocal:
            return [*scope.reaching(name, here), *scope.bound_from_inside(name)]
        if scope.parent is None or scope.site is None:
            return None
        at_once = scope.kind in (ScopeKind.COMPREHENSION, ScopeKind.CLASS)
        here = scope.site if at_once else scope.parent.end
        scope = scope.parent
    module = scope.module.scope
    elsewhere = scope.module.globals_bound_in_functions.get(name, [])
    if name not in module.bindings:
        return elsewhere or None
    return [*module.reaching(name, here if scope.is_module else module.end), *elsewhere]


def _star(name: str, module: Scope, seen: frozenset[Scope] = frozenset()) -> Values:
    """Return what a name can be that only a star import can bring; the last one that brings it wins."""
    found: list[Value] = []
    for step in reversed(module.bindings.get("*", ())):
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        if isinstance(source, facts.Imported):
            found.extend(_starred(name, source, module, seen))
        if found and not step.region:
            break
    return distinct(found)


def _starred(name: str, source: facts.Imported, module: Scope, seen: frozenset[Scope]) -> Values:
    """Return what a star import in a module brings under a name."""
    imported = module.module.project.imported(module.module, source.module, source.level)
    if isinstance(imported, External):
        is_known = name in apis.STAR_NAMES.get(apis.normal(imported.name), ())
        return tuple(_external(f"{imported.name}.{name}")) if is_known else ()
    if not isinstance(imported, ProjectModule) or imported.module.scope in seen:
        return ()
    inner = imported.module.scope
    listed = _listed(inner)
    if name not in listed if listed is not None else name.startswith("_"):
        return ()
    if name in inner.bindings:
        return _member_of_module(imported, name)
    submodule = imported.module.project.submodule(imported.module, name) if listed else None
    return (ProjectModule(submodule),) if submodule else _star(name, inner, seen | {module})


def _listed(module: Scope) -> Collection[str] | None:
    """Return what `__all__` lists, None if there is none, or not all of it is known."""
    found: set[str] = set()
    for value in look_up("__all__", module.end) if "__all__" in module.bindings else _UNKNOWN:
        items = elements((value,))
        if not all(isinstance(item, Literal) and isinstance(item.value, str) for item in items):
            return None
        found.update(str(item.value) for item in items if isinstance(item, Literal))
    return found


def bound(step: Step) -> Values:
    """Return what a binding binds its name to."""
    event = step.event
    assert isinstance(event, facts.Bind)  # noqa: S101 - that is what a binding is
    return step.scope.module.memory.answer(event, lambda: _bound_or_annotated(event, step.site))


def _bound_or_annotated(event: facts.Bind, site: Site) -> Values:
    values = distinct(_bound(event, site))
    if event.annotation is None or any(isinstance(value, (Workers, Context)) for value in values):
        return values
    return distinct(_annotated(event.annotation, site)) or values


def _bound(event: facts.Bind, site: Site) -> Iterator[Value]:
    match event.source:
        case facts.Given(index=index):
            yield from _given(site.scope, index)
        case facts.Defined(scope=own):
            yield from _decorated(site.scope.children[id(own)], site)
        case facts.Imported() as imported:
            yield from _imported(imported, site)
        case source:
            yield from sourced(source, site)


def sourced(source: facts.Source, site: Site) -> Values:
    """Return the values that an assignment, a loop or a `with` gives its target."""
    match source:
        case facts.Assigned(term=term, path=path):
            return _unpacked(evaluate(term, site), path)
        case facts.Element(term=term, path=path):
            return _unpacked(elements(evaluate(term, _site_of_iterable(term, site))), path)
        case facts.Entered(term=term):
            return entered(evaluate(term, site))
        case facts.Defined(scope=own):
            return _decorated(site.scope.children[id(own)], site)
        case _:
            return _UNKNOWN


def _site_of_iterable(term: facts.Term, site: Site) -> Site:
    """Return where what a loop runs over is evaluated: for a comprehension's first loop, around it."""
    scope = site.scope
    if scope.kind is not ScopeKind.COMPREHENSION or scope.site is None:
        return site
    iterables = (
        step.event.source.term
        for step in scope.steps
        if isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Element)
    )
    return scope.site if term is next(iterables, None) else site


def _imported(source: facts.Imported, site: Site) -> Iterator[Value]:
    module = site.scope.module
    imported = module.project.imported(module, source.module, source.level)
    if source.name is None:
        if source.submodule:
            module.project.imported(module, source.submodule, 0)
        yield from _external(imported.name) if isinstance(imported, External) else (imported,)
    elif isinstance(imported, ProjectModule):
        yield from _member_of_module(imported, source.name)
    elif isinstance(imported, External):
        yield from _external(f"{imported.name}.{source.name}")
    else:
        yield ANYTHING


def _member_of_module(owner: ProjectModule, name: str) -> Values:
    module = owner.module
    module_scope = module.scope
    if name in module_scope.bindings or name in module.globals_bound_in_functions:
        found = resolve(name, module_scope.end) or []
        return distinct(value for step in found for value in bound(step))
    submodule = module.project.submodule(module, name)
    if submodule is not None:
        return (ProjectModule(submodule),)
    return _star(name, module_scope) or _UNKNOWN


def _external(name: str) -> Iterator[Value]:
    """Yield what a dotted name outside the project is."""
    name = apis.normal(name)
    if name in apis.MAKERS:
        yield MakerClass(apis.MAKERS[name], None)
    elif name in apis.FIXED_MAKERS:
        maker, method = apis.FIXED_MAKERS[name]
        yield MakerClass(maker, StartMethods.named(method) or StartMethods.ALL)
    else:
        yield External(name)


def _given(scope: Scope, index: int) -> Iterator[Value]:
    """Yield what a parameter is: the receiver of a method, its default, or what is passed."""
    owner = scope.owner
    parameter = scope.parameters[index]
    if index == 0 and owner is not None and owner.is_class and scope.kind is ScopeKind.FUNCTION:
        how = method_kind(scope)
        if how in ("instance", "property"):
            made = _made(owner, None, scope.end)
            yield Instance(owner, is_self=True) if isinstance(made, Instance) else made
            return
        if how == "class":
            yield Class(owner)
            return
    yield Parameter(scope, index)
    if parameter.default is not None and scope.site is not None:
        yield from evaluate(parameter.default, scope.site)


def _annotated(annotation: facts.Term, site: Site) -> Iterator[Value]:
    """Yield the workers or instance that an annotation promises."""
    names = _annotation_terms(annotation, site)
    for value in names:
        if isinstance(value, MakerClass):
            yield Workers(value.maker, value.methods, None, None)
        elif isinstance(value, External) and value.name in apis.CONTEXT_CLASSES:
            yield _context(value.name)
        elif isinstance(value, Class):
            yield _made(value.scope, None, site)


def _annotation_terms(annotation: facts.Term, site: Site) -> Iterator[Value]:
    match annotation:
        case facts.Constant(value=str(text)):
            first, *rest = text.replace(" ", "").split("|")[0].split(".")
            if first.isidentifier():
                values = look_up(first, site)
                for name in rest:
                    values = distinct(value for owner in values for value in member(owner, name))
                yield from values
        case facts.Name() | facts.Attribute():
            yield from evaluate(annotation, site)
        case facts.Subscript(value=facts.Name(id="Optional") | facts.Attribute(name="Optional")):
            yield from _annotation_terms(annotation.index, site)
        case facts.Opaque(parts=(left, right)):  # X | None
            yield from _annotation_terms(left, site)
            yield from _annotation_terms(right, site)
        case _:
            return


# --- definitions -------------------------------------------------------------------------------------------


def _decorated(scope: Scope, site: Site) -> Values:
    """Return what a definition binds its name to, after its decorators."""
    return decorated(scope, site, scope.facts.decorators if scope.facts else ())


def decorated(scope: Scope, site: Site, decorators: tuple[facts.Term, ...]) -> Values:
    """Return what the innermost of its decorators, as many as are given, make of a definition."""
    if decorators:
        return evaluate(scope.decorations[len(decorators) - 1], site)
    return (Class(scope),) if scope.is_class else (Function(scope),)


def keeps_name(decorator: Scope) -> bool:
    """Whether a decorator gives something the name of its argument, by `functools.wraps` or `update_wrapper`."""
    return any(
        isinstance(value, Parameter) and value.scope is decorator
        for scope in decorator.walk()
        if not scope.mentions.isdisjoint(_NAMING)
        for step in scope.steps
        if isinstance(step.event, facts.Invoke) and (named := _naming(step.event.call)) is not None
        for value in evaluate(named, step.site)
    )


def keeps_name_outside(decorator: External | Product, plain: Values) -> bool:
    """Whether a decorator from outside the project is known to keep the name of what it decorates."""
    if decorator.name in apis.KEEPS_NAME:
        return True
    module = next((value.scope.module for value in plain if isinstance(value, (Function, Class))), None)
    found = module.project.outside(decorator.name) if module is not None else None
    if isinstance(found, Class) and isinstance(decorator, Product):
        called = member(found, "__call__")
        return all(isinstance(value, Function) and _gives_name(value.scope) for value in called)
    return isinstance(found, Function) and _gives_name(found.scope)


def _gives_name(decorator: Scope, seen: frozenset[Scope] = frozenset()) -> bool:
    """Whether a decorator, or what makes one, gives back what it decorates, or something that takes its name."""
    if any(keeps_name(inner) for inner in decorator.walk() if inner.is_function):
        return True
    seen |= {decorator}
    return all(
        value.scope is decorator
        if isinstance(value, Parameter)
        else isinstance(value, Function) and value.scope not in seen and _gives_name(value.scope, seen)
        for value in returned(decorator)
    )


_NAMING = frozenset({"wraps", ".wraps", "update_wrapper", ".update_wrapper"})


def _naming(call: facts.Call) -> facts.Term | None:
    """Return whose name a call of `wraps` or `update_wrapper` gives to something; None for other calls."""
    function = call.function
    match function.name if isinstance(function, facts.Attribute) else getattr(function, "id", ""):
        case "wraps":
            return slot(call, apis.Slot(("wrapped",), 0))
        case "update_wrapper":
            return slot(call, apis.Slot(("wrapped",), 1))
        case _:
            return None


def captured(scope: Scope) -> dict[str, list[Step]]:
    """Return the names that a definition takes from the functions around it, with their bindings there."""
    inside = list(scope.walk())
    found: dict[str, list[Step]] = {}
    for inner in inside:
        for name in inner.facts.names if inner.facts else ():
            steps = [] if name.id in found else resolve(name.id, inner.end) or []
            if steps and not steps[0].scope.is_module and steps[0].scope not in inside:
                found[name.id] = steps
    return found


def is_renamed(function: Scope) -> bool:
    """Whether the program gives a function another `__qualname__`, by which a worker may find it."""
    return function in function.module.renamed


def renamed(scopes: Iterable[Scope]) -> Iterator[Scope]:
    """Yield the functions to whose `__qualname__` a step of these scopes assigns."""
    for scope in scopes:
        for step in scope.steps if ".__qualname__=" in scope.mentions else ():
            event = step.event
            if not isinstance(event, facts.Store) or not isinstance(event.target, facts.Attribute):
                continue
            if event.target.name == "__qualname__":
                for value in evaluate(event.target.value, step.site):
                    if isinstance(value, Function):
                        yield value.scope


def method_kind(scope: Scope) -> str:
    """Return how a function in a class is bound: instance, class, static, property or other."""
    kinds = {
        "staticmethod": "static",
        "classmethod": "class",
        "property": "property",
        "cached_property": "property",
    }
    decorators = scope.facts.decorators if scope.facts else ()
    for decorator in decorators:
        name = decorator.name if isinstance(decorator, facts.Attribute) else getattr(decorator, "id", "")
        if name in kinds:
            return kinds[name]
    if scope.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return "class"
    return "instance"


def returned(scope: Scope) -> Values:
    """Return what a call of a function gives, in terms of its parameters."""
    if scope.facts is not None and (scope.facts.is_generator or scope.facts.is_async):
        return _UNKNOWN
    return _results(scope, facts.Return)


def yielded(scope: Scope, seen: frozenset[Value] = frozenset()) -> Values:
    """Return what a generator function yields; it can yield from itself, by one of the generators `seen`."""
    return _results(scope, facts.Yield, seen)


def _results(
    scope: Scope, kind: type[facts.Return] | type[facts.Yield], seen: frozenset[Value] = frozenset()
) -> Values:
    found: list[Value] = []
    for step in scope.steps:
        event = step.event
        if isinstance(event, kind) and event.term is not None:
            values = evaluate(event.term, step.site)
            found.extend(elements(values, seen) if isinstance(event, facts.Yield) and event.delegated else values)
    return distinct(found) or (Literal(None),)


# --- attributes and items ----------------------------------------------------------------------------------


def _attribute(term: facts.Attribute, site: Site) -> Iterator[Value]:
    if term.name == "__traceback__":
        yield External("types.TracebackType()")
        return
    owners = evaluate(term.value, site)
    # None has no such attribute: another value is meant
    for owner in [owner for owner in owners if not isinstance(owner, Literal)] or owners:
        yield from member(owner, term.name)


def member(owner: Value, name: str) -> Values:
    """Return what an attribute of a value can be."""
    match owner:
        case External(name=dotted):
            return tuple(_external(f"{dotted}.{name}"))
        case Row(columns=columns, names=names) if name in names:
            return columns[names.index(name)]
        case Product(name=dotted) if dotted in apis.LOADERS:
            return (Loaded(owner, name),)
        case Loaded(origin=origin):
            return (Loaded(origin, f"{owner.name}.{name}"),)
        case Product(name="pathlib.Path") if name == "parent":
            return (owner,)
        case Product(name=dotted):
            return (External(f"{dotted}().{name}"),)
        case Parameter():
            return _inside_parameter(owner, name)
        case Workers(maker=apis.MANAGER | apis.BARE_MANAGER, cls=None) if name not in owner.maker.starters:
            return (External(f"multiprocessing.Manager().{name}"),)
        case ProjectModule():
            return _member_of_module(owner, name)
        case Context(methods=methods):
            if name in apis.CONTEXT_MEMBERS:
                return (MakerClass(apis.CONTEXT_MEMBERS[name], methods),)
            return (ContextMember(methods, name),)
        case Instance(cls=cls):
            return distinct(_instance_member(owner, cls, name)) or _UNKNOWN
        case Workers(maker=maker) if name in maker.methods:
            return (WorkersMethod(owner, name),)
        case Workers(cls=Scope() as cls):
            return distinct(_instance_member(Instance(cls), cls, name)) or _UNKNOWN
        case Class(scope=cls):
            return distinct(_member_of_class(owner, cls, name)) or _UNKNOWN
        case Inherited(cls=cls):
            for base in lineage(cls)[1:]:
                if name in base.bindings:
                    return distinct(_class_member(Instance(cls, is_self=True), base, name))
            return _UNKNOWN
        case MadeClass(has_members=True):
            return (MadeInstance(owner),)
        case MadeInstance() if (row := as_row(owner)) is not None:
            return member(row, name)
        case Function(call=facts.Call()) if name == "__wrapped__":
            return _wrapped(owner)
        case Function() if name == "__call__":
            return (owner,)
        case _:
            return _UNKNOWN


def _wrapped(function: Function) -> Values:
    """Return what a decorator that keeps the name made a function of."""
    if function.call is None or function.site is None or not function.call.arguments:
        return _UNKNOWN
    inner = evaluate(function.call.arguments[0].value, function.site)
    return tuple(value for value in inner if isinstance(value, Function) and value.scope is function.scope) or _UNKNOWN


def _inside_parameter(owner: Parameter, step: str) -> Values:
    return (replace(owner, path=(*owner.path, step)),) if len(owner.path) < _LONGEST_PATH else _UNKNOWN


_LONGEST_PATH = 4


def follow(values: Values, path: tuple[str, ...]) -> Values:
    """Return what the path of a parameter leads to in what is passed for it."""
    for step in path:
        if step == "[]":
            values = elements(values)
        elif step[0] == "[":
            values = distinct(_item(values, (Literal(int(step[1:-1])),)))
        else:
            values = distinct(found for value in values for found in member(value, step))
    return values


def _instance_member(owner: Instance, cls: Scope, name: str) -> Iterator[Value]:
    heirs = cls.module.heirs(cls) if owner.is_self else []
    yield from _set_from_outside(owner, name)
    field = _field(owner, name)
    if field is not None:
        yield from field
        return
    for base in [*lineage(cls), *heirs]:
        for step, source in stores(base).get(name, ()):
            yield from sourced(source, step.site)
            yield from _put_into_attribute(base, name)
    yield from _class_member(owner, cls, name)
    for heir in heirs:
        if name in heir.bindings:
            yield from _class_member(owner, heir, name)


def _set_from_outside(owner: Instance, name: str) -> Iterator[Value]:
    """Yield what code beside the methods of a class assigns to an attribute of it or of its instances."""
    for step, target, source in owner.cls.module.set_attributes.get(name, ()):
        if any(_may_be(value, owner) for value in evaluate(target, step.site)):
            yield from sourced(source, step.site)


def _may_be(one: Value, other: Instance) -> bool:
    """Whether a value can be an instance, or is a class of it."""
    if isinstance(one, Class):
        return one.scope in lineage(other.cls)
    if not isinstance(one, Instance) or one.is_self:
        return False
    is_kin = one.cls in lineage(other.cls) or (other.is_self and other.cls in lineage(one.cls))
    return is_kin and (one.call is other.call or one.call is None or other.call is None)


def fields(cls: Scope) -> tuple[facts.Parameter, ...]:
    """Return the fields of a dataclass or the like, which its calls are given, as parameters; none of another class."""
    own = [scope for scope in reversed(lineage(cls)) if _has_fields(scope)]
    if not own or any("__init__" in scope.bindings for scope in own):
        return ()
    found: dict[str, facts.Parameter] = {}
    for step in (step for scope in own for step in scope.steps):
        event = step.event
        if isinstance(event, facts.Bind) and event.annotation is not None and not _is_class_variable(event.annotation):
            default = event.source.term if isinstance(event.source, facts.Assigned) else None
            found[event.name] = facts.Parameter(event.name, event.at, default and Known(default.at, bound(step)))
    return tuple(found.values())


def _has_fields(cls: Scope) -> bool:
    if cls.facts is None or cls.site is None:
        return False
    if any(isinstance(value, External) and value.name in apis.RECORDS for value in bases(cls)):
        return True
    functions = [each.function if isinstance(each, facts.Call) else each for each in cls.facts.decorators]
    makers = [value for function in functions for value in evaluate(function, cls.site)]
    return any(isinstance(value, External) and value.name in apis.FIELD_DECORATORS for value in makers)


def _is_class_variable(annotation: facts.Term) -> bool:
    term = annotation.value if isinstance(annotation, facts.Subscript) else annotation
    return "ClassVar" in (getattr(term, "id", ""), getattr(term, "name", ""))


def _field(owner: Instance, name: str) -> Values | None:
    """Return what a field of an instance is, None if its class has no such field."""
    names = [field.name for field in owner.cls.parameters]
    if name not in names:
        return None
    field = Parameter(owner.cls, names.index(name))
    default = owner.cls.parameters[field.index].default
    found: Values = (field,)
    if owner.call is not None and owner.site is not None:
        terms = passed_terms(owner.call, field, owner.site, 0)
        found = distinct(value for term in terms for value in evaluate(term, owner.site))
        if found:
            return found
    return distinct((*found, *(evaluate(default, owner.cls.end) if default is not None else ())))


def _put_into_attribute(cls: Scope, name: str) -> Iterator[Value]:
    """Yield what the methods of a class put into the container that an attribute of theirs is."""
    yield from _put(
        (step, term)
        for step, owner, term in cls.module.put.get(f".{name}", ())
        if isinstance(owner, facts.Attribute)
        and isinstance(owner.value, facts.Name)
        and any(
            isinstance(value, Instance) and value.cls in (cls, *lineage(cls))
            for value in evaluate(owner.value, step.site)
        )
    )


def _member_of_class(owner: Class, cls: Scope, name: str) -> Iterator[Value]:
    for base in lineage(cls):
        for step, source in stores(base).get(name, ()):
            method = step.scope
            while method.parent is not base and method.parent is not None:
                method = method.parent
            if method_kind(method) == "class":
                yield from sourced(source, step.site)
    yield from _class_member(owner, cls, name)


def _class_member(owner: Instance | Class, cls: Scope, name: str) -> Iterator[Value]:
    for base in lineage(cls):
        if name not in base.bindings:
            continue
        is_enum = any(isinstance(value, External) and value.name in apis.ENUMS for value in bases(base))
        for step in base.reaching(name, base.end):
            if is_enum and isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Assigned):
                yield Instance(base)
                continue
            event = step.event
            defined = event.source if isinstance(event, facts.Bind) else None
            kind = method_kind(base.children[id(defined.scope)]) if isinstance(defined, facts.Defined) else None
            for value in bound(step):
                yield from _bind_method(owner, value, kind)
        return


def _bind_method(owner: Instance | Class, value: Value, kind: str | None) -> Iterator[Value]:
    """Yield what a value in a class is as an attribute; `kind` is that of the decorated definition, if it is one."""
    if not isinstance(value, Function):
        yield value
        return
    kind = kind or method_kind(value.scope)
    if kind == "property":
        yield from returned(value.scope)
    elif kind == "class" and isinstance(owner, Instance):
        yield Method(value, Class(owner.cls))
    elif kind == "static" or (isinstance(owner, Class) and kind == "instance"):
        yield value
    else:
        yield Method(value, owner)


def lineage(cls: Scope) -> list[Scope]:
    """Return a class and those of its bases that are the project's, nearest first."""
    found = cls.module.memory.answer(cls, lambda: map(Class, _lineage(cls)))
    return [value.scope for value in found if isinstance(value, Class)] or [cls]


def _lineage(cls: Scope) -> list[Scope]:
    found: list[Scope] = []
    pending = [cls]
    while pending and len(found) < _MOST:
        scope = pending.pop(0)
        if scope in found:
            continue
        found.append(scope)
        pending.extend(value.scope for value in bases(scope) if isinstance(value, Class))
    return found


def bases(cls: Scope) -> Values:
    """Return what the bases of a class are."""
    if cls.facts is None or cls.site is None:
        return ()
    site = cls.site
    return distinct(
        value
        for base in cls.facts.bases
        if base.keyword is None
        for value in (evaluate(base.value, site) if not base.stars else _UNKNOWN)
    )


def stores(cls: Scope) -> dict[str, list[tuple[Step, facts.Source]]]:
    """Return what the methods of a class assign to attributes of their first parameter, by attribute."""
    known = cls.module.stores.get(cls)
    if known is not None:
        return known
    found: dict[str, list[tuple[Step, facts.Source]]] = {}
    for method in cls.children.values():
        if not method.is_function or not method.parameters:
            continue
        receiver = method.parameters[0].name
        for scope in method.walk():
            for step in scope.steps:
                event = step.event
                if (
                    isinstance(event, facts.Store)
                    and isinstance(event.target, facts.Attribute)
                    and isinstance(event.target.value, facts.Name)
                    and event.target.value.id == receiver
                ):
                    found.setdefault(event.target.name, []).append((step, event.source))
    cls.module.stores[cls] = found
    return found


def _item(owners: Values, indices: Values) -> Iterator[Value]:
    """Yield what an item can be. A key that a dict lacks means another dict, if there is one."""
    found = [value for owner in owners for index in indices for value in _item_of(owner, index)]
    yield from found or _UNKNOWN


def _item_of(owner: Value, index: Value) -> Iterator[Value]:
    match owner:
        case Row(columns=columns):
            number = index.value if isinstance(index, Literal) else None
            is_inside = isinstance(number, int) and -len(columns) <= number < len(columns)
            yield from columns[number] if isinstance(number, int) and is_inside else _UNKNOWN
        case MadeInstance() if (row := as_row(owner)) is not None:
            yield from _item_of(row, index)
        case Many(elements=values):
            yield from values
        case Items(kind="dict"):
            yield from _item_of_dict(owner, index)
        case Items(items=items, site=site):
            term = _chosen(owner, index)
            for item in items if term is None else (term,):
                yield from evaluate(item, site)
        case Parameter(scope=scope, index=number, item=None) if isinstance(index, Literal):
            stars, key = scope.parameters[number].stars, index.value
            is_key = isinstance(key, int) if stars == 1 else isinstance(key, str)
            if stars and is_key and isinstance(key, int | str) and not owner.path:
                yield replace(owner, item=key)
            else:
                yield from _inside_parameter(owner, f"[{key}]" if type(key) is int else "[]")
        case Product(name=name) if (
            name in apis.NAMESPACES and isinstance(index, Literal) and isinstance(index.value, str)
        ):
            yield Loaded(owner, index.value)
        case Parameter():
            yield from _inside_parameter(owner, "[]")
        case Product(name="builtins.globals", site=site) if isinstance(index, Literal) and isinstance(index.value, str):
            yield from look_up(index.value, site.scope.module.scope.end)
        case Product():
            yield _item_of_product(owner)
        case _:
            yield ANYTHING


def _item_of_dict(owner: Items, index: Value, seen: frozenset[facts.Term] = frozenset()) -> Iterator[Value]:
    """Yield what a dict display has under a key, in the order of the text; the last of equal keys counts.

    What `**` puts into it can hold it again: `options = {**options}` in a loop. None of these is `seen` twice.
    """
    found: list[Values] = []
    for key, item in zip(reversed(owner.keys), reversed(owner.items), strict=False):
        if key is None:  # `**item`
            whole = evaluate(item, owner.site) if item not in seen else ()
            inner = (value for held in whole for value in _item_of_whole(held, index, seen | {item}))
            found.append(tuple(inner))
        elif not isinstance(key, facts.Constant) or not isinstance(index, Literal):
            found.append(evaluate(item, owner.site))
        elif key.value == index.value:
            found.append(evaluate(item, owner.site))
            break
    for values in reversed(found):
        yield from values


def values_of_dict(owner: Items, seen: frozenset[Value] = frozenset()) -> Values:
    """Return the values in a dict, with those of what `**` puts into it as far as they are known."""
    found: list[Value] = []
    for key, item in zip(owner.keys, owner.items, strict=False):
        inner = evaluate(item, owner.site)
        if key is not None:
            found.extend(inner)
            continue
        for whole in inner:
            if isinstance(whole, Items) and whole.kind == "dict" and whole not in seen:
                found.extend(values_of_dict(whole, seen | {owner}))
    return distinct(found)


def _item_of_whole(held: Value, index: Value, seen: frozenset[facts.Term]) -> Iterator[Value]:
    if isinstance(held, Items) and held.kind == "dict":
        yield from _item_of_dict(held, index, seen)
    else:
        yield from held.elements if isinstance(held, Many) else _UNKNOWN


def _chosen(owner: Items, index: Value) -> facts.Term | None:
    if not isinstance(index, Literal) or not isinstance(index.value, int):
        return None
    if -len(owner.items) <= index.value < len(owner.items):
        if any(isinstance(item, facts.Starred) for item in owner.items):
            return None
        return owner.items[index.value]
    return None


def _combined(operator: str, left: Values, right: Values) -> Iterator[Value]:
    """Yield what combines containers: `+`, `|` or a repetition by `*`."""
    containers = [value for value in (*left, *right) if isinstance(value, (Items, Many, Row))]
    if not containers or not operator:
        yield ANYTHING
    elif operator == "|":
        yield from containers
    elif operator == "+" and (whole := _concatenated(left, right)) is not None:
        yield Row(whole)
    else:
        yield Many(elements(tuple(containers)))


def _concatenated(left: Values, right: Values) -> tuple[Values, ...] | None:
    if len(left) != 1 or len(right) != 1:
        return None
    one, two = columns(left[0]), columns(right[0])
    return None if one is None or two is None else (*one, *two)


def columns(value: Value) -> tuple[Values, ...] | None:
    """Return the items of a tuple or list of known length, None if it is none."""
    match value:
        case Row(columns=known):
            return known
        case MadeInstance() if (row := as_row(value)) is not None:
            return row.columns
        case Items(kind="tuple" | "list", items=items, site=site) if site.scope.kind is not ScopeKind.COMPREHENSION:
            is_known = not any(isinstance(item, facts.Starred) for item in items)
            return tuple(evaluate(item, site) for item in items) if is_known else None
        case _:
            return None


def elements(values: Values, seen: frozenset[Value] = frozenset()) -> Values:
    """Return what iterating over values gives."""
    found: list[Value] = []
    for value in values:
        if value in seen:
            continue  # a list that takes itself in: `items = [*items, item]`
        if isinstance(value, Items):
            terms = [key for key in value.keys if key is not None] if value.kind == "dict" else value.items
            for term in terms:
                inner = evaluate(term, value.site)
                found.extend(elements(inner, seen | {value}) if isinstance(term, facts.Starred) else inner)
        elif isinstance(value, Many):
            found.extend(value.elements)
        elif isinstance(value, Row):
            found.extend(inner for column in value.columns for inner in column)
        elif isinstance(value, Product):
            item = _item_of_product(value)
            found.extend(_iterated(value, seen | {value}) if item == ANYTHING else (item,))
        elif isinstance(value, Parameter):
            is_starred = value.item is None and not value.path and value.scope.parameters[value.index].stars
            found.extend((value,) if is_starred else _inside_parameter(value, "[]"))
        elif isinstance(value, Generator):
            results = yielded(value.scope, seen | {value})
            found.extend(_substituted(results, value.scope, value.call, value.site, value.offset))
        elif isinstance(value, MadeInstance) and (row := as_row(value)) is not None:
            found.extend(inner for column in row.columns for inner in column)
        elif isinstance(value, MadeClass) and value.has_members:
            found.append(MadeInstance(value))
        else:
            found.append(ANYTHING)
    return distinct(found) or _UNKNOWN


def _item_of_product(value: Product) -> Value:
    """Return what is in what a call gave, if anything is known of that."""
    name = f"{value.name}()[]"
    return replace(value, name=name) if name in objects.PRODUCTS or name == apis.ENDS else ANYTHING


def _iterated(product: Product, seen: frozenset[Value]) -> Values:
    """Return what iterating over the result of a builtin or of `itertools` gives; it is one of those `seen`."""
    site = product.site
    passed = [evaluate(each.value, site) for each in product.call.arguments if not each.keyword and not each.stars]
    if not passed:
        return _UNKNOWN
    match product.name:
        case "itertools.repeat":
            return passed[0]
        case "itertools.cycle" | "itertools.islice" | "builtins.sorted":
            return elements(passed[0], seen)
        case "itertools.chain":
            return distinct(value for values in passed for value in elements(values, seen))
        case "itertools.chain.from_iterable":
            return elements(elements(passed[0], seen), seen)
        case "itertools.product" | "itertools.zip_longest":
            return (Row(tuple(elements(values, seen) for values in passed)),)
        case "builtins.filter" | "itertools.filterfalse" | "itertools.takewhile" | "itertools.dropwhile":
            return elements(passed[1], seen) if len(passed) > 1 else _UNKNOWN
        case "builtins.map" | "itertools.starmap":
            return distinct(made for function in passed[0] for made in _made_of_items(function))
        case _:
            return _UNKNOWN


def _made_of_items(function: Value) -> Iterator[Value]:
    """Yield what a function or class makes of items that are not known."""
    match function:
        case Class(scope=scope):
            yield _made(scope, None, scope.end)
        case Function(scope=scope):
            yield from (ANYTHING if isinstance(value, (Parameter, Partial)) else value for value in returned(scope))
        case _:
            yield ANYTHING


def awaited(values: Values) -> Values:
    """Return what awaiting values gives."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, Coroutine):
            results = _results(value.scope, facts.Return)
            found.extend(_substituted(results, value.scope, value.call, value.site, value.offset))
        else:
            found.append(ANYTHING)
    return distinct(found)


def _unpacked(values: Values, path: tuple[int, ...]) -> Values:
    for index in path:
        values = distinct(_item(values, (Literal(index),)))
    return values


# --- calls -------------------------------------------------------------------------------------------------


def entered(values: Values) -> Values:
    """Return what `with` gives its target for a context manager."""
    found: list[Value] = []
    for value in values:
        match value:
            case Instance(cls=cls):
                enter = next(iter(_class_member(value, cls, "__enter__")), None)
                results = returned(enter.function.scope) if isinstance(enter, Method) else _UNKNOWN
                found.extend(value if isinstance(each, Instance) and each.is_self else each for each in results)
            case _:
                found.append(value)
    return distinct(found)


def _call(term: facts.Call, site: Site) -> Iterator[Value]:
    if isinstance(term.function, facts.Attribute):
        special = _call_of_method(term, term.function, site)
        if special is not None:
            yield from special
            return
    found = evaluate(term.function, site)
    # what a default or another branch makes is meant, whatever else may be passed
    known = [value for value in found if not isinstance(value, (Parameter, Literal))]
    for callee in known or found:
        yield from _called(callee, term, site)


def _call_of_method(term: facts.Call, function: facts.Attribute, site: Site) -> Values | None:
    """Return the result of methods that are known by their name on anything that has them."""
    match function.name:
        case "enter_context" | "enter_async_context" | "push" if term.arguments:
            return entered(evaluate(term.arguments[0].value, site))
        case "values" | "items" | "keys" | "copy" | "get" | "pop":
            found: list[Value] = []
            for owner in evaluate(function.value, site):
                if isinstance(owner, Parameter) and function.name in ("get", "pop") and term.arguments:
                    found.extend(_item_of_any(owner, term, site))
                    continue
                if isinstance(owner, Many) and function.name in ("keys", "items"):
                    found.append(Items("view", (), site))
                    continue
                if isinstance(owner, Many) and function.name in ("get", "pop", "values"):
                    found.extend((owner,) if function.name == "values" else owner.elements)
                    continue
                if not isinstance(owner, Items) or owner.kind != "dict":
                    return None
                found.extend(_dict_method(function.name, owner, term, site))
            return distinct(found) if found else None
        case _:
            return None


def _item_of_any(owner: Value, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what `owner.get(key, default)` gives."""
    yield from _item((owner,), evaluate(term.arguments[0].value, site))
    for default in term.arguments[1:]:
        yield from evaluate(default.value, site)


def _dict_method(
    name: str, owner: Items, term: facts.Call, site: Site, seen: frozenset[facts.Term] = frozenset()
) -> Iterator[Value]:
    if name in ("values", "keys", "items"):
        pairs = [(key, item) for key, item in zip(owner.keys, owner.items, strict=False) if key is not None]
        viewed: dict[str, tuple[facts.Term, ...]] = {
            "values": tuple(item for _, item in pairs),
            "keys": tuple(key for key, _ in pairs),
            "items": tuple(facts.Display(item.at, "tuple", pair) for pair in pairs for item in pair[1:]),
        }
        yield Items("view", viewed[name], owner.site)
        for key, item in zip(owner.keys, owner.items, strict=False):
            for inner in evaluate(item, owner.site) if key is None and item not in seen else ():
                if isinstance(inner, Items):
                    yield from _dict_method(name, inner, term, site, seen | {item})
                else:
                    yield ANYTHING
    elif name == "copy":
        yield owner
    elif term.arguments:
        yield from _item_of_any(owner, term, site)


def _called(callee: Value, term: facts.Call, site: Site) -> Iterator[Value]:
    match callee:
        case MakerClass(maker=maker, methods=methods):
            is_made = maker.count is None or _asks_for_workers(maker.count, term, site)
            yield Workers(maker, context_of(maker, term, site, methods), term, site) if is_made else ANYTHING
        case ContextMember(name="get_context") | External(name="multiprocessing.get_context"):
            yield Context(chosen_methods(term, site))
        case External(name=name) if name in apis.CONTEXT_CLASSES:
            yield _context(name)
        case External(name="functools.partial" | "functools.partialmethod") if term.arguments:
            for function in evaluate(term.arguments[0].value, site):
                yield Partial(function, term, site)
        case External(name=name) if name in apis.PASSES_THROUGH and term.arguments:
            yield from evaluate(term.arguments[-1].value, site)
        case External(name=name) if name in apis.NAMES:
            yield from _with_name(callee, term, site)
        case Partial(function=External(name="functools.wraps"), call=naming, site=where):
            yield from _named(_wrapped_by(naming, where), term, site)
        case MadeClass():
            yield MadeInstance(callee, term, site)
        case External(name=name) if name in _BUILDERS:
            yield from _built(name, term, site)
        case External(name="dataclasses.field" | "attrs.field" | "attr.field" | "attr.ib"):
            yield from _field_default(term, site)
        case ContextMember(methods=methods, name=name) if f"multiprocessing.{name}" in apis.CHANNELS:
            yield Channel(methods, term, site)
        case External(name=name) if name in apis.CHANNELS:
            yield Channel(None, term, site)
        case Class(scope=scope):
            yield _made(scope, term, site)
        case Function(scope=scope):
            yield from _made_by(scope, _result(scope, term, site, offset=0), term, site)
        case Method(function=Function(scope=scope)):
            yield from _made_by(scope, _result(scope, term, site, offset=1), term, site)
        case Instance(cls=cls):
            called = next(iter(_class_member(callee, cls, "__call__")), None)
            yield from _called(called, term, site) if isinstance(called, Method) else _UNKNOWN
        case Loaded(name=name, is_instance=False) if name.rpartition(".")[2][:1].isupper():
            yield replace(callee, is_instance=True)
        case External() | Product() if term.arguments and term.at == term.function.at:  # it decorates
            plain = evaluate(term.arguments[0].value, site)
            yield from plain if keeps_name_outside(callee, plain) else _UNKNOWN
        case External(name=name):
            yield Product(objects.RETURNS.get(name, name), term, site)
        case WorkersMethod(workers=workers, name=name):
            yield Product(f"{workers.maker.name}().{name}", term, site, workers.methods)
        case ContextMember(methods=methods, name=name):
            yield Product(f"multiprocessing.{name}", term, site, methods)
        case _:
            yield ANYTHING


def _asks_for_workers(count: apis.Slot, term: facts.Call, site: Site) -> bool:
    """Whether a call surely asks for worker processes."""
    passed = slot(unstarred(term, site), count)
    values = evaluate(passed, site) if passed is not None else ()
    literals = [value.value for value in values if isinstance(value, Literal)]
    return bool(literals) and all(isinstance(number, int) and number > 0 for number in literals)


_BUILDERS = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "iter", "reversed", "set", "getattr", "super", "enumerate", "zip", "dict")
)


def _built(name: str, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what builtins give that make containers and iterators, or find attributes."""
    match name:
        case "builtins.list" | "builtins.tuple" | "builtins.iter" | "builtins.reversed" | "builtins.set":
            for value in evaluate(term.arguments[0].value, site) if term.arguments else ():
                yield _as_list(value)
        case "builtins.getattr" if len(term.arguments) > 1:
            yield from _attribute_by_name(term, site)
        case "builtins.super" if not term.arguments:
            method = site.scope if site.scope.is_function else site.scope.function
            if method is not None and method.owner is not None and method.owner.is_class:
                yield Inherited(method.owner)
        case "builtins.enumerate" if term.arguments:
            values = evaluate(term.arguments[0].value, site)
            yield Many((Row((_UNKNOWN, elements(values))),), _iterators(values))
        case "builtins.zip":
            zipped = [evaluate(passed.value, site) for passed in term.arguments]
            yield Many(
                (Row(tuple(map(elements, zipped))),), distinct(each for one in zipped for each in _iterators(one))
            )
        case "builtins.dict":
            named = [argument for argument in term.arguments if argument.keyword]
            whole = [argument for argument in term.arguments if not argument.keyword]
            keys = (*(None for _ in whole), *(facts.Constant(each.value.at, each.keyword) for each in named))
            yield Items("dict", tuple(argument.value for argument in (*whole, *named)), site, keys)
        case _:
            yield ANYTHING


def _iterators(values: Values) -> Values:
    """Return the iterators among values that themselves go into what iterates over them."""
    return tuple(
        each
        for value in values
        for each in (value.sources if isinstance(value, Many) else (value,))
        if isinstance(each, Generator) or (isinstance(each, Items) and each.kind == "generator")
    )


def _with_name(callee: External, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what is made by a call of something outside the project that says by which name its result is found."""
    if callee.name == "functools.wraps":
        yield Partial(callee, term, site)
    elif callee.name == "functools.update_wrapper":
        yield from _named(_wrapped_by(term, site), term, site)
    elif callee.name in apis.MADE_CLASSES:
        yield _made_class(callee.name, term, site)
    else:
        yield from _kept(callee.name, term, site)


def _wrapped_by(call: facts.Call, site: Site) -> Values:
    """Return whose name a call of `wraps` or `update_wrapper` gives to something."""
    named = _naming(call)
    return evaluate(named, site) if named is not None else _UNKNOWN


def _kept(name: str, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what one of the decorators that keep names makes of its argument; itself, if it is given no function."""
    given = slot(term, apis.Slot((), 0))
    for value in evaluate(given, site) if given is not None else (Literal(None),):
        if isinstance(value, Literal):
            yield External(name)  # `@lru_cache(maxsize=…)`
        elif name in apis.GIVES_ANOTHER:
            yield from _named((value,), term, site)
        else:
            yield value


def _named(values: Values, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield a new object that bears the name of a function, one for each that it can be."""
    for value in values:
        match value:
            case Function():
                yield replace(value, call=term, site=site)
            case Parameter():
                yield Namesake(value)
            case Namesake():
                yield value
            case Literal():
                continue  # the default of a parameter that is given
            case _:
                yield ANYTHING


def _made_by(scope: Scope, values: Iterable[Value], term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield the values that a call of a function gives, with the call at what is defined in the function.

    All that a decorator makes bears the name of what it decorates, if anything does.
    """
    for value in values:
        if not isinstance(value, Function) or not _is_inside(value.scope, scope):
            yield value
            continue
        given = slot(term, apis.Slot((), 0))
        passed = tuple(each for each in evaluate(given, site) if not isinstance(each, Literal)) if given else ()
        if passed and keeps_name(scope):
            yield from _named(passed, term, site)
        else:
            yield replace(value, call=term, site=site)


def _is_inside(scope: Scope, outer: Scope) -> bool:
    around = scope.parent
    while around is not None and around is not outer:
        around = around.parent
    return around is outer


def _made_class(name: str, term: facts.Call, site: Site) -> Value:
    """Return the class that a call makes and names by its first argument."""
    is_placed = any(passed.stars or passed.keyword in ("module", "qualname") for passed in term.arguments)
    if is_placed or len(term.arguments) < apis.MADE_CLASSES[name]:
        return ANYTHING
    match evaluate(term.arguments[0].value, site):
        case (Literal(value=str(typename)),):
            return MadeClass(typename, term, site, has_members=name in apis.ENUMS)
        case _:
            return ANYTHING


def _as_list(value: Value) -> Value:
    """Return a list of what iterating over a value gives."""
    match value:
        case Items(kind="dict", keys=keys, site=site):
            return Items("list", tuple(key for key in keys if key is not None), site)
        case Items(items=items, site=site):
            return Items("list", items, site)
        case Many(elements=inner):
            return Many(inner)
        case _:
            inner = elements((value,))
            return Many(inner)


def _result(scope: Scope, term: facts.Call, site: Site, offset: int) -> Iterator[Value]:
    """Yield what a call of a function of the project gives."""
    if scope.facts is not None and scope.facts.is_generator and not scope.facts.is_async:
        decorators = [value for each in scope.facts.decorators if scope.site for value in evaluate(each, scope.site)]
        if External("contextlib.contextmanager") not in decorators:
            yield Generator(scope, term, site, offset)
            return
        results = yielded(scope)
    elif scope.facts is not None and scope.facts.is_async and not scope.facts.is_generator:
        yield Coroutine(scope, term, site, offset)
        return
    else:
        results = _returned_to(scope, term, site, offset)
    yield from _substituted(results, scope, term, site, offset)


def _returned_to(scope: Scope, term: facts.Call, site: Site, offset: int) -> Values:
    """Return what those `return` statements of a function give that a call can reach."""
    from spawnsafe.model.order import CallSite, passes  # noqa: PLC0415 - which asks here what is passed

    call = CallSite(term, site, offset)
    found = [
        value
        for step in scope.steps
        if isinstance(step.event, facts.Return) and step.event.term is not None and passes(step.site, call)
        for value in evaluate(step.event.term, step.site)
    ]
    return distinct(found) or returned(scope)


def as_row(instance: MadeInstance) -> Row | None:
    """Return an instance of a `namedtuple` as the row that it is, if its fields are known."""
    if instance.call is None or instance.site is None or instance.cls.has_members:
        return None
    made = next(_record(instance.cls, instance.call, instance.site), None)
    return made if isinstance(made, Row) else None


def _record(made_by: MadeClass, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a call of a `namedtuple` gives, if its fields are known."""
    names: list[str] = []
    for listed in evaluate(made_by.call.arguments[1].value, made_by.site) if len(made_by.call.arguments) > 1 else ():
        if isinstance(listed, Literal) and isinstance(listed.value, str):
            names += listed.value.replace(",", " ").split()
            continue
        for item in elements((listed,)):
            first = next(iter((columns(item) or ((item,),))[0]), item)
            names.append(str(first.value) if isinstance(first, Literal) else "")
    call = unstarred(term, site)
    if not names or "" in names:
        yield ANYTHING
        return
    found = [_passed_for(call, (name,), number) for number, name in enumerate(names)]
    yield Row(tuple(evaluate(each, site) if each is not None else _UNKNOWN for each in found), tuple(names))


def _field_default(term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a field is by default that `dataclasses.field` or the like describes."""
    for passed in term.arguments:
        if passed.keyword == "default":
            yield from evaluate(passed.value, site)
        elif passed.keyword in ("default_factory", "factory"):
            for factory in evaluate(passed.value, site):
                yield from _called(factory, facts.Call(passed.value.at, passed.value, ()), site)


def _attribute_by_name(term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what `getattr` gives."""
    owners = evaluate(term.arguments[0].value, site)
    for name in evaluate(term.arguments[1].value, site):
        if isinstance(name, Literal) and isinstance(name.value, str):
            yield from (value for owner in owners for value in member(owner, name.value))
        else:
            yield ANYTHING
    for default in term.arguments[2:]:
        yield from evaluate(default.value, site)


def _made(cls: Scope, term: facts.Call | None, site: Site) -> Value:
    """Return an instance of a class; of a subclass of a maker, workers."""
    for base in lineage(cls):
        for value in bases(base):
            if isinstance(value, MakerClass):
                return Workers(value.maker, value.methods, term, site if term else None, cls)
    return Instance(cls, call=term, site=site if term else None)


def _substituted(values: Values, scope: Scope, term: facts.Call, site: Site, offset: int) -> Iterator[Value]:
    """Yield the result of a call, with what it passes in the place of parameters."""
    for value in values:
        match value:
            case Parameter(scope=owner, index=index) if owner is scope:
                terms = passed_terms(term, value, site, offset)
                for each in terms:
                    yield from follow(evaluate(each, site), value.path)
                if not terms and scope.parameters[index].default is None:
                    yield ANYTHING
            case Namesake(of=Parameter(scope=owner) as function) if owner is scope:
                for each in passed_terms(term, function, site, offset):
                    yield from _named(evaluate(each, site), term, site)
            case Partial(function=Parameter(scope=owner) as function) if owner is scope:
                for each in passed_terms(term, function, site, offset):
                    for inner in follow(evaluate(each, site), function.path):
                        yield replace(value, function=inner)
            case _:
                yield value


def passed_terms(term: facts.Call, parameter: Parameter, site: Site, offset: int) -> list[facts.Term]:
    """Return what a call passes for a parameter; of one with stars, for the item that is meant, or for any."""
    call, own = unstarred(term, site), parameter.scope.parameters[parameter.index]
    if not own.stars:
        found = argument(call, parameter.scope, parameter.index, offset)
        return [found] if found is not None else []
    if own.stars == 1:
        positional = [each for each in call.arguments if each.keyword is None and each.stars < 2]  # noqa: PLR2004
        first = parameter.index - offset
        rest = positional[first:] if not any(each.stars for each in positional[:first]) else []
        chosen = rest if parameter.item is None else rest[int(parameter.item) : int(parameter.item) + 1]
        return [each.value for each in chosen]
    names = {each.name for each in parameter.scope.parameters if not each.stars}
    if parameter.item is not None:
        found = _by_name(call, (str(parameter.item),))
        return [found] if found is not None else []
    return [each.value for each in call.arguments if (each.keyword and each.keyword not in names) or each.stars > 1]


def unstarred(term: facts.Call, site: Site) -> facts.Call:
    """Return a call with what is known of its arguments with stars in the place of these."""
    if not any(each.stars for each in term.arguments):
        return term
    found = [inner for each in term.arguments for inner in _unstarred(each, site)]
    return facts.Call(term.at, term.function, tuple(found))


def _unstarred(argument: facts.Argument, site: Site) -> Iterator[facts.Argument]:
    values = evaluate(argument.value, site) if argument.stars else ()
    at = argument.value.at
    if argument.stars == 1 and (known := _passed_by_star(values)) is not None:
        is_here = isinstance(argument.value, facts.Display)
        terms = argument.value.items if isinstance(argument.value, facts.Display) else ()
        for number, inner in enumerate(known):
            yield facts.Argument(terms[number] if is_here else Known(at, inner))
    elif argument.stars > 1:
        yield from _passed_by_stars(argument, site)
    else:
        yield argument


def _passed_by_star(found: Values) -> tuple[Values, ...] | None:
    """Return what each position gets of `*value`, None if that is not known."""
    rows = [_rest(value) if isinstance(value, Parameter) else columns(value) for value in found]
    known = [row for row in rows if row is not None]
    if not known or len(known) < len(rows):
        return None
    return tuple(
        distinct(value for row in known for values in row[number : number + 1] for value in values)
        for number in range(max(map(len, known)))
    )


def _rest(parameter: Parameter) -> tuple[Values, ...] | None:
    """Return the items of a parameter with one star."""
    is_rest = parameter.scope.parameters[parameter.index].stars == 1 and parameter.item is None
    return tuple((replace(parameter, item=number),) for number in range(_POSITIONS)) if is_rest else None


_POSITIONS = 6
"""So many items of `*args` are told apart."""


def _passed_by_stars(
    argument: facts.Argument, site: Site, seen: frozenset[facts.Term] = frozenset()
) -> Iterator[facts.Argument]:
    """Yield the keyword arguments that `**value` is; the value as it is where its keys are not known."""
    whole, found = [], dict[str, list[facts.Term]]()
    for value in evaluate(argument.value, site):
        if not isinstance(value, Items) or value.kind != "dict":
            whole.append(value)
            continue
        for key, item in zip(value.keys, value.items, strict=False):
            if isinstance(key, facts.Constant) and isinstance(key.value, str):
                is_here = isinstance(argument.value, facts.Display) and item in argument.value.items
                known = item if is_here else Known(argument.value.at, evaluate(item, value.site))
                found.setdefault(key.value, []).append(known)
            elif key is None and item not in seen:
                inner = Known(argument.value.at, evaluate(item, value.site))
                yield from _passed_by_stars(facts.Argument(inner, None, 2), site, seen | {item})
    for name, terms in found.items():
        values = distinct(value for term in terms for value in evaluate(term, site))
        yield facts.Argument(terms[0] if len(terms) == 1 else Known(argument.value.at, values), name)
    if whole:
        yield facts.Argument(Known(argument.value.at, distinct(whole)), None, 2)


def argument(term: facts.Call, scope: Scope, index: int, offset: int) -> facts.Term | None:
    """Return what a call passes for a parameter; `offset` is 1 if the call is bound to a receiver."""
    parameter = scope.parameters[index]
    is_named = parameter.keyword_only or parameter.stars or index < offset
    names = () if parameter.positional_only else (parameter.name,)
    return _passed_for(term, names, None if is_named else index - offset)


def slot(term: facts.Call, wanted: apis.Slot) -> facts.Term | None:
    """Return what a call passes for a slot of an API."""
    return _passed_for(term, wanted.names, wanted.position)


def _passed_for(term: facts.Call, names: tuple[str, ...], position: int | None) -> facts.Term | None:
    named = _by_name(term, names)
    placed = _by_position(term, position) if position is not None else None
    if isinstance(named, Known) and isinstance(placed, Known):  # `*args, **options` of a wrapper hold it in either
        return Known(placed.at, (*placed.values, *named.values))
    return placed if isinstance(named, Known) and placed is not None else named or placed


def _by_name(term: facts.Call, names: tuple[str, ...]) -> facts.Term | None:
    for passed in term.arguments:
        if passed.keyword in names:
            return passed.value
    for passed in term.arguments:
        rest = passed.value.values if passed.stars > 1 and isinstance(passed.value, Known) else ()
        found = [value for value in rest if isinstance(value, Parameter) and value.item is None]
        if found and names:
            return Known(passed.value.at, tuple(replace(value, item=names[0]) for value in found))
    return None


def _by_position(term: facts.Call, position: int) -> facts.Term | None:
    positional = [passed for passed in term.arguments if passed.keyword is None and passed.stars < 2]  # noqa: PLR2004
    if any(passed.stars for passed in positional[: position + 1]):
        return None
    return positional[position].value if position < len(positional) else None


# --- contexts ----------------------------------------------------------------------------------------------


def context_of(maker: apis.Maker, term: facts.Call, site: Site, methods: StartMethods | None) -> StartMethods | None:
    """Return the methods that the program chose for what a call makes; None for the program's default."""
    term = unstarred(term, site)
    passed = slot(term, maker.context) if maker.context else None
    if passed is None:
        spawns = maker.spawns_with is not None and slot(term, maker.spawns_with) is not None
        return StartMethods.SPAWN if spawns and methods is None else methods
    found = [value.methods for value in evaluate(passed, site) if isinstance(value, Context)]
    known = [chosen for chosen in found if chosen is not None]
    if not found:
        is_none = all(value == Literal(None) for value in evaluate(passed, site))
        return methods if is_none else StartMethods.ALL
    if len(known) < len(found):
        return None
    return _union(known)


def _context(name: str) -> Context:
    return Context(StartMethods.named(apis.CONTEXT_CLASSES[name]) or StartMethods.ALL)


def chosen_methods(term: facts.Call, site: Site) -> StartMethods | None:
    """Return the methods that an argument such as `"spawn"` names; ALL if it is not known, None for None."""
    if not term.arguments:
        return None
    found: list[StartMethods] = []
    values = evaluate(term.arguments[0].value, site)
    literals = [value for value in values if isinstance(value, Literal)]
    if not literals or any(not isinstance(value, (Literal, Parameter)) for value in values):
        return StartMethods.ALL
    for value in literals:  # a parameter's default is meant, whatever else may be passed
        if value.value is None:
            return None
        named = StartMethods.named(str(value.value))
        found.append(named if named is not None else StartMethods.ALL)
    return _union(found)


def _union(methods: Iterable[StartMethods]) -> StartMethods:
    found = StartMethods.NONE
    for method in methods:
        found |= method
    return found
