"""Puts the ends of pools, and what must come before them, in order."""

from spawnsafe.edits.text import indentation, line_start, reindent, stands_alone, whole_lines
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.pools import method_of, outer_site
from spawnsafe.source import Edit
from spawnsafe.syntax import facts


def close_before_join(module: Module, step: Step) -> Fix | None:
    """Return the repair that closes a pool in the line above its `join`; a `close` just below it moves up.

    The `join` must be a statement in a line of its own.
    """
    text = module.document.text
    extent = step.block.place(step.event.statement)
    if step.event.at != step.event.statement or not stands_alone(text, extent) or "\n" in text[slice(*extent)]:
        return None
    pool = _receiver(module, step)
    at = line_start(text, extent[0])
    line = f"{indentation(text, at)}{pool}.close(){module.text.newline}"
    edits = [FileEdit(module.path, Edit(module.text.span(at, at), line))]
    below = _close_below(module, step, pool)
    if below is not None:
        edits.append(FileEdit(module.path, Edit(module.text.span(*below), "")))
    return Fix("Close the pool first", tuple(edits), safe=True)


def _receiver(module: Module, step: Step) -> str:
    function = step.event.call.function if isinstance(step.event, facts.Invoke) else None
    return module.code(step.block, function.value.at) if isinstance(function, facts.Attribute) else ""


def _close_below(module: Module, step: Step, pool: str) -> tuple[int, int] | None:
    """Return the line of the next statement if that closes the pool and does no more."""
    text = module.document.text
    for later in step.scope.steps[step.order + 1 :]:
        if later.event.statement == step.event.statement and later.block is step.block:
            continue
        extent = later.block.place(later.event.statement)
        is_close = method_of(later) == "close" and _receiver(module, later) == pool and later.region == step.region
        is_alone = later.event.at == later.event.statement and stands_alone(text, extent)
        return whole_lines(text, extent) if is_close and is_alone else None
    return None


def move_into_with(module: Module, step: Step, scope: Scope, region: int) -> Fix | None:
    """Return the repair that makes the statement of a step the last one in the `with` above it.

    Nothing must stand between the two.
    """
    text = module.document.text
    first, end = scope.region_blocks[region].place(scope.regions[region].at)
    extent = _statement_below(step, scope, end)
    if extent is None or text[end : extent[0]].strip() or not stands_alone(text, extent):
        return None
    inner = indentation(text, first)
    if text[line_start(text, first) : first].strip() or not inner.startswith(outside := indentation(text, extent[0])):
        return None
    start, stop = whole_lines(text, extent)
    code = reindent(text[start:stop], outside, inner)
    top = (
        line_start(text, end) if text[line_start(text, end) : end].strip() == "" else whole_lines(text, (first, end))[1]
    )
    return Fix("Move it into the with", (FileEdit(module.path, Edit(module.text.span(top, stop), code)),), safe=True)


def _statement_below(step: Step, scope: Scope, end: int) -> tuple[int, int] | None:
    """Return the extent of the whole statement around a step that stands below a place."""
    site = outer_site(step.site)
    at, _ = step.block.place(step.event.at)
    around = (each.block.place(each.event.statement) for each in site.scope.steps if site.scope is scope)
    return min((extent for extent in around if end <= extent[0] <= at < extent[1]), default=None)


def list_of_results(module: Module, step: Step) -> Fix | None:
    """Return the repair that returns a list where a step returns the iterator that a call gives."""
    term = step.event.term if isinstance(step.event, facts.Return) else None
    if not isinstance(term, facts.Call):
        return None
    code = f"list({module.code(step.block, term.at)})"
    return Fix("Return a list", (FileEdit(module.path, Edit(module.span(step.block, term.at), code)),), safe=False)
