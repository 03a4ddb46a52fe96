"""What expressions are: names, attributes and calls followed through the program.

Nothing is executed: calls of the project's own functions give what their `return` statements give. `core` has the
questions; each part answers some, and asks the others there.
"""

from spawnsafe.model.flow.core import bound, elements, evaluate, member

# the core comes first: it brings the parts together
# isort: split

from spawnsafe.model.flow.arguments import argument, as_row, columns, passed_terms, slot, unstarred
from spawnsafe.model.flow.calls import substituted
from spawnsafe.model.flow.conditions import Run, Verdict, holds, is_dunder_name, logical, tells_targets_apart, truth
from spawnsafe.model.flow.containers import follow, values_of_dict
from spawnsafe.model.flow.contexts import chosen_methods
from spawnsafe.model.flow.definitions import (
    bases,
    decorated,
    is_renamed,
    keeps_name,
    lineage,
    method_kind,
    renamed,
    returned,
    stores,
)
from spawnsafe.model.flow.fields import Field, dataclass_call, field_of, fields, flag
from spawnsafe.model.flow.reach import guarded, is_sure, reached, surely, taken, where
from spawnsafe.model.flow.variables import asks_start_method, captured, look_up, resolve, sourced

__all__ = [
    "Field",
    "Run",
    "Verdict",
    "argument",
    "as_row",
    "asks_start_method",
    "bases",
    "bound",
    "captured",
    "chosen_methods",
    "columns",
    "dataclass_call",
    "decorated",
    "elements",
    "evaluate",
    "field_of",
    "fields",
    "flag",
    "follow",
    "guarded",
    "holds",
    "is_dunder_name",
    "is_renamed",
    "is_sure",
    "keeps_name",
    "lineage",
    "logical",
    "look_up",
    "member",
    "method_kind",
    "passed_terms",
    "reached",
    "renamed",
    "resolve",
    "returned",
    "slot",
    "sourced",
    "stores",
    "substituted",
    "surely",
    "taken",
    "tells_targets_apart",
    "truth",
    "unstarred",
    "values_of_dict",
    "where",
]
