"""What the commands about texts, the service and trying the product answer."""

from __future__ import annotations

from cli.answers.answer import Answer, within

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

SERVICE = {
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
                "customer": "The first of them who may have an offer, as `GET /v1/customers/ID` answers.",
                "offers": "Two offers, as `POST /v1/offers` answers.",
                "truth": "The models against the truth of a simulated shop; else null.",
            }
            | within("truth", _TRUTH)
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
