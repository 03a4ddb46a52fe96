"""An instance is sent whose attributes pickle refuses to write."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Instance, Method, Module, Send, Unpicklable, Workers
from spawnsafe.rules.wording import way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each object, and each bound method of one, that holds what does not pickle."""
    for send, why in module.refused:
        if not why.path:
            continue
        when = send.when_pickled.on(why.pythons)
        has = "holds" if why.holds else "is"
        yield Finding(
            span=module.span_of(send),
            problem=(
                f"{_subject(send)}, whose `{why.dotted}` {has} {why.what}, so `{send.api}` fails to pickle it {when}."
            ),
            help=_help(send, why),
            when=when,
            trouble=send.sender.refused,
            notes=(*_path_notes(why), *way_notes(send)),
        )


def _subject(send: Send) -> str:
    match send.value:
        case Method(receiver=Instance(cls=cls)):
            return f"`{send.label or send.value.function.scope.name}` sends its whole `{cls.name}`"
        case Instance(cls=cls):
            code = send.label
            return f"`{code}` is sent with its whole `{cls.name}`" if code else f"A `{cls.name}` is sent"
        case _:
            return f"`{send.api}` sends the whole process"


def _help(send: Send, why: Unpicklable) -> str:
    if isinstance(send.value, Workers):
        return f"Keep `{why.dotted}` in a variable, not on the process."
    first = why.path[-1]
    leave = f"Leave `{first.name}` out in `{first.cls.name}.__getstate__`"
    return f"{leave}, or send a function." if isinstance(send.value, Method) else f"{leave}."


def _path_notes(why: Unpicklable) -> Iterator[Note]:
    for each in why.path:
        home = each.cls.module
        yield Note(f"`{each.name}` is set here.", home.path, home.span(each.step.block, each.step.event.at))
