"""Makes locks, queues and shared values those of a manager, which travel with tasks."""

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import importing
from spawnsafe.edits.replace import replacement
from spawnsafe.findings import Fix
from spawnsafe.model.flow import Run, evaluate, reached
from spawnsafe.model.names import Step
from spawnsafe.model.pickling.pickles import Unpicklable
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import Channel, Product
from spawnsafe.syntax import facts

_MADE = frozenset(
    ("Queue", "JoinableQueue", "Event", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Barrier")
)
"""What a manager makes by the same names and from the same arguments."""
_TYPED = ("Value", "Array")
_MISSING = frozenset(("get_lock", "get_obj", "close", "join_thread", "cancel_join_thread"))
"""Methods that what a manager makes does not have."""


def of_manager(why: Unpicklable) -> Fix | Refusal:
    """Return the repair that lets a manager make what a task would carry.

    It is never safe: each use of it is then a message to the manager's process.
    """
    value = why.value
    if not isinstance(value, Product | Channel):
        return Refusal("only the process that made it can have it")
    call, site = value.call, value.site
    function, module = call.function, site.scope.module
    what = last_name(function)
    if not _is_made_alike(what, call):
        return Refusal(f"a manager makes no such `{what}`")
    if not any(_binds(step, call) for step in site.scope.steps):
        return Refusal("no variable is bound to it")
    if site.scope.is_module and reached(site, Run.IMPORTED):
        return Refusal("it is made at import, where no manager can start")
    if missing := _missing(value):
        return Refusal(f"that of a manager has no `{missing}`")
    if isinstance(function, facts.Attribute):
        at = site.block.place(function.name_at)
        edits = [replacement(module, (at[0], at[0]), "Manager().")]
    else:
        found = importing(module, "multiprocessing", "Manager", [site.scope], site.block.start)
        if found is None:
            return Refusal("the name `Manager` is taken")
        edits = [replacement(module, site.block.place(function.at), f"{found.code}().{what}")]
        edits += [replacement(module, *found.change)] if found.change else []
    return Fix(f"Use a `{what}` of a manager", tuple(edits), safe=False)


def _is_made_alike(what: str, call: facts.Call) -> bool:
    """Whether a manager makes it from the same arguments: of typed ones, from a code and what it is to hold."""
    if what not in _TYPED:
        return what in _MADE
    match [passed.value for passed in call.arguments]:
        case [facts.Constant(value=str()), held]:
            return what == "Value" or isinstance(held, facts.Display)
        case _:
            return False


def _binds(step: Step, call: facts.Call) -> bool:
    match step.event:
        case (
            facts.Bind(source=facts.Assigned(term=term))
            | facts.Store(target=facts.Attribute(), source=facts.Assigned(term=term))
        ):
            return term is call or (isinstance(term, facts.Display) and call in term.items)
        case _:
            return False


def _missing(value: Product | Channel) -> str:
    """Return a method that is called on it and that a manager's does not have, empty if there is none."""
    for scope in value.site.scope.module.scopes:
        if scope.mentions & {f".{name}" for name in _MISSING}:
            for step in scope.steps:
                match step.event:
                    case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if (
                        name in _MISSING and value in evaluate(owner, step.site)
                    ):
                        return name
    return ""
