"""What a program does with processes. Rules import from here and from nowhere deeper."""

from spawnsafe.model.amounts import MOST_ON_WINDOWS, Amount, Defect, chunk_sizes, worker_counts
from spawnsafe.model.apis import Crossing, Maker, Trouble, own_sender
from spawnsafe.model.contexts import ForcedFork, Repetition, forced_forks, repetitions
from spawnsafe.model.early import Called, called
from spawnsafe.model.effects import Lost, lost
from spawnsafe.model.endings import Exit, exits
from spawnsafe.model.environment import environment_in
from spawnsafe.model.environs import Stale, stale
from spawnsafe.model.exceptions import Loss, loss
from spawnsafe.model.flow import captured, is_renamed
from spawnsafe.model.globals import Change, Unseen, Unshared
from spawnsafe.model.guards import DeadGuard, Departure, dead_guards, departure
from spawnsafe.model.instances import Held
from spawnsafe.model.loaded import Absence, absence, place
from spawnsafe.model.lookups import Endless, endless_within
from spawnsafe.model.managed import Detached, detached
from spawnsafe.model.mappings import Labour, Mapping
from spawnsafe.model.methods import (
    EVERY_TARGET,
    EVERYWHERE,
    Choice,
    Chosen,
    Platform,
    StartMethods,
    Target,
    Targets,
    When,
    supported_targets,
)
from spawnsafe.model.mixing import Mixture, mixtures
from spawnsafe.model.module import Module, is_relevant
from spawnsafe.model.names import Placed, Scope, Step
from spawnsafe.model.nesting import exhaustible, nested
from spawnsafe.model.order import Start, definition, only_in_main
from spawnsafe.model.packing import Loose, loose
from spawnsafe.model.passing import Misfit, misfits
from spawnsafe.model.payloads import Payload
from spawnsafe.model.pickles import Unpicklable
from spawnsafe.model.pools import End, Life, Phase, method_of, receiver_of, workers_at
from spawnsafe.model.processes import Misplaced, Oversight, Stage, Unstarted, misplaced, unstarted
from spawnsafe.model.project import Project
from spawnsafe.model.qualnames import Lookup, failed_lookup, is_private, lost_method, nameless, stands_for, undecorated
from spawnsafe.model.queues import Drain
from spawnsafe.model.recursion import Circle, circles
from spawnsafe.model.sends import Role, Send, definitions, forked_before
from spawnsafe.model.stalling import Lack, Overlap, Stall, overlaps, stalls
from spawnsafe.model.streams import Stream, is_consumed_singly, stream
from spawnsafe.model.tallies import Endpoint, Uncounted, uncounted
from spawnsafe.model.tasks import Task
from spawnsafe.model.timeline import Moment
from spawnsafe.model.values import (
    Channel,
    Class,
    Function,
    Instance,
    Loaded,
    MadeClass,
    MakerClass,
    Method,
    Partial,
    Product,
    Value,
    Workers,
)
from spawnsafe.model.waiting import Turn
from spawnsafe.model.workers import Raised, Result, Visit, Work

__all__ = [
    "EVERYWHERE",
    "EVERY_TARGET",
    "MOST_ON_WINDOWS",
    "Absence",
    "Amount",
    "Called",
    "Change",
    "Channel",
    "Choice",
    "Chosen",
    "Circle",
    "Class",
    "Crossing",
    "DeadGuard",
    "Defect",
    "Departure",
    "Detached",
    "Drain",
    "End",
    "Endless",
    "Endpoint",
    "Exit",
    "ForcedFork",
    "Function",
    "Held",
    "Instance",
    "Labour",
    "Lack",
    "Life",
    "Loaded",
    "Lookup",
    "Loose",
    "Loss",
    "Lost",
    "MadeClass",
    "Maker",
    "MakerClass",
    "Mapping",
    "Method",
    "Misfit",
    "Misplaced",
    "Mixture",
    "Module",
    "Moment",
    "Overlap",
    "Oversight",
    "Partial",
    "Payload",
    "Phase",
    "Placed",
    "Platform",
    "Product",
    "Project",
    "Raised",
    "Repetition",
    "Result",
    "Role",
    "Scope",
    "Send",
    "Stage",
    "Stale",
    "Stall",
    "Start",
    "StartMethods",
    "Step",
    "Stream",
    "Target",
    "Targets",
    "Task",
    "Trouble",
    "Turn",
    "Uncounted",
    "Unpicklable",
    "Unseen",
    "Unshared",
    "Unstarted",
    "Value",
    "Visit",
    "When",
    "Work",
    "Workers",
    "absence",
    "called",
    "captured",
    "chunk_sizes",
    "circles",
    "dead_guards",
    "definition",
    "definitions",
    "departure",
    "detached",
    "endless_within",
    "environment_in",
    "exhaustible",
    "exits",
    "failed_lookup",
    "forced_forks",
    "forked_before",
    "is_consumed_singly",
    "is_private",
    "is_relevant",
    "is_renamed",
    "loose",
    "loss",
    "lost",
    "lost_method",
    "method_of",
    "misfits",
    "misplaced",
    "mixtures",
    "nameless",
    "nested",
    "only_in_main",
    "overlaps",
    "own_sender",
    "place",
    "receiver_of",
    "repetitions",
    "stale",
    "stalls",
    "stands_for",
    "stream",
    "supported_targets",
    "uncounted",
    "undecorated",
    "unstarted",
    "worker_counts",
    "workers_at",
]
