"""The strategies known by name."""

from simulations.plugins import Registry
from simulations.strategies import uncertainty
from simulations.strategies.clustering import KMEANS, MARGIN_KMEANS
from simulations.strategies.discriminative import DAL, DAL_AUTOENCODER, DAL_LINEAR, DAL_RAW, DAL_STOCHASTIC
from simulations.strategies.diversity import COMBINED, CORESET, CORESET_DEEP, CORESET_MIP, PROBCOVER
from simulations.strategies.gradient import BADGE, BAIT, EGL, EGL_LAST_LAYER
from simulations.strategies.neighbours import CAL, DENSITY_MARGIN, TYPICLUST
from simulations.strategies.random_sampling import RANDOM, STRATIFIED_RANDOM
from simulations.strategies.regression import COMMITTEE_VARIANCE, GSY, IGS, MODEL_CHANGE
from simulations.strategies.sequences import SEQUENCE_STRATEGIES
from simulations.strategies.shared import on_embeddings

STRATEGIES = Registry(
    "strategy",
    "labelplan.strategies",
    (
        *(RANDOM, STRATIFIED_RANDOM, uncertainty.LEAST_CONFIDENCE, uncertainty.MARGIN, uncertainty.ENTROPY),
        *(CORESET, on_embeddings(BADGE), KMEANS, on_embeddings(MARGIN_KMEANS), DENSITY_MARGIN, TYPICLUST, PROBCOVER),
        *(uncertainty.QBC, CORESET_MIP, *map(on_embeddings, (BAIT, EGL_LAST_LAYER, CAL)), EGL, COMBINED),
        *(uncertainty.MARGIN_PER_COST, DAL_RAW, DAL_LINEAR, DAL_AUTOENCODER, DAL, DAL_STOCHASTIC, uncertainty.DFAL),
        *(uncertainty.DFAL_AUGMENTED, CORESET_DEEP, uncertainty.BALD, uncertainty.VARIATION_RATIO),
        *(uncertainty.ENTROPY_MC, uncertainty.ENSEMBLE, GSY, IGS, COMMITTEE_VARIANCE, MODEL_CHANGE),
        *SEQUENCE_STRATEGIES,
    ),
)
