"""A YAML or JSON file -> tree: the one way in for answers, rulebooks and everything else."""

from pathlib import Path

from salesadvisor.documents.node import MapNode, Node
from salesadvisor.documents.source import MIB, STDIN_NAME, read_source
from salesadvisor.documents.yaml_reader import read_yaml
from salesadvisor.problems import Place, Problem, UserError
from salesadvisor.text import Text


def read_document(path: Path | None, limit: int = MIB) -> Node | None:
    """Return the document in the file at `path`, or on standard input for None.

    A name that ends in `.json` is read as strict JSON, everything else as YAML; standard input
    is read as JSON when it looks like it.

    Raises:
        UserError: the file cannot be read, or is not a document.
    """
    return parse_document(read_source(path, limit), STDIN_NAME if path is None else str(path))


def parse_document(text: str, name: str) -> Node | None:
    """Return the document in `text`, which came from `name`.

    Raises:
        UserError: it is not a document.
    """
    looks_json = name == STDIN_NAME and text.lstrip()[:2] in ('{"', "[{", "{}", "{\n", "{ ")
    if name.lower().endswith(".json") or (looks_json and _is_json(text)):
        from salesadvisor.documents.json_reader import read_json  # only JSON files need it

        return read_json(text, name)
    return read_yaml(text, name)


def _is_json(text: str) -> bool:
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def require_mapping(
    node: Node | None, name: str, template: str = "salesadvisor template"
) -> MapNode:
    """Return `node`, which must be a mapping.

    Args:
        node: What was read.
        name: Where from.
        template: The command that prints such a file to fill in.

    Raises:
        UserError: it is empty, a list or a single value.
    """
    if isinstance(node, MapNode):
        return node
    if node is None:
        message = Text("the file is empty", "文件是空的")
        place = Place(file=name)
    else:
        message = Text("`key: value` lines are expected here", "这里应是 `键: 值` 的形式")
        place = node.place
    hint = Text(
        f"`{template}` prints a file to fill in",
        f"`{template}` 会给出可填写的文件",
    )
    raise UserError([Problem(code="not-a-mapping", message=message, place=place, hint=hint)])
