"""What names mean: bindings that reach a place, imports, annotations."""

import builtins
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import or_

from spawnsafe.model import apis
from spawnsafe.model.flow.contexts import context_named, one_context
from spawnsafe.model.flow.core import bound, elements, entered, evaluate, item_at, member, where
from spawnsafe.model.flow.definitions import decorated_definition, made_of, method_kind
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.methods import EVERY_TARGET, NO_TARGET, StartMethods, Targets, choice
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    Context,
    External,
    Function,
    Instance,
    Items,
    Literal,
    MakerClass,
    Many,
    Parameter,
    Product,
    ProjectModule,
    Value,
    Workers,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow, ScopeKind

_BUILTINS = frozenset(dir(builtins))


def look_up(name: str, site: Site) -> Values:
    """Return what a name can be at a site."""
    found = resolve(name, site)
    if found is None:
        builtin: Value = External(f"builtins.{name}") if name in _BUILTINS else ANYTHING
        return _star(name, site.scope.module.scope) or (builtin,)
    if len(found) > 1:
        if any(map(asks_start_method, found)):
            return UNKNOWN
        found = [step for step in found if not step.region or where(step)] or found
        found, threads = _without_stand_ins(found)
        if threads:
            return distinct(_except_on(threads, value) for step in found for value in bound(step))
    values = distinct(value for step in found for value in bound(step))
    if _is_fallback(values):
        return UNKNOWN
    if any(isinstance(value, (Items, Many)) for value in values):
        return distinct((*values, *_put_into_variable(name, site)))
    return one_context(facts.Name((0, 0), name), values, site)


def _is_fallback(values: Values) -> bool:
    """Whether a process API stands in where a library that pickles more is missing."""
    names = [value.name.partition(".")[0] for value in values if isinstance(value, External)]
    return not apis.OTHER_PICKLERS.isdisjoint(names) and any(isinstance(value, MakerClass) for value in values)


def _without_stand_ins(found: list[Step]) -> tuple[list[Step], Targets]:
    """Return bindings without the imports of threads on some targets, with these, or where that of processes fails."""
    kept = [step for step in found if not _is_stand_in(step)]
    values = [value for step in kept for value in bound(step)] if len(kept) < len(found) else []
    if not values or not all(isinstance(value, MakerClass) for value in values):
        return found, NO_TARGET
    places = [where(step) for step in found if step not in kept]
    return kept, reduce(or_, (targets for targets in places if targets != EVERY_TARGET), NO_TARGET)


def _except_on(threads: Targets, value: Value) -> Value:
    """Return a maker of worker processes that makes none on some targets."""
    if not isinstance(value, MakerClass):
        return value
    methods = choice([(EVERY_TARGET - threads, value.methods), (threads, StartMethods.NONE)])
    return replace(value, methods=methods)


def asks_start_method(step: Step) -> bool:
    """Whether a step stands under a condition on the start method, asked there or in a function that is called."""
    subjects = (step.scope.regions[index].subject for index in step.scope.enclosing(step.region))
    return any(
        isinstance(term, facts.Call) and _tells_start_method(term, step.site)
        for subject in subjects
        if subject is not None
        for term in parts(subject)
    )


def _tells_start_method(call: facts.Call, site: Site) -> bool:
    if last_name(call.function) == "get_start_method":
        return True
    return any(
        isinstance(value, Function) and not value.scope.mentions.isdisjoint(("get_start_method", ".get_start_method"))
        for value in evaluate(call.function, site)
    )


def _is_stand_in(step: Step) -> bool:
    if not isinstance(getattr(step.event, "source", None), facts.Imported):
        return False
    handles = any(step.scope.regions[index].flow is Flow.HANDLER for index in step.scope.enclosing(step.region))
    return (handles or where(step) != EVERY_TARGET) and all(
        isinstance(value, External) and value.name in apis.THREADS for value in bound(step)
    )


def _put_into_variable(name: str, site: Site) -> Iterator[Value]:
    """Yield what the file puts, item by item, into the container that a variable is."""
    put = site.scope.module.put.get(name, ())
    home = site.scope.home(name) if put else None
    yield from containers_put((step, term) for step, _, term in put if step.scope.home(name) is home)


