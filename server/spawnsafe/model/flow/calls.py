"""What calls give."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from spawnsafe.model import apis, objects
from spawnsafe.model.flow.arguments import passed_terms, slot, unstarred
from spawnsafe.model.flow.attributes import class_member, for_self
from spawnsafe.model.flow.containers import as_list, follow, row_of
from spawnsafe.model.flow.contexts import chosen_methods, context_named, context_of
from spawnsafe.model.flow.core import elements, evaluate, member
from spawnsafe.model.flow.definitions import (
    is_inside,
    keeps_name,
    keeps_name_outside,
    made_of,
    naming_of,
    returned,
    yielded,
)
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Scope, Site
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
    Row,
    Value,
    Workers,
    WorkersMethod,
)
from spawnsafe.syntax import facts


def results_of_call(callee: Value, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a call of a value gives."""
    match callee:
        case MakerClass(maker=maker, methods=methods):
            is_made = maker.count is None or _asks_for_workers(maker.count, term, site)
            yield Workers(maker, context_of(maker, term, site, methods), term, site) if is_made else ANYTHING
        case ContextMember(name="get_context") | External(name="multiprocessing.get_context"):
            yield Context(chosen_methods(term, site))
        case External(name=name) if name in apis.CONTEXT_CLASSES:
            yield context_named(name)
        case External(name="functools.partial" | "functools.partialmethod") if term.arguments:
            for function in evaluate(term.arguments[0].value, site):
                yield Partial(function, term, site)
        case External(name=name) if name in apis.PASSES_THROUGH:
            yield from evaluate(term.arguments[-1].value, site) if term.arguments else (Literal(None),)
        case External(name=name) if name in apis.NAMES:
            yield from _with_name(callee, term, site)
        case Partial(function=External(name="functools.wraps"), call=naming, site=where):
            yield from _named(_wrapped_by(naming, where), term, site)
        case MadeClass():
            yield MadeInstance(callee, term, site)
        case External(name=name) if name in _BUILDERS:
            yield from _built(name, term, site)
        case External(name=name) if name in apis.FIELD_MAKERS:
            yield from _field_default(term, site)
        case ContextMember(methods=methods, name=name) if f"multiprocessing.{name}" in apis.CHANNELS:
            yield Channel(methods, term, site)
        case External(name=name) if name in apis.CHANNELS:
            yield Channel(None, term, site)
        case Class(scope=scope):
            yield made_of(scope, term, site)
        case Function(scope=scope):
            yield from _made_by(scope, _result(scope, term, site, offset=0), term, site)
        case Method(function=Function(scope=scope)):
            yield from for_self(_made_by(scope, _result(scope, term, site, offset=1), term, site), callee)
        case Instance(cls=cls):
            called = next(iter(class_member(callee, cls, "__call__")), None)
            yield from results_of_call(called, term, site) if isinstance(called, Method) else UNKNOWN
        case Loaded(name=name, is_instance=False) if name.rpartition(".")[2][:1].isupper():
            yield replace(callee, is_instance=True)
        case External() | Product() if term.arguments and term.at == term.function.at:  # it decorates
            plain = evaluate(term.arguments[0].value, site)
            yield from plain if keeps_name_outside(callee, plain) else UNKNOWN
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
                yield as_list(value)
        case "builtins.getattr" if len(term.arguments) > 1:
            yield from _attribute_by_name(term, site)
        case "builtins.super" if not term.arguments:
            method = site.scope if site.scope.is_function else site.scope.function
            if method is not None and method.owner is not None and method.owner.is_class:
                yield Inherited(method.owner)
        case "builtins.enumerate" if term.arguments:
            values = evaluate(term.arguments[0].value, site)
            yield Many((Row((UNKNOWN, elements(values))),), _iterators(values))
        case "builtins.zip":
            zipped = [evaluate(passed.value, site) for passed in term.arguments if not passed.keyword]
            row = row_of(tuple(map(elements, zipped)), term)
            yield Many((row,), distinct(each for one in zipped for each in _iterators(one)))
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
    named = naming_of(call)
    return evaluate(named, site) if named is not None else UNKNOWN


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
        if not isinstance(value, Function) or not is_inside(value.scope, scope):
            yield value
            continue
        given = slot(term, apis.Slot((), 0))
        passed = tuple(each for each in evaluate(given, site) if not isinstance(each, Literal)) if given else ()
        if passed and keeps_name(scope):
            yield from _named(passed, term, site)
        else:
            yield replace(value, call=term, site=site)


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
    yield from substituted(results, scope, term, site, offset)


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


def _field_default(term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a field is by default that `dataclasses.field` or the like describes."""
    for passed in term.arguments:
        if passed.keyword == "default":
            yield from evaluate(passed.value, site)
        elif passed.keyword in ("default_factory", "factory"):
            for factory in evaluate(passed.value, site):
                yield from results_of_call(factory, facts.Call(passed.value.at, passed.value, ()), site)


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


def substituted(values: Values, scope: Scope, term: facts.Call, site: Site, offset: int) -> Iterator[Value]:
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
