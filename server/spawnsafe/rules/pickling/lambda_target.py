"""A lambda is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.edits import hoist, plan_hoist
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Function, Method, Module, Role, Scope, Send, is_renamed, stands_for
from spawnsafe.rules.wording import move_help, place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each lambda that a call would have to pickle."""
    for send, scope in _lambdas(module):
        when, plan = send.when_pickled, plan_hoist(module, scope, send)
        yield Finding(
            span=module.span_of(send),
            problem=f"A lambda has no importable name, so `{send.api}` fails to pickle it {when}.",
            help=move_help(scope, plan),
            when=when,
            trouble=send.sender.refused,
            notes=(
                *place_notes(module, send, scope, "The lambda is made here."),
                *way_notes(send),
                *refusal_notes(module, send, plan),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the lambda to a function."""
    for send, scope in _lambdas(module):
        if module.span_of(send) == finding.span:
            fix = hoist(module, scope, send)
            if isinstance(fix, Fix):
                yield fix
            return


def _lambdas(module: Module) -> Iterator[tuple[Send, Scope]]:
    for send in module.sends:
        function = send.value.function if isinstance(send.value, Method) else send.value
        if send.role is Role.ARGUMENT or not isinstance(function, Function) or not function.is_lambda:
            continue
        if send.when_pickled and not is_renamed(function.scope) and not stands_for(send.value):
            yield send, function.scope
