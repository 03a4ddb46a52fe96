"""Lets two statements change places."""

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, stands_alone, whole_lines
from spawnsafe.findings import Fix
from spawnsafe.model.lifecycle.processes import Misplaced, Stage
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.model.terms import parts
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent


def change_places(module: Module, found: Misplaced) -> Fix | None:
    """Return the repair that asks something of a process behind its `start`, or before it or its `close`.

    The two must be neighbours. It is safe: the program ended there.
    """
    step = found.step
    if found.is_repeated:
        return None
    if found.name == "daemon":
        other, title = _neighbour(found, "start", is_below=False), "Set it before `start`"
    elif found.stage is Stage.FRESH:
        other, title = _neighbour(found, "start", is_below=True), "Start it first"
    elif found.stage is Stage.CLOSED:
        other, title = _neighbour(found, "close", is_below=False), "Close it last"
    else:
        return None
    if other is None:
        return None
    text, newline = module.document.text, module.text.newline
    extents = sorted(each.block.place(each.event.statement) for each in (step, other))
    (first, middle), (start, end) = (whole_lines(text, extent) for extent in extents)
    if not all(stands_alone(text, extent) for extent in extents) or text[middle:start].strip():
        return None
    if indentation(text, first) != indentation(text, start):
        return None
    last = text[start:end] if text[start:end].endswith(("\n", "\r")) else text[start:end] + newline
    return Fix(title, (replacement(module, (first, end), last + text[middle:start] + text[first:middle]),), safe=True)


def _neighbour(found: Misplaced, method: str, *, is_below: bool) -> Step | None:
    """Return the statement next to that of a step which calls a method of the same process and does no more."""
    step, owner, statement = found.step, _owner(found), _statement(found.step)
    others = [each for each in step.scope.steps if _statement(each) != statement and each.region == step.region]
    beside = [each for each in others if (_statement(each) > statement) == is_below]
    near = (min if is_below else max)((_statement(each) for each in beside), default=None)
    for each in beside:
        match each.event:
            case facts.Invoke(call=facts.Call(function=facts.Attribute(value=facts.Name(id=name), name=called))):
                is_whole = each.event.at == each.event.statement
                if _statement(each) == near and is_whole and name == owner and called == method:
                    return each
    return None


def _owner(found: Misplaced) -> str:
    """Return the variable of the process of which something is asked."""
    for term in parts(found.step.event):
        match term:
            case facts.Attribute(value=facts.Name(id=owner), name=name) if name == found.name:
                return owner
    return ""


def _statement(step: Step) -> Extent:
    return step.block.place(step.event.statement)
