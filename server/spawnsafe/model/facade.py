"""All that the model offers: `spawnsafe.model` imports it when the first of its heavier names is asked for."""

from spawnsafe.model.apis import Crossing, Maker, Trouble, own_sender
from spawnsafe.model.calls.amounts import MOST_ON_WINDOWS, Amount, Defect, chunk_sizes, worker_counts
from spawnsafe.model.calls.early import Called, called
from spawnsafe.model.calls.effects import Lost, lost
from spawnsafe.model.calls.endings import Exit, exits
from spawnsafe.model.calls.managed import Detached, detached
from spawnsafe.model.calls.packing import Loose, loose
from spawnsafe.model.calls.passing import Misfit, misfits
from spawnsafe.model.calls.recursion import Circle, circles
from spawnsafe.model.calls.tallies import Endpoint, Uncounted, uncounted
from spawnsafe.model.environment import environment_in
from spawnsafe.model.exceptions import Loss, loss
from spawnsafe.model.flow import captured, is_renamed
from spawnsafe.model.glances import is_relevant
from spawnsafe.model.lifecycle.pools import End, Life, Phase, called_by, method_of, receiver_of, workers_at
from spawnsafe.model.lifecycle.processes import Misplaced, Oversight, Stage, Unstarted, misplaced, unstarted
from spawnsafe.model.lifecycle.queues import Drain
from spawnsafe.model.lifecycle.tasks import Task
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
    effective,
    supported_targets,
)
from spawnsafe.model.module import Module
from spawnsafe.model.names import Placed, Scope, Step
from spawnsafe.model.order import Start, definition, only_in_main
from spawnsafe.model.performance.mappings import Labour, Mapping
from spawnsafe.model.performance.payloads import Payload
from spawnsafe.model.performance.streams import Stream, is_consumed_singly, stream
from spawnsafe.model.performance.waiting import Turn
from spawnsafe.model.pickling.instances import Held
from spawnsafe.model.pickling.loaded import Absence, absence, place
from spawnsafe.model.pickling.lookups import Endless, endless_within
from spawnsafe.model.pickling.pickles import Unpicklable
from spawnsafe.model.pickling.qualnames import (
    Lookup,
    failed_lookup,
    held_definitions,
    is_private,
    lost_method,
    nameless,
    stands_for,
    undecorated,
)
from spawnsafe.model.project import Project
from spawnsafe.model.reading import means_the_same
from spawnsafe.model.sends import Role, Send, definitions, forked_before, unfinished_class, unimported
from spawnsafe.model.start.contexts import MethodCall, Repetition, forced_forks, method_calls, repetitions
from spawnsafe.model.start.environs import Stale, stale
from spawnsafe.model.start.globals import Change, Unseen, Unshared
from spawnsafe.model.start.guards import DeadGuard, Departure, Guard, dead_guards, guards
from spawnsafe.model.start.mixing import Mixture, mixtures
from spawnsafe.model.start.nesting import exhaustible, nested
from spawnsafe.model.start.stalling import Lack, Overlap, Stall, overlaps, stalls
from spawnsafe.model.survey import Survey
from spawnsafe.model.timeline import Moment
from spawnsafe.model.values import (
    Channel,
    Class,
    Function,
    Instance,
    Loaded,
    MadeClass,
    MadeInstance,
    MakerClass,
    Method,
    Partial,
    Product,
    Value,
    Workers,
)
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
    "Function",
    "Guard",
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
    "MadeInstance",
    "Maker",
    "MakerClass",
    "Mapping",
    "Method",
    "MethodCall",
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
    "Survey",
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
    "called_by",
    "captured",
    "chunk_sizes",
    "circles",
    "dead_guards",
    "definition",
    "definitions",
    "detached",
    "effective",
    "endless_within",
    "environment_in",
    "exhaustible",
    "exits",
    "failed_lookup",
    "forced_forks",
    "forked_before",
    "guards",
    "held_definitions",
    "is_consumed_singly",
    "is_private",
    "is_relevant",
    "is_renamed",
    "loose",
    "loss",
    "lost",
    "lost_method",
    "means_the_same",
    "method_calls",
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
    "unfinished_class",
    "unimported",
    "unstarted",
    "worker_counts",
    "workers_at",
]
