"""What the registry knows of `seq2seq`."""

from simulations.learners.apart import SEEDS
from simulations.learners.learner import LearnerEntry
from simulations.learners.seq2seq.settings import seq2seq, served

SEQ2SEQ = LearnerEntry(
    name="seq2seq",
    family="neural",
    paper="Gehring et al. 2017, Convolutional sequence to sequence learning; attention: Vaswani et al. 2017, section "
    "3.2; distances: Shaw, Uszkoreit & Vaswani 2018",
    needs="torch (extra neural)",
    summary="Small attention model from texts to symbols, greedy; from scratch each round, or from one pre-trained.",
    defaults={
        "hidden": 64,
        "passes": 20,
        "least_steps": 300,
        "learning_rate": 0.005,
        "dropout": 0.2,
        "batch_size": 16,
        "pretrained": "none",
    },
    make=seq2seq,
    loads=("torch",),
    serves=served,
    task="generation",
    further=dict.fromkeys(SEEDS, 0),
)
