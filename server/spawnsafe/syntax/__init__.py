"""Text to facts: cut into blocks, parsed by libcst, lowered. The only place that touches trees."""

from spawnsafe.syntax import facts
from spawnsafe.syntax.document import Block, Document, Problem, read
from spawnsafe.syntax.excerpt import excerpt

__all__ = ["Block", "Document", "Problem", "excerpt", "facts", "read"]
