"""Puts the ends of pools, and what must come before them, in order."""

import re
from itertools import takewhile

from spawnsafe.edits.text import (
    indent_unit,
    indentation,
    line_end,
    line_start,
    reindent,
    stands_alone,
    whole_lines,
)
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.lifecycle.pools import Life, method_of, outer, outer_site
from spawnsafe.model.lifecycle.queues import Drain
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Step
from spawnsafe.source import Edit, split_lines
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import Flow, Region, ScopeKind


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


def _close_below(module: Module, step: Step, pool: str) -> Extent | None:
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


def _statement_below(step: Step, scope: Scope, end: int) -> Extent | None:
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


_CLAUSE = re.compile(r"(?:else|elif|except|finally|case)\b|[)\]}]")
"""How a line can begin that goes on with the statement above it, at the same indentation."""


def wrap_in_with(module: Module, life: Life) -> Fix | None:
    """Return the repair that makes a pool in a `with`, round all that uses it; None if that is not the next lines.

    It must be bound to a variable in a line of its own, and be used in the same function alone.
    """
    made, text = life.made, module.document.text
    bound = [step for step in made.scope.steps if _binds(step, life)]
    if len(bound) != 1 or not isinstance(bound[0].event, facts.Bind) or made.scope.kind is ScopeKind.COMPREHENSION:
        return None
    name, binding = bound[0].event.name, bound[0]
    extent = binding.block.place(binding.event.statement)
    reads = _places_of(name, made.scope)
    if reads is None or len(made.scope.bindings[name]) != 1 or not stands_alone(text, extent) or not reads:
        return None
    start, top = whole_lines(text, extent)
    indent, call = indentation(text, start), module.code(made.block, made.event.at)
    if text[slice(*extent)] != f"{name} = {call}" or min(reads) < top:
        return None
    end = _end_of_statement(text, max(reads), indent)
    if any(line.strip() and not line.startswith(indent) for line in split_lines(text[top:end])):
        return None
    inner = reindent(text[top:end], indent, indent + indent_unit(text))
    code = f"{indent}with {call} as {name}:{text[extent[1] : top]}{inner}"
    return Fix("Make it in a with", (FileEdit(module.path, Edit(module.text.span(start, end), code)),), safe=True)


def _binds(step: Step, life: Life) -> bool:
    source = step.event.source if isinstance(step.event, facts.Bind) else None
    made = life.made.event
    return isinstance(source, facts.Assigned) and isinstance(made, facts.Invoke) and source.term is made.call


def _places_of(name: str, scope: Scope) -> list[int] | None:
    """Return where a variable of a scope is read; None if a function inside reads it, which can be called later."""
    found = []
    for inner in scope.walk():
        for read, block in inner.reads:
            if read.id == name and inner.home(name) is scope.home(name):
                if inner is not scope and (outer(inner) is not scope):
                    return None
                found.append(block.place(read.at)[0])
    return found


def _end_of_statement(text: str, offset: int, indent: str) -> int:
    """Return the end of the lines of the statement around an offset that has this indentation."""
    end = line_end(text, offset)
    last = end
    while end < len(text):
        line = text[end : line_end(text, end)]
        lead = indentation(text, end)
        if line.strip():
            if len(lead) <= len(indent) and not (lead == indent and _CLAUSE.match(line.strip())):
                break
            last = line_end(text, end)
        end = line_end(text, end)
    return last


def read_before_join(module: Module, drain: Drain) -> Fix | None:
    """Return the repair that moves the statement which reads a queue above the one that joins; None if it cannot move.

    It must be the next one, and read as often as something is put: not while the queue is not empty.
    """
    text = module.document.text
    join, read = _statement_of(drain.join), _statement_of(drain.read)
    is_polling = any(drain.read.scope.regions[index].subject is None for index in _loops_around(drain.read))
    if join is None or read is None or is_polling or not stands_alone(text, join) or not stands_alone(text, read):
        return None
    (start, middle), (first, end) = whole_lines(text, join), whole_lines(text, read)
    if first < middle or text[middle:first].strip() or indentation(text, start) != indentation(text, first):
        return None
    last = text[first:end] if text[first:end].endswith(("\n", "\r")) else text[first:end] + module.text.newline
    code = last + text[middle:first] + text[start:middle]
    return Fix("Read it first", (FileEdit(module.path, Edit(module.text.span(start, end), code)),), safe=True)


def _statement_of(step: Step) -> Extent | None:
    """Return the extent of the statement that a step stands in, of its function or of an `if` or a `with` in that.

    None if the statement does not always come to the step.
    """
    site = outer_site(step.site)
    scope, at = site.scope, step.block.place(step.event.at)[0]
    inwards = [*scope.enclosing(site.region)][-2::-1]  # region 0 is the function itself
    bodies = list(takewhile(lambda index: _is_body(scope.regions[index]), inwards))
    if any(scope.regions[index].flow is Flow.BRANCH for index in inwards[len(bodies) :]):
        return None
    starts = [scope.region_blocks[index].place(scope.regions[index].at)[0] for index in bodies]
    if scope.facts is not None:
        starts.append(scope.block.place(scope.facts.name_at)[1])  # its parameters are bound by the whole of it
    extents = (each.block.place(each.event.statement) for each in scope.steps)
    return min((each for each in extents if max(starts, default=0) <= each[0] <= at < each[1]), default=None)


def _is_body(region: Region) -> bool:
    """Whether a region is the body of an `if` or a `with`, which can be looked at by itself."""
    return region.flow in (Flow.BRANCH, Flow.ALWAYS) and region.subject is not None


def _loops_around(step: Step) -> list[int]:
    regions = step.scope.regions
    is_comprehension = step.scope.kind is ScopeKind.COMPREHENSION
    return [i for i in step.scope.enclosing(step.region) if regions[i].flow is Flow.LOOP and not is_comprehension]
