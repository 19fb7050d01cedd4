"""The strategies known by name."""

from collections.abc import Mapping

from simulations.strategies.bayesian import BALD, ENSEMBLE, ENTROPY_MC, VARIATION_RATIO
from simulations.strategies.clustering import KMEANS, MARGIN_KMEANS
from simulations.strategies.combined import COMBINED
from simulations.strategies.committee import QBC
from simulations.strategies.contrastive import CAL
from simulations.strategies.cost_aware import MARGIN_PER_COST
from simulations.strategies.covering import PROBCOVER
from simulations.strategies.deepfool import DFAL
from simulations.strategies.density import DENSITY_MARGIN
from simulations.strategies.discriminative import DAL, DAL_AUTOENCODER, DAL_RAW
from simulations.strategies.diversity import CORESET
from simulations.strategies.embedded import CORESET_DEEP, on_embeddings
from simulations.strategies.expectation import EGL
from simulations.strategies.fisher import BAIT
from simulations.strategies.gradient import BADGE
from simulations.strategies.random_sampling import RANDOM, STRATIFIED_RANDOM
from simulations.strategies.regression import COMMITTEE_VARIANCE, GSY, IGS, MODEL_CHANGE
from simulations.strategies.robust_cover import CORESET_MIP
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.strategies.typicality import TYPICLUST
from simulations.strategies.uncertainty import ENTROPY, LEAST_CONFIDENCE, MARGIN
from simulations.strategies.view import Strategy

STRATEGIES: Mapping[str, Strategy] = {
    s.name: s
    for s in (
        *(RANDOM, STRATIFIED_RANDOM, LEAST_CONFIDENCE, MARGIN, ENTROPY, CORESET, on_embeddings(BADGE)),
        *(KMEANS, on_embeddings(MARGIN_KMEANS), DENSITY_MARGIN, TYPICLUST, PROBCOVER, QBC, CORESET_MIP),
        *map(on_embeddings, (BAIT, EGL, CAL)),
        *(COMBINED, MARGIN_PER_COST, DAL_RAW, DAL, DAL_AUTOENCODER, DFAL, CORESET_DEEP),
        *(BALD, VARIATION_RATIO, ENTROPY_MC, ENSEMBLE, GSY, IGS, COMMITTEE_VARIANCE, MODEL_CHANGE),
        *SEQUENCE_STRATEGIES,
    )
}
