"""Changes calls and what they are given: adds an argument, an item of a tuple or a parameter, calls another method."""

from spawnsafe.edits.passing import place
from spawnsafe.edits.replace import replacement
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope
from spawnsafe.model.performance.mappings import Mapping
from spawnsafe.source import Edit
from spawnsafe.syntax import Block, facts


def add_keyword(module: Module, block: Block, call: facts.Call, code: str, title: str) -> Fix | None:
    """Return the repair that passes one more keyword argument, behind the last one of a call that has some."""
    return Fix(title, (added_keyword(module, block, call, code),), safe=False) if call.arguments else None


def added_keyword(module: Module, block: Block, call: facts.Call, code: str) -> FileEdit:
    """Return the edit that passes one more keyword argument, behind the last one."""
    text, end = module.document.text, block.place(call.at)[1] - 1
    if not call.arguments:
        return replacement(module, (end, end), code)
    last = block.place(call.arguments[-1].value.at)[1]
    tail = text[last:end].split("#")[0].rstrip()
    comma = tail.find(",")
    at, added = (last + len(tail), f", {code}") if comma < 0 else (last + comma + 1, f" {code},")
    return replacement(module, (at, at), added)


def drop_keyword(module: Module, block: Block, call: facts.Call, keyword: str) -> Fix | None:
    """Return the repair that no longer passes a keyword argument, None if that is the first one, or is not passed."""
    places = [index for index, passed in enumerate(call.arguments) if passed.keyword == keyword]
    if not places or not places[0]:
        return None
    text, index = module.document.text, places[0]
    start, end = block.place(call.arguments[index - 1].value.at)[1], block.place(call.arguments[index].value.at)[1]
    start = text.rindex(",", start, text.rindex(keyword, start, end))
    edit = replacement(module, (start, end), "")
    return None if "#" in text[start:end] else Fix(f"Leave out `{keyword}`", (edit,), safe=False)


def added_item(module: Module, block: Block, display: facts.Display, code: str) -> FileEdit:
    """Return the edit that puts one more item at the end of a tuple or list."""
    text, (start, end) = module.document.text, place(module.document.text, block, display)
    if not display.items:
        return replacement(module, (start + 1, end - 1), f"{code}," if display.kind == "tuple" else code)
    last = max(block.place(item.at)[1] for item in display.items)
    tail = text[last : end - 1]
    comma = tail.find(",") if "#" not in tail else -1
    at = last + comma + 1 if comma >= 0 else end - 1
    is_first = comma >= 0 and len(display.items) == 1
    added = f" {code}" if is_first else f" {code}," if comma >= 0 else f", {code}"
    return replacement(module, (at, at), added)


def added_parameter(scope: Scope, name: str) -> FileEdit | None:
    """Return the edit that gives a function one more parameter; None if it is not plain to see how."""
    module, own = scope.module, scope.facts
    if own is None or any(each.stars or each.keyword_only or each.default is not None for each in scope.parameters):
        return None
    text, start = module.document.text, scope.block.place(own.name_at)[1]
    if not text.startswith("(", start) or any(each.positional_only for each in scope.parameters):
        return None
    if not scope.parameters:
        return replacement(module, (start + 1, start + 1), name) if text.startswith(")", start + 1) else None
    last = scope.parameters[-1]
    end = scope.block.place(last.annotation.at if last.annotation is not None else last.at)[1]
    return replacement(module, (end, end), f", {name}")


def add_chunksize(module: Module, mapping: Mapping, chunk: int) -> Fix:
    """Return the change that says how many items make a task."""
    code = f"chunksize={chunk}"
    edit = added_keyword(module, mapping.send.site.block, mapping.send.call, code)
    return Fix(f"Write `{code}`", (edit,), safe=False)


def call_imap(module: Module, mapping: Mapping) -> Fix:
    """Return the change of `map` to `imap`, with as many items to a task as before if that is known."""
    block, call = mapping.send.site.block, mapping.send.call
    edits = [replacement(module, block.place(mapping.name_at), "imap")]
    if mapping.is_untold and mapping.chunk is not None and mapping.chunk > 1:
        edits.append(added_keyword(module, block, call, f"chunksize={mapping.chunk}"))
    return Fix("Use `imap`", tuple(edits), safe=False)


def added_first(scope: Scope, name: str) -> FileEdit | None:
    """Return the edit that gives a function one more parameter, before all others; None if it has type parameters."""
    text, own = scope.module.document.text, scope.facts
    start = scope.block.place(own.name_at)[1] if own is not None else 0
    if own is None or not text.startswith("(", start):
        return None
    return replacement(scope.module, (start + 1, start + 1), f"{name}, " if scope.parameters else name)


def rename_method(module: Module, block: Block, call: facts.Call, name: str, title: str) -> Fix:
    """Return the repair that calls another method of the same object."""
    function = call.function
    assert isinstance(function, facts.Attribute)  # noqa: S101 - that is what a method is
    return Fix(title, (FileEdit(module.path, Edit(module.span(block, function.name_at), name)),), safe=False)
