"""What every verb prints, writes and answers to programs: the half of `docs/commands.md` that click does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Keys = Mapping[str, str]
"""Meaning of each key of a JSON document. `a.b` is inside `a`, `a[].b` inside each of a list; what has no entry
of its own below it is described whole."""


@dataclass(frozen=True)
class Answer:
    """The answer of one verb.

    Attributes:
        prints: what people see on standard output.
        writes: what is made, replaced, or left as it is.
        documents: keys of the JSON document, by the options that choose another one; "" without any.
    """

    prints: str
    writes: str
    documents: Mapping[str, Keys] = field(default_factory=dict)


_CUSTOMER = {
    "customer_id": "The customer.",
    "churn_probability": "Calibrated probability of leaving, in [0, 1].",
    "churn_interval": "Bounds between which the true probability lies 19 times out of 20; null where not measured.",
    "order_within": "Probability of an order within 7, 14, 28, 56 and 90 days, and within the churn horizon.",
    "percentile": "Share of customers with a lower risk, in percent.",
    "band": "`low`, `medium` or `high`, by `[bands]`.",
    "loyalty_type": "The most probable loyalty type; `unclear` below `[loyalty] least_confidence`.",
    "lifecycle_stage": "`new`, `evaluating`, `active`, `slipping`, `lapsed` or `won_back`, by the own rhythm.",
    "next_order_on": "Day on which the next order is expected; null where none is.",
    "loyalty_probabilities": "Probability of each loyalty type; they add up to 1.",
    "value_at_risk": "Churn probability times the margin of twelve months if the customer stays, in minor units;"
    " null where no model of value was scored.",
    "margin": "Margin of twelve months in minor units, null where no model of value was scored: `if_staying` and "
    "`expected`, each with the interval that holds four in five such customers, and what it is `from`.",
    "reasons": "Up to three reasons for the risk: `driver`, `text`, `effect` (log-odds), the `features` in the text, "
    "whether it speaks `against` leaving, and as `evidence` the features that weigh most.",
}
_RANKED = {"rank": "Place in the list."} | _CUSTOMER
_JUDGED = {
    "verdict": "One sentence: ahead of the simple rules, or which one is as good.",
    "design": "How it was judged: on later cutoffs, or on other customers.",
    "figures": "Figures of merit by name; those of a rule carry its name in front: `recency_auroc`.",
}
_TRUTH = {
    "customers": "Customers who were scored.",
    "auroc": "How well the churn probability ranks: chance that it is higher for a leaver than for a stayer.",
    "auroc_of_truth": "The same for the true probability, which no model can pass in the long run.",
    "auroc_of_recency": "The same for the days since the last order.",
    "rank_correlation": "Of the model's and the true probability (Spearman).",
    "mean_probability": "Mean of the model's churn probabilities.",
    "mean_true": "Mean of the true ones.",
    "gone": "Scored customers who had left for good before the cutoff.",
    "auroc_gone": "How well the churn probability tells them from the others; null where there are none.",
    "type_accuracy": "Share of customers whose loyalty type is told right.",
    "type_accuracy_of_rule": "The same for the type measured in the last window.",
    "type_commonest": "Share of the commonest true type.",
    "type_macro_auroc": "Mean AUROC of the probabilities of the types.",
}


def _within(place: str, keys: Keys) -> dict[str, str]:
    return {f"{place}.{key}": meaning for key, meaning in keys.items()}


_MOVED = {
    "at": "When.",
    "action": "`promote` or `rollback`.",
    "task": "The task.",
    "version": "The version that is champion now.",
    "instead_of": "The version that was; null where there was none.",
    "by": "Who decided.",
    "why": "Why.",
    "generation": "The generation that was built; null while a champion of another task is missing.",
    "evidence": "The decision with its checks; null with `--force` and for a rollback.",
}

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

ANSWERS: Mapping[str, Answer] = {
    "init": Answer(
        "The settings file and the folder for your tables.",
        "Makes `regulars.toml` and the folder `data`. A `regulars.toml` that is there is never overwritten.",
        {"": {"settings": "The file that was written.", "data": "The folder that your tables go into."}},
    ),
    "validate": Answer(
        "The tables with their counts, the findings, the end of the data, and a grade for each task.",
        "Replaces `workspace/tables` (used and quarantined rows, `report.json`) in one go, only where there is no "
        "error; with an error the tables that were validated before stay. The page `workspace/readiness.html` is "
        "written anew either way.",
        {
            "": {
                "findings": "What was found, errors first.",
                "findings[].name": "What it is, in one word; stable.",
                "findings[].step": "Where it was found: locate, columns, rows, clock, history, consent, readiness.",
                "findings[].state": "`error` stops, `warning` touches rows, `recommendation` touches none.",
                "findings[].mend": "What would mend it.",
                "findings[].table": "The table, or empty.",
                "findings[].column": "The column, or empty.",
                "findings[].rows": "Rows touched.",
                "findings[].examples": "Up to three values as they came.",
                "tables": "By table: `rows_in`, `rows_used`, `rows_quarantined`, `guests`, and `reasons` of the "
                "quarantine with their rows. In = used + quarantined.",
                "as_of": "End of the extract; null where it could not be told.",
                "as_of_from": "Where it is from: `configuration`, `ingested_at`, `daily_lines` or `last_line`.",
                "first_order": "Time of the first used order line.",
                "last_order": "Time of the last.",
                "fingerprint": "The same for the same used rows, in whatever order.",
                "readiness": "Whether the data can carry the tasks, see [readiness](readiness.md); null on error.",
            }
        },
    ),
    "features": Answer(
        "The file, its rows, cutoffs and features, and the features left out for want of a column.",
        "Writes the matrix to `--out`, else to a file of its own for each set of cutoffs in `workspace/features`; "
        "replaces a file of that name in one go. With `--engine spark`, a folder of Parquet by cutoff.",
        {
            "": {
                "file": "The Parquet file; with Spark, the folder.",
                "rows": "Customers times cutoffs.",
                "cutoffs": "Instants.",
                "features": "How many columns hold features.",
                "feature_hash": "The same for the same features in the same order.",
                "left_out": "Features that need a table or column which was not brought.",
            }
        },
    ),
    "audit": Answer(
        "Every check with its state, what was found and what would mend it; the exit code is 1 where one failed.",
        "Nothing; copies of the tables as they were lie in `workspace` while it runs.",
        {
            "": {
                "task": "The task.",
                "horizon_days": "Length of its label window.",
                "cutoff": "Where features were built with and without the future.",
                "passed": "Whether no check failed.",
                "verdict": "The same in one sentence.",
                "checks": "One for each check, in the order in which they ran.",
                "checks[].name": "What was checked; stable.",
                "checks[].state": "`passed`, `failed`, or `skipped` where there was nothing to check.",
                "checks[].found": "What was seen.",
                "checks[].mend": "What would mend it.",
                "checks[].details": "The numbers behind it: the features that differ, the suspect and its AUROC.",
            }
        },
    ),
    "train": Answer(
        "Figures of each model beside those of the simple rules, the verdict, version and alias.",
        "Adds a run and a version to MLflow (`workspace/mlflow`) and moves the alias `challenger` to it. In an "
        "empty registry, a model that beats the rules also becomes `champion`; a champion is never replaced. A run "
        "that fails adds nothing.",
        {
            "": {
                "sentiment": "The model of texts, null where none was trained: its `version`, `run_id` and `alias`;"
                " the `stage`, what it has learnt from; how many `texts` and `ratings` there are and how many it was"
                " `judged_on`; `verdict` and `figures` beside those of the word lists.",
                "models": "One for each other task that was trained.",
                "models[].task": "`churn`, `loyalty_type`, `value` or `recommendation`.",
                "models[].version": "Its number in the registry.",
                "models[].run_id": "The run in MLflow.",
                "models[].alias": "`champion` or `challenger`.",
                "models[].horizon_days": "How far it looks ahead.",
            }
            | _within("models[]", _JUDGED)
        },
    ),
    "evaluate": Answer(
        "Every version with its aliases and recorded figures; with `--alias`, one of them judged anew.",
        "Nothing.",
        {
            "": {
                "task": "The task.",
                "versions": "Every registered version.",
                "versions[].version": "Its number.",
                "versions[].run_id": "The run in MLflow.",
                "versions[].aliases": "The aliases that it carries.",
                "versions[].figures": "Figures recorded in training, on the newest outcomes of its own tables.",
            },
            "--alias": {
                "task": "The task.",
                "alias": "The alias that was judged.",
                "rows": "Customers and cutoffs that it was judged on.",
            }
            | _JUDGED,
        },
    ),
    "backtest": Answer(
        "The figure that ranks, of the model and every rule, at each past cutoff; mean and deviation of all figures.",
        "Replaces `workspace/backtests/TASK.json`, which the report reads.",
        {
            "": {
                "task": "The task.",
                "horizon_days": "Length of the label window.",
                "fingerprint": "Of the validated tables that it is about.",
                "verdict": "One sentence: mean, spread, the best baseline, how often the model was ahead.",
                "origins": "One for each past cutoff, ascending.",
                "origins[].cutoff": "The cutoff that tested.",
                "origins[].train_cutoffs": "How many earlier cutoffs trained.",
                "origins[].baselines": "Names of the simple rules, the prefixes of their figures.",
                "origins[].figures": "Figures of merit by name, as those of `train`.",
                "origins[].beats_baselines": "Whether the model was ahead of every rule.",
                "summary": "By figure: `mean`, `deviation` (null for one origin), `least`, `most`.",
                "skipped": "Why a cutoff could not be judged, by its date.",
            }
        },
    ),
    "report": Answer(
        "Where the page is.",
        "Replaces the page: `--out`, else `workspace/reports/TASK.html`. Training records such a page in MLflow as "
        "well, the artifact `report.html`.",
        {
            "": {
                "task": "The task.",
                "alias": "The version's alias.",
                "file": "The page that was written.",
                "recorded": "Whether it is the page of its training, or judged anew.",
            }
        },
    ),
    "movement": Answer(
        "Customers of each loyalty type at the beginning of each month, and the moves of the last month.",
        "Nothing.",
        {
            "": {
                "states": "The loyalty types, and `absent`: no order in the window before.",
                "months": "One for each full month, ascending.",
                "months[].from": "The month's first day.",
                "months[].to": "The first day of the next.",
                "months[].staying": "Share of the customers of a type who were of it a month later.",
                "months[].moved": "Customers by state at the beginning, and in it by state at the end.",
            }
        },
    ),
    "promote": Answer(
        "Every check with what was found, and the version that is champion now.",
        "Moves the alias `champion`, and `previous` to the one before, builds a generation, tags the version with"
        " the gates and with who, when and why, and adds a line to `workspace/promotions.jsonl`. Where a check"
        " fails, or the generation cannot be built, nothing changes.",
        {
            "": {
                "decision": "What the comparison came to; null with `--force`.",
                "decision.task": "The task.",
                "decision.champion": "Version of the champion, null where there is none.",
                "decision.challenger": "Version of the challenger.",
                "decision.rows": "Rows that neither has seen.",
                "decision.passed": "Whether every check did.",
                "decision.checks": "Each with `name`, `state`, what was `said`, and its numbers in `details`.",
                "promoted": "What was recorded; null where nothing was promoted.",
            }
            | _within("promoted", _MOVED),
            "--sync": {"generation": "The generation that was built; null while a champion is missing."},
        },
    ),
    "rollback": Answer(
        "The version that is champion again.",
        "Moves the alias `champion` to the version that carries `previous`, builds a generation, and records it as "
        "`promote` does.",
        {"": _MOVED},
    ),
    "monitor": Answer(
        "Of each champion every finding with its state, and the verdict.",
        "Nothing. The exit code is 3 where a champion should be trained again.",
        {
            "": {
                "tasks": "One for each champion that was looked at.",
                "tasks[].task": "The task.",
                "tasks[].version": "The champion.",
                "tasks[].cutoff": "The instant at which features and scores were looked at.",
                "tasks[].verdict": "`ok`, `watch` or `retrain`: the worst state of its findings.",
                "tasks[].findings": "Features, missing values, score, outcomes, accuracy, calibration and what is"
                " served: each with `name`, `state`, what was `said`, and its numbers in `details`.",
            }
        },
    ),
    "retrain": Answer(
        "What was done for each task, in one line.",
        "As `train`, and as `promote` where the challenger holds every check. With `--if-needed` only where `monitor`"
        " says `retrain`, or there is no champion.",
        {
            "": {
                "tasks": "One for each task.",
                "tasks[].task": "The task.",
                "tasks[].verdict": "Of `monitor`; null where it was not asked.",
                "tasks[].trained": "The version that was trained, or null.",
                "tasks[].decision": "As of `promote`; null where there was nothing to compare.",
                "tasks[].promoted": "What was recorded of the promotion, or null.",
                "tasks[].said": "The same in one sentence.",
            }
        },
    ),
    "score": Answer(
        "The generation: its name, customers, cutoff, models and folder.",
        "Adds a folder to `workspace/generations` and, once it is complete, points `CURRENT` at it, which a running "
        "service takes up. A run that fails leaves the generation that is served.",
        {
            "": {
                "generation": "Name of the generation.",
                "customers": "How many were scored.",
                "cutoff": "The instant at which they were scored.",
                "models": "Version by task.",
                "folder": "The folder of the generation.",
            },
            "--engine spark": {
                "folder": "The folder of scores: Parquet by cutoff.",
                "customers": "How many were scored.",
                "cutoff": "The instant at which they were scored.",
                "models": "Version by task.",
            },
        },
    ),
    "at-risk": Answer(
        "The customers with the most at risk: a table, or CSV with `--format csv`, whose columns are `rank` to "
        "`loyalty_type` below, `churn_low`, `churn_high`, `value_at_risk`, `margin_if_staying` and `reason_1` to "
        "`reason_3`.",
        "Nothing.",
        {
            "": {
                "generation": "The generation that was read.",
                "sort": "What comes first: `value_at_risk` or `churn_probability`.",
                "customers": "Those with the most at risk first.",
            }
            | _within("customers[]", _RANKED)
        },
    ),
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
        "The same, and whether campaigns go by the learned effects now.",
        "Replaces `workspace/offer_effects.json`, by which campaigns go, and adds a line to"
        " `workspace/promotions.jsonl`; where it is refused, the line alone.",
        {"": {"promoted": "Whether it was promoted."} | _POLICIES},
    ),
    "mentions": Answer(
        "Mentions by channel and how they sound, what the negative ones are about, and quotes if asked for.",
        "Where there is a champion of sentiment, the texts that it had not judged yet are judged "
        "(`workspace/sentiment`).",
        {
            "": {
                "since": "First instant that counts.",
                "until": "First instant that does not.",
                "mentions": "How many, whoever wrote them.",
                "channels": "One for each channel, the most mentioned first.",
                "channels[].channel": "The channel; `unknown` where the table does not say.",
                "channels[].mentions": "How many there.",
                "channels[].judged": "How many of them have a polarity.",
                "channels[].negative": "How many of those are below 0.",
                "channels[].positive": "How many are above.",
                "channels[].polarity": "Mean polarity, -1 to 1; null where none is judged.",
                "negative_by_aspect": "How many negative mentions are about each aspect.",
                "quotes": "The most negative, without personal data: `given_at`, `channel`, `polarity`, `aspects`,"
                " `text`.",
            }
        },
    ),
    "serve": Answer(
        "The log of the service. It has no `--json`, since it does not end by itself; Ctrl-C and SIGTERM end it with "
        "exit code 0.",
        "Decisions and events go to the store.",
    ),
    "suppress": Answer(
        "How many are on the list, how many of them were added, and how many no table holds.",
        "Adds keyed hashes to `workspace/suppression`; nobody is taken off.",
        {
            "": {
                "on_the_list": "Customers who were named; all are on the list now.",
                "added": "Those of them who were not before.",
                "unknown": "Ids of the added whom no validated table holds.",
            }
        },
    ),
    "demo": Answer(
        "What validation and training found, the at-risk list, one customer, the next best offers, each with the "
        "request that was sent; for a simulated shop, what the models say against what is true.",
        "Everything lies in TARGET. What an earlier run made there is used again and not replaced; the decision is "
        "recorded anew.",
        {
            "": {
                "data": "`complete_journey` or `simulated`.",
                "folder": "The folder of the demo.",
                "url": "Where the service runs on; null with `--no-serve`.",
                "generation": "The generation that was served.",
                "customers": "The ten most at risk, as `at-risk` lists them.",
                "customer": "The first of them, as `GET /v1/customers/ID` answers.",
                "offers": "Two offers, as `POST /v1/offers` answers.",
                "truth": "The models against the truth of a simulated shop; else null.",
            }
            | _within("truth", _TRUTH)
        },
    ),
    "simulate": Answer(
        "The folder, and what the shop was made of.",
        "Replaces `data` in TARGET and the truth folder in one go. A `regulars.toml` that is there stays.",
        {
            "": {
                "folder": "TARGET.",
                "truth": "The folder of what is true, or null.",
                "customers": "How many there are.",
                "months": "Length of history.",
                "seed": "Of the draws.",
                "difficulty": "How plainly the truth shows.",
                "logging": "How past offers were drawn.",
            }
        },
    ),
}
"""By verb, in the order of the page."""
