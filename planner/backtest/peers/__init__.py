"""The forecast's peers: the last value, fitted curve families, and averages of them, all from the same anchors."""

from planner.backtest.peers.predictor import Predictor
from planner.backtest.peers.registry import PEERS, Peer

__all__ = ["PEERS", "Peer", "Predictor"]
