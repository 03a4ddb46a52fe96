"""Text to facts: cut into blocks, parsed by libcst, lowered. The only place that touches trees."""

from spawnsafe.syntax import facts
from spawnsafe.syntax.document import NOTHING, Block, Document, Problem, read
from spawnsafe.syntax.excerpt import excerpt
from spawnsafe.syntax.notebook import Notebook

__all__ = ["NOTHING", "Block", "Document", "Notebook", "Problem", "excerpt", "facts", "read"]
