"""What the commands about scores and lists answer."""

from __future__ import annotations

from cli.answers.answer import Answer, within

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
    "next_category": "The `category` that the customer likeliest buys from next, with its `probability`; null where"
    " nothing was recommended.",
    "loyalty_probabilities": "Probability of each loyalty type; they add up to 1.",
    "value_at_risk": "Churn probability times the margin of twelve months if the customer stays, in minor units;"
    " null where no model of value was scored.",
    "margin": "Margin of twelve months in minor units, null where no model of value was scored: `if_staying` and "
    "`expected`, each with the interval that holds four in five such customers, and what it is `from`.",
    "reasons": "Up to three reasons for the risk: `driver`, `text`, `effect` (log-odds), the `features` in the text, "
    "whether it speaks `against` leaving, and as `evidence` the features that weigh most.",
}
_RANKED = {"rank": "Place in the list."} | _CUSTOMER

LISTS = {
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
            | within("customers[]", _RANKED)
        },
    ),
}
