"""What a program does with processes. Rules import from here and from nowhere deeper."""

from spawnsafe.model.apis import Crossing, Trouble
from spawnsafe.model.methods import Platform, StartMethods, Target, When, supported_targets
from spawnsafe.model.module import Module, is_relevant
from spawnsafe.model.project import Project
from spawnsafe.model.sends import Role, Send
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
    "Send",
    "StartMethods",
    "Target",
    "Trouble",
    "When",
    "is_relevant",
    "supported_targets",
]
