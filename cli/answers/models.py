"""What the commands about models answer."""

from __future__ import annotations

from cli.answers.answer import Answer, within

_JUDGED = {
    "verdict": "One sentence: ahead of the simple rules, or which one is as good.",
    "design": "How it was judged: on later cutoffs, or on other customers.",
    "figures": "Figures of merit by name; those of a rule carry its name in front: `recency_auroc`.",
}
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

MODELS = {
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
            | within("models[]", _JUDGED)
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
            | within("promoted", _MOVED),
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
}
