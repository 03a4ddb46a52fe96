"""Moves the choice of a start method under the main guard that a file has."""

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, line_start, removal, stands_alone, whole_lines
from spawnsafe.findings import Fix
from spawnsafe.model.flow import Run, taken
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.syntax.facts import Flow


def move_under_guard(module: Module, step: Step) -> Fix | None:
    """Return the repair that makes a statement the first one under the guard; None if there is no guard to put it.

    It must stand by itself at module level, in one line.
    """
    text, scope = module.document.text, module.scope
    extent = step.block.place(step.event.statement)
    if step.scope is not scope or step.region or not stands_alone(text, extent) or "\n" in text[slice(*extent)]:
        return None
    for index, region in enumerate(scope.regions):
        if region.flow is not Flow.BRANCH or region.parent or region.events[0] <= step.order:
            continue
        if taken(scope, index, Run.MAIN) and taken(scope, index, Run.IMPORTED) is False:
            first = scope.steps[region.events[0]] if region.events[0] < region.events[1] else None
            if first is None:
                return None
            at = line_start(text, first.block.place(first.event.statement)[0])
            indent = indentation(text, at)
            if not indent.startswith(indent_unit(text)):
                return None
            gone = replacement(module, *removal(text, whole_lines(text, extent)))
            moved = replacement(module, (at, at), f"{indent}{text[slice(*extent)]}{module.text.newline}")
            return Fix("Choose it under the guard", (gone, moved), safe=True)
    return None
