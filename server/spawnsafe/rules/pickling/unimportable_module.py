"""A function or class of a module that workers cannot import by its name is sent."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Absence, Loaded, Module, StartMethods, absence, place
from spawnsafe.rules.wording import way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report what is sent of modules and namespaces that the program makes at run time."""
    for send in module.sends:
        value, where = send.value, absence(send)
        if not isinstance(value, Loaded) or where is None:
            continue
        if where is Absence.EVERYWHERE:
            fact, ending = "which `import` does not find", "fails to pickle it"
            when, trouble = send.when_pickled, send.sender.refused
        else:
            fact, ending = "which workers do not find", send.sender.trouble.value
            when, trouble = send.when(StartMethods.FRESH), send.sender.trouble
        if when:
            yield Finding(
                span=module.span_of(send),
                problem=f"`{value.name}` is in {place(value)}, {fact}, so `{send.api}` {ending} {when}.",
                help="Put it into a module that workers import by its name.",
                when=when,
                trouble=trouble,
                notes=tuple(way_notes(send)),
            )
