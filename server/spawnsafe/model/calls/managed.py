"""What is inside the objects of a manager: reading it gives a copy, and what changes the copy is lost."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, follow, passed_terms, resolve, stores
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.objects import CHANGERS, TAKING
from spawnsafe.model.sends import passed_to
from spawnsafe.model.start.globals import CONTAINERS, calls_known_to
from spawnsafe.model.values import ANYTHING, Instance, Items, Literal, Many, Parameter, Product, Value, Workers
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

MANAGED = "multiprocessing.Manager()."
_HOLDING = frozenset({f"{MANAGED}dict", f"{MANAGED}list", f"{MANAGED}Namespace"})
_READING = frozenset({"get", "setdefault"})


@dataclass(frozen=True, slots=True)
class Detached:
    """A copy of what a manager's object `proxy` holds is changed: what `term` is at `site`, read as `copy`."""

    proxy: Product
    copy: facts.Term
    term: facts.Term
    site: Site

    @property
    def when(self) -> When:
        """When the change is lost."""
        return When.of(StartMethods.ALL, self.proxy.methods)


def arriving(values: Iterable[Value], user: "Module", seen: frozenset[Parameter] = frozenset()) -> Values:
    """Return values with what the file passes, and sends, in the place of parameters; those if it does neither."""
    found: list[Value] = []
    for value in values:
        if not isinstance(value, Parameter) or value in seen:
            found.append(value)
            continue
        inner = arriving(_given(value, user), user, seen | {value})
        found.extend(inner or (value,))
    return distinct(found)


def _given(parameter: Parameter, user: "Module") -> Iterator[Value]:
    for call in calls_known_to(parameter.scope, user):
        for term in passed_terms(call.call, parameter, call.site, call.offset):
            yield from follow(evaluate(term, call.site), parameter.path)
    for work in user.works:
        if work.entry is not None and work.entry.scope is parameter.scope and not work.entry.wrapped:
            yield from follow(passed_to(parameter, work.send), parameter.path)


def arriving_at(term: facts.Term, site: Site, user: "Module") -> Values:
    """Return what a term is as `arriving` says, or what a manager makes there that is passed to a function."""
    values = arriving(evaluate(term, site), user)
    if ANYTHING not in values:
        return values
    made = [
        Product(f"{MANAGED}{call.function.name}", call, where, manager.methods)
        for call, where in _makings(term, site)
        if isinstance(call.function, facts.Attribute)
        for manager in arriving(evaluate(call.function.value, where), user)
        if isinstance(manager, Workers) and manager.maker in (apis.MANAGER, apis.BARE_MANAGER)
    ]
    return distinct(made) or values


def _makings(term: facts.Term, site: Site) -> Iterator[tuple[facts.Call, Site]]:
    """Yield the one call that makes what a variable or an attribute of an instance is."""
    found: list[tuple[Step, facts.Source]] = []
    match term:
        case facts.Name(id=name):
            steps = resolve(name, site) or []
            found = [(step, step.event.source) for step in steps if isinstance(step.event, facts.Bind)]
        case facts.Attribute(value=owner, name=name):
            owners = [value for value in evaluate(owner, site) if isinstance(value, Instance)]
            found = stores(owners[0].cls).get(name, []) if len(owners) == 1 else []
    match found:
        case [(step, facts.Assigned(term=facts.Call() as call, path=()))]:
            yield call, step.site


def detached(module: "Module") -> Iterator[Detached]:
    """Yield the changes of copies of what managers hold, if nothing puts the copies back."""
    for scope in module.scopes:
        for step in scope.steps:
            found = _changed(step)
            if found is None:
                continue
            term, owner = found
            for copy, site in _origins(owner, step):
                for proxy in _proxies_read(copy, site, module):
                    if _is_plain_inside(copy, site, proxy, module):
                        yield Detached(proxy, copy, term, step.site)
                        break


def _changed(step: Step) -> tuple[facts.Term, facts.Term] | None:
    """Return what a step changes, and the object from inside which it does."""
    match step.event:
        case facts.Store(target=(facts.Subscript(value=owner) | facts.Attribute(value=owner)) as target):
            return target, owner
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))):
            is_change = name in CHANGERS and not (name in TAKING and isinstance(owner, facts.Name))
            return (owner, owner) if is_change else None
        case _:
            return None


def _origins(owner: facts.Term, step: Step) -> Iterator[tuple[facts.Term, Site]]:
    """Yield the terms that read what an owner is: itself, or what its name is bound to for the change alone."""
    if not isinstance(owner, facts.Name):
        yield owner, step.site
        return
    steps = resolve(owner.id, step.site) or []
    source = steps[0].event.source if len(steps) == 1 and isinstance(steps[0].event, facts.Bind) else None
    if not _is_only_changed(owner.id, step.scope):
        return
    match source:
        case facts.Assigned(term=term, path=()):
            yield term, steps[0].site
        case facts.Element(term=term, path=()):
            yield facts.Subscript(term.at, _iterated(term), facts.Opaque(term.at)), steps[0].site


