"""The interview without a terminal: what is asked, in which order, and what is kept."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from salesadvisor.advice.explanation import advise_on, glance_at
from salesadvisor.interview import dialogue
from salesadvisor.interview.dialogue import Dialogue, Voice
from salesadvisor.interview.prompts import Move, Prompt, Wording, as_yaml
from salesadvisor.interview.session import Session, free_path, new_session, resume_session
from salesadvisor.problems import UserError
from salesadvisor.rulebook.answers import load_answers
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.text import Language
from tests.remembered import Remembered

RULEBOOK = load_rulebook()
FIRST = [q.id for q in RULEBOOK.asked if q.first]
ANSWERED: dict[str, list[str | Move] | str | Move] = {
    "cycle_days": "40", "demo_mode": "screen", "buyer_preference": "either",
    "remote_reach": "partly", "density": "moderate", "acv": "30k", "deal_spread": "moderate",
}  # fmt: skip
DECIDING: dict[str, list[str | Move] | str | Move] = {
    **ANSWERED, "demo_mode": "onsite", "acv": "250k", "stakeholders": "8", "cycle_days": "270",
    "sellers": "0", "stage": "idea", "geography": "regional", "density": "clustered",
    "gross_margin": "60%", "lifetime_years": "7", "buyer_preference": "in_person",
    "lead_source": "outbound", "current_motion": "field",
}  # fmt: skip
ADVICE, GLANCE = Remembered(advise_on), Remembered(glance_at)
"""Most interviews here come by the same answers, or by none at all."""
VOICE = Voice(leaning=lambda advice: str(advice.recommendation), verdict=lambda advice: "verdict")


class Script:
    """Answers prompts from a script, by key; remembers what it was asked."""

    def __init__(
        self, replies: Mapping[str, list[str | Move] | str | Move], chosen: list[str] | None = None
    ) -> None:
        self.replies = {k: list(v) if isinstance(v, list) else [v] for k, v in replies.items()}
        self.chosen = chosen or []
        self.asked: list[str] = []
        self.prompts: dict[str, Prompt] = {}
        self.on_ask: Callable[[str], None] = lambda key: None

    def ask(self, prompt: Prompt) -> str | Move:
        """Reply as scripted; else don't know."""
        self.on_ask(prompt.key)
        self.asked.append(prompt.key)
        self.prompts[prompt.key] = prompt
        replies = self.replies.get(prompt.key, [])
        return replies.pop(0) if replies else Move.UNKNOWN

    def choose(self, words: str, choices: Mapping[str, str]) -> str | Move:
        """Choose as scripted; else the first."""
        reply = self.chosen.pop(0) if self.chosen else next(iter(choices))
        assert reply in choices
        return reply

    def say(self, words: str) -> None:
        """Nothing to do."""


@pytest.fixture(autouse=True)
def advice_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the advice on the same answers be worked out once."""
    monkeypatch.setattr(dialogue, "advise_on", ADVICE)
    monkeypatch.setattr(dialogue, "glance_at", GLANCE)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return an interview that begins."""
    return new_session(tmp_path / "answers.yaml", RULEBOOK)


def walk(session: Session, script: Script, **more: object) -> None:
    """Run the interview with the script."""
    Dialogue(session, script, VOICE, Language.EN, **more).run()  # type: ignore[arg-type]  # passed on


def test_the_first_questions_come_first(session: Session) -> None:
    """Eight questions allow a first verdict; then the others follow, each once."""
    script = Script({})
    walk(session, script)

    asked = {q.id for q in RULEBOOK.asked}
    questions = [key for key in script.asked if key in asked]
    assert questions[: len(FIRST)] == FIRST
    assert sorted(questions) == sorted(asked)


def test_one_can_stop_at_the_first_verdict(session: Session) -> None:
    """After the first questions the rest may be left out."""
    script = Script({}, chosen=["stop", "."])
    walk(session, script)

    assert [key for key in script.asked if key in FIRST] == FIRST


