"""Makes locks, queues, shared values and containers those of a manager, which travel to workers."""

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import importing
from spawnsafe.edits.replace import replacement
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model import apis
from spawnsafe.model.flow import Run, evaluate, reached
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Step
from spawnsafe.model.order import inflow
from spawnsafe.model.pickling.pickles import Unpicklable
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import ANYTHING, Channel, Parameter, Product, Value
from spawnsafe.syntax import facts

_MADE = frozenset(
    ("Queue", "JoinableQueue", "Event", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Barrier")
)
"""What a manager makes by the same names and from the same arguments."""
_TYPED = ("Value", "Array")
_THREADS = {
    **{f"threading.{name}": name for name in _MADE - {"Queue", "JoinableQueue"}},
    "queue.Queue": "Queue",
}
"""What threads share, with what a manager makes for processes."""
_MISSING = frozenset(("get_lock", "get_obj", "close", "join_thread", "cancel_join_thread", "locked", "mutex"))
"""Methods that what a manager makes does not have."""
_JOINING = frozenset(("join", "task_done"))


def of_processes(send: Send, why: Unpicklable) -> Fix | Refusal:
    """Return the repair that uses what processes can share: of `multiprocessing` as they start, else of a manager.

    It is never safe: what threads alone were kept from is then kept from processes, and takes longer.
    """
    value = why.value
    if not isinstance(value, Product | Channel):
        return Refusal("only the process that made it can have it")
    call, site = value.call, value.site
    threaded = _THREADS.get(value.name, "") if isinstance(value, Product) else ""
    what = threaded or last_name(call.function)
    if not threaded and not (why.inherited and _is_made_alike(what, call)):
        return Refusal(f"a manager makes no such `{what}`")
    if not any(_binds(step, call) for step in site.scope.steps):
        return Refusal("no variable is bound to it")
    if site.scope.is_module and reached(site, Run.IMPORTED):
        return Refusal("it is made at import, where no manager can start")
    if missing := _missing(value):
        return Refusal(f"that of processes has no `{missing}`")
    is_handed = send.sender.crossing is apis.Crossing.START
    edits = _handed(value, what) if is_handed else _managed(value, what, is_own=not threaded)
    title = f"Use the `{what}` of multiprocessing" if is_handed else f"Let a manager make the `{what}`"
    return Fix(title, tuple(edits), safe=False) if edits else _TAKEN


_TAKEN = Refusal("the name that it needs is taken")


def _handed(value: Product | Channel, what: str) -> list[FileEdit]:
    """Return the edits that make what threads share with `multiprocessing`, which hands it to starting processes."""
    if what == "Queue" and _called(value, _JOINING):
        what = "JoinableQueue"
    return _made_by(value, what, "")


def _managed(value: Product | Channel, what: str, *, is_own: bool) -> list[FileEdit]:
    """Return the edits that let a manager make it: one of the same context, if it is of `multiprocessing` itself."""
    function = value.call.function
    if isinstance(function, facts.Attribute) and is_own:
        at = value.site.block.place(function.name_at)[0]
        return [replacement(value.site.scope.module, (at, at), "Manager().")]
    return _made_by(value, "Manager", f"().{what}")


def _made_by(value: Product | Channel, name: str, rest: str) -> list[FileEdit]:
    """Return the edits that call what `multiprocessing` has under a name, or something of it."""
    site, module = value.site, value.site.scope.module
    found = importing(module, "multiprocessing", name, [site.scope], site.block.start)
    if found is None:
        return []
    made = replacement(module, site.block.place(value.call.function.at), found.code + rest)
    return [made, replacement(module, *found.change)] if found.change else [made]


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
    return _called(value, _MISSING)


def _called(value: Product | Channel, names: frozenset[str]) -> str:
    """Return the first of some methods that is, or may be, called on it in its file, empty if none is."""
    for scope in value.site.scope.module.scopes:
        if scope.mentions & {f".{name}" for name in names}:
            for step in scope.steps:
                match step.event:
                    case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if (
                        name in names and _may_be(value, inflow(evaluate(owner, step.site)))
                    ):
                        return name
    return ""


def _may_be(value: Value, values: Values) -> bool:
    """Whether one of some values is this one, or whatever is passed for a parameter, such as what a worker is sent."""
    return value in values or any(each == ANYTHING or isinstance(each, Parameter) for each in values)
