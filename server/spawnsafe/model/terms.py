"""Going through terms."""

from collections.abc import Iterator

from spawnsafe.syntax import facts


def last_name(term: facts.Term) -> str:
    """Return the last name of a dotted one: `f` of `f` and of `a.b.f`; empty for other terms."""
    if isinstance(term, facts.Attribute):
        return term.name
    return term.id if isinstance(term, facts.Name) else ""


def root_name(term: facts.Term | None) -> str:
    """Return the name that attributes and items are taken from: `a` of `a`, `a.b` and `a[0].b`; else nothing."""
    while isinstance(term, facts.Attribute | facts.Subscript):
        term = term.value
    return term.id if isinstance(term, facts.Name) else ""


def evaluated(event: facts.Event) -> Iterator[facts.Term]:
    """Yield the terms that an event evaluates in any case, the outermost first."""
    match event:
        case facts.Invoke(call=term) | facts.Evaluate(term=term):
            yield from _inside(term)
        case facts.Bind(source=facts.Assigned(term=term)) | facts.Store(source=facts.Assigned(term=term)):
            yield from _inside(term)
        case facts.Return(term=facts.Term() as term) | facts.Raise(term=facts.Term() as term):
            yield from _inside(term)


def _inside(term: facts.Term) -> Iterator[facts.Term]:
    """Yield a term and those in it that are evaluated whenever it is."""
    inner: tuple[facts.Term, ...]
    match term:
        case facts.Opaque(parts=parts) | facts.Display(items=parts):
            inner = parts
        case facts.Call(function=function, arguments=arguments):
            inner = (function, *(passed.value for passed in arguments))
        case facts.Attribute(value=value) | facts.Not(value=value) | facts.Starred(value=value):
            inner = (value,)
        case facts.Subscript(value=left, index=right) | facts.Comparison(left=left, right=right):
            inner = (left, right)
        case facts.Conditional(test=first) | facts.Logical(left=first):
            inner = (first,)
        case _:
            inner = ()
    yield term
    for part in inner:
        yield from _inside(part)


def parts(whole: facts.Event | facts.Term) -> Iterator[facts.Term]:
    """Yield a term and all in it, or those of an event, evaluated or not; not what stands in scopes of its own."""
    if isinstance(whole, facts.Term):
        yield whole
    for part in _held(whole):
        yield from parts(part)


def attributes_in(scope: facts.Scope) -> frozenset[str]:
    """Return the names of all attributes that are read or assigned to directly in a scope."""
    return frozenset(term.name for event in scope.events for term in parts(event) if isinstance(term, facts.Attribute))


def nested_parts(
    whole: facts.Event | facts.Term, around: tuple[facts.Term, ...] = ()
) -> Iterator[tuple[facts.Term, tuple[facts.Term, ...]]]:
    """Yield what `parts` yields, each with the terms around it, the innermost first."""
    if isinstance(whole, facts.Term):
        yield whole, around
        around = (whole, *around)
    for part in _held(whole):
        yield from nested_parts(part, around)


def _held(whole: facts.Event | facts.Term) -> Iterator[facts.Term]:
    """Yield the terms directly inside a term, or of an event."""
    inner: tuple[facts.Term | None, ...]
    match whole:
        case facts.Invoke(call=term) | facts.Evaluate(term=term):
            inner = (term,)
        case facts.Bind(source=facts.Assigned(term=term) | facts.Element(term=term) | facts.Entered(term=term)):
            inner = (term,)
        case facts.Store(target=target, source=source):
            inner = (target, getattr(source, "term", None))
        case facts.Return(term=term) | facts.Raise(term=term) | facts.Yield(term=term):
            inner = (term,)
        case facts.Opaque(parts=held):
            inner = held
        case facts.Display(items=items, keys=keys):
            inner = (*items, *keys)
        case facts.Call(function=function, arguments=arguments):
            inner = (function, *(passed.value for passed in arguments))
        case facts.Subscript(value=left, index=right) | facts.Comparison(left=left, right=right):
            inner = (left, right)
        case facts.Logical(left=left, right=right):
            inner = (left, right)
        case facts.Conditional(test=test, body=body, orelse=orelse):
            inner = (test, body, orelse)
        case facts.Attribute(value=value) | facts.Not(value=value) | facts.Starred(value=value):
            inner = (value,)
        case facts.Awaited(value=value) | facts.Walrus(value=value):
            inner = (value,)
        case _:
            inner = ()
    yield from (part for part in inner if part is not None)
