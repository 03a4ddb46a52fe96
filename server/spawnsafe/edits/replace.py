"""Writes other code in the place of an expression or an operator."""

from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.module import Module
from spawnsafe.source import Edit, Span


def replace_code(module: Module, span: Span, code: str, title: str) -> Fix:
    """Return the repair that puts code in the place of a span."""
    return Fix(title, (FileEdit(module.path, Edit(span, code)),), safe=True)
