"""Repairs of names that workers look up: `functools.wraps`, the name of a made class, one underscore for two."""

import re
from collections.abc import Iterable, Iterator

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import importing
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, line_start
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.names import Scope
from spawnsafe.model.order import definition
from spawnsafe.model.values import MadeClass
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import ScopeKind

# --- functools.wraps ---------------------------------------------------------------------------------------


def decorated_parameter(wrapper: Scope) -> str | None:
    """Return the parameter of a decorator that takes what it decorates: the one that its inner function calls."""
    decorator = wrapper.function
    if decorator is None:
        return None
    names = {parameter.name for parameter in decorator.parameters if not parameter.stars}
    called = {
        step.event.call.function.id
        for scope in wrapper.walk()
        for step in scope.steps
        if isinstance(step.event, facts.Invoke)
        and isinstance(step.event.call.function, facts.Name)
        and scope.home(step.event.call.function.id) is decorator
    }
    found = names & called
    return found.pop() if len(found) == 1 else None


def add_wraps(wrappers: Iterable[Scope]) -> Fix | Refusal:
    """Return the repair that gives the inner functions of decorators the name of what is decorated."""
    edits: list[FileEdit] = []
    for wrapper in wrappers:
        parameter, step, module = decorated_parameter(wrapper), definition(wrapper), wrapper.module
        if parameter is None or step is None or wrapper.function is None:
            return Refusal(f"`{wrapper.name}` calls none of the parameters of the function around it")
        found = importing(module, "functools", "wraps", [wrapper.function], step.block.start)
        if found is None:
            return Refusal("`wraps` and `functools` are names of something else")
        edits += (replacement(module, *change) for change in _wrapped(wrapper, f"{found.code}({parameter})"))
        if found.change is not None:
            edits.append(replacement(module, *found.change))
    return Fix("Add `functools.wraps`", tuple(dict.fromkeys(edits)), safe=True)


def _wrapped(wrapper: Scope, decorator: str) -> Iterator[tuple[Extent, str]]:
    """Yield the changes that decorate an inner function, or pass a lambda to the decorator."""
    assert wrapper.facts is not None  # noqa: S101 - only a module has none
    text, (start, end) = wrapper.module.document.text, wrapper.block.place(wrapper.facts.at)
    if wrapper.kind is ScopeKind.LAMBDA:
        yield (start, start), f"{decorator}("
        yield (end, end), ")"
    else:
        begin = line_start(text, start)
        yield (begin, begin), f"{indentation(text, start)}@{decorator}{wrapper.module.text.newline}"


# --- classes that calls make -------------------------------------------------------------------------------


def variable_of(cls: MadeClass) -> str | None:
    """Return the variable of the module that a made class is assigned to, None if there is none, or more."""
    names = [
        step.event.name
        for step in cls.site.scope.steps
        if isinstance(step.event, facts.Bind)
        and isinstance(step.event.source, facts.Assigned)
        and step.event.source.term is cls.call
    ]
    return names[0] if len(names) == 1 and cls.site.scope.is_module else None


def name_class(cls: MadeClass) -> Fix | Refusal:
    """Return the repair that gives a made class the name of its variable."""
    name, term = variable_of(cls), cls.call.arguments[0].value
    if name is None:
        return Refusal("no variable of the module is bound to it alone")
    module = cls.site.scope.module
    code = module.code(cls.site.block, term.at)
    if not isinstance(term, facts.Constant) or code[1:-1] != cls.name:
        return Refusal("its name is not written in the call")
    extent = cls.site.block.place(term.at)
    return Fix(f"Call it `{name}`", (replacement(module, extent, f"{code[0]}{name}{code[-1]}"),), safe=True)


# --- private names -----------------------------------------------------------------------------------------


def make_protected(method: Scope) -> Fix | Refusal:
    """Return the repair that takes one of the two underscores from a private name of a class."""
    cls, step, old = method.owner, definition(method), method.name
    new = old[1:]
    if cls is None or step is None:
        return Refusal("it is in no class")
    module, text = cls.module, cls.module.document.text
    if re.search(rf"\b{new}\b", text) or f"_{cls.name.lstrip('_')}{old}" in text:
        return Refusal(f"`{new}` is the name of something else")
    found = [match.span() for match in re.finditer(rf"\b{old}\b", text)]
    if not all(step.block.start <= begin and stop <= step.block.end for begin, stop in found):
        return Refusal(f"`{old}` stands outside of the class too")
    return Fix(f"Rename it `{new}`", tuple(replacement(module, extent, new) for extent in found), safe=True)
