"""The OpenAPI document as people read it: groups of calls, each with its fields, an example and a command."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DEPTH_MAX = 3
Document = Mapping[str, Any]
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of a call or of JSON. `depth` says how far it is nested, from 0."""

    name: str
    kind: str
    words: str
    required: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """A call: what it does, who may, what it takes and what it answers."""

    method: str
    path: str
    anchor: str
    words: str
    who: str
    parameters: tuple[FieldLine, ...]
    body: tuple[FieldLine, ...]
    answer: tuple[FieldLine, ...]
    status: str
    example: str
    command: str


@dataclass(frozen=True, slots=True)
class Group:
    """Calls about one thing. `slug` is its place in the address."""

    name: str
    slug: str
    operations: tuple[Operation, ...]


def groups(document: Document, origin: str) -> list[Group]:
    """All calls of the document, grouped by tag in the order of their names."""
    found: dict[str, list[Operation]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, described in methods.items():
            tag = (described.get("tags") or ["other"])[0]
            found.setdefault(tag, []).append(
                _operation(document, (method.upper(), path), described, origin)
            )
    return [
        Group(name, name.replace(" ", "-"), tuple(operations))
        for name, operations in sorted(found.items())
    ]


def _operation(
    document: Document, call: tuple[str, str], described: Schema, origin: str
) -> Operation:
    method, path = call
    body = _json_schema(described.get("requestBody", {}))
    status, answer = _answer(described)
    example = "" if body is None else json.dumps(_example(document, body), indent=2)
    return Operation(
        method=method, path=path, anchor=f"{method}-{path}".lower().replace("/", "-").translate(_PLAIN),
        words=" ".join((described.get("description") or described.get("summary") or "").split()),
        who=described.get("x-who-may", "the entitled"),
        parameters=tuple(
            FieldLine(
                p["name"], _kind(p.get("schema", {})), p.get("description", ""), p.get("required", False)
            )
            for p in described.get("parameters", [])
        ),
        body=() if body is None else tuple(_fields(document, body)),
        answer=() if answer is None else tuple(_fields(document, answer)), status=status,
        example=example, command=_command(call, described, example, origin),
    )  # fmt: skip


_PLAIN = str.maketrans("", "", "{}:")


def _answer(described: Schema) -> tuple[str, Schema | None]:
    """The first good status with its schema, where it answers JSON."""
    for status, answer in sorted(described.get("responses", {}).items()):
        if status.startswith("2"):
            return status, _json_schema(answer)
    return "", None


def _json_schema(part: Schema) -> Schema | None:
    content = part.get("content", {}).get("application/json")
    found: Schema | None = None if content is None else content.get("schema")
    return found


def _resolved(document: Document, schema: Schema) -> Schema:
    """The schema itself, not a reference to it; of alternatives the first that is not null."""
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        elif "anyOf" in schema:
            schema = next((s for s in schema["anyOf"] if s.get("type") != "null"), {})
        else:
            return schema


def _fields(document: Document, schema: Schema, depth: int = 0) -> Iterator[FieldLine]:
    schema = _resolved(document, schema)
    if schema.get("type") == "array":
        yield from _fields(document, schema.get("items", {}), depth)
        return
    required = schema.get("required", [])
    for name, field in schema.get("properties", {}).items():
        words = field.get("description", "")
        yield FieldLine(name, _kind(field), words, name in required, depth)
        inner = _resolved(document, field)
        if depth + 1 < DEPTH_MAX and (inner.get("properties") or inner.get("type") == "array"):
            yield from _fields(document, inner, depth + 1)


def _kind(schema: Schema) -> str:
    """A type in words, with its bounds: `integer 1…200`, `string or null`, `list of TierView`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1].rstrip("_").replace("_", " ")
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = str(schema.get("format") or schema.get("type") or "any")
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is None and high is None:
        return kind
    return f"{kind} {'' if low is None else low}…{'' if high is None else high}"


def _example(document: Document, schema: Schema, depth: int = 0) -> Any:
    """JSON as the schema's own examples have it, else the plainest that fits."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    schema = _resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if depth > DEPTH_MAX:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "array":
        return [_example(document, schema.get("items", {}), depth + 1)]
    if kind == "object" or "properties" in schema:
        return {
            name: _example(document, field, depth + 1)
            for name, field in schema.get("properties", {}).items()
            if name in schema.get("required", []) or "examples" in field
        }
    return {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}.get(str(kind), "…")


def _command(call: tuple[str, str], described: Schema, example: str, origin: str) -> str:
    """The call by curl, to copy: keys and ids are to be filled in."""
    method, path = call
    lines = ["curl" + ("" if method == "GET" else f" -X {method}") + f" {origin}{path}"]
    if any("api_key" in way for way in described.get("security", [])):
        lines.append('-H "Authorization: Bearer $KEY"')
    if any(p["name"] == "Idempotency-Key" for p in described.get("parameters", [])):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if example:
        compact = json.dumps(json.loads(example), ensure_ascii=False).replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{compact}'"]
    return " \\\n  ".join(lines)
