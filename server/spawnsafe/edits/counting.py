"""Lets consumers of a queue tell it what is done."""

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, line_start, reindent, stands_alone, whole_lines
from spawnsafe.findings import Fix
from spawnsafe.model.calls.tallies import Uncounted
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import Flow


def count_done(found: Uncounted) -> Fix | None:
    """Return the repair that calls `task_done` when what comes behind `get` is done; None if that is not all of a loop.

    It is safe: the program waited for ever.
    """
    get = found.get
    if not found.is_only_get:
        return None
    module, text = get.site.scope.module, get.site.scope.module.document.text
    step = next((step for step in get.site.scope.steps if _takes(step, get.term)), None)
    rest = _rest(step) if step is not None else None
    if step is None or rest is None or "\n" in text[slice(*step.block.place(step.event.statement))]:
        return None
    newline, unit = module.text.newline, indent_unit(text)
    indent = indentation(text, line_start(text, step.block.place(step.event.statement)[0]))
    done = f"{module.code(step.block, get.term.value.at)}.task_done(){newline}"
    code = text[slice(*rest)]
    if not code.strip():
        opening = "" if text[: rest[1]].endswith(("\n", "\r")) else newline
        return Fix(
            "Call `task_done`", (replacement(module, (rest[1], rest[1]), f"{opening}{indent}{done}"),), safe=True
        )
    body = reindent(code if code.endswith(("\n", "\r")) else code + newline, indent, indent + unit)
    new = f"{indent}try:{newline}{body}{indent}finally:{newline}{indent}{unit}{done}"
    return Fix("Call `task_done` in a finally", (replacement(module, rest, new),), safe=True)


def _takes(step: Step, get: facts.Attribute) -> bool:
    """Whether a step is a statement that takes an item and gives it a name, or drops it."""
    match step.event:
        case facts.Bind(source=facts.Assigned(term=facts.Call(function=function))):
            return function is get
        case facts.Evaluate(term=facts.Call(function=function) as call):
            return function is get and step.event.statement == call.at
        case _:
            return False


def _rest(step: Step) -> Extent | None:
    """Return the lines of a loop behind a statement in it, None if the statement is deeper inside."""
    scope, text = step.scope, step.scope.module.document.text
    statement = step.block.place(step.event.statement)
    around = scope.enclosing(step.region)
    loops = [index for index in around if scope.regions[index].flow is Flow.LOOP]
    if not loops or not stands_alone(text, statement):
        return None
    loop = max(loops)
    between = [index for index in around if index > loop]
    end = scope.region_blocks[loop].place(scope.regions[loop].at)[1]
    if any(scope.region_blocks[index].place(scope.regions[index].at)[1] != end for index in between):
        return None
    if any(scope.regions[index].flow is not Flow.BRANCH for index in between):
        return None
    top = whole_lines(text, statement)[1]
    return (top, whole_lines(text, (statement[0], end))[1])
