"""A function or class is sent to a worker process whose name means something else, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.edits import (
    Refusal,
    add_wraps,
    make_protected,
    name_class,
    variable_of,
)
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import (
    Class,
    Function,
    Lookup,
    MadeClass,
    Method,
    Module,
    Scope,
    Send,
    failed_lookup,
    is_private,
    lost_method,
    nameless,
    stands_for,
    undecorated,
)
from spawnsafe.rules.wording import place_notes, refusal_notes, way_notes, wraps_help

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each value that pickle sends by a name under which it is not found."""
    for send, mistake in _mistakes(module):
        when = send.when_pickled
        trouble = send.sender.trouble if mistake.is_late else send.sender.refused
        fails = trouble.value if mistake.is_late else "fails to pickle it"
        yield Finding(
            span=module.place_of(send),
            problem=f"{mistake.subject}, so `{send.api}` {fails} {when}.",
            help=mistake.help,
            when=when,
            trouble=trouble,
            notes=(
                *_place_notes(module, send, mistake),
                *way_notes(send),
                *refusal_notes(module, send, mistake.repair),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Give it the name by which it is found."""
    for send, mistake in _mistakes(module):
        if module.place_of(send) == finding.span:
            if isinstance(mistake.repair, Fix):
                yield mistake.repair
            return


@dataclass(frozen=True, slots=True)
class _Mistake:
    """What is wrong with a name, and what mends it; `is_late` if it is the worker that does not find it."""

    subject: str
    help: str
    repair: Fix | Refusal | None = None
    place: Scope | None = None
    is_late: bool = False


def _mistakes(module: Module) -> Iterator[tuple[Send, _Mistake]]:
    seen: set[tuple[int, str]] = set()
    for send in module.sends:
        if not send.when_pickled:
            continue
        found = _of_decorator(send) or _of_method(send) or _of_lookup(module, send)
        if found is not None and (id(send.call), found.subject) not in seen:
            seen.add((id(send.call), found.subject))  # of many such items the first is enough
            yield send, found


# --- what a decorator made, without the name ---------------------------------------------------------------


def _of_decorator(send: Send) -> _Mistake | None:
    bound = stands_for(send.value)
    if bound is None or not isinstance(send.value, Function):
        return None
    what = "a lambda" if send.value.is_lambda else f"its local `{send.value.scope.name}`"
    return _without_wraps(f"{_maker(send.value.scope, bound.function)} makes `{bound.name}` {what}", send.value)


def _without_wraps(subject: str, function: Function, *, is_late: bool = False) -> _Mistake:
    return _Mistake(subject, wraps_help(function), add_wraps(nameless(function)), function.scope, is_late)


def _maker(wrapper: Scope, around: Scope | None = None) -> str:
    """Return the outermost function that the inner function of a decorator is in, below the one around both."""
    home = wrapper
    while home.function is not None and home.function is not around:
        home = home.function
    name = home.qualname.rpartition("<locals>.")[2]
    return f"`{name.removesuffix('.__call__')}`"


# --- what the worker does not find in an object ------------------------------------------------------------


def _of_method(send: Send) -> _Mistake | None:
    method = lost_method(send)
    if method is None:
        return None
    function, cls = method.function, _class_of(method)
    origin = undecorated(function)
    if origin is not None and function.scope.is_local:
        made = f"{_maker(function.scope)} makes `{origin.scope.name}` its `{function.scope.name}`"
        return _without_wraps(f"{made}, a name that workers do not find in `{cls.name}`", function, is_late=True)
    if is_private(function.scope):
        return _private(function.scope, is_late=True)
    return _Mistake(
        f"`{function.scope.name}` is no method of `{cls.name}` by its own name, by which workers look for it",
        f"Define it in `{cls.name}`.",
        place=function.scope,
        is_late=True,
    )


def _class_of(method: Method) -> Scope:
    return method.receiver.scope if isinstance(method.receiver, Class) else method.receiver.cls


def _private(scope: Scope, *, is_late: bool = False) -> _Mistake:
    owner = scope.owner.name if scope.owner else ""
    subject = f"`{scope.name}` is private to `{owner}`, which hides the name that workers look for"
    return _Mistake(subject, f"Call it `{scope.name[1:]}`.", make_protected(scope), scope, is_late)


# --- what pickle does not find under a name ----------------------------------------------------------------


def _of_lookup(module: Module, send: Send) -> _Mistake | None:
    lookup = failed_lookup(send)
    if lookup is None:
        return None
    if isinstance(lookup.sought, MadeClass):
        return _of_made_class(lookup, lookup.sought)
    scope = lookup.sought.scope
    if is_private(scope):
        return _private(scope)
    subject, act = _described(module.text[module.place_of(send)], lookup, scope)
    return _Mistake(subject, act, place=scope)


def _described(code: str, lookup: Lookup, scope: Scope) -> tuple[str, str]:
    code = code if len(code) <= _LONGEST and "\n" not in code else scope.name
    if lookup.attribute:
        subject = f"`{code}` holds in `{lookup.attribute}` the `{scope.name}` that it replaced"
        return subject, f"Define `__reduce__` in its class to return `self.{lookup.attribute}.__qualname__`."
    if isinstance(lookup.sought, Class):
        if lookup.replaced:
            return f"`{scope.name}` is no longer the class but what its decorator made of it", (
                "Let the decorator return the class."
            )
        return f"`{code}` is of a `{scope.name}` whose name means another class", "Give each class a name of its own."
    if not lookup.found:
        return f"`{code}` is called `{scope.name}`, and there is no `{scope.name}` any more", "Keep that name."
    if isinstance(lookup.sought, Function) and lookup.sought.call is not None:
        is_made_of = (origin := undecorated(lookup.sought)) is not None and origin in lookup.found
        return (
            f"`{code}` bears the name of `{scope.name}`, which is another function",
            f"Decorate `{scope.name}` where it is defined, and send that." if is_made_of else "Give it its own name.",
        )
    if lookup.replaced:
        return (
            f"`{code}` is the undecorated `{scope.name}`, and that name finds the decorated one",
            f"Keep an undecorated `{scope.name}` under a name of its own, and send that.",
        )
    return f"`{code}` is a `{scope.name}` whose name means something else", "Give it a name of its own."


_LONGEST = 32


def _of_made_class(lookup: Lookup, cls: MadeClass) -> _Mistake:
    name = variable_of(cls)
    is_taken = "something else" if lookup.found else "nothing"
    if name is not None and name != cls.name:
        subject = f"`{name}` is called `{cls.name}`, which means {is_taken} in its module"
        return _Mistake(subject, f"Call it `{name}`.", name_class(cls))
    return _Mistake(
        f"The class is made as `{cls.name}`, which means {is_taken} in its module",
        f"Assign it to `{cls.name}` at module level.",
    )


def _place_notes(module: Module, send: Send, mistake: _Mistake) -> Iterator[Note]:
    if mistake.place is not None:
        yield from place_notes(module, send, mistake.place, f"`{mistake.place.name}` is defined here.")
