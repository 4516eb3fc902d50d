"""Validates site files by a JSON Schema, and says of each whether it is valid. Arguments: the schema, then the site files."""
import json
import sys

import jsonschema
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        errors = sorted(validator.iter_errors(yaml.safe_load(file)), key=str)
    print("valid" if not errors else f"invalid: {errors[0].message[:200]}")
