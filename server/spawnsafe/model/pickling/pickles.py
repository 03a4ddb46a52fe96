"""What pickle refuses to write, as far as the model knows the value.

A function or class travels by its name, an instance with all its attributes, a container with its items. What is not
known counts as picklable.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spawnsafe.model import apis, objects
from spawnsafe.model.exceptions import is_exception, kept_args
from spawnsafe.model.flow import bases, bound, elements, evaluate, is_renamed, lineage, sourced, stores, values_of_dict
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import EVERY_PYTHON, Pythons
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import inflow
from spawnsafe.model.pickling.instances import Held, held, omitted, set_on, started_processes
from spawnsafe.model.values import (
    ANYTHING,
    Channel,
    Class,
    Coroutine,
    External,
    Function,
    Generator,
    Instance,
    Items,
    Literal,
    MadeClass,
    MadeInstance,
    Many,
    Method,
    Parameter,
    Partial,
    Product,
    ProjectModule,
    Row,
    Value,
    Workers,
)
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_DEEPEST = 6
_REDUCERS = ("__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__")


@dataclass(frozen=True, slots=True)
class Unpicklable:
    """Why pickle refuses a value: it is `what`, or it leads to it.

    `value` is the innermost value, `path` the attributes that lead there, the outermost first; `holds` says that the
    value, or the last attribute, is a container with it inside. `inherited` says that only a starting worker can be
    given it.
    """

    what: str
    value: Value
    path: tuple[Held, ...] = ()
    holds: bool = False
    pythons: Pythons = EVERY_PYTHON
    inherited: bool = False

    @property
    def dotted(self) -> str:
        """The attributes as they are written: `engine.lock`."""
        return ".".join(each.name for each in self.path)

    @property
    def verb(self) -> str:
        """What the innermost thing that has a name does with it."""
        return "holds" if self.holds else "is"

    @property
    def phrase(self) -> str:
        """What the value is: `an open file`, or `something that holds an open file`."""
        return f"something that holds {self.what}" if self.holds else self.what


def unpicklable_result(value: Value, at: Site) -> Unpicklable | None:
    """Return why pickle refuses what a worker gives back at a site."""
    if isinstance(value, MadeInstance) and _is_found_nowhere(value.cls):
        what = "an instance of a local class"
        if value.cls.site.scope.is_module:
            what = f"an instance of a class called `{value.cls.name}`, which means nothing in its module"
        return Unpicklable(what, value)
    return unpicklable(value, apis.Crossing.TASK, at)


def _is_found_nowhere(cls: MadeClass) -> bool:
    module = cls.site.scope.module
    is_bound = cls.name in module.scope.bindings or cls.name in module.globals_bound_in_functions
    return not is_bound and not has_unseen_names(module)


def has_unseen_names(module: "Module") -> bool:
    """Whether a file may make names that are not seen in it."""
    is_open = bool(module.scope.bindings.keys() & {"*", "__getattr__"})
    return is_open or any(scope.mentions & _DYNAMIC for scope in module.scopes)


_DYNAMIC = frozenset({"globals", "vars", "exec", "setattr", ".__name__=", ".__qualname__=", ".__module__="})
"""What a file does, as `mentions` spells it, that can make names which are not seen."""


def unpicklable(value: Value, crossing: apis.Crossing, at: Site) -> Unpicklable | None:
    """Return why pickle refuses a value that crosses at a site; None if nothing is known against it."""
    return _refused(value, crossing, at, frozenset())


def _refused(value: Value, crossing: apis.Crossing, at: Site, seen: frozenset[Value]) -> Unpicklable | None:
    if value in seen or len(seen) > _DEEPEST:
        return None
    seen |= {value}
    match value:
        case Function(scope=scope) | Class(scope=scope):
            return _refused_definition(value, scope)
        case External(name=name):
            what = "a module" if _is_module(name) else objects.OBJECTS.get(name)
            return Unpicklable(what, value) if what else None
        case ProjectModule():
            return Unpicklable("a module", value)
        case Product():
            return _refused_product(value, crossing, at, seen)
        case Channel():
            return _only_inherited("a `multiprocessing.Queue`", value, crossing)
        case Generator():
            return Unpicklable("a generator", value)
        case Coroutine():
            return Unpicklable("a coroutine", value)
        case Workers():
            return _refused_workers(value, crossing, at, seen)
        case Items() | Many() | Row():
            return _refused_items(value, crossing, at, seen)
        case Partial():
            return _first(_held_by_partial(value), crossing, at, seen)
        case Method(receiver=Instance() as receiver):
            return _refused(receiver, crossing, at, seen)
        case Instance():
            return _refused_instance(value, crossing, at, seen)
        case _:
            return None


def _first(values: Iterable[Value], crossing: apis.Crossing, at: Site, seen: frozenset[Value]) -> Unpicklable | None:
    return next((found for value in values if (found := _refused(value, crossing, at, seen))), None)


def _refused_definition(value: Function | Class, scope: Scope) -> Unpicklable | None:
    if isinstance(value, Function) and is_renamed(scope):
        return None
    if isinstance(value, Function) and value.is_lambda:
        return Unpicklable("a lambda", value)
    if scope.is_local:
        return Unpicklable("a local function" if isinstance(value, Function) else "a local class", value)
    return None


def _is_module(name: str) -> bool:
    """Whether a dotted name is that of a module for sure: it has no dots, so an import bound it whole."""
    return "." not in name or name in ("os.path", "concurrent.futures", "multiprocessing.pool", "xml.etree.ElementTree")


def _refused_product(value: Product, crossing: apis.Crossing, at: Site, seen: frozenset[Value]) -> Unpicklable | None:
    name = value.name
    if name in objects.INHERITED_ONLY:
        return _only_inherited(f"a `multiprocessing.{name.rpartition('.')[2]}`", value, crossing)
    if name in objects.PRODUCTS:
        return Unpicklable(objects.PRODUCTS[name], value, pythons=objects.PYTHONS.get(name, EVERY_PYTHON))
    if name in objects.HOLDERS:
        found = _first(_held_by_call(value), crossing, at, seen)
        return replace(found, holds=True) if found else None
    return None


def _only_inherited(what: str, value: Value, crossing: apis.Crossing) -> Unpicklable | None:
    return Unpicklable(what, value, inherited=True) if crossing is apis.Crossing.TASK else None


def _refused_workers(value: Workers, crossing: apis.Crossing, at: Site, seen: frozenset[Value]) -> Unpicklable | None:
    what = f"{'an' if value.maker.noun[0] in 'aeiou' else 'a'} {value.maker.noun}"
    if value.maker is apis.PROCESS and crossing is apis.Crossing.START:
        return next(_refused_attributes(set_on(value, at), crossing, at, seen), None)
    if value.maker is apis.PROCESS:
        return _only_inherited(what, value, crossing)
    if value.maker in (apis.POOL, apis.EXECUTOR, apis.MANAGER, apis.BARE_MANAGER):
        return Unpicklable(what, value, inherited=True)
    return None


def _refused_items(
    value: Items | Many | Row, crossing: apis.Crossing, at: Site, seen: frozenset[Value]
) -> Unpicklable | None:
    if isinstance(value, Items) and value.kind == "generator":
        return Unpicklable("a generator", value)
    if isinstance(value, Items) and value.kind == "view":
        return Unpicklable("a view of a dictionary", value)
    inner = elements((value,))
    if isinstance(value, Items) and value.kind == "dict":
        inner += values_of_dict(value)
    if isinstance(value, Many):
        inner += value.sources
    found = _first(inner, crossing, at, seen)
    return replace(found, holds=not found.path) if found else None


def _held_by_call(value: Product) -> Iterator[Value]:
    """Yield what a call of a holder such as `defaultdict` is given."""
    for passed in value.call.arguments:
        yield from evaluate(passed.value, value.site)


def _held_by_partial(value: Partial) -> Iterator[Value]:
    yield value.function
    for passed in value.call.arguments[1:]:
        yield from evaluate(passed.value, value.site)


# --- instances ---------------------------------------------------------------------------------------------


def _refused_instance(value: Instance, crossing: apis.Crossing, at: Site, seen: frozenset[Value]) -> Unpicklable | None:
    says_itself = reduces(value.cls, at)
    left_out = omitted(value.cls) if says_itself else frozenset()
    if left_out is None:
        return None
    if value.cls.is_local and not says_itself:
        return Unpicklable("an instance of a local class", value)
    base = None if says_itself else _refused_base(value.cls)
    if base:
        return Unpicklable(base, value)
    if says_itself is None:
        return None
    kept = (attribute for attribute in held(value, at) if attribute.name not in left_out)
    found = next(_refused_attributes(kept, crossing, at, seen), None)
    if found:
        return found
    raised = _first(kept_args(value), crossing, at, seen) if is_exception(value.cls) else None
    if raised:
        return replace(raised, holds=True)
    started = started_processes(value, at) if crossing is apis.Crossing.START else None
    if started is None or started.name in left_out:
        return None
    return Unpicklable("a started process", value, (started,), holds=True)


def _refused_attributes(
    attributes: Iterable[Held], crossing: apis.Crossing, at: Site, seen: frozenset[Value]
) -> Iterator[Unpicklable]:
    for attribute in attributes:
        found = _first(attribute.values, crossing, at, seen)
        if found:
            yield replace(found, path=(attribute, *found.path))


def reduces(cls: Scope, at: Site, heirs: frozenset[str] = frozenset()) -> bool | None:
    """Whether a class says itself how its instances pickle; None if a base outside the project is not known."""
    if any(name in owner.bindings for owner in lineage(cls) for name in _REDUCERS) or _is_registered(cls, at):
        return True
    found = {_base_reduces(base, owner, at, heirs) for owner in lineage(cls) for base in bases(owner)}
    return True if True in found else None if None in found else False


def _base_reduces(base: Value, cls: Scope, at: Site, heirs: frozenset[str]) -> bool | None:
    match base:
        case Class():
            return False  # it is in the lineage itself
        case External(name=name):
            if name in objects.PLAIN_BASES or name in objects.PRODUCTS or name.startswith("builtins."):
                return False
            outside = cls.module.project.outside(name) if name not in heirs else None
            return reduces(outside.scope, at, heirs | {name}) if isinstance(outside, Class) else None
        case _:
            return False if base != ANYTHING and not isinstance(base, Product) else None


def _is_registered(cls: Scope, at: Site) -> bool:
    """Whether the file of a class, the sending file or one that it imports tells `copyreg` how to pickle instances."""
    user = at.scope.module
    modules = {cls.module, user, *user.imported_modules}
    return any(
        isinstance(step.event, facts.Invoke)
        and External("copyreg.pickle") in evaluate(step.event.call.function, step.site)
        and any(
            value == Class(cls)
            for passed in step.event.call.arguments[:1]
            for value in evaluate(passed.value, step.site)
        )
        for module in modules
        for scope in module.scopes
        if not scope.mentions.isdisjoint(("pickle", ".pickle"))
        for step in scope.steps
    )


def _refused_base(cls: Scope) -> str | None:
    """Return what an instance is by a base outside the project that pickle refuses."""
    names = (base.name for owner in lineage(cls) for base in bases(owner) if isinstance(base, External))
    return next((objects.PRODUCTS[name] for name in names if name in objects.PRODUCTS), None)


# --- variables ---------------------------------------------------------------------------------------------


def unpicklable_variable(step: Step, crossing: apis.Crossing) -> Unpicklable | None:
    """Return why pickle refuses what a binding gives its name, or what its scope then puts into that."""
    event = step.event
    if not isinstance(event, facts.Bind):
        return None
    at = step.scope.end
    found = next((why for value in bound_values(step) if (why := unpicklable(value, crossing, at))), None)
    if found or isinstance(event.source, facts.Given | facts.Imported | facts.Defined):
        return found
    inner = _first(_put_into(step.scope, event.name), crossing, at, frozenset())
    return replace(inner, holds=True) if inner else None


def _put_into(scope: Scope, name: str) -> Iterator[Value]:
    for step, owner, term in scope.module.put.get(name, ()):
        if step.scope is scope and isinstance(owner, facts.Name):
            yield from evaluate(term, step.site)


def bound_values(step: Step) -> Values:
    """Return what a binding gives its name, with what the file passes for parameters."""
    return inflow(bound(step))


def surely_picklable(cls: Scope) -> bool:
    """Whether an instance of a class holds only what is known to be picklable, or says how to pickle it."""
    if any(name in owner.bindings for owner in lineage(cls) for name in _REDUCERS):
        return True
    return all(
        not any(isinstance(base, External) and base.name != "builtins.object" for base in bases(owner))
        and ANYTHING not in bases(owner)
        and not any(isinstance(base, Product) for base in bases(owner))
        and all(_is_plain(source, step.site) for found in stores(owner).values() for step, source in found)
        for owner in lineage(cls)
    )


def _is_plain(source: facts.Source, site: Site) -> bool:
    if not isinstance(source, facts.Assigned):
        return False
    values = sourced(source, site)
    if any(unpicklable(value, apis.Crossing.START, site) for value in values):
        return False
    return all(_is_plain_value(value) for value in values) or _is_arithmetic(source.term)


def _is_plain_value(value: Value) -> bool:
    match value:
        case Items(items=items, site=site):
            return all(
                _is_plain_value(inner) or _is_arithmetic(item) for item in items for inner in evaluate(item, site)
            )
        case Instance(cls=cls):
            return surely_picklable(cls)
        case Literal() | Parameter() | Function() | Class():
            return True
        case _:
            return False


def _is_arithmetic(term: facts.Term) -> bool:
    """Whether a term only combines names and literals by operators."""
    match term:
        case facts.Name() | facts.Constant() | facts.Comparison() | facts.Not():
            return True
        case facts.Opaque(parts=parts):
            return bool(parts) and all(_is_arithmetic(part) for part in parts)
        case _:
            return False
