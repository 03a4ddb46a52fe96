"""A function or class that is defined in a function is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.edits import hoist, plan_hoist
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Role, Scope, Send, definitions, is_renamed, stands_for
from spawnsafe.rules.wording import move_help, place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each function and each instance of a class that pickle cannot look up because it is local."""
    for send, scope in _locals(module):
        when, plan = send.when_pickled, plan_hoist(module, scope, send)
        subject = f"`{scope.name}` is local to {_owner(scope)}"
        yield Finding(
            span=module.span_of(send),
            problem=f"{subject}, so `{send.api}` fails to pickle it {when}.",
            help=move_help(scope, plan),
            when=when,
            trouble=send.sender.refused,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *way_notes(send),
                *refusal_notes(module, send, plan),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the definition to module level."""
    for send, scope in _locals(module):
        if module.span_of(send) == finding.span:
            fix = hoist(module, scope, send)
            if isinstance(fix, Fix):
                yield fix
            return


def _locals(module: Module) -> Iterator[tuple[Send, Scope]]:
    for send in module.sends:
        if send.role is Role.ARGUMENT or not send.when_pickled or stands_for(send.value):
            continue
        for scope in definitions(send.value):
            if scope.is_local and scope.name != "<lambda>" and not is_renamed(scope):
                yield send, scope


def _owner(scope: Scope) -> str:
    home = scope.function
    if home is None or home.name == "<lambda>":
        return "a lambda"
    return f"`{home.qualname.rpartition('<locals>.')[2]}`"
