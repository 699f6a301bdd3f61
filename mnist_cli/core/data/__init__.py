"""MNIST and the data sets of others, checked before they are used."""
