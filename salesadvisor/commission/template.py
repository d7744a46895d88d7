"""A plan file to edit, for one role: what is usual, with comments that say what each line does."""

from fractions import Fraction

from salesadvisor.commission.definitions import Period
from salesadvisor.commission.reader import read_plan
from salesadvisor.commission.roles import PayKnowledge, Role
from salesadvisor.documents.node import ListNode, MapNode, Node, ScalarNode
from salesadvisor.documents.read import parse_document
from salesadvisor.problems import Problem, UserError
from salesadvisor.text import Language, Text

# A round figure to be replaced: what anybody earns is for the founder to say.
_OTE = 120_000
_OTE_COMMENT = Text("a year, base and commission at target: yours", "达标一年的总收入，填你的")
_RATIO = {"ae_full_cycle": 4}
_USUAL_RATIO = 5
_COMMENTS = {
    "base_share": Text("base pay of all; or give base and target_variable", "底薪占比；也可写 base 和 target_variable"),
    "measure": Text(
        "acv_booked, gross_profit, revenue_collected, accepted_meetings, net_retention, …",
        "acv_booked、gross_profit、revenue_collected、accepted_meetings、net_retention……",
    ),
    "measures": Text("at most three; weights add to 100%", "最多三项，权重合计 100%"),
    "period": Text("month, quarter, half or year: quota and pay are per period", "指标和发放都按这个周期"),
    "tiers": Text("only what lies above a border pays more; nothing is re-rated", "只有超出的部分提得多，不追溯"),
    "tiers_on": Text("period, or year_to_date for cycles above 90 days", "period；周期超过 90 天用 year_to_date"),
    "ramp": Text("guaranteed share of a month's target, month by month", "逐月保底，占月目标提成的比例"),
    "clawback": Text("what is taken back when a customer leaves", "客户解约时追回多少"),
    "pay_on": Text("signature, first_payment or half_half", "signature、first_payment 或 half_half"),
}  # fmt: skip
_OPTIONAL = {
    Language.EN: """
# Leave out what you don't need:
# rate: 10%                      # must agree with quota and variable pay
# decelerator: {until: 50%, pays: 0.6}   # 100% still pays the full target
# cap: 40_000                    # variable pay in a period; year_to_date: of all of them
# draw: {kind: recoverable, amount: 4_000, months: 3}   # not together with a ramp
# spiffs: [{for: first deal in a new trade, amount: 500, budget: 2_000, days: 60}]
# cycle_days: 120                # these four only for the remarks
# gross_margin: 70%
# visit_days: 8
# planned_attainment: 60%
# team: [40%, 70%, 100%, 130%, 160%]     # attainment of each seller
# results: [90_000, 150_000, 180_000, 210_000]   # period by period
# splits: {inside: 30%, field: 70%}      # of every deal; a deal may have its own `split`
# deals:
#   - {id: D1, value: 50_000, signed: 2025-02-01, cancelled: 2025-05-02, paid: true}
""",
    Language.ZH: """
# 不需要的就不写：
# rate: 10%                      # 要和指标、目标提成对得上
# decelerator: {until: 50%, pays: 0.6}   # 达成 100% 仍拿满目标提成
# cap: 40_000                    # 每期提成封顶；year_to_date 时按全年合计
# draw: {kind: recoverable, amount: 4_000, months: 3}   # 不能和 ramp 同用
# spiffs: [{for: 新行业第一单, amount: 500, budget: 2_000, days: 60}]
# cycle_days: 120                # 这四项只用于提醒
# gross_margin: 70%
# visit_days: 8
# planned_attainment: 60%
# team: [40%, 70%, 100%, 130%, 160%]     # 每名销售的达成率
# results: [90_000, 150_000, 180_000, 210_000]   # 逐期业绩
# splits: {内部: 30%, 现场: 70%}          # 每一单的分成；单子可以有自己的 split
# deals:
#   - {id: D1, value: 50_000, signed: 2025-02-01, cancelled: 2025-05-02, paid: true}
""",
}


def plan_template(role: Role, knowledge: PayKnowledge, language: Language) -> str:
    """Return a plan file for `role`; it is a valid plan as it stands."""
    head = [
        f"# {role.title[language]}. {knowledge.law[language]}",
        f"# {role.remarks[language]}",
    ]
    if role.plan is None:
        return "\n".join(head) + "\n"
    keys = {key.text for key, _ in role.plan.entries}
    lines = [
        *head,
        f'name: "{role.title[language]}"',
        f"role: {role.id}",
        "currency: USD",
        _line("ote", f"{_OTE:_}", _OTE_COMMENT, language),
    ]
    for key, value in role.plan.entries:
        lines.append(_line(key.text, _flow(value), _COMMENTS.get(key.text), language))
        if key.text == "measure" and "quota" not in keys:
            lines.append(_line("quota", f"{_quota(role):_}", role.quota_guide, language))
    return "\n".join(lines) + "\n" + _OPTIONAL[language]


def check_roles(knowledge: PayKnowledge) -> None:
    """Check that what is usual for each role makes a plan.

    Raises:
        UserError: with every problem of every role.
    """
    problems: list[Problem] = []
    for role in knowledge.roles:
        text = plan_template(role, knowledge, Language.EN)
        node = parse_document(text, f"{role.at.file} ({role.id})")
        if role.plan is None or not isinstance(node, MapNode):
            continue
        try:
            read_plan(node, knowledge.roles)
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)


def _quota(role: Role) -> int:
    """Return a quota a period to start from, in keeping with the role's guide."""
    assert role.plan is not None
    period = role.plan.get("period")
    a_year = Period(period.text).a_year if isinstance(period, ScalarNode) else 1
    yearly = Fraction(_OTE) * _RATIO.get(role.id, _USUAL_RATIO)
    return round(yearly / a_year)


def _line(key: str, value: str, comment: Text | None, language: Language) -> str:
    written = f"{key}: {value}"
    return written if comment is None else f"{written:<44} # {comment[language]}"


def _flow(node: Node) -> str:
    match node:
        case ScalarNode(text=text):
            return text
        case ListNode(items):
            return "[" + ", ".join(map(_flow, items)) + "]"
        case MapNode(entries):
            return "{" + ", ".join(f"{key.text}: {_flow(value)}" for key, value in entries) + "}"
