"""What may be done about a finding instead of mending it."""

from collections.abc import Iterator
from pathlib import Path

from spawnsafe.check import Diagnostic
from spawnsafe.edits import ignore_here, ignore_in_file
from spawnsafe.findings import Fix
from spawnsafe.model import Module
from spawnsafe.pyproject import switch_off


def suppressions(module: Module, diagnostic: Diagnostic, folder: Path | None) -> Iterator[Fix]:
    """Yield the edits that suppress a diagnostic, unless it is about a comment: here, in the file, in the project.

    A project without settings gets a file of them in the folder, if there is one.
    """
    if diagnostic.rule.review:
        return
    code = diagnostic.rule.code
    yield ignore_here(module, diagnostic.finding.span, code)
    yield ignore_in_file(module, code)
    project_wide = switch_off(module.path, code, folder)
    if project_wide is not None:
        yield project_wide
