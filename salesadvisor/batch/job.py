"""A whole run: inputs in, one output or one for each input, whatever happens on the way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import duckdb
from msgspec import Struct

from salesadvisor.batch.chunks import Chunks, Outcome, connect
from salesadvisor.batch.deciding import Decider
from salesadvisor.batch.failures import cannot_go_on, error_record, worker_ended
from salesadvisor.batch.inputs import Found, open_input
from salesadvisor.batch.journal import Journal, Step, head_of, stamp
from salesadvisor.batch.output import Form, assemble, decision_names, put_in_place, write_lines
from salesadvisor.batch.records import Chunk, Input
from salesadvisor.batch.summary import Summary, summarize
from salesadvisor.problems import Interrupted, Place, Problem, UserError
from salesadvisor.rulebook.answers import answers_from_settings
from salesadvisor.rulebook.definitions import Rulebook
from salesadvisor.rulebook.settings import Setting
from salesadvisor.text import Language, Text

_INTERRUPTED = "Query interrupted"
"""What the engine says in place of whatever a signal raised."""


class Job(Struct, frozen=True, kw_only=True):
    """What a run is to do."""

    rulebook: Rulebook
    inputs: tuple[Found, ...]
    settings: tuple[Setting, ...]  # from the command line: in place of what records say
    output: Path
    form: Form
    in_parts: bool  # whether `output` is a folder with a file for each input
    errors: Path
    carried: tuple[str, ...]
    memory: str
    defuse: bool
    resume: bool
    language: Language  # of messages in the errors file


class Progress(Struct, frozen=True):
    """How far a run is."""

    records: int
    done: float | None  # from 0 to 1, where that is known


Watch = Callable[[Progress], None]


def run(job: Job, watch: Watch, note: Callable[[Summary], None]) -> Summary:
    """Do the job; return what came of it.

    Args:
        job: What to do.
        watch: Told how far it is.
        note: Given the summary when all is decided, just before the output appears.

    Raises:
        UserError: an input or an option is wrong, or the output can't be written. The output is
            then as it was.
    """
    journal = Journal(job.output)
    with journal.locked():
        return _Run(job, journal, watch).run(note)


class _Run:
    def __init__(self, job: Job, journal: Journal, watch: Watch) -> None:
        self.job = job
        self.journal = journal
        self.watch = watch
        paths = [found.path for found in job.inputs]
        self.head = head_of(job.rulebook.digest, _options(job), paths)
        self.steps = journal.begin(self.head, resume=job.resume)
        # The weights and figures that the command line gives for all records.
        answers = answers_from_settings(job.rulebook, job.settings)
        self.decider = Decider(job.rulebook, answers.weights, answers.assumptions)
        self.connection = connect(job.memory, journal.folder / "spill")
        self.chunks = Chunks(
            self.decider, job.settings, job.carried, self.connection, defuse=job.defuse
        )
        # Standard input is gone by the time that somebody wants to go on.
        self._resumable = all(found.path is not None for found in job.inputs)
        self.before = 0.0  # how much of an input is done, from 0 to 1

    def run(self, note: Callable[[Summary], None]) -> Summary:
        """Do everything, chunk by chunk.

        Raises:
            UserError: an input is wrong, or the output can't be written.
            Interrupted: a signal came while the engine worked.
            RuntimeError: records were lost, which must never be.
        """  # noqa: DOC501 -- made by `_stopped`
        with closing(self.decider), closing(self.connection):
            try:
                inputs = self._open()
                for number, input_ in enumerate(inputs):
                    self._read(number, input_, self._labels(number, inputs))
                self._check_unchanged()
                summary = summarize(self.job.rulebook, self.steps)
                self._put_in_place(inputs, partial(note, summary))
            except duckdb.OutOfMemoryException as error:
                raise self._stopped(error, self.job.output) from None
            except BrokenProcessPool:
                raise worker_ended(self.job.output, resumable=self._resumable) from None
            except RuntimeError as error:
                if str(error) == _INTERRUPTED:
                    raise Interrupted from None
                raise
            except (OSError, duckdb.IOException) as error:
                raise self._stopped(error, self.job.output) from None
        with suppress(OSError):  # the output is in place: what is left over harms nobody
            self.journal.discard()
        return summary

    def _open(self) -> list[Input]:
        """Open every input before the first is read: what is wrong is told at once.

        Raises:
            UserError: with everything that is wrong with any of them.
        """
        opened: list[Input] = []
        problems: list[Problem] = []
        for found in self.job.inputs:
            try:
                opened.append(
                    open_input(
                        found, self.job.rulebook, self.job.carried, self.journal.folder,
                        self.connection,
                    )
                )  # fmt: skip
            except UserError as error:
                problems += error.problems
        problems += self._label_problems(opened)
        if problems:
            self.journal.discard()
            raise UserError(problems)
        return opened

    def _label_problems(self, opened: Sequence[Input]) -> list[Problem]:
        """Return what is wrong with the labels of all inputs together."""
        kept = {label for input_ in opened for label in input_.labels}
        problems = [
            Problem(
                code="unknown-key",
                message=Text(f"no input has a column `{name}`", f"输入里没有 `{name}` 这一列"),
                place=Place(file="--carry"),
                hint=Text("check the name", "请检查列名"),
            )
            for name in self.job.carried
            if name not in kept and len(opened) == len(self.job.inputs)
        ]
        if self.job.in_parts:
            return problems
        seen: dict[str, str] = {}
        problems += [
            Problem(
                code="duplicate-key",
                message=Text(
                    f"the labels `{seen[name.lower()]}` and `{name}` differ in case only",
                    f"标签 `{seen[name.lower()]}` 和 `{name}` 只差大小写",
                ),
                place=Place(file=str(self.job.output)),
                hint=Text("write them alike in all inputs", "请在所有输入里写得一致"),
            )
            for name in sorted(kept)
            if seen.setdefault(name.lower(), name) != name
        ]
        return problems

    def _labels(self, number: int, inputs: Sequence[Input]) -> tuple[str, ...]:
        """Return the label columns of the output that an input goes to, each once."""
        several = [inputs[number]] if self.job.in_parts else inputs
        return tuple(dict.fromkeys(label for each in several for label in each.labels))

    def _read(self, number: int, input_: Input, labels: Sequence[str]) -> None:
        own = [step for step in self.steps if step.input == number]
        begin = own[-1].after if own else 0
        count = sum(step.records for step in own)
        for chunk in self._chunks_of(input_, begin):
            name = f"part-{len(self.steps):06d}"
            part = self.journal.folder / f"{name}.{self.job.form}"
            part.unlink(missing_ok=True)
            outcome = self.chunks.write(
                chunk, labels, self.job.form, part, partial(self._tell_part, number, chunk)
            )
            errors = self._note_errors(input_.name, outcome, count, f"{name}.errors")
            records = outcome.rows + len(outcome.rejected)
            self.steps.append(
                Step(
                    input=number, after=chunk.after, records=records, rows=outcome.rows,
                    rejected=len(outcome.rejected), unproved=outcome.unproved,
                    without_rate=outcome.without_rate, part=part.name,
                    errors=errors, tallies=outcome.tallies, triage=outcome.triage,
                )
            )  # fmt: skip
            self.journal.add(self.steps[-1])
            count += records
            self.before = chunk.done or 0.0
            self._tell(number, chunk.done, 0)
        self.before = 0.0

    def _chunks_of(self, input_: Input, begin: int) -> Iterator[Chunk]:
        """Yield the chunks of an input; one that is refused leaves nothing to go on with.

        Raises:
            UserError: the input can't be read.
        """
        try:
            yield from input_.chunks(begin, self.journal.folder)
        except UserError:
            self.journal.discard()
            raise

    def _tell_part(self, number: int, chunk: Chunk, decided: int, rows: int) -> None:
        """Tell that some rows of a chunk are decided."""
        done = None
        if chunk.done is not None:
            done = self.before + (chunk.done - self.before) * decided / max(1, rows)
        self._tell(number, done, decided)

    def _tell(self, number: int, done: float | None, further: int) -> None:
        inputs = len(self.job.inputs)
        if done is not None:
            done = (number + done) / inputs
        elif inputs > 1:
            done = number / inputs
        self.watch(Progress(sum(step.records for step in self.steps) + further, done))

    def _note_errors(self, name: str, outcome: Outcome, before: int, file: str) -> str:
        if not outcome.rejected:
            return ""
        language = self.job.language
        write_lines(
            [
                error_record(problem, name, before + rejected.offset + 1, rejected.node, language)
                for rejected in outcome.rejected
                for problem in rejected.problems
            ],
            self.journal.folder / file,
        )
        return file

    def _check_unchanged(self) -> None:
        """Refuse to deliver what was read from a file that changed meanwhile.

        Raises:
            UserError: one did.
        """
        changed = [
            found.path
            for found, before in zip(self.job.inputs, self.head.inputs, strict=True)
            if found.path is not None and (not found.path.exists() or stamp(found.path) != before)
        ]
        if changed:
            self.journal.discard()
            raise UserError(
                [
                    Problem(
                        code="input-changed",
                        message=Text("this file changed while it was read", "读取过程中文件变了"),
                        place=Place(file=str(path)),
                        hint=Text("run it again", "请重新运行"),
                    )
                    for path in changed
                ]
            )

    def _put_in_place(self, inputs: Sequence[Input], ready: Callable[[], None]) -> None:
        """Let the output and the errors appear, each whole, once they lie `ready` beside it."""
        job = self.job
        targets = targets_of(job.inputs, job.output, job.form, in_parts=job.in_parts)
        waiting: list[tuple[Path, Path]] = []
        try:
            self._assemble(inputs, targets, waiting)
            ready()
            for file, target in waiting:
                put_in_place(file, target)
        except BaseException:
            for file, _ in waiting:
                file.unlink(missing_ok=True)
            raise
        if not any(step.errors for step in self.steps):
            job.errors.unlink(missing_ok=True)  # an earlier run's would lie beside a clean output

    def _assemble(
        self, inputs: Sequence[Input], targets: Mapping[Path, Sequence[int]],
        waiting: list[tuple[Path, Path]],
    ) -> None:  # fmt: skip
        """Write every file beside its place, and note it as waiting."""
        job, folder = self.job, self.journal.folder
        for named, numbers in targets.items():
            target = named.resolve()  # a link stays a link
            parts = [folder / step.part for step in self.steps if step.input in numbers]
            names = [*self._labels(numbers[0], inputs), *decision_names(job.rulebook)]
            if not parts:
                parts = [self.chunks.empty_part(names, job.form, folder / f"empty.{job.form}")]
            self._add(parts, target, job.form, names, waiting)
        errors = [folder / step.errors for step in self.steps if step.errors]
        if errors:
            self._add(errors, job.errors.resolve(), Form.JSONL, (), waiting)

    def _add(
        self, parts: Sequence[Path], target: Path, form: Form, names: Sequence[str],
        waiting: list[tuple[Path, Path]],
    ) -> None:  # fmt: skip
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            waiting.append((assemble(parts, target, form, names, self.connection), target))
        except (OSError, duckdb.IOException) as error:
            raise self._stopped(error, target) from None

    def _stopped(self, error: Exception, path: Path) -> UserError:
        return cannot_go_on(error, path, self.job.memory, resumable=self._resumable)


def targets_of(
    inputs: Sequence[Found], output: Path, form: Form, *, in_parts: bool
) -> Mapping[Path, Sequence[int]]:
    """Return the files of the output, and the numbers of the inputs that each is made of.

    Args:
        inputs: In their order.
        output: One file, or a folder with a file for each input, named like it.
        form: Of the files.
        in_parts: Whether it is a folder.
    """
    if not in_parts:
        return {output: range(len(inputs))}
    targets: dict[Path, Sequence[int]] = {}
    for number, found in enumerate(inputs):
        name = Path("stdin") if found.path is None else Path(found.path.name)
        if found.path is not None and found.under is not None:
            name = found.path.relative_to(found.under)
        whole = name.name if name.suffix == f".{form}" else f"{name.name}.{form}"
        target = output / name.with_name(whole)
        attempt = 2
        while target in targets:
            target = output / name.with_name(f"{name.name}-{attempt}.{form}")
            attempt += 1
        targets[target] = [number]
    return targets


def _options(job: Job) -> Mapping[str, object]:
    """Return what changes a result: a run that goes on must have the same."""
    return {
        "settings": [(s.key.text, str(s.value)) for s in job.settings],
        "form": job.form,
        "in_parts": job.in_parts,
        "carried": job.carried,
        "defuse": job.defuse,
        "language": job.language,
    }
