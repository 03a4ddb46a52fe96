"""A function or class that is defined in a function is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Function, Module, Role, definitions, is_renamed
from spawnsafe.rules.wording import move_help, place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each function and each instance of a class that pickle cannot look up because it is local."""
    for send in module.sends:
        when = send.when_pickled
        if not when or (send.role is Role.ARGUMENT and isinstance(send.value, Function)):
            continue
        for scope in definitions(send.value):
            home = scope.function
            if home is None or not scope.is_local or scope.name == "<lambda>" or is_renamed(scope):
                continue
            owner = "a lambda" if home.name == "<lambda>" else f"`{home.qualname.rpartition('<locals>.')[2]}`"
            yield Finding(
                span=module.span_of(send),
                problem=f"`{scope.name}` is local to {owner}, so `{send.api}` fails to pickle it {when}.",
                help=move_help(scope),
                when=when,
                notes=(*place_notes(module, send, scope, f"`{scope.name}` is defined here."), *way_notes(send)),
            )
