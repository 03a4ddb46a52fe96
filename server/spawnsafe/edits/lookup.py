"""Keeps `__getattr__` from asking itself for an attribute that is not set."""

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, whole_lines, with_comments
from spawnsafe.findings import Fix
from spawnsafe.model.pickling.lookups import Endless


def guard_lookup(endless: Endless) -> Fix | Refusal:
    """Return the repair that lets `__getattr__` raise for the attribute that it reads itself.

    It is safe: asked for this, `__getattr__` never came to an end.
    """
    from spawnsafe.edits.trees import body_of  # noqa: PLC0415 - libcst, for a repair alone

    lookup = endless.lookup
    module, own = lookup.module, lookup.facts
    assert own is not None  # noqa: S101 - it is a function
    text, line = module.document.text, module.text.newline
    start, end = whole_lines(text, lookup.block.place(own.at))
    offset, on_own_line, _ = body_of(text[start:end], is_indented=bool(indentation(text, start)))
    if not on_own_line:
        return Refusal("its body shares a line with its header")
    place = with_comments(text, (start + offset, start + offset))[0]
    indent, name = indentation(text, start + offset), lookup.parameters[1].name
    code = f'{indent}if {name} == "{endless.asked}":{line}{indent}{indent_unit(text)}raise AttributeError({name}){line}'
    return Fix(f"Raise for `{endless.asked}`", (replacement(module, (place, place), code),), safe=True)
