"""Sends a copy that pickles instead of what does not: a list of a view, a dict of the environment."""

import string

from spawnsafe.edits.replace import replacement
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.model.sends import Send
from spawnsafe.syntax import facts

_COPIES = {
    "a view of a dictionary": "list",
    "a view of `os.environ`": "list",
    "`os.environ`": "dict",
    "a generator": "tuple",
}
_CALLED = (*string.ascii_letters, *string.digits, "_", ")", "]")


def wrap_argument(module: Module, send: Send, what: str) -> Fix | None:
    """Return the repair that calls `list`, `dict` or `tuple` on what is sent; None if none of these helps.

    It is safe where the value is written in the call itself. A generator that has a name is used up by it.
    """
    copy = _COPIES.get(what)
    if copy is None or not send.is_whole or send.inner:
        return None
    written = isinstance(send.term, facts.Comprehension) or what != "a generator"
    start, end = send.site.block.place(send.term.at)
    if isinstance(send.term, facts.Comprehension) and _in_own_parentheses(module.document.text, start):
        edits: tuple[FileEdit, ...] = (replacement(module, (start - 1, start - 1), copy),)
    else:
        edits = (replacement(module, (start, start), f"{copy}("), replacement(module, (end, end), ")"))
    return Fix(f"Send a `{copy}` of it", edits, safe=written)


def _in_own_parentheses(text: str, start: int) -> bool:
    """Whether a generator expression stands in parentheses that are not those of a call."""
    before = text[:start].rstrip()
    return start > 0 and text[start - 1] == "(" and not before[:-1].rstrip().endswith(_CALLED)
