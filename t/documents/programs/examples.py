"""Holds the examples of an OpenAPI document against their schemas.

A line for each that does not fit, the number of those looked at, and status 1
if one did not.
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def known(document, value):
    """What a reference stands for."""
    while isinstance(value, dict) and "$ref" in value:
        at = document
        for name in value["$ref"][2:].split("/"):
            at = at[name.replace("~1", "/").replace("~0", "~")]
        value = at
    return value


def examples(document, holder):
    """The examples of a parameter, a header or a media type."""
    if "example" in holder:
        yield holder["example"]
    for example in holder.get("examples", {}).values():
        yield known(document, example)["value"]


def walk(document, value, place):
    """(place, schema, example) of all that there are."""
    if isinstance(value, dict):
        schema = value.get("schema")
        if isinstance(schema, dict):
            for example in examples(document, value):
                yield place, schema, example
        if isinstance(value.get("examples"), list):
            for example in value["examples"]:
                yield place, value, example
        for name, member in value.items():
            yield from walk(document, member, f"{place}/{name}")
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield from walk(document, member, f"{place}/{i}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    registry = Registry().with_resource(
        "urn:document", Resource(contents=document, specification=DRAFT202012)
    )
    looked = wrong = 0
    for place, schema, example in walk(document, document, ""):
        looked += 1
        local = json.loads(
            json.dumps(schema).replace('"#/', '"urn:document#/')
        )
        validator = Draft202012Validator(
            local, registry=registry, format_checker=FormatChecker()
        )
        for error in validator.iter_errors(example):
            wrong += 1
            print(f"{place}: {error.message}")
    print(f"{looked} examples")
    return 1 if wrong else 0


sys.exit(main())