def containers_put(found: Iterable[tuple[Step, facts.Term]]) -> Iterator[Value]:
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
    comprehension and a class body see what holds where they stand. A class body that binds the name only later sees
    that of the module, whatever functions around it bind.
    """
    scope, here = site.scope, site
    later: list[Step] | None = None
    while not scope.is_module and name not in scope.declared_global:
        seen = later is None and (scope is site.scope or not scope.is_class)
        if seen and name in scope.bindings and name not in scope.declared_nonlocal:
            if not scope.is_class or scope.binds_before(name, here):
                return [*scope.reaching(name, here), *scope.bound_from_inside(name)]
            later = scope.brought_back(name, here)
        if scope.parent is None or scope.site is None:
            return None
        at_once = scope.kind in (ScopeKind.COMPREHENSION, ScopeKind.CLASS)
        here = scope.site if at_once else scope.parent.end
        scope = scope.parent
    module = scope.module.scope
    elsewhere = scope.module.globals_bound_in_functions.get(name, [])
    if name not in module.bindings:
        return [*elsewhere, *(later or ())] or None
    return [*module.reaching(name, here if scope.is_module else module.end), *elsewhere, *(later or ())]


def _star(name: str, module: Scope, known: dict[Scope, Values] | None = None) -> Values:
    """Return what a name can be that only a star import can bring; the last one that brings it wins.

    `known` is what modules bring that were looked through; nothing, for the moment, those that import each other.
    """
    known = {} if known is None else known
    if module in known or len(known) >= _MOST_STARRED:
        return known.get(module, UNKNOWN)
    known[module] = ()
    found: list[Value] = []
    for step in reversed(module.bindings.get("*", ())):
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        if isinstance(source, facts.Imported):
            found.extend(_starred(name, source, module, known))
        if found and not step.region:
            break
    known[module] = distinct(found)
    return known[module]


_MOST_STARRED = 100
"""More modules than these, one of which imports the other, are not looked through for a name."""


def _starred(name: str, source: facts.Imported, module: Scope, known: dict[Scope, Values]) -> Values:
    """Return what a star import in a module brings under a name."""
    imported = module.module.project.imported(module.module, source.module, source.level)
    if isinstance(imported, External):
        is_known = name in apis.STAR_NAMES.get(apis.normal(imported.name), ())
        return tuple(external_named(f"{imported.name}.{name}")) if is_known else ()
    if not isinstance(imported, ProjectModule):
        return ()
    inner = imported.module.scope
    listed = _listed(inner)
    if name not in listed if listed is not None else name.startswith("_"):
        return ()
    if name in inner.bindings:
        return member_of_module(imported, name)
    submodule = imported.module.project.submodule(imported.module, name) if listed else None
    return (ProjectModule(submodule),) if submodule else _star(name, inner, known)


def _listed(module: Scope) -> Collection[str] | None:
    """Return what `__all__` lists, None if there is none, or not all of it is known."""
    found: set[str] = set()
    for value in look_up("__all__", module.end) if "__all__" in module.bindings else UNKNOWN:
        items = elements((value,))
        if not all(isinstance(item, Literal) and isinstance(item.value, str) for item in items):
            return None
        found.update(str(item.value) for item in items if isinstance(item, Literal))
    return found


def values_bound(event: facts.Bind, site: Site) -> Values:
    """Return what a binding gives its name; what its annotation promises, where that tells more."""
    values = distinct(_bound(event, site))
    if event.annotation is None or any(isinstance(value, (Workers, Context)) for value in values):
        return values
    return distinct(_annotated(event.annotation, site)) or values


def _bound(event: facts.Bind, site: Site) -> Iterator[Value]:
    match event.source:
        case facts.Given(index=index):
            yield from _given(site.scope, index)
        case facts.Defined(scope=own):
            yield from decorated_definition(site.scope.children[id(own)], site)
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
            return decorated_definition(site.scope.children[id(own)], site)
        case _:
            return UNKNOWN


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
        yield from external_named(imported.name) if isinstance(imported, External) else (imported,)
    elif isinstance(imported, ProjectModule):
        yield from member_of_module(imported, source.name)
    elif isinstance(imported, External):
        yield from external_named(f"{imported.name}.{source.name}")
    else:
        submodule = module.project.own_submodule(module, source)
        yield ProjectModule(submodule) if submodule is not None else ANYTHING


def member_of_module(owner: ProjectModule, name: str) -> Values:
    """Return what a name of a module of the project means, at the module's end."""
    module = owner.module
    module_scope = module.scope
    if name in module_scope.bindings or name in module.globals_bound_in_functions:
        found = resolve(name, module_scope.end) or []
        return distinct(value for step in found for value in bound(step))
    submodule = module.project.submodule(module, name)
    if submodule is not None:
        return (ProjectModule(submodule),)
    return _star(name, module_scope) or UNKNOWN


def external_named(name: str) -> Iterator[Value]:
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
            made = made_of(owner, None, scope.end)
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
            yield context_named(value.name)
        elif isinstance(value, Class):
            yield made_of(value.scope, None, site)


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


def captured(scope: Scope) -> dict[str, list[Step]]:
    """Return the names that a definition takes from the functions around it, with their bindings there."""
    inside = list(scope.walk())
    found: dict[str, list[Step]] = {}
    for inner in inside:
        for name, _ in inner.reads:
            steps = [] if name.id in found else resolve(name.id, inner.end) or []
            if steps and not steps[0].scope.is_module and steps[0].scope not in inside:
                found[name.id] = steps
    return found


def _unpacked(values: Values, path: tuple[int, ...]) -> Values:
    for index in path:
        values = distinct(item_at(values, (Literal(index),)))
    return values
