"""Chooses how workers start: moves the choice under the main guard that a file has, or lets a context spawn them."""

from collections.abc import Iterable

from spawnsafe.edits.imports import importing
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, line_start, removal, stands_alone, whole_lines
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.flow import Run, evaluate, taken
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import External
from spawnsafe.syntax import facts
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


def spawn_instead(module: Module, makers: Iterable[facts.Call]) -> Fix | None:
    """Return the repair that spawns the workers which some calls make, in a context of their own.

    The calls must be those of `multiprocessing` itself. It is never safe: spawned workers import the file, and get
    everything else by pickle.
    """
    edits: dict[FileEdit, None] = {}
    for call in makers:
        step = next((each for scope in module.scopes for each in scope.steps if _is_call(each, call)), None)
        changes = _spawned(module, step, call) if step is not None else []
        if not changes:
            return None
        edits.update(dict.fromkeys(changes))
    return Fix("Spawn the workers", tuple(edits), safe=False) if edits else None


def _is_call(step: Step, call: facts.Call) -> bool:
    return isinstance(step.event, facts.Invoke) and step.event.call is call


def _spawned(module: Module, step: Step, call: facts.Call) -> list[FileEdit]:
    """Return the edits that take the maker of workers from a context that spawns them, none if it is another's."""
    function = call.function
    if last_name(function) not in _OF_CONTEXTS:
        return []
    if isinstance(function, facts.Attribute):
        if evaluate(function.value, step.site) != (External("multiprocessing"),):
            return []
        at = step.block.place(function.name_at)[0]
        return [replacement(module, (at, at), _SPAWNING + ".")]
    found = importing(module, "multiprocessing", "get_context", [step.scope], step.block.start)
    if found is None:
        return []
    start = step.block.place(function.at)[0]
    name = module.code(step.block, function.at)
    code = f'{found.code}("spawn").{name}'
    edits = [replacement(module, (start, start + len(name)), code)]
    return [*edits, replacement(module, *found.change)] if found.change else edits


_OF_CONTEXTS = ("Pool", "Process")
_SPAWNING = 'get_context("spawn")'
