"""What to ask next, back, skip, stop. Knows no terminal: whoever asks is handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import advise_on
from salesadvisor.interview.prompts import UNKNOWN, Asker, Move, Step, Wording, as_yaml
from salesadvisor.interview.session import Session
from salesadvisor.rulebook.answers import rate_key
from salesadvisor.rulebook.definitions import Kind
from salesadvisor.text import Language, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How advice is put into words; the dialogue does not know how it looks."""

    leaning: Callable[[Advice], str]  # one line
    verdict: Callable[[Advice], str]  # a few lines


_REVIEW_DONE = "."  # no question can be called so


class Dialogue:
    """One interview, from the first open question to the review."""

    def __init__(
        self,
        session: Session,
        asker: Asker,
        voice: Voice,
        language: Language,
        *,
        defaults: Mapping[str, str] | None = None,
        ask_all: bool = False,
    ) -> None:
        self.session = session
        self.rulebook = session.rulebook
        self.asker = asker
        self.voice = voice
        self.language = language
        self.wording = Wording(session, language, defaults or {})
        self.ask_all = ask_all

    def run(self) -> Advice:
        """Ask what is open, let answers be changed, and return the advice."""
        asked = self._ask_steps(first=True)
        while asked:
            reply = self._goes_on()
            if reply is not Move.BACK:
                break
            self._ask_steps(first=True, at=self._round(first=True)[-1])
        if not asked or reply != "stop":
            self._ask_steps(first=False)
        return self._review()

    def _steps(self) -> list[Step]:
        """Return everything to ask, the questions for a first verdict in front."""
        ordered = sorted(self.rulebook.asked, key=lambda q: not q.first)
        steps = [Step("name")]
        for question in ordered:
            money = question.kind is Kind.MONEY
            if money and not any(step.key == "currency" for step in steps):
                steps.append(Step("currency"))
                if self.session.answers.money.currency != self.rulebook.currency:
                    steps.append(Step(rate_key(self.rulebook)))
            steps.append(Step(question.id, question))
        return steps

    def _round(self, *, first: bool) -> list[Step]:
        """Return the steps up to the last question of the first round, or all of them."""
        steps = self._steps()
        if not first:
            return steps
        last = max((i for i, s in enumerate(steps) if s.question and s.question.first), default=-1)
        return steps[: last + 1]

    def _ask_steps(self, *, first: bool, at: Step | None = None) -> bool:
        """Ask the open steps of a round, beginning at `at`; return whether any was asked."""
        asked = False
        at = at or self._next_open(self._round(first=first))
        while at is not None:
            asked = True
            steps = self._round(first=first)
            index = steps.index(at)
            if self._ask(at, index, len(self._steps())) is Move.BACK:
                at = steps[max(0, index - 1)]
            else:  # an answer may have added a step: the rate of a currency
                steps = self._round(first=first)
                at = self._next_open(steps[steps.index(at) + 1 :])
        return asked

    def _next_open(self, steps: list[Step]) -> Step | None:
        return next((step for step in steps if not self.session.has(step.key)), None)

    def _ask(self, step: Step, index: int, count: int) -> Move | None:
        """Ask one step and save its answer; return a move back, if that was made."""
        prompt = self.wording.prompt(step, f"{index + 1}/{count}", self._leaning())
        reply = self.asker.ask(prompt)
        if reply is Move.BACK:
            return Move.BACK
        written = UNKNOWN if reply is Move.UNKNOWN else str(reply)
        if step.question is None:
            written = self.wording.written_label(step.key, reply)
        elif not step.question.kind.has_options:
            written = as_yaml(written)
        rate = rate_key(self.rulebook)
        if step.key == "currency" and written == self.rulebook.currency and self.session.has(rate):
            self.session.save(rate, "")  # a rate without another currency would be a contradiction
        self.session.save(step.key, written)
        self._echo(step)
        return None

    def _echo(self, step: Step) -> None:
        """Say how a typed answer was understood."""
        shown = self.wording.understood(step)
        if shown:
            self.asker.say(f"  = {shown}")

    def _advice(self) -> Advice:
        return advise_on(self.rulebook, self.session.answers)

    def _leaning(self) -> str:
        advice = self._advice()
        return self.voice.leaning(advice)

    def _goes_on(self) -> str | Move:
        """Show the first verdict, and return whether to go on: `more`, `stop`, or back."""
        if not any(not self.session.has(s.key) for s in self._steps()):
            return "more"
        self.asker.say("")
        self.asker.say(self.voice.verdict(self._advice()))
        if self.ask_all:
            return "more"
        left = sum(not self.session.has(step.key) for step in self._steps())
        return self.asker.choose(
            Text(
                f"A first verdict. {left} more questions make it firmer.",
                f"这是初步结论。再回答 {left} 个问题会更可靠。",
            )[self.language],
            {
                "more": Text("Go on with the questions", "继续回答")[self.language],
                "stop": Text("Stop here and see the advice", "到此为止，看建议")[self.language],
            },
        )

    def _review(self) -> Advice:
        """Show all answers; let any of them be changed until the person is content."""
        while True:
            self._say_contradictions()
            choices = {
                _REVIEW_DONE: Text("All right: show the advice", "没问题，看建议")[self.language]
            }
            steps = {step.key: step for step in self._steps()}
            choices |= {key: self.wording.review_line(step) for key, step in steps.items()}
            reply = self.asker.choose(
                Text("Your answers. Choose one to change it.", "你的回答。选一项可以修改。")[
                    self.language
                ],
                choices,
            )
            if reply == _REVIEW_DONE:
                return self._advice()
            keys = list(steps)
            if isinstance(reply, Move):
                reply = keys[-1]
            self._ask(steps[reply], keys.index(reply), len(keys))

    def _say_contradictions(self) -> None:
        contradictions = self._advice().contradictions
        if contradictions:
            self.asker.say("")
        for finding in contradictions:
            self.asker.say(f"! {finding.message[self.language]}  [{finding.id}]")
