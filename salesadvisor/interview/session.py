"""The interview's file: every answer is in it, on disk, before the next question is shown."""

from pathlib import Path

from salesadvisor.documents.node import MapNode, ScalarNode
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.documents.source import read_source
from salesadvisor.documents.write import replace_file
from salesadvisor.problems import Place, refuse
from salesadvisor.rulebook.answer_file import with_answer
from salesadvisor.rulebook.answers import Answers, read_answers
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.text import Text


class Session:
    """An answer file that grows question by question.

    What stands in it is all there is to know about the interview: an answer given, `unknown`
    for a question that was answered with "I don't know", nothing for one not asked yet.
    """

    def __init__(self, path: Path, rulebook: Rulebook, text: str) -> None:
        self.path = path
        self.rulebook = rulebook
        self.text = text
        self._parse()

    def _parse(self) -> None:
        root = parse_document(self.text, str(self.path))
        self.root: MapNode | None = None if root is None else require_mapping(root, str(self.path))
        empty = MapNode((), Place(file=str(self.path)), (1, 1))
        self.answers: Answers = read_answers(self.root or empty, self.rulebook, str(self.path))

    def has(self, key: str) -> bool:
        """Whether `key` was asked: an answer stands there, or `unknown`."""
        return self.root is not None and self.root.get(key) is not None

    def written(self, key: str) -> str:
        """Return the single value under `key` as it is written, or nothing."""
        node = self.root.get(key) if self.root is not None else None
        return node.text if isinstance(node, ScalarNode) else ""

    def save(self, key: str, written: str) -> None:
        """Put an answer in the file, and the file on the disk.

        Args:
            key: A question's id, or another key of answer files.
            written: The answer, as YAML.

        Raises:
            UserError: the file can't be written; it is as it was.
        """
        text = with_answer(self.text, self.root, key, written)
        try:
            replace_file(self.path, text)
        except OSError as error:
            reason = error.strerror or str(error)
            refuse(
                self.path,
                "cannot-write",
                Text(f"cannot be written: {reason}", f"无法写入：{reason}"),
                Text("is there room, and may you write there?", "空间够吗？有写入权限吗？"),
            )
        self.text = text
        self._parse()


def new_session(path: Path, rulebook: Rulebook) -> Session:
    """Return a session that starts from nothing; the file appears with the first answer."""
    head = '# Answers for `salesadvisor advise`. `unknown` stands for "I don\'t know".\n'
    return Session(path, rulebook, head)


def resume_session(path: Path, rulebook: Rulebook) -> Session:
    """Return the session whose answers are in the file at `path`.

    Raises:
        UserError: the file can't be read, or its answers are wrong.
    """
    if path.suffix.lower() == ".json":
        refuse(
            path,
            "not-yaml",
            Text("the interview keeps its answers in YAML", "访谈的回答保存为 YAML"),
            Text("start from it with `--from FILE`", "请用 `--from 文件` 以它为起点"),
        )
    return Session(path, rulebook, read_source(path))


def free_path(path: Path) -> Path:
    """Return `path`, or the next name like it that no file has: `answers-2.yaml`."""
    number = 1
    found = path
    while found.exists() or found.is_symlink():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found
