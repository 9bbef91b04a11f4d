"""Invented customers' texts: words that no list knows, so that only ratings can teach them; or plain opinions."""

import numpy as np

FILLER = (
    "parcel",
    "shop",
    "order",
    "lamp",
    "table",
    "came",
    "today",
    "box",
    "chair",
    "again",
    "colour",
    "shelf",
)
OWN = {
    0: ("frusk", "wumpel", "drozzy"),
    1: ("middly", "halfo", "evenish"),
    2: ("glimbo", "tarvent", "quorly"),
}
PLAIN = {0: ("terrible", "awful", "broken", "bad"), 2: ("great", "excellent", "perfect", "good")}
NAMES = ("negative", "neutral", "positive")


def texts(count, seed=0, words=OWN, noise=0.0, classes=(0, 1, 2)):
    """Return texts and the label of each; with noise, so many ratings have nothing to do with the text."""
    generator = np.random.default_rng(seed)
    label = generator.choice(classes, count)
    told = np.where(generator.random(count) < noise, generator.choice(classes, count), label)
    made = []
    for one in told:
        said = [*generator.choice(FILLER, 6), generator.choice(words[int(one)])]
        made.append(" ".join(generator.permutation(said)))
    return made, label


def mixed(count, seed=0):
    """Return texts with good and bad words, rated bad the more probably the more of them are bad."""
    generator = np.random.default_rng(seed)
    bad = generator.binomial(4, generator.random(count))
    made = [
        " ".join(
            generator.permutation(
                [
                    *generator.choice(FILLER, 4),
                    *generator.choice(OWN[0], one),
                    *generator.choice(OWN[2], 4 - one),
                ]
            )
        )
        for one in bad
    ]
    rated_bad = generator.random(count) < 1 / (1 + np.exp(-1.2 * (bad - 2)))
    return made, np.where(rated_bad, 0, 2)


def named(label):
    return [NAMES[one] for one in label]
