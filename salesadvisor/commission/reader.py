"""A plan file -> a plan, with everything in it that contradicts itself told at once."""

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from salesadvisor.commission.agreement import agree_on_pay, require_rate
from salesadvisor.commission.deal_reader import read_deals, read_results
from salesadvisor.commission.definitions import (
    Clawback,
    Draw,
    DrawKind,
    Measure,
    PayOn,
    Period,
    Plan,
    Rounding,
    Spiff,
)
from salesadvisor.commission.goal_reader import read_goals
from salesadvisor.commission.quantities import Quantities
from salesadvisor.commission.roles import Role
from salesadvisor.commission.schema import ID
from salesadvisor.documents.fields import Fields
from salesadvisor.documents.node import MapNode
from salesadvisor.documents.read import read_document, require_mapping
from salesadvisor.documents.source import STDIN_NAME
from salesadvisor.problems import Problem, UserError, did_you_mean
from salesadvisor.text import Text

_Word = TypeVar("_Word", bound=StrEnum)


def load_plan(path: Path | None, roles: Sequence[Role] = (), role: str | None = None) -> Plan:
    """Return the plan in the file at `path`, or on standard input for None.

    Args:
        path: A YAML or JSON file.
        roles: What is usual for each role: it stands for what the file leaves out.
        role: In place of the file's.

    Raises:
        UserError: with every problem of the file.
    """
    name = STDIN_NAME if path is None else str(path)
    template = "salesadvisor commission --template ROLE"
    return read_plan(require_mapping(read_document(path), name, template), roles, role)


def read_plan(node: MapNode, roles: Sequence[Role] = (), role: str | None = None) -> Plan:
    """Return the plan in `node`.

    Raises:
        UserError: with every problem in it.
    """
    problems: list[Problem] = []
    own = Fields(node, problems)
    usual = _usual(own, roles, role)
    plan = _Reader(Fields(_with_usual(node, usual), problems), usual).read()
    if problems or plan is None:
        raise UserError(problems)
    return plan


def _usual(fields: Fields, roles: Sequence[Role], role: str | None) -> Role | None:
    known = {found.id: found for found in roles}
    node = fields.scalar("role", required=False)
    name = role or (node.text if node is not None else None)
    if name is None or not roles:
        return None
    if name not in known:
        assert node is not None  # an option was checked before
        fields.problem(
            "unknown-word",
            Text(f"`{name[:40]}` is no role here", f"这里没有 `{name[:40]}` 这个岗位"),
            node.place,
            did_you_mean(name, known),
        )
    return known.get(name)


def _with_usual(node: MapNode, role: Role | None) -> MapNode:
    """Return the plan with what is usual for its role where it says nothing itself."""
    if role is None or role.plan is None:
        return node
    given = {key.text for key, _ in node.entries}
    together = {"ote": _PAY_MIX, "measure": _GOALS}
    for keys in together.values():
        if given & keys:
            given |= keys
    usual = tuple((k, v) for k, v in role.plan.entries if k.text not in given)
    if {"base", "target_variable"} <= {key.text for key, _ in node.entries}:
        usual = tuple((k, v) for k, v in usual if k.text != "base_share")
    return MapNode((*node.entries, *usual), node.place, node.end)


_PAY_MIX = frozenset({"base", "target_variable", "base_share"})
_GOALS = frozenset({"measure", "measures"})


