"""The program chooses fork, on whatever platform it runs."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Module, StartMethods, When, forced_forks

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each choice of fork that no condition restricts to platforms where it is the default."""
    for choice in forced_forks(module):
        yield Finding(
            span=module.span(choice.step.block, choice.call.at),
            problem=(
                f"`{choice.name}` chooses fork on every platform, "
                "so this fails on Windows and hides elsewhere what spawned workers refuse."
            ),
            help="Leave the start method to the platform.",
            when=When(StartMethods.FRESH),
        )
