"""The strategies known by name."""

from collections.abc import Mapping

from simulations.strategies.clustering import KMEANS, MARGIN_KMEANS
from simulations.strategies.covering import PROBCOVER
from simulations.strategies.deepfool import DFAL
from simulations.strategies.disagreement import BALD, ENSEMBLE, ENTROPY_MC, QBC, VARIATION_RATIO
from simulations.strategies.discriminative import DAL, DAL_AUTOENCODER, DAL_RAW
from simulations.strategies.diversity import COMBINED, CORESET, CORESET_DEEP, CORESET_MIP
from simulations.strategies.fisher import BAIT
from simulations.strategies.gradient import BADGE, EGL
from simulations.strategies.neighbours import CAL, DENSITY_MARGIN, TYPICLUST
from simulations.strategies.random_sampling import RANDOM, STRATIFIED_RANDOM
from simulations.strategies.regression import COMMITTEE_VARIANCE, GSY, IGS, MODEL_CHANGE
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.strategies.shared import on_embeddings
from simulations.strategies.uncertainty import ENTROPY, LEAST_CONFIDENCE, MARGIN, MARGIN_PER_COST
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
