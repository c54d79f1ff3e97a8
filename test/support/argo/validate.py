"""Validates Kubernetes objects against the schemas of their CRDs, as a server with strict validation does:

    validate.py <folder of CRDs> <file>...

Prints a line for each problem, and exits with 1 if there is one.
"""

import json
import sys
from pathlib import Path

import jsonschema
from ruamel.yaml import YAML as Yaml

YAML = Yaml(typ="safe")


def strict(schema):
    """The schema of a CRD as JSON Schema. Fields that the server would drop are refused."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        found["type"] = ["integer", "string"]
    has_fields = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    if has_fields and not schema.get("x-kubernetes-preserve-unknown-fields"):
        found.setdefault("additionalProperties", False)
    return found


def read(path):
    """A CRD. It is kept as JSON next to its file, which is read much faster."""
    kept = path.with_suffix(".json")
    if not kept.exists():
        kept.write_text(json.dumps(YAML.load(path.read_text())))
    return json.loads(kept.read_text())


crds = {}
for path in Path(sys.argv[1]).glob("argoproj.io_*.yaml"):
    crd = read(path)
    (version,) = crd["spec"]["versions"]
    crds[f"argoproj.io/{version['name']}", crd["spec"]["names"]["kind"]] = strict(version["schema"]["openAPIV3Schema"])
problems = 0
seen = 0
for name in sys.argv[2:]:
    for item in YAML.load_all(Path(name).read_text()):
        schema = crds.get((item["apiVersion"], item["kind"]))
        if schema is None and not item["apiVersion"].startswith("argoproj.io/"):
            continue
        seen += 1
        if schema is None:
            problems += 1
            print(f"{name}: there is no CRD of {item['apiVersion']} {item['kind']}")
            continue
        for error in jsonschema.Draft202012Validator(schema).iter_errors(item):
            problems += 1
            print(f"{name}: {item['kind']}: {error.json_path}: {error.message[:200]}")
print(f"{seen} objects, {problems} problems")
sys.exit(problems > 0 or seen == 0)
