"""Leaves out of a long text what one name in it does not need, so that it is read in little time."""

import re

from spawnsafe.syntax.blocks import Statement, cut

_DEFINED = re.compile(r"^([ \t]*)(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)
_WORD = re.compile(r"\b[^\W\d]\w*")


def excerpt(text: str, name: str, most: int) -> str:
    """Return a text without the functions and classes that a name in it, such as `f` or `C.method`, does not need.

    What it needs is kept, the nearest first, until `most` characters are; in the place of the others, and of the
    methods of a longer class, stands an assignment of `...`, so that their names are bound to nothing that is known.
    """
    name, _, member = name.partition(".")
    statements = cut(text)
    parts = [text[statement.start : statement.end] for statement in statements]
    defined: dict[str, list[int]] = {}
    needed = [name]
    for index, part in enumerate(parts):
        match = _DEFINED.search(part)
        if match and not match[1]:
            defined.setdefault(match[2], []).append(index)
        elif name in (words := _WORD.findall(part)):
            needed.extend(words)
    left_out = {index for found in defined.values() for index in found}
    for wanted in needed:  # it grows
        for index in defined.pop(wanted, ()):
            if wanted == name and len(parts[index]) > most:
                parts[index] = _without_methods(text, statements[index], member)
            if wanted == name or len(parts[index]) <= most:
                most -= len(parts[index])
                left_out.discard(index)
                needed.extend(_WORD.findall(parts[index]))
    return "".join(_unknown(part) if index in left_out else part for index, part in enumerate(parts))


def _without_methods(text: str, statement: Statement, but: str) -> str:
    header = statement.header or (statement.start, statement.end)
    members = (_unknown(text[member.start : member.end], statement.indent, but) for member in statement.members)
    return text[header[0] : header[1]] + "".join(members)


def _unknown(part: str, indent: str = "", but: str = "") -> str:
    """Return what binds the name of a definition, `but` one, to nothing that is known; any other statement as it is."""
    match = _DEFINED.search(part)
    return f"{indent}{match[2]} = ...\n" if match and match[1] == indent and match[2] != but else part
