"""The service room: a generation in, answers out; no training code."""

import os

# BentoML reports usage to its makers unless this is the word `true`; here nothing leaves the machine unasked.
os.environ["BENTOML_DO_NOT_TRACK"] = "true"
