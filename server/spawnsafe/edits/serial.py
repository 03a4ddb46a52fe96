"""Divides loops that wait in each turn: all tasks or processes are started, then waited for."""

from collections.abc import Iterator

from spawnsafe.edits.naming import is_free
from spawnsafe.edits.text import indent_unit, indentation, line_start, stands_alone, whole_lines
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.flow import evaluate
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.model.performance.waiting import Turn
from spawnsafe.model.terms import parts
from spawnsafe.model.values import Items
from spawnsafe.source import Edit
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

_LIST = "processes"
_RESULT = "result"


def join_after(module: Module, turn: Turn) -> Fix | None:
    """Return the repair that joins processes in a loop of their own, behind the one that starts them."""
    text, step, loop = module.document.text, turn.awaited, turn.scope.regions[turn.loop]
    owner, iterable = getattr(turn.call.function, "value", None), turn.iterable
    extent = step.block.place(turn.call.at)
    is_last = not text[extent[1] : step.block.place(loop.at)[1]].strip()
    if step.region != turn.loop or not is_last or not stands_alone(text, extent) or iterable is None:
        return None
    if not isinstance(owner, facts.Name) or step.event.statement != turn.call.at:
        return None
    lines, inner = whole_lines(text, extent), indentation(text, extent[0])
    start = line_start(text, step.block.place(iterable.at)[0])
    outer, unit, newline = indentation(text, start), indent_unit(text), module.text.newline

    def joining(all_of_them: str) -> str:
        return f"{outer}for {owner.id} in {all_of_them}:{newline}{outer}{unit}{owner.id}.join(){newline}"

    if _is_list_of_processes(turn, owner.id, iterable):
        edits = [(lines, joining(module.code(step.block, iterable.at)))]
    elif is_free(module, _LIST, [turn.scope]):
        edits = [
            ((start, start), f"{outer}{_LIST} = []{newline}"),
            (lines, f"{inner}{_LIST}.append({owner.id}){newline}{joining(_LIST)}"),
        ]
    else:
        return None
    return Fix("Join them in a loop of their own", _file_edits(module, edits), safe=False)


def _is_list_of_processes(turn: Turn, name: str, iterable: facts.Term) -> bool:
    """Whether the loop goes through processes that are there, and that can be gone through again."""
    values = evaluate(iterable, turn.awaited.site)
    is_again = isinstance(iterable, facts.Name | facts.Attribute) and not any(
        isinstance(value, Items) and value.kind == "generator" for value in values
    )
    return is_again and any(target == name for target, _ in _targets(turn))


def _targets(turn: Turn) -> Iterator[tuple[str, Step]]:
    """Yield the names that the loop itself binds."""
    for step in turn.scope.steps:
        match step.event:
            case facts.Bind(name=name, source=facts.Element(term=term, path=())) if term is turn.iterable:
                yield name, step


def map_instead(module: Module, turn: Turn) -> Fix | None:
    """Return the repair that maps the workers over what a loop runs over; None if it does not send just that."""
    mapped, targets = _mapping(module, turn), list(_targets(turn))
    if mapped is None or len(targets) != 1:
        return None
    is_comprehension = turn.scope.kind is ScopeKind.COMPREHENSION
    edits = _of_comprehension(turn, mapped) if is_comprehension else _of_loop(module, turn, mapped, targets[0])
    return Fix("Map the workers over the items", _file_edits(module, edits), safe=False) if edits else None


_Edits = list[tuple[tuple[int, int], str]]


def _mapping(module: Module, turn: Turn) -> str | None:
    """Return the call of `map` that does what a loop does which sends each item, and no more, to one function."""
    start, iterable, names = turn.start, turn.iterable, [name for name, _ in _targets(turn)]
    function, passed = start.function, [each.value for each in start.arguments]
    if iterable is None or not turn.is_at_once or any(each.keyword or each.stars for each in start.arguments):
        return None
    if turn.workers.maker.noun == "pool":
        match passed:
            case [target, facts.Display(kind="tuple", items=(facts.Name(id=item),))]:
                pass
            case _:
                return None
    else:
        match passed:
            case [target, facts.Name(id=item)]:
                pass
            case _:
                return None
    inside = {part.id for part in parts(target) if isinstance(part, facts.Name)}
    if names != [item] or item in inside or not isinstance(function, facts.Attribute):
        return None
    owner, block = module.code(turn.started.block, function.value.at), turn.started.block
    return f"{owner}.map({module.code(block, target.at)}, {module.code(block, iterable.at)})"


def _of_comprehension(turn: Turn, mapped: str) -> _Edits:
    """Return the edits that put the call in the place of a list comprehension."""
    scope, block = turn.scope, turn.awaited.block
    own = scope.facts
    is_plain = not any(isinstance(step.event, facts.Evaluate) for step in scope.steps)
    if own is None or scope.parent is None or not is_plain:
        return []
    text = scope.module.document.text
    start, end = block.place(own.at)
    first, last = block.place(turn.call.at)
    if text[start] != "[" or text[start + 1 : first].strip() or not text[last:].lstrip().startswith("for"):
        return []
    return [((start, end), mapped if turn.workers.maker.noun == "pool" else f"list({mapped})")]


def _of_loop(module: Module, turn: Turn, mapped: str, target: tuple[str, Step]) -> _Edits:
    """Return the edits that make a loop one over the results, with the items beside them if it needs these."""
    name, bound = target
    text, block, iterable = module.document.text, turn.awaited.block, turn.iterable
    if iterable is None or turn.awaited.block is not bound.block:
        return []
    start, end = turn.scope.regions[turn.loop].at
    uses = [read for read, _ in turn.scope.reads if read.id == name and start <= read.at[0] < end]
    sent = [part for part in parts(turn.start) if isinstance(part, facts.Name) and part.id == name]
    result, rest = _received(turn)
    if not result and not is_free(module, _RESULT, [turn.scope]):
        return []
    received = result or _RESULT
    header = (block.place(bound.event.at)[0], block.place(iterable.at)[1])
    if len(uses) == len(sent):
        code = f"{received} in {mapped}"
    elif isinstance(iterable, facts.Name) or module.code(block, iterable.at).startswith("range("):
        code = f"{name}, {received} in zip({module.code(block, iterable.at)}, {mapped})"
    else:
        return []
    if not rest:
        return [(header, code), (block.place(turn.call.at), received)]
    return [(header, code), (whole_lines(text, rest), "")] if stands_alone(text, rest) else []


def _received(turn: Turn) -> tuple[str, tuple[int, int] | None]:
    """Return the name that a statement of the loop binds to the result, with the extent of the statement."""
    start, end = turn.scope.regions[turn.loop].events
    inside = turn.scope.steps[start:end]
    for step in inside:
        match step.event:
            case facts.Bind(name=name, source=facts.Assigned(term=term, path=())) if term is turn.call:
                is_alone = any(each.order > step.order for each in inside)  # else the loop would have no body
                return (name, step.block.place(step.event.statement)) if is_alone else ("", None)
    return "", None


def _file_edits(module: Module, edits: _Edits) -> tuple[FileEdit, ...]:
    return tuple(FileEdit(module.path, Edit(module.text.span(*extent), code)) for extent, code in edits)
