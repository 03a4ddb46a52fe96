"""Lets workers raise or return where they end themselves."""

from spawnsafe.edits.replace import replacement
from spawnsafe.findings import Fix
from spawnsafe.model.calls.endings import Exit
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts

_RAISED = "RuntimeError"
_CALLED = frozenset({"exit", "_exit", "quit"})


def raise_instead(ending: Exit) -> Fix | None:
    """Return the repair that raises an exception instead of ending the worker, or returns where all was well.

    None where the exit is only a part of a statement, and in an initializer, which ends the worker either way. It is
    never safe: the parent is told something else.
    """
    step = _statement(ending)
    if step is None or not ending.work.send.is_task:
        return None
    module, block, term = ending.site.scope.module, ending.site.block, ending.term
    if isinstance(step.event, facts.Raise):
        named = term.function if isinstance(term, facts.Call) else term
        edits = (replacement(module, block.place(named.at), _RAISED),)
        return Fix(f"Raise a `{_RAISED}`", edits, safe=False)
    passed = term.arguments if isinstance(term, facts.Call) else ()
    if len(passed) > 1 or any(each.keyword or each.stars for each in passed):
        return None
    said = passed[0].value if passed else facts.Constant((0, 0), None)
    if isinstance(said, facts.Constant) and not said.value:
        is_target = not ending.visit.chain and ending.visit.scope is ending.site.scope
        edits = (replacement(module, block.place(step.event.statement), "return"),)
        return Fix("Return instead", edits, safe=False) if is_target else None
    is_status = isinstance(said, facts.Constant) and isinstance(said.value, int)
    code = f'"exit status {module.code(block, said.at)}"' if is_status else module.code(block, said.at)
    edits = (replacement(module, block.place(step.event.statement), f"raise {_RAISED}({code})"),)
    return Fix(f"Raise a `{_RAISED}`", edits, safe=False)


def _statement(ending: Exit) -> Step | None:
    """Return the step whose whole statement is the exit."""
    for step in ending.site.scope.steps:
        if step.block is not ending.site.block:
            continue
        match step.event:
            case facts.Invoke(call=call) if call is ending.term and step.event.statement == call.at:
                function = call.function
                name = function.name if isinstance(function, facts.Attribute) else getattr(function, "id", "")
                return step if name in _CALLED else None
            case facts.Raise(term=term) if term is ending.term:
                return step
    return None
