"""A task ends its worker process instead of giving a result."""

from collections.abc import Iterator

from spawnsafe.edits import raise_instead
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Exit, Module, StartMethods, Trouble, exits
from spawnsafe.rules.wording import call_notes, sender_note, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each exit to which the workers of a pool or of an executor come."""
    for ending in exits(module):
        send = ending.work.send
        when = send.when(StartMethods.ALL)
        yield Finding(
            span=module.span_near(ending, send),
            problem=f"`{ending.name}` {_consequence(ending)} {when}.",
            help="Raise an exception of another kind.",
            when=when,
            trouble=Trouble.LOSES if _ends_parent(ending) else send.sender.trouble,
            notes=(*call_notes(ending.visit), *sender_note(module, send, ending), *way_notes(send)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Raise an exception, or return where the exit says that all is well."""
    for ending in exits(module):
        if module.span_near(ending, ending.work.send) == finding.span:
            fix = raise_instead(ending)
            if fix is not None:
                yield fix
            return


def _consequence(ending: Exit) -> str:
    send = ending.work.send
    if not send.is_task:
        return f"ends each worker as it starts, so `{send.api}` {send.sender.trouble.value}"
    if _ends_parent(ending):
        return f"in a task is raised again for whoever reads the result of `{send.api}`, so it ends the parent"
    return f"ends the worker before it has given a result, so `{send.api}` {send.sender.trouble.value}"


def _ends_parent(ending: Exit) -> bool:
    send = ending.work.send
    return send.is_task and not ending.is_at_once and send.sender.trouble is not Trouble.HANGS
