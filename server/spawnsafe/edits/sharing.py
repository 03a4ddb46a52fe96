"""Shares with the workers what they change: a dict or list of a manager in the place of a plain one."""

from spawnsafe.edits.imports import importing
from spawnsafe.edits.passing import place
from spawnsafe.edits.replace import replacement
from spawnsafe.findings import Fix
from spawnsafe.model.calls.effects import Lost
from spawnsafe.model.flow import Run, reached, resolve
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts

_KINDS = ("dict", "list")


def share_changed(module: Module, each: Lost) -> Fix | None:
    """Return the repair that lets a manager make the dict or list which a worker changes.

    It must be an argument, and a variable in the parent that is bound once. It is never safe: each use is then a
    message to the manager's process.
    """
    if each.site.scope is not each.visit.scope or not _is_argument(each):
        return None
    steps = resolve(each.read.term.id, each.read.site) if isinstance(each.read.term, facts.Name) else None
    if steps is None or len(steps) != 1 or steps[0].scope.module is not module:
        return None
    step, kind = steps[0], _kind(steps[0])
    if not kind or (step.scope.is_module and reached(step.site, Run.IMPORTED)):
        return None
    found = importing(module, "multiprocessing", "Manager", [step.scope], step.block.start)
    assert isinstance(step.event, facts.Bind)  # noqa: S101 - it has a kind
    assert isinstance(step.event.source, facts.Assigned)  # noqa: S101
    if found is None:
        return None
    term = step.event.source.term
    extent = place(module.document.text, step.block, term)
    code = module.document.text[slice(*extent)]
    held = "" if isinstance(term, facts.Display) and not term.items else code
    edits = [replacement(module, extent, f"{found.code}().{kind}({held})")]
    edits += [replacement(module, *found.change)] if found.change else []
    return Fix(f"Use a {kind} of a manager", tuple(edits), safe=False)


def _is_argument(each: Lost) -> bool:
    """Whether a worker changes what it is passed, and not something inside of that."""
    match each.term:
        case facts.Subscript(value=facts.Name(id=name)) | facts.Name(id=name):
            bindings = each.site.scope.bindings.get(name, [])
        case _:
            return False
    sources = [step.event.source for step in bindings if isinstance(step.event, facts.Bind)]
    return len(sources) == 1 and isinstance(sources[0], facts.Given)


def _kind(step: Step) -> str:
    """Return whether a step binds a dict or a list that is written there, empty if neither."""
    match step.event:
        case facts.Bind(source=facts.Assigned(term=facts.Display(kind=kind), path=())) if kind in _KINDS:
            return kind
        case _:
            return ""
