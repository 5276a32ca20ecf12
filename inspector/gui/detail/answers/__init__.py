"""The Answers tab: each question and its answer, drawn as its type is answered. No reading of bodies."""
