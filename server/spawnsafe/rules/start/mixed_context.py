"""A lock or queue of one context is handed to workers of another."""

from collections.abc import Iterator

from spawnsafe.edits import replace_code
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, mixtures

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each primitive that is made with fork and handed to workers that are not forked."""
    for mixture in mixtures(module):
        send, home = mixture.send, mixture.value.site.scope.module
        code = send.label
        subject, noun = f"`{code}`" if code else f"The `{mixture.name}`", send.workers.maker.noun
        yield Finding(
            span=module.span_of(send),
            problem=(
                f"{subject} is made in another context than the {noun} that is to inherit it, "
                f"so the {noun} fails to start {mixture.when}."
            ),
            help=f"Make it with `{mixture.context or 'context'}.{mixture.name}`.",
            when=mixture.when,
            notes=(Note("It is made here.", home.path, home.span(mixture.value.site.block, mixture.value.call.at)),),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make it with the context that makes the workers."""
    for mixture in mixtures(module):
        if module.span_of(mixture.send) == finding.span:
            if mixture.context is not None:
                span = module.span(mixture.value.site.block, mixture.value.call.function.at)
                code = f"{mixture.context}.{mixture.name}"
                yield replace_code(module, span, code, f"Make it with `{code}`")
            return
