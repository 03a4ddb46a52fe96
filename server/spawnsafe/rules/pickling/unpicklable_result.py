"""A worker gives back something that pickle refuses to write."""

from collections.abc import Iterator

from spawnsafe.edits import is_listable, list_result, name_class, variable_of
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Class, MadeInstance, Module, Result, StartMethods, Unpicklable, Work
from spawnsafe.rules.wording import sender_note, way_notes

KIND = Kind.MISTAKE
YIELDS_TO = ("local-target",)

_HELP = {
    "a coroutine": "Run it with `asyncio.run`, and return what that gives.",
    "an open file": "Return its path, or what is in it.",
}


def check(module: Module) -> Iterator[Finding]:
    """Report each result of a task that cannot be pickled."""
    for work, result, why in _refused(module):
        send = work.send
        when = send.when(StartMethods.ALL).on(why.pythons)
        yield Finding(
            span=module.span_near(result, send),
            problem=f"{_subject(work)} {_phrase(why)}, so `{send.api}` fails to pickle its result {when}.",
            help=_help(result, why),
            when=when,
            notes=(*sender_note(module, work.send, result), *way_notes(send)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Return a list instead of a generator or a view; give a class the name by which it is found."""
    for work, result, why in _refused(module):
        if module.span_near(result, work.send) == finding.span:
            fix = name_class(why.value.cls) if isinstance(why.value, MadeInstance) else list_result(result, why)
            if isinstance(fix, Fix):
                yield fix
            return


def _refused(module: Module) -> Iterator[tuple[Work, Result, Unpicklable]]:
    for work in module.told_works:
        for result, why in work.refused if work.send.is_task else ():
            if module.tells(result, work.send):
                yield work, result, why


def _subject(work: Work) -> str:
    if isinstance(work.send.value, Class):
        return f"`{work.send.value.scope.name}` makes"
    name = work.entry.scope.qualname.rpartition("<locals>.")[2] if work.entry is not None else ""
    return f"`{name}` returns" if "<" not in name else "The lambda returns"


def _phrase(why: Unpicklable) -> str:
    if not why.path:
        return why.phrase
    return f"an object whose `{why.dotted}` {why.verb} {why.what}"


def _help(result: Result, why: Unpicklable) -> str:
    if is_listable(result, why):
        return "Return a list of its items."
    if isinstance(why.value, MadeInstance) and (name := variable_of(why.value.cls)):
        return f"Call the class `{name}`."
    return "Return plain data." if why.path or why.holds else _HELP.get(why.what, "Return plain data.")
