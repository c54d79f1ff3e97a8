"""Print what plain.py needs to know about a model: python describe.py <package> <model>."""

import importlib
import json
import sys

package, model = sys.argv[1:]
modules = importlib.import_module(f"{package}.platform.models").load(model)
params = importlib.import_module(f"{package}.params").load_params(model)
contract = modules.contract
print(
    json.dumps(
        {
            "task": modules.task.NAME,
            "target": contract.target,
            "classes": contract.classes,
            "seed": params.seed,
            "train_params": dict(params.train),
            "fields": [
                {
                    "name": field.name,
                    "kind": field.kind,
                    "categories": field.categories,
                    "nullable": field.nullable,
                }
                for field in contract.fields
            ],
        }
    )
)