def test_the_most_telling_question_is_next(session: Session) -> None:
    """After the first round each question is the one that is expected to tell most."""
    script = Script(ANSWERED)
    expected: list[tuple[str, str | None]] = []

    def look(key: str) -> None:
        told = GLANCE(RULEBOOK, session.answers).information
        left = [id for id in told if not session.has(id)]
        expected.append((key, left[0] if left else None))

    script.on_ask = look
    walk(session, script)

    rest = [(key, best) for key, best in expected if key not in (*FIRST, "name", "currency")]
    assert len(rest) > 10
    assert all(key == best for key, best in rest if best is not None)


def test_it_offers_to_stop_when_nothing_can_change_it(session: Session) -> None:
    """Decided or practically settled: it says so, once each, and one may stop."""
    offered: list[str] = []
    script = Script(DECIDING)

    def choose(words: str, choices: Mapping[str, str]) -> str:
        offered.append(words)
        return "more" if "more" in choices else next(iter(choices))

    script.choose = choose  # type: ignore[method-assign]  # scripted
    walk(session, script)

    settled = [words for words in offered if words.startswith("Practically settled")]
    decided = [words for words in offered if words.startswith("Decided: the remaining")]
    assert len(settled) <= 1
    assert len(decided) == 1
    assert "can't change it" in decided[0]


def test_stopping_when_it_is_offered_ends_the_questions(session: Session) -> None:
    """Whoever stops there sees the advice with what was answered so far."""
    script = Script(DECIDING)
    script.choose = (  # type: ignore[method-assign]  # scripted
        lambda words, choices: (
            "stop" if words.startswith(("Decided", "Practically")) else next(iter(choices))
        )
    )
    walk(session, script)

    assert len(script.asked) < len(RULEBOOK.asked)
    assert glance_at(RULEBOOK, session.answers).recommendation == "outside"


def test_in_another_currency_one_s_own_wages_come_first(session: Session) -> None:
    """Wages are asked in the first round, whatever the currency."""
    script = Script({**ANSWERED, "currency": "CNY", "usd_rate": "7.142857143"})
    walk(session, script)

    assert script.asked[script.asked.index("deal_spread") + 1] == "field_seller_cost"


def test_why_names_what_still_hangs_on_a_question(session: Session) -> None:
    """Rules, vetoes and patterns that are not settled yet, and none that is."""
    script = Script(ANSWERED)
    walk(session, script)

    for key in ("stage", "sellers"):
        assert "hang on it" in script.prompts[key].why
    assert "E01" not in script.prompts["stage"].why


def test_each_answer_is_on_the_disk_before_the_next_question(session: Session) -> None:
    """Whatever happens while a question is shown, the answers before it are safe."""
    script = Script({"cycle_days": "6 weeks", "demo_mode": "screen"})
    on_disk: dict[str, str] = {}

    def look(key: str) -> None:
        on_disk[key] = session.path.read_text(encoding="utf-8") if session.path.exists() else ""

    script.on_ask = look
    walk(session, script)

    assert "cycle_days: 6 weeks" in on_disk["demo_mode"]
    assert "demo_mode: screen" in on_disk["buyer_preference"]


def test_back_asks_the_question_before_again(session: Session) -> None:
    """Going back returns to the earlier question with its answer, then on to the next open one."""
    script = Script({"cycle_days": ["10", "20"], "demo_mode": [Move.BACK, "ship"]})
    walk(session, script)

    assert script.asked[:5] == ["name", "cycle_days", "demo_mode", "cycle_days", "demo_mode"]
    assert script.prompts["cycle_days"].current == "10"
    assert load_answers(session.path, RULEBOOK).values["cycle_days"].low == 20  # type: ignore[index, union-attr]  # a number


def test_dont_know_is_remembered_as_asked(session: Session, tmp_path: Path) -> None:
    """`unknown` is kept in the file, so that resuming does not ask again."""
    script = Script({"cycle_days": "10"})
    script.on_ask = _stop_at("acv")
    with pytest.raises(KeyboardInterrupt):
        walk(session, script)
    resumed = Script({})
    walk(resume_session(session.path, RULEBOOK), resumed)

    assert "demo_mode: unknown" in session.path.read_text(encoding="utf-8")
    assert resumed.asked[0] == "acv"


