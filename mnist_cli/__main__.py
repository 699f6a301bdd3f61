"""python -m mnist_cli."""

from mnist_cli.cli import main

main()
