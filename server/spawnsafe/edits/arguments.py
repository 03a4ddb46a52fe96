"""Changes calls: adds an argument, calls another method."""

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.source import Edit
from spawnsafe.syntax import Block, facts


def add_keyword(module: Module, block: Block, call: facts.Call, code: str, title: str) -> Fix | None:
    """Return the repair that passes one more keyword argument, behind the last one of a call that has some."""
    if not call.arguments:
        return None
    text = module.document.text
    last, end = block.place(call.arguments[-1].value.at)[1], block.place(call.at)[1] - 1
    tail = text[last:end].split("#")[0].rstrip()
    comma = tail.find(",")
    at, added = (last + len(tail), f", {code}") if comma < 0 else (last + comma + 1, f" {code},")
    return Fix(title, (FileEdit(module.path, Edit(module.text.span(at, at), added)),), safe=False)


def rename_method(module: Module, block: Block, call: facts.Call, name: str, title: str) -> Fix:
    """Return the repair that calls another method of the same object."""
    function = call.function
    assert isinstance(function, facts.Attribute)  # noqa: S101 - that is what a method is
    return Fix(title, (FileEdit(module.path, Edit(module.span(block, function.name_at), name)),), safe=False)
