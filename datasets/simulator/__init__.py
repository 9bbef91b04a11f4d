"""A simulated shop whose truth is known: all tables of the contract, and apart from them what is true."""

from datasets.simulator.simulate import simulate

__all__ = ["simulate"]
