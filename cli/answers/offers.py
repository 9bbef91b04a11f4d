"""What the commands about offers and recommendations answer."""

from __future__ import annotations

from cli.answers.answer import Answer

_POLICIES = {
    "split": "Decisions before it taught, those from it on judged.",
    "taught": "How many taught.",
    "policies": "As logged, no offer, random, the best single offer, and the learned one.",
    "policies[].name": "The policy.",
    "policies[].lead": "Beside what was logged: `value`, `low` and `high`, minor units a decision, doubly robust.",
    "policies[].ips": "Importance weighting: `value`, `low` and `high`, minor units a decision.",
    "policies[].snips": "The same, self-normalised.",
    "policies[].direct": "By the model alone.",
    "policies[].doubly_robust": "By the model, corrected by what came.",
    "policies[].effective_decisions": "So many decisions of its own would tell as much.",
    "policies[].supported": "Share of its choices that could have been logged.",
    "policies[].largest_weight": "Of a decision.",
    "policies[].decisions": "How many judged.",
    "refusals": "Why the learned policy may not be promoted; empty where it may.",
}

OFFERS = {
    "offers list": Answer(
        "The offers of the current generation.",
        "Nothing.",
        {
            "": {
                "generation": "The generation whose catalogue it is.",
                "offers": "The offers, with the columns of the table `offers` in [tables](tables.md);"
                " money in minor units.",
            }
        },
    ),
    "offers check": Answer(
        "How many customers each offer can reach, how often it can be taken, and which stages keep the others out.",
        "Nothing: `score --offers` publishes a catalogue.",
        {
            "": {
                "generation": "The generation whose customers were looked at.",
                "customers": "How many it holds.",
                "offers": "One for each offer.",
                "offers[].offer_id": "The offer.",
                "offers[].name": "What the customer reads.",
                "offers[].customers": "Who could get it today; estimated from 10,000 where there are more.",
                "offers[].refused": "How many of the others each stage keeps out, by stage.",
                "offers[].most": "How often it can be taken in all, null without a limit.",
            }
        },
    ),
    "offers explain": Answer(
        "Every offer of the catalogue, the best first: what it would do to the customer, or why it is not made.",
        "Nothing.",
        {
            "": {
                "customer_id": "The customer.",
                "generation": "The generation that was read.",
                "arm": "Arm of the customer: `policy`, `random` or `holdout`.",
                "offers": "The best first, then those that are not made.",
                "offers[].offer_id": "The offer.",
                "offers[].name": "What the customer reads.",
                "offers[].type": "Kind of offer.",
                "offers[].mechanism": "The loyalty type that it speaks to.",
                "offers[].eligible": "Whether it may be made.",
                "offers[].stage": "The first stage that keeps it out, or null.",
                "offers[].reason": "Why, or null.",
                "offers[].effect": "Null without consent to personalisation, else: chance of an order without it and"
                " with it, margin that it adds after its costs (minor units), verdict, and whether it was measured.",
            }
        },
    ),
    "offers export": Answer(
        "Where the decisions and what became of them were written.",
        "Replaces `decisions.parquet` and `offer_events.parquet` in the folder.",
        {"": {"folder": "The folder.", "rows": "Rows by table."}},
    ),
    "offers replay": Answer(
        "Whether the decision comes out the same.",
        "Nothing. The exit code is 1 where it does not.",
        {
            "": {
                "decision_id": "The decision.",
                "same": "Whether every slot is the same.",
                "recorded": "The slots as they were recorded, as those of `offers decide`.",
                "again": "The slots as they come out now.",
            }
        },
    ),
    "offers decide": Answer(
        "The offer of each slot, and the id of the decision.",
        "The decision is recorded in the store before it is shown; nothing is replaced.",
        {
            "": {
                "customer_id": "The customer.",
                "slots": "One for each offer that was asked for.",
                "slots[].decision_id": "The decision, the same for all slots; name it when you report events.",
                "slots[].slot": "Place, from 0.",
                "slots[].customer_id": "The customer.",
                "slots[].decided_at": "When.",
                "slots[].offer_id": "The offer; null is no offer.",
                "slots[].propensity": "Probability with which this offer was chosen for the slot.",
                "slots[].arm": "Arm of the customer: `policy`, `random` or `holdout`.",
                "slots[].policy": "Policy and its version.",
                "slots[].generation": "The generation that it was decided from.",
                "slots[].eligible": "Offers that could have been chosen, with their propensities.",
                "slots[].excluded": "Offers that could not, with stage and reason.",
                "slots[].terms": "What was promised.",
                "slots[].seed": "Of the draw.",
                "slots[].counters": "What was read for the decision: consents, showings, takings.",
                "slots[].channel": "Channel on which it will be shown, or null.",
                "slots[].request_id": "Null: only the service knows requests.",
            }
        },
    ),
    "campaign": Answer(
        "How many are contacted with what, in vain how many, the expected margin with its interval, and what has to"
        " be held out to measure it.",
        "Records a decision for everybody who is contacted or held out, unless `--dry-run`; `--out` replaces its"
        " file.",
        {
            "": {
                "generation": "The generation that it was planned from.",
                "recorded": "Whether decisions were recorded.",
                "contacted": "Customers to contact.",
                "held_out": "Customers who would have been, and are not, to compare with.",
                "in_vain": "Contacts that are expected to change nothing.",
                "orders_won": "Orders that are expected because of it.",
                "expected_cost": "Redemptions and contacts, units of the currency.",
                "budget": "Units of the currency.",
                "expected_margin": "Margin above doing nothing after all costs, units of the currency.",
                "expected_margin_low": "Lower end of its 95 % interval, by chance alone.",
                "expected_margin_high": "Upper end.",
                "holdout_needed": "How many have to be held out to find the effect four times out of five; null"
                " where no number would do.",
                "wait_days": "Days until it can be measured.",
                "offers": "Contacts by offer.",
                "file": "The CSV, or null.",
            }
        },
    ),
    "recommend": Answer(
        "What to show to the customer, the best first: product, kind, category, probability, expected day.",
        "Nothing.",
        {
            "": {
                "generation": "The generation that was read.",
                "is_stranger": "Nothing is known of the customer, or nothing may be used.",
                "recommendations": "The best first.",
                "recommendations[].item_id": "The product.",
                "recommendations[].kind": "`buy_again`, `new_kind`, `upsell`, `complement`, `popular` or `new`.",
                "recommendations[].category": "The product's type; null where it has none.",
                "recommendations[].probability": "Of a purchase within the horizon of the recommender; null for what"
                " is shown to everybody or goes with the basket.",
                "recommendations[].expected_on": "Day on which it is bought again; null for what was never bought.",
                "recommendations[].price": "Mean of what customers pay for a unit, in minor units.",
            }
        },
    ),
    "policy evaluate": Answer(
        "What each policy would have earned a decision, how much more than what was logged, and why the learned one"
        " may not be promoted.",
        "Nothing.",
        {"": _POLICIES},
    ),
    "policy promote": Answer(
        "The same, and whether service and campaigns go by the learned effects now.",
        "Replaces `workspace/offer_effects.json`, builds a generation and adds a line to"
        " `workspace/promotions.jsonl`; where it is refused, the line alone.",
        {
            "": {
                "promoted": "Whether it was promoted.",
                "generation": "The generation that was built; null where it was refused, or a champion is missing.",
            }
            | _POLICIES
        },
    ),
    "policy rollback": Answer(
        "What was recorded.",
        "Replaces `workspace/offer_effects.json`, builds a generation and adds a line to"
        " `workspace/promotions.jsonl`.",
        {
            "": {
                "at": "When.",
                "action": "`rollback`.",
                "task": "`offers`.",
                "by": "Who decided.",
                "version": "The effects that offers go by now; 0: what is assumed.",
                "instead_of": "Those that they went by.",
                "why": "Why.",
                "generation": "The generation that was built; null while a champion is missing.",
            }
        },
    ),
    "policy measure": Answer(
        "What arms and offers changed beside no offer, with intervals, and whether the arms are as they were set.",
        "Nothing.",
        {
            "": {
                "decisions": "How many count: each customer's first of a horizon.",
                "horizon_days": "Days after a decision in which outcomes count.",
                "arms": "Customers of each arm (`arm`, `customers`), and the share it was set to (`set_to`); empty"
                " without a holdout.",
                "ratio_p": "How probable so uneven arms are by chance; null without arms.",
                "arms_are_as_set": "False where that is less than 0.001.",
                "measured": "One for each comparison that 30 customers on either side tell of.",
                "measured[].kind": "`arm`, `campaign` or `offer`.",
                "measured[].name": "The arm, `campaigns`, the offer, or `any offer`.",
                "measured[].type": "The loyalty type in the month of the decision, or `everybody`.",
                "measured[].customers": "Customers with it.",
                "measured[].compared": "Customers without.",
                "measured[].margin": "That a decision added after all costs: `value`, `low` and `high`, minor units.",
                "measured[].orders": "Change of the share who ordered: `value`, `low` and `high`.",
                "measured[].redemption": "Share who redeemed: `value`, `low` and `high`.",
                "measured[].cost_per_saved": "Costs for each customer who ordered because of it, minor units; null"
                " where it is not beyond doubt that there are any.",
            }
        },
    ),
    "uplift": Answer(
        "What the action changes on average, how well rows are ranked by it, and how many it persuades.",
        "`--out` replaces its file.",
        {
            "": {
                "name": "Of the trial.",
                "file": "The file with every row, or null.",
                "rows": "Treated and controls.",
                "effect": "Change of the share with the outcome: `estimate`, `low` and `high`.",
                "qini": "Of the ranking of rows by models that had not seen them: `estimate`, `low` and `high`.",
                "learners": "Mean Qini of each learner alone.",
                "chosen": "The learner that was chosen for each fold.",
                "verdicts": "Rows that are persuadable, sure things, lost causes, not to be disturbed, or undecided.",
            }
        },
    ),
}