class _Reader:
    def __init__(self, fields: Fields, usual: Role | None) -> None:
        self.fields = fields
        self.usual = usual
        node = fields.scalar("currency", required=False)
        self.currency = "USD" if node is None else node.text.strip().upper()
        if node is not None and not re.fullmatch(r"[A-Z]{3}", self.currency):
            fields.problem(
                "unknown-currency",
                Text("a currency is a code of three letters", "货币用三个字母的代码"),
                node.place,
                Text("such as USD, EUR or CNY", "如 USD、EUR、CNY"),
            )
        self.quantities = Quantities(self.currency)

    def read(self) -> Plan | None:
        fields = self.fields
        fields.one_of("schema", (ID,), default=ID)
        pay = agree_on_pay(fields, self.quantities)
        period = self._word("period", Period, Period.YEAR)
        goals = read_goals(fields, self.quantities)
        year_to_date = (
            fields.one_of("tiers_on", ("period", "year_to_date"), default="period")
            == "year_to_date"
        )
        role_node = fields.scalar("role", required=False)
        clawback = self._clawback()
        ramp, draw = self._ramp(), self._draw()
        cap = self.quantities.sum_(fields, "cap")
        rounding = self._word("rounding", Rounding, Rounding.HALF_EVEN)
        pay_on = self._word("pay_on", PayOn, PayOn.FIRST_PAYMENT)
        spiffs = tuple(self._spiff(inner) for inner in fields.maps("spiffs", required=False))
        cycle_days, margin = self._days("cycle_days"), self.quantities.part(fields, "gross_margin")
        visit_days = self.quantities.count(fields, "visit_days", high=31)
        planned = self.quantities.part(fields, "planned_attainment", high=1000, of_quota=True)
        name, team = fields.words("name", default=""), self._team()
        results = read_results(fields, goals, self.quantities)
        deals = read_deals(fields, goals, self.quantities)
        fields.node_of("rate", required=False)
        if pay is None or not goals:
            fields.close()
            return None
        plan = Plan(
            name=name,
            role="" if role_node is None and self.usual is None
            else self.usual.id if self.usual is not None else fields.words("role", default=""),
            currency=self.currency,
            rounding=rounding,
            ote=pay.ote,
            base=pay.base,
            variable=pay.variable,
            goals=goals,
            period=period,
            year_to_date=year_to_date,
            cap=cap,
            draw=draw,
            ramp=ramp,
            clawback=clawback,
            spiffs=spiffs,
            pay_on=pay_on,
            cycle_days=cycle_days,
            gross_margin=margin,
            visit_days=visit_days,
            planned_attainment=planned,
            team=team,
            results=results,
            deals=deals,
        )  # fmt: skip
        self._refuse_taking_back_meetings(plan)
        if len(goals) == 1:
            require_rate(fields, plan, self.quantities)
        fields.close()
        return plan

    def _refuse_taking_back_meetings(self, plan: Plan) -> None:
        meetings = (Measure.ACCEPTED_MEETINGS, Measure.WON_MEETINGS)
        if plan.clawback is not None and all(goal.measure in meetings for goal in plan.goals):
            self.fields.problem(
                "plan-contradicts",
                Text(
                    "meetings are not taken back: who books them does not control what follows",
                    "会面提成不追回：约会面的人管不了后面的事",
                ),
                self.fields.place_of("clawback"),
                Text("leave `clawback` out", "请删掉 `clawback`"),
            )

    def _word(self, key: str, words: type[_Word], usual: _Word) -> _Word:
        return words(self.fields.one_of(key, [w.value for w in words], default=usual.value))

    def _days(self, key: str) -> int | None:
        if not self.fields.has(key):
            self.fields.node_of(key, required=False)
            return None
        return self.fields.whole(key, 0, 3650)

    def _draw(self) -> Draw | None:
        inner = self.fields.map("draw", required=False)
        if inner is None:
            return None
        kind = DrawKind(inner.one_of("kind", [k.value for k in DrawKind]))
        amount = self.quantities.sum_(inner, "amount")
        if amount is None:
            inner.node_of("amount")
        months = inner.whole("months", 1, 60)
        inner.close()
        if any(self._ramp()):
            inner.problem(
                "plan-contradicts",
                Text(
                    "a draw and a ramp guarantee promise the same months twice",
                    "预支和爬坡保底把同样的月份保证了两次",
                ),
                inner.node.place,
                Text(
                    "keep one of them; `ramp: []` leaves out the usual one",
                    "只留一个；写 `ramp: []` 可去掉默认的保底",
                ),
            )
        return None if amount is None else Draw(kind=kind, amount=amount, months=months)

    def _ramp(self) -> tuple[Fraction, ...]:
        found = []
        for node in self.fields.scalars("ramp", required=False):
            part = self.quantities.part_of(self.fields, node, "ramp", of_quota=True)
            if part is not None:
                found.append(part)
        return tuple(found)

    def _clawback(self) -> Clawback | None:
        inner = self.fields.map("clawback", required=False)
        if inner is None:
            return None
        clawback = Clawback(
            days=inner.whole("days", 1, 730),
            full_if_unpaid=inner.one_of("if_never_paid", ("full", "by_days"), default="full")
            == "full",
            linear=inner.one_of("shape", ("linear", "full"), default="linear") == "linear",
        )
        inner.close()
        return clawback

    def _spiff(self, fields: Fields) -> Spiff:
        amount = self.quantities.sum_(fields, "amount")
        budget = self.quantities.sum_(fields, "budget")
        for key, value in (("amount", amount), ("budget", budget)):
            if value is None:
                fields.node_of(key)
        spiff = Spiff(
            name=fields.words("for"),
            amount=amount or Decimal(0),
            budget=budget or Decimal(0),
            days=fields.whole("days", 1, 366),
        )
        fields.close()
        return spiff

    def _team(self) -> tuple[Fraction, ...]:
        found = []
        for node in self.fields.scalars("team", required=False):
            part = self.quantities.part_of(self.fields, node, "team", high=10_000, of_quota=True)
            if part is not None:
                found.append(part)
        return tuple(found)
