"""Repairs as text edits, computed from facts and from the text; shared by the rules' fixes."""

from spawnsafe.edits.amounts import enough, one_each
from spawnsafe.edits.arguments import add_chunksize, add_keyword, call_imap, drop_keyword, rename_method
from spawnsafe.edits.assigning import assign_back
from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.calling import in_tuple, send_function
from spawnsafe.edits.choose import move_under_guard, spawn_instead
from spawnsafe.edits.collecting import keep_results
from spawnsafe.edits.copy import wrap_argument
from spawnsafe.edits.counting import count_done
from spawnsafe.edits.export import move_to_module
from spawnsafe.edits.freeing import free_method
from spawnsafe.edits.guard import guard_fixes, guard_here, guard_refusal
from spawnsafe.edits.handing import hand_over, pass_along
from spawnsafe.edits.hoist import HoistPlan, hoist, hoist_refusal, plan_hoist
from spawnsafe.edits.idle import without_idle_imports
from spawnsafe.edits.ignore import drop_ignore, ignore_here, ignore_in_file, ignoring
from spawnsafe.edits.leaving import raise_instead
from spawnsafe.edits.lives import close_before_join, list_of_results, move_into_with, read_before_join, wrap_in_with
from spawnsafe.edits.lookup import guard_lookup
from spawnsafe.edits.managing import of_processes
from spawnsafe.edits.move import late_fixes, leaving_guard, move_above, move_binding, move_out_of_guard
from spawnsafe.edits.omit import leave_out
from spawnsafe.edits.once import hand_once
from spawnsafe.edits.passing import passing_plan
from spawnsafe.edits.rebuild import rebuildable, rebuildable_refusal
from spawnsafe.edits.rename import add_wraps, decorated_parameter, make_protected, name_class, variable_of
from spawnsafe.edits.replace import replace_code
from spawnsafe.edits.results import is_listable, list_result
from spawnsafe.edits.running import running, running_refusal
from spawnsafe.edits.serial import join_after, map_instead
from spawnsafe.edits.sharing import share_changed
from spawnsafe.edits.starting import start_process
from spawnsafe.edits.swapping import change_places

__all__ = [
    "HoistPlan",
    "Refusal",
    "add_chunksize",
    "add_keyword",
    "add_wraps",
    "assign_back",
    "call_imap",
    "change_places",
    "close_before_join",
    "count_done",
    "decorated_parameter",
    "drop_ignore",
    "drop_keyword",
    "enough",
    "free_method",
    "guard_fixes",
    "guard_here",
    "guard_lookup",
    "guard_refusal",
    "hand_once",
    "hand_over",
    "hoist",
    "hoist_refusal",
    "ignore_here",
    "ignore_in_file",
    "ignoring",
    "in_tuple",
    "is_listable",
    "join_after",
    "keep_results",
    "late_fixes",
    "leave_out",
    "leaving_guard",
    "list_of_results",
    "list_result",
    "make_protected",
    "map_instead",
    "move_above",
    "move_binding",
    "move_into_with",
    "move_out_of_guard",
    "move_to_module",
    "move_under_guard",
    "name_class",
    "of_processes",
    "one_each",
    "pass_along",
    "passing_plan",
    "plan_hoist",
    "raise_instead",
    "read_before_join",
    "rebuildable",
    "rebuildable_refusal",
    "rename_method",
    "replace_code",
    "running",
    "running_refusal",
    "send_function",
    "share_changed",
    "spawn_instead",
    "start_process",
    "variable_of",
    "without_idle_imports",
    "wrap_argument",
    "wrap_in_with",
]
