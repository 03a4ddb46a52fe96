"""What a program does with processes. Rules import from here and from nowhere deeper."""

from spawnsafe.model.apis import Crossing, Trouble
from spawnsafe.model.flow import captured, is_renamed
from spawnsafe.model.methods import Platform, StartMethods, Target, When, supported_targets
from spawnsafe.model.module import Module, is_relevant
from spawnsafe.model.names import Scope
from spawnsafe.model.order import Start, definition, only_in_main
from spawnsafe.model.project import Project
from spawnsafe.model.sends import Role, Send, definitions, forked_before
from spawnsafe.model.values import Class, Function, Instance, Method

__all__ = [
    "Class",
    "Crossing",
    "Function",
    "Instance",
    "Method",
    "Module",
    "Platform",
    "Project",
    "Role",
    "Scope",
    "Send",
    "Start",
    "StartMethods",
    "Target",
    "Trouble",
    "When",
    "captured",
    "definition",
    "definitions",
    "forked_before",
    "is_relevant",
    "is_renamed",
    "only_in_main",
    "supported_targets",
]
