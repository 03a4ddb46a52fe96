"""A loop ends when a queue looks empty that other processes use, too."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Module, method_of, receiver_of

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each question whether a queue is empty by which a loop ends that reads it."""
    for poll in module.polls:
        queue = receiver_of(poll.step) or "queue"
        home, block = poll.queue.site.scope.module, poll.queue.site.block
        yield Finding(
            span=poll.span_in(module),
            problem=(
                f"What `{queue}.{method_of(poll.step)}` says is out of date when another process puts or gets "
                "something, so the loop ends too early or waits for ever."
            ),
            help="Put a sentinel such as `None` when all is put, and read until it comes.",
            notes=(Note("The queue is made here.", home.path, home.span(block, poll.queue.call.at)),),
        )
