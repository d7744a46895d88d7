"""The JSON Schema of a plan file, for editors: what may be written, not whether it agrees."""

from collections.abc import Mapping

from salesadvisor.commission.definitions import DrawKind, Measure, PayOn, Period, Rounding

ID = "salesadvisor.commission/1"

_SUM = {"type": ["number", "string"], "description": "Money or a count: 120000, 120_000, 120k."}
_PERCENT = {"type": ["number", "string"], "description": "A percentage: 60% or 60."}
_NUMBER = {"type": ["number", "string"]}
_DATE = {"type": "string", "description": "A date: 2025-03-01."}
_SHARES = {
    "type": "object",
    "description": "Persons and their shares, which add to 100%.",
    "additionalProperties": _PERCENT,
}
_TIERS = {
    "type": ["array", "null"],
    "description": "Above each border a slice pays more; nothing is re-rated.",
    "items": {
        "type": "object",
        "properties": {"from": _PERCENT, "pays": _NUMBER},
        "required": ["from", "pays"],
        "additionalProperties": False,
    },
}
_DECELERATOR = {
    "type": ["object", "null"],
    "description": "Less up to `until`; the rest of the way to 100% makes up for it.",
    "properties": {"until": _PERCENT, "pays": _NUMBER},
    "required": ["until", "pays"],
    "additionalProperties": False,
}
_MEASURE = {"enum": [measure.value for measure in Measure]}


def plan_schema() -> Mapping[str, object]:
    """Return the schema, valid draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{ID}",
        "title": "A commission plan",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "schema": {"const": ID},
            "name": {"type": ["string", "null"]},
            "role": {"type": "string", "description": "What is usual for it fills in the rest."},
            "currency": {"type": "string", "pattern": "^[A-Za-z]{3}$"},
            "rounding": {"enum": [rounding.value for rounding in Rounding]},
            "ote": _SUM,
            "base": _SUM,
            "target_variable": _SUM,
            "base_share": _PERCENT,
            "measure": _MEASURE,
            "quota": _SUM,
            "measures": {
                "type": "array",
                "maxItems": 3,
                "items": {
                    "type": "object",
                    "properties": {
                        "measure": _MEASURE, "weight": _PERCENT, "quota": _SUM,
                        "tiers": _TIERS, "decelerator": _DECELERATOR,
                    },
                    "required": ["measure", "weight", "quota"],
                    "additionalProperties": False,
                },
            },
            "rate": {"type": ["number", "string"], "description": "Must agree with the rest."},
            "period": {"enum": [period.value for period in Period]},
            "tiers": _TIERS,
            "tiers_on": {"enum": ["period", "year_to_date"]},
            "decelerator": _DECELERATOR,
            "cap": {"type": ["number", "string", "null"]},
            "draw": {
                "type": ["object", "null"],
                "properties": {
                    "kind": {"enum": [kind.value for kind in DrawKind]},
                    "amount": _SUM,
                    "months": {"type": "integer", "minimum": 1, "maximum": 60},
                },
                "required": ["kind", "amount", "months"],
                "additionalProperties": False,
            },
            "ramp": {"type": ["array", "null"], "items": _PERCENT},
            "clawback": {
                "type": ["object", "null"],
                "properties": {
                    "days": {"type": "integer", "minimum": 1, "maximum": 730},
                    "if_never_paid": {"enum": ["full", "by_days"]},
                    "shape": {"enum": ["linear", "full"]},
                },
                "required": ["days"],
                "additionalProperties": False,
            },
            "pay_on": {"enum": [when.value for when in PayOn]},
            "spiffs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "for": {"type": "string"}, "amount": _SUM, "budget": _SUM,
                        "days": {"type": "integer", "minimum": 1, "maximum": 366},
                    },
                    "required": ["for", "amount", "budget", "days"],
                    "additionalProperties": False,
                },
            },
            "cycle_days": {"type": "integer", "minimum": 0},
            "gross_margin": _PERCENT,
            "visit_days": _NUMBER,
            "planned_attainment": _PERCENT,
            "team": {"type": "array", "items": _PERCENT},
            "results": {
                "type": "array",
                "description": "By period: a number, or one for each measure.",
                "items": {"type": ["number", "string", "object"]},
            },
            "splits": _SHARES,
            "deals": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": ["string", "number"]}, "value": _SUM, "signed": _DATE,
                        "cancelled": {"type": ["string", "null"]},
                        "paid": {"type": "boolean"}, "split": _SHARES,
                    },
                    "required": ["id", "value", "signed"],
                    "additionalProperties": False,
                },
            },
        },
    }  # fmt: skip
