"""Repairs as text edits, computed from facts and from the text; shared by the rules' fixes."""

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.hoist import HoistPlan, hoist, hoist_refusal, plan_hoist

__all__ = ["HoistPlan", "Refusal", "hoist", "hoist_refusal", "plan_hoist"]
