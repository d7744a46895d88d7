"""What to ask next, back, skip, stop. Knows no terminal: whoever asks is handed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from salesadvisor.advice.definitions import Advice
from salesadvisor.advice.explanation import advise_on, glance_at
from salesadvisor.advice.verdict import OPEN_WORD
from salesadvisor.interview.prompts import UNKNOWN, Asker, Move, Step, Wording, as_yaml
from salesadvisor.interview.session import Session
from salesadvisor.rulebook.answers import Answers, rate_key
from salesadvisor.rulebook.definitions import Kind, Rulebook
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
        self.offered: set[str] = set()  # kinds of firmness for which stopping was offered
        self._seen: tuple[Answers, Advice] | None = None

    def run(self) -> Advice:
        """Ask what is open, let answers be changed, and return the advice."""
        asked = self._ask_first()
        while asked:
            reply = self._goes_on()
            if reply is not Move.BACK:
                break
            self._ask_first(at=(self._first_round() or self._steps())[-1])
        if not asked or reply != "stop":
            self._ask_rest()
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

    def _first_round(self) -> list[Step]:
        """Return the steps up to the last question of the first round."""
        steps = self._steps()
        last = max((i for i, s in enumerate(steps) if s.question and s.question.first), default=-1)
        return steps[: last + 1]

    def _ask_first(self, *, at: Step | None = None) -> bool:
        """Ask the open steps of the first round, beginning at `at`; return whether any was asked."""
        asked = False
        at = at or self._next_open(self._first_round())
        while at is not None:
            asked = True
            steps = self._first_round()
            index = steps.index(at)
            if self._ask(at) is Move.BACK:
                at = steps[max(0, index - 1)]
            else:  # an answer may have added a step: the rate of a currency
                steps = self._first_round()
                at = self._next_open(steps[steps.index(at) + 1 :])
        return asked

    def _ask_rest(self) -> None:
        """Ask what else is open, the most telling first, until one may stop and wants to."""
        asked: list[Step] = []
        at = self._most_telling()
        while at is not None:
            reply: str | Move = "more"
            if self._ask(at) is Move.BACK:
                reply = Move.BACK
            else:
                asked.append(at)
                reply = self._offers_to_stop()
            match reply:
                case "stop":
                    return
                case Move.BACK:
                    at = asked.pop() if asked else self._before(at)
                case _:
                    at = self._most_telling()

    def _before(self, step: Step) -> Step:
        """Return the step before one, where nothing was asked since the first round."""
        steps = self._first_round()
        if step in steps:
            return steps[max(0, steps.index(step) - 1)]
        return steps[-1] if steps else step

    def _next_open(self, steps: list[Step]) -> Step | None:
        return next((step for step in steps if not self.session.has(step.key)), None)

    def _most_telling(self) -> Step | None:
        """Return the open step whose answer is expected to tell most about the advice."""
        steps = {s.key: s for s in self._steps() if not self.session.has(s.key)}
        questions = [step for step in steps.values() if step.question is not None]
        if not questions:
            return next(iter(steps.values()), None)
        telling = (steps[id] for id in self._advice().information if id in steps)
        chosen = next(telling, questions[0])
        if chosen.question is not None and chosen.question.kind is Kind.MONEY:
            return next((s for s in steps.values() if s.question is None), chosen)
        return chosen

    def _offers_to_stop(self) -> str | Move:
        """Where nothing that is open matters any more, ask whether to stop: `stop`, `more`, back."""
        advice = self._advice()
        left = sum(not self.session.has(step.key) for step in self._steps())
        firm = self._firmness(advice)
        if self.ask_all or not left or firm is None or firm in self.offered:
            return "more"
        self.offered.add(firm)
        self.asker.say("")
        self.asker.say(self.voice.verdict(advice))
        return self.asker.choose(
            _firm_words(advice, self.rulebook, firm, left)[self.language],
            {"stop": _STOP[self.language], "more": _GO_ON[self.language]},
        )

    def _ask(self, step: Step) -> Move | None:
        """Ask one step and save its answer; return a move back, if that was made."""
        steps = self._steps()
        done = sum(self.session.has(other.key) for other in steps if other.key != step.key)
        advice = self._advice()
        heading = f"{done + 1}/{len(steps)} · {self.voice.leaning(advice)}"
        prompt = self.wording.prompt(step, heading, advice)
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
        """Return the advice on the answers so far; worked out once for each answer."""
        answers = self.session.answers
        if self._seen is None or self._seen[0] is not answers:
            self._seen = (answers, glance_at(self.rulebook, answers))
        return self._seen[1]

    def _goes_on(self) -> str | Move:
        """Show the first verdict, and return whether to go on: `more`, `stop`, or back."""
        left = sum(not self.session.has(step.key) for step in self._steps())
        if not left:
            return "more"
        advice = self._advice()
        self.asker.say("")
        self.asker.say(self.voice.verdict(advice))
        if self.ask_all:
            return "more"
        firm = self._firmness(advice)
        if firm is not None:
            self.offered.add(firm)
            return self.asker.choose(
                _firm_words(advice, self.rulebook, firm, left)[self.language],
                {"stop": _STOP[self.language], "more": _GO_ON[self.language]},
            )
        return self.asker.choose(
            Text(
                f"A first verdict. {left} more questions make it firmer.",
                f"这是初步结论。再回答 {left} 个问题会更可靠。",
            )[self.language],
            {"more": _GO_ON[self.language], "stop": _STOP[self.language]},
        )

    def _firmness(self, advice: Advice) -> str | None:
        """Return in what way the advice is as good as certain: `decided`, `settled`; none if not."""
        if not advice.enough:
            return None
        if len(advice.possible) == 1 and advice.possible_proved:
            return "decided"
        if advice.confidence != OPEN_WORD and (advice.stability or 0) >= SETTLED:
            return "settled"
        return None

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
                return advise_on(self.rulebook, self.session.answers)
            keys = list(steps)
            if isinstance(reply, Move):
                reply = keys[-1]
            self._ask(steps[reply])

    def _say_contradictions(self) -> None:
        contradictions = self._advice().contradictions
        if contradictions:
            self.asker.say("")
        for finding in contradictions:
            self.asker.say(f"! {finding.message[self.language]}  [{finding.id}]")


_STOP = Text("Stop here and see the advice", "到此为止，看建议")
_GO_ON = Text("Go on with the questions", "继续回答")


def _firm_words(advice: Advice, rulebook: Rulebook, firm: str, left: int) -> Text:
    if firm == "decided":
        return Text(
            f"Decided: the remaining {left} questions can't change it.",
            f"已定：剩下的 {left} 个问题都改变不了它。",
        )
    same, draws = f"{advice.stability or 0:.0%}", rulebook.draws
    return Text(
        f"Practically settled: in {same} of {draws} simulations of your {left} open answers the "
        "advice stays.",
        f"基本定了：对剩下 {left} 个问题模拟 {draws} 次，{same} 的情形里建议不变。",
    )


SETTLED = 0.95
"""From this stability on, a recommendation is as good as settled."""
