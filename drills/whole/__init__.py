"""Testing a whole population: a town judged figure by figure, and a municipality's load on one machine."""
