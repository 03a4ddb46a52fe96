"""A worker changes something that the parent reads afterwards, without the change."""

from collections.abc import Iterator

from spawnsafe.edits import share_changed
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Lost, Module, StartMethods, Trouble, lost
from spawnsafe.rules.wording import call_notes, sender_note

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each change that stays in the worker, and that the parent looks for."""
    for each in lost(module):
        send = each.work.send
        when = send.when(StartMethods.ALL)
        yield Finding(
            span=module.span_near(each, send),
            problem=f"`{each.name}` is changed in a worker, so the change is lost for the parent {when}.",
            help="Return what the parent needs." if send.is_task else "Send it back through a `Queue`.",
            when=when,
            trouble=Trouble.LOSES,
            notes=(_read_note(each), *call_notes(each.visit), *sender_note(module, send, each)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let a manager make what the worker changes."""
    for each in lost(module):
        if module.span_near(each, each.work.send) == finding.span:
            fix = share_changed(module, each)
            if fix is not None:
                yield fix
            return


def _read_note(each: Lost) -> Note:
    home = each.read.site.scope.module
    return Note("The parent reads it here.", home.path, home.span(each.read.site.block, each.read.term.at))