def _stop_at(wanted: str) -> Callable[[str], None]:
    def look(key: str) -> None:
        if key == wanted:
            raise KeyboardInterrupt

    return look


def test_resuming_keeps_comments_and_order(tmp_path: Path) -> None:
    """A file edited by hand keeps everything but the values that change."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "# mine\nname: Acme  # label\nregulation:\n  - medical\n  - site_safety?  # ask\nacv: 5k # guess\nx-crm: 7\n",
        encoding="utf-8",
    )
    session = resume_session(path, RULEBOOK)
    session.save("acv", "9k")
    session.save("regulation", "[none]")
    session.save("cycle_days", "6 weeks")

    assert path.read_text(encoding="utf-8") == (
        "# mine\nname: Acme  # label\nregulation: [none]  # ask\nacv: 9k # guess\nx-crm: 7\ncycle_days: 6 weeks\n"
    )


def test_defaults_come_from_another_file(session: Session) -> None:
    """`--from` asks everything again, with the earlier answers to keep."""
    script = Script({})
    walk(session, script, defaults={"acv": "20000..60000", "demo_mode": "screen", "name": "Acme"})

    assert script.prompts["acv"].current == "20000..60000"
    assert script.prompts["demo_mode"].current == "screen"
    assert script.prompts["name"].current == "Acme"


def test_another_currency_asks_for_its_rate(session: Session) -> None:
    """Sums in another currency need a rate, asked right after the currency."""
    script = Script({"currency": "CNY", "usd_rate": "7.142857143", "acv": "35万"})
    walk(session, script)
    answers = load_answers(session.path, RULEBOOK)

    asked = script.asked
    assert asked[asked.index("currency") + 1] == "usd_rate"
    assert answers.values["acv"].low == 49_000  # type: ignore[index, union-attr]  # a number


def test_a_rate_may_be_written_the_other_way_round(session: Session) -> None:
    """One dollar is 7.2 of one's own; 1/7.2 is read as the other way round, and told if far off."""
    said: list[str] = []
    script = Script({"currency": "cny", "usd_rate": "７.2", "acv": "5万到8万"})
    script.say = said.append  # type: ignore[method-assign, assignment]  # to listen
    walk(session, script)

    assert "usd_rate: 0.138888889" in session.path.read_text(encoding="utf-8")
    assert "  = that is, 10,000 CNY = 1,388.89 USD" in said
    assert "  = 50,000–80,000 CNY" in said
    assert script.prompts["usd_rate"].check("7,2") is not None
    assert script.prompts["usd_rate"].check("1/0") is not None
    assert "7.1" in (script.prompts["usd_rate"].check("0.14") or "")


def test_a_sum_without_a_rate_is_not_forgotten(session: Session) -> None:
    """The sum is shown as it was given, and that it is not compared."""
    said: list[str] = []
    script = Script({"currency": "CNY", "acv": "5万"})
    script.say = said.append  # type: ignore[method-assign, assignment]  # to listen
    walk(session, script)

    assert "  = 5万 CNY, not compared for want of a rate" in said


def test_back_from_the_first_verdict_and_from_the_review(session: Session) -> None:
    """`<` goes back to the last question from there, too."""
    replies: list[str | Move] = [Move.BACK, "more", Move.BACK, "."]
    script = Script({"field_seller_cost": ["100k", "200k"]})
    script.choose = lambda words, choices: replies.pop(0)  # type: ignore[method-assign]  # scripted
    walk(session, script)

    assert script.asked.count("field_seller_cost") == 2
    assert script.asked.count(script.asked[-1]) == 2  # the last, from the review
    assert "field_seller_cost: 200k" in session.path.read_text(encoding="utf-8")


def test_the_currency_can_be_changed_back(session: Session) -> None:
    """A rate that no longer belongs is taken out with its currency."""
    script = Script(
        {"currency": ["CNY", "USD"], "usd_rate": "7.142857143"}, chosen=["more", "currency", "."]
    )
    walk(session, script)

    assert load_answers(session.path, RULEBOOK).money.currency == "USD"


