"""What the program loads or makes at run time, and whether workers can find it by the name that pickle writes."""

import sys
from collections.abc import Iterable
from enum import Enum

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, bound, evaluate, follow, reached, resolve, unstarred
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import called_in_main_only, inflow
from spawnsafe.model.sends import Role, Send
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    External,
    Function,
    Items,
    Literal,
    Loaded,
    Parameter,
    Product,
    ProjectModule,
    Value,
)
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
        own = _bindings_in_main(value, send)
        is_found = bool(own) and not _has_other_name(origin)
        return _absence_of_late(own, send) if is_found else Absence.EVERYWHERE
    registered = [step for step, _, _ in origin.site.scope.module.put.get(".modules", ())]
    if not registered and origin.name in _UNREGISTERED:
        return Absence.EVERYWHERE
    if origin.name in apis.IMPORTS and not _leaves_path(origin.site):
        return None
    late = _absence_of_late([step.site for step in registered] or [origin.site], send)
    return late if late and not _is_importable(origin) else None


_UNREGISTERED = frozenset({"importlib.util.module_from_spec", "types.ModuleType"})
"""Loaders that do not put the module into `sys.modules`."""


def _absence_of_late(sites: Iterable[Site], send: Send) -> Absence | None:
    """Return what is missing in workers if only the main program comes to sites, and no worker does."""
    is_late = all(
        called_in_main_only(site.scope) if site.scope.is_function else not reached(site, Run.IMPORTED) for site in sites
    )
    return Absence.IN_WORKERS if is_late and not any(_runs_in_workers(site.scope, send) for site in sites) else None


def _runs_in_workers(scope: Scope, send: Send) -> bool:
    """Whether workers run a function themselves, such as one that the initializer calls."""
    modules = {scope.module, send.site.scope.module}
    works = (work for module in modules for work in module.works)
    return scope.is_function and any(visit.scope is scope for work in works for visit in work.visits)


def _is_definition(value: Loaded, send: Send) -> bool:
    """Whether a value is surely a function or class of the module, or an instance of its class."""
    origin = value.origin
    if value.name.rpartition(".")[2] in origin.site.scope.module.set_attributes:
        return False  # `module.work = work`
    code = _argument(origin, 0) if origin.name == "builtins.exec" else None
    if code is not None and not any(f"{keyword} {value.name}" in code for keyword in ("def", "class")):
        return False
    found = _file(origin)
    if found is not None:
        inner = follow((found,), tuple(value.name.split(".")))
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
    names = _arguments(origin, 0)
    return not names or any(_is_found(name, origin) for name in names)


def _is_found(name: str, origin: Product) -> bool:
    if name.partition(".")[0] in sys.stdlib_module_names:
        return True
    module = origin.site.scope.module
    return isinstance(module.project.imported(module, name, 0), ProjectModule)


def _argument(origin: Product, position: int) -> str | None:
    """Return an argument of the call that is told the module's name and file."""
    found = _arguments(origin, position)
    return next(iter(found)) if len(found) == 1 else None


def _arguments(origin: Product, position: int) -> frozenset[str]:
    """Return what an argument of the call can be that is told the module's name and file; nothing if unknown."""
    described = _description(origin)
    made = origin if described is None else described
    if not isinstance(made, Product):
        return frozenset()
    passed = unstarred(made.call, made.site).arguments
    return _texts(passed[position].value, made.site) if position < len(passed) else frozenset()


def _texts(term: facts.Term, site: Site) -> frozenset[str]:
    """Return the texts that a term can be, with those that the file passes; nothing if not all are known."""
    if isinstance(term, facts.Combined) and term.operator == "+":
        left, right = (_texts(part, site) for part in term.parts)
        return frozenset(one + two for one in left for two in right)
    values = [value for value in inflow(evaluate(term, site)) if not isinstance(value, Parameter)]
    texts = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, str)]
    return frozenset(texts if len(texts) == len(values) else ())


def _description(origin: Product) -> Value | None:
    """Return the spec or the loader that a module is made from, None if the call that makes it needs none."""
    function = origin.call.function
    if origin.name == "importlib.util.module_from_spec" and origin.call.arguments:
        values = evaluate(origin.call.arguments[0].value, origin.site)
    elif origin.name == "importlib.machinery.SourceFileLoader().load_module" and isinstance(function, facts.Attribute):
        values = evaluate(function.value, origin.site)
    else:
        return None
    return values[0] if len(values) == 1 else ANYTHING


# --- what a namespace gives to the main module -------------------------------------------------------------


def _bindings_in_main(value: Loaded, send: Send) -> list[Site]:
    """Return where a variable of the sending module that has the name of a value is bound to it."""
    module = send.site.scope.module.scope
    found: list[Step] = resolve(value.name, module.end) or [] if value.name in module.bindings else []
    return [step.site for step in found if value in bound(step)]


def _has_other_name(origin: Product) -> bool:
    """Whether what a namespace defines surely belongs to a module of another name, or is not looked for in main.

    In a dict without `__name__` functions belong to no module, and pickle looks for them in the main module.
    """
    arguments = origin.call.arguments
    if origin.name != "builtins.exec" or len(arguments) < 2:  # noqa: PLR2004 - the code and its globals
        return True
    for namespace in evaluate(arguments[1].value, origin.site):
        keys = zip(namespace.keys, namespace.items, strict=False) if isinstance(namespace, Items) else ()
        for key, item in keys:
            if isinstance(key, facts.Constant) and key.value == "__name__":
                return any(isinstance(value, Literal) for value in evaluate(item, origin.site))
    return False


# --- what is imported from a folder that is on the path no longer ------------------------------------------


def _leaves_path(site: Site) -> bool:
    """Whether the code around an import puts a folder on `sys.path` before it, and takes one off after it."""
    added = any(_changes_path(step, _ADDING) for step in site.scope.steps[: site.order])
    return added and any(_changes_path(step, _REMOVING) for step in site.scope.steps[site.order :])


_ADDING = ("insert", "append")
_REMOVING = ("remove", "pop")


def _changes_path(step: Step, methods: tuple[str, ...]) -> bool:
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=facts.Attribute() as owner, name=name))):
            return name in methods and External("sys.path") in evaluate(owner, step.site)
        case _:
            return False
