"""A function or class that only the main program defines is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.edits import Refusal, leaving_guard, move_out_of_guard
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import (
    Module,
    Scope,
    Send,
    StartMethods,
    definitions,
    held_definitions,
    only_in_main,
    unfinished_class,
)
from spawnsafe.rules.wording import passing, place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE

YIELDS_TO = ("main-module-target", "notebook-target")


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that a fresh worker looks up in vain, since it does not run the main guard."""
    for send, scope in _guarded(module):
        when, plan = send.when(StartMethods.FRESH), leaving_guard(scope, send)
        yield Finding(
            span=module.span_of(send),
            problem=f"{_subject(scope)}, so `{send.api}` {send.sender.trouble.value} {when}.",
            help=f"Define it {_place(scope)}{passing(() if isinstance(plan, Refusal) else plan)}.",
            when=when,
            trouble=send.sender.trouble,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *way_notes(send),
                *refusal_notes(module, send, plan),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the definition above the guard."""
    for send, scope in _guarded(module):
        if module.span_of(send) == finding.span:
            fix = move_out_of_guard(scope, send)
            if isinstance(fix, Fix):
                yield fix
            return


def _subject(scope: Scope) -> str:
    if scope.owner is not None and scope.owner.is_function:
        return f"`{scope.name}` is defined only when `{scope.owner.name}` runs, which workers do not do"
    return f"`{scope.name}` is defined only under the main guard, which workers do not run"


def _place(scope: Scope) -> str:
    return "at module level" if scope.owner is not None and scope.owner.is_function else "above the guard"


def _guarded(module: Module) -> Iterator[tuple[Send, Scope]]:
    for send in module.sends:
        if not send.when(StartMethods.FRESH):
            continue
        for scope in (*definitions(send.value), *held_definitions(send)):
            is_named = not scope.is_local and scope.name != "<lambda>"
            is_found = scope.module.departure is not None or unfinished_class(send, scope) is not None
            if is_named and only_in_main(scope) and not is_found:
                yield send, scope
