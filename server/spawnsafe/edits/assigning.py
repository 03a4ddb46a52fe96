"""Puts changed copies back into the objects of a manager."""

import keyword

from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, line_start, stands_alone, whole_lines
from spawnsafe.findings import Fix
from spawnsafe.model.calls.managed import Detached
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts

_COPY = "copy"


def assign_back(found: Detached) -> Fix | None:
    """Return the repair that assigns a changed copy to the place that it was read from.

    None if it is not read by a plain key. It is never safe: another process may change the same meanwhile.
    """
    site, copy = found.site, found.copy
    module, text = site.scope.module, site.scope.module.document.text
    step = next((step for step in site.scope.steps if step.order == site.order), None)
    if step is None or not _is_plain(copy):
        return None
    place, inside = module.code(site.block, copy.at), site.block.place(copy.at)
    start, _ = site.block.place(step.event.statement)
    is_read_here = _owner(step) is copy
    last = step if is_read_here else _last_change(step, found.term)
    if is_read_here:
        name = next((each for each in (_key(copy), _COPY) if _is_usable(each, found)), "")
        before = f"{name} = {place}{module.text.newline}{indentation(text, line_start(text, start))}"
        edits = [replacement(module, (start, start), before), replacement(module, inside, name)]
    else:
        name, edits = getattr(found.term, "id", ""), []
    if not name or last is None or not stands_alone(text, last.block.place(last.event.statement)):
        return None
    extent = whole_lines(text, last.block.place(last.event.statement))
    opening = "" if text[: extent[1]].endswith(("\n", "\r")) else module.text.newline
    line = f"{opening}{indentation(text, extent[0])}{place} = {name}{module.text.newline}"
    edits.append(replacement(module, (extent[1], extent[1]), line))
    return Fix("Assign the changed copy back", tuple(edits), safe=False)


def _last_change(step: Step, changed: facts.Term) -> Step | None:
    """Return the last step that changes a copy by its name, None if some do in other branches or loops."""
    if not isinstance(changed, facts.Name):
        return None
    others = [each for each in step.scope.steps if getattr(_owner(each), "id", "") == changed.id]
    return others[-1] if all(each.region == step.region for each in others) else None


def _is_plain(copy: facts.Term) -> bool:
    """Whether a term can be evaluated twice, and assigned to: `shared["seen"]`, `rows[0]`, `settings.names`."""
    match copy:
        case facts.Subscript(value=facts.Name() | facts.Attribute(), index=facts.Constant() | facts.Name()):
            return True
        case facts.Attribute(value=facts.Name() | facts.Attribute()):
            return True
        case _:
            return False


def _owner(step: Step) -> facts.Term | None:
    """Return the object from inside which a step changes something."""
    match step.event:
        case facts.Store(target=facts.Subscript(value=owner) | facts.Attribute(value=owner)):
            return owner
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner))):
            return owner
        case _:
            return None


def _key(copy: facts.Term) -> str:
    match copy:
        case facts.Subscript(index=facts.Constant(value=str(key))) | facts.Attribute(name=key):
            return key
        case _:
            return ""


def _is_usable(name: str, found: Detached) -> bool:
    scope = found.site.scope
    return name.isidentifier() and not keyword.iskeyword(name) and is_free(scope.module, name, [scope])
