"""A generator function or coroutine function is sent to a worker process, where calling it runs nothing."""

from collections.abc import Iterator

from spawnsafe.edits import running, running_refusal
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Scope, StartMethods, Trouble, Work
from spawnsafe.rules.wording import place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each function whose call only makes a generator or coroutine, which cannot leave the worker."""
    for work, scope in _lazy(module):
        send = work.send
        when = send.when(StartMethods.ALL)
        yield Finding(
            span=module.span_of(send),
            problem=f"{_subject(scope)}, so `{send.api}` {_consequence(work)} {when}.",
            help=_help(scope),
            when=when,
            trouble=Trouble.FAILS if send.is_task else Trouble.LOSES,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *way_notes(send),
                *refusal_notes(module, send, running_refusal(work)),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Send a function that runs it and gives its result."""
    for work, _ in _lazy(module):
        if module.span_of(work.send) == finding.span:
            yield from running(work)
            return


def _lazy(module: Module) -> Iterator[tuple[Work, Scope]]:
    for work in module.works:
        if work.lazy is not None:
            yield work, work.lazy


def _subject(scope: Scope) -> str:
    kind = "an `async`" if scope.is_async else "a"
    return f"`{scope.qualname}` is {kind} {'generator ' if scope.is_generator else ''}function"


def _consequence(work: Work) -> str:
    return "fails to pickle its result" if work.send.is_task else "runs nothing of it"


def _help(scope: Scope) -> str:
    if scope.is_async and not scope.is_generator:
        return "Send a function that runs it with `asyncio.run`."
    return "Send a function that returns a list of what it yields."
