"""What pickle refuses to write, as far as the model knows the value."""

from collections.abc import Iterator

from spawnsafe.model import apis
from spawnsafe.model.flow import Values, bases, elements, evaluate, lineage, sourced, stores
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import callees, inflow
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    ContextMember,
    External,
    Function,
    Instance,
    Items,
    Literal,
    Method,
    Parameter,
    Partial,
    ProjectModule,
    Value,
    Workers,
)
from spawnsafe.syntax import facts

_DEEPEST = 4

_REDUCERS = ("__getstate__", "__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__")


def unpicklable(step: Step, crossing: apis.Crossing) -> str | None:
    """Return what a binding gives its name that pickle refuses, as a phrase such as `an open file`.

    None if nothing of the kind is known.
    """
    event = step.event
    if not isinstance(event, facts.Bind):
        return None
    if isinstance(event.source, facts.Given | facts.Imported | facts.Defined):
        return _refused(bound_values(step), crossing)
    held = _put_into(step.scope, event.name)
    found = (_refused(evaluate(term, site), crossing, 1) for term, site in held)
    return _refused_source(event.source, step.site, crossing, 0) or next(
        (f"something that holds {what}" for what in found if what), None
    )


def _put_into(scope: Scope, name: str) -> Iterator[tuple[facts.Term, Site]]:
    """Yield what a scope puts into the container that one of its variables is."""
    for step in scope.steps:
        match step.event:
            case facts.Store(
                target=facts.Subscript(value=facts.Name(id=owner)), source=facts.Assigned(term=term, path=())
            ) if owner == name:
                yield term, step.site
            case facts.Invoke(
                call=facts.Call(
                    function=facts.Attribute(value=facts.Name(id=owner), name="append" | "add" | "insert"),
                    arguments=arguments,
                )
            ) if owner == name and arguments:
                yield arguments[-1].value, step.site


def bound_values(step: Step) -> Values:
    """Return what a binding gives its name, with what the file passes for parameters."""
    from spawnsafe.model.flow import bound  # noqa: PLC0415

    return inflow(bound(step))


def surely_picklable(cls: Scope) -> bool:
    """Whether an instance of a class holds only what is known to be picklable, or says how to pickle it."""
    if _reduces(cls):
        return True
    return all(
        not any(isinstance(base, External) and base.name != "builtins.object" for base in bases(owner))
        and ANYTHING not in bases(owner)
        and all(_is_plain(source, step.site) for held in stores(owner).values() for step, source in held)
        for owner in lineage(cls)
    )


def _reduces(cls: Scope) -> bool:
    return any(name in owner.bindings for owner in lineage(cls) for name in _REDUCERS)


def _is_plain(source: facts.Source, site: Site) -> bool:
    if not isinstance(source, facts.Assigned) or _refused_source(source, site, apis.Crossing.START, 0):
        return False
    return all(_is_plain_value(value) for value in sourced(source, site)) or _is_arithmetic(source.term)


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


# --- what is refused ---------------------------------------------------------------------------------------


def _refused_source(source: facts.Source, site: Site, crossing: apis.Crossing, depth: int) -> str | None:
    term = getattr(source, "term", None)
    is_whole = isinstance(source, facts.Entered) or (isinstance(source, facts.Assigned) and not source.path)
    if is_whole and isinstance(term, facts.Call):
        for value in evaluate(term.function, site):
            found = _made(value, crossing)
            if found:
                return found
        if any(scope.facts and scope.facts.is_generator for scope, _ in callees(term, site)):
            return None if isinstance(source, facts.Entered) else "a generator"
        if _is_view(term):
            return "a view of a dictionary"
    return _refused(inflow(sourced(source, site)), crossing, depth)


def _made(callee: Value, crossing: apis.Crossing) -> str | None:
    """Return what calling something outside the project makes, if pickle refuses it."""
    name = ""
    if isinstance(callee, External):
        name = callee.name
    elif isinstance(callee, ContextMember):
        name = f"multiprocessing.{callee.name}"
    if name in apis.INHERITED_ONLY:
        return f"a `{name}`" if crossing is apis.Crossing.TASK else None
    return apis.UNPICKLABLE.get(name)


def _is_view(term: facts.Call) -> bool:
    is_method = isinstance(term.function, facts.Attribute) and not term.arguments
    return is_method and getattr(term.function, "name", "") in ("keys", "values", "items")


def _refused(values: Values, crossing: apis.Crossing, depth: int = 0) -> str | None:
    if depth > _DEEPEST:
        return None
    return next((found for value in values if (found := _refused_value(value, crossing, depth))), None)


def _refused_value(value: Value, crossing: apis.Crossing, depth: int) -> str | None:
    match value:
        case Function(scope=scope):
            return "a lambda" if value.is_lambda else "a local function" if scope.is_local else None
        case Class(scope=scope):
            return "a local class" if scope.is_local else None
        case Workers(maker=maker):
            return f"{'an' if maker.noun[0] in 'aeiou' else 'a'} {maker.noun}"
        case ProjectModule():
            return "a module"
        case Items(kind="generator"):
            return "a generator"
        case Items(items=items, site=site):
            return _holding(
                _refused(elements((Items("list", items, site),)), crossing, depth + 1), "something that holds"
            )
        case Partial(function=function):
            return _refused((function,), crossing, depth + 1)
        case Method(receiver=receiver):
            return _refused((receiver,), crossing, depth + 1)
        case Instance(cls=cls):
            return _refused_instance(cls, crossing, depth)
        case _:
            return None


def _refused_instance(cls: Scope, crossing: apis.Crossing, depth: int) -> str | None:
    if cls.is_local:
        return "an instance of a local class"
    if _reduces(cls):
        return None
    for attribute, source, site in _held(cls):
        found = _refused_source(source, site, crossing, depth + 1) if depth < _DEEPEST else None
        if found:
            return f"an instance whose `{attribute}` is {found}"
    return None


def _held(cls: Scope) -> Iterator[tuple[str, facts.Source, Site]]:
    for owner in lineage(cls):
        for attribute, held in stores(owner).items():
            for step, source in held:
                yield attribute, source, step.site


def _holding(found: str | None, words: str) -> str | None:
    return f"{words} {found}" if found else None
