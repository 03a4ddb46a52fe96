"""A function or class that only the main program defines is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Module, StartMethods, definitions, only_in_main
from spawnsafe.rules.wording import place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that a fresh worker looks up in vain, since it does not run the main guard."""
    for send in module.sends:
        when = send.when(StartMethods.FRESH)
        if not when:
            continue
        for scope in definitions(send.value):
            if scope.is_local or scope.name == "<lambda>" or not only_in_main(scope):
                continue
            consequence = f"so `{send.api}` {send.sender.trouble.value} {when}"
            yield Finding(
                span=module.span_of(send),
                problem=f"`{scope.name}` is defined only under the main guard, which workers do not run, {consequence}.",
                help="Define it above the guard.",
                when=when,
                notes=(*place_notes(module, send, scope, f"`{scope.name}` is defined here."), *way_notes(send)),
            )
