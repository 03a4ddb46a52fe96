"""A lambda is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Function, Module, Role, is_renamed
from spawnsafe.rules.wording import move_help, place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each lambda that a call would have to pickle."""
    for send in module.sends:
        value, when = send.value, send.when_pickled
        if send.role is Role.ARGUMENT or not isinstance(value, Function) or not value.is_lambda:
            continue
        if when and not is_renamed(value.scope):
            yield Finding(
                span=module.span_of(send),
                problem=f"A lambda has no importable name, so `{send.api}` fails to pickle it {when}.",
                help=move_help(value.scope),
                when=when,
                notes=(*place_notes(module, send, value.scope, "The lambda is made here."), *way_notes(send)),
            )
