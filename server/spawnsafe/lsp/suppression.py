"""What may be done about a finding instead of mending it."""

from collections.abc import Iterator

from spawnsafe.check import Diagnostic
from spawnsafe.edits import ignore_here, ignore_in_file
from spawnsafe.findings import Fix
from spawnsafe.model import Module
from spawnsafe.pyproject import switch_off


def suppressions(module: Module, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Yield the edits that suppress a diagnostic, unless it is about a comment: here, in the file, in the project."""
    if diagnostic.rule.review:
        return
    code = diagnostic.rule.code
    yield ignore_here(module, diagnostic.finding.span, code)
    yield ignore_in_file(module, code)
    project_wide = switch_off(module.path, code)
    if project_wide is not None:
        yield project_wide
