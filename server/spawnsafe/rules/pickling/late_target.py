"""A function or class that is defined after the workers forked is sent to them."""

from collections.abc import Iterator

from spawnsafe.edits import Refusal, hoist, late_fixes, plan_hoist
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, Scope, Send, StartMethods, definitions, forked_before, is_renamed, unfinished_class
from spawnsafe.rules.wording import move_help, place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that forked workers never see, since the parent comes to it later.

    What a class body defines cannot even be sent while the body runs, and no worker is asked.
    """
    for send, scope, cls in _unfinished(module):
        when, plan = send.when_pickled, plan_hoist(module, _member(scope, cls), send)
        consequence = f"`{send.api}` fails to pickle `{scope.name}` {when}"
        yield Finding(
            span=module.span_of(send),
            problem=f"`{cls.name}` has no name until its body ends, so {consequence}.",
            help=f"Send it below `{cls.name}`." if isinstance(plan, Refusal) else move_help(scope, plan),
            when=when,
            trouble=send.sender.refused,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *way_notes(send),
                *refusal_notes(module, send, plan),
            ),
        )
    for send, scope in _late(module):
        when, pool = send.when(StartMethods.FORK), send.receiver
        subject = f"`{scope.name}` is defined after {pool} forked its workers"
        yield Finding(
            span=module.span_of(send),
            problem=f"{subject}, so `{send.api}` {send.sender.trouble.value} {when}.",
            help=f"Define it above {pool}.",
            when=when,
            trouble=send.sender.trouble,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *_made_notes(send),
                *way_notes(send),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the definition out of the class, or above the pool, or the pool below the definitions."""
    for send, scope, cls in _unfinished(module):
        if module.span_of(send) == finding.span:
            fix = hoist(module, _member(scope, cls), send)
            if isinstance(fix, Fix):
                yield fix
            return
    for send, scope in _late(module):
        if module.span_of(send) == finding.span:
            yield from late_fixes(scope, send)
            return


def _late(module: Module) -> Iterator[tuple[Send, Scope]]:
    for send in module.sends:
        if not send.when(StartMethods.FORK):
            continue
        for scope in definitions(send.value):
            if not scope.is_local and scope.name != "<lambda>" and forked_before(send, scope):
                yield send, scope


def _unfinished(module: Module) -> Iterator[tuple[Send, Scope, Scope]]:
    for send in module.sends:
        for scope in definitions(send.value):
            cls = unfinished_class(send, scope)
            if cls is not None and scope.name != "<lambda>" and send.when_pickled and not is_renamed(scope):
                yield send, scope, cls


def _member(scope: Scope, cls: Scope) -> Scope:
    """Return what the body of a class defines that a scope is or stands in."""
    while scope.owner is not None and scope.owner is not cls:
        scope = scope.owner
    return scope


def _made_notes(send: Send) -> Iterator[Note]:
    site, call = send.workers.site, send.workers.call
    if site is not None and call is not None:
        home = site.scope.module
        yield Note("The pool is made here.", home.path, home.span(site.block, call.at))