def test_the_review_changes_any_answer(session: Session) -> None:
    """Before the advice every answer can be seen and changed."""
    script = Script({"acv": ["5k", "9k"]}, chosen=["more", "acv", "."])
    walk(session, script)

    assert session.answers.values["acv"].low == 9000  # type: ignore[index, union-attr]  # a number


@pytest.mark.parametrize(
    "name", ["Acme: #1", "'quoted'", '"x"', "- dash", "中文公司", "\x1b[2J", "a\nb", "", "~", "{a}"]
)
def test_any_name_is_kept(session: Session, name: str) -> None:
    """A label is text, whatever is in it."""
    walk(session, Script({"name": name}))

    assert load_answers(session.path, RULEBOOK).name == name.replace("\x1b", "")


@given(text=st.text(alphabet="0123456789kKmM.,-–% $€¥..weeks天周月万到~", max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_what_is_accepted_is_kept(text: str, tmp_path: Path) -> None:
    """Any typed number that passes the check is saved and read back, never a broken file."""
    session = new_session(tmp_path / "typed.yaml", RULEBOOK)
    for id in ("acv", "cycle_days", "gross_margin"):
        wording = Wording(session, Language.EN, {})
        if text.strip() and wording.problem_with(RULEBOOK.question[id], text.strip()) is None:
            session.save(id, as_yaml(text.strip()))
    resume = Session(session.path, RULEBOOK, session.text)

    assert resume.answers == session.answers


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    """A new interview never overwrites an old one."""
    (tmp_path / "answers.yaml").write_text("", encoding="utf-8")
    (tmp_path / "answers-2.yaml").write_text("", encoding="utf-8")

    assert free_path(tmp_path / "answers.yaml").name == "answers-3.yaml"
    assert free_path(tmp_path / "new.yaml").name == "new.yaml"


def test_resuming_a_broken_file_says_where(tmp_path: Path) -> None:
    """A damaged file is a clear problem, not a new interview."""
    path = tmp_path / "a.yaml"
    path.write_text("acv: lots\n", encoding="utf-8")

    with pytest.raises(UserError) as caught:
        resume_session(path, RULEBOOK)
    assert caught.value.problems[0].place.line == 1


def test_saving_on_a_full_disk_keeps_the_old_file(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that can't be written is a problem; the answers before it are still there."""
    import os

    session.save("acv", "5k")
    before = session.path.read_text(encoding="utf-8")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UserError, match="No space left"):
        session.save("acv", "9k")

    assert session.path.read_text(encoding="utf-8") == before
    assert session.written("acv") == "5k"


def test_every_question_says_which_rules_hang_on_it(session: Session) -> None:
    """`why` names the open rules, fewer and fewer as answers come in."""
    script = Script({})
    walk(session, script)

    assert "Y01" in script.prompts["cycle_days"].why
    assert script.prompts["cycle_days"].why.startswith(RULEBOOK.question["cycle_days"].why.en)


def test_back_walks_on_to_the_first_question(session: Session) -> None:
    """From the first later question, back and back again leads through the first round."""
    first_round = Script(dict(ANSWERED), chosen=["more"])
    first_round.on_ask = _stop_at("stage")
    with pytest.raises(KeyboardInterrupt):
        walk(session, first_round)
    later = Script(
        {
            "stage": [Move.BACK, "idea"],
            "field_seller_cost": [Move.BACK, "90k"],
            "deal_spread": "uniform",
        }
    )
    walk(resume_session(session.path, RULEBOOK), later)

    assert later.asked[:4] == ["stage", "field_seller_cost", "deal_spread", "stage"]


def test_a_rulebook_without_first_questions_can_be_gone_back_in(tmp_path: Path) -> None:
    """Back from the very first question asks it again."""
    none_first = replace(
        RULEBOOK, questions=tuple(replace(q, first=False) for q in RULEBOOK.questions)
    )
    session = new_session(tmp_path / "answers.yaml", none_first)
    script = Script({"name": [Move.BACK, "Acme"]})
    walk(session, script)

    assert script.asked.count(script.asked[0]) >= 1
