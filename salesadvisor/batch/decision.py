"""The rulebook as one SELECT: conditions, scores, bounds, vetoes, patterns, views and shares.

What `advice` computes for one record, for all of them at once. Where every answer is a single
value the result is final. Where answers are open, it is final if one model is left; else the
record is `open`, what may be possible is a superset, and the record is for `advice` to finish.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from itertools import permutations

from msgspec import Struct
from sqlglot import exp

from salesadvisor.advice.scoring import contributions, unit_of
from salesadvisor.advice.verdict import FEWEST_ANSWERS
from salesadvisor.advice.views import patterns_beside
from salesadvisor.batch.clauses import (
    FAILS,
    NO,
    SQL,
    WORD,
    YES,
    Certainty,
    any_of,
    both,
    case,
    column,
    double,
    either,
    equals,
    greatest,
    grouped,
    is_at_least,
    is_at_most,
    named,
    negated,
    single,
    text,
    total,
    weighed,
    whole,
)
from salesadvisor.batch.limits import require_apart, require_bits
from salesadvisor.batch.reading import reading_columns
from salesadvisor.batch.sides import Side, Truths, count, is_open
from salesadvisor.batch.worlds import (
    Columns,
    Conditions,
    Layer,
    columns_of,
    is_unanswered,
)
from salesadvisor.language.possible import Numbers
from salesadvisor.rulebook.definitions import (
    NO_MODEL,
    CriterionId,
    ModelId,
    Rulebook,
)
from salesadvisor.rulebook.known import assumed_values
from salesadvisor.rulebook.tables import APPLIES
from salesadvisor.rulebook.tabulation import tables_of

OPEN = "open"
"""The status of a record that is left to `advice`."""
VERDICT = "verdict"
"""The column of the status that a record has if exactly what may be possible is."""


class Terms(Struct, frozen=True, kw_only=True):
    """What a run decides by: the rulebook, and what the command line replaces in it."""

    rulebook: Rulebook
    weights: Mapping[CriterionId, Decimal]
    assumptions: Mapping[str, Numbers]


def decision_layers(terms: Terms, *, plain: bool) -> tuple[Layer, ...]:
    """Return everything that is worked out of the answers, step by step.

    Args:
        terms: What to decide by.
        plain: Whether every answer is a single value.

    Raises:
        UserError: ids of the rulebook can't be told apart as names of columns.
    """
    decision = _Decision(terms, plain=plain)
    layers = tuple(decision.layers())
    names = [name for layer in layers for name in layer.columns]
    for columns in decision.columns:
        names += reading_columns(columns)
        require_bits(columns)
    require_apart(names)
    return layers


def answer_columns(terms: Terms) -> tuple[Columns, ...]:
    """Return the columns that the decision reads, of every question."""
    return columns_of(terms.rulebook, tables_of(terms.rulebook, terms.assumptions))


def in_layers(
    layers: Sequence[Layer], source: str, wanted: Sequence[str]
) -> tuple[list[tuple[str, exp.Select]], str]:
    """Return a chain of named queries, and the name of the last.

    Each selects what it adds, and of what came before only what is still needed: an engine that
    plans a query looks at every column of every step.

    Args:
        layers: What to add, in order.
        source: The relation to begin with.
        wanted: The columns that the last query must have.
    """
    needed = dict.fromkeys(wanted)
    kept: list[tuple[str, dict[str, SQL], list[str]]] = []
    for layer in reversed(layers):
        added = {name: e for name, e in layer.columns.items() if name in needed}
        if not added:
            continue
        passed = [name for name in needed if name not in added]
        kept.append((layer.name, added, passed))
        read = (c.name for e in added.values() for c in e.find_all(exp.Column))
        needed = dict.fromkeys((*passed, *read))
    chain = []
    for name, added, passed in reversed(kept):
        chosen = [column(one) for one in passed] + [named(e, one) for one, e in added.items()]
        chain.append((name, exp.Select(expressions=chosen).from_(source, copy=False)))
        source = name
    return chain, source


def joint_names(terms: Terms) -> frozenset[str]:
    """Return every name behind conditions on several questions."""
    worlds = _Decision(terms, plain=True).worlds.values()
    return frozenset(name for world in worlds for name in world.joint_names())


def fired_column(word: int) -> str:
    """Return the column of some of the rules that hold, a bit each."""
    return f"fired_{word}"


def chance_columns(rulebook: Rulebook) -> tuple[str, ...]:
    """Return the columns that say what may be: what can win, and what can be recommended."""
    models = [model.id for model in rulebook.models]
    pure = [model.id for model in rulebook.models if not model.blend_of]
    ends = ("_small", "_large") if rulebook.views is not None else ()
    return (
        *(f"possible_{model}" for model in (*models, NO_MODEL)),
        *(f"can_win_{model}" for model in models),
        *(
            f"{what}_{m}{end}"
            for end in ends
            for what in ("can_win", "can_win_alone")
            for m in pure
        ),
    )


def result_columns(rulebook: Rulebook) -> tuple[str, ...]:
    """Return the columns that hold the result of a decision."""
    models = [model.id for model in rulebook.models]
    return (
        "best_model",
        "status",
        "share",
        *(f"possible_{model}" for model in (*models, NO_MODEL)),
        *(f"score_{model}" for model in models),
        *(f"out_{model}" for model in models),
        *(fired_column(word) for word in range((len(rulebook.rules) - 1) // WORD + 1)),
    )


def result_type(name: str) -> str:
    """Return the type of a column of a decision."""
    if name in ("best_model", "status", VERDICT):
        return "varchar"
    if name == "share":
        return "double"
    return "boolean" if name.startswith(("possible_", "out_")) else "bigint"


class _Decision:
    def __init__(self, terms: Terms, *, plain: bool) -> None:
        rulebook = self.rulebook = terms.rulebook
        self.plain = plain
        self.points = contributions(rulebook, terms.weights)
        self.unit = unit_of(rulebook)
        tables = tables_of(rulebook, terms.assumptions)
        self.columns = columns_of(rulebook, tables)
        assumed = assumed_values(rulebook, terms.assumptions)
        views = rulebook.views
        ends = () if views is None else (("_small", views.small), ("_large", views.large))
        self.worlds = {
            suffix: Conditions(rulebook, assumed, self.columns, world, view, suffix, plain=plain)
            for world, (suffix, view) in zip(tables.worlds, (("", None), *ends), strict=True)
        }
        self.truths: Truths = {}

        def side(suffix: str, models: Sequence[ModelId]) -> Side:
            return Side(rulebook, self.points, self.truths, suffix, models, plain=plain)

        self.base = side("", [m.id for m in rulebook.models])
        pure = [m.id for m in rulebook.models if not m.blend_of]
        self.sights = [side(suffix, pure) for suffix, _ in ends]

    def _fired(self) -> Mapping[str, SQL]:
        """Return the rules that hold, a bit each."""
        found = {}
        ids = [rule.id for rule in self.rulebook.rules]
        for word in range(0, len(ids), WORD):
            found[fired_column(word // WORD)] = weighed(
                (self.truths[id, ""].certain, 1 << i)
                for i, id in enumerate(ids[word : word + WORD])
            )
        return found

    def layers(self) -> Iterator[Layer]:
        for world in self.worlds.values():
            yield from world.layers()
        yield self._truths()
        sides = [self.base, *self.sights]
        sums = {n: e for side in sides for n, e in side.packed().items()}
        yield Layer("sums", {**sums, **self._fired()})
        yield Layer("scores", {n: e for side in sides for n, e in side.unpacked().items()})
        winning = dict(self.base.can_win(0, "can_win"))
        for side in self.sights:
            winning |= {**side.can_win(0, "can_win"), **side.can_win(1, "can_win_alone")}
        yield Layer("winning", winning)
        yield from self._sights()
        yield from self._verdict()

    # Conditions.

    def _truths(self) -> Layer:
        """Return the conditions of all worlds as columns, under the ids of the rulebook."""
        found: dict[str, SQL] = {}
        for suffix, world in self.worlds.items():
            for id in world.world.conditions:
                if id == APPLIES and suffix:
                    continue
                truth = world.truth(id)
                name = f"{id}{suffix}"
                certain = self._kept(found, name, truth.certain)
                if truth.is_single:
                    self.truths[id, suffix] = single(certain)
                else:
                    possible = self._kept(found, f"{name}_may", truth.possible)
                    self.truths[id, suffix] = Certainty(certain, possible)
        return Layer("truths", found)

    @staticmethod
    def _kept(found: dict[str, SQL], name: str, truth: SQL) -> SQL:
        if truth in (YES, NO):
            return truth
        found[name] = truth
        return column(name)

    # Both ends of a spread.

    def _sights(self) -> Iterator[Layer]:
        """Yield what the ends of the spread make of the decision."""
        if not self.sights:
            return
        steps: list[dict[str, SQL]] = [{}, {}, {}]
        for side in self.sights:
            possible = {m: side.col("can_win", m) for m in side.models}
            for step, columns in zip(steps, side.leading(possible), strict=True):
                step |= columns
        for number, step in enumerate(steps, start=1):
            yield Layer(f"sights_{number}", step)
        found: dict[str, SQL] = {}
        for side in self.sights:
            only = equals(count(side.col("leads", m) for m in side.models), whole(1))
            for model in side.models:
                found[side.name("wins", model)] = both(
                    only, side.col("leads", model), side.col("can_win_alone", model)
                )
            # Whether it is settled who wins here: alone, whatever the open answers.
            can = [side.col("can_win", m) for m in side.models]
            alone = [side.col("can_win_alone", m) for m in side.models]
            same = [equals(one, other) for one, other in zip(can, alone, strict=True)]
            found[side.name("sure")] = both(
                equals(count(can), whole(1)), negated(side.none_left()), *same
            )
        yield Layer("winners", found)

    def _split(self) -> SQL:
        small, large = self.sights
        differ = [
            both(small.col("wins", one), large.col("wins", other))
            for one, other in permutations(small.models, 2)
        ]
        return both(self.truths[APPLIES, ""].certain, either(*differ))

    def _agreed(self, model: ModelId) -> SQL:
        """Return whether both ends call for `model`, where the base has the blend for nothing else."""
        views = self.rulebook.views
        assert views is not None
        small, large = self.sights
        return both(
            self.truths[APPLIES, ""].certain,
            small.col("wins", model),
            large.col("wins", model),
            self.base.col("base_leads", views.split_earns),
            negated(self._earned_otherwise().certain),
        )

    def _earned_otherwise(self) -> Certainty:
        patterns = patterns_beside(self.rulebook)
        return any_of([FAILS, *(self.truths[p.id, ""] for p in patterns)])

    # The verdict.

    def _verdict(self) -> Iterator[Layer]:
        base, views = self.base, self.rulebook.views
        models = base.models
        can = {m: base.col("can_win", m) for m in models}
        if views is None:
            yield Layer(
                "possible",
                {f"possible_{m}": can[m] for m in models} | {"possible_none": base.none_left()},
            )
            overruled: dict[ModelId, SQL] = {}
        else:
            steps = list(base.leading(can))
            for number, step in enumerate(steps, start=1):
                yield Layer(
                    f"base_{number}",
                    {n.replace("leads_", "base_leads_", 1): e for n, e in step.items()},
                )
            blend = views.split_earns
            yield Layer(
                "overruling",
                {
                    "split": self._split(),
                    **{f"agreed_{m}": self._agreed(m) for m in self.sights[0].models},
                },
            )
            vetoed = base.vetoed(blend)
            overruled = {m: column(f"agreed_{m}") for m in self.sights[0].models}
            overruled[blend] = both(column("split"), negated(vetoed.certain))
            # A split whose blend is vetoed leaves the decision as it is.
            yield Layer("possible", self._possible(can, overruled))
        yield Layer("excluding", self._excluded())
        possible = {m: column(f"possible_{m}") for m in models}
        for number, step in enumerate(base.leading(possible), start=1):
            yield Layer(
                f"leading_{number}",
                {f"final_{n}": _renamed(e) for n, e in step.items()},
            )
        yield Layer("recommending", self._recommended(overruled))
        yield from self._shares(overruled)

    def _possible(
        self, can: Mapping[ModelId, SQL], overruled: Mapping[ModelId, SQL]
    ) -> Mapping[str, SQL]:
        """Return what can be recommended, with what both ends of the spread make of it."""
        views, base = self.rulebook.views, self.base
        assert views is not None
        applies = self.truths[APPLIES, ""]
        any_overruled = either(*overruled.values())
        settled = {
            m: case((any_overruled, overruled.get(m, NO)), otherwise=can[m]) for m in base.models
        }
        none = both(negated(any_overruled), base.none_left())
        if self.plain:
            return {f"possible_{m}": settled[m] for m in base.models} | {"possible_none": none}
        small, large = self.sights
        blend, vetoed, earned = (
            views.split_earns,
            base.vetoed(views.split_earns),
            self._earned_otherwise(),
        )
        lacking = either(
            is_open(applies), *(self._may_lack_winner(side) for side in (small, large))
        )
        differ = either(
            *(
                both(small.col("can_win_alone", one), large.col("can_win_alone", other))
                for one, other in permutations(small.models, 2)
            )
        )
        agreed = {
            m: both(small.col("can_win_alone", m), large.col("can_win_alone", m))
            for m in small.models
        }
        any_agreed = either(*agreed.values())
        # As `advice.views` has it, for answers that are open: never too little.
        keeps_base = either(lacking, both(differ, vetoed.possible))
        wide: dict[str, SQL] = {}
        for model in base.models:
            if model == blend:
                wide[model] = either(
                    both(keeps_base, can[model]),
                    both(differ, negated(vetoed.certain)),
                    both(any_agreed, can[blend], earned.possible),
                )
            else:
                wide[model] = either(
                    both(keeps_base, can[model]),
                    both(any_agreed, can[model]),
                    both(agreed.get(model, NO), can[blend], negated(earned.certain)),
                )
        wide_none = either(both(keeps_base, base.none_left()), both(any_agreed, base.none_left()))
        still = self._sights_settled()
        not_applying = negated(applies.possible)
        found = {
            f"possible_{m}": case((not_applying, can[m]), (still, settled[m]), otherwise=wide[m])
            for m in base.models
        }
        found["possible_none"] = case(
            (not_applying, base.none_left()), (still, none), otherwise=wide_none
        )
        return found

    def _may_lack_winner(self, side: Side) -> SQL:
        return negated(side.col("sure"))

    def _settled(self, side: Side) -> SQL:
        """Return whether nothing open is left that could move a side."""
        return both(
            negated(side.col("is_open")),
            *(
                either(negated(side.excluded(m).possible), side.excluded(m).certain)
                for m in side.models
            ),
        )

    def _sights_settled(self) -> SQL:
        views = self.rulebook.views
        assert views is not None
        return both(
            self._settled(self.base),
            *(self._settled(side) for side in self.sights),
            negated(is_open(self.truths[APPLIES, ""])),
            negated(is_open(self.base.vetoed(views.split_earns))),
            negated(is_open(self._earned_otherwise())),
        )

    def _excluded(self) -> Mapping[str, SQL]:
        """Return what is excluded in the end; a spread that splits is the blend's own reason."""
        views, base = self.rulebook.views, self.base
        found = {f"out_{m}": base.excluded(m).certain for m in base.models}
        if views is not None:
            blend = views.split_earns
            earned = both(
                self.truths[APPLIES, ""].possible,
                either(column("split"), column(f"possible_{blend}")),
            )
            found[f"out_{blend}"] = case(
                (earned, base.vetoed(blend).certain), otherwise=base.excluded(blend).certain
            )
        return found

    def _recommended(self, overruled: Mapping[ModelId, SQL]) -> Mapping[str, SQL]:
        """Return what is recommended, and how firm it is; a record may be left open."""
        base, rulebook = self.base, self.rulebook
        possible = [column(f"possible_{m}") for m in base.models]
        left = count([*possible, column("possible_none")])
        leads = {m: column(f"final_leads_{m}") for m in base.models}
        rules = {(m): both(o, column(f"possible_{m}")) for m, o in overruled.items()}
        any_rules = either(*rules.values())
        branches = [(condition, text(m)) for m, condition in rules.items()]
        branches += [(leads[m], text(m)) for m in rulebook.ties]
        best = case(*branches, otherwise=text(""))
        tied = both(
            negated(any_rules),
            is_at_least(count(leads.values()), whole(2)),
        )
        enough = self._enough()
        final = YES if self.plain else self._is_final(left)
        verdict = case(
            (negated(enough), text("none")),
            (equals(best, text("")), text("none")),
            (tied, text("too_close")),
            (equals(left, whole(1)), text("decided")),
            otherwise=text("leaning"),
        )
        return {
            "best_model": case((enough, best), otherwise=text("")),
            VERDICT: verdict,
            "status": case((final, verdict), otherwise=text(OPEN)),
        }

    def _is_final(self, left: SQL) -> SQL:
        """Return whether the verdict and its share are what `advice` would say."""
        one_left = equals(left, whole(1))
        if self.rulebook.views is None:
            return either(self._settled(self.base), one_left)
        applies = self.truths[APPLIES, ""]
        sure = both(
            either(
                negated(applies.possible),
                both(applies.certain, *(s.col("sure") for s in self.sights)),
            ),
            one_left,
        )
        alone = both(negated(applies.possible), self._settled(self.base))
        return either(sure, alone, self._sights_settled())

    def _enough(self) -> SQL:
        """Return whether enough is answered that any rule reads."""
        rulebook = self.rulebook
        read = {id for rule in rulebook.rules for id in rulebook.read_by[rule.id]}
        asked = [c for c in self.columns if c.question.id in read]
        if self.plain:
            return YES if len(asked) >= FEWEST_ANSWERS else NO
        answered = count(negated(is_unanswered(columns)) for columns in asked)
        return is_at_least(answered, whole(FEWEST_ANSWERS))

    # Shares.

    def _shares(self, overruled: Mapping[ModelId, SQL]) -> Iterator[Layer]:
        """Yield the recommended model's share: softmax over the models that count."""
        base, views = self.base, self.rulebook.views
        scores = {m: base.col("score", m) for m in base.models}
        outs = {m: column(f"out_{m}") for m in base.models}
        lowest = whole(-(2**62))
        highest = greatest(case((outs[m], lowest), otherwise=scores[m]) for m in base.models)
        tops: dict[str, SQL] = {}
        for model in base.models:
            is_best = equals(column("best_model"), text(model))
            counts = case((both(outs[model], negated(is_best)), lowest), otherwise=scores[model])
            if model in overruled:
                lead = (
                    views.split_points * self.unit
                    if views is not None and model == views.split_earns
                    else 0
                )
                with_lead = total((grouped(highest), whole(lead)))
                counts = case((overruled[model], with_lead), otherwise=counts)
            tops[f"counted_{model}"] = counts
        yield Layer("counting", tops)
        counted_ = {m: column(f"counted_{m}") for m in base.models}
        best = case(
            *((equals(column("best_model"), text(m)), counted_[m]) for m in base.models),
            otherwise=lowest,
        )
        yield Layer("topping", {"top": best})
        left = {
            m: case(
                (
                    both(
                        is_at_most(lowest_but_one(), counted_[m]),
                        either(is_at_most(counted_[m], column("top")), column(f"possible_{m}")),
                    ),
                    counted_[m],
                ),
                otherwise=lowest,
            )
            for m in base.models
        }
        yield Layer("weighing", {f"weight_{m}": e for m, e in left.items()})
        weights = {m: column(f"weight_{m}") for m in base.models}
        peak = greatest(weights.values())
        yield Layer("peaking", {"peak": peak})
        odds = [
            case((equals(w, lowest), double(0)), otherwise=self._odds(w)) for w in weights.values()
        ]
        share = exp.Div(
            this=self._odds(column("top")),
            expression=exp.Paren(this=reduce(lambda a, b: exp.Add(this=a, expression=b), odds)),
            typed=True,
            safe=False,
        )
        none = equals(column("best_model"), text(""))
        yield Layer("shares", {"share": case((none, double(0)), otherwise=share)})

    def _odds(self, score: SQL) -> SQL:
        difference = exp.Paren(this=exp.Sub(this=score, expression=column("peak")))
        exponent = exp.Div(
            this=exp.cast(difference, "double"),
            expression=double(self.unit * self.rulebook.temperature),
            typed=True,
            safe=False,
        )
        # Some engines stop at a result too small for a DOUBLE.
        return exp.Exp(this=greatest((exponent, double(-700))))


def lowest_but_one() -> SQL:
    """Return a number that every score reaches."""
    return whole(-(2**61))


def _renamed(expression: SQL) -> SQL:
    """Return columns of one lead as those of the final one."""

    def final(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name.startswith(("candidate_", "best")):
            return column(f"final_{node.name}")
        return node

    return expression.transform(final)
