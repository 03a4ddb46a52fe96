"""Starts processes that a program makes and does not start."""

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, line_start, stands_alone
from spawnsafe.findings import Fix
from spawnsafe.model.lifecycle.processes import Oversight, Unstarted
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts


def start_process(module: Module, each: Unstarted) -> Fix | None:
    """Return the repair that starts a process, or gives it its target by name; None where there is no place for it."""
    block = each.step.block
    end = block.place(each.term.at)[1]
    match each.oversight:
        case Oversight.RUN if isinstance(each.term, facts.Call) and isinstance(each.term.function, facts.Attribute):
            edit = replacement(module, block.place(each.term.function.name_at), "start")
            return Fix("Call `start`", (edit,), safe=True)
        case Oversight.UNCALLED:
            return Fix("Call `start`", (replacement(module, (end, end), "()"),), safe=True)
        case Oversight.GROUP:
            return _by_name(module, each)
        case Oversight.NEVER if each.step.event.statement == each.term.at:
            return Fix("Start it", (replacement(module, (end, end), ".start()"),), safe=True)
        case Oversight.NEVER:
            return _started_below(module, each)
        case _:
            return None


def _by_name(module: Module, each: Unstarted) -> Fix | None:
    """Return the repair that gives the target, and the arguments behind it, by name."""
    call = each.life.workers.call
    positional = [passed for passed in call.arguments if not passed.keyword] if call is not None else []
    if len(positional) > len(_NAMES) or any(passed.stars for passed in positional):
        return None
    text, edits = module.document.text, []
    for name, passed in zip(_NAMES, positional, strict=False):
        start = each.step.block.place(passed.value.at)[0]
        while text[:start].rstrip().endswith("(") and text[:start].rstrip()[:-1].rstrip().endswith(","):
            start = len(text[:start].rstrip()) - 1
        edits.append(replacement(module, (start, start), f"{name}="))
    return Fix("Name the target", tuple(edits), safe=True)


_NAMES = ("target", "args")


def _started_below(module: Module, each: Unstarted) -> Fix | None:
    """Return the repair that starts a process in the line below the one that makes it and gives it a name."""
    name = next((name for step in each.step.scope.steps if (name := _name(step, each.term))), "")
    text, extent = module.document.text, each.step.block.place(each.step.event.statement)
    if not name or not stands_alone(text, extent):
        return None
    line = f"{module.text.newline}{indentation(text, line_start(text, extent[0]))}{name}.start()"
    return Fix("Start it", (replacement(module, (extent[1], extent[1]), line),), safe=True)


def _name(step: Step, made: facts.Term) -> str:
    match step.event:
        case facts.Bind(name=name, source=facts.Assigned(term=term, path=())) if term is made:
            return name
        case _:
            return ""
