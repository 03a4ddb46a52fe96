"""Writes other code in the place of an expression or an operator."""

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.source import Edit, Span
from spawnsafe.syntax.blocks import Extent


def replace_code(module: Module, span: Span, code: str, title: str) -> Fix:
    """Return the repair that puts code in the place of a span."""
    return Fix(title, (FileEdit(module.path, Edit(span, code)),), safe=True)


def replacement(module: Module, extent: Extent, code: str) -> FileEdit:
    """Return the edit that puts code in the place of a part of a file; of none of it, to insert."""
    return FileEdit(module.path, Edit(module.text.span(*extent), code))