def _iterated(term: facts.Term) -> facts.Term:
    """Return the dict whose values a loop runs over, or else what it runs over."""
    match term:
        case facts.Call(function=facts.Attribute(value=owner, name="values"), arguments=()):
            return owner
        case _:
            return term


def _is_only_changed(name: str, scope: Scope) -> bool:
    """Whether a scope does nothing with a variable but to change the object that it stands for."""
    changing = {id(owner) for step in scope.steps if (found := _changed(step)) for owner in found[1:]}
    return all(id(term) in changing for term, _ in scope.reads if term.id == name)


def _proxies_read(term: facts.Term, site: Site, module: "Module") -> list[Product]:
    """Return the manager's objects that a term reads from, none if it can read from anything else."""
    match term:
        case facts.Subscript(value=owner) | facts.Attribute(value=owner):
            pass
        case facts.Call(function=facts.Attribute(value=owner, name=name)) if name in _READING:
            pass
        case _:
            return []
    arrived = arriving_at(owner, site, module)
    values = [value for value in arrived if not isinstance(value, Literal | Many)]  # Many: what is put into it
    found = [value for value in values if isinstance(value, Product) and value.name in _HOLDING]
    wanted = isinstance(term, facts.Attribute)
    return [value for value in found if len(found) == len(values) and (value.name == f"{MANAGED}Namespace") is wanted]


# --- what is inside ----------------------------------------------------------------------------------------


def _is_plain_inside(copy: facts.Term, site: Site, proxy: Product, module: "Module") -> bool:
    """Whether what a term reads from a manager's object is a plain one, and no other object of the manager."""
    key = _key(copy)
    put = [(term, where) for term, where, at in _put(proxy, module) if None in (key, at) or at == key]
    if isinstance(copy, facts.Call):
        put += [(passed.value, site) for passed in copy.arguments[1:]]
    held = [value for term, where in put for value in evaluate(term, where) if not isinstance(value, Literal)]
    return bool(held) and all(map(_is_plain, held))


def _is_plain(value: Value) -> bool:
    match value:
        case Items(kind="list" | "dict" | "set") | Instance():
            return True
        case Product(name=name):
            return name in CONTAINERS
        case _:
            return False


def _key(term: facts.Term) -> object:
    """Return the key that a term reads by, None if it can be any."""
    match term:
        case facts.Subscript(index=facts.Constant(value=key)):
            return key
        case facts.Attribute(name=key):
            return key
        case facts.Call(arguments=(facts.Argument(value=facts.Constant(value=key)), *_)):
            return key
        case _:
            return None


def _put(proxy: Product, module: "Module") -> Iterator[tuple[facts.Term, Site, object]]:
    """Yield what is put into a manager's object: term, site, and its key or None if that can be any."""
    is_dict = proxy.name == f"{MANAGED}dict"
    for passed in proxy.call.arguments:
        if passed.keyword:
            yield passed.value, proxy.site, passed.keyword
        else:
            yield from _items(passed.value, proxy.site, is_dict=is_dict)
    for scope in module.scopes:
        for step in scope.steps:
            for owner, term, key in _puts(step.event):
                if proxy in arriving_at(owner, step.site, module):
                    yield term, step.site, key


def _items(whole: facts.Term, site: Site, *, is_dict: bool) -> Iterator[tuple[facts.Term, Site, object]]:
    for value in evaluate(whole, site):
        if not isinstance(value, Items):
            yield facts.Opaque(whole.at), site, None
            continue
        for number, item in enumerate(value.items):
            key = value.keys[number] if is_dict and number < len(value.keys) else None
            yield item, value.site, key.value if isinstance(key, facts.Constant) else None


def _puts(event: facts.Event) -> Iterator[tuple[facts.Term, facts.Term, object]]:
    match event:
        case facts.Store(target=facts.Subscript(value=owner, index=index), source=facts.Assigned(term=term, path=())):
            yield owner, term, index.value if isinstance(index, facts.Constant) else None
        case facts.Store(target=facts.Attribute(value=owner, name=name), source=facts.Assigned(term=term, path=())):
            yield owner, term, name
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name), arguments=arguments)):
            if name in ("append", "insert", "setdefault") and arguments:
                yield owner, arguments[-1].value, None
            elif name in ("extend", "update"):
                yield owner, facts.Opaque(event.call.at), None
