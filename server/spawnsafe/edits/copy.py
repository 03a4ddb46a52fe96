"""Sends a copy that pickles instead of what does not: a list of a view, a dict of the environment."""

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.model.sends import Send
from spawnsafe.source import Edit, Span
from spawnsafe.syntax import facts

_COPIES = {
    "a view of a dictionary": "list",
    "a view of `os.environ`": "list",
    "`os.environ`": "dict",
    "a generator": "tuple",
}


def wrap_argument(module: Module, send: Send, what: str) -> Fix | None:
    """Return the repair that calls `list`, `dict` or `tuple` on what is sent; None if none of these helps.

    It is safe where the value is written in the call itself. A generator that has a name is used up by it.
    """
    copy = _COPIES.get(what)
    if copy is None or not send.is_whole or send.inner:
        return None
    span = module.span_of(send)
    written = isinstance(send.term, facts.Comprehension) or what != "a generator"
    edits = (
        FileEdit(module.path, Edit(Span(span.start, span.start), f"{copy}(")),
        FileEdit(module.path, Edit(Span(span.end, span.end), ")")),
    )
    return Fix(f"Send a `{copy}` of it", edits, safe=written)
