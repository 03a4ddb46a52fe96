"""What a program does with processes. Rules import from here and from nowhere deeper."""

from spawnsafe.model.methods import Platform, StartMethods, Target, When, supported_targets

__all__ = ["Platform", "StartMethods", "Target", "When", "supported_targets"]
