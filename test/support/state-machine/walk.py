"""The same in the walker of a generated repository, whose root is the working directory: nothing of it has to be installed."""

import json
import sys
import types

for name in ("pipelines", "pipelines.step_functions", "pipelines.walking"):
    # Without their `__init__`, which imports what only an installed repository has.
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [name.replace(".", "/")]
sys.path.insert(0, "src")

from pipelines.step_functions.definition import PATH, load  # noqa: E402
from pipelines.step_functions.walker import Walker  # noqa: E402
from pipelines.walking.walk import TaskError  # noqa: E402


class Values(dict):
    def __missing__(self, key):
        return "here"

    def __contains__(self, key):
        return True


def walk(accepted, errors):
    definition = load(Values())
    left = {name: list(given) for name, given in errors.items()}
    current = []

    def act(parameters, seconds):
        name = current[-1]
        if left.get(name):
            raise TaskError(left[name].pop(0), "it broke")
        return {"Body": json.dumps({"accepted": accepted})} if name == "Read decision" else {}

    class Told(dict):
        """States, which notes the one that is entered."""

        def __getitem__(self, name):
            current.append(name)
            return super().__getitem__(name)

    told = type(definition)(definition.start, Told(definition.states), definition.seconds)
    tasks = {state["Resource"]: act for state in definition.states.values() if "Resource" in state}
    values = {"model": "a-model", "variant": "base", "until": "now"}
    execution = Walker(told, tasks, sleep=lambda _: None).walk("a-run", values)
    return {"path": execution.path, "output": execution.output}


print(json.dumps([walk(**scenario) for scenario in json.loads(sys.argv[1])]))
