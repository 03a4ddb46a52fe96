"""What the program loads or makes at run time, and whether workers can find it by the name that pickle writes."""

import sys
from enum import Enum

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, member, unstarred
from spawnsafe.model.order import Run, called_in_main_only, reached
from spawnsafe.model.sends import Role, Send
from spawnsafe.model.values import ANYTHING, Class, Function, Literal, Loaded, Product, ProjectModule, Value
from spawnsafe.syntax import facts


class Absence(Enum):
    """Where a module that is made at run time cannot be found by its name."""

    EVERYWHERE = "everywhere"
    IN_WORKERS = "in workers"
    """Only in those that do not inherit it."""


def place(value: Loaded) -> str:
    """Return a phrase for what the program made: `a module that is loaded from its file`."""
    return (apis.LOADERS | apis.NAMESPACES)[value.origin.name]


def absence(send: Send) -> Absence | None:
    """Return where what a send takes from a module or namespace cannot be found, None if it can, or is not known."""
    value = send.value
    if not isinstance(value, Loaded) or not _is_definition(value, send):
        return None
    origin = value.origin
    if origin.name in apis.NAMESPACES:
        return Absence.EVERYWHERE
    registered = [step for step, _, _ in origin.site.scope.module.put.get(".modules", ())]
    if not registered and origin.name in _UNREGISTERED:
        return Absence.EVERYWHERE
    is_late = all(
        called_in_main_only(step.scope) if step.scope.is_function else not reached(step.site, Run.IMPORTED)
        for step in registered
    )
    if not registered:
        scope = origin.site.scope
        is_late = called_in_main_only(scope) if scope.is_function else not reached(origin.site, Run.IMPORTED)
    return Absence.IN_WORKERS if is_late and not _is_importable(origin) else None


_UNREGISTERED = frozenset({"importlib.util.module_from_spec", "types.ModuleType"})
"""Loaders that do not put the module into `sys.modules`."""


def _is_definition(value: Loaded, send: Send) -> bool:
    """Whether a value is surely a function or class of the module, or an instance of its class."""
    origin = value.origin
    if value.name in origin.site.scope.module.set_attributes:
        return False  # `module.work = work`
    code = _argument(origin, 0) if origin.name == "builtins.exec" else None
    if code is not None and not any(f"{keyword} {value.name}" in code for keyword in ("def", "class")):
        return False
    found = _file(origin)
    if found is not None:
        inner = member(found, value.name)
        return bool(inner) and all(
            isinstance(each, (Function, Class)) and each.scope.module is found.module for each in inner
        )
    return value.is_instance or (send.role is not Role.ARGUMENT and send.is_called)


def _file(origin: Product) -> ProjectModule | None:
    """Return the file of the project that is loaded, if it stands beside the program and its name is known."""
    path = _argument(origin, 1)
    if path is None or not path.endswith(".py") or not path.removesuffix(".py").isidentifier():
        return None
    module = origin.site.scope.module
    found = module.project.imported(module, path.removesuffix(".py"), 0)
    return found if isinstance(found, ProjectModule) else None


def _is_importable(origin: Product) -> bool:
    """Whether workers can import the module by its name, or the name is not known."""
    name = _argument(origin, 0)
    if name is None or name.partition(".")[0] in sys.stdlib_module_names:
        return True
    module = origin.site.scope.module
    return isinstance(module.project.imported(module, name, 0), ProjectModule)


def _argument(origin: Product, position: int) -> str | None:
    """Return an argument of the call that is told the module's name and file."""
    described = _description(origin)
    made = origin if described is None else described
    if not isinstance(made, Product):
        return None
    passed = unstarred(made.call, made.site).arguments
    values = evaluate(passed[position].value, made.site) if position < len(passed) else ()
    texts = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, str)]
    return texts[0] if len(texts) == 1 == len(values) else None


def _description(origin: Product) -> Value | None:
    """Return the spec or the loader that a module is made from, None if the call that makes it needs none."""
    function = origin.call.function
    if origin.name == "importlib.util.module_from_spec" and origin.call.arguments:
        values = evaluate(origin.call.arguments[0].value, origin.site)
    elif origin.name.endswith(".load_module") and isinstance(function, facts.Attribute):
        values = evaluate(function.value, origin.site)
    else:
        return None
    return values[0] if len(values) == 1 else ANYTHING
