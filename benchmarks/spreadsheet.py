"""The worked examples as a spreadsheet that LibreOffice computes, against the program's figures.

    pip install '.[spreadsheet]'        # openpyxl; and LibreOffice from your system's packages
    python benchmarks/spreadsheet.py [FOLDER]

Every formula in the sheet is written here, from the definitions in docs/money.md: nothing of the
program is used to make it. Exit code 1 where a figure differs.
"""

import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from openpyxl import Workbook, load_workbook

from salesadvisor.advice.economics import find_economics
from salesadvisor.commission.coins import to_coins
from salesadvisor.commission.payout import pay_for
from salesadvisor.commission.reader import read_plan
from salesadvisor.commission.year import pay_year
from salesadvisor.documents.read import parse_document, require_mapping
from salesadvisor.rulebook.answers import answers_from_values
from salesadvisor.rulebook.cache import load_rulebook
from salesadvisor.rulebook.known import known_values

RULEBOOK = load_rulebook()
SHARED = {
    "density": "moderate", "buying_process": "committee", "current_motion": "remote",
    "deal_spread": "moderate", "demo_mode": "screen",
}  # fmt: skip

# Rows of the sheet: name and formula, where [x] is the cell of another row in the same column.
INPUTS = (
    "acv", "margin", "years", "base", "share", "tools", "space", "travel", "manager", "hiring",
    "quota", "meetings", "new", "per_opp", "win", "open", "cycle", "leads", "lead_opp",
    "lead_cost", "onboarding",
)  # fmt: skip
FORMULAS = {
    "variable": "=[base]*(1-[share])/[share]",
    "loaded": "=[base]+[variable]+0.25*[base]+0.08*[variable]+[tools]+[space]+[travel]+[manager]",
    "n_quota": "=[quota]/[acv]",
    "n_time": "=[meetings]*[new]/[per_opp]*[win]",
    "n_open": "=[open]*365/[cycle]*[win]",
    "n_leads": "=[leads]*[lead_opp]*[win]",
    "wins": "=MIN([n_quota],[n_time],[n_open],[n_leads])",
    "lead_year": "=[wins]/[win]*[lead_cost]",
    "cac": "=([loaded]+[lead_year])/[wins]",
    "cac_new": "=([loaded]*[new]+[lead_year])/[wins]",
    "payback": "=[cac]/([acv]*[margin]/12)",
    "ltv": "=[acv]*[margin]*MIN([years],5)",
    "ltv_cac": "=[ltv]/[cac]",
    "free": "=MIN([n_time],[n_open],[n_leads])",
    "per_opportunity": "=[loaded]/([free]/[win])+[lead_cost]",
    "acv_min": "=[per_opportunity]/[win]*12/([margin]*18)",
    "first_share": "=MAX(0,12-[onboarding]-[cycle]/30.4)/12",
    "first_wins": "=[wins]*[first_share]",
    "starts": "=[onboarding]+[cycle]/30.4",
    "stays": "=MAX(0,1-1/[years])",
}
NAMES = {
    "variable": "target_variable", "loaded": "loaded_cost", "n_quota": "limit_quota",
    "n_time": "limit_time", "n_open": "limit_parallel", "n_leads": "limit_leads",
    "wins": "wins_year", "lead_year": "opportunity_cost_year", "cac": "cac",
    "cac_new": "cac_new", "payback": "payback_months", "ltv_cac": "ltv_cac",
    "per_opportunity": "cost_per_opportunity", "acv_min": "acv_min",
    "first_share": "first_year_share", "first_wins": "wins_first_year",
}  # fmt: skip
INSIDE = {
    "base": 51_095, "share": 0.6, "tools": 6_000, "space": 3_000, "travel": 1_500,
    "manager": 17_000, "hiring": 8_000, "meetings": 550, "new": 0.8,
}  # fmt: skip
OUTSIDE = {
    "base": 77_361, "share": 0.5, "tools": 4_000, "space": 1_500, "travel": 28_000,
    "manager": 24_000, "hiring": 15_000, "new": 0.8,
}  # fmt: skip
SOFTWARE = {"acv": 18_000, "margin": 0.8, "years": 4}
MACHINE = {"acv": 120_000, "margin": 0.4, "years": 8}
EXAMPLES = {
    ("A", "inside"): {
        **SOFTWARE, **INSIDE, "quota": 600_000, "per_opp": 4, "win": 0.25, "open": 30,
        "cycle": 45, "leads": 260, "lead_opp": 0.5, "lead_cost": 300, "onboarding": 1.5,
    },
    ("A", "outside"): {
        **SOFTWARE, **OUTSIDE, "quota": 900_000, "meetings": 588, "per_opp": 6, "win": 0.3,
        "open": 25, "cycle": 60.75, "leads": 200, "lead_opp": 0.5, "lead_cost": 400,
        "onboarding": 3,
    },
    ("B", "inside"): {
        **MACHINE, **INSIDE, "quota": 1_200_000, "per_opp": 10, "win": 0.08, "open": 25,
        "cycle": 120, "leads": 120, "lead_opp": 0.4, "lead_cost": 600, "onboarding": 2,
    },
    ("B", "outside"): {
        **MACHINE, **OUTSIDE, "quota": 1_800_000, "meetings": 400, "per_opp": 7, "win": 0.22,
        "open": 20, "cycle": 162, "leads": 120, "lead_opp": 0.5, "lead_cost": 900,
        "onboarding": 3,
    },
}  # fmt: skip
# The same as answers and assumptions of the program.
GIVEN = {
    "A": {
        **SHARED, "acv": 18_000, "gross_margin": 80, "lifetime_years": 4, "cycle_days": 45,
        "win_rate_small": 25, "visit_uplift": 5, "quota.inside": 600_000,
        "quota.outside": 900_000, "field_days": 147, "open_opportunities.outside": 25,
    },
    "B": {
        **SHARED, "acv": 120_000, "gross_margin": 40, "lifetime_years": 8, "cycle_days": 120,
        "win_rate_large": 8, "visit_uplift": 14, "quota.inside": 1_200_000,
        "quota.outside": 1_800_000, "field_days": 100, "open_opportunities.inside": 25,
        "meetings_per_opportunity.inside": 10, "meetings_per_opportunity.outside": 7,
        "leads_year.inside": 120, "lead_to_opportunity.inside": 40, "leads_year.outside": 120,
        "lead_cost.inside": 600, "lead_cost.outside": 900, "onboarding_months.inside": 2,
    },
}  # fmt: skip
MONTHS = 24
PLAN = """
ote: 120_000
base_share: 50%
measure: acv_booked
quota: 600_000
period: year
tiers: [{from: 100%, pays: 1.5}, {from: 125%, pays: 2}]
"""
SLOW = PLAN + "decelerator: {until: 50%, pays: 0.6}"
SALES = (0, 150_000, 300_000, 450_000, 480_000, 599_999, 600_000, 660_000, 750_000, 900_000)
QUARTERS = (90_000, 150_000, 180_000, 210_000)


