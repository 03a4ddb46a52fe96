"""An executor counts the tasks of its workers in the context of fork."""

from collections.abc import Iterator

from spawnsafe.edits import replace_code
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, exhaustible

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each executor that fork cannot give what it asks for."""
    for each in exhaustible(module):
        yield Finding(
            span=module.span(each.site.block, each.call.at),
            problem=f"`max_tasks_per_child` needs workers that are not forked, so this executor fails {each.when}.",
            help='Make the context with `get_context("spawn")`.',
            when=each.when,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Spawn the workers, if the context is chosen in the call and nothing starts at import."""
    for each in exhaustible(module):
        if module.span(each.site.block, each.call.at) == finding.span:
            if each.method is not None and not module.starts_at_import:
                yield replace_code(module, module.span(each.site.block, each.method.at), '"spawn"', "Spawn the workers")
            return
