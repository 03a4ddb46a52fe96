"""A function or class that is defined after the workers forked is sent to them."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Module, Send, StartMethods, definitions, forked_before
from spawnsafe.rules.wording import place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that forked workers never see, since the parent comes to it later."""
    for send in module.sends:
        when = send.when(StartMethods.FORK)
        if not when:
            continue
        for scope in definitions(send.value):
            if scope.is_local or scope.name == "<lambda>" or not forked_before(send, scope):
                continue
            pool = send.receiver
            subject = f"`{scope.name}` is defined after {pool} forked its workers"
            yield Finding(
                span=module.span_of(send),
                problem=f"{subject}, so `{send.api}` {send.sender.trouble.value} {when}.",
                help=f"Define it above {pool}.",
                when=when,
                notes=(
                    *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                    *_made_notes(send),
                    *way_notes(send),
                ),
            )


def _made_notes(send: Send) -> Iterator[Note]:
    site, call = send.workers.site, send.workers.call
    if site is not None and call is not None:
        home = site.scope.module
        yield Note("The pool is made here.", home.path, home.span(site.block, call.at))
