"""Makes amounts whole, and 1 at least."""

from spawnsafe.edits.replace import replace_code
from spawnsafe.findings import Fix
from spawnsafe.model.calls.amounts import Amount, Defect
from spawnsafe.model.module import Module
from spawnsafe.syntax import facts

_LONGEST = 60


def enough(module: Module, amount: Amount) -> Fix | None:
    """Return the repair that asks for a whole number, for 1 at least; None for what is written down."""
    if amount.defect not in (Defect.FLOAT, Defect.SMALL_AT_TIMES):
        return None
    block, term = amount.site.block, amount.term
    code = module.code(block, term.at)
    if amount.defect is Defect.FLOAT:
        if isinstance(term, facts.Constant):
            return None
        code = f"int({code})"
        if isinstance(term, facts.Combined) and term.operator == "/":
            left, right = (module.code(block, part.at) for part in term.parts)
            between = module.code(block, (term.parts[0].at[1], term.parts[1].at[0]))
            code = left + between.replace("/", "//", 1) + right
    code = f"max(1, {code})"
    title = f"Ask for `{code}`" if len(code) <= _LONGEST and "\n" not in code else "Ask for 1 at least"
    return replace_code(module, module.span(block, term.at), code, title)