def write(path: Path) -> None:
    """Write the sheets, formulas only."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "figures"
    rows = {name: number for number, name in enumerate((*INPUTS, *FORMULAS), start=2)}
    first = len(rows) + 4
    for column, (example, values) in enumerate(EXAMPLES.items(), start=2):
        letter = chr(ord("A") + column - 1)

        def cell(text: str, letter: str = letter) -> str:
            for name, number in rows.items():
                text = text.replace(f"[{name}]", f"{letter}${number}")
            return text

        sheet[f"{letter}1"] = " ".join(example)
        for name, number in rows.items():
            sheet[f"A{number}"] = name
            sheet[f"{letter}{number}"] = values[name] if name in values else cell(FORMULAS[name])
        sheet[f"{letter}{first - 1}"] = cell("=-[hiring]")
        for month in range(1, MONTHS + 1):
            at = first + month - 1
            won = "IF({m}>[starts],[wins]/12*MIN(1,{m}-[starts]),0)"
            new, old = won.format(m=month), won.format(m=month - 12)
            renewed = f"+{old}*[acv]*[margin]*[stays]" if month > 12 else ""
            leads = f"-IF({month}>[onboarding],[lead_year]/12,0)"
            sheet[f"A{at}"] = f"cash {month}"
            sheet[f"{letter}{at}"] = cell(
                f"={letter}{at - 1}-[loaded]/12{leads}+{new}*[acv]*[margin]{renewed}"
            )
    pay = book.create_sheet("pay")
    for number, sales in enumerate(SALES, start=2):
        pay[f"A{number}"] = sales
        attainment = f"(A{number}/600000)"
        above = f"MAX(0,MIN({attainment},1.25)-1)*1.5+MAX(0,{attainment}-1.25)*2"
        pay[f"B{number}"] = f"=ROUND(60000*(MIN({attainment},1)+{above}),2)"
        below = f"MIN({attainment},0.5)*0.6+MAX(0,MIN({attainment},1)-0.5)*1.4"
        pay[f"C{number}"] = f"=ROUND(60000*({below}+{above}),2)"
    for number, sales in enumerate(QUARTERS, start=2):
        pay[f"E{number}"] = sales
        attainment = f"(E{number}/150000)"
        above = f"MAX(0,MIN({attainment},1.25)-1)*1.5+MAX(0,{attainment}-1.25)*2"
        pay[f"F{number}"] = f"=ROUND(15000*(MIN({attainment},1)+{above}),2)"
    book.save(path)


def computed(path: Path, folder: Path) -> Path:
    """Return the workbook as LibreOffice has computed it."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        sys.exit("LibreOffice is not installed")
    out = folder / "computed"
    subprocess.run(
        [office, f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", "xlsx", "--outdir", str(out), str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    return out / path.name


def compare(path: Path) -> tuple[int, list[str]]:
    """Return how many figures were compared, and those that differ."""
    book = load_workbook(path, data_only=True)
    sheet, pay = book["figures"], book["pay"]
    found: list[tuple[str, float, float]] = []
    rows = {sheet[f"A{n}"].value: n for n in range(2, sheet.max_row + 1)}
    for column, (example, model) in enumerate(EXAMPLES, start=2):
        answers = answers_from_values(RULEBOOK, GIVEN[example])
        known = known_values(RULEBOOK, answers.values, answers.assumptions)
        economics = find_economics(RULEBOOK, answers)
        assert economics is not None

        def value(row: str, column: int = column) -> float:
            return float(sheet.cell(rows[row], column).value)

        for name, formula in NAMES.items():
            ours = known[f"{formula}.{model}"]
            found.append((f"{example} {model} {formula}", value(name), ours.low))  # type: ignore[union-attr]
        found.append((f"{example} {model} ltv", value("ltv"), known["ltv"].low))  # type: ignore[union-attr]
        cash = economics.cash[model]  # type: ignore[index]
        runs = [value(f"cash {month}") for month in range(1, MONTHS + 1)]
        found.append((f"{example} {model} cash low", min(runs), cash.low.likely))
        found.append((f"{example} {model} month", runs.index(min(runs)) + 1, cash.month))
        found.extend(
            (f"{example} {model} cash {month}", runs[month - 1], ours.likely)
            for month, ours in cash.after.items()
        )
    plan, slow = (read_plan(require_mapping(parse_document(t, "p"), "p")) for t in (PLAN, SLOW))
    for number, sales in enumerate(SALES, start=2):
        for column, used in (("B", plan), ("C", slow)):
            ours = to_coins(pay_for(used, [Fraction(sales)]).pay, "USD")
            found.append(
                (f"pay {sales} {column}", float(pay[f"{column}{number}"].value), float(ours))
            )
    text = PLAN.replace("600_000", "150_000").replace("year", "quarter")
    quarters = read_plan(require_mapping(parse_document(text, "p"), "p"))
    for number, period in enumerate(
        pay_year(quarters, [(Fraction(q),) for q in QUARTERS]), start=2
    ):
        found.append((f"quarter {number - 1}", float(pay[f"F{number}"].value), float(period.paid)))
    wrong = [
        f"{name}: sheet {theirs:,.6g}, program {ours:,.6g}"
        for name, theirs, ours in found
        if abs(theirs - ours) > 1e-9 * max(1.0, abs(theirs))
    ]
    return len(found), wrong


def main() -> None:
    """Write, compute and compare; the workbook stays in FOLDER, where one is named."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "examples.xlsx"
        write(path)
        count, wrong = compare(computed(path, folder))
    for line in wrong:
        print(line)
    print(f"{count} figures compared, {len(wrong)} differ")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
