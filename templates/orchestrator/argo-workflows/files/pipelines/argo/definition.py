"""Read and validate the WorkflowTemplate in training.yaml.

Supports the elements that training.yaml uses. Fields that concern only pods in a cluster, such as
`resources` and `nodeSelector`, are accepted and have no effect on this machine.
"""

from __future__ import annotations

import graphlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..walking import located
from ..walking.located import Source

PATH = Path(__file__).with_name("training.yaml")
POD = {"affinity", "nodeSelector", "priorityClassName", "securityContext", "tolerations"}
SPEC = {
    *("activeDeadlineSeconds", "arguments", "entrypoint", "onExit", "templateDefaults"),
    *("templates", "imagePullSecrets", "podGC", "podMetadata", "serviceAccountName"),
    *("synchronization", "ttlStrategy", "volumes", "workflowMetadata"),
    *POD,
}
TEMPLATE = {
    *("name", "inputs", "dag", "container", "activeDeadlineSeconds", "retryStrategy"),
    *("metadata", *POD),
}
TASK = {"name", "template", "depends", "when", "arguments"}
CONTAINER = {
    *("command", "args", "env", "envFrom", "image", "imagePullPolicy", "resources"),
    *("securityContext", "volumeMounts"),
}
TAG = re.compile(r"\{\{(.*?)\}\}")
JSON_PATH = re.compile(
    r"=jsonpath\((?:tasks\.([\w-]+)|tasks\['([\w-]+)'\])\.outputs\.result, '\$\.([\w.]+)'\)"
)
RESULT = "tasks.{}.outputs.result"
FAILURES = "=fromJSON(workflow.failures)"
WHEN = re.compile(r"(\S+|\{\{=.*\}\}) (==|!=) (\S+)")
DURATION = re.compile(r"(\d+)([smh]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
# Only the template that runs at the end of a workflow knows how it ended.
AT_EXIT = ("workflow.status", "workflow.failures")


@dataclass(frozen=True)
class Retry:
    """Further attempts of a step: how many, the seconds before the first, the growth of a wait."""

    limit: int = 0
    seconds: float = 0
    factor: float = 1


@dataclass(frozen=True)
class Container:
    """The command of a step and its environment variables, both with tags."""

    command: Sequence[str]
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Task:
    """A node of a graph. `when` is a condition, or None. `arguments` have tags."""

    name: str
    template: str
    depends: Sequence[str]
    when: str | None
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A graph of tasks, or a step with its container. `inputs`: parameter -> default or None."""

    name: str
    inputs: Mapping[str, str | None]
    tasks: Sequence[Task] = ()
    container: Container | None = None
    seconds: float | None = None
    retry: Retry = Retry()


@dataclass(frozen=True)
class Definition:
    """A WorkflowTemplate. `parameters`: parameter -> default or None. `seconds`: its time limit."""

    entrypoint: str
    on_exit: str | None
    parameters: Mapping[str, str | None]
    seconds: float
    templates: Mapping[str, Template]


def result_name(call: re.Match[str]) -> str:
    """Return the name of the result that a match of JSON_PATH reads."""
    return RESULT.format(call[1] or call[2])


def load(path: Path = PATH) -> Definition:
    """Read a definition.

    Raises DefinitionError, with the line, for anything that the walker does not run like Argo.
    """
    return _Reader(Source.read(path)).definition()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        if len(source.documents) != 1:
            raise source.error(1, f"expected one document, found {len(source.documents)}")
        (top,) = source.documents
        fields = {"apiVersion", "kind", "metadata", "spec"}
        source.fields(top, 1, fields, fields)
        if top["kind"] != "WorkflowTemplate":
            raise source.error(top.lines["kind"], f"expected a WorkflowTemplate, not {top['kind']}")
        needed = {"activeDeadlineSeconds", "entrypoint", "templates"}
        self.spec = source.fields(top["spec"], top.lines["spec"], SPEC, needed)
        self.parameters = self.named(self.spec, "arguments", {"name", "value", "description"})
        defaults = self.part(self.spec, "templateDefaults", {"container"})
        self.defaults = self.part(defaults, "container", CONTAINER)
        self.templates: dict[str, located.Mapping] = {}
        for item, line in self.items(self.spec, "templates"):
            found = source.fields(item, line, TEMPLATE, {"name"})
            if found["name"] in self.templates:
                raise source.error(found.lines["name"], f"{found['name']} occurs twice")
            self.templates[found["name"]] = found

    def definition(self) -> Definition:
        spec = self.spec
        for key in ("entrypoint", "onExit"):
            if key in spec:
                self.known(spec[key], spec.lines[key])
        templates = {name: self.template(found) for name, found in self.templates.items()}
        calls = {
            name: {task.template for task in template.tasks} for name, template in templates.items()
        }
        try:
            tuple(graphlib.TopologicalSorter(calls).static_order())
        except graphlib.CycleError as error:
            name = next(name for name in templates if name in error.args[1])
            raise self.source.error(
                self.templates[name].line, f"{name} is part of a cycle of templates"
            ) from None
        return Definition(
            spec["entrypoint"],
            spec.get("onExit"),
            self.parameters,
            self.number(spec, "activeDeadlineSeconds"),
            templates,
        )

    def template(self, found: located.Mapping) -> Template:
        name, line = found["name"], found.line
        inputs = self.named(found, "inputs", {"name", "value", "description"})
        known = {
            *("workflow.name", "workflow.namespace"),
            *(f"workflow.parameters.{parameter}" for parameter in self.parameters),
        }
        self.tags(found.get("inputs"), known)
        known |= {f"inputs.parameters.{parameter}" for parameter in inputs}
        if self.is_at_exit(name):
            known |= set(AT_EXIT)
        if ("dag" in found) == ("container" in found):
            raise self.source.error(line, f"{name} needs either a dag or a container")
        if "dag" in found:
            for key in ("activeDeadlineSeconds", "retryStrategy"):
                if key in found:
                    raise self.source.error(found.lines[key], f"{key} of a dag is not supported")
            return Template(name, inputs, self.tasks(found, known))
        container = self.part(found, "container", CONTAINER)
        self.tags(container, known)
        self.tags(self.defaults, known)
        return Template(
            name,
            inputs,
            container=Container(
                [*self.texts(container, "command"), *self.texts(container, "args")],
                {**self.variables(self.defaults), **self.variables(container)},
            ),
            seconds=self.number(found, "activeDeadlineSeconds"),
            retry=self.retry(found),
        )

    def tasks(self, template: located.Mapping, known: Collection[str]) -> list[Task]:
        dag = self.source.fields(template["dag"], template.lines["dag"], {"tasks"}, {"tasks"})
        items = {}
        for item, line in self.items(dag, "tasks"):
            found = self.source.fields(item, line, TASK, {"name", "template"})
            items[found["name"]] = found
        before: dict[str, list[str]] = {}
        for name, found in items.items():
            before[name] = []
            for other in str(found["depends"]).split(" && ") if "depends" in found else ():
                if other not in items:
                    raise self.source.error(found.lines["depends"], f"{other} is no task")
                before[name].append(other)
        try:
            order = tuple(graphlib.TopologicalSorter(before).static_order())
        except graphlib.CycleError as error:
            name = next(name for name in items if name in error.args[1])
            line = items[name].lines["depends"]
            raise self.source.error(line, f"{name} is part of a cycle") from None
        above: dict[str, set[str]] = {}
        for name in order:
            above[name] = {*before[name], *(far for near in before[name] for far in above[near])}
        return [
            self.task(found, before[name], {*known, *map(RESULT.format, above[name])})
            for name, found in items.items()
        ]

    def task(self, found: located.Mapping, depends: Sequence[str], known: Collection[str]) -> Task:
        template = self.known(found["template"], found.lines["template"])
        arguments = self.named(found, "arguments", {"name", "value"})
        inputs = self.named(template, "inputs", {"name", "value", "description"})
        for name in arguments:
            if name not in inputs:
                problem = f"{template['name']} has no parameter {name}"
                raise self.source.error(found.lines["arguments"], problem)
        for name, default in inputs.items():
            if default is None and name not in arguments:
                problem = f"{template['name']} needs a value for {name}"
                raise self.source.error(found.line, problem)
        self.tags(found.get("arguments"), known)
        when = found.get("when")
        if when is not None:
            if not WHEN.fullmatch(str(when)):
                raise self.source.error(found.lines["when"], f"{when} is not supported here")
            self.tag(str(when), found.lines["when"], known)
        values = {name: value or "" for name, value in arguments.items()}
        return Task(found["name"], template["name"], depends, when, values)

    def retry(self, template: located.Mapping) -> Retry:
        if "retryStrategy" not in template:
            return Retry()
        fields = {"limit", "retryPolicy", "backoff"}
        found = self.part(template, "retryStrategy", fields, fields)
        if found["retryPolicy"] not in ("Always", "OnFailure"):
            problem = f"{found['retryPolicy']} is not supported here"
            raise self.source.error(found.lines["retryPolicy"], problem)
        backoff = self.part(found, "backoff", {"duration", "factor"}, {"duration", "factor"})
        duration = DURATION.fullmatch(str(backoff["duration"]))
        if duration is None:
            problem = f"{backoff['duration']} is not a duration such as 10s"
            raise self.source.error(backoff.lines["duration"], problem)
        return Retry(
            int(self.number(found, "limit")),
            int(duration[1]) * SECONDS[duration[2]],
            self.number(backoff, "factor"),
        )

    def is_at_exit(self, name: str) -> bool:
        """Whether a template is that of `onExit`, or one of its tasks."""
        first = self.spec.get("onExit")
        dag = self.templates[first].get("dag", {}) if first in self.templates else {}
        return name == first or name in {task.get("template") for task in dag.get("tasks", ())}

    def known(self, name: object, line: int) -> located.Mapping:
        if name not in self.templates:
            raise self.source.error(line, f"template {name} does not exist")
        return self.templates[str(name)]

    def part(
        self,
        holder: located.Mapping,
        key: str,
        known: Collection[str],
        needed: Collection[str] = (),
    ) -> located.Mapping:
        """Return the fields below a key; none if the key is missing."""
        if key not in holder:
            return located.Mapping()
        return self.source.fields(holder[key], holder.lines[key], known, needed)

    def items(self, holder: located.Mapping, key: str) -> list[tuple[Any, int]]:
        found = holder.get(key, located.Sequence())
        if not isinstance(found, located.Sequence):
            raise self.source.error(holder.lines[key], f"{key} must be a list")
        return list(zip(found, found.lines, strict=True)) if key in holder else []

    def named(
        self, holder: located.Mapping, key: str, known: Collection[str]
    ) -> dict[str, str | None]:
        """Return `parameters` below a key: name -> value, or None without a value."""
        found = {}
        for item, line in self.items(self.part(holder, key, {"parameters"}), "parameters"):
            parameter = self.source.fields(item, line, known, {"name"})
            value = parameter.get("value")
            found[str(parameter["name"])] = None if value is None else str(value)
        return found

    def variables(self, container: located.Mapping) -> dict[str, str]:
        found = {}
        for item, line in self.items(container, "env"):
            variable = self.source.fields(item, line, {"name", "value"}, {"name", "value"})
            found[str(variable["name"])] = str(variable["value"])
        return found

    def texts(self, container: located.Mapping, key: str) -> list[str]:
        return [str(item) for item, _ in self.items(container, key)]

    def number(self, holder: located.Mapping, key: str) -> float:
        if key not in holder:
            raise self.source.error(holder.line, f"{key} is missing")
        try:
            return float(holder[key])
        except (TypeError, ValueError):
            raise self.source.error(holder.lines[key], f"{key} must be a number") from None

    def tags(self, found: object, known: Collection[str]) -> None:
        """Reject a tag in a text below `found` that has no value."""
        if isinstance(found, located.Mapping):
            pairs = [(found[key], found.lines[key]) for key in found]
        elif isinstance(found, located.Sequence):
            pairs = list(zip(found, found.lines, strict=True))
        else:
            return
        for item, line in pairs:
            if isinstance(item, str):
                self.tag(item, line, known)
            else:
                self.tags(item, known)

    def tag(self, text: str, line: int, known: Collection[str]) -> None:
        for found in TAG.finditer(text):
            call = JSON_PATH.fullmatch(found[1])
            name = result_name(call) if call else found[1]
            if found[1] == FAILURES:
                name = "workflow.failures"
            elif call is None and name.startswith("="):
                raise self.source.error(line, f"the expression {found[0]} is not supported here")
            if name not in known:
                raise self.source.error(line, f"{found[0]} has no value")
