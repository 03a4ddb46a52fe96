"""Sends a function instead of what calling it gives, and arguments as a tuple."""

from collections.abc import Callable, Iterable

from spawnsafe.edits.passing import place
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model import apis
from spawnsafe.model.calls.early import Called
from spawnsafe.model.calls.packing import Loose
from spawnsafe.model.flow import slot
from spawnsafe.model.module import Module
from spawnsafe.source import Edit
from spawnsafe.syntax import facts


def send_function(module: Module, each: Called) -> Fix | None:
    """Return the repair that sends the function which is called, and its arguments where the API expects them.

    There is none where the API has no place for them, or that is taken.
    """
    send, call = each.send, each.call
    if send.inner or any(passed.stars for passed in call.arguments):
        return None
    block, text = send.site.block, module.document.text
    arguments = _arguments(each, lambda term: text[slice(*place(text, block, term))])
    if arguments is None:
        return None
    name = module.code(block, call.function.at)
    span = module.span_of(send)
    return Fix(f"Send `{name}` itself", (FileEdit(module.path, Edit(span, ", ".join((name, *arguments)))),), safe=True)


def _arguments(each: Called, code: Callable[[facts.Term], str]) -> list[str] | None:
    """Return what is to stand behind the function, None if that cannot be."""
    send, passed = each.send, each.call.arguments
    if not passed:
        return []
    positional = [code(one.value) for one in passed if not one.keyword]
    named = [(one.keyword or "", code(one.value)) for one in passed if one.keyword]
    if send.sender.rest is not None:
        is_alone = len(send.call.arguments) == send.sender.rest and not (named and send.sender is apis.IN_EXECUTOR)
        return [*positional, *(f"{name}={value}" for name, value in named)] if is_alone else None
    wanted, options = send.sender.arguments, send.sender.keywords
    if wanted is None or not wanted.names or not _is_free(send.call, send.term, (wanted, options)):
        return None
    if named and options is None:
        return None
    found = [f"{wanted.names[0]}=({', '.join(positional)}{',' * (len(positional) == 1)})"] if positional else []
    if named and options is not None:
        found.append(
            f"{options.names[0]}={{{', '.join(f'{chr(34)}{name}{chr(34)}: {value}' for name, value in named)}}}"
        )
    return found


def _is_free(call: facts.Call, target: facts.Term, wanted: Iterable[apis.Slot | None]) -> bool:
    """Whether a call leaves some parameters open, and nothing by position follows what it sends."""
    places = [index for index, passed in enumerate(call.arguments) if passed.value is target]
    behind = call.arguments[places[0] + 1 :] if places else call.arguments
    return all(passed.keyword for passed in behind) and not any(each and slot(call, each) for each in wanted)


def in_tuple(module: Module, each: Loose) -> Fix | None:
    """Return the repair that puts an argument into a tuple, in the parentheses that it has or in its own."""
    if each.is_dict or each.what == "`None`":
        return None
    text, (start, end) = module.document.text, each.send.site.block.place(each.term.at)
    before = text[:start].rstrip()
    has_own = before.endswith("(") and before[:-1].rstrip().endswith(("=", ",")) and text[end:].lstrip().startswith(")")
    if has_own:
        edits = [Edit(module.text.span(end, end), ",")]
    else:
        edits = [Edit(module.text.span(start, start), "("), Edit(module.text.span(end, end), ",)")]
    return Fix("Put it into a tuple", tuple(FileEdit(module.path, edit) for edit in edits), safe=True)
