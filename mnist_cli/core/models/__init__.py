"""The Keras model builder, and every kind of model file, looked into before it is opened."""
