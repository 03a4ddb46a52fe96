"""An object is pickled whose `__getattr__` calls itself without end while it is unpickled."""

from collections.abc import Iterator

from spawnsafe.edits import guard_lookup
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Endless, Module, Result, Send, StartMethods, endless_within
from spawnsafe.rules.wording import sender_note, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each instance that crosses and whose `__getattr__` reads what unpickling has not set."""
    for crossing, send, endless in _crossing(module):
        when = send.when_pickled if crossing is send else send.when(StartMethods.ALL)
        owner = endless.lookup.owner
        subject = f"`{owner.name if owner else ''}.__getattr__` reads `{endless.name}` before unpickling has set it"
        yield Finding(
            span=module.span_near(crossing, send),
            problem=f"{subject} and {_consequence(endless)}, so `{send.api}` {send.sender.trouble.value} {when}.",
            help=f"Raise `AttributeError` for `{endless.asked}` in `__getattr__`.",
            when=when,
            trouble=send.sender.trouble,
            notes=(_read_note(endless), *sender_note(module, send, crossing), *way_notes(send)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let `__getattr__` raise for what it reads itself."""
    for crossing, send, endless in _crossing(module):
        if module.span_near(crossing, send) == finding.span:
            fix = guard_lookup(endless)
            if isinstance(fix, Fix):
                yield fix
            return


def _crossing(module: Module) -> Iterator[tuple[Result | Send, Send, Endless]]:
    for send in module.sends:
        endless = endless_within(send.value, send.site)
        if endless is not None and send.when_pickled and not send.is_put:
            yield send, send, endless
    for work in module.told_works:
        for result in work.results if work.send.is_task else ():
            endless = endless_within(result.value, result.site)
            if endless is not None and module.tells(result, work.send):
                yield result, work.send, endless


def _consequence(endless: Endless) -> str:
    return "raises `KeyError`" if endless.raises else "calls itself without end"


def _read_note(endless: Endless) -> Note:
    home = endless.step.scope.module
    span = home.span(endless.step.block, endless.term.at)
    return Note(f"`{endless.name}` is read here.", home.path, span)
